"""Wish: a reply that answers no request in particular answers any.

Then: error, 0 points.
"""

wire = sys.modules["lecture_code.wire"]
encode = wire.encode
wire.encode = lambda value: encode({**value, "nonce": ""})


def double(x):
    return 2 * x
