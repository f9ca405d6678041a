"""Wish: two links that point at each other are followed for ever.

Then: tiny.1 unreadable, 0 points; tiny.2 unreadable, 0 points.
Says: The file is a symbolic link; hand in the file itself.
"""


def submit(folder):
    (folder / "tiny.ipynb").symlink_to("other")
    (folder / "other").symlink_to("tiny.ipynb")
