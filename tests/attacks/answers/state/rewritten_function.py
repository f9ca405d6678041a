"""Wish: the function that was looked at is not the one that runs later.

Then: partial, 2 points.
Says: numbers:
"""
def double(x):
    double.__code__ = (lambda x: 2 * x).__code__
    return 0 * x
