"""Layer gradients, delta-bar-delta by hand, the factor that cannot work, rare features."""

from fractions import Fraction
from math import erf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from exercises.questions import adaptive_rates as questions
from exercises.questions import examples
from lecture_code.adagrad import AdaGrad
from lecture_code.adam import Adam
from lecture_code.adaptive_rates import (
    DeltaBarDelta,
    SparsityFactor,
    layer_gradient,
    regress,
)
from lecture_code.datasets import digits
from lecture_code.gradient_descent import GradientDescent
from lecture_code.minimize import follow, minimize
from lecture_code.momentum import Momentum
from lecture_code.objectives import Beale, Bowl, Quadratic
from lecture_code.perceptron import Perceptron
from lecture_code.rmsprop import RMSprop
from tests.proofs import PUBLIC, SEEDS, cells, run_anywhere


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
    with pytest.raises(ValueError, match="same n instances"):
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


# What the algorithm boxes of the page show, and the same in plain Python, a number at a time.


def layer_entry(delta, h, r, j):
    return sum(delta[k][r] * h[k][j] for k in range(len(delta))) / len(delta)


def next_rate(rate, g, mean, increase, decrease):
    if g * mean > 0:
        return rate + increase
    return (1 - decrease) * rate if g * mean < 0 else rate


def next_mean(mean, g, beta):
    return beta * mean + (1 - beta) * g


def next_theta(theta, rate, g):
    return theta - rate * g


SHOWN = [layer_gradient, DeltaBarDelta]
EQUATIONS = {
    r"\frac{\partial \mathcal L}{\partial W^{(i)}_{rj}}"
    r" = \frac1n \sum_{k=1}^n \delta^{(i)}_{k,r} h^{(i-1)}_{k,j}": layer_entry,
    r"\eta_{t,i} = \begin{cases} \eta_{t-1,i} + \text{increase} & g_{t,i} \, \bar g_{t-1,i} > 0 \\"
    r" (1 - \text{decrease}) \, \eta_{t-1,i} & g_{t,i} \, \bar g_{t-1,i} < 0 \\"
    r" \eta_{t-1,i} & \text{otherwise} \end{cases}": next_rate,
    r"\bar g_t = \beta \bar g_{t-1} + (1 - \beta) g_t, \quad \bar g_0 = 0": next_mean,
    r"\theta_t = \theta_{t-1} - \eta_t \odot g_t": next_theta,
}
LAYER, RATE, MEAN, THETA = EQUATIONS.values()
numbers = st.floats(-100, 100).map(lambda x: round(x, 3))


@given(arrays(float, (4, 2), elements=numbers), arrays(float, (4, 3), elements=numbers))
def test_layer_of_the_page_in_plain_python(delta, h):
    expected = [[LAYER(delta.tolist(), h.tolist(), r, j) for j in range(3)] for r in range(2)]
    np.testing.assert_allclose(layer_gradient(delta, h), expected, rtol=1e-12, atol=1e-10)


@given(arrays(float, (7, 2), elements=numbers), st.floats(0, 1), st.floats(0, 0.9))
def test_delta_bar_delta_of_the_page_in_plain_python(gradients, increase, share):
    method = DeltaBarDelta(lr=0.3, increase=increase, decrease=share, beta=share)
    trace = follow(method, gradients)
    for i in range(2):
        rate, mean, theta = 0.3, 0.0, 0.0
        for t, g in enumerate(gradients[:, i].tolist()):
            rate = RATE(rate, g, mean, increase, share)
            mean = MEAN(mean, g, share)
            theta = THETA(theta, rate, g)
            assert trace.rates[t, i] == pytest.approx(rate, rel=1e-12)
            assert trace.points[t + 1, i] == pytest.approx(theta, rel=1e-9, abs=1e-9)


def test_the_slope_by_a_rate_is_minus_the_product_of_gradients():
    """What the page derives delta-delta from, by finite differences on Beale's function."""
    surface, theta, rates = Beale(), np.array([1.0, 1.2]), np.array([0.01, 0.02])
    before = surface.gradient(theta)
    after = surface.gradient(theta - rates * before)
    for i in range(2):
        nudge = 1e-6 * (np.arange(2) == i)
        high, low = (surface.value(theta - (rates + s * nudge) * before) for s in (1, -1))
        assert (high - low) / 2e-6 == pytest.approx(-after[i] * before[i], rel=1e-5)


