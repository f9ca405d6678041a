"""Wish: open files without an end use up the machine's table of files.

Then: error, 0 points.
Says: OSError
"""
def double(x):
    for _ in range(100_000):
        os.open("/", os.O_RDONLY)
    return 2 * x
