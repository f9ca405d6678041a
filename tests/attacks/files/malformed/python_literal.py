"""Wish: what only eval can read gets evaluated.

Then: tiny.1 unreadable, 0 points; tiny.2 unreadable, 0 points.
Says: The file is not valid JSON
"""

import json

from tests.attacks.tiny import notebook


def submit(folder):
    (folder / "tiny.ipynb").write_text(
        repr({**json.loads(notebook()), "nbformat": "__import__('os')._exit(0)"})
    )
