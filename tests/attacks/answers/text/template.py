"""Wish: the page's template runs what stands between my braces.

Then: error, 0 points.
Says: {{ 7 * 191 }}{% include "/etc/passwd" %}${7*191}
"""
raise ValueError('{{ 7 * 191 }}{% include "/etc/passwd" %}${7*191}')
