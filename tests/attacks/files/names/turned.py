"""Wish: marks of direction turn my row of the table round.

Then: correct, 3 points.
Says: \u202etxt.ipynb
"""

from tests.attacks.tiny import notebook

NAME = "\u202etxt.ipynb\u2066\u200f"


def submit(folder):
    (folder / "tiny.ipynb").write_text(notebook())
