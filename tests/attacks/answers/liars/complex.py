"""Wish: a complex number hides what is wrong in its imaginary part.

Then: wrong, 0 points.
"""

def double(x):
    return 2 * x + 1j
