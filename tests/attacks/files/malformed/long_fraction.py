"""Wish: a fraction of ten million digits takes minutes to read; the answers are right.

Then: correct, 3 points.
"""

from tests.attacks.tiny import notebook


def submit(folder):
    digits = "1" * 10_000_000
    (folder / "tiny.ipynb").write_text(notebook().replace("{", f'{{"metadata": 0.{digits}, ', 1))
