"""Wish: NaN and Infinity are no JSON and break what is computed with them; the answers are right.

Then: correct, 3 points.
"""

from tests.attacks.tiny import notebook


def submit(folder):
    (folder / "tiny.ipynb").write_text(
        notebook().replace("{", '{"metadata": [NaN, -Infinity, 1e999], ', 1)
    )
