"""AdaDelta: the order of its five operations by hand, its units, every corrected number."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from exercises.questions import adadelta as questions
from exercises.questions import examples
from lecture_code.adadelta import AdaDelta
from lecture_code.gradient_descent import GradientDescent
from lecture_code.minimize import follow, minimize
from lecture_code.objectives import Beale, Bowl, Quadratic
from tests.proofs import PUBLIC, SEEDS, cells, record, run_anywhere, scores_of_the_book

gradients = arrays(float, (6, 2), elements=st.floats(-100, 100).map(lambda x: round(x, 6)))


@given(gradients)
def test_equations_of_the_page_in_plain_python(stream):
    """v from g, the update from the old r, r from the update, in this order."""
    points = follow(AdaDelta(0.7, 0.8, 1e-3), stream).points
    for j in range(2):
        v = r = theta = 0.0
        for t in range(6):
            g = float(stream[t, j])
            v = 0.8 * v + 0.2 * g**2
            update = -((r + 1e-3) ** 0.5) / (v + 1e-3) ** 0.5 * g
            r = 0.8 * r + 0.2 * update**2
            theta = theta + 0.7 * update
            assert points[t + 1, j] == pytest.approx(theta, rel=1e-12, abs=1e-15)


def test_bowl_of_the_chapter():
    end = minimize(Bowl(10), AdaDelta(), (1.0, 1.0), steps=3).points[-1]
    np.testing.assert_allclose(end, (0.986465, 0.986464), atol=5e-7)


@pytest.mark.parametrize(("beta", "first"), [(0.95, 0.004472), (0.9, 0.003162)])
def test_the_first_step(beta, first):
    """Errata E16 and E20 (D18): sqrt(epsilon / (1 - beta)) for g = 1, neither 1 nor 0.001."""
    assert -follow(AdaDelta(beta=beta), np.ones((1, 1))).points[1, 0] == pytest.approx(
        first, abs=1e-6
    )


def test_the_rate_is_what_the_gradient_was_multiplied_by():
    record = minimize(Bowl(10), AdaDelta(lr=0.5), (1.0, 1.0), steps=20)
    np.testing.assert_allclose(
        np.diff(record.points, axis=0), -record.rates * record.gradients, rtol=1e-12
    )


def steps_to_half(epsilon):
    losses = minimize(Quadratic([[1.0]]), AdaDelta(epsilon=epsilon), np.array([5.0]), 6000).points[
        :, 0
    ]
    return int(np.argmax(np.abs(losses) < 0.5))


def test_epsilon_sets_the_speed():
    """Errata E18 and E19 (D18): steps from 5 to 0.5; gradient descent at 0.1 needs 22."""
    found = [steps_to_half(epsilon) for epsilon in (1e-8, 1e-6, 1e-4, 1e-2)]
    assert found == pytest.approx([5672, 1087, 180, 20], abs=1)
    points = minimize(Quadratic([[1.0]]), GradientDescent(0.1), np.array([5.0]), 40).points
    assert np.argmax(np.abs(points[:, 0]) < 0.5) == 22


def test_it_does_not_see_the_scale_of_the_loss_but_that_of_theta():
    """Erratum E18 (D18): 4.0429 after 200 steps, also for 100 f; not for 100 x."""
    end = {}
    for name, curvature, start in (("f", 1.0, 5.0), ("100 f", 100.0, 5.0), ("100 x", 1e-4, 500.0)):
        record = minimize(Quadratic([[curvature]]), AdaDelta(), np.array([start]), 200)
        end[name] = record.points[-1, 0]
    assert end["f"] == pytest.approx(4.0429, abs=5e-5)
    assert end["100 f"] == pytest.approx(end["f"], abs=2e-4)
    assert end["100 x"] / 100 == pytest.approx(4.9896, abs=2e-3)


def test_the_formula_of_the_schedule_section_is_gradient_descent_with_rate_one():
    """Erratum E17 (D17): gradients above and below; the real method does not see the curvature."""
    for curvature, steps, end in ((3.0, 60, -5.4e6), (10.0, 30, -3.6e12)):
        objective = Quadratic([[curvature]])
        real = minimize(objective, AdaDelta(), np.array([1.0]), 60).points
        assert real[-1, 0] == pytest.approx(0.7424, abs=5e-4)
        x, v = 1.0, 0.0
        for _ in range(steps):
            g, before = curvature * x, v
            v = 0.95 * v + 0.05 * g * g
            x = x - ((before + 1e-6) / (v + 1e-6)) ** 0.5 * g
        assert x == pytest.approx(end, rel=0.01)


def test_it_is_far_from_done_on_beale():
    """Erratum E19 (D30): after 20,000 steps still at 0.066."""
    record = minimize(Beale(), AdaDelta(), (1.0, 1.5), steps=20_000)
    assert record.losses[-1] == pytest.approx(0.066, abs=5e-4)


def test_without_epsilon_nothing_ever_moves():
    points = follow(AdaDelta(epsilon=0.0), np.ones((5, 1))).points
    assert (points == 0).all()


# The questions of the exercise


ADAPTERS = {
    "adadelta.1": """
def adadelta_final(theta0, gradients, beta, beta_updates, epsilon):
    method = AdaDelta(beta=beta, epsilon=epsilon)
    theta, state = np.array(theta0), method.init(np.array(theta0))
    for gradient in gradients:
        theta, state = method.step(theta, state, gradient)
    return theta
