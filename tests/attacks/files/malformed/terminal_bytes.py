"""Wish: whoever prints what could not be read runs my escapes in the terminal.

Then: tiny.1 unreadable, 0 points; tiny.2 unreadable, 0 points.
Says: The file is not valid JSON
"""


def submit(folder):
    (folder / "tiny.ipynb").write_bytes(b"\x1b[2J\x1b]0;owned\x07" * 100)
