"""Wish: a list of short texts and a long one, half a megabyte to send, as an array of texts of equal
length takes forty gigabytes on the grader's side.

Then: wrong, 0 points.
Says: The answer has another type
"""
def double(x):
    return [""] * 20_000 + ["x" * 500_000]
