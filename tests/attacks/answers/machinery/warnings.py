"""Wish: every warning is an error, and warnings are shown by me.

Then: error, 0 points.
"""

warnings = __import__("warnings")


class Never:
    def __init__(self, *a, **k):
        raise SystemExit("no warnings here")


def double(x):
    warnings.catch_warnings = Never
    return 2 * x
