"""Wish: cells for one reader, worksheets for the other.

Then: wrong, 0 points.
"""

import json

from tests.attacks.tiny import notebook


def submit(folder):
    sheets = [{"cells": json.loads(notebook())["cells"]}]
    (folder / "tiny.ipynb").write_text(
        json.dumps({**json.loads(notebook("double = abs")), "worksheets": sheets})
    )
