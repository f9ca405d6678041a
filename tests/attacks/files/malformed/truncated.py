"""Wish: half a notebook stops the run where it ends.

Then: tiny.1 unreadable, 0 points; tiny.2 unreadable, 0 points.
Says: The file is not valid JSON
"""

from tests.attacks.tiny import notebook


def submit(folder):
    text = notebook()
    (folder / "tiny.ipynb").write_text(text[: len(text) // 2])
