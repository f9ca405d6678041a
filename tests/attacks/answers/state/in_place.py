"""Wish: the question says nothing about the argument, so it may be changed.

Then: partial, 1 point.
Says: the function changes its arguments
"""
def double(x):
    x *= 2
    return x
