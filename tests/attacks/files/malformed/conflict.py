"""Wish: the marks of an unresolved merge let both versions count.

Then: tiny.1 unreadable, 0 points; tiny.2 unreadable, 0 points.
Says: The file is not valid JSON
"""

from tests.attacks.tiny import notebook


def submit(folder):
    (folder / "tiny.ipynb").write_text(
        f"<<<<<<< HEAD\n{notebook()}\n=======\n{notebook()}\n>>>>>>> mine\n"
    )
