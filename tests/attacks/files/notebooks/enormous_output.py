"""Wish: a picture of twenty megabytes in an output; the answers are right.

Then: correct, 3 points.
"""

import json

from tests.attacks.tiny import notebook


def submit(folder):
    tree = json.loads(notebook())
    picture = {"output_type": "display_data", "data": {"image/png": "A" * 20_000_000}}
    tree["cells"][0]["outputs"] = [picture]
    (folder / "tiny.ipynb").write_text(json.dumps(tree))
