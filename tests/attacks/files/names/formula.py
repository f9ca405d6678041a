"""Wish: a spreadsheet runs my name as a formula.

Then: correct, 3 points.
Says: =HYPERLINK(&#34;evil&#34;,&#34;x&#34;)
"""

from tests.attacks.tiny import notebook

NAME = '=HYPERLINK("evil","x")'


def submit(folder):
    (folder / "tiny.ipynb").write_text(notebook())
