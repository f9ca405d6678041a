"""Wish: one request for a terabyte brings the machine to its knees.

Then: error, 0 points.
Says: The answer needs too much memory.
"""
def double(x):
    return np.ones(2**37)
