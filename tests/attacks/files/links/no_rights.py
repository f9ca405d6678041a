"""Wish: a folder that nobody may read stops the search; the answers beside it are right.

Then: correct, 3 points.
"""

from tests.attacks.tiny import notebook


def submit(folder):
    (folder / "private").mkdir(mode=0)
    (folder / "tiny.ipynb").write_text(notebook())
