"""Order, initialization, normalization, stopping, noise, clipping, decay, workers."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from exercises.questions import examples
from exercises.questions import strategies as questions
from lecture_code.adam import Adam
from lecture_code.gradient_descent import GradientDescent
from lecture_code.minibatch import LeastSquares
from lecture_code.minimize import follow, minimize
from lecture_code.momentum import Nesterov
from lecture_code.objectives import Bowl, Quadratic
from lecture_code.schedules import InverseRoot
from lecture_code.strategies import (
    BatchNorm,
    ClipByNorm,
    ClipByValue,
    EarlyStopping,
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
