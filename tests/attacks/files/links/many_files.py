"""Wish: five thousand notebooks of other names make the search slow and the message long.

Then: tiny.1 missing, 0 points; tiny.2 missing, 0 points.
Says: There is no tiny.ipynb, but tiny (0).ipynb, tiny (1).ipynb, tiny (10).ipynb: rename the file
"""


def submit(folder):
    for i in range(5000):
        (folder / f"tiny ({i}).ipynb").touch()
