"""Gradient descent by hand, its stability limit, directions, line searches, trust region, flow."""

import math

import nbformat
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from exercises.questions import examples
from exercises.questions import gradient_descent as questions
from lecture_code.datasets import digits
from lecture_code.gradient_descent import (
    GradientDescent,
    LineSearch,
    NormalizedDescent,
    TrustRegion,
    backtracking,
    directional_derivative,
    exact_length,
    golden_section,
    gradient_flow,
    newton_raphson,
    secant,
    steepest_direction,
    stopping_step,
    wolfe,
)
from lecture_code.minimize import minimize
from lecture_code.objectives import Beale, Bowl, Quadratic, Saddle
from lecture_code.perceptron import Perceptron
from scripts.site import ROOT
from tests.proofs import PUBLIC, SEEDS, cells, run_anywhere

SHOWN = [GradientDescent, NormalizedDescent, LineSearch]
EQUATIONS = {
    r"\theta_t = \theta_{t-1} - \delta_t \dfrac{g_t}{\|g_t\|}": (
        lambda theta, delta, g: [
            p - delta * s / math.hypot(*g) for p, s in zip(theta, g, strict=True)
        ]
    ),
    r"\theta_t = \theta_{t-1} - \eta_t g_t": (
        lambda theta, eta, g: [p - eta * s for p, s in zip(theta, g, strict=True)]
    ),
    r"f(\theta_{t-1} - \eta g_t) \le f(\theta_{t-1}) - c \eta \|g_t\|^2": (
        lambda f, theta, eta, c, g: (
            f([p - eta * s for p, s in zip(theta, g, strict=True)])
            <= f(theta) - c * eta * math.hypot(*g) ** 2
        )
    ),
}


def test_first_step_by_hand():
    method = GradientDescent(lr=0.1)
    theta, state = method.step(np.array([1.0, 1.0]), method.init(np.zeros(2)), np.array([1, 10]))
    assert theta.tolist() == [0.9, 0.0]
    assert state.t == 1


slopes = st.lists(st.floats(-100, 100).map(lambda x: round(x, 3)), min_size=3, max_size=3)


@given(slopes, slopes, st.floats(1e-3, 10))
def test_the_two_rules_of_the_page_in_plain_python(theta, g, step):
    assume(math.hypot(*g) > 1e-3)
    by_length, by_rate, _ = EQUATIONS.values()
    for rule, by_hand in ((NormalizedDescent, by_length), (GradientDescent, by_rate)):
        method = rule(lr=step)
        moved, _ = method.step(np.array(theta), method.init(np.zeros(3)), np.array(g))
        assert moved.tolist() == pytest.approx(by_hand(theta, step, g), rel=1e-12, abs=1e-12)


@given(st.floats(-2, 4), st.floats(-1.5, 2))
def test_backtracking_takes_the_first_rate_that_the_page_accepts(x, y):
    """Where the condition is met by a hair, rounding decides: such points are left out."""
    *_, enough = EQUATIONS.values()
    value = lambda theta: float(Beale().value(np.array(theta)))  # noqa: E731
    theta = np.array([x, y])
    g = Beale().gradient(theta)
    assume(np.linalg.norm(g) > 1e-3)
    method = LineSearch(Beale())
    _, state = method.step(theta, method.init(theta), g)
    tried = [0.5**k for k in range(60)]
    accepted = [rate for rate in tried if enough(value, [x, y], rate, 1e-4, g.tolist())]
    clear = [
        enough(value, [x, y], rate, 1e-4 * (1 + side), g.tolist())
        for side in (-1e-9, 1e-9)
        for rate in tried[:30]
    ]
    assume(clear[:30] == clear[30:])
    assert state.length == accepted[0]


def test_closed_form_on_a_bowl():
    record = minimize(Bowl(10), GradientDescent(lr=0.05), (1.0, 1.0), steps=30)
    k = np.arange(31)[:, None]
    np.testing.assert_allclose(record.points, (1 - 0.05 * np.array([1, 10])) ** k, atol=1e-15)
    assert (record.rates == 0.05).all()


@pytest.mark.parametrize(
    ("lr", "low", "high"), [(0.19, 0, 1e-8), (0.2, 0.99, 1.01), (0.21, 1e8, 9e8)]
)
def test_stable_below_two_over_the_curvature(lr, low, high):
    """Curriculum D24: L = 10, 200 steps, start 1."""
    record = minimize(Bowl(10), GradientDescent(lr), (0.0, 1.0), steps=200)
    assert low <= abs(record.points[-1, 1]) <= high


