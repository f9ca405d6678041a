"""Grading one submission: from what was handed in to scores."""

from __future__ import annotations

import functools
import sys
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from exercises import questions
from exercises.grader.sandbox import Sandbox, SandboxError, Session, Stopped
from exercises.grader.submissions import Submission
from exercises.questions import Exercise, FunctionQuestion, Question, Score, examples, score
from lecture_code.answers import Reply, answers, code_cells
from lecture_code.judging import Case, trouble

MAX_SOURCE = 200_000  # characters of an answer cell
Cases = dict[str, list[list[Case]]]


@dataclass(frozen=True)
class Result:
    """The scores of one submission, in the exercise's order.

    sources: the answer cells that count, by question. notes: what else a student should know, by
    question. again: questions that the wall clock stopped, which says as much about the machine's
    load as about the answer. spent: seconds on the clock, by question.
    """

    submission: Submission
    scores: tuple[Score, ...]
    sources: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    again: frozenset[str] = frozenset()
    spent: dict[str, float] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        return sum(self.spent.values())

    @property
    def points(self) -> int:
        return sum(score.points for score in self.scores)

    @property
    def max_points(self) -> int:
        return sum(score.max_points for score in self.scores)


def prepare(exercise: Exercise, seed: int) -> Cases:
    """The hidden cases of every graded question, with their references: once for a whole class."""
    return {question.key: examples(question, seed) for question in exercise.graded}


_preparing = threading.Lock()  # drawing cases redirects what is printed, for all threads


@functools.cache
def prepared(name: str, seed: int) -> tuple[Exercise, Cases]:
    """The exercise of this name and its cases; drawn once in each process."""
    with _preparing:
        exercise = questions.load(name)
        return exercise, prepare(exercise, seed)


def grade_notebook(
    submission: Submission, notebook: bytes, exercise: Exercise, cases: Cases, sandbox: Sandbox
) -> Result:
    """Grade a notebook file's bytes.

    cases: of `prepare`. Nothing that a submission holds raises; SandboxError says that the machine,
    not the submission, is at fault.
    """
    try:
        found = answers(code_cells(notebook))
    except ValueError as error:
        return unreadable(submission, exercise, error)
    others = sorted({key.partition(".")[0] for key in found} & {*questions.names()})
    if others and exercise.name not in others:
        named = ", ".join(others)
        wrong = f"this is the notebook of {named}; hand in that of {exercise.name}"
        return unreadable(submission, exercise, ValueError(wrong))
    sources, notes = {}, {}
    for question in exercise.graded:
        cells = found.get(question.key)
        if cells:
            sources[question.key] = cells[-1]
            if len(cells) > 1:
                count = f"{len(cells)} cells start with '# answer: {question.key}'"
                notes[question.key] = f"{count}; the last one counts."
    return grade_answers(submission, sources, notes, exercise, cases, sandbox)


def grade_answers(
    submission: Submission,
    sources: dict[str, str],
    notes: dict[str, str],
    exercise: Exercise,
    cases: Cases,
    sandbox: Sandbox,
    only: Iterable[str] | None = None,
) -> Result:
    """Grade answer cells by question.

    only: the keys of the questions to grade once more, after the clock had stopped them; such a
    question is not graded to its end before (`Result.again`).
    """
    scores, again, spent = [], set(), {}
    for question in exercise.graded:
        if only is not None and question.key not in only:
            continue
        source = sources.get(question.key)
        if source is None:
            message = f"No cell of the notebook starts with '# answer: {question.key}'."
            scores.append(Score(question.key, 0, question.points, "missing", message))
            continue
        given = cases[question.key]
        start = time.perf_counter()
        one, wall = _grade_answer(question, source, exercise.allowed, given, sandbox, only is None)
        spent[question.key] = time.perf_counter() - start
        scores.append(one)
        if wall:
            again.add(question.key)
    return Result(submission, tuple(scores), sources, notes, frozenset(again), spent)


def unreadable(submission: Submission, exercise: Exercise, error: ValueError) -> Result:
    """The result of a file that is no notebook, for the reason that `error` gives."""
    problem = str(error)
    return without_notebook(
        submission, exercise, "unreadable", problem[:1].upper() + problem[1:] + "."
    )


def without_notebook(submission: Submission, exercise: Exercise, status, message) -> Result:
    """The same for every question."""
    scores = (Score(one.key, 0, one.points, status, message) for one in exercise.graded)
    return Result(submission, tuple(scores))


def _grade_answer(question: Question, source, allowed, cases, sandbox, hasty) -> tuple[Score, bool]:
    """The score of an answer cell, and whether the wall clock had to stop it."""

    def nothing(status, message):
        return Score(question.key, 0, question.points, status, message)

    if len(source) > MAX_SOURCE:
        return nothing("error", f"The answer cell is longer than {MAX_SOURCE} characters."), False
    replies, early, wall = collect(question, source, allowed, cases, sandbox, hasty=hasty)
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


def collect(question: Question, source, allowed, cases, sandbox, public=False, hasty=False):
    """Run an answer in a sandbox: (replies by part, reply that ended it before any call, wall).

    public: the inputs may be shown, and so may what the answer says about them.

    When a call ends the process, its part gets that reply, and the next part a fresh process; but
    after a second timeout the remaining parts count as timeouts too. hasty: after the first on the
    clock they do; all are to be run once more.
    """
    function = isinstance(question, FunctionQuestion)
    replies, session, wall, timeouts = [], None, False, 0
    try:
        for part in cases:
            if timeouts == 2 or (hasty and wall):
                replies.append([Reply("timeout")] * len(part))
                continue
            received = []
            for case in part:
                try:
                    if session is None:
                        session = _open(sandbox)
                        reply = session.start(source, allowed, question.name, function)
                        if reply.status != "value":
                            if replies and not public:
                                # An earlier process knew inputs; the moment at which it ended can
                                # tell this one of them.
                                reply = replace(reply, line=None, text="")
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
