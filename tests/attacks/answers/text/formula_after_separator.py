"""Wish: where a semicolon or a tab separates cells, my formula starts in the middle of a message.

Then: error, 0 points.
Says: NameError
"""
raise NameError('x;=cmd|\' /C calc\'!A0;"+1;\t@SUM(1)')
