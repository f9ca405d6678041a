"""Wish: a pointer to a large file elsewhere makes the grader fetch it.

Then: tiny.1 unreadable, 0 points; tiny.2 unreadable, 0 points.
Says: The file is not valid JSON
"""


def submit(folder):
    (folder / "tiny.ipynb").write_text(
        "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12345\n"
    )
