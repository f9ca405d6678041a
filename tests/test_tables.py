"""The instructors' pages say what the questions and the grader say."""

import re
import shlex

import pytest

from exercises.__main__ import _parser
from exercises.questions import CHAPTERS, load
from exercises.tables import COURSES, PAGES, ROOT, THREATS, WALLS, course, path
from scripts import notebooks
from tests.attacks.collection import FAMILIES

TABLES = [(page, tag) for page, tables in PAGES.items() for tag in tables]


@pytest.mark.parametrize(("page", "tag"), TABLES)
def test_the_page_has_the_tables_of_today(page, tag):
    cells = notebooks.read(path(page)).cells
    (cell,) = [cell for cell in cells if tag in cell.metadata.get("tags", ())]
    assert cell.source == PAGES[page][tag](), "run `make tables`"


def test_the_long_course_has_every_chapter_once_and_in_order():
    assert [name for week in COURSES[12] for name in week] == list(CHAPTERS)


@pytest.mark.parametrize("weeks", COURSES)
def test_a_course_adds_up(weeks):
    chapters = [name for week in COURSES[weeks] for name in week]
    assert len(COURSES[weeks]) == weeks
    assert chapters == [name for name in CHAPTERS if name in chapters]
    points = sum(load(name).points for name in chapters)
    assert f"| **{points}** |" in course(weeks).splitlines()[-1]


GRADING = "\n".join(cell.source for cell in notebooks.read(path("grading")).cells)
GRADING = GRADING.replace("\\\n", "")  # a command in several lines
COMMANDS = re.findall(r"(?:^|`)python -m exercises ([^`\n]+)", GRADING, re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_on_the_page_is_one(command):
    _parser().parse_args(shlex.split(command))


def test_every_command_is_on_the_page():
    known = _parser()._subparsers._group_actions[0].choices
    assert {command.split()[0] for command in COMMANDS} == set(known) - {"list"}


def test_every_make_target_on_the_pages_is_one():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", GRADING, re.MULTILINE))
    assert len(named) >= 3 and named <= targets


def test_every_family_of_attack_is_in_the_threat_model():
    assert THREATS.keys() == FAMILIES.keys()


def test_every_wall_has_its_test():
    tests = "".join(path.read_text("utf-8") for path in (ROOT / "tests").glob("test_*.py"))
    assert [test for _, test in WALLS if f"\ndef {test}(" not in tests] == []
