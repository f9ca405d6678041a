"""Wish: the process aborts and takes the grader along.

Then: error, 0 points.
Says: The answer ended the Python process.
"""
def double(x):
    os.abort()
