"""Wish: markers of other questions, of none and of Python's insides change the results.

Then: correct, 3 points.
"""

import json

from tests.attacks.tiny import notebook
from tests.submissions.make import code


def submit(folder):
    tree = json.loads(notebook())
    for key in (
        "tiny.3",
        "adagrad.1",
        "__class__.__init__",
        "x.__proto__",
        "tiny.1.2",
        "../tiny.1",
    ):
        tree["cells"].append(code(f"# answer: {key}\ndouble = choice = None"))
    (folder / "tiny.ipynb").write_text(json.dumps(tree))
