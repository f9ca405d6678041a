"""Wish: a key that stands twice: the reader who checks sees one list of cells, the one who runs
the other.

Then: wrong, 0 points.
"""

from tests.attacks.tiny import notebook


def submit(folder):
    both = notebook()[:-1], notebook("double = abs")[1:]
    (folder / "tiny.ipynb").write_text(", ".join(both))
