"""Wish: an archive beside the notebook, small and gigantic when unpacked; the answers are right.

Then: correct, 3 points.
"""

import zipfile

from tests.attacks.tiny import notebook


def submit(folder):
    with zipfile.ZipFile(folder / "tiny.zip", "w", zipfile.ZIP_DEFLATED) as file:
        for i in range(10):
            file.writestr(f"{i}/tiny.ipynb", bytes(10_000_000))
    (folder / "tiny.ipynb").write_text(notebook())
