"""Wish: a loop in C never looks at signals, so no handler in Python can stop it.

Then: timeout, 0 points.
Says: took too long
"""
def double(x):
    __import__("collections").deque(__import__("itertools").repeat(0), maxlen=0)
