"""Wish: two replies to one request: the second answers the next.

Then: error, 0 points.
"""

def double(x):
    frame = sys._getframe()
    while "respond" not in frame.f_locals:
        frame = frame.f_back
    own = frame.f_locals
    reply = own["answers"].Reply("value", 2 * x, (x,))
    for _ in range(2):
        own["respond"](own["request"], reply)
    return 0 * x
