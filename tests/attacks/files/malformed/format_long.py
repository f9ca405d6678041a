"""Wish: a format with four thousand digits fills the message.

Then: tiny.1 unreadable, 0 points; tiny.2 unreadable, 0 points.
Says: format unknown is not supported
"""

from tests.attacks.tiny import notebook


def submit(folder):
    (folder / "tiny.ipynb").write_text(notebook().replace("4", "4" * 4000, 1))
