"""Results as files: tables for spreadsheets and learning platforms, one page of feedback each.

Everything is made from the gradebook, so that the same grades give the same bytes.
"""

from __future__ import annotations

import csv
import errno
import hashlib
import hmac
import io
import json
import os
import re
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path

from exercises import questions
from exercises.grader.feedback import WORDS, feedback, number, standing
from exercises.grader.gradebook import Gradebook, Graded
from exercises.grader.summary import SUMMARY, Summary, quotes
from exercises.questions import Exercise
from lecture_code.wire import clean

# Where a semicolon, bar or tab separates cells, a formula may start in the middle of one.
INNER = re.compile(r"""([;|\t][\s"]*)([=+\-@＝＋－＠﹢﹣﹦﹫])""")
GRADES = ("student", "exercise", "question", "points", "max_points", "status", "message", "comment")
TOTALS = ("student", "name", "exercise", "points", "max_points", "days_late", "total", "attempt")
TOTALS += ("status",)
FULL = (errno.ENOSPC, errno.EDQUOT)  # how a full disk is told
TABLES = {"grades.csv": GRADES, "totals.csv": TOTALS, "summary.csv": SUMMARY}
Names = Callable[[str], str]


def pseudonyms(book: Gradebook) -> Names:
    """Names for anonymous exports: the same in all of them, and not to be guessed from outside."""
    key = book.salt().encode()

    def name(student):
        return f"student-{hmac.new(key, student.encode(), hashlib.sha256).hexdigest()[:10]}"

    return name


def write(book: Gradebook, out: Path, runs: dict[str, int], names: Names | None = None) -> None:
    """Write `TABLES` for these runs, by exercise. Each file appears at once or not at all.

    names: pseudonyms, for tables without the names and addresses of the roster.
    """
    rows: dict[str, list[tuple]] = {name: [] for name in TABLES}
    for name, run in runs.items():
        exercise = questions.load(name)
        glance = Summary(exercise, anonymous=names is not None)
        for graded in book.graded(run):
            glance.add(graded)
            add_rows(rows, graded, names)
        rows["summary.csv"] += glance.rows()
    for name, header in TABLES.items():
        write_file(out / name, table(header, rows[name]))


def add_rows(rows: dict[str, list[tuple]], graded: Graded, names: Names | None) -> None:
    """Add what `grades.csv` and `totals.csv` say of one submission."""
    result, one = graded.result, graded.result.submission
    who, person = (names(one.student), "") if names else (one.student, graded.person["name"])
    for score in result.scores:
        told = _told(result, score, names)
        message = f"{told} {result.notes.get(score.key, '')}".strip()
        comment = "" if names else _comment(graded, score.key)  # it may call a student by name
        points = number(graded.points_of(score))
        row = (who, one.exercise, score.key, points, score.max_points, score.status)
        rows["grades.csv"].append((*row, message, comment))
    points, total = number(graded.points), number(graded.total)
    row = (who, person, one.exercise, points, result.max_points, one.days_late, total, one.time)
    row += (standing(result),)
    rows["totals.csv"].append(row)


def _comment(graded, key) -> str:
    return graded.manual[key].comment if key in graded.manual else ""


def _told(result, score, names) -> str:
    """What the grader says of an answer, without the student's own words where nobody is named."""
    return "" if names and quotes(result, score) else score.message


def write_feedback(book: Gradebook, out: Path, runs: dict[str, int]) -> int:
    """Write a page for every submission below `out`; how many could not be written.

    Each such page is told on stderr, and the others are written, unless the disk is full.
    """
    failed = 0
    for name, run in runs.items():
        exercise = questions.load(name)
        for graded in book.graded(run):
            path = out / graded.result.submission.folder / f"{name}.html"
            try:
                write_file(path, feedback(exercise, graded))
            except OSError as error:
                if error.errno in FULL:
                    raise
                failed += 1
                print(f"{path} cannot be written: {error.strerror}", file=sys.stderr)
    return failed


