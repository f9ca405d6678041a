"""Wish: a text that holds a notebook is read twice.

Then: tiny.1 unreadable, 0 points; tiny.2 unreadable, 0 points.
Says: no notebook
"""

import json

from tests.attacks.tiny import notebook


def submit(folder):
    (folder / "tiny.ipynb").write_text(json.dumps(notebook()))
