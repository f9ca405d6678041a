"""Averages that forget, momentum and Nesterov: by hand, closed forms, every corrected number."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from exercises.questions import examples
from exercises.questions import momentum as questions
from lecture_code.gradient_descent import GradientDescent
from lecture_code.minimize import follow, minimize
from lecture_code.momentum import Momentum, Nesterov, ShiftedNesterov, moving_average
from lecture_code.objectives import Beale, Bowl, Quadratic
from tests.proofs import PUBLIC, SEEDS, cells, record, run_anywhere, scores_of_the_book

gradients = arrays(float, (6, 2), elements=st.floats(-10, 10))
decay = st.floats(0, 0.99)


@given(st.floats(-100, 100), decay)
def test_a_corrected_average_of_a_constant_is_the_constant(x, beta):
    averages = moving_average(np.full(30, x), beta, correct_bias=True)
    np.testing.assert_allclose(averages, x, rtol=1e-9, atol=1e-12)


@given(arrays(float, 12, elements=st.floats(-10, 10)), decay)
def test_an_average_is_the_weighted_sum_of_its_past(x, beta):
    """m_t = sum over k of (1 - beta) beta^k x_{t-k}, written out."""
    expected = sum((1 - beta) * beta**k * x[11 - k] for k in range(12))
    assert moving_average(x, beta)[-1] == pytest.approx(expected, abs=1e-12)


def test_weights_of_an_average_of_a_hundred():
    """Erratum E63 (D27): the oldest weight is (1 - beta) beta^99, their sum 1 - beta^100."""
    oldest, ones = np.zeros(100), np.ones(100)
    oldest[0] = 1
    assert moving_average(oldest, 0.99)[-1] == pytest.approx(0.003697, abs=5e-7)
    assert moving_average(ones, 0.99)[-1] == pytest.approx(0.634, abs=5e-4)
    assert moving_average(np.ones(10), 0.9)[-1] == pytest.approx(1 - 0.349, abs=5e-4)


@pytest.mark.parametrize(("beta", "bias", "steps"), [(0.9, 0.1, 22), (0.9, 0.01, 44)])
def test_steps_until_the_bias_is_gone(beta, bias, steps):
    """Erratum E66 (D27): not ten."""
    missing = 1 - moving_average(np.ones(60), beta)
    assert np.argmax(missing < bias) + 1 == steps
    assert missing[9] == pytest.approx(0.349, abs=5e-4)


def test_an_average_of_noise_has_the_variance_of_a_geometric_sum():
    """Erratum E64: (1 - beta) / (1 + beta) of the variance, 1/19 for beta = 0.9, not 1/10."""
    noise = np.random.default_rng(0).normal(size=(2000, 200))
    late = moving_average(noise, 0.9)[200:]
    assert late.var() == pytest.approx(1 / 19, rel=0.03)


def test_two_steps_by_hand():
    """m = 2, then 2/2 + 4 = 5: moves 0.2 and 0.5. Average: m = 1, then 2.5. Shifted: 3 and 6.5."""
    stream = np.array([[2.0], [4.0]])
    for method, moves in (
        (Momentum(0.1, 0.5), [0.2, 0.5]),
        (Momentum(0.1, 0.5, average=True), [0.1, 0.25]),
        (Momentum(0.1, 0.5, lr_inside=True), [0.2, 0.5]),
        (Nesterov(0.1, 0.5), [0.2, 0.5]),
        (ShiftedNesterov(0.1, 0.5), [0.3, 0.65]),
        (ShiftedNesterov(0.1, 0.5, lr_inside=True), [0.3, 0.65]),
    ):
        points = follow(method, stream).points[:, 0]
        np.testing.assert_allclose(-np.diff(points), moves, rtol=1e-14)


def test_bowl_of_the_chapter():
    """Curriculum Q3: f = (x^2 + 10 y^2)/2 from (1, 1), three steps of 0.05."""
    for method, end in (
        (Momentum(0.05), (0.731375, -0.73)),
        (Nesterov(0.05), (0.739599, -0.20125)),
    ):
        found = minimize(Bowl(10), method, (1.0, 1.0), steps=3).points[-1]
        np.testing.assert_allclose(found, end, atol=5e-7)


@given(gradients)
def test_without_momentum_they_are_gradient_descent(stream):
    expected = follow(GradientDescent(0.1), stream).points
    for kind in (Momentum, Nesterov, ShiftedNesterov):
        np.testing.assert_allclose(follow(kind(0.1, 0.0), stream).points, expected, atol=1e-14)


@given(gradients, decay)
def test_the_average_is_the_sum_at_another_learning_rate(stream, gamma):
    total = follow(Momentum(0.1, gamma), stream).points
    average = follow(Momentum(0.1 / (1 - gamma), gamma, average=True), stream).points
    np.testing.assert_allclose(total, average, rtol=1e-9, atol=1e-12)


@given(gradients, decay)
def test_the_rate_inside_or_outside_is_the_same_while_it_is_constant(stream, gamma):
    for kind in (Momentum, ShiftedNesterov):
        one = follow(kind(0.1, gamma), stream).points
        other = follow(kind(0.1, gamma, lr_inside=True), stream).points
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)


def test_a_dropped_rate_acts_at_once_or_slowly():
    """Erratum E67 (D28): 0.1 to 0.01 at t = 50, g = 1: moves of 0.905, 0.825, 0.752 or 0.0995."""
    stream = np.ones((60, 1))
    drop = lambda t: 0.1 if t < 50 else 0.01  # noqa: E731
    inside = -np.diff(follow(Momentum(drop, lr_inside=True), stream).points[:, 0])
    outside = -np.diff(follow(Momentum(drop), stream).points[:, 0])
    np.testing.assert_allclose(inside[49:52], [0.905, 0.825, 0.752], atol=1e-3)
    np.testing.assert_allclose(outside[49:51], [0.0995, 0.0996], atol=1e-4)


def test_terminal_velocity():
    """Erratum E65 (D28): under a constant gradient a step tends to eta g / (1 - gamma)."""
    points = follow(Momentum(0.1, 0.9), np.ones((300, 1))).points[:, 0]
    assert points[-2] - points[-1] == pytest.approx(1.0)


@pytest.mark.parametrize("objective", [Bowl(20, angle=0.4), Beale()])
def test_both_forms_of_nesterov_are_one(objective):
    """Erratum E33 (D13b): the shifted points are the look-ahead points of the other form."""
    start = np.array([1.0, 1.5])
    looking = Nesterov(0.005)
    theta, state, ahead = start, looking.init(start), [start]
    for _ in range(50):
        gradient = objective.gradient(looking.gradient_at(theta, state))
        theta, state = looking.step(theta, state, gradient)
        ahead.append(looking.gradient_at(theta, state))
    shifted = minimize(objective, ShiftedNesterov(0.005), start, steps=50).points
    np.testing.assert_allclose(shifted, ahead, atol=1e-12)


@pytest.mark.parametrize(
    ("make", "limit"),
    [
        (lambda lr: Momentum(lr, 0.9), 2 * 1.9),
        (lambda lr: Nesterov(lr, 0.9), 2 * 1.9 / 2.8),
    ],
)
def test_the_largest_stable_rate_on_a_bowl(make, limit):
    """For curvature 1: 2 (1 + gamma), and for Nesterov 2 (1 + gamma) / (1 + 2 gamma)."""
    below = minimize(Bowl(1), make(0.99 * limit), (1.0, 0.0), 2000).points[-1, 0]
    above = minimize(Bowl(1), make(1.01 * limit), (1.0, 0.0), 2000).points[-1, 0]
    assert abs(below) < 1e-3 and abs(above) > 1e3


def steps_to(method, start, target=1e-6, steps=2000):
    small = np.linalg.norm(
        minimize(Quadratic(np.diag([1.0, 100.0])), method, start, steps).points, axis=1
    )
    return int(np.argmax(small / small[0] <= target))


def test_momentum_pays_when_it_is_tuned_and_costs_when_it_is_not():
    """Erratum E70 (D44): condition 100 to 1e-6 of the start."""
    start = np.array([1.0, 1.0])
    root = (10 - 1) / (10 + 1)
    tuned = Momentum(lr=4 / (1 + 10) ** 2, gamma=root**2)
    assert steps_to(GradientDescent(2 / 101), start) == pytest.approx(709, abs=20)
    assert steps_to(tuned, start) == pytest.approx(95, abs=10)
    assert steps_to(Nesterov(0.01, root), start) == pytest.approx(158, abs=15)
    assert steps_to(Momentum(0.001, 0.9), start) == pytest.approx(1246, abs=60)


@pytest.mark.parametrize("values", [np.zeros((0, 2)), np.array(3.0)])
def test_an_average_of_nothing_is_refused(values):
    with pytest.raises(ValueError, match="values has the shape .*at least one"):
        moving_average(values, 0.9)


# The questions of the exercise


ADAPTERS = {
    "momentum.1": """
