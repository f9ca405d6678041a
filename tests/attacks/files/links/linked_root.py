"""Wish: my folder is a link to the root of all files, which are searched for my notebook.

Then: tiny.1 unreadable, 0 points; tiny.2 unreadable, 0 points.
Says: The student's folder is a symbolic link; hand in a folder.
"""


def submit(folder):
    folder.rmdir()
    folder.symlink_to("/")
