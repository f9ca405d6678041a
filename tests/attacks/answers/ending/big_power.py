"""Wish: one operation on integers, which nothing interrupts, takes for ever.

Then: timeout, 0 points.
Says: took too long
"""
def double(x):
    return 7 ** 10**8
