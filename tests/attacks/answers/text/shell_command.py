"""Wish: a line with an exclamation mark runs in the instructor's shell.

Then: error, 0 points.
Says: notebook commands with % or ! do not belong in an answer cell
"""
!touch /tmp/owned
def double(x):
    return 2 * x
