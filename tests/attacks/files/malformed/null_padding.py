"""Wish: a block of null bytes after the last brace, as a full disk leaves them, stops the run.

Then: tiny.1 unreadable, 0 points; tiny.2 unreadable, 0 points.
Says: The file is not valid JSON
"""

from tests.attacks.tiny import notebook


def submit(folder):
    (folder / "tiny.ipynb").write_bytes(notebook().encode() + bytes(4096))
