"""Results as files: grades.csv, totals.csv, summary.csv and a feedback page for each submission."""

from __future__ import annotations

import csv
import io
import os
import re
import tempfile
import unicodedata
from collections import Counter
from pathlib import Path

import jinja2

from exercises.grader.grade import Result
from exercises.questions import Exercise, FunctionQuestion, PartScore, Score
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
FREQUENT = 5  # messages that summary.csv has of a question
SUMMARY = (
    *("exercise", "question", "notebooks", "mean_points", "max_points", *WORDS),
    *(f"{what}_{i}" for i in range(1, FREQUENT + 1) for what in ("count", "message")),
)
TABLES = {"grades.csv": GRADES, "totals.csv": TOTALS, "summary.csv": SUMMARY}


def write(out: Path, results: list[tuple[Exercise, list[Result]]]) -> None:
    """Write all files below `out`. Each appears at once or not at all; the same results give the
    same bytes. What the tables say of other exercises stays."""
    rows = {name: [] for name in TABLES}
    for exercise, of_class in results:
        rows["summary.csv"] += summary(exercise, of_class)
        for result in of_class:
            submission = result.submission
            first = (submission.student, submission.exercise)
            for score in result.scores:
                message = f"{score.message} {result.notes.get(score.key, '')}".strip()
                rows["grades.csv"].append(
                    (*first, score.key, score.points, score.max_points, score.status, message)
                )
            rows["totals.csv"].append((*first, result.points, result.max_points))
            page = out / "feedback" / submission.folder / f"{exercise.name}.html"
            write_file(page, feedback(exercise, result))
    graded = {exercise.name for exercise, _ in results}
    for name, kept in earlier(out).items():
        header = TABLES[name]
        kept = [row for row in kept if row[header.index("exercise")] not in graded]
        write_file(out / name, table(header, rows[name], kept))


def summary(exercise: Exercise, of_class: list[Result]) -> list[tuple]:
    """The class at a glance: a row for all questions and one for each.

    Means and counts are of the notebooks that could be read. The first row counts the files that
    were missing or unreadable, once each, and says why. A message counts once a student.
    """
    problems, messages, readable = Counter(), Counter(), []
    for result in of_class:
        problem = _file_problem(result)
        if problem:
            problems[problem.status] += 1
            messages[problem.message] += 1
        else:
            readable.append(result)
    counts = [problems[status] if status in ("missing", "unreadable") else "" for status in WORDS]
    mean = _mean([result.points for result in readable])
    first = (exercise.name, "all questions", len(readable), mean, exercise.points, *counts)
    rows = [first + _frequent(messages)]
    for i, question in enumerate(exercise.graded):
        scores = [result.scores[i] for result in readable]
        statuses = Counter(score.status for score in scores)
        messages = Counter(
            message
            for score in scores
            for message in {part.message for part in score.parts} or {score.message}
            if message and message not in WORDS
        )
        mean = _mean([score.points for score in scores])
        row = (exercise.name, question.key, len(scores), mean, question.points)
        rows.append((*row, *(statuses[status] for status in WORDS), *_frequent(messages)))
    return rows


def _file_problem(result: Result) -> Score | None:
    """What every question says where there is no notebook that could be read."""
    unreadable = {score.status for score in result.scores} == {"unreadable"}
    return result.scores[0] if result.submission.status or unreadable else None


def _mean(points) -> str:
    return f"{sum(points) / len(points):.2f}" if points else ""


def _frequent(messages) -> tuple:
    """The cells of the most frequent messages, each after its count."""
    ordered = sorted(messages.items(), key=lambda item: (-item[1], item[0]))[:FREQUENT]
    cells = [cell for message, count in ordered for cell in (count, message)]
    return (*cells, *[""] * (2 * FREQUENT - len(cells)))


def earlier(out: Path) -> dict[str, list[tuple]]:
    """The rows of the tables that lie in `out`; ValueError where one is not as it was written."""
    found = {}
    for name, header in TABLES.items():
        found[name] = []
        if not (out / name).exists():
            continue
        try:
            text = (out / name).read_text("utf-8")
            first, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
        except (ValueError, csv.Error):
            first, rows = (), ()
        if tuple(first) != header or any(len(row) != len(header) for row in rows):
            raise ValueError(f"{out / name} is not as it was written; move it away")
        found[name] = [tuple(row) for row in rows]
    return found


def table(header, rows, kept=()) -> str:
    """CSV in which no cell can be taken for a formula, sorted by student and exercise.

    kept: rows of an earlier table, which go in as they are.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    columns = [i for i, name in enumerate(header) if name in ("student", "exercise")]
    cells = [*([_cell(value) for value in row] for row in rows), *kept]
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


def feedback(exercise: Exercise, result: Result) -> str:
    """A student's page: self-contained HTML in which everything from the submission is escaped."""
    rows = []
    for score in result.scores:
        question = exercise.question(score.key)
        parts: dict[str, list[PartScore]] = {}  # by what is said of them
        for part in score.parts:
            parts.setdefault(part.message, []).append(part)
        rows.append(
            {
                "score": score,
                "title": question.title,
                "function": isinstance(question, FunctionQuestion),
                "word": WORDS[score.status],
                "message": clean(score.message, 2000),
                "note": result.notes.get(score.key, ""),
                "parts": parts if len(parts) > 1 else (),
                "source": clean(result.sources.get(score.key, ""), 20_000, keep="\n\t"),
            }
        )
    return TEMPLATE.render(
        exercise=exercise,
        student=result.submission.student,
        result=result,
        problem=_file_problem(result),
        words=WORDS,
        rows=rows,
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
