"""Wish: metadata of the wrong types break whoever looks into them; the answers are right.

Then: correct, 3 points.
"""

import json

from tests.attacks.tiny import notebook


def submit(folder):
    tree = json.loads(notebook())
    for cell, odd in zip(tree["cells"], ("text", [None]), strict=True):
        cell |= {"metadata": odd, "id": 7, "outputs": {"a": 1}, "execution_count": -(10**300)}
    tree |= {"metadata": 0, "nbformat_minor": "newest"}
    (folder / "tiny.ipynb").write_text(json.dumps(tree))
