"""Wish: the folder of the assignment within mine is a link to Ann's.

Then: tiny.1 missing, 0 points; tiny.2 missing, 0 points.
Says: There is no tiny.ipynb.
"""


def submit(folder):
    (folder / "tiny").symlink_to("../ann")
