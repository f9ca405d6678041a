"""The two appendices: every topic of the notes and every correction, with a link that resolves."""

import pytest

from scripts.site import HTML
from tests.test_book import ERRATA, page

TOPICS = [
    f"S{source}-{n}" for source, last in ((0, 86), (1, 28), (2, 130)) for n in range(1, last + 1)
]
SECOND = {5: ["", "b"], 24: ["", "b"]}  # two corrections share a number with a letter
CORRECTIONS = [f"E{n}{letter}" for n in range(1, 71) for letter in SECOND.get(n, [""])]


def rows(name):
    """number -> the links of its row, in the order of the page."""
    found = {}
    for row in page(name).select("article table tbody tr"):
        number = row.find("td").get_text(strip=True)
        assert number not in found, number
        found[number] = [link["href"] for link in row.find_all("a", href=True)]
    return found


@pytest.mark.parametrize(("name", "numbers"), [("sources", TOPICS), ("corrections", CORRECTIONS)])
def test_every_number_has_one_link_that_resolves(name, numbers):
    found, built = rows(name), {}
    assert list(found) == numbers
    for number, links in found.items():
        (link,) = links
        file, anchor = link.split("#")
        if file not in built:
            built[file] = page((HTML / "book" / file).stem)
        assert built[file].find(id=anchor), f"{number}: {link}"


def test_a_correction_leads_to_its_box():
    chapter = {f"E{e[1:]}": name for name, errata in ERRATA.items() for e in errata.split()}
    assert sorted(chapter) == sorted(CORRECTIONS)
    for number, (link,) in rows("corrections").items():
        assert link == f"{chapter[number]}.html#{number.lower()}"
