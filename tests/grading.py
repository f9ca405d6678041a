"""Grading in tests: one submission, or a class with its gradebook and files."""

import contextlib
from pathlib import Path

import pytest

from exercises import questions
from exercises.grader import classroom, exports, submissions
from exercises.grader.grade import grade_notebook, unreadable, without_notebook
from exercises.grader.gradebook import Gradebook, Graded
from exercises.grader.run import Workers


def grade_one(submission, exercise, cases, box):
    """The result of one submission, graded in this process."""
    if submission.path is None:
        return without_notebook(submission, exercise, submission.status, submission.problem)
    try:
        data = submissions.read(submission.path)
    except ValueError as error:
        return unreadable(submission, exercise, error)
    return grade_notebook(submission, data, exercise, cases, box)


@contextlib.contextmanager
def known(*exercises):
    """Let the grader know these exercises only."""
    course = {exercise.name: exercise for exercise in exercises}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(questions, "names", lambda: list(course))
        patch.setattr(questions, "load", course.__getitem__)
        patch.setattr(submissions, "names", lambda: list(course))
        yield


def grade_class(found, exercise, seed, box, out: Path, workers=1) -> list[Graded]:
    """Grade a class into `out`, with the gradebook, the tables and the pages."""
    with known(exercise), Gradebook(out, create=True) as book:
        run = book.begin(exercise.name, seed, {}, {})
        classroom.grade(book, run, found, seed, Workers(box, workers))
        write(book, out, {exercise.name: run})
        book.finish(run)
        return list(book.graded(run))


def store(out: Path, exercise, results) -> None:
    """Write the files of results that are there already."""
    with known(exercise), Gradebook(out, create=True) as book:
        run = book.begin(exercise.name, 1, {}, {})
        for result in results:
            book.add(run, result, "x")
        write(book, out, {exercise.name: run})
        book.finish(run)


def write(book, out, runs) -> None:
    assert exports.write_feedback(book, out / "feedback", runs) == 0
    exports.write(book, out, runs)


def page_of(exercise, result) -> str:
    """The page of feedback of a result."""
    return exports.feedback(exercise, Graded(result, dict.fromkeys(submissions.ROSTER, "")))


def contents(folder: Path, everything=False) -> dict[str, bytes]:
    """The files below a folder by path, but for the gradebook, which holds times."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and (everything or not path.name.startswith("gradebook."))
    }


def said(stderr: str) -> list[str]:
    """What stands on stderr besides the progress with the tiny exercise."""
    lines = stderr.replace("\r", "\n").splitlines()
    return [line for line in lines if line.strip() and not line.startswith("tiny:")]
