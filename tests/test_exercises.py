"""The proofs that every question has to pass: solution, stub, mistakes, seeds, shortcuts."""

import inspect
import itertools
import re
import types
from functools import lru_cache

import nbformat
import numpy as np
import pytest

import lecture_code.adagrad
import lecture_code.optimizer
from exercises.questions import adagrad as questions
from exercises.questions import build_checks, examples, load, names, try_answer
from exercises.student import ROOT
from lecture_code import checks
from lecture_code.adagrad import AdaGrad, AdaGradState
from lecture_code.answers import answers, obtain
from lecture_code.judging import compare
from lecture_code.minimize import minimize
from lecture_code.objectives import Bowl
from lecture_code.wire import from_tree

PUBLIC, OTHERS = 0, (1, 2, 3, 4, 5)
SEEDS = (PUBLIC, *OTHERS)
EXERCISES = {name: load(name) for name in names()}
QUESTIONS = [question for exercise in EXERCISES.values() for question in exercise.questions]
GRADED = [question for question in QUESTIONS if question.graded]

every_question = pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.key)
every_graded = pytest.mark.parametrize("question", GRADED, ids=lambda question: question.key)
every_seed = pytest.mark.parametrize("seed", SEEDS)
every_mistake = pytest.mark.parametrize(
    ("question", "mistake"),
    [(question, mistake) for question in QUESTIONS for mistake in question.mistakes],
    ids=lambda item: getattr(item, "key", getattr(item, "name", "")),
)


def exercise_of(question):
    return EXERCISES[question.key.split(".")[0]]


@lru_cache
def cells(name):
    notebook = nbformat.read(ROOT / "exercises" / f"{name}.ipynb", as_version=4)
    return notebook.cells


@lru_cache
def shipped(name):
    return build_checks(EXERCISES[name])


def source(question, tag):
    """The source of a question's cell with this tag; of a practice solution by its name."""
    name = exercise_of(question).name
    tagged = [c.source for c in cells(name) if tag in c.metadata.get("tags", ())]
    if tag == "practice":
        (found,) = [text for text in tagged if re.search(rf"\b{question.name}\b", text)]
        return found
    (found,) = answers(tagged)[question.key]
    return found


def run(text, question):
    """What an answer cell binds, as the check and the grader would find it."""
    answer, trouble = obtain(
        text, exercise_of(question).allowed, question.name, hasattr(question, "reference")
    )
    assert trouble is None, trouble
    return answer


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


@pytest.mark.parametrize("seed", SEEDS[:3])
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


@pytest.mark.parametrize("name", EXERCISES)
def test_sum_of_points_and_questions_in_the_introduction(name):
    exercise = EXERCISES[name]
    assert len(exercise.graded) >= 5
    assert len(exercise.questions) - len(exercise.graded) >= 2
    assert f"({exercise.points} points)" in cells(name)[0].source


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


@every_graded
def test_an_answer_learnt_by_heart_fails_on_other_seeds(question):
    """It returns the expected outputs of the public seed in the order in which they are asked."""
    public = outputs(question, PUBLIC)
    for seed in OTHERS:
        replies = iter(public)
        if question.judge:  # the best that can be learnt: one rate for each part
            score = constant_for_each_part(question, seed)
        else:
            score = try_answer(question, lambda *arguments, r=replies: next(r), seed)
        assert score.points <= question.points / 4, score


def constant_for_each_part(question, seed):
    given = [[case.arguments for case in cases] for cases in examples(question, seed)]
    middle = {
        arguments: float(np.exp(np.mean([np.log(a[0]) for a in group])))
        for group in given
        for arguments in group
    }
    return try_answer(question, lambda *arguments: middle[arguments], seed)


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
def test_the_book_prints_none_of_the_answers(question):
    """No part's expected numbers are all to be found on the pages, to four digits."""
    texts = [path.read_text("utf-8") for path in (ROOT / "book").glob("*.ipynb")]
    printed = np.array([abs(float(n)) for n in re.findall(r"\d*\.\d+(?:e-?\d+)?", str(texts))])
    for seed in SEEDS:
        for cases in examples(question, seed):
            numbers = np.abs(np.concatenate([np.ravel(case.expected) for case in cases]))
            found = np.isclose(numbers[:, None], printed, rtol=1e-4, atol=0).any(axis=1)
            assert not found.all()


