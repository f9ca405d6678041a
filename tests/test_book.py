"""The chapters, as text and as built pages: one notation, one spelling, one equation."""

import importlib
import re
from functools import lru_cache
from itertools import chain

import nbformat
import pytest
from bs4 import BeautifulSoup

from exercises.questions import names
from lecture_code.conventions import concordance
from lecture_code.page import FAMILY
from scripts.site import HTML, ROOT, pages, read_toc

# The street, in the order of the book, and the corrections that each chapter has to make.
ERRATA = {
    "gradient_descent": "e48 e50 e52 e53 e54 e57 e58",
    "minibatch": "e49 e60 e61 e62",
    "momentum": "e63 e64 e65 e66 e67 e70",
    "adaptive_rates": "e6 e7 e8 e14",
    "adagrad": "e1 e3 e4 e5 e5b e9",
    "rmsprop": "e2 e10 e11 e12 e13 e15 e21",
    "adadelta": "e16 e17 e18 e19 e20",
    "adam": "e22 e23 e24 e24b e25 e26 e27",
    "norms": "e28 e29 e30 e31",
    "nadam": "e32 e33",
    "amsgrad": "e34 e35",
    "schedules": "e36 e37 e38 e39 e40 e41 e42 e43 e44",
    "tuning": "e45 e46 e55 e56",
    "strategies": "e47 e68 e69",
    "second_order": "e51 e59",
}
PAGES = [page.split("/")[1] for page in pages(read_toc()) if page.startswith("book/")]
CHAPTERS = [page for page in PAGES if page in ERRATA]
# LaTeX that is layout, an operator or a number, and no symbol of ours.
LAYOUT = set(
    "frac dfrac tfrac sqrt sum prod int partial mathcal mathrm text le ge approx ne in to mid "
    "dots cdots quad qquad left right big top max min ln log exp sin cos tfrac circ times "
    "infty left. right. leftarrow vert mathbb sim propto lvert rvert lVert rVert Vert boxed "
    "aligned cases ldots operatorname tilde equiv iff Rightarrow implies top mid".split()
)
BRITISH = (
    r"\b(?:colour|behaviour|favour|centre|grey|analyse[ds]?\b|\w+isation|travell|modell"
    r"|(?:optim|normal|minim|initial|regular|general)is(?:e|es|ed|ing|er|ers)\b)\w*"
)

every_chapter = pytest.mark.parametrize("chapter", CHAPTERS)


def cells(name):
    return nbformat.read(ROOT / "book" / f"{name}.ipynb", as_version=4).cells


def prose(name):
    """Everything a reader of the page reads: text cells, stored texts and the strings of cells."""
    for cell in cells(name):
        yield cell.source
        for output in cell.get("outputs", ()):
            yield output.get("data", {}).get("text/markdown", "")


def mathematics(text):
    """The formulas of a Markdown text, without what they quote as text."""
    text = re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)
    return [a or b for a, b in re.findall(r"\$\$(.+?)\$\$|\$([^$\n]+)\$", text, flags=re.DOTALL)]


def symbols(formula):
    """The Greek commands and Latin letters of a formula."""
    formula = re.sub(r"\\(?:text|mathrm|operatorname)\{[^}]*\}|\\(?:begin|end)\{\w+\}", "", formula)
    commands = set(re.findall(r"\\([A-Za-z]+)", formula)) - LAYOUT
    letters = set(re.findall(r"[A-Za-z]", re.sub(r"\\[A-Za-z]+", " ", formula)))
    return commands | letters


@lru_cache
def page(name):
    return BeautifulSoup((HTML / "book" / f"{name}.html").read_text("utf-8"), "html.parser")


def test_symbols_are_found():
    assert symbols(r"\frac{\eta}{\sqrt{s_t} + \epsilon} \text{ off } 3") == {
        "eta",
        "epsilon",
        "s",
        "t",
    }


@pytest.mark.parametrize("chapter", [*CHAPTERS, "conventions", "reading"])
def test_every_symbol_is_on_the_notation_page(chapter):
    table = [line for text in prose("notation") for line in text.splitlines() if "|" in line]
    known = set(chain.from_iterable(symbols(f) for line in table for f in mathematics(line)))
    used = [(s, f) for text in prose(chapter) for f in mathematics(text) for s in symbols(f)]
    assert used
    assert [f"{s} in {f}" for s, f in used if s not in known] == []


def test_every_chapter_has_all_its_rooms_and_they_come_in_order():
    assert [name for name in ERRATA if name in CHAPTERS] == CHAPTERS
    assert [name for name in FAMILY if name in CHAPTERS] == CHAPTERS
    exercises = [page.split("/")[1] for page in pages(read_toc()) if page.startswith("exercises/")]
    assert exercises == CHAPTERS
    assert names() == CHAPTERS
    for name in CHAPTERS:
        for door in (f"lecture_code/{name}.py", f"tests/test_{name}.py"):
            assert (ROOT / door).is_file()


