"""Wish: a spreadsheet runs the name of my exception as a formula.

Then: error, 0 points.
Says: =HYPERLINK("http://evil","x")
"""
raise type('=HYPERLINK("http://evil","x")', (Exception,), {})
