"""What a question is, and the one scoring that the checks, the grader and the tests share.

A question is a `FunctionQuestion` (the answer is a function, tried on drawn inputs) or a
`ValueQuestion` (the answer is a number, an array or a choice). `exercises/questions/<name>.py`
defines `EXERCISE = Exercise(...)`. From that one definition come the student's check
(`build_checks`), the grade (`examples`, `score`), the diagnosis (`Mistake`) and the test of the
test.
"""

from __future__ import annotations

import copy
import importlib
import inspect
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lecture_code import judging
from lecture_code.answers import Reply, call, plain
from lecture_code.judging import NO_OUTPUT, Case
from lecture_code.wire import to_tree

PUBLIC_SEED = 0
CHAPTERS = (
    *("gradient_descent", "minibatch", "momentum", "adaptive_rates"),
    *("adagrad", "rmsprop", "adadelta", "adam", "norms", "nadam", "amsgrad"),
    *("schedules", "tuning", "strategies", "second_order"),
)
KINDS = ("implement", "predict", "find the bug", "analyze", "tune", "choice")


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """A wrong answer that students are known to give, and the hint that it earns.

    name: short id, such as "epsilon-inside"; never shown to students.
    hint: one or two sentences that help and do not give the answer away. It is shipped.
    answer: a wrong function with the reference's parameters, or a wrong value. An answer that
        gives the same outputs on every case of a part that it fails has made this mistake.
    matches: optional `matches(arguments, output) -> bool` that replaces this comparison in grading,
        for questions with a `judge`, where a whole range of outputs is one mistake.
    """

    name: str
    hint: str
    answer: object
    matches: Callable | None = None


@dataclass(frozen=True, kw_only=True)
class Part:
    """A separately scored group of inputs: all of its points or none.

    name: shown to students, such as "one step" or "gradients of zero".
    points: a whole number, at least 1 (0 in a practice question).
    draw: `draw(rng) -> list of argument tuples`, from a seeded numpy Generator; plain data only
        (bool, int, float, str, None, list, tuple, dict, ndarray).
    """

    name: str
    points: int
    draw: Callable


@dataclass(frozen=True, kw_only=True)
class Question:
    """What all questions have.

    key: "<exercise>.<number>", as in the answer cell's first line `# answer: adagrad.3`.
    title: a few words. kind: one of `KINDS`. difficulty: 1 to 3. minutes: a student's time.
    needs: what comes before: sections of the chapter or keys of questions.
    name: what the answer cell must bind.
    graded: False makes it practice: never scored, and its check may say all.
    """

    key: str
    title: str
    kind: str
    difficulty: int
    minutes: int
    needs: tuple[str, ...] = ()
    name: str
    mistakes: tuple[Mistake, ...] = ()
    graded: bool = True

    def __post_init__(self):
        if self.kind not in KINDS:
            raise ValueError(f"{self.key}: kind is {self.kind!r}; use one of {', '.join(KINDS)}")


@dataclass(frozen=True, kw_only=True)
class FunctionQuestion(Question):
    """The answer is a function. It is called with drawn inputs; its outputs are compared.

    parts: what is scored; the question's points are their sum.
    reference: the right function. Its parameter names are shown to students.
    rtol, atol: |answer - expected| <= rtol |expected| + atol, elementwise. Where an argument is
        float32, rtol is at least 1e-4.
    check: "cases" ships inputs, expected outputs and outputs of the mistakes for the public seed;
        "form" ships inputs and the shape of the output only (predicted numbers, tuning).
    judge: for tuning: `judge(arguments, output) -> None or a sentence`, run on the trusted side
        instead of the comparison with the reference, which is then merely one good answer. The
        output has the reference's type and shape and is finite. It must bound its own work, and
        its sentence must not contain the output or the arguments.
    pure: the function must leave its arguments unchanged.
    """

    parts: tuple[Part, ...]
    reference: Callable
    rtol: float = 1e-9
    atol: float = 0.0
    check: str = "cases"
    judge: Callable | None = None
    pure: bool = True

    def __post_init__(self):
        super().__post_init__()
        if self.check not in ("cases", "form"):
            raise ValueError(f"{self.key}: check is {self.check!r}; use 'cases' or 'form'")
        if self.judge is not None and self.check != "form":
            raise ValueError(f"{self.key}: a judged answer has no expected output: check='form'")

    @property
    def points(self) -> int:
        return sum(part.points for part in self.parts)