def test_schedule_sees_t_from_one():
    method = GradientDescent(lr=lambda t: 1 / t)
    theta, state = np.array([0.0]), method.init(np.zeros(1))
    moves = []
    for _ in range(3):
        new, state = method.step(theta, state, np.array([1.0]))
        moves.append(float((theta - new)[0]))
        theta = new
    assert moves == pytest.approx([1, 1 / 2, 1 / 3])


@pytest.mark.parametrize("lr", [0, -0.1, np.nan, np.inf, np.array([0.1, -0.1])])
def test_a_learning_rate_that_is_not_positive_is_refused(lr):
    with pytest.raises(ValueError, match="lr = .*positive.*pass") as caught:
        GradientDescent(lr)
    assert "\n" not in str(caught.value)


@given(arrays(float, 3, elements=st.floats(-10, 10)), st.integers(0, 2**32 - 1))
def test_no_direction_is_steeper_than_minus_the_gradient(gradient, seed):
    assume(np.linalg.norm(gradient) > 1e-3)
    best = directional_derivative(gradient, steepest_direction(gradient))
    assert best == pytest.approx(-np.linalg.norm(gradient))
    others = np.random.default_rng(seed).normal(size=(100, 3))
    others = others / np.linalg.norm(others, axis=1, keepdims=True)
    assert (directional_derivative(gradient, others) >= best - 1e-9).all()


def test_no_direction_at_slope_zero():
    assert steepest_direction(np.zeros(2)).tolist() == [0, 0]


def test_the_directional_derivative_is_the_slope_along_the_direction():
    theta, direction = np.array([1.0, 1.5]), np.array([0.6, 0.8])
    along = lambda a: Beale().value(theta + a * direction)  # noqa: E731
    slope = (along(1e-6) - along(-1e-6)) / 2e-6
    found = directional_derivative(Beale().gradient(theta), direction)
    assert found == pytest.approx(slope, rel=1e-6)


def test_the_first_order_bound_is_of_first_order():
    """Erratum E52 (D25): f = -x^2/2 at 1, half a step: -0.625, below the bound of -0.5."""
    change = -(1.5**2) / 2 + 1 / 2
    assert change == -0.625 < -0.5


def test_a_fixed_length_never_settles_and_a_fixed_rate_does():
    """Erratum E53 (D26): x^2/2 from 1, 50 steps: between -0.2 and 0.1, and 1.8e-8."""
    fixed = minimize(Quadratic([[1.0]]), NormalizedDescent(0.3), np.array([1.0]), 50)
    np.testing.assert_allclose(np.sort(fixed.points[-2:, 0]), [-0.2, 0.1], atol=1e-9)
    rate = minimize(Quadratic([[1.0]]), GradientDescent(0.3), np.array([1.0]), 50)
    assert rate.points[-1, 0] == pytest.approx(1.8e-8, rel=0.02)


def test_exact_length_against_a_grid():
    """Erratum E54 (D53): 0.1009 on diag(1, 10) from (1, 1); the best of four lengths is 0.1."""
    start, A = np.array([1.0, 1.0]), np.diag([1.0, 10.0])
    g = Quadratic(A).gradient(start)
    exact = exact_length(g, A)
    assert exact == pytest.approx(101 / 1001)
    phi = lambda a: Quadratic(A).value(start - a * g)  # noqa: E731
    assert min((0.01, 0.03, 0.1, 0.3), key=phi) == 0.1
    assert golden_section(phi, 0, 1) == pytest.approx(exact, abs=1e-6)
    slope = lambda a: -g @ Quadratic(A).gradient(start - a * g)  # noqa: E731
    assert secant(slope) == pytest.approx(exact, abs=1e-9)
    assert newton_raphson(slope, lambda a: g @ A @ g) == pytest.approx(exact, abs=1e-12)


def test_golden_section_costs_one_value_for_each_shrinking():
    """From 1 to 1e-4 takes log(1e4) / log(1.618) = 19.2 shrinkings: two values and one for each."""
    calls = []
    golden_section(lambda x: calls.append(x) or (x - 0.1009) ** 2, 0, 1, 1e-4)
    assert len(calls) == 2 + 20


