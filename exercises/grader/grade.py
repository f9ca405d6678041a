"""Grading: from a submitted notebook to scores, and from a folder of them to results."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace

from tqdm import tqdm

from exercises.grader.sandbox import Sandbox, SandboxError, Session, Stopped
from exercises.grader.submissions import Submission, read
from exercises.questions import (
    Exercise,
    FunctionQuestion,
    Question,
    Score,
    examples,
    score,
)
from lecture_code.answers import Reply, answers, code_cells
from lecture_code.judging import Case, trouble

MAX_SOURCE = 200_000  # characters of an answer cell


@dataclass(frozen=True)
class Result:
    """The scores of one submission, in the exercise's order.

    sources: the graded answer cells by question. notes: what else a student should know, by
    question. again: questions that the wall clock stopped, which says as much about the machine's
    load as about the answer.
    """

    submission: Submission
    scores: tuple[Score, ...]
    sources: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    again: frozenset[str] = frozenset()

    @property
    def points(self) -> int:
        return sum(score.points for score in self.scores)

    @property
    def max_points(self) -> int:
        return sum(score.max_points for score in self.scores)


def prepare(exercise: Exercise, seed: int) -> dict[str, list[list[Case]]]:
    """The hidden cases of every graded question, with their references: once for a whole class."""
    return {question.key: examples(question, seed) for question in exercise.graded}


def grade_submission(
    submission: Submission,
    exercise: Exercise,
    cases: dict[str, list[list[Case]]],
    sandbox: Sandbox,
    only: Iterable[str] | None = None,
) -> Result:
    """Grade one submission: a plain function of its arguments for any kind of executor.

    cases: of `prepare`. only: the keys of the questions to grade. Nothing that a submission holds
    raises; SandboxError says that the machine, not the submission, is at fault.
    """
    questions = [
        question for question in exercise.graded if only is None or question.key in set(only)
    ]
    try:
        if submission.path is None:
            status, problem = submission.status, submission.problem
            return _all(submission, questions, status, problem)
        found = answers(code_cells(read(submission.path)))
    except ValueError as error:
        problem = str(error)
        return _all(submission, questions, "unreadable", problem[:1].upper() + problem[1:] + ".")
    scores, sources, notes, again = [], {}, {}, set()
    for question in questions:
        cells = found.get(question.key)
        if not cells:
            message = f"No cell of the notebook starts with '# answer: {question.key}'."
            scores.append(Score(question.key, 0, question.points, "missing", message))
            continue
        sources[question.key] = cells[-1]
        given = cases[question.key]
        one, wall = _grade_answer(question, cells[-1], exercise.allowed, given, sandbox)
        scores.append(one)
        if len(cells) > 1:
            count = f"{len(cells)} cells start with '# answer: {question.key}'"
            notes[question.key] = f"{count}; the last one counts."
        if wall:
            again.add(question.key)
    return Result(submission, tuple(scores), sources, notes, frozenset(again))


def _all(submission, questions, status, message) -> Result:
    """The same for every question."""
    scores = (Score(one.key, 0, one.points, status, message) for one in questions)
    return Result(submission, tuple(scores))


def _grade_answer(question: Question, source, allowed, cases, sandbox) -> tuple[Score, bool]:
    """The score of an answer cell, and whether the wall clock had to stop it."""

    def nothing(status, message):
        return Score(question.key, 0, question.points, status, message)

    if len(source) > MAX_SOURCE:
        return nothing("error", f"The answer cell is longer than {MAX_SOURCE} characters."), False
    replies, early, wall = collect(question, source, allowed, cases, sandbox)
    if early is not None:
        # Nothing secret had reached the answer yet, so its own words may be shown.
        status, message, details = trouble(early)
        return nothing(status, details or message), wall
    try:
        return score(question, cases, replies), wall
    except Exception as error:  # a judge that an odd answer broke must not stop the class
        what = f"{question.key}: the question's own code failed: {type(error).__name__}: {error}"
        print(what, file=sys.stderr)
        return nothing("error", "The answer could not be judged; ask your instructor."), wall


def collect(question: Question, source, allowed, cases, sandbox, public=False):
    """Run an answer in a sandbox: (replies by part, reply that ended it before any call, wall).

    public: the inputs may be shown, and so may what the answer says about them.

    When a call ends the process, its part gets that reply, and the next part a fresh process; but
    after a second timeout the remaining parts count as timeouts too.
    """
    function = isinstance(question, FunctionQuestion)
    replies, session, wall, timeouts = [], None, False, 0
    try:
        for part in cases:
            if timeouts == 2:
                replies.append([Reply("timeout")] * len(part))
                continue
            received = []
            for case in part:
                try:
                    if session is None:
                        session = _open(sandbox)
                        reply = session.start(source, allowed, question.name, function)
                        if reply.status != "value":
                            return None, reply, wall
                    if function:
                        reply = session.call(case.arguments, public)
                    received.append(reply)
                except Stopped as stopped:
                    wall = wall or stopped.wall
                    timeouts += stopped.reply.status == "timeout"
                    called = session.called
                    session.close()
                    session = None
                    if not called:
                        return None, stopped.reply, wall
                    received = [stopped.reply] * len(part)
                    break
            replies.append(received)
    finally:
        if session is not None:
            session.close()
    return replies, None, wall


def _open(sandbox) -> Session:
    try:
        return Session(sandbox)
    except SandboxError:  # once more: the machine may have been short of something
        return Session(sandbox)


def grade_all(
    submissions: list[Submission],
    exercise: Exercise,
    seed: int,
    sandbox: Sandbox,
    workers: int = 1,
) -> list[Result]:
    """Grade a class. The results are in the order of the submissions whatever the workers do.

    A question that the wall clock stopped is graded once more alone, and that counts.
    """
    cases = prepare(exercise, seed)
    results: dict[int, Result] = {}
    total = len(submissions)
    with tqdm(total=total, desc=exercise.name, unit="submission", file=sys.stderr) as bar:
        with ThreadPoolExecutor(workers) as pool:
            tasks = {
                pool.submit(grade_submission, submission, exercise, cases, sandbox): i
                for i, submission in enumerate(submissions)
            }
            try:
                for task in as_completed(tasks):
                    results[tasks[task]] = task.result()
                    bar.update()
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
        slow = {i: result for i, result in results.items() if result.again}
        bar.total = total + len(slow)
        for i, result in slow.items():
            retried = grade_submission(result.submission, exercise, cases, sandbox, result.again)
            scores = {score.key: score for score in retried.scores}
            kept = tuple(scores.get(score.key, score) for score in result.scores)
            results[i] = replace(result, scores=kept, again=frozenset())
            bar.update()
    return [results[i] for i in range(len(submissions))]