""",
    "adadelta.3": """
def hill_run(theta0, curvature, beta, beta_updates, epsilon, steps):
    method = AdaDelta(beta=beta, epsilon=epsilon)
    theta, state = np.array(theta0), method.init(np.array(theta0))
    for _ in range(steps):
        theta, state = method.step(theta, state, curvature * theta)
    return theta
""",
}
every_seed = pytest.mark.parametrize("seed", SEEDS)


@pytest.mark.parametrize("key", ADAPTERS)
def test_the_displayed_method_is_not_enough(key):
    for score in scores_of_the_book(key, ADAPTERS[key]):
        assert score.points <= score.max_points / 2
        assert score.status in ("wrong", "partial")


@every_seed
def test_with_one_memory_it_is_the_chapter_s_method(seed):
    for case in examples(questions.final_question, seed)[0]:
        theta0, gradients, beta, _, epsilon = case.arguments
        theta, _ = record(AdaDelta(beta=beta, epsilon=epsilon), theta0, gradients)
        np.testing.assert_allclose(case.expected, theta, rtol=1e-9)
    for case in examples(questions.bug_question, seed)[0]:
        theta, curvature, beta, _, epsilon, steps = case.arguments
        method = AdaDelta(beta=beta, epsilon=epsilon)
        state = method.init(theta)
        for _ in range(steps):
            theta, state = method.step(theta, state, curvature * theta)
        np.testing.assert_allclose(case.expected, theta, rtol=1e-9)


@every_seed
def test_both_questions_with_two_memories_have_one_reference(seed):
    for case in examples(questions.bug_question, seed)[1]:
        theta0, curvature, beta, updates, epsilon, steps = case.arguments
        path = [
            questions.hill_run(theta0, curvature, beta, updates, epsilon, t) for t in range(steps)
        ]
        gradients = np.array([curvature * theta for theta in path])
        end = questions.adadelta_final(theta0, gradients, beta, updates, epsilon)
        np.testing.assert_allclose(case.expected, end, rtol=1e-4, atol=1e-6)


@every_seed
def test_the_first_move_is_the_chapter_s(seed):
    for cases in examples(questions.first_question, seed):
        for case in cases:
            g, beta, epsilon = case.arguments
            theta, _ = record(AdaDelta(beta=beta, epsilon=epsilon), np.zeros(1), np.array([[g]]))
            assert case.expected == pytest.approx(theta[0], rel=1e-9)
    assert questions.first_move(3.0, 0.75, 4.0) == pytest.approx(-2.4)


def test_the_shipped_quotient_has_gradients_above():
    [text] = [c.source for c in cells("adadelta") if "def shipped(" in c.source]
    shipped, wrong = run_anywhere(text)["shipped"], questions.bug_question.mistakes[0]
    assert wrong.name == "gradients-above"
    for cases in examples(questions.bug_question, PUBLIC):
        for case in cases:
            np.testing.assert_allclose(
                shipped(*case.arguments), wrong.answer(*case.arguments), rtol=1e-5, atol=1e-6
            )


@every_seed
def test_other_units_are_runs_of_the_chapter_s_method(seed):
    for cases in examples(questions.units_question, seed):
        for case in cases:
            start, curvature, height, width, epsilon, steps = case.arguments
            method = AdaDelta(beta=0.95, epsilon=epsilon)
            taller = minimize(Quadratic(np.array([[height * curvature]])), method, [start], steps)
            flatter = Quadratic(np.array([[curvature / width**2]]))
            wider = minimize(flatter, method, [width * start], steps)
            expected = [taller.points[-1, 0], wider.points[-1, 0] / width]
            np.testing.assert_allclose(case.expected, expected, rtol=1e-8)


@every_seed
def test_the_next_rate_is_what_the_chapter_s_method_multiplies_by(seed):
    gradients = np.random.default_rng(seed).normal(size=(7, 3))
    method = AdaDelta(beta=0.8, epsilon=0.1)
    theta, state, updates = np.zeros(3), method.init(np.zeros(3)), []
    for gradient in gradients:
        moved, state = method.step(theta, state, gradient)
        updates.append(moved - theta)
        theta = moved
    rate = questions.next_rate(np.array(updates[:-1]), gradients, 0.8, 0.1)
    np.testing.assert_allclose(rate, method.rate(state), rtol=1e-10)


def test_an_epsilon_between_half_and_ten_squared_steps_arrives():
    """The explanation's claim, with what is outside, over ten draws."""
    question = questions.epsilon_question
    for seed in range(10):
        for case in (case for cases in examples(question, seed) for case in cases):
            distance, steps = case.arguments
            for factor, arrives in ((0.5, True), (10, True), (0.1, False), (0.3 * steps**2, False)):
                sentence = question.judge(case.arguments, factor * (distance / steps) ** 2)
                assert (sentence is None) == arrives, (case.arguments, factor, sentence)


def test_practice_by_hand_is_the_chapter_s_method():
    method = AdaDelta(beta=0.5, epsilon=0.5)
    theta, state = method.step(np.zeros(1), method.init(np.zeros(1)), np.ones(1))
    again, _ = method.step(theta, state, np.ones(1))
    np.testing.assert_allclose(questions.by_hand.value, [theta[0], (again - theta)[0]])
