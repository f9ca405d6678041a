"""The proofs that every question has to pass: solution, stub, mistakes, seeds, shortcuts."""

import importlib
import inspect
import re
from functools import lru_cache

import nbformat
import numpy as np
import pytest

from exercises.questions import build_checks, examples, try_answer
from exercises.student import introduction
from lecture_code import checks
from lecture_code.answers import obtain
from lecture_code.judging import compare
from lecture_code.wire import from_tree
from scripts.notebooks import ROOT
from tests.proofs import (
    EXERCISES,
    GRADED,
    OTHERS,
    PUBLIC,
    QUESTIONS,
    SEEDS,
    cells,
    exercise_of,
    run,
    scores_of_the_book,
    source,
)

every_question = pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.key)
every_graded = pytest.mark.parametrize("question", GRADED, ids=lambda question: question.key)
every_seed = pytest.mark.parametrize("seed", SEEDS)
every_mistake = pytest.mark.parametrize(
    ("question", "mistake"),
    [(question, mistake) for question in QUESTIONS for mistake in question.mistakes],
    ids=lambda item: getattr(item, "key", getattr(item, "name", "")),
)


@lru_cache
def shipped(name):
    return build_checks(EXERCISES[name])


def public_check(monkeypatch, question, answer, text=""):
    """The lines that the check in the notebook prints about an answer."""
    monkeypatch.setattr(checks, "obtain", lambda *arguments: (answer, None))
    data = shipped(exercise_of(question).name)
    _, lines = checks.check_answer(data["questions"][question.key], text, data["allowed"])
    return "\n".join(lines)


# The solution, the stub and the mistakes


@every_seed
@every_question
def test_solution_gets_full_points(question, seed):
    answer = run(source(question, "solution" if question.graded else "practice"), question)
    score = try_answer(question, answer, seed)
    assert (score.status, score.points) == ("correct", question.points), score.message


@every_seed
@every_question
def test_stub_gets_nothing_and_says_so(question, seed):
    score = try_answer(question, run(source(question, "starter"), question), seed)
    assert (score.status, score.points) == ("not done yet", 0)


@every_question
def test_stub_and_solution_in_the_public_check(question, monkeypatch):
    starter = source(question, "starter")
    stub = run(starter, question)
    solution = run(source(question, "solution" if question.graded else "practice"), question)
    assert public_check(monkeypatch, question, stub, starter) == "not done yet"
    said = public_check(monkeypatch, question, solution)
    if not question.graded:
        assert said == "right."
    else:
        verdict = {"form": "recorded: ", "cases": "public checks passed ("}[question.check]
        assert said.startswith(verdict)
        assert said.endswith("decided in grading.") or said.endswith("grading uses other inputs.")


@pytest.mark.parametrize(
    "seed", [SEEDS[0], *(pytest.param(seed, marks=pytest.mark.thorough) for seed in SEEDS[1:3])]
)
@every_mistake
def test_mistake_gets_fewer_points_and_its_own_hint(question, mistake, seed):
    score = try_answer(question, mistake.answer, seed)
    assert score.status in ("wrong", "partial")
    assert score.points < question.points or not question.graded
    assert mistake.hint in score.message
    others = [other.hint for other in question.mistakes if other is not mistake]
    said = [hint for hint in others if hint in score.message]
    assert not said or len(score.parts) > 1


@every_mistake
def test_public_check_names_the_mistake_or_only_the_form(question, mistake, monkeypatch):
    said = public_check(monkeypatch, question, mistake.answer)
    if question.check == "cases":
        assert mistake.hint in said
        assert "passed (" not in said
    else:
        assert said.startswith("recorded: ")
        assert mistake.hint not in str(shipped(exercise_of(question).name))


@every_question
def test_question_is_complete(question):
    assert len(question.mistakes) >= 2
    hints = [mistake.hint for mistake in question.mistakes]
    assert len(set(hints)) == len(hints)
    assert question.difficulty in (1, 2, 3)
    assert question.minutes > 0
    assert question.needs
    if question.graded:
        assert all(part.points >= 1 for part in question.parts)


@every_graded
def test_a_graded_answer_is_a_function(question):
    """A value is the same under every seed, and can be handed on."""
    assert hasattr(question, "reference"), "ask for a function of the parameters"


@every_question
def test_notebook_says_what_the_question_says(question):
    """The line below a question's heading, and the name that is asked for."""
    place = [cell.source for cell in cells(exercise_of(question).name)]
    text = next(
        text
        for text in reversed(place[: place.index(source(question, "starter"))])
        if f"{question.minutes} minutes" in text
    )
    line = next(line for line in text.splitlines() if "minutes" in line)
    needs = ", ".join(f"*{need}*" for need in question.needs)
    expected = f"Difficulty {question.difficulty} of 3 · {question.minutes} minutes · needs {needs}"
    if question.graded:
        d = expected[0].lower() + expected[1:]
        expected = f"**{question.points} points** · {question.kind} · {d}"
    assert line == expected
    assert question.title in text.splitlines()[0]
    starter = source(question, "starter")
    if question.graded:
        parameters = ", ".join(inspect.signature(question.reference).parameters)
        assert f"def {question.name}({parameters}):" in starter
        assert f"`{question.name}" in "".join(place)


@every_question
def test_what_a_question_needs_is_there(question):
    """A section of its chapter, by the title, or a question that comes before."""
    name = exercise_of(question).name
    page = nbformat.read(ROOT / "book" / f"{name}.ipynb", as_version=4)
    titles = set(re.findall(r"^#+ (.+)$", "\n".join(c.source for c in page.cells), re.MULTILINE))
    keys = [one.key for one in EXERCISES[name].questions]
    assert set(question.needs) <= titles | set(keys) - {question.key}


