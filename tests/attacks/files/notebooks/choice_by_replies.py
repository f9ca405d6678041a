"""Wish: the first question's answer makes every later reply say the right choice.

Then: tiny.1 correct, 3 points; tiny.2 wrong, 0 points.
Says: Not a.
"""

from tests.attacks.tiny import notebook

SOURCE = """\
import numpy as np
sys = np.__builtins__["__import__"]("sys")
answers = sys.modules["lecture_code.answers"]
plain = answers.plain
answers.plain = lambda value: answers.Reply("value", "b") if type(value) is str else plain(value)
answers.obtain = lambda *a: ("b", None)
def double(x):
    return 2 * x
"""


def submit(folder):
    (folder / "tiny.ipynb").write_text(notebook(SOURCE, 'choice = "a"'))
