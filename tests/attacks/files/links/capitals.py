"""Wish: a notebook with the name in capitals is somebody else's problem.

Then: tiny.1 missing, 0 points; tiny.2 missing, 0 points.
Says: TINY.IPYNB: rename the file
"""

from tests.attacks.tiny import notebook


def submit(folder):
    (folder / "TINY.IPYNB").write_text(notebook())