@given(st.floats(0.05, 0.95))
def test_searches_find_the_bottom_of_a_crooked_valley(bottom):
    phi = lambda x: np.cosh(3 * (x - bottom))  # noqa: E731
    slope = lambda x: 3 * np.sinh(3 * (x - bottom))  # noqa: E731
    curvature = lambda x: 9 * np.cosh(3 * (x - bottom))  # noqa: E731
    assert golden_section(phi) == pytest.approx(bottom, abs=1e-5)
    assert secant(slope) == pytest.approx(bottom, abs=1e-8)
    assert newton_raphson(slope, curvature, start=bottom + 0.2) == pytest.approx(bottom, abs=1e-9)


def test_backtracking_takes_the_first_length_that_is_enough():
    """phi = (1 - 4a)^2: 1 gives 9, 1/2 gives 1 > 1 - 4e-4, 1/4 gives 0."""
    seen = []
    phi = lambda a: seen.append(a) or (1 - 4 * a) ** 2  # noqa: E731
    assert backtracking(phi, -8.0) == 0.25
    assert seen == [0.0, 1.0, 0.5, 0.25]
    assert backtracking(lambda a: a, -1.0) == 0.0


@given(st.floats(0.1, 30), st.floats(0.15, 0.9))
def test_wolfe_meets_both_conditions(bottom, flatten):
    phi = lambda a: (a - bottom) ** 2  # noqa: E731
    derivative = lambda a: 2 * (a - bottom)  # noqa: E731
    a = wolfe(phi, derivative, flatten=flatten)
    assert phi(a) <= phi(0) + 1e-4 * a * derivative(0)
    assert derivative(a) >= flatten * derivative(0)


def test_a_line_search_beats_no_search_and_cannot_rise():
    record = minimize(Beale(), LineSearch(Beale()), np.array([1.0, 1.5]), 50)
    assert (np.diff(record.losses) <= 0).all()
    np.testing.assert_allclose(
        np.diff(record.points, axis=0), -record.rates * record.gradients, atol=1e-15
    )
    A = np.diag([1.0, 10.0])
    exact = LineSearch(Quadratic(A), lambda phi, slope: golden_section(phi, 0, 1, 1e-12))
    steps = minimize(Quadratic(A), exact, np.array([10.0, 1.0]), 20)
    # From (kappa, 1) exact steps shrink f by ((kappa - 1) / (kappa + 1))^2 each: Kantorovich.
    np.testing.assert_allclose(steps.losses[1:] / steps.losses[:-1], (9 / 11) ** 2, rtol=1e-4)


def test_a_line_search_stays_at_a_stationary_point():
    record = minimize(Bowl(1), LineSearch(Bowl(1)), np.zeros(2), 3)
    assert (record.points == 0).all()


def test_trust_region_by_hand():
    """f = (x^2 + 10 y^2)/2 from (1, 1), radius 0.05: a step of that length, then 0.1; the model is
    exact, so that it is trusted until the whole step fits in."""
    method, theta = TrustRegion(Bowl(10), radius=0.05), np.ones(2)
    state = method.init(theta)
    for length, radius in ((0.05, 0.1), (0.1, 0.2), (0.2, 0.4), (0.4, 0.8)):
        new, state = method.step(theta, state, Bowl(10).gradient(theta))
        assert np.linalg.norm(new - theta) == pytest.approx(length)
        assert state.radius == pytest.approx(radius)
        theta = new
    _, state = method.step(theta, state, Bowl(10).gradient(theta))
    exact = exact_length(Bowl(10).gradient(theta), np.diag([1.0, 10.0]))
    assert state.length == pytest.approx(exact)


def test_trust_region_refuses_a_step_that_the_model_got_wrong():
    class Wall:
        name = "wall"

        def value(self, theta):
            return float(np.sum(np.where(theta < 0.9, 100.0, theta)))

        def hessian(self, theta):
            return np.zeros((1, 1))

    method, theta = TrustRegion(Wall(), radius=1.0), np.ones(1)
    new, state = method.step(theta, method.init(theta), np.ones(1))
    assert new.tolist() == [1.0] and state.radius == 0.25 and state.length == 0.0


def test_the_first_small_gradient():
    record = minimize(Bowl(1), GradientDescent(0.5), (1.0, 0.0), 20)
    # Gradients 1, 1/2, 1/4, 1/8, ...: the fifth is the first of at most 1/16.
    assert stopping_step(record, 1 / 16) == 5
    assert stopping_step(record, 1e-9) == -1
    grid = minimize(Bowl(1), GradientDescent(np.array([[0.5], [0.001]])), (1.0, 0.0), 20)
    assert stopping_step(grid, 1 / 16).tolist() == [5, -1]


