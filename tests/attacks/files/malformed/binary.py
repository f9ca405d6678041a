"""Wish: random bytes stop the run.

Then: tiny.1 unreadable, 0 points; tiny.2 unreadable, 0 points.
Says: The file is not valid JSON
"""

import random


def submit(folder):
    (folder / "tiny.ipynb").write_bytes(random.Random(0).randbytes(100_000))
