"""Wish: with every clock stopped no time limit is ever reached.

Then: timeout, 0 points.
Says: took too long
"""
time = __import__("time")
for name in ("time", "monotonic", "perf_counter", "process_time", "thread_time"):
    setattr(time, name, lambda: 0.0)
    setattr(time, name + "_ns", lambda: 0)
def double(x):
    while time.monotonic() < 1:
        pass
