"""Wish: a frame that never ends keeps the grader waiting for ever.

Then: timeout, 0 points.
Seconds: 20
"""

def pipes():
    """The descriptors that lead to the grader and that one can write to."""
    for n in range(3, 64):
        try:
            os.write(n, b"")
        except OSError:
            continue
        yield n


def double(x):
    for n in pipes():
        os.write(n, b"\0\0\1\0")
    while True:
        pass
