"""Wish: a cell magic in the first line hides the marker, and a script runs instead.

Then: tiny.1 missing, 0 points; tiny.2 correct, 1 point.
Says: No cell of the notebook starts with '# answer: tiny.1'.
"""

import json

from tests.attacks.tiny import RIGHT, notebook


def submit(folder):
    tree = json.loads(notebook())
    tree["cells"][0]["source"] = f"%%javascript\n# answer: tiny.1\nalert(1)\n{RIGHT}"
    (folder / "tiny.ipynb").write_text(json.dumps(tree))
