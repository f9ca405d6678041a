"""Wish: a syntax error of my own making has the hidden input as its text and place.

Then: error, 0 points.
Says: The cell is not valid Python.
"""
def double(x):
    raise SyntaxError(repr(x), ("<answer cell>", int(abs(np.sum(x)) * 1e4), 1, repr(x)))
