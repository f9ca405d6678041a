"""Wish: a format from before the flood is not known to anybody.

Then: tiny.1 unreadable, 0 points; tiny.2 unreadable, 0 points.
Says: format 2 is not supported
"""

from tests.attacks.tiny import notebook


def submit(folder):
    (folder / "tiny.ipynb").write_text(notebook().replace("4", "2", 1))
