"""Wish: an answer just below the limit, with a line of a hundred thousand letters, fills the
page.

Then: correct, 3 points.
"""

from tests.attacks.tiny import RIGHT, notebook


def submit(folder):
    (folder / "tiny.ipynb").write_text(notebook(RIGHT + "\n#" + "x" * 100_000 + "\n#" * 49_000))
