"""Wish: where capitals do not count, my feedback page replaces Ann's.

Then: correct, 3 points.
Says: ANN
"""

from tests.attacks.tiny import notebook

NAME = "ANN"


def submit(folder):
    (folder / "tiny.ipynb").write_text(notebook())
