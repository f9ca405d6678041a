"""Wish: an array whose shape promises more than its bytes hold shows the grader's memory.

Then: error, 0 points.
"""

wire = sys.modules["lecture_code.wire"]
encode = wire.encode
wire.encode = lambda value: encode(value).replace(b"[2]", b"[1000000]")


def double(x):
    return np.zeros(2)
