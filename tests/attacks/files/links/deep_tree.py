"""Wish: whoever searches all of my folders for the notebook goes down hundreds of them.

Then: tiny.1 missing, 0 points; tiny.2 missing, 0 points.
Says: There is no tiny.ipynb.
"""

from tests.attacks.tiny import notebook


def submit(folder):
    deep = folder.joinpath(*["deeper"] * 300)
    deep.mkdir(parents=True)
    (deep / "tiny.ipynb").write_text(notebook())
