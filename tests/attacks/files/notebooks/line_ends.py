"""Wish: the lines of old machines hide the marker or join it with the code; the answers are
right.

Then: correct, 3 points.
"""

import json

from tests.attacks.tiny import notebook


def submit(folder):
    tree = json.loads(notebook())
    for cell, end in zip(tree["cells"], ("\r", "\r\n"), strict=True):
        cell["source"] = [line + end for line in ["", " \t", *cell["source"].split("\n")]]
    (folder / "tiny.ipynb").write_text(json.dumps(tree))
