"""Wish: a list of notebooks counts more than one.

Then: tiny.1 unreadable, 0 points; tiny.2 unreadable, 0 points.
Says: no notebook
"""

from tests.attacks.tiny import notebook


def submit(folder):
    (folder / "tiny.ipynb").write_text(f"[{notebook()}, {notebook()}]")
