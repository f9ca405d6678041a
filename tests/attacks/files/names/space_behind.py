"""Wish: what the instructor takes from me in a table, where spaces go, is taken from Ann.

Then: correct, 3 points.
Says: Feedback for ann (
"""

from tests.attacks.tiny import notebook

NAME = "ann "


def submit(folder):
    (folder / "tiny.ipynb").write_text(notebook())
