"""The syllabus page says what the questions say."""

import pytest

from exercises.questions import CHAPTERS, load
from exercises.syllabus import COURSES, PAGE, TABLES, course
from scripts import notebooks


@pytest.mark.parametrize("tag", TABLES)
def test_the_page_has_the_tables_of_today(tag):
    cells = notebooks.read(PAGE).cells
    (cell,) = [cell for cell in cells if tag in cell.metadata.get("tags", ())]
    assert cell.source == TABLES[tag](), "run `make syllabus`"


def test_the_long_course_has_every_chapter_once_and_in_order():
    assert [name for week in COURSES[12] for name in week] == list(CHAPTERS)


@pytest.mark.parametrize("weeks", COURSES)
def test_a_course_adds_up(weeks):
    chapters = [name for week in COURSES[weeks] for name in week]
    assert len(COURSES[weeks]) == weeks
    assert chapters == [name for name in CHAPTERS if name in chapters]
    points = sum(load(name).points for name in chapters)
    assert f"| **{points}** |" in course(weeks).splitlines()[-1]
