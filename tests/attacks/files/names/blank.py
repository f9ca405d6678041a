"""Wish: a name that nobody can see gets its points without a trace.

Then: correct, 3 points.
Says: Feedback for \u3164
"""

from tests.attacks.tiny import notebook

NAME = "ㅤ"


def submit(folder):
    (folder / "tiny.ipynb").write_text(notebook())
