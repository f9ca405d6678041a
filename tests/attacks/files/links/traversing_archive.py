"""Wish: an archive instead of the notebook unpacks over Ann's.

Then: tiny.1 missing, 0 points; tiny.2 missing, 0 points.
Says: There is no tiny.ipynb, but tiny.ipynb.tar: hand in the notebook.
"""

import io
import tarfile

from tests.attacks.tiny import notebook


def submit(folder):
    data = notebook().encode()
    member = tarfile.TarInfo("../ann/tiny.ipynb")
    member.size = len(data)
    with tarfile.open(folder / "tiny.ipynb.tar", "w") as file:
        file.addfile(member, io.BytesIO(data))
