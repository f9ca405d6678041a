"""Wish: whatever is thrown at me to stop me, I catch it and go on.

Then: timeout, 0 points.
Says: took too long
"""
def double(x):
    while True:
        try:
            __import__("signal").pthread_kill(__import__("threading").get_ident(), 2)
            while True:
                pass
        except BaseException:
            pass
