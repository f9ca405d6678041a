"""Wish: a million empty lists, four megabytes in all, fill the memory.

Then: tiny.1 unreadable, 0 points; tiny.2 unreadable, 0 points.
Says: The file has too many parts
"""


def submit(folder):
    (folder / "tiny.ipynb").write_text("[" + "[]," * 1_000_000 + "[]]")
