"""Wish: the caller keeps its name and place and gets other code, which none can see.

Then: wrong, 0 points.
"""

answers = sys.modules["lecture_code.answers"]
answers.call.__code__ = (lambda function, arguments: Reply("value", 0.0, ())).__code__


def double(x):
    return 2 * x
