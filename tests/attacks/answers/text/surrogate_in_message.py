"""Wish: half a character in my message cannot be written to any file and stops the run.

Then: error, 0 points.
Says: half: \ud800
"""
raise ValueError("half: \ud800")
