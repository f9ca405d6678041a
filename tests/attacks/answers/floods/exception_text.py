"""Wish: an exception with a text of a million words fills feedback, tables and memory.

Then: error, 0 points.
Says: ValueError
"""
def double(x):
    raise ValueError("x " * 10**6)
