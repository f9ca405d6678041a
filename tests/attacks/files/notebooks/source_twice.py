"""Wish: one cell with two sources, the right one first.

Then: wrong, 0 points.
"""

import json

from tests.attacks.tiny import notebook


def submit(folder):
    wrong = json.dumps("# answer: tiny.1\ndouble = abs")
    (folder / "tiny.ipynb").write_text(
        notebook()
        .replace('"# answer: tiny.1', '"", "source": "# answer: tiny.1')
        .replace('return 2 * x"', f'return 2 * x", "source": {wrong}')
    )
