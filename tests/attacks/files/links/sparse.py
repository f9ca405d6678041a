"""Wish: a terabyte of nothing takes no room here and all of the memory there.

Then: tiny.1 unreadable, 0 points; tiny.2 unreadable, 0 points.
Says: The file has more than 25 MB
"""


def submit(folder):
    with open(folder / "tiny.ipynb", "wb") as file:
        file.truncate(1 << 40)
