"""Wish: a null character in the program cuts off whoever reads it in C.

Then: error, 0 points.
"""
exec("double = None\0\ndef double(x): return 2 * x")
