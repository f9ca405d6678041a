"""Wish: bytes that are no letters in any name cannot be written to the tables.

Then: correct, 3 points.
Says: caf\udce9\udcff\udcfe
"""

import os

from tests.attacks.tiny import notebook

NAME = os.fsdecode(b"caf\xe9\xff\xfe")


def submit(folder):
    (folder / "tiny.ipynb").write_text(notebook())
