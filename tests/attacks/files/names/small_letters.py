"""Wish: made safe and without capitals, my name is another's, and so is the place of my page.

Then: correct, 3 points.
Says: straße li
"""

from tests.attacks.tiny import notebook

NAME = "straße li"


def submit(folder):
    (folder / "tiny.ipynb").write_text(notebook())
