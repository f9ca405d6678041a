"""Wish: whoever tries a function tries it once; every other call may be wrong.

Then: wrong, 0 points.
Says: Right for 1 of 3 inputs
"""
calls = []
def double(x):
    calls.append(x)
    return -x if len(calls) % 2 else 2 * x
