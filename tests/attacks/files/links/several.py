"""Wish: a wrong and a right notebook in two folders: the better one counts.

Then: tiny.1 unreadable, 0 points; tiny.2 unreadable, 0 points.
Says: There are 2 files tiny.ipynb; hand in one.
"""

from tests.attacks.tiny import RIGHT, notebook


def submit(folder):
    for name, source in {"monday": "double = abs", "tuesday": RIGHT}.items():
        (folder / name).mkdir()
        (folder / name / "tiny.ipynb").write_text(notebook(source))