# Shortcuts and accidents


def displayed(objects):
    """The source of displayed code as a student would paste it, its imports from the book left."""
    header = "import math\nimport numpy as np\nfrom dataclasses import dataclass\n"
    header += "from typing import Any, NamedTuple\nfrom collections.abc import Callable\n"
    return header + "\n".join(inspect.getsource(item) for item in objects)


PASTED = (
    lecture_code.optimizer.Optimizer,
    lecture_code.optimizer.learning_rate,
    lecture_code.optimizer.require_positive,
    lecture_code.optimizer.require_not_negative,
    lecture_code.optimizer.require_floating,
    lecture_code.optimizer.zeros,
    lecture_code.optimizer.root,
    AdaGradState,
    AdaGrad,
)
ADAPTERS = {
    "adagrad.1": """
def adagrad_final(theta0, gradients, lr, lr_decay, accumulator0, epsilon):
    method = AdaGrad(lr=lr, epsilon=epsilon)
""",
    "adagrad.3": """
def adagrad_l2(theta0, gradients, lr, decay, epsilon):
    method = AdaGrad(lr=lr, epsilon=epsilon)
""",
}
LOOP = """\
    theta, state = theta0, method.init(theta0)
    for gradient in gradients:
        theta, state = method.step(theta, state, gradient)
    return theta
"""


@pytest.mark.parametrize("key", ADAPTERS)
def test_pasting_the_displayed_method_is_not_enough(key):
    question = EXERCISES["adagrad"].question(key)
    text = displayed(PASTED) + ADAPTERS[key] + LOOP
    answer = run_anywhere(text)[question.name]
    for seed in SEEDS:
        score = try_answer(question, answer, seed)
        assert score.points <= question.points / 2
        assert score.status in ("wrong", "partial")


def run_anywhere(text):
    module = types.ModuleType("pasted")
    exec(compile(text, "pasted", "exec"), module.__dict__)
    return module.__dict__


@pytest.mark.parametrize(
    "line",
    [
        "from lecture_code.adagrad import AdaGrad",
        "import lecture_code.adagrad",
        "from lecture_code import adagrad",
        "import exercises.questions",
        "from lecture_code.minimize import minimize",
    ],
)
def test_importing_the_method_is_refused(line):
    exercise = EXERCISES["adagrad"]
    _, reply = obtain(line, exercise.allowed, "adagrad_final", True)
    assert reply.status == "refused"


def test_an_answer_that_changes_its_arguments_is_told_so():
    def in_place(theta0, gradients, lr, lr_decay, accumulator0, epsilon):
        theta0[...] = questions.adagrad_final(
            theta0, gradients, lr, lr_decay, accumulator0, epsilon
        )
        return theta0

    score = try_answer(questions.final_question, in_place)
    assert score.points < score.max_points
    assert "changes its arguments" in score.message


@pytest.mark.parametrize("answer", [lambda *a: 0.0, lambda *a: np.nan, lambda *a: "0.1"])
@every_graded
def test_nonsense_earns_nothing(question, answer):
    score = try_answer(question, answer)
    assert score.points == 0
    assert score.status in ("wrong", "error")


def test_a_learning_rate_may_come_as_any_number():
    for scale in (np.float64(1), np.array(1.0), 1):
        score = try_answer(questions.rate_choice_question, lambda width, height, c=scale: c * width)
        assert score.status == "correct"
    for rate in (-1.0, 0.0, 1e300):
        score = try_answer(questions.rate_choice_question, lambda width, height, c=rate: c)
        assert score.points == 0


# The references against the book's code, where the two must agree


def record(method, theta0, gradients):
    theta, state = theta0, method.init(theta0)
    for gradient in gradients:
        theta, state = method.step(theta, state, gradient)
    return theta, state


@every_seed
def test_plain_reference_is_the_book_s_method(seed):
    plain, started, decayed, both = examples(questions.final_question, seed)
    for case in plain:
        theta0, gradients, lr, _, _, epsilon = case.arguments
        theta, _ = record(AdaGrad(lr=lr, epsilon=epsilon), theta0, gradients)
        np.testing.assert_allclose(case.expected, theta, rtol=1e-12)
    for case in (*started, *decayed, *both):
        theta0, gradients, lr, lr_decay, accumulator0, epsilon = case.arguments
        method = AdaGrad(lr=lambda t, a=lr, d=lr_decay: a / (1 + (t - 1) * d), epsilon=epsilon)
        theta, state = theta0, AdaGradState(0, np.full_like(theta0, accumulator0))
        for gradient in gradients:
            theta, state = method.step(theta, state, gradient)
        np.testing.assert_allclose(case.expected, theta, rtol=1e-5, atol=1e-6)