def table(header, rows) -> str:
    """CSV in which no cell can be taken for a formula, sorted by student and exercise."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    columns = [i for i, name in enumerate(header) if name in ("student", "exercise")]
    cells = [[_cell(value) for value in row] for row in rows]
    # Python's sort is stable: a student's questions stay in the exercise's order.
    writer.writerows(sorted(cells, key=lambda row: [row[i] for i in columns]))
    return text.getvalue()


def _cell(value):
    if isinstance(value, int):
        return value
    text = clean(str(value), 2000)
    text = INNER.sub(r"\1'\2", text)
    first = unicodedata.normalize("NFKC", text.lstrip()[:1])  # some readers take wide signs too
    return f"'{text}" if first and first in "=+-@" else text


# --- learning platforms


def canvas(book: Gradebook, runs: dict[str, int]) -> str:
    """Canvas's gradebook import: a column of totals for each exercise, after who it is."""
    header = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    most = {name: questions.load(name) for name in runs}
    possible = ["    Points Possible", "", "", "", ""]
    people, totals = _totals(book, runs)
    rows = [
        [person["name"] or student, person["id"], "", person["login"], person["section"]]
        + [totals[student].get(name, "") for name in runs]
        for student, person in people.items()
    ]
    columns = [exercise.title for exercise in most.values()]
    return _csv([header + columns, possible + [e.points for e in most.values()], *rows])


def moodle(book: Gradebook, runs: dict[str, int]) -> str:
    """Moodle's grade import: choose the column that identifies students there."""
    header = ["Full name", "Email address", "Username", "ID number"]
    people, totals = _totals(book, runs)
    rows = [
        [person["name"] or student, person["email"], person["login"] or student, person["id"]]
        + [totals[student].get(name, "-") for name in runs]
        for student, person in people.items()
    ]
    return _csv([header + [questions.load(name).title for name in runs], *rows])


def _totals(book, runs):
    """(what the roster says by student, total by student and exercise)."""
    people, totals = {}, {}
    for name, run in runs.items():
        for graded in book.graded(run):
            student = graded.result.submission.student
            people[student] = graded.person
            totals.setdefault(student, {})[name] = number(graded.total)
    return dict(sorted(people.items())), totals


def _csv(rows) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([_cell(cell) for cell in row] for row in rows)
    return text.getvalue()


def gradescope(graded: Graded, exercise: Exercise, names: Names | None = None) -> str:
    """Gradescope's `results.json` of one submission: a test for every question."""
    tests = [
        {
            "name": f"{score.key} {exercise.question(score.key).title}",
            "score": graded.points_of(score),
            "max_score": score.max_points,
            "status": "passed" if graded.points_of(score) == score.max_points else "failed",
            "output_format": "text",
            "output": "\n".join(
                clean(text, 2000, keep="\n")
                for text in (
                    _told(graded.result, score, names) or WORDS[score.status],
                    "" if names else _comment(graded, score.key),
                )
                if text
            ),
        }
        for score in graded.result.scores
    ]
    days = graded.result.submission.days_late
    said = f"{days} days late: the total is {number(graded.total)} points." if days else ""
    whole = "" if names else clean(_comment(graded, ""), 2000, keep="\n")
    results = {
        "score": graded.total,
        "output": "\n".join(text for text in (said, whole) if text),
        "output_format": "text",
        "stdout_visibility": "hidden",
        "tests": tests,
    }
    return json.dumps(results, indent=1) + "\n"


FORMATS = ("csv", "canvas", "moodle", "gradescope")


def export(
    book: Gradebook, kind: str, to: Path, runs: dict[str, int], names: Names | None = None
) -> None:
    """Write one of `FORMATS` below `to`; `names` are pseudonyms, where the format can do with
    them."""
    if kind == "csv":
        write(book, to, runs, names)
    elif kind == "gradescope":
        for name, run in runs.items():
            exercise = questions.load(name)
            for graded in book.graded(run):
                one = graded.result.submission
                folder = names(one.student) if names else one.folder
                text = gradescope(graded, exercise, names)
                write_file(to / folder / f"{name}.json", text)
    else:
        if names:
            raise ValueError(f"{kind} knows students by name; leave --anonymous out")
        write_file(to / f"{kind}.csv", {"canvas": canvas, "moodle": moodle}[kind](book, runs))


def write_file(path: Path, text: str) -> None:
    """Replace a file's contents in one step. OSError names the file, whatever went wrong."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Always the same name: what a kill leaves behind, the next run replaces.
    temporary = path.with_name(f".writing-{path.name}")
    try:
        temporary.write_text(text, "utf-8", errors="backslashreplace", newline="")
        os.replace(temporary, path)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise OSError(error.errno, error.strerror, str(path)) from None
        raise
