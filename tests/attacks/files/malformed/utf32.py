"""Wish: four bytes a letter and no byte-order mark break the reader; the answers are right.

Then: correct, 3 points.
"""

from tests.attacks.tiny import notebook


def submit(folder):
    (folder / "tiny.ipynb").write_text(notebook(), "utf-32-be")
