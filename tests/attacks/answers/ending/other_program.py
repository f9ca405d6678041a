"""Wish: another program takes my place and never answers.

Then: error, 0 points.
"""
def double(x):
    os.execv("/usr/bin/sleep", ["sleep", "1000"])