@pytest.mark.parametrize("name", EXERCISES)
def test_sum_of_points_and_questions_in_the_introduction(name):
    exercise = EXERCISES[name]
    assert len(exercise.graded) >= 5
    assert len(exercise.questions) - len(exercise.graded) >= 2
    assert f"({exercise.points} points)" in introduction(exercise)


# Answers follow the seed


def outputs(question, seed):
    return [case.expected for cases in examples(question, seed) for case in cases]


def inputs(question, seed):
    return [case.arguments for cases in examples(question, seed) for case in cases]


@every_graded
def test_answers_change_with_the_seed(question):
    for seed in OTHERS:
        compared = inputs if question.judge else outputs
        pairs = zip(compared(question, PUBLIC), compared(question, seed), strict=True)
        differ = [compare(a, b, rtol=1e-3) is not None for a, b in pairs]
        assert sum(differ) >= 0.75 * len(differ)


def learnt(question):
    """What the public inputs teach: their answers in the order in which they are asked.

    Where a whole range of answers is good, the one to the middle input of each part.
    """
    parts = [[case.expected for case in cases] for cases in examples(question, PUBLIC)]
    if question.judge:
        parts = [[part[len(part) // 2]] * len(part) for part in parts]
    return [answer for part in parts for answer in part]


@every_graded
def test_an_answer_learnt_by_heart_fails_on_other_seeds(question):
    for seed in OTHERS:
        replies = iter(learnt(question))
        score = try_answer(question, lambda *arguments, r=replies: next(r), seed)
        assert score.points <= question.points / 4, score


@every_graded
def test_the_public_data_hold_no_answer_of_a_predicted_number(question):
    if question.check != "form":
        return
    data = shipped(exercise_of(question).name)["questions"][question.key]
    assert data["hints"] == []
    for part in data["parts"]:
        for case in part["cases"]:
            assert case["wrong"] == []
            assert not np.any(from_tree(case["expected"]))


@every_graded
def test_the_chapter_prints_none_of_the_answers(question):
    """No part's expected numbers are all on the chapter's page, where four digits can tell."""
    text = (ROOT / "book" / f"{exercise_of(question).name}.ipynb").read_text("utf-8")
    printed = [n for n in re.findall(r"\d*\.\d+(?:e-?\d+)?", text) if digits(n) >= 4]
    printed = np.array([abs(float(n)) for n in printed])
    for seed in SEEDS:
        for cases in examples(question, seed):
            numbers = np.abs(np.array([n for case in cases for n in flat(case.expected)]))
            found = np.isclose(numbers[:, None], printed, rtol=1e-4, atol=0).any(axis=1)
            assert not found.all()


def flat(value):
    """The numbers in an answer, which may be a list of arrays."""
    parts = value if isinstance(value, (list, tuple)) else [value]
    return [float(number) for part in parts for number in np.ravel(part)]


def digits(number):
    """How many significant digits a decimal number is written with."""
    return len(number.split("e")[0].replace(".", "").lstrip("0"))


# Shortcuts and accidents


def chapter_tests(name):
    """`tests/test_<name>.py`, which has what only this exercise needs proved."""
    return importlib.import_module(f"tests.test_{name}")


@every_graded
def test_the_code_of_the_chapter_is_tried_as_an_answer(question):
    """`ADAPTERS` of the chapter's tests make an answer of the displayed code; it must not do."""
    if question.kind in ("implement", "find the bug"):
        assert question.key in chapter_tests(exercise_of(question).name).ADAPTERS


@pytest.mark.parametrize(
    ("key", "adapter"),
    [pair for name in EXERCISES for pair in chapter_tests(name).ADAPTERS.items()],
    ids=lambda item: item if "." in item[:20] else "",
)
def test_the_code_of_the_chapter_is_not_enough(key, adapter):
    for score in scores_of_the_book(key, adapter):
        assert score.points <= score.max_points / 2
        assert score.status in ("wrong", "partial")


@pytest.mark.parametrize("name", EXERCISES)
def test_importing_the_book_s_code_is_refused(name):
    for line in (
        f"import lecture_code.{name}",
        f"from lecture_code import {name}",
        f"from lecture_code.{name} import *",
        "import exercises.questions",
        "from lecture_code.minimize import minimize",
    ):
        _, reply = obtain(line, EXERCISES[name].allowed, "answer", True)
        assert reply.status == "refused", line


@pytest.mark.parametrize("answer", [lambda *a: 0.0, lambda *a: np.nan, lambda *a: "0.1"])
@every_graded
def test_nonsense_earns_nothing(question, answer):
    score = try_answer(question, answer)
    assert score.points == 0
    assert score.status in ("wrong", "error")


@pytest.mark.parametrize("number", [5e-324, -1.0, 80.0, 1e300, np.int8(1), np.uint64(2**64 - 1)])
@every_graded
def test_a_judge_takes_any_number(question, number):
    """An odd answer is told what is wrong with it; a judge that fails could not tell."""
    if question.judge is None:
        return

    def answer(*arguments):
        expected = question.reference(*arguments)
        if isinstance(expected, list):
            return [number] * len(expected)
        return np.full(np.shape(expected), number)

    score = try_answer(question, answer)
    assert (score.status, score.points) == ("wrong", 0)
