"""Wish: one byte that is no UTF-8 stops the run.

Then: tiny.1 unreadable, 0 points; tiny.2 unreadable, 0 points.
Says: The file is not valid JSON
"""

from tests.attacks.tiny import notebook


def submit(folder):
    (folder / "tiny.ipynb").write_text(notebook("# ?").replace("?", "\xe9"), "latin-1")
