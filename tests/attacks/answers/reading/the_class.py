"""Wish: the names of all who handed something in.

Then: correct, 3 points.
Without the sandbox: wrong.
"""


def escaped():
    try:
        return len(os.listdir(SUBMISSIONS)) > 1
    except OSError:
        return False


def double(x):
    return float("nan") if escaped() else 2 * x
