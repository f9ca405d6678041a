"""Wish: an exception that cannot be shown raises one that cannot be caught.

Then: error, 0 points.
"""
class Odd(Exception):
    def __str__(self):
        raise SystemExit(0)
    __repr__ = __str__
def double(x):
    raise Odd
