"""Which words the search knows a formula by: `\\beta_2` is found as beta2, β2 and β₂."""

import re

from docutils import nodes

LETTERS = dict(
    zip(
        "alpha beta gamma delta epsilon eta theta kappa lambda mu rho sigma tau phi psi".split(),
        "αβγδεηθκλμρστφψ",
        strict=True,
    )
)
SYMBOL = re.compile(rf"\\({'|'.join(LETTERS)})(?![A-Za-z])\s*(?:_\{{?(\w+)\}}?)?")
LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def words(tex):
    """The names of the Greek letters in a formula, with their indices.

    >>> sorted(words(r"\\beta_2 + \\epsilon"))
    ['beta2', 'epsilon', 'β2', 'β₂', 'ε']
    """
    found = set()
    for name, index in SYMBOL.findall(tex):
        letter = LETTERS[name]
        found |= {name + index, letter + index, letter + index.translate(LOWERED)}
    return found


def add_words(app, doctree):
    """Give a page as keywords, which the search reads, the names of its symbols."""
    found = set()
    for node in doctree.findall(lambda node: isinstance(node, nodes.math | nodes.math_block)):
        found |= words(node.astext())
    if found:
        doctree.append(nodes.meta(name="keywords", content=", ".join(sorted(found))))
