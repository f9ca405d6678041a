"""Newton, conjugate gradients, coordinate descent, L-BFGS: closed forms, invariance, saddles."""

import itertools
import math
from pathlib import Path

import nbformat
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from exercises.questions import examples
from exercises.questions import second_order as questions
from lecture_code.adagrad import AdaGrad
from lecture_code.adam import Adam
from lecture_code.gradient_descent import GradientDescent
from lecture_code.minimize import minimize
from lecture_code.objectives import Beale, Bowl, Quadratic, Rosenbrock, Saddle
from lecture_code.second_order import (
    LBFGS,
    CoordinateDescent,
    DampedNewton,
    Newton,
    NonlinearConjugateGradient,
    conjugate_gradient,
)
from tests.proofs import PUBLIC, SEEDS, cells, run_anywhere

SHOWN = [Newton, DampedNewton, conjugate_gradient, CoordinateDescent]


def newton_by_hand(theta, lr, damping, H, g):
    """Cramer's rule in two dimensions."""
    (a, b), (c, d) = (H[0][0] + damping, H[0][1]), (H[1][0], H[1][1] + damping)
    det = a * d - b * c
    step = (d * g[0] - b * g[1]) / det, (a * g[1] - c * g[0]) / det
    return [x - lr * s for x, s in zip(theta, step, strict=True)]


def positive_by_hand(theta, lr, smallest, curvatures, axes, g):
    """axes: the columns of Q."""
    new = list(theta)
    for c, q in zip(curvatures, axes, strict=True):
        along = sum(a * b for a, b in zip(q, g, strict=True)) / max(abs(c), smallest)
        new = [x - lr * along * a for x, a in zip(new, q, strict=True)]
    return new


def dot(a, b):
    return sum(x * y for x, y in zip(a, b, strict=True))


def times(A, p):
    return [dot(row, p) for row in A]


def along(x, a, p):
    return [i + a * j for i, j in zip(x, p, strict=True)]


def length_by_hand(A, theta, g, p):
    alpha = dot(g, g) / dot(p, times(A, p))
    return alpha, along(theta, alpha, p)


def next_gradient_by_hand(A, alpha, g, p):
    new = along(g, alpha, times(A, p))
    return new, dot(new, new) / dot(g, g)


# The formulas of the algorithm boxes, in plain Python.
EQUATIONS = {
    r"\theta_t = \theta_{t-1} - \eta_t (H_{t-1} + \lambda I)^{-1} g_t": newton_by_hand,
    r"""\begin{aligned} & \theta_t = \theta_{t-1} \\ & \quad - \eta_t \, Q \,
        \mathrm{diag}(\max(|c|, \delta))^{-1} Q^\top g_t \end{aligned}""": positive_by_hand,
    r"\alpha = g^\top g / p^\top A p, \quad \theta \leftarrow \theta + \alpha p": length_by_hand,
    r"g' = g + \alpha A p, \quad \beta = g'^\top g' / g^\top g": next_gradient_by_hand,
    r"p \leftarrow -g' + \beta p, \quad g \leftarrow g'": lambda new, beta, p: (
        along([-x for x in new], beta, p),
        new,
    ),
    r"\theta_i \leftarrow \theta_i - g_i / A_{ii}": lambda x, g, A, i: x[i] - g[i] / A[i][i],
    r"g \leftarrow g - A_{\cdot i} \, g_i / A_{ii}": lambda g, A, i: along(
        g, -g[i] / A[i][i], [row[i] for row in A]
    ),
}
NEWTON, POSITIVE, LENGTH, NEXT, DIRECTION, COORDINATE, REST = EQUATIONS.values()
numbers = st.floats(-3, 3).map(lambda x: round(x, 6))
pairs = st.tuples(numbers, numbers)


@given(pairs, pairs, st.floats(0.1, 5), st.floats(-5, 5), numbers, st.floats(0, 3))
def test_newton_is_the_equation(theta, g, a, d, b, damping):
    H = np.array([[a, b], [b, d]])
    assume(abs(np.linalg.det(H + damping * np.eye(2))) > 0.1)
    method, x = Newton(lambda _: H, lr=0.7, damping=damping), np.array(theta)
    new, _ = method.step(x, method.init(x), np.array(g))
    np.testing.assert_allclose(
        new, NEWTON(theta, 0.7, damping, H.tolist(), g), rtol=1e-9, atol=1e-9
    )


