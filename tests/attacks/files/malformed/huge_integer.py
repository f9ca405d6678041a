"""Wish: an integer of ten million digits takes minutes to read.

Then: tiny.1 unreadable, 0 points; tiny.2 unreadable, 0 points.
Says: The file is not valid JSON
"""

from tests.attacks.tiny import notebook


def submit(folder):
    (folder / "tiny.ipynb").write_text(notebook().replace("4", "4" * 10_000_000, 1))
