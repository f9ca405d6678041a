"""The loader, the three kinds of gradients, their noise, and the sums of Robbins and Monro."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lecture_code.datasets import words
from lecture_code.gradient_descent import GradientDescent
from lecture_code.minibatch import (
    LeastSquares,
    NoisyGradient,
    accumulated_gradient,
    gradient_deviation,
    minibatches,
    partial_sums,
    robbins_monro,
    train,
)
from lecture_code.minimize import minimize
from lecture_code.momentum import Nesterov
from lecture_code.objectives import Bowl, Quadratic
from lecture_code.perceptron import Perceptron


@given(st.integers(1, 40), st.integers(1, 50), st.integers(0, 2**32 - 1))
def test_an_epoch_has_every_row_once_paired_and_in_half_open_slices(rows, size, seed):
    X, y = np.arange(rows)[:, None] * np.array([1, 10]), np.arange(rows)
    batches = list(minibatches(X, y, size, seed))
    assert sorted(np.concatenate([part for _, part in batches])) == list(range(rows))
    assert all((part[:, 0] == labels).all() for part, labels in batches)
    assert [len(labels) for _, labels in batches[:-1]] == [size] * (len(batches) - 1)
    assert len(batches[-1][1]) == rows - size * (len(batches) - 1) >= 1


def test_every_epoch_has_another_order_and_a_seed_repeats_it():
    X, rng = np.arange(20), np.random.default_rng(0)
    first, second = (next(minibatches(X, X, 20, rng))[0] for _ in range(2))
    assert (first != second).any()
    np.testing.assert_array_equal(first, next(minibatches(X, X, 20, 0))[0])


def test_sparse_rows_make_batches_too():
    data = words()
    part, labels = next(minibatches(data.rows[:50], data.labels[:50], 8, rng=0))
    assert len(part) == len(labels) == 8


@pytest.mark.parametrize(
    ("X", "y", "size", "message"),
    [
        (np.ones(3), np.ones(2), 1, "X has 3 rows and y 2"),
        (np.ones(0), np.ones(0), 1, "X has 0 rows and y 0"),
        (np.ones(3), np.ones(3), 0, "size = 0: a batch has at least 1 row"),
        (np.ones(3), np.ones(3), 1.5, "size = 1.5"),
    ],
)
def test_bad_batches_are_refused_at_once(X, y, size, message):
    with pytest.raises(ValueError, match=message) as caught:
        minibatches(X, y, size, 0)
    assert "\n" not in str(caught.value)


def problem(noise, rows=200, features=3, seed=0):
    rng = np.random.default_rng(seed)
    X, truth = rng.normal(size=(rows, features)), np.arange(1.0, features + 1)
    return X, X @ truth + noise * rng.normal(size=rows), truth


def test_least_squares_gradient_is_the_derivative_and_the_mean_of_each():
    X, y, _ = problem(noise=1.0)
    model, theta = LeastSquares(3), np.array([0.3, -1.0, 2.0])
    nudges = 1e-6 * np.eye(3)
    expected = [(model.loss(theta + d, X, y) - model.loss(theta - d, X, y)) / 2e-6 for d in nudges]
    np.testing.assert_allclose(model.gradient(theta, X, y), expected, rtol=1e-6)
    each = model.gradient_of_each(theta, X, y)
    np.testing.assert_allclose(each.mean(axis=0), model.gradient(theta, X, y), rtol=1e-12)


@pytest.mark.parametrize("size", [1, 7, 64, 200, 999])
def test_chunks_add_up_to_the_full_gradient(size):
    """Erratum E60 (D34): exact also where the last chunk is smaller; the mean of means is not."""
    X, y, _ = problem(noise=1.0)
    model, theta = LeastSquares(3), np.zeros(3)
    full = model.gradient(theta, X, y)
    found = accumulated_gradient(model, theta, X, y, size)
    np.testing.assert_allclose(found, full, rtol=1e-12)
    means = np.mean(
        [
            model.gradient(theta, X[start : start + 64], y[start : start + 64])
            for start in range(0, 200, 64)
        ],
        axis=0,
    )
    assert np.abs(means - full).max() > 1e-3


def test_chunks_of_a_network():
    rng = np.random.default_rng(0)
    net, X, y = Perceptron((4, 3)), rng.normal(size=(10, 4)), rng.integers(0, 3, 10)
    theta = net.init(0)
    found = accumulated_gradient(net, theta, X, y, 3)
    np.testing.assert_allclose(found, net.gradient(theta, X, y), rtol=1e-12)


def test_mini_batch_gradients_are_right_on_average():
    X, y, _ = problem(noise=1.0)
    model, theta, rng = LeastSquares(3), np.zeros(3), np.random.default_rng(1)
    draws = [
        model.gradient(theta, part, labels)
        for _ in range(500)
        for part, labels in minibatches(X, y, 20, rng)
    ]
    np.testing.assert_allclose(np.mean(draws, axis=0), model.gradient(theta, X, y), rtol=1e-9)


def test_the_deviation_falls_with_the_root_of_the_batch():
    """Erratum E49 (D34): 1, 4 and 16 rows in the ratio of 1, 1/2 and 1/4, not 1/16."""
    X, y, _ = problem(noise=1.0)
    model, theta = LeastSquares(3), np.zeros(3)
    found = [gradient_deviation(model, theta, X, y, n, 8000, rng=0) for n in (1, 4, 16)]
    exact = model.gradient_of_each(theta, X, y).std(axis=0)
    np.testing.assert_allclose(found[0], exact, rtol=0.03)
    np.testing.assert_allclose(found[1] / found[0], 1 / 2, rtol=0.04)
    np.testing.assert_allclose(found[2] / found[0], 1 / 4, rtol=0.04)


def test_a_constant_rate_is_enough_where_every_example_can_be_fitted():
    """Erratum E62 (D34): consistent least squares to rounding; with noise it stays away."""
    for noise, low, high in ((0.0, 0, 1e-10), (1.0, 1e-2, 1.0)):
        X, y, _ = problem(noise)
        best = np.linalg.lstsq(X, y, rcond=None)[0]
        end = train(LeastSquares(3), X, y, GradientDescent(0.02), 0, epochs=60, batch=1).theta
        assert low <= np.linalg.norm(end - best) <= high


def test_training_is_the_loop_it_stands_for_and_looks_ahead():
    X, y, _ = problem(noise=1.0)
    model, method = LeastSquares(3), Nesterov(0.01)
    run = train(model, X, y, method, rng=5, epochs=2, batch=32)
    rng, theta = np.random.default_rng(5), np.zeros(3)
    state, losses = method.init(theta), [model.loss(theta, X, y)]
    for _ in range(2):
        for part, labels in minibatches(X, y, 32, rng):
            gradient = model.gradient(theta - method.gamma * state.m, part, labels)
            theta, state = method.step(theta, state, gradient)
        losses.append(model.loss(theta, X, y))
    np.testing.assert_array_equal(run.theta, theta)
    np.testing.assert_array_equal(run.losses, losses)


def test_a_batch_of_all_rows_is_batch_gradient_descent():
    X, y, _ = problem(noise=1.0)
    run = train(LeastSquares(3), X, y, GradientDescent(0.1), 0, epochs=30, batch=200)
    A, b = X.T @ X / 200, X.T @ y / 200
    expected = minimize(Quadratic((A + A.T) / 2, b), GradientDescent(0.1), np.zeros(3), 30)
    np.testing.assert_allclose(run.theta, expected.points[-1], rtol=1e-10)


def test_divergence_stops_with_one_line():
    X, y, _ = problem(noise=1.0)
    with (
        np.errstate(all="ignore"),
        pytest.raises(FloatingPointError, match="not finite after epoch .*lower the learning rate"),
    ):
        train(LeastSquares(3), X, y, GradientDescent(50.0), 0, epochs=20, batch=1)


def test_noise_has_mean_zero_and_its_deviation():
    noisy = NoisyGradient(Bowl(10), 2.0, np.random.default_rng(0))
    draws = np.array([noisy.gradient(np.ones(2)) for _ in range(4000)])
    np.testing.assert_allclose(draws.mean(axis=0), [1, 10], atol=0.15)
    np.testing.assert_allclose(draws.std(axis=0), 2, rtol=0.05)
    assert noisy.value(np.ones(2)) == 5.5 and noisy.name == "noisy bowl"


def test_the_floor_of_a_constant_rate():
    """x^2/2 with unit noise: the variance solves s^2 = (1 - eta)^2 s^2 + eta^2: eta / (2 - eta)."""
    rng = np.random.default_rng(3)
    starts = np.zeros((400, 2))
    points = minimize(NoisyGradient(Bowl(1), 1.0, rng), GradientDescent(0.1), starts, 200).points
    assert points[100:].std() == pytest.approx((0.1 / 1.9) ** 0.5, rel=0.02)


@pytest.mark.parametrize(
    ("schedule", "rms", "tolerance"),
    [
        (lambda t: 0.1 / t, 1.74, 0.1),
        (lambda t: 1 / t, 0.0065, 0.003),
        (lambda t: 1 / t**0.5, 0.059, 0.01),
        (0.1, 0.229, 0.02),
        # The first step forgets the start for one noise; the rest lose about half of that.
        (lambda t: 1 / t**2, 0.545, 0.08),
    ],
)
def test_satisfying_the_conditions_says_nothing_about_speed(schedule, rms, tolerance):
    """Erratum E38 (D33): noisy x^2/2 from 5, 20,000 steps, root mean square over runs."""
    noisy = NoisyGradient(Quadratic([[1.0]]), 1.0, np.random.default_rng(4))
    theta, method = np.full((200, 1), 5.0), GradientDescent(schedule)
    state = method.init(theta)
    for _ in range(20_000):
        theta, state = method.step(theta, state, noisy.gradient(theta))
    assert np.sqrt(np.mean(theta**2)) == pytest.approx(rms, abs=tolerance)


@given(st.floats(0.0, 3.0))
def test_both_conditions_hold_above_a_half_up_to_one(power):
    assert robbins_monro(power) == (power <= 1, power > 0.5)


def test_partial_sums_tell_growth_from_convergence():
    sums = partial_sums(lambda t: t**-1.0, decades=6)
    assert sums.rates[-1] == pytest.approx(np.log(1e6) + 0.5772, abs=1e-4)
    assert sums.squares[-1] == pytest.approx(np.pi**2 / 6, abs=1e-5)
    roots = partial_sums(lambda t: t**-0.5, decades=6)
    np.testing.assert_allclose(np.diff(roots.squares), np.log(10), rtol=0.03)
    constant = partial_sums(0.5, decades=2)
    assert constant.rates.tolist() == [5, 50] and constant.squares.tolist() == [2.5, 25]


# The questions of the exercise
