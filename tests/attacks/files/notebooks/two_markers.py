"""Wish: a cell with two markers answers two questions.

Then: tiny.1 missing, 0 points; tiny.2 correct, 1 point.
Says: No cell of the notebook starts with '# answer: tiny.1'.
"""

import json

from tests.attacks.tiny import CHOICE, RIGHT
from tests.submissions.make import code


def submit(folder):
    (folder / "tiny.ipynb").write_text(
        json.dumps(
            {
                "nbformat": 4,
                "cells": [code(f"# answer: tiny.2\n# answer: tiny.1\n{CHOICE}\n{RIGHT}")],
            }
        )
    )
