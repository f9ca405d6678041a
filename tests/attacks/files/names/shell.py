"""Wish: a shell runs my name.

Then: correct, 3 points.
Says: $(touch owned);`touch owned`|sh&
"""

from tests.attacks.tiny import notebook

NAME = "$(touch owned);`touch owned`|sh&"


def submit(folder):
    (folder / "tiny.ipynb").write_text(notebook())
