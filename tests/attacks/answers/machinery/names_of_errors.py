"""Wish: whoever asks for the name of my exception is thrown out.

Then: error, 0 points.
"""


class Rude(type):
    __name__ = property(lambda self: os.abort())


class Error(Exception, metaclass=Rude):
    pass


def double(x):
    raise Error
