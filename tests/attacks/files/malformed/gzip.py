"""Wish: a compressed notebook of a gigabyte fits into one megabyte.

Then: tiny.1 unreadable, 0 points; tiny.2 unreadable, 0 points.
Says: The file is not valid JSON
"""

import gzip


def submit(folder):
    (folder / "tiny.ipynb").write_bytes(gzip.compress(b" " * 100_000_000, 1) * 10)
