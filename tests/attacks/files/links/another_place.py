"""Wish: the notebook on top is wrong, the one in the assignment's folder is right.

Then: wrong, 0 points.
"""

from tests.attacks.tiny import notebook


def submit(folder):
    (folder / "tiny").mkdir()
    (folder / "tiny/tiny.ipynb").write_text(notebook())
    (folder / "tiny.ipynb").write_text(notebook("double = abs"))
