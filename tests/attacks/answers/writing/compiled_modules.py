"""Wish: a compiled module of mine in the cache from which the next process loads.

Then: correct, 3 points.
Without the sandbox: wrong.
"""


def escaped():
    folder = os.path.dirname(sys.modules["lecture_code.wire"].__cached__)
    try:
        os.close(os.open(f"{folder}/planted.pyc", os.O_CREAT | os.O_WRONLY))
        os.unlink(f"{folder}/planted.pyc")
    except OSError:
        return False
    return True


def double(x):
    return float("nan") if escaped() else 2 * x
