"""The page of feedback of a submission: self-contained HTML, safe to open and to publish."""

from __future__ import annotations

from pathlib import Path

import jinja2

from exercises.grader.grade import Result
from exercises.grader.gradebook import Graded
from exercises.questions import Exercise, FunctionQuestion, PartScore, Score
from lecture_code.wire import clean

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
    "not graded": "Not graded yet",
}
FILE_STATUSES = ("missing", "unreadable", "not graded")  # of a whole notebook
TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


def number(value: float) -> int | float:
    """Points as one writes them: 3, 2.5."""
    value = round(value, 2)
    return int(value) if value == int(value) else value


def file_problem(result: Result) -> Score | None:
    """What every question says where there is no notebook that could be graded."""
    statuses = {score.status for score in result.scores}
    whole = len(statuses) == 1 and statuses <= {"unreadable", "not graded"}
    return result.scores[0] if result.submission.status or whole else None


def standing(result: Result) -> str:
    """Whether a submission is graded, missing, unreadable or not graded."""
    problem = file_problem(result)
    stuck = any(score.status == "not graded" for score in result.scores)
    return problem.status if problem else "not graded" if stuck else "graded"


def feedback(exercise: Exercise, graded: Graded) -> str:
    """A student's page, in which everything from the submission is escaped."""
    result = graded.result
    known = {question.key: question for question in exercise.questions}
    rows = []
    for score in result.scores:
        question = known.get(score.key)
        decided = graded.manual.get(score.key)
        parts: dict[str, list[PartScore]] = {}  # by what is said of them
        for part in score.parts:
            parts.setdefault(part.message, []).append(part)
        rows.append(
            {
                "score": score,
                "points": number(graded.points_of(score)),
                "title": question.title if question else "",
                "function": isinstance(question, FunctionQuestion),
                "word": WORDS[score.status],
                "message": clean(score.message, 2000),
                "note": result.notes.get(score.key, ""),
                "comment": clean(decided.comment, 2000, keep="\n") if decided else "",
                "by_hand": decided is not None and decided.points is not None,
                "parts": parts if len(parts) > 1 else (),
                "source": clean(result.sources.get(score.key, ""), 20_000, keep="\n\t"),
            }
        )
    whole = graded.manual.get("")
    return TEMPLATES.get_template("feedback.html").render(
        exercise=exercise,
        submission=result.submission,
        others=graded.others,
        scored=number(graded.points),
        max_points=result.max_points,
        total=number(graded.total),
        comment=clean(whole.comment, 2000, keep="\n") if whole else "",
        problem=file_problem(result),
        words=WORDS,
        rows=rows,
    )
