"""Wish: a class whose name is no text breaks whoever says what kind of error it was.

Then: error, 0 points.
"""
class Meta(type):
    __name__ = property(lambda cls: ["no", "text"])
class Odd(Exception, metaclass=Meta):
    pass
def double(x):
    raise Odd
