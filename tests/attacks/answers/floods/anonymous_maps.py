"""Wish: memory straight from the kernel, past Python's own counting.

Then: error, 0 points.
Says: OSError
"""
def double(x):
    maps = []
    while True:
        maps.append(__import__("mmap").mmap(-1, 1 << 26))
