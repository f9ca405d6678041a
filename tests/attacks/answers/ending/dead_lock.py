"""Wish: a lock that nobody can open holds up the grader.

Then: timeout, 0 points.
Says: took too long
Seconds: 20
"""
lock = __import__("threading").Lock()
lock.acquire()
lock.acquire()
