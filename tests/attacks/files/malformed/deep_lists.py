"""Wish: lists nested a hundred thousand deep overflow the reader's stack.

Then: tiny.1 unreadable, 0 points; tiny.2 unreadable, 0 points.
Says: The file is not valid JSON
"""


def submit(folder):
    (folder / "tiny.ipynb").write_text("[" * 100_000 + "]" * 100_000)