@given(pairs, pairs, numbers, numbers, st.floats(0, math.pi), st.floats(0.1, 2))
def test_positive_curvatures_are_the_equation(theta, g, c0, c1, angle, smallest):
    axes = (math.cos(angle), math.sin(angle)), (-math.sin(angle), math.cos(angle))
    Q = np.array(axes).T
    H = Q @ np.diag([c0, c1]) @ Q.T
    method, x = DampedNewton(lambda _: (H + H.T) / 2, 0.7, smallest), np.array(theta)
    new, _ = method.step(x, method.init(x), np.array(g))
    expected = POSITIVE(theta, 0.7, smallest, (c0, c1), axes, g)
    np.testing.assert_allclose(new, expected, rtol=1e-6, atol=1e-6)


@given(st.integers(2, 6), st.integers(0, 1000))
def test_conjugate_gradients_are_the_equations(d, seed):
    A, b = positive_definite(d, seed, condition=10.0)
    theta = [0.0] * d
    g = along(times(A, theta), -1, b)
    p, points = [-x for x in g], [theta]
    for _ in range(d):
        alpha, theta = LENGTH(A, theta, g, p)
        new, beta = NEXT(A, alpha, g, p)
        p, g = DIRECTION(new, beta, p)
        points.append(theta)
    found = conjugate_gradient(A, b, tolerance=0).points
    np.testing.assert_allclose(found, points, rtol=1e-6, atol=1e-9)
    # The directions are conjugate, the gradients orthogonal: what the page says of them.
    moves = np.diff(found, axis=0)
    moves = moves / np.sqrt(np.einsum("ij,jk,ik->i", moves, A, moves))[:, None]
    np.testing.assert_allclose(moves @ A @ moves.T, np.eye(d), atol=1e-6)


@given(st.integers(1, 6), st.integers(0, 1000))
def test_a_sweep_is_the_equations(d, seed):
    A, b = positive_definite(d, seed, condition=10.0)
    theta = np.random.default_rng(seed).normal(size=d)
    g, x = Quadratic(A, b).gradient(theta), theta.tolist()
    method = CoordinateDescent(A)
    new, _ = method.step(theta, method.init(theta), g)
    for i in range(d):
        before = Quadratic(A, b).value(np.array(x))
        fall = g[i] ** 2 / (2 * A[i, i])
        x[i], g = COORDINATE(x, g, A, i), REST(g, A, i)
        assert Quadratic(A, b).value(np.array(x)) == pytest.approx(before - fall, abs=1e-9)
    np.testing.assert_allclose(new, x, rtol=1e-9, atol=1e-12)


def positive_definite(d, seed, condition=100.0):
    """A dense matrix with eigenvalues from 1 to `condition`, and a right side."""
    rng = np.random.default_rng(seed)
    Q, _ = np.linalg.qr(rng.normal(size=(d, d)))
    A = Q @ np.diag(np.geomspace(1, condition, d)) @ Q.T
    return (A + A.T) / 2, rng.normal(size=d)


def test_newton_solves_a_bowl_in_one_step_and_jumps_to_a_saddle():
    """Erratum E59 (D48): from (1, 0.5), diag(1, 100) and diag(2, -2)."""
    start = np.array([1.0, 0.5])
    bowl = minimize(Bowl(100), Newton(Bowl(100).hessian), start, 1)
    np.testing.assert_allclose(bowl.points[-1], 0, atol=1e-15)
    saddle = minimize(Saddle(), Newton(Saddle().hessian), start, 1)
    np.testing.assert_allclose(saddle.points[-1], 0, atol=1e-15)
    assert saddle.losses[-1] == 0 < 1
    # Damping above the most negative curvature turns attraction into escape: y (1 - 2/(-2 + 3))...
    away = minimize(Saddle(), Newton(Saddle().hessian, damping=3.0), start, 3).points[:, 1]
    np.testing.assert_allclose(away, 0.5 * 3.0 ** np.arange(4))
    made_positive = minimize(Saddle(), DampedNewton(Saddle().hessian), start, 1)
    np.testing.assert_allclose(made_positive.points[-1], [0, 1], atol=1e-15)


def test_newton_by_hand_with_a_rate_and_damping():
    """H = diag(1, 10), g = (1, 10): over (1 + 1, 10 + 1), times 1/2."""
    method = Newton(Bowl(10).hessian, lr=0.5, damping=1.0)
    theta, state = method.step(np.ones(2), method.init(np.ones(2)), np.array([1.0, 10.0]))
    np.testing.assert_allclose(theta, [1 - 0.25, 1 - 5 / 11])
    np.testing.assert_allclose(method.rate(state), [0.25, 0.5 / 11])


