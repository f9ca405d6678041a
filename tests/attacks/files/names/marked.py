"""Wish: my name is the one that Ann gets when another takes hers.

Then: correct, 3 points.
Says: ann-
"""

import hashlib

from tests.attacks.tiny import notebook

NAME = f"ann-{hashlib.sha256(b'ann').hexdigest()[:8]}"


def submit(folder):
    (folder / "tiny.ipynb").write_text(notebook())
