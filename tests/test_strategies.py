"""Order, initialization, normalization, stopping, noise, clipping, decay, workers."""

import itertools
import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from exercises.questions import examples
from exercises.questions import strategies as questions
from lecture_code.adam import Adam
from lecture_code.gradient_descent import GradientDescent
from lecture_code.minibatch import LeastSquares, train
from lecture_code.minimize import follow, minimize
from lecture_code.momentum import Nesterov
from lecture_code.objectives import Bowl, Quadratic, Saddle
from lecture_code.perceptron import Perceptron
from lecture_code.schedules import InverseRoot
from lecture_code.strategies import (
    BatchNorm,
    ClipByNorm,
    ClipByValue,
    EarlyStopping,
    NormalizedPerceptron,
    Stale,
    WeightDecay,
    activation_sizes,
    curriculum,
    gradient_noise,
    initial_weights,
    synchronous_gradient,
)
from tests.proofs import PUBLIC, SEEDS, cells, run_anywhere

gradients = arrays(float, (6, 3), elements=st.floats(-100, 100))


@given(arrays(float, 30, elements=st.floats(0, 9)), st.floats(0, 1), st.integers(0, 99))
def test_a_curriculum_has_every_example_once(difficulty, share, seed):
    order = curriculum(difficulty, share, seed)
    assert sorted(order) == list(range(30))
    if share == 0:
        assert (np.diff(difficulty[order]) >= 0).all()


def test_a_mixture_leaves_the_rest_in_order():
    difficulty = np.arange(1000.0)
    kept = {
        share: np.mean(curriculum(difficulty, share, 0) == np.arange(1000)) for share in (0, 0.3, 1)
    }
    assert kept[0] == 1
    assert kept[0.3] == pytest.approx(0.7, abs=0.02)
    assert kept[1] < 0.02
    rank = np.corrcoef(curriculum(difficulty, 0.3, 0), np.arange(1000))[0, 1]
    assert rank > 0.5


@pytest.mark.parametrize(
    ("variance", "deviation"), [("unit", 1), ("1/n", 1 / 20), ("2/n", 2**0.5 / 20)]
)
def test_weights_have_their_variance(variance, deviation):
    W = initial_weights(0, (300, 400), variance)
    assert W.shape == (300, 400)
    assert W.std() == pytest.approx(deviation, rel=0.01)
    assert abs(W.mean()) < 0.01 * deviation


def test_activations_explode_with_unit_variance_and_not_with_theirs():
    """Erratum E68 (D36): width 256, five linear layers: 16 times in each, 1.05e6 in all."""
    exploded = np.mean([activation_sizes(seed, 256, 5, "unit")[-1] for seed in range(20)])
    assert exploded == pytest.approx(1.05e6, rel=0.05)
    assert activation_sizes(0, 256, 5, "1/n")[-1] == pytest.approx(1, abs=0.1)
    he = np.mean([activation_sizes(seed, 256, 5, "2/n", relu=True)[-1] for seed in range(20)])
    assert he == pytest.approx(1.0, abs=0.1)
    assert activation_sizes(0, 256, 5, "1/n", relu=True)[-1] < 0.25


def batch(seed=0, rows=8, features=3):
    rng = np.random.default_rng(seed)
    return (
        rng.normal(3, 2, (rows, features)),
        rng.normal(size=features),
        rng.normal(size=features),
        rng.normal(size=(rows, features)),
    )


