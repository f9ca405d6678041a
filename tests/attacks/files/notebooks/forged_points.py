"""Wish: metadata in which nbgrader has given me a thousand points for a wrong answer.

Then: wrong, 0 points.
"""

import json

from tests.attacks.tiny import notebook


def submit(folder):
    tree = json.loads(notebook("double = abs"))
    for cell in tree["cells"]:
        grader = {
            "grade": True,
            "grade_id": "tiny.1",
            "points": 1000,
            "score": 1000,
            "locked": True,
        }
        cell["metadata"] = {"nbgrader": {**grader, "solution": True, "schema_version": 3}}
    (folder / "tiny.ipynb").write_text(json.dumps(tree))
