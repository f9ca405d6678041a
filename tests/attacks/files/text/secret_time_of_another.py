"""Wish: the first question's process ends at the moment that is its hidden input; the cell of the
second reads the clock, and its error tells it.

Then: tiny.1 error, 0 points; tiny.2 correct, 1 point.
"""

from tests.attacks.tiny import CHOICE, notebook

CLOCK = """\
import numpy as np
time, os = map(np.__builtins__["__import__"], ("time", "os"))
def wait(moment):
    time.sleep((moment - time.time()) % 1.2)
"""
SOURCE = f"""\
{CLOCK}
wait(0)
def double(x):
    wait(0.7 + abs(float(np.sum(x))) % 0.3)
    os._exit(0)
"""
TELL = f"""\
{CLOCK}
if time.time() % 1.2 > 0.7:
    raise ValueError(f"the input ends in {{time.time() % 1.2 - 0.7:.3f}}")
{CHOICE}
"""


def submit(folder):
    (folder / "tiny.ipynb").write_text(notebook(SOURCE, TELL))
