"""Wish: a crash in one part costs the class its run.

Then: partial, 2 points.
Says: numbers: The answer ended the Python process.
"""
def double(x):
    return 2 * x if np.ndim(x) else ctypes.string_at(0)
