"""Wish: half a character in the name of my exception's class cannot be written and stops the run.

Then: error, 0 points.
Says: Half\udfff
"""
class Meta(type):
    __name__ = "Half\udfff"
class Odd(Exception, metaclass=Meta):
    pass
raise Odd
