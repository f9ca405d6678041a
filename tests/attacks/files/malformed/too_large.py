"""Wish: one byte more than the limit, all of it spaces after a right notebook.

Then: tiny.1 unreadable, 0 points; tiny.2 unreadable, 0 points.
Says: The file has more than 25 MB
"""

from tests.attacks.tiny import notebook


def submit(folder):
    (folder / "tiny.ipynb").write_text(notebook().ljust(25_000_001))
