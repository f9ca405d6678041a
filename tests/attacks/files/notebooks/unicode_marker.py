"""Wish: a marker in other letters looks like the right one and belongs to no question.

Then: tiny.1 missing, 0 points; tiny.2 correct, 1 point.
Says: No cell of the notebook starts with '# answer: tiny.1'.
"""

import json

from tests.attacks.tiny import RIGHT, notebook
from tests.submissions.make import code


def submit(folder):
    markers = (
        "# answer: tiny.１",
        "# аnswer: tiny.1",
        "＃ answer: tiny.1",
        "# answer: tiny\u200b.1",
    )
    tree = json.loads(notebook())
    tree["cells"][:1] = [code(f"{marker}\n{RIGHT}") for marker in markers]
    (folder / "tiny.ipynb").write_text(json.dumps(tree))
