"""Wish: a device's name as a folder: on other systems the feedback opens the device.

Then: correct, 3 points.
Says: CON.aux
"""

from tests.attacks.tiny import notebook

NAME = "CON.aux"


def submit(folder):
    (folder / "tiny.ipynb").write_text(notebook())
