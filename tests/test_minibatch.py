"""The loader, the three kinds of gradients, their noise, and the sums of Robbins and Monro."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from exercises.questions import examples, try_answer
from exercises.questions import minibatch as questions
from lecture_code import minibatch
from lecture_code.datasets import digits, words
from lecture_code.gradient_descent import GradientDescent
from lecture_code.minibatch import (
    LeastSquares,
    NoisyGradient,
    accumulated_gradient,
    distance_on_average,
    gradient_deviation,
    minibatches,
    partial_sums,
    robbins_monro,
    train,
)
from lecture_code.minimize import minimize
from lecture_code.momentum import Nesterov
from lecture_code.objectives import Beale, Bowl, Quadratic, Saddle
from lecture_code.perceptron import Perceptron
from tests.proofs import PUBLIC, SEEDS, cells, run_anywhere

SHOWN = [minibatches, train, GradientDescent]


def batch_by_hand(order, j, n):
    return {order[k] for k in range(len(order)) if j * n <= k < min((j + 1) * n, len(order))}


def gradient_by_hand(gradients, batch):
    total = 0.0
    for k in batch:
        total += gradients[k]
    return total / len(batch)


def step_by_hand(theta, eta, g):
    return theta - eta * g


EQUATIONS = {
    r"\mathcal B_t = \{\pi_k : j n \le k < \min((j + 1) n, N)\}": batch_by_hand,
    r"g_t = \frac{1}{|\mathcal B_t|} \sum_{k \in \mathcal B_t} \nabla \ell_k(\theta_{t-1})": (
        gradient_by_hand
    ),
    r"\theta_t = \theta_{t-1} - \eta_t g_t": step_by_hand,
}


numbers = st.floats(-100, 100).map(lambda x: round(x, 6))
data = st.integers(1, 12).flatmap(
    lambda rows: st.tuples(*[arrays(float, rows, elements=numbers)] * 2)
)


@given(data, st.integers(1, 15), st.integers(0, 2**32 - 1))
def test_the_equations_of_the_page_in_plain_python(data, n, seed):
    """One epoch with losses (x_k theta - y_k)^2 / 2: the loader, the mean gradient, the step."""
    x, y = data
    batch, gradient, step = EQUATIONS.values()
    order = [int(k) for k in np.random.default_rng(seed).permutation(len(y))]
    theta = 0.0
    for j in range(-(-len(y) // n)):
        gradients = {k: float(x[k]) * (float(x[k]) * theta - float(y[k])) for k in range(len(y))}
        theta = step(theta, 1e-4, gradient(gradients, sorted(batch(order, j, n))))
    model, method = LeastSquares(1), GradientDescent(1e-4)
    run = train(model, x[:, None], y, method, np.random.default_rng(seed), np.zeros(1), batch=n)
    assert run.theta[0] == pytest.approx(theta, rel=1e-9, abs=1e-12)


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


@given(st.floats(0.01, 1.95), st.integers(1, 512), st.floats(0, 2), st.floats(0, 10))
def test_the_start_and_the_noise_add_up_as_squares(lr, n, power, start):
    """The live figure keeps the two parts apart, for n = 1, and puts them together for any n."""
    t = np.arange(1.0, 51)
    rates = lr * t**-power
    noise = distance_on_average(rates, 50, start=0)[1:]
    together = np.hypot(start * np.cumprod(1 - rates), noise / n**0.5)
    expected = distance_on_average(rates, 50, start, sigma=n**-0.5)[1:]
    np.testing.assert_allclose(together, expected, rtol=1e-9, atol=1e-12)


def test_the_average_is_what_many_runs_do():
    noisy = NoisyGradient(Quadratic([[1.0]]), 1.0, np.random.default_rng(0))
    schedule = lambda t: 0.5 * t**-0.6  # noqa: E731
    runs = minimize(noisy, GradientDescent(schedule), np.full((4000, 1), 5.0), 100).points
    measured = np.sqrt(np.mean(runs[..., 0] ** 2, axis=1))
    np.testing.assert_allclose(measured, distance_on_average(schedule, 100), rtol=0.06)


def test_what_the_live_figure_says():
    def end(lr, power, n=1, steps=3000):
        return distance_on_average(lambda t: lr * t**-power, steps, sigma=n**-0.5)[-1]

    floor = (0.1 / 1.9) ** 0.5
    assert end(0.1, 0) == pytest.approx(floor, rel=1e-9) == end(0.1, 0, steps=200)
    assert floor == pytest.approx(0.229, abs=5e-4)
    for lr in (0.02, 0.1, 0.5, 1.0):
        assert end(lr, 0, n=4) == pytest.approx(end(lr, 0) / 2, rel=1e-9)
    assert end(1.95, 0) > 1, "above the noise itself"
    assert end(1, 1, steps=300) == pytest.approx(300**-0.5, rel=1e-9)
    assert end(1, 1) == pytest.approx(3000**-0.5, rel=1e-9), "no floor"
    assert 2 < end(0.1, 1) < end(0.1, 1, steps=300) < 3, "hardly falls"
    lowest = min(end(lr, a) for lr in (0.01, 0.1, 0.5, 1) for a in (0, 0.25, 0.5, 0.7, 0.9, 1, 1.5))
    assert lowest == end(1, 1)


@pytest.mark.parametrize("sigma", [-1.0, np.nan])
def test_a_bad_deviation_is_refused(sigma):
    with pytest.raises(ValueError, match="sigma"):
        distance_on_average(0.1, 5, sigma=sigma)


def test_a_noise_that_is_a_hundred_times_smaller_leaves_the_saddle_a_little_later():
    """Erratum E61: never without noise; each factor of 100 costs ln 100 / ln 1.1 = 48 steps."""
    starts, out = np.tile((1.0, 0.0), (200, 1)), {}
    for sigma in (0, 1e-6, 1e-4, 1e-2):
        noisy = NoisyGradient(Saddle(), sigma, np.random.default_rng(7))
        far = abs(minimize(noisy, GradientDescent(0.05), starts, 250).points[..., 1]) > 1
        out[sigma] = np.median(far.argmax(axis=0)) if far.any() else np.inf
    assert out[0] == np.inf
    later = np.log(100) / np.log(1.1)
    assert out[1e-4] - out[1e-2] == pytest.approx(later, abs=5)
    assert out[1e-6] - out[1e-4] == pytest.approx(later, abs=5)


def test_a_shuffled_epoch_is_better_than_a_sorted_one():
    (X, y), _ = digits().split(rng=0)
    net, losses = Perceptron((64, 32, 10)), {}
    for name, order in (
        ("shuffled", np.random.default_rng(3).permutation(len(y))),
        ("sorted", np.argsort(y, kind="stable")),
    ):
        theta = net.init(3)
        for start in range(0, len(y), 16):
            part = order[start : start + 16]
            theta = theta - 0.6 * net.gradient(theta, X[part], y[part])
        losses[name] = net.loss(theta, X, y)
    assert losses["shuffled"] < 1 < 5 < losses["sorted"]


def test_slices_with_both_ends_repeat_an_example_each():
    """Erratum E60: 1,437 examples in slices of 16 have 89 borders."""
    rows = np.arange(1437)
    closed = [rows[i : i + 16 + 1] for i in range(0, 1437, 16)]
    assert sum(map(len, closed)) - 1437 == 89 == len(closed) - 1


def test_beale_is_long_and_the_ravine_is_noisy():
    """A falling rate wins in the noisy ravine and loses in Beale's valley without noise."""
    grid = np.geomspace(1e-3, 3, 40)[:, None, None]
    rates = (lambda t: grid, lambda t: grid / (1 + t / 50))
    for surface, start, sigma, better in (
        (Bowl(20), (-1.0, 0.6), 1.0, 1),
        (Beale(), (1.0, 1.5), 0.0, 0),
    ):
        best = []
        for rate in rates:
            noisy = NoisyGradient(surface, sigma, np.random.default_rng(1))
            starts = np.tile(start, (40, 20, 1))
            losses = minimize(noisy, GradientDescent(rate), starts, 300, "record").losses[-1]
            best.append(np.median(np.where(losses < 1e9, losses, 1e9), axis=1).min())
        assert best[better] < best[1 - better] / 1.3


