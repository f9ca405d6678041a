"""Wish: a wrong value is shown beside the expected one.

Then: wrong, 0 points.
Says: The values differ from the expected ones.
"""
def double(x):
    return x + 1e-3
