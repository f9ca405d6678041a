"""Wish: the grader waits for a loop that never ends.

Then: timeout, 0 points.
Says: took too long
"""
def double(x):
    while True:
        pass
