"""Wish: the bytes of half a character are no UTF-8, but some readers let them pass.

Then: error, 0 points.
Says: UnicodeEncodeError
"""

from tests.attacks.tiny import notebook


def submit(folder):
    (folder / "tiny.ipynb").write_bytes(
        notebook("text = '?'").encode().replace(b"?", b"\xed\xa0\x80")
    )
