"""Wish: the page that shows the notebook, saved under its name, with a script in it.

Then: tiny.1 unreadable, 0 points; tiny.2 unreadable, 0 points.
Says: The file is not valid JSON
"""


def submit(folder):
    (folder / "tiny.ipynb").write_text(
        "<!doctype html><title>tiny.ipynb</title><script>alert(1)</script>"
    )
