"""Wish: where capitals do not count, my feedback page replaces that of Straße Li.

Then: correct, 3 points.
Says: STRASSE_LI
"""

from tests.attacks.tiny import notebook

NAME = "STRASSE_LI"


def submit(folder):
    (folder / "tiny.ipynb").write_text(notebook())
