"""Wish: the feedback page with my name is written over Ann's.

Then: correct, 3 points.
Says: ..∕ann
"""

from tests.attacks.tiny import notebook

NAME = "%2f..%2f..\\..\\∕..∕ann"


def submit(folder):
    (folder / "tiny.ipynb").write_text(notebook())
