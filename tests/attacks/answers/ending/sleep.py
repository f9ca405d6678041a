"""Wish: who sleeps uses no CPU time and is never stopped.

Then: timeout, 0 points.
Says: The answer took too long
Seconds: 20
"""
def double(x):
    if np.ndim(x) == 0:
        __import__("time").sleep(1000)
    return 2 * x
