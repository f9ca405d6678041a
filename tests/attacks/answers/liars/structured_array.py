"""Wish: an array of records has fields of which one is right.

Then: error, 0 points.
"""

def double(x):
    return np.zeros(np.shape(x), [("right", float), ("other", float)])
