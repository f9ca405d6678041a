"""Wish: an object that is called like a function is one.

Then: error, 0 points.
"""

class double:
    def __init__(self, x):
        self.x = 2 * x
