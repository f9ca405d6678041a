"""Wish: my name is an option for whatever program gets it.

Then: correct, 3 points.
Says: --unsafe
"""

from tests.attacks.tiny import notebook

NAME = "--unsafe"


def submit(folder):
    (folder / "tiny.ipynb").write_text(notebook())
