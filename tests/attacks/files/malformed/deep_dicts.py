"""Wish: metadata nested half a million deep overflow the reader's stack, just below the limit on
parts.

Then: tiny.1 unreadable, 0 points; tiny.2 unreadable, 0 points.
Says: The file is not valid JSON
"""

from tests.attacks.tiny import notebook


def submit(folder):
    deep = '{"a":' * 499_000 + "1" + "}" * 499_000
    (folder / "tiny.ipynb").write_text(notebook().replace("{", f'{{"metadata": {deep}, ', 1))
