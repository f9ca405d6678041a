"""Wish: a byte-order mark in front of the file and of the cells hides the answers, which are
right.

Then: correct, 3 points.
"""

from tests.attacks.tiny import notebook


def submit(folder):
    text = notebook().replace("# answer", "\ufeff# answer")
    (folder / "tiny.ipynb").write_text(text, "utf-8-sig")
