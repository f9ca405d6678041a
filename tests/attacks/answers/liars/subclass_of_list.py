"""Wish: a list that has other items whenever it is read.

Then: error, 0 points.
"""

class Liar(list):
    def __iter__(self):
        return iter(())

    def __len__(self):
        return 3


def double(x):
    return Liar([0.0])