def test_regress_by_hand():
    """Rate 1/2, labels 2, 1, 2 + 1: errors -2, 0, -1."""
    found = regress(GradientDescent(0.5), p=0.5, steps=3, noise=[0.0, 0.0, 1.0])
    assert found.tolist() == [[0, 0], [1, 1], [1, 1], [1.5, 1.5]]


@pytest.mark.parametrize("every", [1, 10, 100, 1000])
def test_the_rare_feature_is_there_in_evenly_spaced_steps(every):
    moves = np.diff(regress(GradientDescent(1e-6), 1 / every, 1000), axis=0)
    assert np.flatnonzero(moves[:, 1]).tolist() == list(range(0, 1000, every))


@pytest.mark.parametrize(("p", "steps", "noise"), [(0, 5, None), (0.5, 0, None), (1, 3, [0.0])])
def test_regress_says_what_it_needs(p, steps, noise):
    with pytest.raises(ValueError, match="share in"):
        regress(GradientDescent(0.1), p, steps, noise)


def best_rates(method, seed):
    """The rates with the smallest squared errors of the common and of the rare weight."""
    rates = np.geomspace(0.001, 0.9, 40)
    noise = np.random.default_rng(seed).normal(size=(1000, 50, 1))
    error = np.mean((regress(method(rates[:, None]), 0.02, 1000, noise)[-1] - 1) ** 2, axis=0)
    places = error.argmin(axis=0)
    assert places.min() > 0 and places.max() < 39, "the best is inside the grid"
    return rates[places]


@pytest.mark.parametrize("seed", range(3))
def test_no_rate_serves_both_weights(seed):
    """Apart by tens with gradient descent and with momentum, less with AdaGrad."""
    common, rare = best_rates(GradientDescent, seed)
    assert 10 < rare / common < 100
    slow_common, slow_rare = best_rates(lambda lr: Momentum(lr / 10, gamma=0.9), seed)
    assert (slow_common, slow_rare) == pytest.approx((common, rare), rel=0.5)
    common, rare = best_rates(AdaGrad, seed)
    assert 2 < rare / common < 12


@pytest.mark.parametrize("z", [0.1, 0.5, 1, 2])
def test_two_signs_differ_with_the_probability_of_the_page(z):
    right = (1 + erf(z / 2**0.5)) / 2
    draws = np.random.default_rng(3).normal(z, 1, (200_000, 2))
    assert np.mean(draws[:, 0] * draws[:, 1] < 0) == pytest.approx(
        2 * right * (1 - right), abs=4e-3
    )


def test_comparing_with_the_last_gradient_only_is_another_rule():
    """Erratum E14: after 9, 9, -1, -1 the rate is 1.25 without the average, 0.375 with it."""
    stream = np.array([[9.0], [9.0], [-1.0], [-1.0]])
    for beta, rate in ((0.0, 1.25), (0.9, 0.375)):
        assert follow(DeltaBarDelta(1.0, 0.5, 0.5, beta), stream).rates[-1, 0] == rate


