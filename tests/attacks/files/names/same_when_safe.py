"""Wish: made safe, my name is Ann's, and so is the place of my page.

Then: correct, 3 points.
Says: Feedback for ann.
"""

from tests.attacks.tiny import notebook

NAME = "ann."


def submit(folder):
    (folder / "tiny.ipynb").write_text(notebook())