@dataclass(frozen=True, kw_only=True)
class ValueQuestion(Question):
    """The answer is a value under a name: a number, an array, or one of `options`.

    value: the right one. points: all or nothing. options: texts to choose from, or ().
    Graded values get a form check only ('recorded'), since any other check of them is an oracle;
    practice values are checked fully. Values are the same under every seed: ask for graded numbers
    as functions of their parameters.
    """

    value: object
    points: int = 1
    options: tuple[str, ...] = ()
    rtol: float = 1e-9
    atol: float = 0.0

    def __post_init__(self):
        super().__post_init__()
        if self.options and self.value not in self.options:
            raise ValueError(f"{self.key}: the value {self.value!r} is not one of the options")

    @property
    def check(self) -> str:
        return "form" if self.graded else "cases"


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """The questions of one exercise notebook, `exercises/<name>.ipynb`.

    allowed: the modules that an answer may import, in the student's check as in grading.
    """

    name: str
    title: str
    questions: tuple[Question, ...]
    allowed: tuple[str, ...] = ("numpy", "math", "lecture_code.objectives")

    def __post_init__(self):
        keys = [question.key for question in self.questions]
        for key in keys:
            if not re.fullmatch(re.escape(self.name) + r"\.\w+", key) or keys.count(key) > 1:
                raise ValueError(f"question key {key!r}: use {self.name}.1, {self.name}.2, ...")

    @property
    def graded(self) -> tuple[Question, ...]:
        return tuple(question for question in self.questions if question.graded)

    @property
    def points(self) -> int:
        return sum(question.points for question in self.graded)

    def question(self, key: str) -> Question:
        for question in self.questions:
            if question.key == key:
                return question
        known = ", ".join(question.key for question in self.questions)
        raise ValueError(f"unknown question {key!r}; the exercise {self.name} has: {known}")


def between(rng, low, high, digits=3):
    """A uniform number that reads well in a message."""
    return round(float(rng.uniform(low, high)), digits)


def signed_gradients(rng, steps, shape, dtype=float):
    """Gradients of either sign, (steps, *shape); after the first step about a third are zero."""
    sizes = rng.uniform(0.1, 2, (steps, *shape)) * rng.choice([-1, 1], (steps, *shape))
    present = rng.random((steps, *shape)) < 0.7
    present[0] = True
    return np.asarray(np.where(present, sizes.round(2), 0), dtype=dtype)


def adam_run(rng, shape, shares, dtype=float, epsilon=0.0, ahead=0):
    """Arguments of a method of Adam's kind: theta0, gradients, lr, shares, beta2, epsilon.

    shares: what the average of gradients keeps in each step; the last `ahead` have no gradient.
    """
    theta0 = np.asarray(rng.normal(size=shape), dtype).round(2)
    gradients = signed_gradients(rng, len(shares) - ahead, shape, dtype)
    return theta0, gradients, between(rng, 0.05, 0.5), shares, between(rng, 0.8, 0.99), epsilon


def adam_extremes(rng, steps, ahead=0):
    """float32; rows twenty powers of ten apart and one that stays at zero; epsilon counts."""
    size = 10 ** rng.uniform(9, 11)
    shares = np.full(steps(rng), between(rng, 0.5, 0.9))
    theta0, gradients, _, _, beta2, _ = adam_run(rng, (3, 2), shares, ahead=ahead)
    gradients = gradients * np.array([[size], [1 / size], [0.0]])
    return [
        adam_run(rng, (4,), shares, np.float32, between(rng, 0.05, 0.2), ahead),
        adam_run(rng, (2,), shares, float, between(rng, 0.05, 0.2), ahead),
        (np.zeros_like(theta0), gradients, float(size), shares, beta2, float(0.1 / size)),
    ]


def tuning_mistake(name, hint, answer, matches=None):
    """A mistake of a question with a judge: every output within a percent of `answer`'s."""

    def near(arguments, output):
        return bool(np.allclose(output, answer(*arguments), rtol=0.01, atol=0))

    return Mistake(name=name, hint=hint, answer=answer, matches=matches or near)


def names() -> list[str]:
    """The known exercises, in the order of the book; what is in no chapter comes last."""
    found = {path.stem for path in Path(__file__).parent.glob("[a-z]*.py")}
    return [name for name in CHAPTERS if name in found] + sorted(found - set(CHAPTERS))


def load(name: str) -> Exercise:
    """The exercise of this name; ValueError with the known names otherwise."""
    if name not in names():
        known = ", ".join(names()) or "none yet"
        raise ValueError(f"unknown exercise {name!r}; known exercises: {known}")
    return importlib.import_module(f"{__name__}.{name}").EXERCISE


def examples(question: Question, seed: int) -> list[list[Case]]:
    """For every part the cases that this seed draws, with expected and mistaken outputs.

    A part's draw depends on the seed, the question's key and the part's name only, so adding a
    question changes no other. A value question has one part with one case without arguments.
    """
    if isinstance(question, ValueQuestion):
        wrong = tuple(mistake.answer for mistake in question.mistakes)
        return [[Case(arguments=(), expected=question.value, wrong=wrong)]]
    result = []
    for part in question.parts:
        words = [seed, zlib.crc32(question.key.encode()), zlib.crc32(part.name.encode())]
        cases = []
        for arguments in part.draw(np.random.default_rng(words)):
            expected = question.reference(*copy.deepcopy(arguments))
            wrong = tuple(_output(mistake.answer, arguments) for mistake in question.mistakes)
            cases.append(Case(tuple(arguments), expected, wrong))
        if not cases:
            raise ValueError(f"{question.key}: the part {part.name!r} draws no cases")
        result.append(cases)
    return result


