"""Wish: an array whose items are objects that compare themselves.

Then: error, 0 points.
"""

def double(x):
    return np.array([x, None], object)
