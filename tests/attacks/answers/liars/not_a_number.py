"""Wish: a comparison with NaN is never true, so no difference is found.

Then: wrong, 0 points.
"""

def double(x):
    return x * np.nan
