"""Wish: a socket that has a name and no file passes the walls of the file system.

Then: correct, 3 points.
Without the sandbox: wrong.
"""

def escaped():
    try:
        socket.socket(socket.AF_UNIX).connect(ABSTRACT)
    except BaseException:
        return False
    return True


def double(x):
    return float("nan") if escaped() else 2 * x
