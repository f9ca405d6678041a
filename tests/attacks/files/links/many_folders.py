"""Wish: three thousand folders, each of which may hold the notebook; the answers are right.

Then: correct, 3 points.
"""

from tests.attacks.tiny import notebook


def submit(folder):
    for i in range(3000):
        (folder / f"{i}").mkdir()
    (folder / "tiny").mkdir()
    (folder / "tiny/tiny.ipynb").write_text(notebook())
