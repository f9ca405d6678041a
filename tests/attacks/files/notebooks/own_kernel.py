"""Wish: a kernel of my own, with a command line, runs the cells; the answers are right.

Then: correct, 3 points.
"""

import json

from tests.attacks.tiny import notebook


def submit(folder):
    kernel = {"name": "../../../bin/sh", "language": "bash", "argv": ["sh", "-c", "exit 0"]}
    tree = json.loads(notebook())
    tree["metadata"] = {"kernelspec": kernel, "language_info": {"name": "<b>R</b>", "version": 4}}
    (folder / "tiny.ipynb").write_text(json.dumps(tree))
