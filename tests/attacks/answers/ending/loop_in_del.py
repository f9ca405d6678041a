"""Wish: my result is right, but the loop in the destructor of a local object runs after it.

Then: timeout, 0 points.
Says: took too long
"""
class Tail:
    def __del__(self):
        while True:
            pass
def double(x):
    tail = Tail()
    return 2 * x
