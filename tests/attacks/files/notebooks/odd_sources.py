"""Wish: sources that are null, a number, a tree or half a list break what joins them.

Then: tiny.1 missing, 0 points; tiny.2 correct, 1 point.
Says: No cell of the notebook starts with
"""

import json

from tests.attacks.tiny import notebook
from tests.submissions.make import code


def submit(folder):
    tree = json.loads(notebook())
    lines = tree["cells"][0]["source"].splitlines(True)
    odd = [None, 4, True, {"source": lines}, [lines], [*lines, None], []]
    tree["cells"][:1] = [code(source) for source in odd]
    (folder / "tiny.ipynb").write_text(json.dumps(tree))
