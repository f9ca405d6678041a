"""Wish: a text where a number was expected is shown, so that I see what is wrong with it.

Then: wrong, 0 points.
Says: The answer has another type
"""
def double(x):
    return repr(x)
