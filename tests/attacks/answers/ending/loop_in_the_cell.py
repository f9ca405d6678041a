"""Wish: the answer cell itself never ends, so that not even a call can be tried.

Then: timeout, 0 points.
Says: took too long
"""
while True:
    pass
