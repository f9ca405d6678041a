"""Wish: whoever opens a pipe that nobody writes to waits for ever.

Then: tiny.1 unreadable, 0 points; tiny.2 unreadable, 0 points.
Says: This is not a plain file; hand in the .ipynb file.
"""

import os


def submit(folder):
    os.mkfifo(folder / "tiny.ipynb")
