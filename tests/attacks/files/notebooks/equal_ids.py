"""Wish: cells that all have one id take each other's place; the answers are right.

Then: correct, 3 points.
"""

import json

from tests.attacks.tiny import notebook


def submit(folder):
    tree = json.loads(notebook())
    for cell in tree["cells"]:
        cell["id"] = "../../tiny.1"
    (folder / "tiny.ipynb").write_text(json.dumps(tree))