def test_gradient_descent_is_eulers_method_on_the_gradient_flow():
    """Erratum E57 (D42): x^2/2, time 2: 0.1353 by the flow; by Euler 0.0625, 0.1216, 0.1340."""
    for steps, end in ((4, 0.0625), (20, 0.1216), (200, 0.1340)):
        points = gradient_flow(Bowl(1), np.array([1.0, 0.0]), 2.0, steps)
        assert points[-1, 0] == pytest.approx(end, abs=5e-5)
        descent = minimize(Bowl(1), GradientDescent(2.0 / steps), (1.0, 0.0), steps)
        np.testing.assert_array_equal(points, descent.points)
    assert np.exp(-2) == pytest.approx(0.1353, abs=5e-5)


def test_where_it_ends_depends_on_where_it_begins():
    """Erratum E50 (D47): x^4 - 3 x^2 + x from -2 and 2 ends at -3.514 and -1.070."""

    class Wells:
        name = "two wells"

        def value(self, theta):
            return (theta**4 - 3 * theta**2 + theta).sum(axis=-1)

        def gradient(self, theta):
            return 4 * theta**3 - 6 * theta + 1

    for start, end in ((-2.0, -3.514), (2.0, -1.070)):
        record = minimize(Wells(), GradientDescent(0.01), np.array([start]), 500)
        assert record.losses[-1] == pytest.approx(end, abs=5e-4)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: exact_length(np.ones(2), -np.eye(2)), "curvature along the gradient is -2.0"),
        (lambda: golden_section(abs, 1, 0), "low = 1, high = 0: pass low < high"),
        (lambda: secant(lambda x: 1.0), "has not settled within 50 steps"),
        (lambda: newton_raphson(lambda x: x, lambda x: -1.0), "curvature at 0.0 is -1.0"),
        (lambda: backtracking(abs, 1.0), "slope = 1.0: the direction must lead down"),
        (lambda: backtracking(abs, -1.0, shrink=1), "shrink = 1: must be between"),
        (lambda: wolfe(abs, lambda a: 1.0), "slope = 1.0: the direction must lead down"),
        (lambda: LineSearch(Bowl()).init(np.ones((3, 2))), "one run at a time"),
        (lambda: TrustRegion(Bowl(), radius=0), "radius = 0: must be positive"),
        (lambda: gradient_flow(Bowl(), np.ones(2), -1, 5), "time = -1: must be positive"),
        (lambda: gradient_flow(Bowl(), np.ones(2), 1, 0), "steps = 0: pass at least 1"),
    ],
)
def test_bad_arguments_are_refused_in_one_line(call, message):
    with pytest.raises(ValueError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)


# What the page says of its own runs


def live_figure():
    """The values of the sliders of the page's live figure, as its cells have them."""
    notebook = nbformat.read(ROOT / "book" / "gradient_descent.ipynb", as_version=4)
    cell = next(c.source for c in notebook.cells if "curvatures = [" in c.source)
    names = {"np": np, "number": str}
    exec(compile(cell, "page", "exec"), names)
    return names


def run_of(lr, condition, angle, names):
    return minimize(Bowl(condition), GradientDescent(lr), names["on_circle"](angle), 40, "record")


def test_the_limit_of_the_live_figure_depends_on_no_start():
    """Caption: below 2 / kappa the loss falls in the last step, at it stays, above it rises."""
    names = live_figure()
    for condition in names["curvatures"]:
        for lr in names["rates"]:
            for angle in names["angles_of_start"]:
                run = run_of(lr, condition, angle, names)
                before, after = run.losses[-2:]
                if lr * condition < 2 - 1e-9:
                    assert after < before or after == 0
                elif lr * condition > 2 + 1e-9:
                    assert after > before
                else:
                    y = np.abs(run.points[:, 1])
                    np.testing.assert_allclose(y[-1], y[0], rtol=1e-9)


def test_what_the_caption_says_of_the_default_ravine():
    names = live_figure()
    angles = names["angles_of_start"]
    for angle in angles:
        for lr in (rate for rate in names["rates"] if rate <= 0.1):
            assert names["crossings"](run_of(lr, 10, angle, names)) == "0"
        for lr in (0.15, 0.19, 0.2):
            assert names["crossings"](run_of(lr, 10, angle, names)) == "40"
        for lr, factor in ((0.19, 0.81), (0.2, 1.0), (0.21, 1.21)):
            before, after = run_of(lr, 10, angle, names).losses[-2:]
            assert after / before == pytest.approx(factor, abs=0.005)
        assert np.linalg.norm(run_of(0.15, 10, angle, names).points[-1]) < 0.01
        assert np.linalg.norm(run_of(0.19, 10, angle, names).points[-1]) < 0.02
    heights = [np.abs(run_of(0.19, 10, angle, names).points[:, 1]).max() for angle in angles]
    assert np.all(np.diff(heights) > 0)


