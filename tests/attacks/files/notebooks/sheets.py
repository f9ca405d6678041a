"""Wish: worksheets within worksheets, an old format's cells, hide my answers from those who read
one level.

Then: tiny.1 missing, 0 points; tiny.2 missing, 0 points.
Says: No cell of the notebook starts with
"""

import json

from tests.attacks.tiny import notebook


def submit(folder):
    sheet = {"cells": json.loads(notebook())["cells"]}
    (folder / "tiny.ipynb").write_text(
        json.dumps(
            {"nbformat": 3, "worksheets": [None, {"worksheets": [sheet]}, {"cells": "none"}]}
        )
    )