def test_batch_normalization_gives_mean_zero_and_variance_one():
    x, _, _, _ = batch(rows=64)
    norm = BatchNorm(epsilon=1e-12)
    y, _, _ = norm.forward(x, np.ones(3), np.zeros(3), norm.init(3))
    np.testing.assert_allclose(y.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(y.var(axis=0), 1, rtol=1e-9)


def test_batch_normalization_backward_is_the_derivative():
    """Also through the mean and the variance, which a shortcut would lose."""
    x, scale, shift, weights = batch()
    norm = BatchNorm()

    def loss(x, scale, shift):
        return (weights * norm.forward(x, scale, shift, norm.init(3))[0]).sum()

    cache = norm.forward(x, scale, shift, norm.init(3))[2]
    found = norm.backward(weights, scale, cache)
    for place, values in enumerate((x, scale, shift)):
        expected = np.zeros_like(values)
        for index in np.ndindex(values.shape):
            nudge = np.zeros_like(values)
            nudge[index] = 1e-6
            up = [v + nudge if i == place else v for i, v in enumerate((x, scale, shift))]
            down = [v - nudge if i == place else v for i, v in enumerate((x, scale, shift))]
            expected[index] = (loss(*up) - loss(*down)) / 2e-6
        np.testing.assert_allclose(found[place], expected, atol=1e-6)
    shortcut = weights * scale * cache.inverse
    assert np.abs(shortcut - found[0]).max() > 0.01


def test_running_statistics_serve_in_evaluation():
    norm, rng = BatchNorm(keep=0.9), np.random.default_rng(0)
    state = norm.init(1)
    for _ in range(300):
        _, state, _ = norm.forward(rng.normal(5, 3, (64, 1)), np.ones(1), np.zeros(1), state)
    assert state.mean[0] == pytest.approx(5, abs=0.3)
    assert state.variance[0] == pytest.approx(9, rel=0.1)
    one = norm.evaluate(np.array([[5.0], [8.0]]), np.ones(1), np.zeros(1), state)
    np.testing.assert_allclose(one[:, 0], [0, 1], atol=0.15)
    alone = norm.evaluate(np.array([[8.0]]), np.ones(1), np.zeros(1), state)
    assert alone[0, 0] == one[1, 0]


def test_running_statistics_by_hand():
    """x = 1, 3: mean 2, variance 1, unbiased 2; with keep 3/4: 0 + 2/4 and 3/4 + 2/4."""
    norm = BatchNorm(keep=0.75)
    x = np.array([[1.0], [3.0]])
    _, state, _ = norm.forward(x, np.ones(1), np.zeros(1), norm.init(1))
    assert (state.mean[0], state.variance[0]) == (0.5, 1.25)


def test_early_stopping_waits_and_returns_a_copy_of_the_best():
    """Losses 3, 2, 2.5, 1.9, 1.95, 1.89, 2, with 0.05 as the least improvement and patience 3."""
    rule, theta = EarlyStopping(patience=3, min_delta=0.05), np.zeros(1)
    state, stopped = rule.init(), []
    for epoch, loss in enumerate((3, 2, 2.5, 1.9, 1.95, 1.89, 2), start=1):
        theta[:] = epoch
        state = rule.update(state, loss, theta)
        stopped.append(rule.stops(state))
    assert stopped == [False] * 6 + [True]
    assert state.best == 1.9 and state.theta.tolist() == [4]


def test_a_loss_that_is_nan_is_no_improvement():
    rule = EarlyStopping(patience=1)
    assert rule.stops(rule.update(rule.init(), np.nan, np.zeros(1)))


@pytest.mark.parametrize(
    ("eta", "deviations"),
    [(0.3, (0.5477, 0.154, 0.0435 * 0.8)), (0.001, (0.0316, 0.0089, 0.0025))],
)
def test_noise_fades_as_a_variance(eta, deviations):
    """Erratum E69 (D37): at t = 0, 100, 10000; eta is a variance and no learning rate."""
    for t, deviation in zip((0, 100), deviations, strict=False):
        noise = gradient_noise(np.zeros(200_000), t, np.random.default_rng(0), eta)
        assert noise.std() == pytest.approx(deviation, rel=0.01)
    late = gradient_noise(np.zeros(200_000), 10_000, np.random.default_rng(0), eta).std()
    assert late == pytest.approx((eta / 10_001**0.55) ** 0.5, rel=0.01)


@given(gradients, st.floats(0.1, 10))
def test_clipping_by_norm_keeps_the_direction_and_bounds_the_length(stream, limit):
    moves = -np.diff(follow(ClipByNorm(GradientDescent(1.0), limit), stream).points, axis=0)
    lengths = np.linalg.norm(stream, axis=1)
    assert (np.linalg.norm(moves, axis=1) <= limit * (1 + 1e-9)).all()
    for move, gradient, length in zip(moves, stream, lengths, strict=True):
        np.testing.assert_allclose(move * max(length, limit), gradient * limit, atol=1e-9)


@given(gradients, st.floats(0.1, 10))
def test_clipping_by_value_bounds_each_component(stream, limit):
    moves = -np.diff(follow(ClipByValue(GradientDescent(1.0), limit), stream).points, axis=0)
    np.testing.assert_allclose(moves, np.clip(stream, -limit, limit), atol=1e-9)


def test_each_run_of_a_grid_is_clipped_by_itself():
    method = ClipByNorm(GradientDescent(1.0), 1.0)
    moved, _ = method.step(
        np.zeros((2, 2)), method.init(np.zeros((2, 2))), np.array([[3.0, 4], [0.3, 0.4]])
    )
    np.testing.assert_allclose(moved, [[-0.6, -0.8], [-0.3, -0.4]])


def test_decoupled_decay_is_not_a_penalty():
    """With gradients of 0 it shrinks weights by eta lambda; an L2 penalty under Adam by eta."""
    decoupled = follow(WeightDecay(Adam(0.1), 0.01), np.zeros((3, 1)), np.array([2.0])).points
    np.testing.assert_allclose(decoupled[:, 0], 2 * 0.999 ** np.arange(4))
    theta, state = np.array([2.0]), Adam(0.1).init(np.zeros(1))
    theta, _ = Adam(0.1).step(theta, state, 0.01 * theta)
    assert theta[0] == pytest.approx(1.9, abs=1e-6)


def test_for_gradient_descent_decay_is_the_penalty():
    decay = minimize(Bowl(1), WeightDecay(GradientDescent(0.1), 0.5), (1.0, 0.0), 20).points
    penalty = minimize(Quadratic([[1.5]]), GradientDescent(0.1), np.array([1.0]), 20).points
    np.testing.assert_allclose(decay[:, 0], penalty[:, 0], rtol=1e-12)


def test_decay_follows_the_schedule():
    points = follow(
        WeightDecay(GradientDescent(InverseRoot(0.4)), 0.5), np.zeros((4, 1)), np.ones(1)
    ).points[:, 0]
    np.testing.assert_allclose(points[1:] / points[:-1], 1 - 0.2 / np.sqrt([1, 2, 3, 4]))


@pytest.mark.parametrize("sizes", [(4, 4, 4), (1, 5, 6), (12,)])
def test_workers_together_have_the_gradient_of_the_big_batch(sizes):
    rng = np.random.default_rng(0)
    X, y, theta = rng.normal(size=(12, 3)), rng.normal(size=12), rng.normal(size=3)
    ends = np.cumsum(sizes)[:-1]
    shards = list(zip(np.split(X, ends), np.split(y, ends), strict=True))
    model = LeastSquares(3)
    found = synchronous_gradient(model, theta, shards)
    np.testing.assert_allclose(found, model.gradient(theta, X, y), rtol=1e-12)


def test_gradients_arrive_late_and_in_order():
    stream = np.arange(1.0, 7.0)[:, None]
    points = follow(Stale(GradientDescent(1.0), delay=2), stream).points[:, 0]
    assert (-np.diff(points)).tolist() == [0, 0, 1, 2, 3, 4]
    np.testing.assert_array_equal(
        follow(Stale(Nesterov(0.1), delay=0), stream).points, follow(Nesterov(0.1), stream).points
    )


@pytest.mark.parametrize(("delay", "limit"), [(0, 2.0), (1, 1.0), (2, 0.618)])
def test_staleness_lowers_the_largest_stable_rate(delay, limit):
    """x^2/2: 2 sin(pi / (2 (2 k + 1))) for a delay of k steps: 2, 1, 0.618."""
    assert 2 * np.sin(np.pi / (2 * (2 * delay + 1))) == pytest.approx(limit, abs=1e-3)
    for share, stable in ((0.97, True), (1.03, False)):
        method = Stale(GradientDescent(share * limit), delay)
        end = minimize(Quadratic([[1.0]]), method, np.array([1.0]), 1000).points[-1, 0]
        assert (abs(end) < 1) == stable


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: curriculum(np.ones(3), 1.5, 0), "share = 1.5: pass a fraction"),
        (lambda: initial_weights(0, (2, 2), "3/n"), "variance = '3/n' is not known: pass one of"),
        (lambda: BatchNorm(keep=1), "keep = 1: must be at least 0 and below 1"),
        (lambda: BatchNorm(epsilon=0), "epsilon = 0: must be positive"),
        (lambda: EarlyStopping(patience=0), "patience = 0: pass at least 1"),
        (lambda: EarlyStopping(min_delta=-1), "min_delta = -1"),
        (lambda: gradient_noise(np.zeros(2), -1, np.random.default_rng(0)), "t = -1"),
        (lambda: ClipByNorm(GradientDescent(), 0), "limit = 0: must be positive"),
        (lambda: ClipByValue(GradientDescent(), -1), "limit = -1: must be positive"),
        (lambda: WeightDecay(GradientDescent(), -1), "decay = -1"),
        (lambda: Stale(GradientDescent(), -1), "delay = -1: pass a whole number"),
        (lambda: synchronous_gradient(LeastSquares(1), np.zeros(1), []), "no shards"),
        (
            lambda: BatchNorm().forward(np.ones((1, 2)), 1, 0, BatchNorm().init(2)),
            "a batch of 1 row has no variance",
        ),
    ],
)
def test_bad_arguments_are_refused_in_one_line(make, message):
    with pytest.raises(ValueError, match=message) as caught:
        make()
    assert "\n" not in str(caught.value)


