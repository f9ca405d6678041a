"""Wish: half a character in the source cannot be encoded for the process that runs it.

Then: error, 0 points.
Says: UnicodeEncodeError
"""

from tests.attacks.tiny import notebook


def submit(folder):
    (folder / "tiny.ipynb").write_text(notebook(r"text = '?'").replace("?", r"\ud800"))
