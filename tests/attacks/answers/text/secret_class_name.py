"""Wish: the name of an exception's class carries the hidden input into the feedback.

Then: error, 0 points.
Says: An exception
"""
def double(x):
    raise type(f"Secret{x}", (Exception,), {})
