"""Wish: cells that are not code answer as well, and nobody runs them.

Then: tiny.1 missing, 0 points; tiny.2 missing, 0 points.
Says: No cell of the notebook starts with
"""

import json

from tests.attacks.tiny import notebook


def submit(folder):
    tree = json.loads(notebook())
    for cell, kind in zip(tree["cells"], ("raw", "markdown"), strict=True):
        cell["cell_type"] = kind
    (folder / "tiny.ipynb").write_text(json.dumps(tree))
