"""Wish: the heap grows by its end, page by page, with no allocator that could refuse.

Then: error, 0 points.
Says: MemoryError
"""
def double(x):
    libc = ctypes.CDLL(None)
    libc.sbrk.restype = ctypes.c_void_p
    for _ in range(1 << 10):
        if libc.sbrk(ctypes.c_long(1 << 24)) == 2**64 - 1:
            raise MemoryError
    return 2 * x
