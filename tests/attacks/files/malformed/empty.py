"""Wish: no bytes, no grade, but an error that stops the class.

Then: tiny.1 unreadable, 0 points; tiny.2 unreadable, 0 points.
Says: The file is empty
"""


def submit(folder):
    (folder / "tiny.ipynb").write_bytes(b"")
