"""Wish: my name clears the terminal and sets its title.

Then: correct, 3 points.
Says: \x1b[2J\x1b]0;owned\x07
"""

from tests.attacks.tiny import notebook

NAME = "\x1b[2J\x1b]0;owned\x07\x9b31m\r\x08"


def submit(folder):
    (folder / "tiny.ipynb").write_text(notebook())
