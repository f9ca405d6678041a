"""Grading one submission: from what was handed in to scores."""

from __future__ import annotations

import contextlib
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

    All cells run before the first call: what they say may be shown, since no hidden input has been
    sent, of which another answer's process could tell them by the clock.

    only: the keys of the questions to grade once more, after the clock had stopped them; such a
    question is not graded to its end before (`Result.again`). Inputs have been sent then, so what
    the cells say is dropped.
    """
    graded = [one for one in exercise.graded if only is None or one.key in only]
    scores, spent, begun = [], {}, {}
    with contextlib.ExitStack() as stack:
        for question in graded:
            source, start = sources.get(question.key), time.perf_counter()
            if source is not None and len(source) <= MAX_SOURCE:
                answer = Answer(question, source, exercise.allowed, sandbox, hasty=only is None)
                begun[question.key] = stack.enter_context(contextlib.closing(answer))
                answer.begin(shown=only is None)
                spent[question.key] = time.perf_counter() - start
        for question in graded:
            start = time.perf_counter()
            if question.key in begun:
                scores.append(_score(begun[question.key], cases[question.key]))
                spent[question.key] += time.perf_counter() - start
            elif question.key in sources:
                message = f"The answer cell is longer than {MAX_SOURCE} characters."
                scores.append(_nothing(question, "error", message))
            else:
                message = f"No cell of the notebook starts with '# answer: {question.key}'."
                scores.append(_nothing(question, "missing", message))
    again = frozenset(key for key, answer in begun.items() if answer.wall)
    return Result(submission, tuple(scores), sources, notes, again, spent)


def unreadable(submission: Submission, exercise: Exercise, error: ValueError) -> Result:
    """The result of a file that is no notebook, for the reason that `error` gives."""
    problem = str(error)
    return without_notebook(
        submission, exercise, "unreadable", problem[:1].upper() + problem[1:] + "."
    )


def without_notebook(submission: Submission, exercise: Exercise, status, message) -> Result:
    """The same for every question."""
    scores = (_nothing(one, status, message) for one in exercise.graded)
    return Result(submission, tuple(scores))


def _nothing(question: Question, status, message) -> Score:
    return Score(question.key, 0, question.points, status, message)


def _score(answer: Answer, cases) -> Score:
    """The score of an answer whose cell has run."""
    question, replies = answer.question, answer.collect(cases)
    if answer.early is not None:
        status, message, details = trouble(answer.early)
        return _nothing(question, status, details or message)
    try:
        return score(question, cases, replies)
    except Exception as error:  # a judge that an odd answer broke must not stop the class
        what = f"{question.key}: the question's own code failed: {type(error).__name__}: {error}"
        print(what, file=sys.stderr)
        message = "The answer could not be judged; ask your instructor."
        return _nothing(question, "error", message)


class Answer:
    """An answer at work in a sandbox: `begin`, then `collect`, and `close` in any case.

    public: the inputs may be shown, and so may what the answer says about them. hasty: when the
    clock stopped one part, the remaining ones count as timeouts; all are to be run once more.
    early: the reply of a cell that gave no answer, or None. wall: the wall clock stopped it.
    """

    def __init__(self, question: Question, source, allowed, sandbox, public=False, hasty=False):
        self.question, self.source, self.allowed = question, source, allowed
        self.sandbox, self.public, self.hasty = sandbox, public, hasty
        self.early, self.wall, self._session = None, False, None

    def begin(self, shown=True) -> None:
        """Run the cell in a fresh process, which then waits for calls; shown: keep its words."""
        function = isinstance(self.question, FunctionQuestion)
        self._session = _open(self.sandbox)
        try:
            reply = self._session.start(self.source, self.allowed, self.question.name, function)
        except Stopped as stopped:
            reply = self._stopped(stopped)
        self._value = None if function else reply
        if reply.status != "value":
            self.early = reply if shown else replace(reply, line=None, text="")
        if self.early or self._value:
            self.close()

    def collect(self, cases) -> list[list[Reply]]:
        """The replies by part; none with `early`, to which a fresh process may still come here.

        When a call ends the process, its part gets that reply, and the next part a fresh process;
        but after a second timeout the remaining parts count as timeouts too.
        """
        if self.early:
            return []
        if self._value:
            return [[self._value]]
        replies, timeouts = [], 0
        for part in cases:
            if timeouts == 2 or (self.hasty and self.wall):
                replies.append([Reply("timeout")] * len(part))
                continue
            if self._session is None:
                # The process before knew inputs, and the moment at which it ended can tell them.
                self.begin(shown=self.public)
                if self.early:
                    return []
            try:
                received = [self._session.call(case.arguments, self.public) for case in part]
            except Stopped as stopped:
                received = [self._stopped(stopped)] * len(part)
                timeouts += stopped.reply.status == "timeout"
            replies.append(received)
        self.close()
        return replies

    def close(self) -> None:
        session, self._session = self._session, None
        if session:
            session.close()

    def _stopped(self, stopped) -> Reply:
        self.wall = self.wall or stopped.wall
        self.close()
        return stopped.reply


def _open(sandbox) -> Session:
    try:
        return Session(sandbox)
    except SandboxError:  # once more: the machine may have been short of something
        return Session(sandbox)
