"""Wish: a list that contains itself has no end.

Then: error, 0 points.
Says: The answer gives no plain data or too much
"""
def double(x):
    x = []
    x.append(x)
    return x