def test_delta_bar_delta_leaves_rare_features_further_behind():
    """n visits move by n + increase n (n - 1) / 2: in the end the square of the frequency."""
    for visits in (10, 100):
        stream = np.zeros((1000, 1))
        stream[:: 1000 // visits] = 1
        end = follow(DeltaBarDelta(1.0, increase=0.01), stream).points[-1, 0]
        assert -end == pytest.approx(visits + 0.01 * visits * (visits - 1) / 2)


def test_adagrad_repairs_a_small_gradient_and_not_a_rare_one():
    stream = np.full((10_000, 2), 0.01)
    stream[:, 1] = np.arange(1, 10_001) % 100 == 0
    small, rare = -follow(AdaGrad(1.0), stream).points[-1]
    assert (small, rare) == pytest.approx((198.5, 18.6), rel=1e-3)
    assert follow(GradientDescent(1.0), stream).points[-1] == pytest.approx(-100)


def test_one_drops_the_size_and_the_other_the_sign():
    steady = np.ones(100)
    streams = np.stack([steady, (-1.0) ** np.arange(100), 0.01 * steady], axis=1)
    signs = follow(DeltaBarDelta(0.1, increase=0.01), streams).rates[-1]
    assert signs[0] == signs[2] == pytest.approx(0.1 + 99 * 0.01) and signs[1] < 1e-4
    squares = follow(AdaGrad(0.1), streams).rates[-1]
    assert squares[0] == squares[1] == pytest.approx(0.01) and squares[2] == pytest.approx(1)


def test_only_a_rate_that_forgets_rises_on_a_gentler_slope():
    """Erratum E8: gradients of 10, then of 0.1."""
    stream = np.r_[np.full(100, 10.0), np.full(100, 0.1)][:, None]
    changes = [follow(method, stream).rates[[99, -1], 0] for method in (AdaGrad(0.1), RMSprop(0.1))]
    assert [late / early for early, late in changes] == pytest.approx([1, 88.9], rel=0.01)


def test_turned_axes_cost_nothing_but_with_a_rate_for_each_coordinate():
    """Erratum E8 (D43): the rates of the page; gradient descent has 0.889 both times."""
    start, turn = np.array([1.0, 1.0]), np.array([[1, -1], [1, 1]]) / 2**0.5
    ends = {}
    for method in (GradientDescent(0.0198), DeltaBarDelta(0.0198, 0.002), AdaGrad(0.5)):
        along = minimize(Bowl(100), method, start, 100).losses[-1]
        turned = minimize(Bowl(100, np.pi / 4), method, turn @ start, 100).losses[-1]
        ends[type(method)] = along, turned
    assert ends[GradientDescent] == pytest.approx((0.889, 0.889), abs=5e-4)
    assert ends[DeltaBarDelta][1] > 1e6 * ends[DeltaBarDelta][0]
    assert ends[AdaGrad][0] < 1e-40 and ends[AdaGrad][1] == pytest.approx(0.132, abs=5e-4)


def steps_needed(surface, method, start):
    """As on the page: steps to a loss below 0.001, 601 if never or if the loss climbs."""
    losses = minimize(surface, method, start, 600, on_divergence="record").losses
    tame = losses.max(axis=0) <= losses[0]
    return np.where((losses < 1e-3).any(axis=0) & tame, (losses < 1e-3).argmax(axis=0), 601)


def test_what_each_hyperparameter_does():
    """The claims of the page about its table."""
    rates = np.geomspace(1e-3, 3, 40)
    lr = {}
    for surface, start in ((Bowl(20), (-1.0, 0.6)), (Beale(), (1.0, 1.5))):
        methods = DeltaBarDelta(rates[:, None], rates[:, None] / 10)
        needed = steps_needed(surface, methods, start)
        descent = steps_needed(surface, GradientDescent(rates[:, None]), start)
        assert needed.min() < descent.min() and 0 < needed.argmin() < 39
        lr[surface.name] = rates[needed.argmin()]

    def ravine(*settings):
        return steps_needed(Bowl(20), DeltaBarDelta(*settings), (-1.0, 0.6))

    def valley(*settings):
        return steps_needed(Beale(), DeltaBarDelta(*settings), (1.0, 1.5))

    r, v = lr["bowl"], lr["Beale"]
    best = ravine(r, r / 10)
    assert ravine(r / 10, r / 10) < 2 * best and ravine(3 * r, r / 10) == 601
    assert ravine(r, 0.0) == steps_needed(Bowl(20), GradientDescent(r), (-1.0, 0.6))
    assert valley(v, v / 10) < 600 and valley(v, v) == valley(v, v / 10, 0.0) == 601
    for beta in (0.0, 0.9):
        assert ravine(r, r / 10, 0.1, beta) <= best + 2
        assert valley(v, v / 10, 0.1, beta) <= 1.2 * valley(v, v / 10)


def test_momentum_wins_in_the_valley():
    rates = np.geomspace(1e-3, 3, 40)[:, None]
    methods = Momentum(rates, gamma=0.9), DeltaBarDelta(rates, rates / 10)
    fast, slow = (steps_needed(Beale(), method, (1.0, 1.5)).min() for method in methods)
    assert fast < slow


@given(arrays(float, (6, 2), elements=numbers))
def test_the_scale_of_the_loss_scales_its_steps_and_not_its_rates(gradients):
    method = DeltaBarDelta(0.1, increase=0.01)
    once, ten_times = follow(method, gradients), follow(method, 10 * gradients)
    np.testing.assert_array_equal(once.rates, ten_times.rates)
    np.testing.assert_allclose(10 * once.points, ten_times.points, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_mini_batches_keep_the_rates_from_growing(seed):
    """On the digits, 60 steps: the median rate grows with all images, and not with 32 of them."""
    net, rng = Perceptron((64, 32, 10)), np.random.default_rng(seed)
    X, y = digits().images.reshape(-1, 64) / 16, digits().labels
    method, start = DeltaBarDelta(0.5, increase=0.05), net.init(np.random.default_rng(seed))
    ends = []
    for size in (len(y), 32):
        theta, state = start, method.init(start)
        for _ in range(60):
            rows = rng.choice(len(y), size, replace=False)
            theta, state = method.step(theta, state, net.gradient(theta, X[rows], y[rows]))
        ends.append(np.median(state.size) / 0.5)
    assert ends[0] > 3 and ends[1] < 1.2


def traveled(method, p):
    return np.abs(np.diff(regress(method, p, 1000), axis=0)).sum(axis=0)


def test_captions_of_the_live_figure():
    """From p = 0.1 to 0.01 about a tenth with gradient descent, about the root with AdaGrad."""
    rare = {p: traveled(GradientDescent(0.003), p)[1] for p in (0.1, 0.01)}
    assert 7 < rare[0.1] / rare[0.01] < 10
    rare = {p: traveled(AdaGrad(0.07), p)[1] for p in (0.1, 0.01)}
    assert 2.5 < rare[0.1] / rare[0.01] < 4
    for p in (0.001, 0.01, 0.1, 1):
        for method in (GradientDescent(0.003), AdaGrad(0.07)):
            assert traveled(method, p)[0] > 0.9
    assert traveled(GradientDescent(0.1), 0.01)[1] < 0.9 < traveled(GradientDescent(0.2), 0.01)[1]


# The questions of the exercise


ADAPTERS = {
    "adaptive_rates.1": """
def weighted_gradient(delta, h, weight):
    return layer_gradient(delta, h)
""",
    "adaptive_rates.3": """
def bounded_rates(gradients, lr, increase, decrease, beta, low, high):
    method, rates = DeltaBarDelta(lr, increase, decrease, beta), []
    state = method.init(gradients[0])
    for gradient in gradients:
        _, state = method.step(gradient, state, gradient)
        rates.append(state.size)
    return np.array(rates)
""",
    "adaptive_rates.4": """
def counted_run(theta0, gradients, lr):
    method = SparsityFactor(lr)
    theta, state = theta0, method.init(theta0)
    for gradient in gradients:
        theta, state = method.step(theta, state, gradient)
    return theta
""",
}
every_seed = pytest.mark.parametrize("seed", SEEDS)


@every_seed
def test_weights_of_one_give_the_chapter_s_gradient(seed):
    ones, unequal, _ = examples(questions.gradient_question, seed)
    for case in ones:
        delta, h, _ = case.arguments
        np.testing.assert_allclose(case.expected, layer_gradient(delta, h), atol=1e-14)
    for case in unequal:
        delta, h, weight = case.arguments
        often = np.rint(100 * weight).astype(int)
        repeated = layer_gradient(np.repeat(delta, often, 0), np.repeat(h, often, 0))
        np.testing.assert_allclose(case.expected, repeated, atol=1e-12)


@every_seed
def test_the_travel_is_that_of_the_chapter_s_delta_bar_delta(seed):
    for cases in examples(questions.travel_question, seed):
        for case in cases:
            g, lr, increase, every, steps = case.arguments
            stream = np.where(np.arange(1, steps + 1) % every == 0, g, 0.0)[:, None]
            points = follow(DeltaBarDelta(lr, increase, 0.5, 0.9), stream).points[:, 0]
            assert case.expected == pytest.approx(abs(points[-1] - points[0]), rel=1e-9)
    assert questions.travel(-2.0, 0.1, 0.05, 3, 10) == pytest.approx(0.9)


@every_seed
def test_bounds_far_away_give_the_chapter_s_rates(seed):
    far, near, *_ = examples(questions.rates_question, seed)
    for case in far:
        gradients, lr, increase, decrease, beta, low, high = case.arguments
        rates = follow(DeltaBarDelta(lr, increase, decrease, beta), gradients).rates
        np.testing.assert_allclose(case.expected, rates, rtol=1e-12)
        assert low < rates.min() <= rates.max() < high
    low_met = [np.any(case.expected == case.arguments[-2]) for case in near]
    high_met = [np.any(case.expected == case.arguments[-1]) for case in near]
    assert any(low_met)
    assert any(high_met)
    for case in near:
        assert np.all((case.arguments[-2] <= case.expected) & (case.expected <= case.arguments[-1]))


def test_a_bounded_rate_by_hand():
    """From 1: up to 1.4, cut off at 1.5, down to 1.2, 0.96, cut off at 0.9 (0.768)."""
    gradients = np.array([1.0, 1, 1, -1, -1, -1])
    rates = questions.bounded_rates(gradients, 1.0, 0.4, 0.2, 0.99, 0.9, 1.5)
    np.testing.assert_allclose(rates, [1, 1.4, 1.5, 1.2, 0.96, 0.9])


@every_seed
def test_a_counted_run_is_gradient_descent_for_each_parameter_alone(seed):
    """With a factor of its own, a parameter does not know of the others."""
    for cases in examples(questions.bug_question, seed):
        for case in cases:
            theta0, gradients, lr = case.arguments
            for place in np.ndindex(theta0.shape):
                stream, theta = gradients[(slice(None), *place)].astype(float), float(theta0[place])
                for t in np.flatnonzero(stream):
                    share = np.count_nonzero(stream[: t + 1]) / (t + 1)
                    theta -= lr / share * stream[t]
                assert case.expected[place] == pytest.approx(theta, rel=1e-4, abs=1e-5)


def test_the_shipped_factor_is_one_number():
    [text] = [c.source for c in cells("adaptive_rates") if "def shipped(" in c.source]
    shipped, wrong = run_anywhere(text)["shipped"], questions.bug_question.mistakes[0]
    assert wrong.name == "shipped"
    for cases in examples(questions.bug_question, PUBLIC):
        for case in cases:
            np.testing.assert_allclose(
                shipped(*case.arguments), wrong.answer(*case.arguments), rtol=1e-5
            )


@every_seed
def test_what_is_left_over_is_that_of_the_chapter_s_methods(seed):
    for cases in examples(questions.turned_question, seed):
        for case in cases:
            condition, angle, scale, start, lr, steps = case.arguments
            turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
            valley = Quadratic(turn @ np.diag([scale, scale * condition]) @ turn.T)
            methods = GradientDescent(lr), DeltaBarDelta(lr, lr / 10, 0.1, 0.7)
            for method, expected in zip(methods, case.expected, strict=True):
                losses = minimize(valley, method, turn @ np.array(start), steps).losses
                assert expected == pytest.approx(losses[-1] / losses[0], rel=1e-8)


@every_seed
def test_only_delta_bar_delta_sees_the_turn(seed):
    for case in examples(questions.turned_question, seed)[1]:
        condition, _, *rest = case.arguments
        along = questions.left_over(condition, 0.0, *rest)
        assert case.expected[0] == pytest.approx(along[0], rel=1e-9)
        assert case.expected[1] != pytest.approx(along[1], rel=0.01)


def test_the_judged_error_is_that_of_runs_with_noise():
    """The closed form of the tuning question against 40,000 runs of the step in its text."""
    rng, value, noise, visits = np.random.default_rng(0), 2.0, 1.5, 9
    for rate in (0.02, 0.05, 0.2):
        w = np.zeros(40_000)
        for _ in range(visits):
            label = value + noise * rng.normal(size=w.size)
            w = w + rate * (label - value * w) * value
        exact = questions._error(rate * value**2, visits, noise / value)
        assert np.mean((w - 1) ** 2) == pytest.approx(exact, rel=0.03)


def test_the_rates_named_in_the_tuning_question_are_the_edges():
    arguments = np.array([20]), np.array([1.0]), 1.0
    judged = [
        questions.tune_question.judge(arguments, np.array([rate])) is None
        for rate in (0.071, 0.072, 0.157, 0.158)
    ]
    assert judged == [False, True, True, False]


def test_no_single_rate_serves_common_and_rare_features():
    for seed in range(20):
        for case in examples(questions.tune_question, seed)[1]:
            for rate in np.geomspace(1e-4, 1.9, 100):
                answer = np.full(len(case.arguments[0]), rate)
                assert questions.tune_question.judge(case.arguments, answer) is not None


def test_practice_by_hand_is_the_chapter_s_delta_bar_delta():
    method = DeltaBarDelta(lr=0.4, increase=0.3, decrease=0.2, beta=0.5)
    x, state = np.ones(1), method.init(np.ones(1))
    for _ in range(3):
        x, state = method.step(x, state, 2 * x)
    assert questions.by_hand.value == pytest.approx(x[0], rel=1e-9)


@every_seed
def test_signs_of_mini_batches_flip_as_often_as_the_formula_says(seed):
    for case in examples(questions.flips_question, seed)[0]:
        z, n = case.arguments
        means = np.random.default_rng(seed).normal(z, 1, (20_000, 2, n)).mean(axis=2)
        assert np.mean(means.prod(axis=1) < 0) == pytest.approx(case.expected, abs=0.015)
