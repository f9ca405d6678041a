"""Layer gradients, delta-bar-delta by hand, the factor that cannot work, rare features."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lecture_code.adagrad import AdaGrad
from lecture_code.adam import Adam
from lecture_code.adaptive_rates import DeltaBarDelta, SparsityFactor, layer_gradient
from lecture_code.gradient_descent import GradientDescent
from lecture_code.minimize import follow, minimize
from lecture_code.objectives import Quadratic
from lecture_code.perceptron import Perceptron
from lecture_code.rmsprop import RMSprop


def test_layer_gradient_by_hand():
    """Erratum E6 (D05): a feature present in one of four instances; the mean, not the sum 0.4."""
    delta = np.array([[0.3], [-0.2], [0.5], [0.4]])
    h = np.array([[0.0], [0.0], [0.0], [1.0]])
    assert layer_gradient(delta, h) == pytest.approx(0.1)
    absent = np.hstack([h, np.zeros((4, 1))])
    assert layer_gradient(delta, absent)[0, 1] == 0


def test_layer_gradient_is_the_derivative_of_a_mean_loss():
    """Finite differences of a linear layer with squared error."""
    rng = np.random.default_rng(0)
    h, W, y = rng.normal(size=(5, 3)), rng.normal(size=(2, 3)), rng.normal(size=(5, 2))
    loss = lambda W: 0.5 * ((h @ W.T - y) ** 2).sum() / 5  # noqa: E731
    expected = np.zeros_like(W)
    for place in np.ndindex(W.shape):
        nudge = np.zeros_like(W)
        nudge[place] = 1e-6
        expected[place] = (loss(W + nudge) - loss(W - nudge)) / 2e-6
    np.testing.assert_allclose(layer_gradient(h @ W.T - y, h), expected, atol=1e-7)


def test_layer_gradient_is_what_backpropagation_uses():
    rng = np.random.default_rng(1)
    net, X, y = Perceptron((4, 3)), rng.normal(size=(6, 4)), rng.integers(0, 3, 6)
    theta = net.init(rng)
    a = net.forward(theta, X)[1]
    delta = np.exp(a) / np.exp(a).sum(axis=1, keepdims=True) - np.eye(3)[y]
    found = net.unpack(net.gradient(theta, X, y))[0].W
    np.testing.assert_allclose(layer_gradient(delta, X), found, atol=1e-14)


@pytest.mark.parametrize("shapes", [((4, 1), (3, 1)), ((4,), (4, 1)), ((0, 1), (0, 1))])
def test_instances_that_differ_are_refused(shapes):
    with pytest.raises(ValueError, match="same m instances"):
        layer_gradient(*map(np.ones, shapes))


def test_delta_bar_delta_by_hand():
    """Five gradients in exact fractions: nothing to compare with, up, up, down, nothing (g = 0)."""
    stream = [Fraction(2), Fraction(1), Fraction(3), Fraction(-4), Fraction(0)]
    kappa, phi, keep = Fraction(1, 10), Fraction(1, 2), Fraction(3, 4)
    size, mean, theta, expected = Fraction(1, 5), Fraction(0), Fraction(1), []
    for g, event in zip(stream, ("", "up", "up", "down", ""), strict=True):
        if event == "up":
            size += kappa
        elif event == "down":
            size *= 1 - phi
        mean = keep * mean + (1 - keep) * g
        theta -= size * g
        expected.append((float(theta), float(size), float(mean)))
    method = DeltaBarDelta(lr=0.2, increase=0.1, decrease=0.5, beta=0.75)
    theta, state = np.ones(1), method.init(np.ones(1))
    for g, (point, size, mean) in zip(stream, expected, strict=True):
        theta, state = method.step(theta, state, np.array([float(g)]))
        found = (theta[0], state.size[0], state.mean[0])
        assert found == pytest.approx((point, size, mean), rel=1e-12)


def test_it_compares_with_the_average_and_not_with_the_last_gradient():
    """After 9, 9, -1 the average is still positive: another -1 disagrees with it and agrees with
    the last."""
    method = DeltaBarDelta(lr=1.0, increase=0.5, decrease=0.5, beta=0.9)
    sizes = follow(method, np.array([[9.0], [9.0], [-1.0], [-1.0]])).rates[:, 0]
    assert sizes.tolist() == [1, 1.5, 0.75, 0.375]


def test_rates_rise_by_sums_and_fall_by_factors():
    method = DeltaBarDelta(lr=0.1, increase=0.05, decrease=0.2)
    rising = follow(method, np.ones((10, 1))).rates[:, 0]
    np.testing.assert_allclose(np.diff(rising[1:]), 0.05)
    falling = follow(DeltaBarDelta(0.1, 0.05, 0.2, beta=0.0), (-1.0) ** np.arange(10)[:, None])
    np.testing.assert_allclose(falling.rates[2:, 0] / falling.rates[1:-1, 0], 0.8)


@pytest.mark.parametrize(("ratio", "flips"), [(10, 0.0), (1, 0.267), (0.1, 0.497)])
def test_signs_flip_by_chance_between_batches(ratio, flips):
    """Erratum E14 (D49): a gradient with this mean over deviation, drawn for two batches."""
    draws = np.random.default_rng(2).normal(ratio, 1, (200_000, 2))
    assert np.mean(draws[:, 0] * draws[:, 1] < 0) == pytest.approx(flips, abs=0.005)


@given(st.floats(0.01, 10), st.floats(-3, 3), st.floats(-3, 3))
def test_a_scalar_factor_leaves_every_ratio_as_it_was(lr, common, rare):
    """Erratum E7 (D07): steps stay in the ratio of the gradients, which AdaGrad's do not."""
    gradient = np.array([common, rare, 0.0])
    method = SparsityFactor(lr)
    step, _ = method.step(np.zeros(3), method.init(np.zeros(3)), gradient)
    assert step[0] * rare == pytest.approx(step[1] * common, rel=1e-12, abs=1e-12)


