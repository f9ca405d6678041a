"""Wish: a page that unescapes twice finds my script.

Then: correct, 3 points.
"""
# &#60;script&#62;alert(1)&lt;/script&gt; <!-- ]]> --> <![CDATA[
def double(x):
    return 2 * x
