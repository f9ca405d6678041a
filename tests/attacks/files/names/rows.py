"""Wish: a line break in my name starts a row of the table, which takes Ann's points.

Then: correct, 3 points.
Says: x,tiny,4,4\nann,tiny,0,4
"""

from tests.attacks.tiny import notebook

NAME = "x,tiny,4,4\nann,tiny,0,4"


def submit(folder):
    (folder / "tiny.ipynb").write_text(notebook())
