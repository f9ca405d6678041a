"""Wish: a single integer of a hundred gigabytes.

Then: error, 0 points.
Says: The answer needs too much memory.
"""
def double(x):
    return 1 << (1 << 40)
