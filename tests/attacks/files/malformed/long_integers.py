"""Wish: five thousand integers, each as long as Python still reads, take long; the answers are
right.

Then: correct, 3 points.
"""

from tests.attacks.tiny import notebook


def submit(folder):
    numbers = ", ".join(["7" * 4300] * 5000)
    (folder / "tiny.ipynb").write_text(notebook().replace("{", f'{{"metadata": [{numbers}], ', 1))