def test_one_factor_against_one_rate_each():
    gradient = np.array([[1.0, 0.01]])
    scalar = follow(SparsityFactor(0.1), gradient).points[-1]
    own = follow(AdaGrad(0.1), gradient).points[-1]
    assert scalar[0] / scalar[1] == pytest.approx(100)
    assert own[0] / own[1] == pytest.approx(1)


def test_the_factor_counts_what_is_present():
    trace = follow(SparsityFactor(0.1), np.array([[1.0, 2, 0, 0], [0, 0, 0, 0], [1, 1, 1, 1]]))
    np.testing.assert_allclose(trace.rates[:, 0], [0.2, 0.4, 0.1])


@pytest.mark.parametrize(
    ("method", "always", "rarely"),
    [
        (GradientDescent(1.0), 10_000, 100),
        (AdaGrad(1.0), 198.5, 18.6),
        (RMSprop(1.0), 10_009, 316),
        (Adam(1.0), 10_000, 973),
    ],
    ids=lambda value: type(value).__name__,
)
def test_how_far_common_and_rare_features_travel(method, always, rarely):
    """Erratum E8 (D06): unit gradients in every step, or in every hundredth, over 10,000 steps."""
    stream = np.ones((10_000, 2))
    stream[:, 1] = np.arange(1, 10_001) % 100 == 0
    path = np.abs(np.diff(follow(method, stream).points, axis=0)).sum(axis=0)
    assert path == pytest.approx((always, rarely), rel=0.02)


def test_rotation_costs_adagrad_its_power():
    """Erratum E8 (D43): condition 100, 100 steps, along the axes and turned by 45 degrees."""
    turn = np.array([[1, -1], [1, 1]]) / 2**0.5
    A, start = np.diag([1.0, 100.0]), np.array([1.0, 1.0])
    along = minimize(Quadratic(A), AdaGrad(0.5), start, 100).losses[-1]
    turned = Quadratic(turn @ A @ turn.T)
    assert minimize(turned, AdaGrad(0.5), turn @ start, 100).losses[-1] > 1e6 * along


# The questions of the exercise
