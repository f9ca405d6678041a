"""Wish: an encoding that nobody expects breaks the reader; the answers in it are right.

Then: correct, 3 points.
"""

from tests.attacks.tiny import notebook


def submit(folder):
    (folder / "tiny.ipynb").write_text(notebook(), "utf-16")
