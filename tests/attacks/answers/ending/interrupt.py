"""Wish: KeyboardInterrupt passes every 'except Exception' and ends the run as Ctrl-C would.

Then: error, 0 points.
Says: KeyboardInterrupt
"""
def double(x):
    raise KeyboardInterrupt
