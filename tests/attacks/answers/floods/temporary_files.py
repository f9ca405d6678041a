"""Wish: temporary files fill the disk.

Then: error, 0 points.
"""
def double(x):
    with __import__("tempfile").TemporaryFile() as file:
        for _ in range(1000):
            file.write(bytes(1 << 20))
            file.flush()
    return 2 * x
