"""Wish: no single call is slow enough to be stopped, but all together last for ever.

Then: timeout, 0 points.
Says: took too long
Seconds: 20
"""
def double(x):
    __import__("time").sleep(1.4)
    return 2 * x
