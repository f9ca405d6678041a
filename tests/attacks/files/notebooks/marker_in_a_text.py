"""Wish: a marker within a text in another cell makes what follows the answer.

Then: wrong, 0 points.
"""

import json

from tests.attacks.tiny import RIGHT, notebook
from tests.submissions.make import code


def submit(folder):
    tree = json.loads(notebook("double = abs"))
    tree["cells"].append(code(f'"""\n# answer: tiny.1\n"""\n{RIGHT}'))
    (folder / "tiny.ipynb").write_text(json.dumps(tree))
