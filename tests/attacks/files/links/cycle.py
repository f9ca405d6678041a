"""Wish: a folder that links to its parent has no end; the answers are right.

Then: correct, 3 points.
"""

from tests.attacks.tiny import notebook


def submit(folder):
    (folder / "tiny").mkdir()
    (folder / "tiny/again").symlink_to("..")
    (folder / "tiny/tiny.ipynb").write_text(notebook())
