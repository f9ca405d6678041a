"""Grading in tests: one submission, or a class with its gradebook and files."""

import contextlib
import re
import stat
import sys
from pathlib import Path

import pytest

from exercises import questions
from exercises.grader import classroom, exports, submissions
from exercises.grader.grade import grade_notebook, unreadable, without_notebook
from exercises.grader.gradebook import Gradebook, Graded
from exercises.grader.run import Workers
from tests.submissions.make import ROOT

USER = 12345  # an ordinary one, for tests that run as root


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
    """The files below a folder by path, but for the gradebook and the report, which tell times."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and (everything or not path.name.startswith(("gradebook.", "report.")))
    }


def said(stderr: str) -> list[str]:
    """What stands on stderr besides the progress with the tiny exercise."""
    words = re.sub(r"tiny: +\d+%\|.*?\| \d+/\d+ \[[^\]]*\]", "\n", stderr.replace("\r", "\n"))
    return [line for line in words.splitlines() if line.strip()]


def as_ordinary_user(*writable: Path) -> list[str]:
    """The start of a command line that runs the rest as `USER`, in the project's folder, with a
    way to the project, Python and these folders whatever the rights of those above."""
    read_only = {ROOT, Path(sys.prefix), Path(sys.base_prefix).resolve()}
    hidden = {
        parent
        for path in (*read_only, *writable)
        for parent in path.parents
        if not parent.stat().st_mode & stat.S_IXOTH
    }
    view = ["bwrap", "--dev-bind", "/", "/"]
    for folder in sorted(hidden):
        view += ["--perms", "0755", "--tmpfs", str(folder)]
    for path in (*read_only, *writable):
        if any(path.is_relative_to(folder) for folder in hidden):
            for parent in reversed(path.parents[:-1]):
                if not parent.samefile("/") and parent not in hidden:
                    view += ["--perms", "0755", "--dir", str(parent)]
            view += ["--bind" if path in writable else "--ro-bind", str(path), str(path)]
    view += ["--setenv", "HOME", "/", "--setenv", "PYTHONDONTWRITEBYTECODE", "1"]
    drop = f"setpriv --reuid {USER} --regid {USER} --clear-groups --bounding-set=-all"
    return [*view, "--chdir", str(ROOT), "--", *drop.split(), "--inh-caps=-all"]