# The questions of the exercise


ADAPTERS = {
    "minibatch.1": """
def trained(theta0, X, y, orders, size, lr, penalty):
    model, theta = LeastSquares(X.shape[1]), np.array(theta0)
    for order in orders:
        for part, labels in _slices(X, y, order, size):
            theta = theta - lr * model.gradient(theta, part, labels)
    return theta
""",
    "minibatch.3": """
def weighted_steps(theta0, X, y, weights, plan, lr):
    model, theta, start = LeastSquares(X.shape[1]), np.array(theta0), 0
    for chunks in plan:
        rows = slice(start, start + sum(chunks))
        theta = theta - lr * accumulated_gradient(model, theta, X[rows], y[rows], max(chunks))
        start = rows.stop
    return theta
""",
}
every_seed = pytest.mark.parametrize("seed", SEEDS)


@every_seed
def test_an_epoch_without_a_penalty_is_the_chapter_s(seed):
    single, remainders, penalized, everything = examples(questions.trained_question, seed)
    answer = run_anywhere(ADAPTERS["minibatch.1"], minibatch)["trained"]
    for case in (*single, *remainders):
        np.testing.assert_allclose(case.expected, answer(*case.arguments), rtol=1e-10)
    for case in (*penalized, *everything):  # the penalty as a row of X for each parameter
        theta, X, y, orders, size, lr, penalty = case.arguments
        more = np.diag(np.full(len(theta), penalty**0.5))
        for order in orders:
            for start in range(0, len(order), size):
                rows = order[start : start + size]
                n = len(rows)
                inputs = np.concatenate([X[rows], n**0.5 * more])
                labels = np.concatenate([y[rows], np.zeros_like(theta)])
                theta = theta - lr / n * (inputs.T @ (inputs @ theta - labels))
        tolerance = 1e-4 if X.dtype == np.float32 else 1e-10
        np.testing.assert_allclose(case.expected, theta, rtol=tolerance, atol=1e-6)


