"""Wish: a reply that is no table breaks who reads it.

Then: error, 0 points.
"""

wire = sys.modules["lecture_code.wire"]
encode = wire.encode
wire.encode = lambda value: encode([value])


def double(x):
    return 2 * x
