"""Wish: a row that looks like the table's first is taken for it.

Then: correct, 3 points.
Says: Feedback for student
"""

from tests.attacks.tiny import notebook

NAME = "student"


def submit(folder):
    (folder / "tiny.ipynb").write_text(notebook())
