"""Wish: endless recursion overflows the stack.

Then: error, 0 points.
Says: The function calls itself without an end.
"""
def double(x):
    return double(x)