@every_seed
def test_rate_reference_counts_appearances(seed):
    (cases,) = examples(questions.rate_question, seed)
    for case in cases:
        g, lr, every, t = case.arguments
        squares = sum(g * g for step in range(1, t + 1) if step % every == 0)
        assert case.expected == pytest.approx(lr / np.sqrt(squares), rel=1e-9)


@every_seed
def test_weight_decay_reference_is_the_book_s_method_on_the_penalized_loss(seed):
    for cases in examples(questions.bug_question, seed):
        for case in cases:
            theta, gradients, lr, decay, epsilon = case.arguments
            method = AdaGrad(lr=lr, epsilon=epsilon)
            state = method.init(theta)
            for gradient in gradients:
                theta, state = method.step(theta, state, gradient + decay * theta)
            np.testing.assert_allclose(case.expected, theta, rtol=1e-9, atol=1e-12)


def test_the_shipped_bug_takes_071_of_a_step_and_the_hint_says_so():
    wrong = questions.bug_question.mistakes[0]
    assert "0.71 of the learning rate" in wrong.hint
    arguments = np.zeros(1), np.array([[1e-4]]), 1.0, 0.0, 1e-8
    assert abs(wrong.answer(*arguments)[0]) == pytest.approx(np.sqrt(0.5))
    assert abs(questions.adagrad_l2(*arguments)[0]) == pytest.approx(1, abs=2e-4)
    (text,) = [c.source for c in cells("adagrad") if "def shipped(" in c.source]
    buggy = run_anywhere(text)["shipped"]
    for case in examples(questions.bug_question, PUBLIC)[1]:
        np.testing.assert_allclose(buggy(*case.arguments), wrong.answer(*case.arguments))


@every_seed
def test_coupling_reference_is_two_runs_of_the_book_s_method(seed):
    class Held(Bowl):
        def gradient(self, theta):
            return super().gradient(theta) * [0, 1]

    ((turned, aligned, *_),) = examples(questions.coupling_question, seed)
    assert aligned.expected == 0
    condition, angle, theta0, lr, steps = turned.arguments
    method = AdaGrad(lr=lr, epsilon=1e-10)
    free, held = (
        minimize(kind(condition, angle), method, theta0, steps).points[:, 1]
        for kind in (Bowl, Held)
    )
    assert turned.expected == pytest.approx(np.max(np.abs(free - held)), rel=1e-9)
    assert turned.expected > 1.1 * abs(free[-1] - held[-1])


@every_seed
def test_displacement_reference_is_a_run_of_the_book_s_method(seed):
    (cases,) = examples(questions.displacement_question, seed)
    for case in cases:
        lr, first, second = case.arguments
        gradients = np.r_[np.ones(first), -np.ones(second)]
        theta, _ = record(AdaGrad(lr=lr, epsilon=0), np.zeros(()), gradients)
        assert case.expected == pytest.approx(theta, rel=1e-9, abs=1e-12)


def test_every_rate_between_half_and_three_widths_reaches_the_target():
    """The explanation's claim, with a margin, over twenty draws of surfaces and starts."""
    question = questions.rate_choice_question
    for seed in range(20):
        near_one, *rest = examples(question, seed)
        # The other surfaces are the same runs in other units: three draws are enough.
        for case in itertools.chain(near_one[:1], *(rest if seed < 3 else ())):
            for factor, fails in ((0.5, False), (3.0, False), (0.35, True), (3.6, True)):
                sentence = question.judge(case.arguments, factor * case.arguments[0])
                assert (sentence is not None) == fails


def test_practice_by_hand_is_the_book_s_method():
    points = minimize(Bowl(10), AdaGrad(lr=0.1, epsilon=0), (1.0, 1.0), 3).points
    np.testing.assert_allclose(questions.by_hand.value, points[-1], rtol=1e-12)
