"""Wish: a number as text looks the same.

Then: wrong, 0 points.
"""

def double(x):
    return str(2 * x)
