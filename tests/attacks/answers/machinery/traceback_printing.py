"""Wish: tracebacks are printed by me, so that my exception looks like a success.

Then: error, 0 points.
"""

traceback = __import__("traceback")
for name in [name for name in dir(traceback) if name.startswith(("print", "format"))]:
    setattr(traceback, name, lambda *a, **k: ["OK\n"])


class Passed(Exception):
    def __str__(self):
        return "OK"

    def _render_traceback_(self):
        return ["OK"]


def double(x):
    raise Passed
