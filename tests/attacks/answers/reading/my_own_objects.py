"""Wish: the reference, the expected values or the seed lie among the objects of my own process.

Then: correct, 3 points.
"""

gc = __import__("gc")


def escaped():
    words = {"reference", "expected", "max_points", "mistakes", "tiny.2"}
    mine = globals().values()
    for one in gc.get_objects():
        if type(one) is dict and words & {key for key in one if type(key) is str}:
            return True
        if getattr(type(one), "__name__", "") in ("Case", "FunctionQuestion", "Exercise"):
            return True
    return any(name.startswith(("exercises", "tests", "lecture_code.judging")) for name in sys.modules)


def double(x):
    return float("nan") if escaped() else 2 * x
