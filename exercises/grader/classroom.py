"""Grading a class: from what was handed in to a run in the gradebook that counts."""

from __future__ import annotations

import hashlib
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing

from tqdm import tqdm

from exercises.grader.feedback import file_problem, standing
from exercises.grader.grade import Result, prepared, unreadable, without_notebook
from exercises.grader.gradebook import Gradebook
from exercises.grader.run import Task, Workers, grade_class
from exercises.grader.submissions import Submission, Unreadable, read


def grade(
    book: Gradebook, run: int, submissions: list[Submission], seed: int, workers: Workers
) -> None:
    """Grade all attempts that count and store each result in a run as it comes.

    What the run has of the same file already, graded, is left.
    """
    book.keep(run, submissions)
    done = book.done(run)
    digests: dict[Submission, str] = {}
    (exercise,) = {one.exercise for one in submissions}
    prepared(exercise, seed)  # before workers are forked from this process

    def tasks() -> Iterator[Task | Result]:
        for one in submissions:
            digests[one] = ""
            if not one.counts:
                book.add(run, Result(one, ()), "")
                continue
            task = _task(one, seed)
            if isinstance(task, Task):
                digests[one] = hashlib.sha256(task.notebook).hexdigest()
                if done.get((one.student, one.time)) == digests[one]:
                    bar.update()
                    continue
            yield task

    total = sum(one.counts for one in submissions)
    with _progress(total, exercise) as bar, closing(grade_class(tasks(), workers)) as results:
        for result in results:
            book.add(run, result, digests.pop(result.submission))
            bar.update()


def _progress(total: int, exercise: str) -> tqdm:
    return tqdm(total=total, desc=exercise, unit="submission", file=sys.stderr)


def _task(submission: Submission, seed: int) -> Task | Result:
    """What a worker shall do, or the result where there is nothing to do."""
    exercise, _ = prepared(submission.exercise, seed)
    if submission.status == "not graded":
        tqdm.write(f"{submission.student}: {submission.problem}", file=sys.stderr)
    if submission.path is None:
        return without_notebook(submission, exercise, submission.status, submission.problem)
    try:
        return Task(submission, seed, read(submission.path))
    except Unreadable as error:
        tqdm.write(f"{submission.student}: {error}", file=sys.stderr)
        message = f"Your instructor could not read the file: {error}."
        return without_notebook(submission, exercise, "not graded", message)
    except ValueError as error:
        return unreadable(submission, exercise, error)


def regrade(book: Gradebook, exercise: str, run: int, workers: Workers) -> None:
    """Grade the stored answers of the current run anew into another run."""
    seed = book.seed(exercise)
    prepared(exercise, seed)
    now = {one.result.submission: one.result for one in book.graded(book.current(exercise))}
    digests = dict(book.attempts(book.current(exercise)))

    def tasks() -> Iterator[Task | Result]:
        for one, digest in digests.items():
            if one in now and digest and not file_problem(now[one]):
                yield Task(one, seed, sources=now[one].sources, notes=now[one].notes)
            elif one in now:
                old = now[one].scores[0]
                known, _ = prepared(exercise, seed)
                yield without_notebook(one, known, old.status, old.message)
            else:
                book.add(run, Result(one, ()), digest)

    with _progress(len(now), exercise) as bar, closing(grade_class(tasks(), workers)) as results:
        for result in results:
            book.add(run, result, digests[result.submission])
            bar.update()


def changes(book: Gradebook, before: int, after: int) -> Iterator[tuple[str, str, float, float]]:
    """Who gains and who loses between two runs: (student, question, points before, after).

    Students who are in one of them only do neither.
    """
    new = {one.result.submission.student: one for one in book.graded(after)}
    for one in book.graded(before):
        student = one.result.submission.student
        if student not in new:
            continue
        old = {score.key: one.points_of(score) for score in one.result.scores}
        now = {score.key: new[student].points_of(score) for score in new[student].result.scores}
        for key in dict.fromkeys([*old, *now]):
            if old.get(key, 0) != now.get(key, 0):
                yield student, key, old.get(key, 0), now.get(key, 0)


def outcome(book: Gradebook, runs: Iterable[int]) -> Counter:
    """How many submissions were graded, missing, unreadable and not graded."""
    counts = Counter()
    for run in runs:
        for one in book.graded(run):
            counts[standing(one.result)] += 1
    return counts
