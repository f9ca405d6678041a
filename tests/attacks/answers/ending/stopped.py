"""Wish: a process that stops itself is neither done nor dead.

Then: timeout, 0 points.
Says: took too long
Seconds: 20
"""
def double(x):
    while True:
        os.kill(os.getpid(), 19)
