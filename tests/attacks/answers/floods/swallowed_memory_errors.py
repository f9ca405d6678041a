"""Wish: whoever catches MemoryError can ask again, and again.

Then: timeout, 0 points.
Says: took too long
"""
pieces = [None] * 1000
def double(x):
    n = 0
    while True:
        try:
            pieces[n % 1000] = bytes(1 << 24)
            n += 1
        except MemoryError:
            pieces[:500] = [None] * 500
