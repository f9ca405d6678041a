"""Wish: my message runs a script in the browser of whoever opens the feedback.

Then: error, 0 points.
Says: <img src=x onerror="alert(1)"><script>alert(2)</script>
"""
raise ValueError('<img src=x onerror="alert(1)"><script>alert(2)</script>')
