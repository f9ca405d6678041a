"""Wish: a link to a device that never ends fills the grader's memory.

Then: tiny.1 unreadable, 0 points; tiny.2 unreadable, 0 points.
Says: The file is a symbolic link; hand in the file itself.
"""


def submit(folder):
    (folder / "tiny.ipynb").symlink_to("/dev/zero")
