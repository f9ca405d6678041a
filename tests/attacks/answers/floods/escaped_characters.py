"""Wish: a text below the limit grows sixfold when its characters are written as escapes.

Then: error, 0 points.
Says: The answer gives no plain data or too much
"""
def double(x):
    return "\0\ud800" * 1_500_000
