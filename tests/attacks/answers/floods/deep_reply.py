"""Wish: lists nested ten thousand deep overflow the stack of whoever reads them.

Then: error, 0 points.
Says: The answer gives no plain data or too much
"""
def double(x):
    for _ in range(10_000):
        x = [x]
    return x
