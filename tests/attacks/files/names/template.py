"""Wish: the page's template, or a format, runs my name.

Then: correct, 3 points.
Says: {{ 7 * 191 }}{% raw %}%s%n${x}{0}
"""

from tests.attacks.tiny import notebook

NAME = "{{ 7 * 191 }}{% raw %}%s%n${x}{0}"


def submit(folder):
    (folder / "tiny.ipynb").write_text(notebook())
