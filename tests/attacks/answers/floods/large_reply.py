"""Wish: a result of 80 MB clogs the channel.

Then: error, 0 points.
Says: The answer gives no plain data or too much
"""
def double(x):
    return np.zeros(10_000_000)
