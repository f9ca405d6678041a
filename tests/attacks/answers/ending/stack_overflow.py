"""Wish: recursion through C, without Python's limit, overflows the real stack.

Then: error, 0 points.
Says: The answer ended the Python process.
"""
sys.setrecursionlimit(10**9)
def double(x):
    return max([x, x], key=double)
