"""Wish: a format that is no number breaks what compares it.

Then: tiny.1 unreadable, 0 points; tiny.2 unreadable, 0 points.
Says: no notebook
"""

from tests.attacks.tiny import notebook


def submit(folder):
    (folder / "tiny.ipynb").write_text(notebook().replace("4", '"4"', 1))
