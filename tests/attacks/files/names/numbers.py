"""Wish: a name that is a number loses its zeros and is another's.

Then: correct, 3 points.
Says: 007
"""

from tests.attacks.tiny import notebook

NAME = "007"


def submit(folder):
    (folder / "tiny.ipynb").write_text(notebook())