def _output(function, arguments):
    """A mistake's output as an answer's would arrive; NO_OUTPUT where it fails."""
    reply = call(function, arguments)
    return NO_OUTPUT if reply.status != "value" else reply.value


@dataclass(frozen=True)
class PartScore:
    """points of max_points for one part; the message says why points are missing, `calls` what came
    of each call."""

    name: str
    points: int
    max_points: int
    message: str = ""
    calls: tuple[str, ...] = ()


@dataclass(frozen=True)
class Score:
    """The result of one question.

    status: correct, partial, wrong, not done yet, missing, error, timeout, refused, unreadable or
        not graded.
    message: one line for the student; free of hidden inputs, references and the answer's output.
    """

    key: str
    points: int
    max_points: int
    status: str
    message: str = ""
    parts: tuple[PartScore, ...] = ()


def score(question: Question, cases: list[list[Case]], replies: list[list[Reply]]) -> Score:
    """Score the replies to the cases of `examples`, in the same order."""
    parts = _parts(question)
    verdicts, scores = [], []
    for part, given, answers in zip(parts, cases, replies, strict=True):
        verdict = judging.judge(
            given,
            answers,
            rtol=question.rtol,
            atol=question.atol,
            hints=tuple(mistake.hint for mistake in question.mistakes),
            matches=tuple(mistake.matches for mistake in question.mistakes),
            options=getattr(question, "options", ()),
            pure=getattr(question, "pure", False),
            accept=getattr(question, "judge", None),
        )
        verdicts.append(verdict)
        points = part.points if verdict.status == "correct" else 0
        made = PartScore(part.name, points, part.points, verdict.message, verdict.cases)
        scores.append(made)
    total = sum(part.points for part in scores)
    status = judging.overall([verdict.status for verdict in verdicts])
    message = judging.summary([part.name for part in scores], verdicts)
    return Score(question.key, total, question.points, status, message, tuple(scores))


def try_answer(question: Question, answer, seed: int = PUBLIC_SEED) -> Score:
    """Score a function or value in this process: for trusted code only (tests, worked solutions).

    A function question takes a function, a value question the value itself.
    """
    cases = examples(question, seed)
    if isinstance(question, ValueQuestion):
        return score(question, cases, [[plain(answer)]])
    replies = [[call(answer, case.arguments) for case in given] for given in cases]
    return score(question, cases, replies)


def build_checks(exercise: Exercise, seed: int = PUBLIC_SEED) -> dict:
    """What the student's checks need, as JSON: `<exercise>.checks.json` of `lecture_code.checks`.

    References and mistakes travel as outputs only; where a question's check is "form", expected
    outputs travel as zeros of the same type and shape. `wire.dump` gives its deterministic text.
    """
    questions = {}
    for question in exercise.questions:
        shown = question.check == "cases"
        mistakes = question.mistakes if shown else ()
        parts = []
        for part, cases in zip(_parts(question), examples(question, seed), strict=True):
            rows = []
            for case in cases:
                row = {"arguments": to_tree(case.arguments)}
                row["expected"] = to_tree(case.expected if shown else _zeros(case.expected))
                row["wrong"] = [
                    None if output is NO_OUTPUT else {"output": to_tree(output)}
                    for output in case.wrong[: len(mistakes)]
                ]
                rows.append(row)
            parts.append({"name": part.name, "points": part.points, "cases": rows})
        questions[question.key] = {
            "title": question.title,
            "name": question.name,
            "points": question.points,
            "graded": question.graded,
            "check": question.check,
            "parameters": _parameters(question),
            "options": list(getattr(question, "options", ())),
            "pure": getattr(question, "pure", False),
            "rtol": question.rtol,
            "atol": question.atol,
            "hints": [mistake.hint for mistake in mistakes],
            "parts": parts,
        }
    return {
        "format": 1,
        "exercise": exercise.name,
        "title": exercise.title,
        "allowed": list(exercise.allowed),
        "questions": questions,
    }


def _parts(question: Question) -> tuple[Part, ...]:
    if isinstance(question, FunctionQuestion):
        return question.parts
    return (Part(name="answer", points=question.points, draw=lambda rng: [()]),)


def _parameters(question: Question) -> list[str] | None:
    if isinstance(question, FunctionQuestion):
        return list(inspect.signature(question.reference).parameters)
    return None


def _zeros(value):
    """The same types and shapes with no information in the values."""
    if isinstance(value, (list, tuple)):
        return type(value)(_zeros(item) for item in value)
    if isinstance(value, dict):
        return {key: _zeros(item) for key, item in value.items()}
    if isinstance(value, (np.ndarray, np.generic)):
        return np.zeros_like(value)
    return None if value is None else type(value)()
