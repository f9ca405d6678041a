"""Wish: a wrong value is shown beside the expected one.

Then: wrong, 0 points.
Says: Right for 0 of
"""
def double(x):
    return x + 1e-3