def test_the_penalty_moves_a_batch_run_to_ridge_regression():
    """Many epochs of one batch each end where (X'X / N + penalty) theta = X'y / N."""
    X, y, _ = problem(noise=1.0)
    orders = np.array([np.random.default_rng(e).permutation(200) for e in range(400)])
    found = questions.trained(np.zeros(3), X, y, orders, 200, 0.3, 0.5)
    expected = np.linalg.solve(X.T @ X / 200 + 0.5 * np.eye(3), X.T @ y / 200)
    np.testing.assert_allclose(found, expected, rtol=1e-9)


@every_seed
def test_the_smallest_batch_meets_the_target_and_one_less_does_not(seed):
    for cases in examples(questions.batch_question, seed):
        for case in cases:
            sigma, N, target, replacement = case.arguments

            def deviation(n, sigma=sigma, N=N, replacement=replacement):
                finite = 1 if replacement else (N - n) / (N - 1)
                return sigma * np.sqrt(finite / n)

            assert deviation(case.expected) <= target < deviation(case.expected - 1)
    assert questions.smallest_batch(6.0, 10, 2.0, True) == 9
    assert questions.smallest_batch(6.0, 10, 2.0, False) == 5


def test_the_smallest_batch_by_shuffling():
    """The example of the text: ten values, all their mini-batches."""
    values = np.array([6.0, -6.0] * 5)
    for n, replacement in ((9, True), (5, False)):
        rng = np.random.default_rng(0)
        for size, within in ((n, True), (n - 1, False)):
            draws = [rng.choice(values, size, replace=replacement).mean() for _ in range(20_000)]
            assert (np.std(draws) <= 2.0 * 1.02) == within


@every_seed
def test_accumulated_steps_are_steps_on_all_chunks_at_once(seed):
    """A weighted mean is the mean over rows times the root of their share in the weight."""
    for cases in examples(questions.bug_question, seed):
        for case in cases:
            theta, X, y, weights, plan, lr = case.arguments
            ones, start = theta, 0
            for rows in (sum(chunks) for chunks in plan):
                part, labels, w = (a[start : start + rows] for a in (X, y, weights))
                root = np.sqrt(w / w.mean())
                gradient = LeastSquares(len(theta)).gradient
                theta = theta - lr * gradient(theta, root[:, None] * part, root * labels)
                ones = ones - lr * accumulated_gradient(
                    LeastSquares(len(ones)), ones, part, labels, 2
                )
                start += rows
            tolerance = 1e-4 if X.dtype == np.float32 else 1e-9
            np.testing.assert_allclose(case.expected, theta, rtol=tolerance, atol=1e-6)
            equal = questions.weighted_steps(
                case.arguments[0], X, y, np.ones_like(weights), plan, lr
            )
            np.testing.assert_allclose(equal, ones, rtol=tolerance, atol=1e-6)


