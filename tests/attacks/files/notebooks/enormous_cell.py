"""Wish: an answer of ten megabytes, most of it comments, chokes the channel.

Then: error, 0 points.
Says: The answer cell is longer than 200000 characters.
"""

from tests.attacks.tiny import RIGHT, notebook


def submit(folder):
    (folder / "tiny.ipynb").write_text(notebook(RIGHT + "\n# much to say" * 700_000))
