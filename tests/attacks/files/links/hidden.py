"""Wish: a notebook in a hidden folder is graded and never seen.

Then: tiny.1 missing, 0 points; tiny.2 missing, 0 points.
Says: There is no tiny.ipynb.
"""

from tests.attacks.tiny import notebook


def submit(folder):
    (folder / ".tiny").mkdir()
    (folder / ".tiny/tiny.ipynb").write_text(notebook())
