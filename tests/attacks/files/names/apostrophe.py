"""Wish: a name that is Ann's once the table has guarded its cells.

Then: correct, 3 points.
Says: &#39;ann (
"""

from tests.attacks.tiny import notebook

NAME = "'ann"


def submit(folder):
    (folder / "tiny.ipynb").write_text(notebook())
