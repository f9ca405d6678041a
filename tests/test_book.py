"""The chapters, as text and as built pages: one notation, one spelling, one equation."""

import re
from itertools import chain

import nbformat
import pytest
from bs4 import BeautifulSoup

from lecture_code import adagrad, gradient_descent
from lecture_code.conventions import concordance
from scripts.site import HTML, ROOT

# What each chapter's algorithm boxes show, in code.
CHAPTERS = {
    "adagrad": [adagrad.AdaGrad],
}
METHODS = [
    gradient_descent.GradientDescent,
    adagrad.AdaGrad,
]
ERRATA = {
    "adagrad": ["e1", "e3", "e4", "e5", "e5b", "e9"],
}
# LaTeX that is layout, an operator or a number, and no symbol of ours.
LAYOUT = set(
    "frac dfrac tfrac sqrt sum prod int partial mathcal mathrm text le ge approx ne in to mid "
    "dots cdots quad qquad left right big top max min ln log exp sin cos tfrac circ times "
    "infty left. right. leftarrow vert".split()
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


def page(name):
    return BeautifulSoup((HTML / "book" / f"{name}.html").read_text("utf-8"), "html.parser")


def test_symbols_are_found():
    assert symbols(r"\frac{\eta}{\sqrt{s_t} + \epsilon} \text{ off } 3") == {
        "eta",
        "epsilon",
        "s",
        "t",
    }


@pytest.mark.parametrize("chapter", [*CHAPTERS, "conventions"])
def test_every_symbol_is_on_the_notation_page(chapter):
    table = [line for text in prose("notation") for line in text.splitlines() if "|" in line]
    known = set(chain.from_iterable(symbols(f) for line in table for f in mathematics(line)))
    used = [(s, f) for text in prose(chapter) for f in mathematics(text) for s in symbols(f)]
    assert used
    assert [f"{s} in {f}" for s, f in used if s not in known] == []


@pytest.mark.parametrize(
    "name", ["index", "notation", "conventions", "status", "bibliography", *CHAPTERS]
)
def test_spelling_is_american(name):
    assert re.findall(BRITISH, " ".join(prose(name)), flags=re.IGNORECASE) == []


def spelled(formula):
    """A formula without the differences that do not show."""
    formula = re.sub(r"\\dfrac|\\tfrac", r"\\frac", formula)
    return re.sub(r"\s|\\quad|\\,|\\;", "", formula).rstrip(".,")


@every_chapter
def test_the_equations_of_the_page_are_those_of_the_code(chapter):
    """What the algorithm boxes say is what the docstrings map to the arguments of the code."""
    texts = [cell.source for cell in cells(chapter) if ":class: algorithm" in cell.source]
    boxes = [part.split("\n:::")[0] for t in texts for part in t.split(":class: algorithm")[1:]]
    displayed = [
        spelled(f) for box in boxes for f in re.findall(r"\$\$(.+?)\$\$", box, flags=re.DOTALL)
    ]
    documented = " ".join(spelled(shown.__doc__) for shown in CHAPTERS[chapter])
    assert displayed
    assert [formula for formula in displayed if formula not in documented] == []


@pytest.mark.parametrize("method", METHODS)
def test_docstrings_map_every_field_and_name_their_source(method):
    for field in method.__dataclass_fields__:
        assert re.search(rf"\b{field}\b", method.__doc__), field
    assert "Raises" in method.__doc__ and ">>>" in method.__doc__
    assert re.search(r"\b(18|19|20)\d\d\b", method.__doc__)


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
    assert len(page(chapter).select("figure.lc-live")) == 1


@every_chapter
def test_every_erratum_has_its_box_with_a_run(chapter):
    built = page(chapter)
    for erratum in ERRATA[chapter]:
        anchor = built.find(id=erratum)
        assert anchor, f"{erratum} has no box"
        box = anchor.find_parent(class_="check-the-notes")
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
