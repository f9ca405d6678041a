"""The pages that the grader writes: nothing for axe in either theme, no scrolling on a phone."""

import pytest

from exercises.grader import exports, report
from exercises.grader.gradebook import Gradebook
from exercises.grader.submissions import named
from scripts.serve import Server
from tests.attacks.tiny import TINY
from tests.counted import SCORES, fill
from tests.grading import known

FOLDER = named(SCORES)["Cem C"][1]
PAGES = ["report.html", "report-anonymous.html", f"feedback/{FOLDER}/tiny.html"]
UNFOLD = """document.querySelectorAll("details").forEach((one) => { one.open = true; })"""
WIDTH = "document.documentElement.scrollWidth"


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The address of a class's results."""
    out = tmp_path_factory.mktemp("out")
    with known(TINY), Gradebook(out, create=True) as book:
        fill(book)
        runs = {"tiny": book.current("tiny")}
        report.write(book, out / report.NAME, runs)
        report.write(book, out / report.ANONYMOUS, runs, exports.pseudonyms(book))
        exports.write_feedback(book, out / "feedback", runs)
    (out / "index.html").touch()
    with Server(out) as server:
        yield server.url


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing(open_page, graded, violations, path, theme):
    page = open_page(path, theme=theme, at=graded)
    page.evaluate(UNFOLD)
    assert violations(page) == []


@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_wider_than_a_phone(open_page, graded, path):
    page = open_page(path, width=360, height=740, at=graded)
    page.evaluate(UNFOLD)
    assert page.evaluate(WIDTH) == 360


def test_the_report_leads_to_a_page_of_feedback(open_page, graded):
    page = open_page("report.html", at=graded)
    page.get_by_text("3 students (43%): You square.").press("Enter")
    page.get_by_role("link", name="Cem C").first.press("Enter")
    page.wait_for_url("**/feedback/*/tiny.html")
    assert "Feedback for Cem C" in page.inner_text("main")
