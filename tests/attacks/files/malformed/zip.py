"""Wish: an archive under the notebook's name unpacks to more than the disk holds.

Then: tiny.1 unreadable, 0 points; tiny.2 unreadable, 0 points.
Says: The file is not valid JSON
"""

import zipfile


def submit(folder):
    with zipfile.ZipFile(folder / "tiny.ipynb", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("../../tiny.ipynb", bytes(100_000_000))
