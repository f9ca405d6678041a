"""Averages that forget, momentum and Nesterov: by hand, closed forms, every corrected number."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lecture_code.gradient_descent import GradientDescent
from lecture_code.minimize import follow, minimize
from lecture_code.momentum import Momentum, Nesterov, ShiftedNesterov, moving_average
from lecture_code.objectives import Beale, Bowl, Quadratic

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
