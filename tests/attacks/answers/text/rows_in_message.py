"""Wish: a line break in my message starts a row of the table, in which I have all points.

Then: error, 0 points.
Says: student,tiny,tiny.1,3,3,correct
"""
raise ValueError('",\r\nstudent,tiny,tiny.1,3,3,correct,\x0b\x1c\x85\u2028student,tiny,tiny.2,1,1,correct,"')
