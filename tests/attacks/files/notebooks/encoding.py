"""Wish: a line that declares an encoding makes Python read other text than the instructor.

Then: wrong, 0 points.
"""

import json

from tests.attacks.tiny import notebook


def submit(folder):
    source = "# coding: utf_7\ndef double(x):\n    return x #+AAoAIAAgACAAIA-return 2 * x\n"
    tree = json.loads(notebook())
    tree["cells"][0]["source"] = f"# answer: tiny.1\n{source}".replace("x #+AAo", "x  # +AAo")
    (folder / "tiny.ipynb").write_text(json.dumps(tree))
