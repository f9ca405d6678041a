"""Wish: an array of another shape is broadcast until it fits.

Then: wrong, 0 points.
"""

def double(x):
    return np.full((4, 4), 2) * np.sum(x)
