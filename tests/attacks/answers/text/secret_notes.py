"""Wish: notes, causes and groups of exceptions carry the hidden input past the first line.

Then: error, 0 points.
Says: ExceptionGroup
"""
def double(x):
    error = ExceptionGroup(repr(x), [ValueError(repr(x))])
    error.add_note(repr(x))
    raise error from KeyError(repr(x))