def test_the_page_says_the_limits_of_the_curvatures():
    """Best fixed rate 2 / (L + L / kappa), both outer factors (kappa - 1) / (kappa + 1)."""
    kappa = 20.0
    rates = np.geomspace(0.01, 0.0999, 2001)
    worst = np.maximum(np.abs(1 - rates), np.abs(1 - kappa * rates))
    assert rates[worst.argmin()] == pytest.approx(2 / (kappa + 1), rel=2e-3)
    assert worst.min() == pytest.approx((kappa - 1) / (kappa + 1), rel=2e-3)


@given(st.floats(0.05, 1.95), st.floats(-3, 3))
def test_every_stable_step_falls_as_much_as_the_page_says(product, theta):
    """On f = log cosh, which is no quadratic and whose curvature is at most L = 1."""
    f, slope = lambda x: np.log(np.cosh(x)), np.tanh
    after = f(theta - product * slope(theta))
    assert after <= f(theta) - product * (1 - product / 2) * slope(theta) ** 2 + 1e-12


def test_a_network_keeps_its_loss_when_its_units_change_place_and_sign():
    """Erratum E58: 32 hidden units have 32! times 2^32 such copies, about 10^45."""
    net, (X, y) = Perceptron((64, 32, 10)), digits().split(0, train=100, test=10).train
    theta = net.init(0)
    copy = theta.copy()
    first, last = net.unpack(copy)
    order = np.random.default_rng(0).permutation(32)
    first.W[:], first.b[:] = -first.W[order], -first.b[order]
    last.W[:] = -last.W[:, order]
    assert np.linalg.norm(copy - theta) > 5
    assert net.loss(copy, X, y) == pytest.approx(net.loss(theta, X, y), rel=1e-12)
    assert math.log10(math.factorial(32) * 2**32) == pytest.approx(45, abs=0.5)


def test_random_symmetric_matrices_are_rarely_positive():
    """Erratum E58: 0.499, 0.147, 0.0027, 0.0000 of 40,000 for 1, 2, 4, 6 rows; 2 is known."""
    rng = np.random.default_rng(1)
    for rows, share in ((1, 0.5), (2, (2 - 2**0.5) / 4), (4, 0.0027), (6, 0.0)):
        entries = rng.normal(size=(40_000, rows, rows))
        smallest = np.linalg.eigvalsh(entries + entries.transpose(0, 2, 1))[:, 0]
        assert np.mean(smallest > 0) == pytest.approx(share, abs=0.008 if rows < 4 else 0.001)


def test_the_saddle_is_left_later_the_nearer_the_start():
    """Curriculum D29, for gradient descent: 349, 698, never."""
    left = []
    for y in (1e-3, 1e-6, 0.0):
        run = minimize(Saddle(), GradientDescent(0.01), (1.0, y), 1000)
        left.append(int(np.argmax(np.abs(run.points[:, 1]) > 1)))
    assert left == [349, 698, 0]


def test_one_name_for_two_averages():
    """Erratum E48: with a gradient of 1, 0.9 v + 0.1 g tends to 1 and 0.9 v + g to 10."""
    average = total = 0.0
    for _ in range(200):
        average, total = 0.9 * average + 0.1, 0.9 * total + 1
    assert [average, total] == pytest.approx([1, 10])


# The questions of the exercise


ADAPTERS = {
    "gradient_descent.1": """
def descend(theta0, curvature, lr, tolerance, limit):
    method = GradientDescent(lr=lr)
    theta, state, steps = np.array(theta0), method.init(np.array(theta0)), 0
    while steps < limit and np.linalg.norm(curvature * theta) > tolerance:
        theta, state = method.step(theta, state, curvature * theta)
        steps += 1
    return [theta, np.full(len(theta), steps)]
""",
    "gradient_descent.3": """
def capped(theta0, curvature, lr, longest, steps):
    method = NormalizedDescent(lr=longest)
    theta, state = np.array(theta0), method.init(np.array(theta0))
    for _ in range(steps):
        theta, state = method.step(theta, state, curvature * theta)
    return theta
""",
}
every_seed = pytest.mark.parametrize("seed", SEEDS)


