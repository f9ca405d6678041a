"""Wish: a hundred thousand cells, one of which answers, make the search slow.

Then: correct, 3 points.
"""

import json

from tests.attacks.tiny import notebook
from tests.submissions.make import code


def submit(folder):
    cells = [code(f"# answer: tiny.{i}\ndouble = abs") for i in range(3, 100_000)]
    tree = json.loads(notebook())
    tree["cells"] += cells
    (folder / "tiny.ipynb").write_text(json.dumps(tree))
