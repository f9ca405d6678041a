"""Wish: a message that is a status becomes mine.

Then: error, 0 points.
"""
raise type("correct", (Exception,), {})
