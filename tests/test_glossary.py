"""The glossary: every term once, in order, in the symbols of the notation page."""

import re

from tests.test_book import mathematics, prose, symbols


def entries():
    """(term, definition) of every entry."""
    (text,) = [text for text in prose("glossary") if "{glossary}" in text]
    body = text.split("```{glossary}\n")[1].removesuffix("\n```")
    return [re.fullmatch(r"(\S.*)\n  (.+)", entry).groups() for entry in body.split("\n\n")]


def test_terms_are_in_order_and_each_is_there_once():
    terms = [term.lower() for term, _ in entries()]
    assert len(terms) >= 60
    assert terms == sorted(set(terms))


def test_a_definition_is_short_and_ends():
    for term, definition in entries():
        assert definition.endswith("."), term
        assert len(re.findall(r"\.(?: |$)", definition)) <= 3, term


def test_symbols_are_those_of_the_notation_page():
    table = [line for text in prose("notation") for line in text.splitlines() if "|" in line]
    known = {s for line in table for formula in mathematics(line) for s in symbols(formula)}
    used = {s for _, text in entries() for formula in mathematics(text) for s in symbols(formula)}
    assert len(used) >= 15
    assert used <= known
