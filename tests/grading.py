"""Grading in tests: one submission, or a class with its gradebook and files."""

import contextlib
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from exercises import questions
from exercises.grader import classroom, exports, submissions
from exercises.grader.grade import grade_notebook, unreadable, without_notebook
from exercises.grader.gradebook import Gradebook, Graded
from exercises.grader.run import Workers
from tests.submissions.make import ROOT


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


def as_ordinary_user(script: str) -> subprocess.CompletedProcess:
    """Run a Python script as a user without rights, where the tests run as root: in a view of the
    system in which that user can read the project and this Python."""
    needed = {ROOT, Path(sys.prefix), Path(sys.base_prefix).resolve()}
    view = ["bwrap", "--dev-bind", "/", "/"]
    hidden = {
        parent
        for path in needed
        for parent in path.parents
        if not parent.stat().st_mode & stat.S_IXOTH
    }
    for folder in sorted(hidden):
        view += ["--perms", "0755", "--tmpfs", str(folder)]
    for path in needed:
        if any(path.is_relative_to(folder) for folder in hidden):
            for parent in reversed(path.parents[:-1]):
                if not parent.samefile("/") and parent not in hidden:
                    view += ["--perms", "0755", "--dir", str(parent)]
            view += ["--ro-bind", str(path), str(path)]
    drop = "setpriv --reuid 12345 --regid 12345 --clear-groups --bounding-set=-all --inh-caps=-all"
    return subprocess.run(
        [*view, "--chdir", str(ROOT), "--", *drop.split(), sys.executable, "-c", script],
        capture_output=True,
        text=True,
        env={**os.environ, "HOME": "/", "PYTHONDONTWRITEBYTECODE": "1"},
    )
