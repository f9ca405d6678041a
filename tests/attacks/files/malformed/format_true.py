"""Wish: a format that is true passes for a number.

Then: tiny.1 unreadable, 0 points; tiny.2 unreadable, 0 points.
Says: format True is not supported
"""

from tests.attacks.tiny import notebook


def submit(folder):
    (folder / "tiny.ipynb").write_text(notebook().replace("4", "true", 1))
