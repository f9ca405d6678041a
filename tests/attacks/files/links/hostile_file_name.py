"""Wish: the name of a file that is shown to help me clears the terminal and runs a script.

Then: tiny.1 missing, 0 points; tiny.2 missing, 0 points.
Says: There is no tiny.ipynb, but \x1b[2J<script>alert(1)<b>\u202e.ipynb: rename
"""


def submit(folder):
    (folder / "\x1b[2J<script>alert(1)<b>\u202e.ipynb").touch()
