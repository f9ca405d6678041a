"""Wish: the answer forges a frame when it is thrown away, between two calls.

Then: error, 0 points.
"""


class Farewell:
    def __del__(self):
        for n in range(3, 64):
            try:
                os.write(n, b"\0\0\0\x02[]")
            except OSError:
                pass


def double(x):
    farewell = [Farewell()]
    return 2 * x
