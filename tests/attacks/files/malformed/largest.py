"""Wish: exactly the limit makes the grader slow; the answers are right.

Then: correct, 3 points.
"""

from tests.attacks.tiny import notebook


def submit(folder):
    (folder / "tiny.ipynb").write_text(notebook().ljust(25_000_000))
