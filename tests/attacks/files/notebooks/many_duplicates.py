"""Wish: ten thousand answers to one question, the last of them wrong: the best one counts.

Then: wrong, 0 points.
Says: 10000 cells start with
"""

import json

from tests.attacks.tiny import notebook
from tests.submissions.make import code


def submit(folder):
    tree = json.loads(notebook())
    tree["cells"] += [tree["cells"][0]] * 9_998 + [code("# answer: tiny.1\ndouble = abs")]
    (folder / "tiny.ipynb").write_text(json.dumps(tree))