def test_the_shipped_step_counts_rows():
    [text] = [c.source for c in cells("minibatch") if "def shipped(" in c.source]
    shipped, wrong = run_anywhere(text)["shipped"], questions.bug_question.mistakes[0]
    assert wrong.name == "share-of-rows"
    for cases in examples(questions.bug_question, PUBLIC)[:2]:
        for case in cases:
            expected = wrong.answer(*case.arguments)
            np.testing.assert_allclose(shipped(*case.arguments), expected, rtol=1e-4)
    assert try_answer(questions.bug_question, shipped).points == 0


@every_seed
def test_the_mean_square_is_that_of_many_noisy_runs(seed):
    for cases in examples(questions.square_question, seed):
        start, curvature, sigma, rates, sizes = cases[1].arguments
        rng, x = np.random.default_rng(seed), np.full(20_000, start)
        for rate, n in zip(rates, sizes, strict=True):
            noise = sigma * rng.normal(size=(n, len(x))).mean(axis=0)
            x = x - rate * (curvature * x + noise)
        assert np.mean(x**2) == pytest.approx(cases[1].expected, rel=0.06)


def test_the_mean_square_of_a_constant_rate_ends_at_the_chapter_s_floor():
    found = questions.expected_square(5.0, 1.0, 2.0, np.full(400, 0.1), np.ones(400, dtype=int))
    assert found == pytest.approx(4 * 0.1 / 1.9, rel=1e-12)


@every_seed
def test_the_floor_is_that_of_a_long_run(seed):
    """2,000 runs of least squares, one random example a step, at their end."""
    signs, inputs = examples(questions.floor_question, seed)
    for case in (*signs, *inputs):
        x, y, lr = (np.asarray(item, dtype=float) for item in case.arguments)
        minimum = np.linalg.lstsq(x[:, None], y, rcond=None)[0][0]
        rng, theta = np.random.default_rng(seed), np.full(2000, minimum)
        squares = []
        for step in range(200):
            k = rng.integers(0, len(x), len(theta))
            theta = theta - lr * x[k] * (x[k] * theta - y[k])
            if step >= 100:
                squares.append(np.mean((theta - minimum) ** 2))
        assert np.sqrt(np.mean(squares)) == pytest.approx(case.expected, rel=0.1, abs=1e-6)
    assert signs[1].expected < 1e-9 and inputs[2].expected < 1e-9
    assert min(signs[0].expected, inputs[0].expected) > 1e-3


@every_seed
def test_no_rates_come_nearer_than_the_best_and_their_neighbors_do_worse(seed):
    """The bound in the text is reached by the reference, and no change of its rates betters it."""
    rng = np.random.default_rng(seed)
    for cases in examples(questions.schedule_question, seed):
        for case in cases:
            distance, sigma, curvature, steps = case.arguments
            ones = np.ones(steps, dtype=int)

            def end(rates, d=distance, h=curvature, s=sigma, ones=ones):
                return questions.expected_square(d, h, s, rates, ones) ** 0.5

            bound = (1 / distance**2 + steps * curvature**2 / sigma**2) ** -0.5
            assert end(case.expected) == pytest.approx(bound, rel=1e-9)
            for _ in range(5):
                assert end(case.expected * rng.uniform(0.8, 1.2, steps)) >= bound * (1 - 1e-12)


def test_rates_near_the_best_pass_and_zero_rates_do_not():
    judge = questions.schedule_question.judge
    for seed in range(20):
        for case in (c for cases in examples(questions.schedule_question, seed) for c in cases):
            assert judge(case.arguments, 1.2 * case.expected) is None
            assert judge(case.arguments, np.zeros(case.arguments[3])) is not None
            assert judge(case.arguments, 3 * case.expected) is not None


def test_practice_by_hand_is_the_chapter_s_epoch():
    theta, model = np.zeros(1), LeastSquares(1)
    for labels in ([3.0, 1.0], [5.0]):
        theta = theta - 0.5 * model.gradient(theta, np.ones((len(labels), 1)), np.array(labels))
    assert questions.by_hand.value == theta[0]
    rates = {"a": 0.4, "b": 0.7, "c": 1.2}
    both = [name for name, power in rates.items() if all(robbins_monro(power))]
    assert both == [questions.conditions.value]
