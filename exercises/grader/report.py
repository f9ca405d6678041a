"""Results as files: grades.csv, totals.csv and a feedback page for every submission."""

from __future__ import annotations

import csv
import io
import os
import re
import tempfile
import unicodedata
from pathlib import Path

import jinja2

from exercises.grader.grade import Result
from exercises.questions import Exercise
from lecture_code.wire import clean

# Where a semicolon, bar or tab separates cells, a formula may start in the middle of one.
INNER = re.compile(r"""([;|\t][\s"]*)([=+\-@＝＋－＠﹢﹣﹦﹫])""")
GRADES = ("student", "exercise", "question", "points", "max_points", "status", "message")
TOTALS = ("student", "exercise", "points", "max_points")
WORDS = {
    "correct": "Correct",
    "partial": "Partly correct",
    "wrong": "Not correct yet",
    "not done yet": "Not done yet",
    "missing": "Missing",
    "error": "Stopped with an error",
    "timeout": "Took too long",
    "refused": "Import not allowed",
    "unreadable": "Could not be read",
}


def write(out: Path, results: list[tuple[Exercise, list[Result]]]) -> None:
    """Write all files below `out`. Each appears at once or not at all; the same results give the
    same bytes."""
    grades, totals = [], []
    for exercise, of_class in results:
        for result in of_class:
            submission = result.submission
            first = (submission.student, submission.exercise)
            for score in result.scores:
                message = f"{score.message} {result.notes.get(score.key, '')}".strip()
                grades.append(
                    (*first, score.key, score.points, score.max_points, score.status, message)
                )
            totals.append((*first, result.points, result.max_points))
            page = out / "feedback" / submission.folder / f"{exercise.name}.html"
            write_file(page, feedback(exercise, result))
    # Python's sort is stable: a student's questions stay in the exercise's order.
    grades.sort(key=lambda row: row[:2])
    totals.sort(key=lambda row: row[:2])
    write_file(out / "grades.csv", table(GRADES, grades))
    write_file(out / "totals.csv", table(TOTALS, totals))


def table(header, rows) -> str:
    """CSV in which no cell can be taken for a formula."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


def _cell(value):
    if isinstance(value, int):
        return value
    text = clean(str(value), 2000)
    text = INNER.sub(r"\1'\2", text)
    first = unicodedata.normalize("NFKC", text.lstrip()[:1])  # some readers take wide signs too
    return f"'{text}" if first and first in "=+-@" else text


def feedback(exercise: Exercise, result: Result) -> str:
    """A student's page: self-contained HTML in which everything from the submission is escaped."""
    rows = []
    for score in result.scores:
        question = exercise.question(score.key)
        shared = len(score.parts) < 2 or all(part.message == score.message for part in score.parts)
        rows.append(
            {
                "score": score,
                "title": question.title,
                "word": WORDS[score.status],
                "message": clean(score.message, 2000),
                "note": result.notes.get(score.key, ""),
                "parts": () if shared else score.parts,
                "source": clean(result.sources.get(score.key, ""), 20_000, keep="\n\t"),
            }
        )
    return TEMPLATE.render(
        exercise=exercise, student=result.submission.student, result=result, rows=rows
    )


def write_file(path: Path, text: str, mode: int = 0o644) -> None:
    """Replace a file's contents in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
    try:
        with open(descriptor, "w", encoding="utf-8", errors="backslashreplace", newline="") as file:
            file.write(text)
        os.chmod(temporary, mode)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


TEMPLATE = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
).get_template("feedback.html")
