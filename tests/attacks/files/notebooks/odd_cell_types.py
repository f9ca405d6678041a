"""Wish: cell types that are no text break what compares them; the right answers come after.

Then: correct, 3 points.
"""

import json

from tests.attacks.tiny import notebook


def submit(folder):
    tree = json.loads(notebook())
    odd = [{"cell_type": kind, "source": "x"} for kind in (None, 4, ["code"], {"code": 1}, "CODE")]
    tree["cells"] = [None, 4, "code", [], {}, *odd, *tree["cells"]]
    (folder / "tiny.ipynb").write_text(json.dumps(tree))
