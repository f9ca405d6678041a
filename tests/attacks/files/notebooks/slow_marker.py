"""Wish: a line that is almost a marker, of five million letters and blanks, makes the search
slow.

Then: correct, 3 points.
"""

import json

from tests.attacks.tiny import notebook
from tests.submissions.make import code


def submit(folder):
    tree = json.loads(notebook())
    for line in ("a" * 10**6, "a." * 10**6, "a.b" + " " * 10**6 + "c", "\t" * 10**6 + "#"):
        tree["cells"].append(code(f"# answer: {line}"))
    (folder / "tiny.ipynb").write_text(json.dumps(tree))
