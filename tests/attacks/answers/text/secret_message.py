"""Wish: the message of an exception carries the hidden input into the feedback.

Then: error, 0 points.
Says: ValueError
"""
def double(x):
    raise ValueError(repr(x))
