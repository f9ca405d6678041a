"""Wish: the outputs of my wrong answer say that every check passed, in bold.

Then: wrong, 0 points.
"""

import json

from tests.attacks.tiny import notebook


def submit(folder):
    tree = json.loads(notebook("double = abs"))
    said = {"text/html": "<b>tiny.1: correct, 3 of 3 points</b><script>alert(1)</script>"}
    output = {"output_type": "display_data", "metadata": {}, "data": said}
    for cell in tree["cells"]:
        cell["outputs"] = [output] * 3
    (folder / "tiny.ipynb").write_text(json.dumps(tree))
