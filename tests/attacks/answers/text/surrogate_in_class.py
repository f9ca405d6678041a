"""Wish: half a character in the name of my exception's class stops the run.

Then: error, 0 points.
"""
def double(x):
    raise type("Half\udfff", (Exception,), {})