def test_newton_squares_the_error_near_the_minimum():
    record = minimize(Beale(), Newton(Beale().hessian), np.array([2.9, 0.48]), 4)
    errors = np.linalg.norm(record.points - [3, 0.5], axis=1)
    assert (errors[1:4] < 20 * errors[:3] ** 2).all()
    assert errors[-1] < 1e-9


@given(st.integers(0, 1000))
@settings(max_examples=25)
def test_newton_does_not_see_linear_maps_of_theta_and_adagrad_does(seed):
    """With theta = M z and f(M z) in place of f, the iterates in z are those in theta."""
    rng = np.random.default_rng(seed)
    M = np.eye(2) + 0.3 * rng.uniform(-1, 1, (2, 2))

    class Mapped:
        name = "mapped"
        value = staticmethod(lambda z: Rosenbrock().value(z @ M.T))
        gradient = staticmethod(lambda z: Rosenbrock().gradient(z @ M.T) @ M)
        hessian = staticmethod(lambda z: M.T @ Rosenbrock().hessian(z @ M.T) @ M)

    start = np.array([0.8, 0.7])
    plain = minimize(Rosenbrock(), Newton(Rosenbrock().hessian), start, 3).points
    mapped = minimize(Mapped(), Newton(Mapped.hessian), np.linalg.solve(M, start), 3).points
    np.testing.assert_allclose(mapped @ M.T, plain, rtol=1e-7, atol=1e-8)


def test_rotation_moves_newton_along_and_not_adagrad():
    turn = np.array([[1, -1], [1, 1]]) / 2**0.5
    straight, turned, start = Bowl(100), Bowl(100, angle=np.pi / 4), np.array([1.0, 0.7])
    for make, same in (
        (lambda f: Newton(f.hessian, lr=0.5), True),
        (lambda f: AdaGrad(0.1), False),
    ):
        one = minimize(straight, make(straight), start, 10).points @ turn.T
        other = minimize(turned, make(turned), turn @ start, 10).points
        assert np.allclose(one, other, atol=1e-10) == same


def test_newton_takes_a_grid_of_runs():
    starts = np.random.default_rng(0).uniform(0.5, 1.5, (4, 2))
    together = minimize(Rosenbrock(), Newton(Rosenbrock().hessian), starts, 3).points
    for run, start in enumerate(starts):
        one = minimize(Rosenbrock(), Newton(Rosenbrock().hessian), start, 3).points
        np.testing.assert_allclose(together[:, run], one, rtol=1e-9)


def test_conjugate_gradients_by_hand():
    """A = [[4, 1], [1, 3]], b = (1, 2) from (2, 1): alpha = 73/331, then the solution (1, 7)/11."""
    solution = conjugate_gradient(
        np.array([[4.0, 1], [1, 3]]), np.array([1.0, 2]), np.array([2.0, 1])
    )
    np.testing.assert_allclose(solution.points[1], [2 - 8 * 73 / 331, 1 - 3 * 73 / 331])
    np.testing.assert_allclose(solution.points[-1], [1 / 11, 7 / 11])
    assert len(solution.points) == 3


@pytest.mark.parametrize(("most", "condition"), [(11, 100.0), (20, 10.0)])  # beyond, rounding shows
@given(st.data(), st.integers(0, 1000))
def test_conjugate_gradients_need_no_more_steps_than_dimensions(most, condition, data, seed):
    d = data.draw(st.integers(1, most))
    A, b = positive_definite(d, seed, condition)
    solution = conjugate_gradient(A, b, tolerance=1e-8)
    assert len(solution.points) <= d + 1
    np.testing.assert_allclose(solution.points[-1], np.linalg.solve(A, b), atol=1e-7)
    residual = np.linalg.norm(b - A @ solution.points[-1])
    assert residual == pytest.approx(solution.residuals[-1], abs=1e-7)


def test_ten_dense_dimensions():
    """Erratum E51 (D23): after ten steps done; gradient descent is not."""
    A, b = positive_definite(10, seed=0)
    solution = conjugate_gradient(A, b)
    assert solution.residuals[5] > 1e-3 > 1e-6 > solution.residuals[10]
    descent = minimize(Quadratic(A, b), GradientDescent(2 / 101), np.zeros(10), 10)
    assert np.linalg.norm(b - A @ descent.points[-1]) > 1e-2


def test_conjugate_gradients_are_newton_in_one_dimension():
    assert conjugate_gradient(np.array([[5.0]]), np.array([2.0])).points[-1] == pytest.approx(0.4)


