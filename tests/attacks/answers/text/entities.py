"""Wish: a page that unescapes twice finds my script.

Then: correct, 3 points.
Says: &amp;#60;script&amp;#62;alert(1)&amp;lt;/script&amp;gt;
"""
# &#60;script&#62;alert(1)&lt;/script&gt; <!-- ]]> --> <![CDATA[
def double(x):
    return 2 * x