SHOWN = [
    initial_weights,
    BatchNorm,
    curriculum,
    EarlyStopping,
    gradient_noise,
    synchronous_gradient,
    Stale,
]
EQUATIONS = {
    r"\operatorname{Var} W_{jk} = c / n": lambda c, n: c / n,
    r"\hat x = (x - \mu) / \sqrt{\sigma^2 + \epsilon}, \quad y = \gamma \hat x + \beta": (
        lambda x, mean, variance, epsilon, scale, shift: (
            (x_hat := (x - mean) / math.sqrt(variance + epsilon)),
            scale * x_hat + shift,
        )
    ),
    r"""\delta_x = \frac{\gamma}{\sqrt{\sigma^2 + \epsilon}} \odot
    (\delta_y - \operatorname{mean}(\delta_y)
    - \hat x \odot \operatorname{mean}(\hat x \odot \delta_y))""": (
        lambda scale, variance, epsilon, dy, mean_dy, x_hat, mean_product: (
            scale / math.sqrt(variance + epsilon) * (dy - mean_dy - x_hat * mean_product)
        )
    ),
    r"d_{\pi_0} \le d_{\pi_1} \le \dots \le d_{\pi_{N-1}}": (
        lambda d, order: all(d[a] <= d[b] for a, b in pairwise(order))
    ),
    r"V_j < V^\star - \Delta_{\min}": lambda loss, best, least: loss < best - least,
    r"g \leftarrow g + \mathcal N(0, \sigma_k^2), \quad \sigma_k^2 = \eta_\sigma / (1 + k)^a": (
        lambda g, normal, eta, k, a: g + math.sqrt(eta / (1 + k) ** a) * normal
    ),
    r"g_t = \frac1n \sum_w n_w g_{t,w}": (
        lambda n, rows, of_worker: sum(n_w * g for n_w, g in zip(rows, of_worker, strict=True)) / n
    ),
    r"g_t = \nabla \mathcal L(\theta_{t-1-\tau})": (
        lambda slope, theta, t, delay: slope(theta[t - 1 - delay])
    ),
}
vary, forward, backward, in_order, improves, add_noise, together, late = EQUATIONS.values()


@pytest.mark.parametrize(("name", "c"), [("1/n", 1), ("2/n", 2)])
def test_variance_of_the_page(name, c):
    W = initial_weights(3, (400, 150), name)
    assert W.var() == pytest.approx(vary(c, 150), rel=0.02)


