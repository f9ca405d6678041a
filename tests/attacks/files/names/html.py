"""Wish: my name runs a script in the browser of whoever opens the feedback.

Then: correct, 3 points.
Says: &lt;script&gt;alert(1)&lt;img src=x onerror=&#39;alert(2)&#39;&gt;&#34;&amp;lt;b
"""

from tests.attacks.tiny import notebook

NAME = "<script>alert(1)<img src=x onerror='alert(2)'>\"&lt;b&gt;"


def submit(folder):
    (folder / "tiny.ipynb").write_text(notebook())
