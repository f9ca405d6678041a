"""Wish: a cell that runs before the answers replaces what they and the grader use.

Then: error, 0 points.
Says: NameError
"""

import json

from tests.attacks.tiny import notebook
from tests.submissions.make import code


def submit(folder):
    tree = json.loads(notebook("def double(x):\n    return right(x)"))
    setup = "import numpy as np\nnp.allclose = lambda *a: True\nright = lambda x: 2 * x"
    tree["cells"].insert(0, code(setup))
    (folder / "tiny.ipynb").write_text(json.dumps(tree))
