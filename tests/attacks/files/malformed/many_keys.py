"""Wish: a million keys fill the memory or hit each other's places; the answers are right.

Then: correct, 3 points.
"""

from tests.attacks.tiny import notebook


def submit(folder):
    keys = ", ".join(f'"{i:x}": 0' for i in range(1_000_000))
    (folder / "tiny.ipynb").write_text(notebook().replace("{", f"{{{keys}, ", 1))
