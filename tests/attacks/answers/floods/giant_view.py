"""Wish: an array of eight bytes and a trillion elements grows when it is sent.

Then: error, 0 points.
Says: The answer gives no plain data or too much
"""
def double(x):
    return np.broadcast_to(0.0, 10**12)
