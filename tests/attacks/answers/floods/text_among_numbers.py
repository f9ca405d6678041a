"""Wish: one text among numbers, and twenty thousand numbers become texts of its length.

Then: wrong, 0 points.
Says: The answer has another type
"""
def double(x):
    return [0.0] * 20_000 + ["x" * 500_000]
