"""Wish: a name as long as the system allows leaves no room for the files about me.

Then: correct, 3 points.
"""

from tests.attacks.tiny import notebook

NAME = "ü" * 127 + "b"


def submit(folder):
    (folder / "tiny.ipynb").write_text(notebook())
