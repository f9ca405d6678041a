"""Wish: the message about a link to the system's accounts shows what is in them.

Then: tiny.1 unreadable, 0 points; tiny.2 unreadable, 0 points.
Says: The file is a symbolic link; hand in the file itself.
"""


def submit(folder):
    (folder / "tiny.ipynb").symlink_to("/etc/passwd")
