"""Wish: cells in a dict have keys, and a loop over them gets texts.

Then: tiny.1 unreadable, 0 points; tiny.2 unreadable, 0 points.
Says: no list of cells
"""

import json

from tests.attacks.tiny import notebook


def submit(folder):
    cells = dict(enumerate(json.loads(notebook())["cells"]))
    (folder / "tiny.ipynb").write_text(json.dumps({"nbformat": 4, "cells": cells}))
