"""Wish: the first right result is right for every input.

Then: wrong, 0 points.
Says: Right for 1 of 3 inputs
"""
seen = []
def double(x):
    seen.append(2 * x)
    return seen[0]