def test_an_indefinite_matrix_is_refused():
    with pytest.raises(ValueError, match="A is not positive definite: .*all curvatures > 0"):
        conjugate_gradient(np.diag([1.0, -1.0]), np.array([1.0, 2.0]))


def test_the_nonlinear_form_is_the_linear_one_on_a_quadratic_with_exact_steps():
    """Polak and Ribiere's beta is Fletcher and Reeves's there: the directions are conjugate."""
    A, b = positive_definite(4, seed=3, condition=10.0)
    f = Quadratic(A, b)
    record = minimize(f, NonlinearConjugateGradient(f), np.zeros(4), 40)
    descent = minimize(f, GradientDescent(2 / 11), np.zeros(4), 40)
    best = f.value(f.minimum)
    assert record.losses[-1] - best < 1e-3 * (descent.losses[-1] - best) + 1e-14
    assert (np.diff(record.losses) <= 1e-15).all()


def test_coordinate_descent_by_hand_and_in_five_dimensions():
    """Erratum E51 (D23): any number of variables; a sweep is Gauss and Seidel's."""
    A, b = positive_definite(5, seed=1, condition=10.0)
    sweep = np.zeros(5)
    for i in range(5):
        sweep[i] = (b[i] - A[i] @ sweep + A[i, i] * sweep[i]) / A[i, i]
    record = minimize(Quadratic(A, b), CoordinateDescent(A), np.zeros(5), 200)
    np.testing.assert_allclose(record.points[1], sweep, atol=1e-14)
    assert np.linalg.norm(b - A @ record.points[-1]) < 1e-10
    assert (np.diff(record.losses) <= 1e-14).all()


def test_coordinate_descent_takes_runs_and_mutates_nothing():
    A, b = positive_definite(3, seed=2)
    method, theta = CoordinateDescent(A), np.random.default_rng(0).normal(size=(4, 3))
    gradient = Quadratic(A, b).gradient(theta)
    theta.flags.writeable = gradient.flags.writeable = False
    new, _ = method.step(theta, method.init(theta), gradient)
    for run in range(4):
        one, _ = method.step(theta[run], method.init(theta[run]), gradient[run])
        np.testing.assert_allclose(new[run], one, rtol=1e-12)


def test_l_bfgs_reaches_the_end_of_the_valley_long_before_gradient_descent():
    start = np.array([-1.2, 1.0])
    fast = minimize(Rosenbrock(), LBFGS(Rosenbrock()), start, 50)
    slow = minimize(Rosenbrock(), GradientDescent(0.001), start, 50)
    assert fast.losses[-1] < 1e-12 < 1 < slow.losses[-1]
    assert (np.diff(fast.losses) <= 0).all()


@given(st.integers(0, 1000))
@settings(max_examples=25)
def test_the_two_loops_are_the_bfgs_matrix(seed):
    """H' = (I - rho s y^T) H (I - rho y s^T) + rho s s^T for each pair, written out."""
    rng = np.random.default_rng(seed)
    A, _ = positive_definite(4, seed)
    pairs = [(s, A @ s) for s in rng.normal(size=(3, 4))]
    s, y = pairs[-1]
    H = (s @ y) / (y @ y) * np.eye(4)
    for s, y in pairs:
        left = np.eye(4) - np.outer(s, y) / (s @ y)
        H = left @ H @ left.T + np.outer(s, s) / (s @ y)
    gradient = rng.normal(size=4)
    np.testing.assert_allclose(LBFGS._times_inverse(pairs, gradient), H @ gradient, rtol=1e-8)


def test_memory_holds_the_newest_pairs():
    method, theta = LBFGS(Rosenbrock(), memory=2), np.array([-1.2, 1.0])
    state = method.init(theta)
    for _ in range(6):
        theta, state = method.step(theta, state, Rosenbrock().gradient(theta))
    assert len(state.pairs) == 2


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Newton(None, lr=0), "lr = 0: must be positive"),
        (lambda: Newton(None, damping=-1), "damping = -1: must be zero or"),
        (lambda: DampedNewton(None, smallest=0), "smallest = 0: must be positive"),
        (lambda: CoordinateDescent(np.diag([1.0, 0.0])), r"matrix of shape \(2, 2\): pass"),
        (lambda: LBFGS(None, memory=0), "memory = 0: pass at least 1"),
        (lambda: LBFGS(None).init(np.ones((2, 2))), "one run at a time"),
    ],
)
def test_bad_arguments_are_refused_in_one_line(make, message):
    with pytest.raises(ValueError, match=message) as caught:
        make()
    assert "\n" not in str(caught.value)


