"""Wish: quotes in my name end the cell of the table too early.

Then: correct, 3 points.
"""

from tests.attacks.tiny import notebook

NAME = '"a"",\'b`; "'


def submit(folder):
    (folder / "tiny.ipynb").write_text(notebook())
