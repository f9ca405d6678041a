"""Wish: the name that I define looks like the one that was asked for, and the message like a fault.

Then: error, 0 points.
Says: the cell does not define double
"""
def dоuble(x):  # the second letter is Cyrillic
    return 2 * x