def test_damping_takes_a_grid_of_runs():
    """Over two runs and two coordinates, where shapes could be mistaken."""
    starts, damping = np.array([[1.0, 0.5], [0.5, 1.0]]), np.array([[0.5], [3.0]])
    together = minimize(Saddle(), Newton(Saddle().hessian, 1.0, damping), starts, 3).points
    for run, start in enumerate(starts):
        method = Newton(Saddle().hessian, 1.0, damping[run, 0])
        one = minimize(Saddle(), method, start, 3).points
        np.testing.assert_allclose(together[:, run], one)


@pytest.mark.parametrize("kind", [LBFGS, NonlinearConjugateGradient])
def test_a_search_at_the_minimum_stays_there(kind):
    """Where the square of a gradient is zero though it is not, no direction leads down."""
    record = minimize(Bowl(20), kind(Bowl(20)), (1e-170, -1e-170), 3)
    assert (record.points == record.points[0]).all()


@pytest.mark.parametrize(
    ("damping", "factor"), [(0.5, -1 / 3), (1.5, -3.0), (1.0, -1.0), (2.5, 5.0), (6.0, 1.5)]
)
def test_what_a_damped_step_leaves_of_the_distance_to_a_saddle(damping, factor):
    """lambda / (c + lambda) with c = -2: out from 1 on, in jumps up to 2, downhill above it."""
    path = minimize(Saddle(), Newton(Saddle().hessian, 1.0, damping), np.array([0.0, 0.5]), 3)
    np.testing.assert_allclose(path.points[:, 1], 0.5 * factor ** np.arange(4))
    gradient = Saddle().gradient(path.points[0])
    assert ((path.points[1] - path.points[0]) @ gradient < 0) == (damping > 2)


def test_as_many_steps_as_different_curvatures():
    rng = np.random.default_rng(0)
    Q, _ = np.linalg.qr(rng.normal(size=(10, 10)))
    A = (Q * np.repeat([1.0, 10.0, 100.0], [4, 3, 3])) @ Q.T
    residuals = conjugate_gradient(A, rng.normal(size=10), tolerance=1e-9).residuals
    assert len(residuals) == 4 and residuals[2] > 0.1


def test_a_turn_costs_adagrad_its_lead_and_newton_nothing():
    """kappa = 100: AdaGrad(0.7) is done in 3 steps along the axes, and turned not after 200."""
    turn, start = np.array([[1, -1], [1, 1]]) / 2**0.5, np.array([-1.0, 0.6])
    for angle, theta0, slow in ((0, start, False), (np.pi / 4, turn @ start, True)):
        bowl = Bowl(100, angle)
        losses = minimize(bowl, AdaGrad(0.7), theta0, 200).losses
        assert (losses[5] > 1e-3) == (losses[200] > 1e-3) == slow
        assert minimize(bowl, Newton(bowl.hessian), theta0, 1).losses[-1] < 1e-25


def test_most_starts_on_beale_end_at_its_saddle():
    x, y = np.meshgrid(np.linspace(-0.5, 4.5, 31), np.linspace(-1.5, 2, 31))
    starts, found = np.stack([x, y], -1).reshape(-1, 2), []
    for method in (Newton(Beale().hessian), DampedNewton(Beale().hessian, lr=0.5)):
        runs = minimize(Beale(), method, starts, 50, on_divergence="record")
        at_saddle = np.linalg.norm(runs.points[-1] - [0, 1], axis=-1) < 0.01
        found.append((np.mean(at_saddle), np.mean(runs.losses[-1] < 1e-3)))
    (saddle, minimum), (saddle_2, minimum_2) = found
    assert saddle > 0.65 and minimum < 0.3
    assert saddle_2 == 0 and minimum_2 > 0.8


def test_mean_squared_gradients_of_drawn_labels_are_the_curvature():
    """Softmax: the mean of (p - y)^2 x^2 over labels from the model is the second derivative."""
    rng = np.random.default_rng(0)
    X, W = rng.normal(size=(20, 3)), rng.normal(size=(4, 3))

    def probabilities(W):
        p = np.exp(X @ W.T)
        return p / p.sum(axis=1, keepdims=True)

    p, h = probabilities(W), 1e-5
    for c in range(4):
        for j in range(3):
            up, down = W.copy(), W.copy()
            up[c, j] += h
            down[c, j] -= h
            slope = (probabilities(up) - probabilities(down))[:, c] * X[:, j] / (2 * h)
            drawn = (p[:, c] * (p[:, c] - 1) ** 2 + (1 - p[:, c]) * p[:, c] ** 2) * X[:, j] ** 2
            np.testing.assert_allclose(drawn, slope, atol=1e-8)