@settings(deadline=None)
@given(
    arrays(float, (5, 2), elements=st.floats(-10, 10)),
    arrays(float, (5, 2), elements=st.floats(-10, 10)),
    st.floats(-3, 3),
    st.floats(-3, 3),
)
def test_batch_normalization_in_plain_python(x, dy, scale, shift):
    norm = BatchNorm(epsilon=0.01)
    scales, shifts = np.full(2, scale), np.full(2, shift)
    y, _, cache = norm.forward(x, scales, shifts, norm.init(2))
    dx, _, _ = norm.backward(dy, scales, cache)
    for j in range(2):
        column, slopes = x[:, j].tolist(), dy[:, j].tolist()
        mean = sum(column) / 5
        variance = sum((value - mean) ** 2 for value in column) / 5
        pairs = [forward(value, mean, variance, 0.01, scale, shift) for value in column]
        mean_dy = sum(slopes) / 5
        product = sum(x_hat * slope for (x_hat, _), slope in zip(pairs, slopes, strict=True)) / 5
        for i, (x_hat, by_hand) in enumerate(pairs):
            assert y[i, j] == pytest.approx(by_hand, rel=1e-9, abs=1e-9)
            found = backward(scale, variance, 0.01, slopes[i], mean_dy, x_hat, product)
            assert dx[i, j] == pytest.approx(found, rel=1e-9, abs=1e-8)


def test_backward_has_no_part_along_shifts_and_stretches():
    x, scale, _, dy = batch()
    norm = BatchNorm(epsilon=1e-12)
    cache = norm.forward(x, scale, scale, norm.init(3))[2]
    dx, _, _ = norm.backward(dy, scale, cache)
    np.testing.assert_allclose(dx.sum(axis=0), 0, atol=1e-10)
    np.testing.assert_allclose((dx * cache.normalized).sum(axis=0), 0, atol=1e-10)


def test_of_two_rows_no_input_has_a_derivative():
    norm = BatchNorm()
    cache = norm.forward(np.array([[1.0], [3.0]]), np.ones(1), np.zeros(1), norm.init(1))[2]
    dx, _, _ = norm.backward(np.array([[1.0], [0.0]]), np.ones(1), cache)
    assert abs(dx).max() < 1e-5


@given(arrays(float, 12, elements=st.floats(0, 9)))
def test_the_sorted_order_of_the_page(difficulty):
    d = difficulty.tolist()
    assert in_order(d, curriculum(difficulty, 0, 0).tolist())
    assume(len(set(d)) > 6)
    assert not in_order(d, curriculum(-difficulty, 0, 0).tolist())


@given(st.lists(st.floats(0, 5), min_size=1, max_size=30), st.integers(1, 5), st.floats(0, 1))
def test_early_stopping_in_plain_python(losses, patience, least):
    rule = EarlyStopping(patience, least)
    state, best, kept, waited = rule.init(), math.inf, None, 0
    for j, V in enumerate(losses):
        state = rule.update(state, V, np.array([j]))
        if improves(V, best, least):
            best, kept, waited = V, j, 0
        else:
            waited += 1
        assert (state.best, int(state.theta[0])) == (best, kept)
        assert rule.stops(state) == (waited >= patience)


@given(st.integers(0, 10_000), st.floats(0, 2), st.floats(0, 2), st.floats(-9, 9))
def test_noise_in_plain_python(k, eta, a, g):
    normal = float(np.random.default_rng(5).normal())
    found = gradient_noise(np.array([g]), k, np.random.default_rng(5), eta, a)[0]
    assert found == pytest.approx(add_noise(g, normal, eta, k, a), rel=1e-9, abs=1e-12)


