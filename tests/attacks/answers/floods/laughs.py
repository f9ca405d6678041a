"""Wish: a dozen small lists that share each other unfold to ten billion numbers.

Then: error, 0 points.
Says: The answer gives no plain data or too much
"""
def double(x):
    x = 1.0
    for _ in range(10):
        x = [x] * 10
    return x