@pytest.mark.parametrize(("power", "expected"), [(0.0, -0.5), (-1.0, 0.5)])
def test_adam_divides_by_noise(power, expected):
    """One feature an example: curvature c, noise of deviation c^power, so v ~ c^(1 + 2 power)."""
    c, rng = np.geomspace(0.3, 0.003, 12), np.random.default_rng(1)
    c = c / c.sum()
    method, w = Adam(0.001), np.zeros(12)
    state = method.init(w)
    for _ in range(4000):
        i = rng.choice(12, 32, p=c)
        error = w[i] - 0.1 * c[i] ** power * rng.normal(size=32)
        w, state = method.step(w, state, np.bincount(i, error, 12) / 32)
    found = np.polyfit(np.log(c), np.log(method.rate(state)), 1)[0]
    assert found == pytest.approx(expected, abs=0.05)


@pytest.fixture(scope="module")
def live():
    """The live figure from the chapter's own cells, and the record of a run at some positions."""
    path = Path(__file__).parents[1] / "book" / "second_order.ipynb"
    code = [c.source for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]
    names = {}
    for mark in ("from functools", "def ground(", "SurfaceWidget(\n"):
        [text] = [text for text in code if mark in text]
        text = text.replace("SurfaceWidget(\n", "widget = SurfaceWidget(\n", 1)
        exec(compile(text, "second_order", "exec"), names)
    widget = names["widget"]
    return widget, lambda name, **to: widget._records(name, [widget.values | to])[0]


def test_the_live_figure_shows_what_its_alternative_text_says(live):
    widget, run = live
    assert widget.values == {"angle": 30, "damping": 0, "saddle": False, "steep": False}
    np.testing.assert_allclose(run("newton").points[1:], 0, atol=1e-12)
    for name in "gradient_descent", "adagrad":
        assert run(name).losses[-1] > 1e-3
        assert np.linalg.norm(run(name).points[-1]) > 0.03


def test_what_the_caption_of_the_live_figure_says(live):
    widget, run = live
    angles, dampings = (widget._controls[n].values for n in ("angle", "damping"))
    for saddle in False, True:
        for steep in False, True:
            for angle in angles:
                to = {"angle": angle, "saddle": saddle, "steep": steep}
                np.testing.assert_allclose(run("newton", **to).points[1:], 0, atol=1e-9)
                if not saddle:
                    continue
                cos, sin = np.cos(np.radians(angle)), np.sin(np.radians(angle))
                for damping in dampings[1:]:
                    out = run("newton", damping=damping, **to).points[:4] @ [cos, sin]
                    assert (abs(out[3]) > abs(out[0])) == (damping > 0.4)
                    jumps = (np.sign(out[1:]) != np.sign(out[:-1])).all()
                    assert jumps == (damping < 1)
    for damping in dampings[1:]:
        step = run("newton", angle=0, damping=damping).points[1]
        left = step / [-1.0, 0.6]
        assert left[0] > left[1] > 0


# The questions of the exercise
# The questions of the exercise

ADAPTERS = {
    "second_order.1": """
def scaled_cg(A, b, theta0, steps, tolerance):
    return conjugate_gradient(A, b, theta0, tolerance, steps).points[-1]
""",
    "second_order.3": """
def shifted_newton(theta, g, H, lr, floor):
    method = DampedNewton(lambda theta: H, lr=lr, smallest=floor)
    return method.step(theta, method.init(theta), g)[0]
""",
    "second_order.5": """
def bounded_descent(A, b, theta0, low, high, sweeps):
    method, theta = CoordinateDescent(A), theta0
    for _ in range(sweeps):
        theta, _ = method.step(theta, method.init(theta), theta @ A - b)
    return theta
""",
}


@pytest.mark.parametrize("seed", SEEDS)
def test_scaled_reference_is_the_book_s_method_on_stretched_axes(seed):
    """With theta_i = z_i / sqrt(A_ii) the matrix in z has a diagonal of ones."""
    *parts, stops = examples(questions.cg_question, seed)
    for case in itertools.chain(*parts):
        A, b, theta0, steps, _ = case.arguments
        root = np.sqrt(np.diag(A))
        z = conjugate_gradient(A / np.outer(root, root), b / root, theta0 * root, 0.0, steps).points
        assert len(z) == steps + 1
        np.testing.assert_allclose(case.expected, z[-1] / root, rtol=1e-7, atol=1e-10)
    for case in parts[0]:
        np.testing.assert_array_equal(np.diag(case.arguments[0]), 1)
    found = []
    for case in stops:
        A, b, _, steps, tolerance = case.arguments
        assert np.linalg.norm(A @ case.expected - b) <= tolerance
        earlier = [questions.scaled_cg(*case.arguments[:3], n, tolerance) for n in range(steps)]
        first = next(n for n, theta in enumerate(earlier) if np.all(theta == case.expected))
        assert all(np.linalg.norm(A @ theta - b) > tolerance for theta in earlier[:first])
        found.append(first)
    assert found == [2, 3, 0, 1]


