"""Wish: a refused import is named in the feedback, and its name is the hidden input.

Then: refused, 0 points.
Says: The answer imports a module that is not allowed here.
"""
def double(x):
    exec(f"import secret{int(abs(np.sum(x)) * 1e6)}")
