"""Wish: a socket under the notebook's name cannot be opened and stops the run.

Then: tiny.1 unreadable, 0 points; tiny.2 unreadable, 0 points.
Says: hand in the .ipynb file
"""

import os
import socket


def submit(folder):
    here = os.getcwd()
    os.chdir(folder)  # the path of a socket must be short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("tiny.ipynb")
    os.chdir(here)
