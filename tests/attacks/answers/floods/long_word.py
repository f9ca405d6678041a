"""Wish: a message of the cell itself, which is shown, fills feedback and tables.

Then: error, 0 points.
Says: ValueError: xxxxxxxx
"""
raise ValueError("x" * 10**7)
