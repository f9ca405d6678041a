"""Wish: an audit hook, which none can remove, refuses every later event.

Then: error, 0 points.
"""


def refuse(event, arguments):
    if armed:
        raise SystemExit(0)


armed = []
sys.addaudithook(refuse)


def double(x):
    armed.append(True)
    return open("/box/worker.py")
