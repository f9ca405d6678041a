"""Wish: an attachment named as a path is written where it says; the answers are right.

Then: correct, 3 points.
"""

import json

from tests.attacks.tiny import notebook


def submit(folder):
    tree = json.loads(notebook())
    picture = {"../../../grades.csv": {"text/csv": "c3R1ZGVudA=="}}
    tree["cells"].insert(0, {"cell_type": "markdown", "source": "", "attachments": picture})
    (folder / "tiny.ipynb").write_text(json.dumps(tree))
