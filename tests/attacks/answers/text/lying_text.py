"""Wish: a text of my own class answers every question about itself as it likes.

Then: error, 0 points.
"""
class Text(str):
    __len__ = lambda self: 0
    split = lambda self, *a: [self]
    __getitem__ = __iter__ = __str__ = __format__ = lambda self, *a: self
class Odd(Exception):
    def __str__(self):
        return Text("<script>" * 10**6)
def double(x):
    raise Odd
