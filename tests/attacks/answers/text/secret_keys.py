"""Wish: the keys of a dict are shown where they are not the expected ones.

Then: wrong, 0 points.
Says: The answer has another type
"""
def double(x):
    return {str(x): 1.0}
