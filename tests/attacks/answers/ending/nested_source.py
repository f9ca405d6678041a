"""Wish: a program nested a hundred thousand deep overflows Python's own parser.

Then: error, 0 points.
"""
exec("double = " + "-" * 100_000 + "1")
