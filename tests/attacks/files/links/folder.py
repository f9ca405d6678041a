"""Wish: a folder under the notebook's name cannot be read and stops the run.

Then: tiny.1 unreadable, 0 points; tiny.2 unreadable, 0 points.
Says: hand in
"""

from tests.attacks.tiny import notebook


def submit(folder):
    (folder / "tiny.ipynb").mkdir()
    (folder / "tiny.ipynb/tiny.ipynb").write_text(notebook())
