"""Wish: the tags of the worked notebook make my wrong answer the instructor's solution.

Then: wrong, 0 points.
"""

import json

from tests.attacks.tiny import notebook


def submit(folder):
    tree = json.loads(notebook("double = abs"))
    for cell in tree["cells"]:
        cell["metadata"]["tags"] = ["solution", "hide-input", "remove-cell", "parameters"]
    (folder / "tiny.ipynb").write_text(json.dumps(tree))
