"""Wish: characters that only some count as line ends make a comment of the marker's line for the
reader and code for Python.

Then: tiny.1 missing, 0 points; tiny.2 correct, 1 point.
Says: No cell of the notebook starts with '# answer: tiny.1'.
"""

import json

from tests.attacks.tiny import RIGHT, notebook


def submit(folder):
    tree = json.loads(notebook())
    tree["cells"][0]["source"] = f"# answer: tiny.1\u2028\x85\v{RIGHT}"
    (folder / "tiny.ipynb").write_text(json.dumps(tree))
