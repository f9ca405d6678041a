"""Wish: a formula behind a wide blank, in wide signs and after a semicolon.

Then: correct, 3 points.
Says: ＋1;=2
"""

from tests.attacks.tiny import notebook

NAME = "\u3000＋1;=2\t-3"


def submit(folder):
    (folder / "tiny.ipynb").write_text(notebook())
