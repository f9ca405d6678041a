"""Wish: a name that nobody can see gets its points without a trace.

Then: correct, 3 points.
Says: points
"""

from tests.attacks.tiny import notebook

NAME = "ㅤ\xa0\u2003"


def submit(folder):
    (folder / "tiny.ipynb").write_text(notebook())
