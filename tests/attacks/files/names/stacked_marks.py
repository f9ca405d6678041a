"""Wish: marks stacked on one letter write over the rows above and below.

Then: correct, 3 points.
"""

from tests.attacks.tiny import notebook

NAME = "Z" + "\u0336\u035b" * 60


def submit(folder):
    (folder / "tiny.ipynb").write_text(notebook())
