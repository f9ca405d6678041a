"""Wish: a reply is there before the grader has asked.

Then: error, 0 points.
"""

def pipes():
    """The descriptors that lead to the grader and that one can write to."""
    for n in range(3, 64):
        try:
            os.write(n, b"")
        except OSError:
            continue
        yield n


for n in pipes():
    os.write(n, b"\0\0\0\2{}")


def double(x):
    return 2 * x