@given(arrays(float, (7, 2), elements=st.floats(-9, 9)), st.integers(1, 6))
def test_workers_in_plain_python(X, cut):
    y, theta, model = X[:, 0], np.array([0.5, -1.0]), LeastSquares(2)
    shards = [(X[:cut], y[:cut]), (X[cut:], y[cut:])]
    of_worker = [model.gradient(theta, *part) for part in shards]
    by_hand = [together(7, (cut, 7 - cut), component) for component in zip(*of_worker, strict=True)]
    found = synchronous_gradient(model, theta, shards)
    np.testing.assert_allclose(found, by_hand, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(found, model.gradient(theta, X, y), rtol=1e-9, atol=1e-9)


@given(st.integers(0, 4), st.floats(0.01, 0.2))
def test_stale_descent_in_plain_python(delay, lr):
    found = minimize(Bowl(1), Stale(GradientDescent(lr), delay), (1.0, 0.0), 12).points[:, 0]
    theta = [1.0]
    for t in range(1, 13):
        g = late(lambda x: x, theta, t, delay) if t > delay else 0.0
        theta.append(theta[-1] - lr * g)
    np.testing.assert_allclose(found, theta, rtol=1e-12)


# A network with batch normalization


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_the_gradient_of_a_normalized_network_is_the_derivative(activation):
    net, rng = NormalizedPerceptron((5, 4, 3, 3), activation), np.random.default_rng(0)
    theta = net.init(0) + 0.1 * rng.normal(size=net.size)
    X, y = rng.normal(size=(6, 5)), rng.integers(0, 3, 6)
    expected = [
        (net.loss(theta + 1e-6 * e, X, y) - net.loss(theta - 1e-6 * e, X, y)) / 2e-6
        for e in np.eye(net.size)
    ]
    np.testing.assert_allclose(net.gradient(theta, X, y), expected, atol=1e-7)


def normalized_example():
    net, rng = NormalizedPerceptron((6, 8, 5, 3), "relu", BatchNorm(epsilon=1e-14)), 4
    rng = np.random.default_rng(rng)
    return net, net.init(rng), rng.normal(size=(40, 6)), rng.integers(0, 3, 40)


def test_only_the_direction_of_normalized_weights_counts():
    """L(cw) = L(w), its gradient by w is 1/c as long and at a right angle to w."""
    net, theta, X, y = normalized_example()
    gradient = net.gradient(theta, X, y)
    for layer in (0, 1):
        longer = theta.copy()
        net.unpack(longer)[layer].W[2] *= 5
        assert net.loss(longer, X, y) == pytest.approx(net.loss(theta, X, y), rel=1e-9)
        of_unit = [net.unpack(v)[layer].W[2] for v in (theta, gradient)]
        shorter = net.unpack(net.gradient(longer, X, y))[layer].W[2]
        np.testing.assert_allclose(5 * shorter, of_unit[1], rtol=1e-6, atol=1e-12)
        assert abs(of_unit[0] @ of_unit[1]) < 1e-9
        length = np.linalg.norm(of_unit[0] - 0.3 * of_unit[1]) ** 2
        grown = of_unit[0] @ of_unit[0] + 0.09 * of_unit[1] @ of_unit[1]
        assert length == pytest.approx(grown, rel=1e-9)


def test_in_evaluation_each_row_is_by_itself():
    net, theta, X, y = normalized_example()
    known = net.statistics(theta, X)
    together = net.forward(theta, X, known)[1]
    alone = np.concatenate([net.forward(theta, X[i : i + 1], known)[1] for i in range(40)])
    np.testing.assert_allclose(alone, together, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(net.forward(theta, X)[1], together, rtol=1e-8, atol=1e-10)
    assert np.abs(net.forward(theta, X[:2])[1] - together[:2]).max() > 0.1
    with pytest.raises(ValueError, match="a batch of 1 row"):
        net.loss(theta, X[:1], y[:1])


# What the page says


def test_ten_layers_are_off_by_what_the_laws_say():
    """2/n in linear layers: 2^5; 1/n in ReLU layers: 2^-5."""
    off = [activation_sizes(seed, 256, 10, "2/n")[-1] for seed in range(10)]
    assert np.mean(off) == pytest.approx(32, rel=0.1)
    off = [activation_sizes(seed, 256, 10, "1/n", relu=True)[-1] for seed in range(10)]
    assert np.mean(off) == pytest.approx(1 / 32, rel=0.2)


def sizes(width, variance, relu, normalize):
    """As in the live figure."""
    rng, norm = np.random.default_rng(width), BatchNorm()
    matrices, h = rng.normal(size=(10, width, width)), rng.normal(size=(64, width))
    for W in matrices:
        h = variance**0.5 * (h @ W.T)
        if normalize:
            h = norm.forward(h, np.ones(width), np.zeros(width), norm.init(width))[0]
        h = np.maximum(h, 0) if relu else h
        yield np.sqrt(np.mean(h * h))


def test_the_caption_of_the_live_figure():
    *_, last = sizes(256, 1.0, False, False)
    assert last**0.1 == pytest.approx(16, rel=0.02)
    *_, last = sizes(256, 1 / 256, False, False)
    assert last == pytest.approx(1, rel=0.15)
    *_, last = sizes(256, 1 / 256, True, False)
    assert last**0.1 == pytest.approx(0.7, abs=0.03)
    *_, last = sizes(256, 2 / 256, True, False)
    assert last == pytest.approx(1, rel=0.3)


@pytest.mark.parametrize("width", [16, 24, 32, 48, 64, 96, 128, 160, 192, 256])
@pytest.mark.parametrize(("relu", "size"), [(False, 1), (True, 0.7)])
def test_with_batch_normalization_the_live_figure_is_level(width, relu, size):
    for variance in (2.0**-10, 2.0**-5, 1.0):
        for found in sizes(width, variance, relu, True):
            assert found == pytest.approx(size, abs=0.08)


def test_easy_sines_have_one_valley():
    theta, found = np.linspace(1, 5, 401), {}
    for top in (1, 10):
        x = np.random.default_rng(1).uniform(0, 10, 200)
        x = x[x < top][:, None]
        loss = np.mean((np.sin(x * theta) - np.sin(3 * x)) ** 2, axis=0)
        fall = np.diff(loss)
        found[top] = np.sum((fall[:-1] < 0) & (fall[1:] >= 0))
    assert found[1] == 1
    assert found[10] > 4


def test_zeros_do_not_start_and_noise_or_small_weights_start_them():
    net, rng = Perceptron((4, 6, 6, 3)), np.random.default_rng(0)
    X = rng.normal(size=(60, 4))
    y = np.argmax(X[:, :3], axis=1)
    losses = {}
    for name, start, eta in (("zeros", 0, 0), ("noise", 0, 0.01), ("weights", 0.1, 0)):
        theta, noise = start * rng.normal(size=net.size), np.random.default_rng(1)
        for k in range(600):
            g = net.gradient(theta, X, y)
            theta = theta - 0.5 * (gradient_noise(g, k, noise, eta) if eta else g)
        losses[name] = net.loss(theta, X, y)
    assert losses["zeros"] > 1
    assert losses["noise"] < 0.5 and losses["weights"] < 0.5


def test_noise_leaves_the_saddle_and_descent_does_not():
    for eta, leaves in ((0, False), (0.01, True)):
        theta, rng = np.tile((1.0, 0.0), (50, 1)), np.random.default_rng(0)
        for k in range(200):
            theta = theta - 0.05 * gradient_noise(Saddle().gradient(theta), k, rng, eta)
        assert (np.abs(theta[:, 1]) > 1).all() == leaves


def test_late_workers_gain_nothing_without_noise():
    """Steps to 0.001 on the ravine, the best of forty rates, divided by the workers."""
    lrs, per_worker = np.geomspace(1e-3, 0.2, 40)[:, None], []
    for delay in (0, 1, 2, 4):
        method, starts = Stale(GradientDescent(lrs), delay), np.tile((-1.0, 0.6), (40, 1))
        losses = minimize(Bowl(20), method, starts, 400, "record").losses
        below = np.nan_to_num(losses, nan=np.inf) < 1e-3
        stays = np.logical_and.accumulate(below[::-1])[::-1]
        needed = np.where(stays.any(axis=0), stays.argmax(axis=0), 999).min()
        per_worker.append(needed / (delay + 1))
    assert per_worker[0] == min(per_worker)
    assert max(per_worker) < 1.4 * min(per_worker)


def test_one_small_o_does_not_hold_for_all_convex_losses():
    """Erratum E47: on Nesterov's hardest quadratics T^2 times the loss left goes up, not to 0."""
    scaled = []
    for steps in (10, 40, 160):
        d = 2 * steps + 1
        A = (2 * np.eye(d) - np.eye(d, k=1) - np.eye(d, k=-1)) / 4
        f = Quadratic(A, np.eye(d)[0] / 4)
        np.testing.assert_allclose(f.minimum, 1 - np.arange(1, d + 1) / (d + 1))
        x = ahead = np.zeros(d)
        for t in range(1, steps + 1):
            new = ahead - f.gradient(ahead)
            x, ahead = new, new + (t - 1) / (t + 2) * (new - x)
        gap = f.value(x) - f.value(f.minimum)
        scaled.append(steps**2 * gap / (f.minimum @ f.minimum))
    assert 3 / 32 * (10 / 11) ** 2 < scaled[0] < scaled[1] < scaled[2] < 2


def test_depth_needs_the_right_variance():
    """A smaller stack than the page's: unit variance does not train with any of its rates."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 16))
    y, net = np.argmax(X[:, :3], axis=1), Perceptron((16, *8 * (16,), 3), "relu")
    best = {}
    for variance in ("unit", "2/n"):
        theta, draw = np.zeros(net.size), np.random.default_rng(1)
        for W, _ in net.unpack(theta):
            W[:] = initial_weights(draw, W.shape, variance)
        runs = [train(net, X, y, Adam(lr), 0, theta, 10).losses[-1] for lr in (1e-3, 1e-2, 1e-1)]
        best[variance] = min(runs)
    assert best["2/n"] < 0.6 < 0.9 < best["unit"]


# The questions of the exercise


ADAPTERS = {
    "strategies.1": """
def weighted_norm(x, weights, scale, shift, epsilon, dy):
    norm = BatchNorm(epsilon=epsilon)
    y, _, cache = norm.forward(x, scale, shift, norm.init(x.shape[1]))
    return y if dy is None else norm.backward(dy, scale, cache)[0]
""",
    "strategies.2": """
def stopped(losses, thetas, patience, min_delta):
    rule = EarlyStopping(patience=patience, min_delta=min_delta)
    state = rule.init()
    for epoch, loss in enumerate(losses, start=1):
        state = rule.update(state, loss, thetas[epoch - 1])
        if rule.stops(state):
            break
    return epoch, state.theta
""",
    "strategies.4": """
class Drawn:
    def __init__(self, draws):
        self.draws = draws

    def normal(self, mean, deviation, shape):
        return mean + deviation * self.draws


def noisy_run(theta0, gradients, draws, lr, eta, gamma):
    for t in range(len(gradients)):
        noisy = gradient_noise(gradients[t], t, Drawn(draws[t]), eta, gamma)
        theta0 = theta0 - lr * noisy.mean(axis=0)
    return theta0
""",
}
every_seed = pytest.mark.parametrize("seed", SEEDS)


def cases_of(question, seed):
    return [case for cases in examples(question, seed) for case in cases]


@every_seed
def test_whole_weights_are_rows_that_occur_several_times(seed):
    """y of the chapter's layer, for a batch in which row k stands as often as its weight says."""
    rng = np.random.default_rng(seed)
    x, times = rng.normal(2, 3, (6, 3)), rng.integers(1, 4, 6)
    scale, shift = rng.normal(size=(2, 3))
    norm = BatchNorm(epsilon=0.3)
    y, _, _ = norm.forward(np.repeat(x, times, axis=0), scale, shift, norm.init(3))
    first = np.r_[0, np.cumsum(times)[:-1]]
    found = questions.weighted_norm(x, 1.0 * times, scale, shift, 0.3, None)
    np.testing.assert_allclose(found, y[first], rtol=1e-10)


@every_seed
def test_a_weighted_derivative_is_that_of_differences(seed):
    """Also where weights are zero and the loss depends on all rows."""
    for case in cases_of(questions.norm_question, seed):
        x, weights, scale, shift, epsilon, dy = case.arguments
        if dy is None or x.dtype == np.float32:
            continue

        def loss(x, rest=(weights, scale, shift, epsilon), dy=dy):
            return (dy * questions.weighted_norm(x, *rest, None)).sum()

        numeric = np.zeros_like(x)
        step = 1e-5 * np.ptp(x)
        for index in np.ndindex(x.shape):
            nudge = np.zeros_like(x)
            nudge[index] = step
            numeric[index] = (loss(x + nudge) - loss(x - nudge)) / (2 * step)
        np.testing.assert_allclose(case.expected, numeric, rtol=1e-5, atol=1e-6)


@every_seed
def test_equal_weights_are_the_chapter_s_layer(seed):
    for case in examples(questions.norm_question, seed)[1]:
        x, _, scale, shift, epsilon, dy = case.arguments
        norm = BatchNorm(epsilon=epsilon)
        cache = norm.forward(x, scale, shift, norm.init(x.shape[1]))[2]
        np.testing.assert_allclose(case.expected, norm.backward(dy, scale, cache)[0], atol=1e-9)


def test_stopping_by_hand():
    """Improvements of 0.4, 0.4 and 0.3 with 0.5 as the least one, then none, and a patience of 3.

    The epochs 1, 3 and no other count (2.0 - 1.2 > 0.5); epoch 5 has the lowest loss, and the run
    ends after epoch 6. The loss of epoch 7 is never seen.
    """
    losses = np.array([2.0, 1.6, 1.2, np.nan, 0.9, 1.0, 0.1])
    epochs, theta = questions.stopped(losses, np.arange(1.0, 8), 3, 0.5)
    assert (epochs, theta) == (6, 5.0)
    assert questions.stopped(losses, np.arange(1.0, 8), 4, 0.5) == (7, 7.0)


@every_seed
def test_stopping_is_the_chapter_s_up_to_the_parameters_that_are_kept(seed):
    never, any_improvement, enough = examples(questions.stopping_question, seed)
    for case in (*never, *any_improvement, *enough):
        losses, thetas, patience, min_delta = case.arguments
        rule = EarlyStopping(patience, min_delta)
        state, epochs = rule.init(), 0
        while epochs < len(losses) and not rule.stops(state):
            state = rule.update(state, losses[epochs], thetas[epochs])
            epochs += 1
        run, theta = case.expected
        assert run == epochs
        np.testing.assert_array_equal(theta, thetas[np.nanargmin(losses[:run])])
        if min_delta == 0:
            np.testing.assert_array_equal(theta, state.theta)
    assert all(c.expected[0] == len(c.arguments[0]) for c in never)
    assert sum(c.expected[0] < len(c.arguments[0]) for c in enough) >= 3


def test_sizes_are_those_of_random_networks():
    """The mean over 400 networks of their own weights, within 2 percent; the text's example."""
    rng = np.random.default_rng(0)
    widths, limits = np.array([30, 200, 60, 100]), np.array([0.4, 0.1, 0.25])
    for slope in (1.0, 0.0, 0.3):
        h = np.full((400, 30), 1.5) * rng.choice([-1, 1], (400, 30))
        for inputs, outputs, limit in zip(widths, widths[1:], limits, strict=False):
            W = rng.uniform(-limit, limit, (400, outputs, inputs))
            a = np.einsum("noi,ni->no", W, h)
            h = np.where(a > 0, a, slope * a)
        found = questions.size_after(1.5, widths, limits, slope)
        assert np.sqrt(np.mean(h * h)) == pytest.approx(found, rel=0.02)
    for slope, expected in ((1.0, 1.633), (0.0, 0.816), (0.5, 1.021)):
        found = questions.size_after(2.0, np.array([6, 4, 50]), np.array([1.0, 0.5]), slope)
        assert found == pytest.approx(expected, abs=5e-4)


@pytest.mark.parametrize(("slope", "variance"), [(1.0, "1/n"), (0.0, "2/n")])
def test_the_chapter_s_variances_keep_the_size(slope, variance):
    widths = np.array([256] * 6)
    gain = {"1/n": 3, "2/n": 6}[variance]
    limits = np.sqrt(gain / widths[:-1])
    assert questions.size_after(1.0, widths, limits, slope) == pytest.approx(1)
    sizes = activation_sizes(0, 256, 5, variance, relu=slope == 0)
    assert sizes[-1] == pytest.approx(1, abs=0.25)


@every_seed
def test_one_worker_has_the_chapter_s_noise(seed):
    names = run_anywhere(ADAPTERS["strategies.4"])
    for case in examples(questions.noise_question, seed)[0]:
        theta, gradients, draws, lr, eta, gamma = case.arguments
        for t in range(len(gradients)):
            drawn = names["Drawn"](draws[t, 0])
            theta = theta - lr * gradient_noise(gradients[t, 0], t, drawn, eta, gamma)
        np.testing.assert_allclose(case.expected, theta, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("workers", [1, 3, 10])
def test_the_mean_of_all_workers_has_the_variance_of_the_chapter(workers):
    """Erratum E69: a variance of eta / (1 + t)^gamma in step t, however many workers there are."""
    draws = np.random.default_rng(0).normal(size=(3, workers, 40_000))
    ends = [
        questions.noisy_run(np.zeros(40_000), 0 * draws[:T], draws[:T], 1.0, 0.3, 0.8)
        for T in (1, 2, 3)
    ]
    variances = np.diff([0, *(np.var(end) for end in ends)])
    np.testing.assert_allclose(variances, 0.3 / np.arange(1, 4) ** 0.8, rtol=0.03)


def test_the_shipped_noise_is_the_first_mistake():
    [text] = [c.source for c in cells("strategies") if "def shipped(" in c.source]
    shipped, wrong = run_anywhere(text)["shipped"], questions.noise_question.mistakes[0]
    assert wrong.name == "eta-as-deviation"
    for case in cases_of(questions.noise_question, PUBLIC):
        np.testing.assert_allclose(
            shipped(*case.arguments), wrong.answer(*case.arguments), rtol=1e-4, atol=1e-5
        )


@every_seed
def test_no_order_ends_further_out(seed):
    """All orders of the six labels; exchanges of two labels in the longer epochs."""
    for case in examples(questions.order_question, seed)[0]:
        labels, lr, goal, _ = case.arguments
        sign, N = (1 if goal == "highest" else -1), len(labels)
        end = questions.end_of_epoch(labels, lr, case.expected)
        if N <= 6:
            others = list(itertools.permutations(range(N)))
        else:
            rng = np.random.default_rng(seed)
            others = [case.expected.copy() for _ in range(50)]
            for other in others:
                i, j = rng.choice(N, 2, replace=False)
                other[[i, j]] = other[[j, i]]
        ends = [questions.end_of_epoch(labels, lr, other) for other in others]
        assert max(sign * np.array(ends)) <= sign * end + 1e-9


@every_seed
def test_an_epoch_is_gradient_descent_on_one_example_at_a_time(seed):
    """The package's least squares, whose loss is the question's where x = 1, and its judge."""
    question, model = questions.order_question, LeastSquares(1)
    for case in cases_of(question, seed):
        labels, lr, goal, within = case.arguments
        theta = np.zeros(1)
        for row in case.expected:
            theta = theta - lr * model.gradient(theta, np.ones((1, 1)), labels[[row]])
        end = questions.end_of_epoch(labels, lr, case.expected)
        assert end == pytest.approx(theta[0], rel=1e-9)
        if goal == "mean":
            assert abs(end - np.mean(labels)) <= within
        for other in (case.expected[1:], np.r_[case.expected[:1], case.expected[:-1]]):
            assert "every row number" in question.judge(case.arguments, other)


def test_single_shuffles_do_not_end_at_the_mean():
    question, rng = questions.order_question, np.random.default_rng(0)
    passed = 0
    for seed in range(20):
        for case in examples(question, seed)[2]:
            order = rng.permutation(len(case.arguments[0]))
            passed += question.judge(case.arguments, order) is None
    assert passed <= 3


def late_run(rate, curvatures, delay, steps):
    """The chapter's Stale around gradient descent, from 1 in every coordinate."""
    start = np.ones(len(curvatures))
    return minimize(
        Quadratic(np.diag(curvatures)), Stale(GradientDescent(rate), delay), start, steps
    )


@every_seed
def test_late_rates_arrive_with_the_chapter_s_stale_gradients(seed):
    for case in cases_of(questions.rate_question, seed):
        curvatures, delay, steps = case.arguments
        points = late_run(case.expected, curvatures, delay, steps + 40).points
        assert np.all(np.abs(points[steps:]) <= questions.NEAR)
        assert questions.rate_question.judge(case.arguments, case.expected) is None
        if len(curvatures) > 1:
            assert 15 <= max(curvatures) / min(curvatures) <= 30.5


@pytest.mark.parametrize("seed", SEEDS[:2])
def test_good_late_rates_have_one_range_in_units_of_the_limit(seed):
    """What the solution says: 3/4 to 9/10 in a ravine, about a quarter for one curvature."""
    for case in cases_of(questions.rate_question, seed):
        curvatures, delay, _ = case.arguments
        limit = 2 * np.sin(np.pi / (2 * (2 * delay + 1))) / max(curvatures)
        good, bad = (0.76, 0.82, 0.88), (0.27, 0.5, 0.68, 0.96, 1.01)
        if len(curvatures) == 1:
            double_root = delay**delay / (delay + 1) ** (delay + 1) / curvatures[0] / limit
            good, bad = (double_root, 0.28, 0.32), (0.2, 0.45, 0.82, 1.01)
        for share, accepted in (*((s, True) for s in good), *((s, False) for s in bad)):
            sentence = questions.rate_question.judge(case.arguments, share * limit)
            assert (sentence is None) == accepted, (share, curvatures, delay)


def test_practice_longest_delay_is_stable_and_one_more_is_not():
    for case in cases_of(questions.delay_question, PUBLIC):
        lr, h = case.arguments
        limits = 2 * np.sin(np.pi / (2 * (2 * np.arange(60) + 1))) / h
        assert case.expected == np.sum(limits > lr) - 1


def test_practice_arranged_keeps_pairs_and_ties():
    X, y = questions._arranged(
        np.arange(4.0)[:, None], np.arange(4.0), np.array([0.5, 0.9, 0.5, 0.1])
    )
    assert (X[:, 0].tolist(), y.tolist()) == ([1, 0, 2, 3], [1, 0, 2, 3])
