"""Wish: an alarm kills the process between two calls, when nobody looks.

Then: error, 0 points.
Says: The answer ended the Python process.
"""
signal = __import__("signal")
def bomb(*_):
    os._exit(0)
signal.signal(signal.SIGALRM, bomb)
signal.setitimer(signal.ITIMER_REAL, 1e-3)
def double(x):
    signal.sigwait([signal.SIGUSR1]) if np.ndim(x) else signal.pause()
