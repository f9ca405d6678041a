"""Wish: whoever ignores every signal, SIGXCPU and SIGTERM too, loops for ever.

Then: timeout, 0 points.
Says: took too long
"""
signal = __import__("signal")
for number in signal.valid_signals():
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
def double(x):
    while True:
        pass
