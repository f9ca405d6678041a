"""Wish: a thread works on between the calls.

Then: correct, 3 points.
Without the sandbox: wrong.
Root only.
"""

def escaped():
    try:
        __import__("threading").Thread(target=print).start()
    except BaseException:
        return False
    return True


def double(x):
    return float("nan") if escaped() else 2 * x
