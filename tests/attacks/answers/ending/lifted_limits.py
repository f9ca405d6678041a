"""Wish: a process that lifts its own limits may loop for ever.

Then: timeout, 0 points.
Says: took too long
"""
resource = __import__("resource")
for name in ("RLIMIT_CPU", "RLIMIT_AS", "RLIMIT_NPROC", "RLIMIT_NOFILE"):
    try:
        resource.setrlimit(getattr(resource, name), (-1, -1))
    except (OSError, ValueError):
        pass
def double(x):
    while True:
        pass
