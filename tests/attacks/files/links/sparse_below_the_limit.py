"""Wish: as many null bytes as may be read, which take no room here.

Then: tiny.1 unreadable, 0 points; tiny.2 unreadable, 0 points.
Says: The file is not valid JSON
"""


def submit(folder):
    with open(folder / "tiny.ipynb", "wb") as file:
        file.truncate(25_000_000)