@pytest.mark.parametrize("name", PAGES)
def test_spelling_is_american(name):
    assert re.findall(BRITISH, " ".join(prose(name)), flags=re.IGNORECASE) == []


def spelled(formula):
    """A formula without the differences that do not show."""
    formula = re.sub(r"\\dfrac|\\tfrac", r"\\frac", formula)
    return re.sub(r"\s|\\quad|\\,|\\;", "", formula).rstrip(".,")


def chapter_tests(name):
    """`tests/test_<name>.py`: `SHOWN`, what the algorithm boxes show, and their `EQUATIONS`."""
    return importlib.import_module(f"tests.test_{name}")


@every_chapter
def test_the_equations_of_the_page_are_those_of_the_code_and_of_the_tests(chapter):
    """The boxes, the docstrings of the code, and the formulas computed by hand in the tests."""
    texts = [cell.source for cell in cells(chapter) if ":class: algorithm" in cell.source]
    boxes = [part.split("\n:::")[0] for t in texts for part in t.split(":class: algorithm")[1:]]
    displayed = [
        spelled(f) for box in boxes for f in re.findall(r"\$\$(.+?)\$\$", box, flags=re.DOTALL)
    ]
    tests = chapter_tests(chapter)
    documented = " ".join(spelled(shown.__doc__) for shown in tests.SHOWN)
    assert displayed
    assert [formula for formula in displayed if formula not in documented] == []
    assert {spelled(formula) for formula in tests.EQUATIONS} == set(displayed)
    assert all(callable(by_hand) for by_hand in tests.EQUATIONS.values())


@every_chapter
def test_docstrings_map_every_field_and_name_their_source(chapter):
    for shown in chapter_tests(chapter).SHOWN:
        for field in getattr(shown, "__dataclass_fields__", ()):
            assert re.search(rf"\b{field}\b", shown.__doc__), field
        assert "Raises" in shown.__doc__ and ">>>" in shown.__doc__
        assert re.search(r"\b(18|19|20)\d\d\b", shown.__doc__)


def test_the_conventions_page_has_every_row_of_the_concordance():
    shown = {code.get_text() for code in page("conventions").select("td code")}
    assert {row.call for row in concordance()} <= shown


@every_chapter
def test_every_figure_asks_answers_and_has_an_alternative(chapter):
    figures = page(chapter).select("figure.lc-figure, figure.lc-live")
    assert len(figures) >= 4
    for figure in figures:
        assert "?" in figure.figcaption.get_text(), figure.figcaption
        for picture in figure.select("svg.lc-picture"):
            assert len(picture["aria-label"]) > 20
    assert page(chapter).select("figure.lc-live")


@every_chapter
def test_every_erratum_has_its_box_with_a_run(chapter):
    built = page(chapter)
    for erratum in ERRATA[chapter].split():
        anchor = built.find(id=erratum)
        assert anchor, f"{erratum} has no box"
        box = next(
            (tag for tag in [anchor, *anchor.parents] if "check-the-notes" in tag.get("class", ())),
            None,
        )
        assert box, f"{erratum} is not in a 'Check the notes' box"
        for part in ("Claim", "Run.", "Correct."):
            assert part in box.get_text()


@every_chapter
def test_the_quiz_explains_every_answer(chapter):
    quiz = page(chapter).find("section", id="quiz")
    questions = [p for p in quiz.find_all("strong") if re.match(r"\d\.", p.get_text())]
    assert 3 <= len(questions) <= 5
    answers = quiz.find_all("details")
    assert len(answers) >= 2 * len(questions)
    for answer in answers:
        explanation = answer.get_text().replace(answer.summary.get_text(), "").strip()
        assert len(explanation) > 15, answer.summary


@every_chapter
def test_the_page_leads_to_its_exercise_and_its_sources(chapter):
    built = page(chapter)
    targets = {link.get("href", "") for link in built.find("article").find_all("a")}
    assert any(target.endswith(f"exercises/{chapter}.html") for target in targets)
    cited = {t.split("#")[1] for t in targets if "bibliography.html#" in t}
    listed = {tag.get("id") for tag in page("bibliography").find_all(id=True)}
    assert cited and cited <= listed


def test_every_source_has_an_identifier_or_its_pages():
    entries = (ROOT / "book" / "references.bib").read_text("utf-8").split("\n@")
    for entry in entries:
        assert re.search(r"\b(doi|url|pages)\s*=", entry), entry
