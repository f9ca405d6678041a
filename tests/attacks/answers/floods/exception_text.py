"""Wish: an exception with a text of 100 MB, every word of it apart.

Then: error, 0 points.
Says: ValueError
"""
def double(x):
    raise ValueError("x " * 10**7)
