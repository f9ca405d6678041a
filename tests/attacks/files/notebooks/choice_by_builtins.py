"""Wish: the first question's answer leaves builtins behind in which every choice is right.

Then: tiny.1 correct, 3 points; tiny.2 wrong, 0 points.
Says: Not a.
"""

from tests.attacks.tiny import notebook

SOURCE = """\
import numpy as np
run = np.__builtins__["exec"]
def fake(code, namespace):
    run(code, namespace)
    namespace["choice"] = "b"
np.__builtins__["exec"] = fake
def double(x):
    return 2 * x
"""


def submit(folder):
    (folder / "tiny.ipynb").write_text(notebook(SOURCE, 'choice = "a"'))
