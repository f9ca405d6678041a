"""Wish: a regular expression that tries all ways to split a word takes for ever.

Then: timeout, 0 points.
Says: took too long
"""
def double(x):
    return __import__("re").fullmatch("(a+)+", "a" * 60 + "b")
