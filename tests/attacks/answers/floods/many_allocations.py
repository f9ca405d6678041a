"""Wish: memory in small pieces, none of which is too much, fills the machine.

Then: error, 0 points.
Says: The answer needs too much memory.
"""
def double(x):
    pieces = []
    while True:
        pieces.append(np.zeros(10**6))
