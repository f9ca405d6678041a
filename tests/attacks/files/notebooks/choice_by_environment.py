"""Wish: the first question's answer leaves its words in the environment and a start file.

Then: tiny.1 correct, 3 points; tiny.2 wrong, 0 points.
Says: Not a.
"""

from tests.attacks.tiny import notebook

SOURCE = """\
import numpy as np
os = np.__builtins__["__import__"]("os")
os.environ["PYTHONSTARTUP"] = os.environ["PYTHONPATH"] = "/tmp/mine"
os.putenv("LD_PRELOAD", "/tmp/mine.so")
def double(x):
    return 2 * x
"""


def submit(folder):
    (folder / "tiny.ipynb").write_text(notebook(SOURCE, 'choice = "a"'))
