"""Which words the search knows a formula by: `\\beta_2` is found as beta2, β2 and β₂."""

import re
import unicodedata

from docutils import nodes

LETTER = r"alpha|beta|gamma|delta|epsilon|eta|theta|kappa|lambda|mu|rho|sigma|tau|phi|psi|Delta|Phi"
SYMBOL = re.compile(rf"\\(?P<letter>{LETTER})(?![A-Za-z])\s*(?:_\{{?(?P<index>\w+)\}}?)?")
LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def words(tex):
    """The names of the Greek letters in a formula, with their indices.

    >>> sorted(words(r"\\beta_2 + \\epsilon"))
    ['beta2', 'epsilon', 'β2', 'β₂', 'ε']
    """
    found = set()
    for match in SYMBOL.finditer(tex):
        name, index = match["letter"], match["index"] or ""
        kind = "CAPITAL" if name[0].isupper() else "SMALL"
        letter = unicodedata.lookup(
            f"GREEK {kind} LETTER {name.replace('lambda', 'lamda').upper()}"
        )
        found |= {name + index, letter + index, letter + index.translate(LOWERED)}
    return found


def add_words(app, doctree):
    """Give a page as keywords, which the search reads, the names of its symbols."""
    found = set()
    for node in doctree.findall(lambda node: isinstance(node, nodes.math | nodes.math_block)):
        found |= words(node.astext())
    if found:
        doctree.append(nodes.meta(name="keywords", content=", ".join(sorted(found))))