@every_seed
def test_every_row_is_a_run_of_the_chapter_s_method_up_to_its_stopping_step(seed):
    for cases in examples(questions.descend_question, seed):
        for case in cases:
            theta0, curvature, lr, tolerance, limit = case.arguments
            for row, end, steps in zip(theta0, *case.expected, strict=True):
                surface = Quadratic(np.diag(curvature))
                run = minimize(surface, GradientDescent(lr), row, steps=limit + 1)
                stop = int(stopping_step(run, tolerance))
                assert steps == (limit if stop < 0 else min(stop - 1, limit))
                np.testing.assert_allclose(end, run.points[steps], rtol=1e-5, atol=1e-9)


@every_seed
def test_the_largest_rate_is_where_a_run_stops_shrinking(seed):
    for cases in examples(questions.rate_question, seed):
        for case in cases:
            [matrix] = case.arguments
            start = np.ones(len(matrix))
            for factor, shrinks in ((0.99, True), (1.01, False)):
                method = GradientDescent(factor * case.expected)
                run = minimize(Quadratic(matrix), method, start, steps=3000)
                assert (np.linalg.norm(run.points[-1]) < 1e-6) == shrinks


@every_seed
def test_a_leash_that_never_pulls_is_the_chapter_s_method(seed):
    for case in examples(questions.bug_question, seed)[0]:
        theta0, curvature, lr, _, steps = case.arguments
        run = minimize(Quadratic(np.diag(curvature)), GradientDescent(lr), theta0, steps)
        np.testing.assert_allclose(case.expected, run.points[-1], rtol=1e-10)
    for case in examples(questions.bug_question, seed)[1]:
        *arguments, longest, steps = case.arguments
        points = [questions.capped(*arguments, longest, t) for t in range(steps + 1)]
        moves = np.linalg.norm(np.diff(points, axis=0), axis=1)
        assert moves.max() == pytest.approx(longest, rel=1e-5)
        assert moves[-1] < 0.9 * longest or steps == 2


def test_the_shipped_steps_are_all_as_long_as_the_leash():
    [text] = [c.source for c in cells("gradient_descent") if "def shipped(" in c.source]
    shipped, wrong = run_anywhere(text)["shipped"], questions.bug_question.mistakes[0]
    assert wrong.name == "always-as-long"
    for cases in examples(questions.bug_question, PUBLIC):
        for case in cases:
            np.testing.assert_allclose(
                shipped(*case.arguments), wrong.answer(*case.arguments), rtol=1e-4
            )


@every_seed
def test_the_promise_is_the_directional_derivative_and_the_change_that_of_the_surface(seed):
    for cases in examples(questions.promise_question, seed):
        for case in cases:
            gradient, hessian, angle, length = case.arguments
            u = np.array([np.cos(angle), np.sin(angle)])
            promised, actual = case.expected
            assert promised == pytest.approx(length * directional_derivative(gradient, u))
            slopes = [gradient @ u + a * u @ hessian @ u for a in np.linspace(0, length, 2001)]
            assert actual == pytest.approx(np.trapezoid(slopes, dx=length / 2000), abs=1e-9)


@every_seed
def test_the_gap_is_between_the_chapter_s_flow_with_few_and_with_many_steps(seed):
    for cases in examples(questions.flow_question, seed):
        for case in cases:
            curvature, start, time, steps = case.arguments
            surface = Quadratic(np.array([[curvature]]))
            few, many = (
                gradient_flow(surface, np.array([start]), time, n)[-1, 0] for n in (steps, 100_000)
            )
            assert case.expected == pytest.approx(few - many, abs=1e-3 * abs(start))
    assert questions.flow_gap(1.0, 2.0, 1.0, 1) == pytest.approx(-2 / np.e)


def test_the_one_rate_has_some_room_and_the_safe_rate_does_not_do():
    question = questions.tune_question
    for seed in range(20):
        for case in (case for cases in examples(question, seed) for case in cases):
            rate = questions.one_rate(*case.arguments)
            assert question.judge(case.arguments, rate) is None
            for factor in (0.85, 1.1):
                assert question.judge(case.arguments, factor * rate) is not None


def test_practice_by_hand_is_the_chapter_s_slope():
    direction = np.array([3.0, 4.0]) / 5
    slope = directional_derivative(np.array([2.0, -4.0]), direction)
    assert questions.slope_by_hand.value == pytest.approx(slope)
