"""Wish: one file, two notebooks: let them choose the better one.

Then: tiny.1 unreadable, 0 points; tiny.2 unreadable, 0 points.
Says: The file is not valid JSON
"""

from tests.attacks.tiny import notebook


def submit(folder):
    (folder / "tiny.ipynb").write_text(notebook("double = abs") + notebook())
