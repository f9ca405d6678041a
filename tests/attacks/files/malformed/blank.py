"""Wish: a file of spaces is not empty, and nothing is in it.

Then: tiny.1 unreadable, 0 points; tiny.2 unreadable, 0 points.
Says: The file is empty
"""


def submit(folder):
    (folder / "tiny.ipynb").write_text(" \n" * 1000)
