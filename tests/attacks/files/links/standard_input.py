"""Wish: a link to the grader's own input waits for somebody to type.

Then: tiny.1 unreadable, 0 points; tiny.2 unreadable, 0 points.
Says: The file is a symbolic link; hand in the file itself.
"""


def submit(folder):
    (folder / "tiny.ipynb").symlink_to("/proc/self/fd/0")