@pytest.mark.parametrize("seed", SEEDS)
def test_leaving_reference_is_a_run_of_the_book_s_method(seed):
    above, below = examples(questions.leaving_question, seed)
    for case in (*above, *below):
        h, damping, lr, y0, distance = case.arguments
        factor, steps = case.expected
        assert (damping > h) == (case in above)
        f = Quadratic(np.diag([1.0, -h]))
        run = minimize(f, Newton(f.hessian, lr=lr, damping=damping), (0.3, y0), max(steps, 100))
        y = np.abs(run.points[:, 1])
        assert run.points[1, 1] == pytest.approx(factor * y0)
        if steps > 0:
            assert y[steps] >= distance > y[steps - 1]
        else:
            assert y.max() == abs(y0)
    assert [case.expected[1] > 0 for case in below] == [True, True, False, False]
    assert all(case.expected[0] < -1 for case in below[:2])  # jumps from side to side
    assert all(case.arguments[1] > 0.5 * case.arguments[0] for case in below[3:])


def test_the_worked_example_of_leaving_is_right():
    (text,) = [
        cell.source for cell in cells("second_order") if "For example `leaving" in cell.source
    ]
    assert "`leaving(2.0, 3.0, 0.5, -0.01, 1.0)` is `[2.0, 7]`" in text
    assert questions.leaving(2.0, 3.0, 0.5, -0.01, 1.0) == [2.0, 7]


@pytest.mark.parametrize("seed", SEEDS)
def test_shifted_reference_is_the_book_s_method_with_the_right_damping(seed):
    saddles, many = examples(questions.bug_question, seed)
    for place, case in enumerate((*saddles, *many)):
        theta, g, H, lr, floor = (np.float64(x) for x in case.arguments)
        runs = zip(*(np.atleast_2d(x) for x in (theta, g, case.expected)), strict=True)
        for (start, slope, end), matrix in zip(runs, H.reshape(-1, *H.shape[-2:]), strict=True):
            smallest = np.linalg.eigvalsh(matrix)[0]
            method = Newton(lambda _, m=matrix: m, lr=lr, damping=max(0.0, floor - smallest))
            step, _ = method.step(start, method.init(start), slope)
            np.testing.assert_allclose(end, step, rtol=1e-3, atol=1e-4)
            lifted = matrix + method.damping * np.eye(len(start))
            assert np.linalg.eigvalsh(lifted)[0] >= floor * (1 - 1e-5)
            assert smallest < 0 or place >= len(saddles)
    lowest = np.linalg.eigvalsh(many[0].arguments[2])[:, 0] / many[0].arguments[4]
    for low, high, count in ((-100, -1e-6, 2), (-1e-6, 1e-6, 1), (1e-6, 1, 1), (1, 100, 1)):
        assert np.sum((low < lowest) & (lowest < high)) == count


def test_the_shipped_shift_walks_to_the_saddle():
    (text,) = [cell.source for cell in cells("second_order") if "def shipped(" in cell.source]
    buggy = run_anywhere(text)["shipped"]
    for case in itertools.chain(*examples(questions.bug_question, PUBLIC)):
        wrong = questions.bug_question.mistakes[0].answer(*case.arguments)
        np.testing.assert_allclose(buggy(*case.arguments), wrong, rtol=1e-4)
    saddle, theta = Quadratic(np.diag([3.0, -1.0])), np.array([0.4, 1.5])
    arguments = theta, saddle.gradient(theta), saddle.matrix, 1.0, 0.5
    np.testing.assert_allclose(buggy(*arguments), 0, atol=1e-15)
    repaired = questions.shifted_newton(*arguments)
    assert saddle.value(repaired) < saddle.value(theta) < 0