def smoothed(times, values, beta):
    return moving_average(values, beta, correct_bias=True)
""",
    "momentum.3": """
def nesterov_run(theta0, curvature, lr, gammas):
    method = Nesterov(lr=lr, gamma=float(gammas[0]))
    theta, state = np.array(theta0), method.init(np.array(theta0))
    for _ in gammas:
        gradient = curvature * method.gradient_at(theta, state)
        theta, state = method.step(theta, state, gradient)
    return theta
""",
}
every_seed = pytest.mark.parametrize("seed", SEEDS)


@pytest.mark.parametrize("key", ADAPTERS)
def test_the_displayed_method_is_not_enough(key):
    for score in scores_of_the_book(key, ADAPTERS[key]):
        assert 0 < score.points <= score.max_points / 2
        assert score.status == "partial"


@every_seed
def test_readings_every_second_have_the_chapter_s_corrected_average(seed):
    regular, irregular, _ = examples(questions.smoothed_question, seed)
    for case in regular:
        _, values, beta = case.arguments
        np.testing.assert_allclose(case.expected, moving_average(values, beta, True), rtol=1e-12)
    for case in irregular:
        times, values, beta = case.arguments
        for k in range(len(times)):
            weights = beta ** (times[k] - times[: k + 1])
            by_hand = np.tensordot(weights / weights.sum(), values[: k + 1], axes=1)
            np.testing.assert_allclose(case.expected[k], by_hand, rtol=1e-10)


@every_seed
def test_equal_readings_have_that_average_at_any_time(seed):
    for case in examples(questions.smoothed_question, seed)[1]:
        times, values, beta = case.arguments
        same = np.full_like(values, 7.25)
        np.testing.assert_allclose(questions.smoothed(times, same, beta), same, rtol=1e-12)


@every_seed
def test_the_bias_is_below_the_share_after_these_steps_and_not_before(seed):
    for cases in examples(questions.wait_question, seed):
        for case in cases:
            beta, share = case.arguments
            assert beta**case.expected < share <= beta ** (case.expected - 1)
    assert questions.steps_until(0.5, 0.2) == 3


@every_seed
def test_a_constant_momentum_is_the_chapter_s_nesterov(seed):
    for case in examples(questions.bug_question, seed)[0]:
        theta, curvature, lr, gammas = case.arguments
        method = Nesterov(lr=lr, gamma=float(gammas[0]))
        state = method.init(theta)
        for _ in gammas:
            gradient = curvature * method.gradient_at(theta, state)
            theta, state = method.step(theta, state, gradient)
        np.testing.assert_allclose(case.expected, theta, rtol=1e-10, atol=1e-12)


def test_the_shipped_look_ahead_looks_back():
    [text] = [c.source for c in cells("momentum") if "def shipped(" in c.source]
    shipped, wrong = run_anywhere(text)["shipped"], questions.bug_question.mistakes[0]
    assert wrong.name == "looks-back"
    for cases in examples(questions.bug_question, PUBLIC):
        for case in cases:
            np.testing.assert_allclose(
                shipped(*case.arguments), wrong.answer(*case.arguments), rtol=1e-5
            )


@every_seed
def test_the_drop_is_that_of_the_chapter_s_two_forms(seed):
    for cases in examples(questions.drop_question, seed):
        for case in cases:
            slope, lr, factor, gamma, before, after = case.arguments
            schedule = lambda t, b=before, lr=lr, f=factor: lr if t <= b else f * lr  # noqa: E731
            gradients = np.full((before + after, 1), slope)
            for inside, expected in zip((True, False), case.expected, strict=True):
                method = Momentum(lr=schedule, gamma=gamma, lr_inside=inside)
                last, _ = record(method, np.zeros(1), gradients)
                previous, _ = record(method, np.zeros(1), gradients[:-1])
                assert expected == pytest.approx(abs(last - previous)[0], rel=1e-9)


@every_seed
def test_the_noise_left_is_that_of_the_chapter_s_weights(seed):
    for cases in examples(questions.noise_question, seed):
        for case in cases:
            beta, steps, sigma = case.arguments
            weights = moving_average(np.eye(steps), beta, True)[-1]
            assert case.expected == pytest.approx(sigma * np.sqrt(weights @ weights), rel=1e-9)
    assert questions.noise_left(0.5, 2, 3.0) == pytest.approx(5**0.5)


def test_practice_by_hand_is_the_chapter_s_momentum():
    method = Momentum(lr=0.2, gamma=0.5)
    theta, state = np.array([1.0]), method.init(np.zeros(1))
    for _ in range(3):
        theta, state = method.step(theta, state, theta)
    assert questions.by_hand.value == pytest.approx(theta[0], rel=1e-12)


def test_the_best_pair_has_some_room_and_the_next_best_does_not():
    """The budget of the tuning question over twenty draws: what passes, and what must not."""
    question = questions.tune_question
    for seed in range(20):
        for case in (case for cases in examples(question, seed) for case in cases):
            lr, gamma = questions.tuned(*case.arguments)
            assert question.judge(case.arguments, [0.98 * lr, gamma]) is None
            assert question.judge(case.arguments, [lr, gamma**0.5]) is not None
            assert question.judge(case.arguments, [lr, 0.9 * gamma]) is not None
