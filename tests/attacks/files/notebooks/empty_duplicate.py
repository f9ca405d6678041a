"""Wish: an empty second cell of the question hides that the first is wrong.

Then: error, 0 points.
Says: 2 cells start with
"""

import json

from tests.attacks.tiny import notebook
from tests.submissions.make import code


def submit(folder):
    tree = json.loads(notebook("double = abs"))
    tree["cells"].append(code("# answer: tiny.1"))
    (folder / "tiny.ipynb").write_text(json.dumps(tree))