@pytest.mark.parametrize("seed", SEEDS)
def test_gaps_reference_is_two_runs_of_the_book_s_methods(seed):
    def mapped(bowl, M):
        class Mapped:
            name = "mapped"
            value = staticmethod(lambda z: bowl.value(z @ M.T))
            gradient = staticmethod(lambda z: bowl.gradient(z @ M.T) @ M)
            hessian = staticmethod(lambda z: M.T @ bowl.hessian(z @ M.T) @ M)

        return Mapped()

    seen = []
    for case in itertools.chain(*examples(questions.gaps_question, seed)):
        condition, angle, M, theta0, lr, damping, steps = case.arguments
        one = Bowl(condition, angle)
        other = mapped(one, M)
        for make, expected in zip(
            (
                lambda f, lr=lr, damping=damping: Newton(f.hessian, lr=lr, damping=damping),
                lambda f, lr=lr: GradientDescent(lr),
                lambda f, lr=lr: AdaGrad(lr, epsilon=1e-10),
            ),
            case.expected,
            strict=True,
        ):
            straight = minimize(one, make(one), theta0, steps).points
            there = minimize(other, make(other), np.linalg.solve(M, theta0), steps).points
            distance = np.linalg.norm(straight - there @ M.T, axis=1).max()
            assert expected == pytest.approx(distance, rel=1e-6, abs=1e-12)
        seen.append([gap > 1e-3 for gap in case.expected])
    # The table of the explanation.
    rotated, stretched, both = [False, False, True], [False, True, True], [True, True, True]
    assert seen == [rotated, rotated, stretched, stretched, both, both, rotated]


@pytest.mark.parametrize("seed", SEEDS)
def test_bounded_reference_is_the_book_s_method_and_finds_the_lowest_point(seed):
    far, *felt = examples(questions.bounded_question, seed)
    for case in far:
        A, b, theta, _, _, sweeps = case.arguments
        theta = minimize(Quadratic(A, b), CoordinateDescent(A), theta, sweeps).points[-1]
        np.testing.assert_allclose(case.expected, theta, rtol=1e-10)
    for case in itertools.chain(*felt):
        A, b, theta0, low, high, _ = case.arguments
        assert np.all(low <= theta0)
        assert np.all(theta0 <= high)
        theta = questions.bounded_descent(A, b, theta0, low, high, 3000)
        slope, width = theta @ A - b, np.mean(high - low)
        # At the lowest point no slope leads on, except against a bound.
        blocked = (theta == low) & (slope > 0) | (theta == high) & (slope < 0)
        assert np.all(blocked | (np.abs(slope) < 1e-6 * np.max(A) * width))
        assert blocked.any()
        assert not blocked.all()


def near(rng, count):
    return np.array(questions.START) + rng.uniform(-0.03, 0.03, (count, 2))


def test_a_first_damping_from_16_to_150_arrives():
    """The explanation's claims, at 300 starts."""
    starts = near(np.random.default_rng(0), 300)
    for first, arrives in ((16, 1), (45, 1), (150, 1), (10, 0.5), (200, 0), (3, 0), (1000, 0)):
        share = np.mean(questions.newton_losses(1.0, 1.0, [first, 0.0], starts) < questions.TARGET)
        assert share == 1 if arrives == 1 else share <= arrives
    assert np.all(questions.newton_losses(1.0, 1.0, [45.0, 1.0], starts) > questions.TARGET)
    lowest = np.linalg.eigvalsh(Beale().hessian(starts))[:, 0]
    assert np.all((lowest > -12.5) & (lowest < -8))
    assert np.linalg.eigvalsh(Beale().hessian(np.array([3.0, 0.5])))[0] == pytest.approx(
        0.3, abs=0.03
    )


def test_newton_losses_are_those_of_the_book_s_method():
    start = np.array([1.02, 0.98])
    schedule = np.repeat([30.0, 0.0], (questions.FIRST, questions.LAST))
    theta = start
    for damping in schedule:
        method = Newton(Beale().hessian, damping=damping)
        theta, _ = method.step(theta, method.init(theta), Beale().gradient(theta))
    (loss,) = questions.newton_losses(1.0, 1.0, [30.0, 0.0], start[None])
    assert loss == pytest.approx(Beale().value(theta), abs=1e-20)
    undamped = minimize(Beale(), Newton(Beale().hessian), start, 23).points[-1]
    np.testing.assert_allclose(undamped, [0, 1], atol=1e-9)


def test_no_constant_pair_earns_a_point():
    question = questions.damping_question
    for cases in examples(question, PUBLIC):
        for first, second in itertools.product(np.geomspace(1e-4, 1e6, 41), (0.0, 1e-3, 1.0)):
            assert any(question.judge(case.arguments, [first, second]) for case in cases)
