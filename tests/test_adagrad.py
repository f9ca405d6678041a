"""AdaGrad: steps by hand, the laws the chapter derives, every number its boxes correct."""

import itertools
import re

import nbformat
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from exercises.questions import adagrad as questions
from exercises.questions import examples, try_answer
from lecture_code.adagrad import AdaGrad, AdaGradState, FullMatrixAdaGrad
from lecture_code.gradient_descent import GradientDescent
from lecture_code.minimize import minimize
from lecture_code.objectives import Beale, Bowl
from scripts.site import ROOT
from tests.proofs import PUBLIC, SEEDS, cells, record, run_anywhere

# What the chapter's algorithm boxes show, and their formulas in plain Python.
SHOWN = [AdaGrad]
EQUATIONS = {
    r"s_t = s_{t-1} + g_t \odot g_t": lambda s, g: s + g**2,
    r"\theta_t = \theta_{t-1} - \frac{\eta_t}{\sqrt{s_t} + \epsilon} \odot g_t": (
        lambda theta, eta, s, epsilon, g: theta - eta / (s**0.5 + epsilon) * g
    ),
}

gradients = arrays(float, (6, 3), elements=st.floats(-1e3, 1e3).map(lambda x: round(x, 6)))


def follow(method, gradients, theta0=None):
    """The points of a run whose gradients are given in advance."""
    theta = np.zeros_like(gradients[0]) if theta0 is None else theta0
    state, points = method.init(theta), [theta]
    for gradient in gradients:
        theta, state = method.step(theta, state, gradient)
        points.append(theta)
    return np.array(points), state


def test_three_steps_by_hand():
    """Gradients 3, 4, 12 give sums 9, 25, 169, roots 3, 5, 13, moves 1, 4/5, 12/13 of the rate."""
    points, state = follow(AdaGrad(lr=0.5, epsilon=0), np.array([[3.0], [-4.0], [12.0]]))
    np.testing.assert_allclose(points[:, 0], np.cumsum([0, -0.5, 0.4, -6 / 13]), rtol=1e-15)
    assert state.t == 3
    assert state.s.tolist() == [169]


def test_bowl_of_the_chapter():
    """Curriculum Q3: f = (x^2 + 10 y^2)/2 from (1, 1), three steps of 0.1."""
    end = minimize(Bowl(10), AdaGrad(lr=0.1), (1.0, 1.0), steps=3).points[-1]
    np.testing.assert_allclose(end, 0.780456, atol=5e-7)


@pytest.mark.parametrize("rate", [0.3, lambda t: 0.3 / t])
@given(gradients)
def test_the_equations_of_the_page_number_by_number(rate, gradients):
    points, last = follow(AdaGrad(lr=rate, epsilon=1e-4), gradients)
    accumulate, move = EQUATIONS.values()
    for j in range(3):
        s, theta = 0.0, 0.0
        for t, g in enumerate(map(float, gradients[:, j]), start=1):
            eta = rate(t) if callable(rate) else rate
            s = accumulate(s, g)
            theta = move(theta, eta, s, 1e-4, g)
            assert points[t, j] == pytest.approx(theta, rel=1e-12, abs=1e-15)
        assert last.s[j] == pytest.approx(s, rel=1e-12)


@given(gradients)
def test_every_move_is_at_most_the_learning_rate(gradients):
    points, _ = follow(AdaGrad(lr=0.1, epsilon=1e-8), gradients)
    assert (np.abs(np.diff(points, axis=0)) <= 0.1 * (1 + 1e-12)).all()


@given(gradients)
def test_the_rate_never_rises(gradients):
    method = AdaGrad(lr=0.1, epsilon=1e-8)
    state, rates = method.init(gradients[0]), []
    for gradient in gradients:
        _, state = method.step(np.zeros(3), state, gradient)
        rates.append(method.rate(state))
    assert (np.diff(rates, axis=0) <= 0).all()


@given(gradients, st.floats(1e-3, 1e3))
def test_scaling_the_loss_changes_nothing_without_epsilon(gradients, scale):
    assume((np.abs(gradients[0]) > 1e-3).all())
    plain, _ = follow(AdaGrad(lr=0.1, epsilon=0), gradients)
    scaled, _ = follow(AdaGrad(lr=0.1, epsilon=0), scale * gradients)
    np.testing.assert_allclose(plain, scaled, rtol=1e-9, atol=1e-12)


@given(gradients)
def test_coordinates_do_not_see_each_other(gradients):
    together, _ = follow(AdaGrad(lr=0.1), gradients)
    alone, _ = follow(AdaGrad(lr=0.1), gradients[:, 1:2])
    np.testing.assert_array_equal(together[:, 1], alone[:, 0])


@pytest.mark.parametrize("g", [1e-3, 1.0, 500.0])
def test_constant_gradient_gives_one_over_root_t(g):
    """Rate eta/(|g| sqrt t), move eta/sqrt t, path the partial sums of 1/sqrt t."""
    t = np.arange(1, 1001)
    points, _ = follow(AdaGrad(lr=1, epsilon=0), np.full((1000, 1), g))
    np.testing.assert_allclose(-np.diff(points[:, 0]), 1 / np.sqrt(t), rtol=1e-10)
    np.testing.assert_allclose(-points[1:, 0], np.cumsum(1 / np.sqrt(t)), rtol=1e-10)


@pytest.mark.parametrize(
    ("g", "inside", "first_step"),
    [(1e-4, True, 0.7071), (1e-4, False, 0.9999), (1e-6, True, 0.0100), (1e-6, False, 0.9901)],
)
def test_where_epsilon_stands_decides_the_first_step(g, inside, first_step):
    """Erratum E1: epsilon 1e-8, first step in units of the learning rate."""
    method = AdaGrad(lr=1, epsilon=1e-8, epsilon_inside=inside)
    points, _ = follow(method, np.array([[g]]))
    assert -points[1, 0] == pytest.approx(first_step, abs=5e-5)


def test_historical_squares_are_of_the_gradient():
    """Erratum E3: at theta = 10 with g = 0.1 the first step is eta, not 0.01 eta."""
    points, _ = follow(AdaGrad(lr=1, epsilon=0), np.array([[0.1]]), theta0=np.array([10.0]))
    assert 10 - points[1, 0] == pytest.approx(1)


def test_the_rate_decays_as_a_power_and_can_settle():
    """Erratum E4: 1, 0.1, 0.01 at t = 1, 100, 10000; on a bowl it tends to a positive limit."""
    method = AdaGrad(lr=1, epsilon=0)
    state = method.init(np.zeros(1))
    rates = {}
    for t in range(1, 10_001):
        _, state = method.step(np.zeros(1), state, np.ones(1))
        rates[t] = method.rate(state)[0]
    assert [rates[t] for t in (1, 100, 10_000)] == pytest.approx([1, 0.1, 0.01])
    record = minimize(Bowl(1), AdaGrad(lr=0.5), (1.0, 0.0), steps=400)
    assert record.rates[0, 0] == pytest.approx(0.5)
    assert record.rates[99:, 0] == pytest.approx(0.428331, abs=5e-7)
    assert abs(record.points[-1, 0]) < 1e-30


@pytest.mark.parametrize("dense", [10.0, 0.0])
def test_the_sparse_coordinate_ignores_the_dense_one(dense):
    """Erratum E5: the sparse coordinate's path is the same with the dense one active or frozen."""
    rng = np.random.default_rng(5)
    sparse = np.where(rng.random(1000) < 0.05, rng.normal(size=1000), 0)
    both, _ = follow(AdaGrad(lr=0.1), np.stack([np.full(1000, dense), sparse], axis=1))
    alone, _ = follow(AdaGrad(lr=0.1), sparse[:, None])
    np.testing.assert_array_equal(both[:, 1], alone[:, 0])


def test_one_shared_sum_would_slow_the_sparse_coordinate():
    """What the claim of E5 would need: with one sum for both, an active dense coordinate does."""
    every_tenth = np.where(np.arange(1, 301) % 10 == 0, 1.0, 0.0)
    ends = {}
    for dense in (1.0, 0.0):
        total, y = 0.0, 0.0
        for g in every_tenth:
            total += dense**2 + g**2
            y -= 0.1 * g / np.sqrt(total) if total else 0
        ends[dense] = y
    own, _ = follow(AdaGrad(lr=0.1), np.stack([np.ones(300), every_tenth], axis=1))
    assert ends[0.0] == pytest.approx(own[-1, 1])
    assert ends[1.0] > 0.4 * ends[0.0]  # less than half of the way


def test_the_learning_rate_still_sets_the_distance():
    """Erratum E5b: unit gradients, eta 0.01: 1.985 after 10^4 steps, 19.99 after 10^6."""
    assert 0.01 * (1 / np.sqrt(np.arange(1, 10_001))).sum() == pytest.approx(1.985, abs=5e-4)
    points, _ = follow(AdaGrad(lr=0.01), np.ones((10_000, 1)))
    assert -points[-1, 0] == pytest.approx(1.985, abs=5e-4)
    record = minimize(Beale(), AdaGrad(lr=0.5), (1.0, 1.5), steps=600)
    assert np.argmax(record.losses < 1e-3) == 519
    slow = minimize(Beale(), AdaGrad(lr=0.01), (1.0, 1.5), steps=600)
    assert slow.losses[-1] > 1


def test_the_root_makes_the_step_independent_of_scale():
    """Erratum E9: (1, 2) divided by its own root is (1, 1)."""
    points, _ = follow(AdaGrad(lr=1, epsilon=0), np.array([[1.0, 2.0]]))
    assert points[1].tolist() == [-1, -1]


def test_diagonal_scaling_depends_on_the_axes():
    """Curriculum D43: AdaGrad's result changes when the bowl is turned, gradient descent's not."""
    start = np.array([1.0, 1.0])
    turn = np.array([[1, -1], [1, 1]]) / np.sqrt(2)
    losses = {}
    for method in (AdaGrad(0.5), GradientDescent(0.019)):
        straight = minimize(Bowl(100), method, start, 100).losses[-1]
        turned = minimize(Bowl(100, angle=np.pi / 4), method, turn @ start, 100).losses[-1]
        losses[type(method)] = straight, turned
    straight, turned = losses[AdaGrad]
    assert turned > 1e6 * straight
    assert losses[GradientDescent][1] == pytest.approx(losses[GradientDescent][0])


# The regret bounds of the chapter


def regrets(a, b, D, eta):
    """Regret and sums of squares after every step on the losses |a_t theta - b_t|, as (T,), (T, d).

    theta stays in the box from 0 to D; the regret is against the best of its corners and of 200
    points inside. a: (T, d), b: (T,).
    """
    method, theta = AdaGrad(eta, epsilon=0), np.zeros(a.shape[1])
    corners = itertools.product([0, D], repeat=a.shape[1])
    others = np.vstack([*corners, np.random.default_rng(0).uniform(0, D, (200, a.shape[1]))])
    state, lead, regret, sums = method.init(theta), np.zeros(len(others)), [], []
    for t in range(len(a)):
        error = a[t] @ theta - b[t]
        lead += abs(error) - np.abs(others @ a[t] - b[t])
        with np.errstate(all="ignore"):  # 0/0 for a parameter without a gradient so far
            moved, state = method.step(theta, state, np.sign(error) * a[t])
        theta = np.clip(np.where(state.s > 0, moved, theta), 0, D)
        regret.append(lead.max())
        sums.append(state.s)
    return np.array(regret), np.array(sums)


def bound(s, D, eta):
    return (D**2 / (2 * eta) + eta) * np.sqrt(s).sum(axis=-1)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("factor", [0.2, 1, 4])
def test_the_regret_stays_below_its_bound(seed, factor):
    """On sparse convex losses, after every step, for rates around the best one."""
    rng, D = np.random.default_rng(seed), 2.0
    a = rng.normal(size=(300, 5)) * (rng.random((300, 5)) < [1, 0.5, 0.2, 0.1, 0.05])
    b = a @ rng.uniform(0, D, 5) + rng.normal(size=300)
    eta = factor * D / np.sqrt(2)
    regret, sums = regrets(a, b, D, eta)
    assert (regret <= bound(sums, D, eta)).all()
    if factor == 1:
        assert bound(sums, D, eta) == pytest.approx(np.sqrt(2) * D * np.sqrt(sums).sum(axis=1))


def test_the_bound_has_little_to_spare():
    """Features seen once each, from the wrong end: a constant below 1 for sqrt(2) would be false,
    and the bound of the best rate for all is as large, as all sums are equal."""
    D, sizes = 2.0, np.array([1.0, 5.0, 0.2])
    regret, sums = regrets(np.diag(sizes), D * sizes, D, D / np.sqrt(2))
    assert regret == pytest.approx(D * np.sqrt(sums).sum(axis=1))
    assert regret[0] > 0.99 * D


@given(arrays(float, 4, elements=st.floats(1e-3, 1e3)))
def test_the_best_rate_for_all_has_no_smaller_bound(s):
    """D^2 / (2 eta) + eta s_i / 2, added up, is least at eta = D sqrt(d / sum of s)."""
    D, d = 2.0, len(s)
    eta = D * np.sqrt(d / s.sum()) * np.array([1, 0.5, 0.99, 1.01, 2])
    shared = d * D**2 / (2 * eta) + eta * s.sum() / 2
    assert shared[0] == pytest.approx(D * np.sqrt(d * s.sum()))
    assert (shared[1:] > shared[0]).all()
    assert D * np.sqrt(s).sum() <= shared[0] * (1 + 1e-12)


def test_regret_per_step_vanishes():
    """Gradients of at most 1: the bound after T steps, per step, is sqrt(2) D d / sqrt(T)."""
    T = 900
    rng, D = np.random.default_rng(3), 1.0
    a = rng.uniform(-1, 1, (T, 3))
    regret, sums = regrets(a, a @ [0.2, 0.5, 0.9] + 0.3 * rng.normal(size=T), D, D / np.sqrt(2))
    steps = np.arange(1, T + 1)
    limit = np.sqrt(2) * D * 3 / np.sqrt(steps)
    assert (bound(sums, D, D / np.sqrt(2)) / steps <= limit).all()
    assert regret[-1] / T < regret[9] / 10
    assert limit[-1] < 0.15


# What the live figure says


@pytest.fixture(scope="module")
def live():
    """The chapter's live figure, made by its own cell, and its runs at given values."""
    notebook = nbformat.read(ROOT / "book" / "adagrad.ipynb", as_version=4)
    code = [c.source for c in notebook.cells if c.cell_type == "code"]
    [cell] = [text for text in code if "SurfaceWidget(\n" in text]
    [imports] = [text for text in code if "import Slider, SurfaceWidget" in text]
    [places] = [text for text in code if text.startswith("ravine, start =")]
    names = {"np": np, "AdaGrad": AdaGrad, "GradientDescent": GradientDescent}
    names |= {"minimize": minimize}
    for text in (imports, places, cell.replace("SurfaceWidget(", "widget = SurfaceWidget(", 1)):
        exec(compile(text, "adagrad", "exec"), names)
    widget = names["widget"]

    def run(name, **changes):
        values = widget.values | changes
        optimizer, surface = widget._runs[name].at(values), widget._surface.at(values)
        return minimize(surface, optimizer, widget._start.at(values), widget._steps, "record")

    return widget, run


def test_the_live_figure_shows_what_its_alternative_text_says(live):
    widget, run = live
    descent, adagrad = run("gradient_descent"), run("adagrad")
    assert widget.values == {"condition": 20, "factor": 0.09, "distance": 0.4, "turned": False}
    assert (np.sign(descent.points[:-1, 1]) == -np.sign(descent.points[1:, 1])).all()
    distance = np.linalg.norm(adagrad.points, axis=1)
    assert (np.diff(distance[:20]) < 0).all()
    assert (adagrad.points[:20] * [-1, 1] > 0).all()  # it never crosses to another wall
    assert adagrad.losses[-1] < 1e-6 * descent.losses[-1]


def test_every_claim_of_the_live_caption_is_true(live):
    widget, run = live
    for claim in ("η = 0.09", "for ever with 0.1", "diverges with 0.2", "κ = 20"):
        assert claim in widget.caption
    rest, for_ever, away = (run("gradient_descent", factor=f) for f in (0.09, 0.1, 0.2))
    assert rest.losses[-1] < 1e-3
    assert np.abs(for_ever.points[:, 1]) == pytest.approx(np.full(41, 0.6))
    assert away.losses[-1] > 1e6 * away.losses[0]
    largest = []
    for condition in widget._controls["condition"].values:
        rates = widget._controls["factor"].values
        ends = {f: run("gradient_descent", condition=condition, factor=f) for f in rates}
        largest.append(max(f for f, end in ends.items() if end.losses[-1] < end.losses[0]))
        points = run("adagrad", condition=condition).points
        assert np.abs(points[1] - points[0]) == pytest.approx([0.4, 0.4])
        assert points == pytest.approx(run("adagrad").points, abs=1e-8)
    assert (np.diff(largest) <= 0).all() and largest[-1] < largest[0]
    straight, turned = (run("gradient_descent", turned=turned) for turned in (False, True))
    assert turned.losses == pytest.approx(straight.losses)
    straight, turned = (run("adagrad", turned=turned) for turned in (False, True))
    assert turned.losses[-1] > 1e9 * straight.losses[-1]


def test_epsilon_zero_and_no_gradient_is_not_a_number():
    with np.errstate(all="ignore"):
        points, _ = follow(AdaGrad(lr=1, epsilon=0), np.zeros((1, 1)))
    assert np.isnan(points[1, 0])
    points, _ = follow(AdaGrad(lr=1), np.zeros((1, 1)))
    assert points[1, 0] == 0


@pytest.mark.parametrize("shape", [(), (3,), (2, 3)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_any_shape_and_both_precisions_without_touching_the_arguments(shape, dtype):
    method = AdaGrad(lr=0.1)
    theta, gradient = np.ones(shape, dtype), np.full(shape, 2, dtype)
    state = method.init(theta)
    new, after = method.step(theta, state, gradient)
    assert new.shape == shape
    assert new.dtype == after.s.dtype == dtype
    assert (theta == 1).all() and (gradient == 2).all() and (state.s == 0).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"lr": 0}, "lr = 0"),
        ({"lr": -1}, "lr = -1"),
        ({"epsilon": -1e-8}, "epsilon = -1e-08"),
        ({"epsilon": np.nan}, "epsilon = nan"),
    ],
)
def test_bad_hyperparameters_are_refused_in_one_line(arguments, message):
    with pytest.raises(ValueError, match=message) as caught:
        AdaGrad(**arguments)
    assert "\n" not in str(caught.value)


def test_full_matrix_by_hand():
    """(3, 4), then (4, -3): the matrix is 25 I, its root 5 I; its rate is the diagonal."""
    g = np.array([[3.0, 4.0], [4.0, -3.0]])
    points, state = follow(FullMatrixAdaGrad(lr=0.5, epsilon=1e-9), g)
    np.testing.assert_allclose(points, [[0, 0], [-0.3, -0.4], [-0.7, -0.1]], rtol=1e-7)
    assert state.t == 2
    np.testing.assert_allclose(state.G, [[25, 0], [0, 25]])
    np.testing.assert_allclose(FullMatrixAdaGrad(lr=0.5).rate(state), [0.1, 0.1])


@given(gradients)
def test_full_matrix_equation_with_the_closed_form_of_a_root(gradients):
    """A 2 x 2 root is (G + sqrt(det) I) / sqrt(trace + 2 sqrt(det)): no eigenvectors needed."""
    g = gradients[:, :2]
    points, state = follow(FullMatrixAdaGrad(lr=0.3, epsilon=0.1), g)
    theta, G = np.zeros(2), np.zeros((2, 2))
    for t in range(6):
        G = G + np.outer(g[t], g[t])
        det = np.sqrt(max(G[0, 0] * G[1, 1] - G[0, 1] ** 2, 0))
        scale = np.sqrt(G[0, 0] + G[1, 1] + 2 * det)
        root = (G + det * np.eye(2)) / scale if scale > 0 else G
        inverse = np.linalg.inv(root + 0.1 * np.eye(2))
        theta = theta - 0.3 * inverse @ g[t]
        np.testing.assert_allclose(points[t + 1], theta, rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(state.rate, 0.3 * np.diag(inverse), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("seed", range(5))
def test_full_matrix_turns_with_the_problem_and_the_diagonal_does_not(seed):
    rng = np.random.default_rng(seed)
    turn, _ = np.linalg.qr(rng.normal(size=(4, 4)))
    g = rng.normal(size=(12, 4))
    gaps = {}
    for method in (FullMatrixAdaGrad(lr=0.3, epsilon=1e-3), AdaGrad(lr=0.3, epsilon=1e-3)):
        straight, _ = follow(method, g)
        turned, _ = follow(method, g @ turn.T)
        gaps[type(method)] = np.abs(straight @ turn.T - turned).max()
    assert gaps[FullMatrixAdaGrad] < 1e-10
    assert gaps[AdaGrad] > 0.05


def test_full_matrix_descends_a_turned_bowl_as_the_straight_one():
    """Curriculum D43, cured: the losses of the turned bowl are those of the straight one."""
    start, turn = np.array([1.0, 1.0]), np.array([[1, -1], [1, 1]]) / np.sqrt(2)
    method = FullMatrixAdaGrad(lr=0.5, epsilon=1e-3)
    straight = minimize(Bowl(100), method, start, 100)
    turned = minimize(Bowl(100, angle=np.pi / 4), method, turn @ start, 100)
    np.testing.assert_allclose(turned.points, straight.points @ turn.T, atol=1e-8)
    assert straight.losses[-1] < straight.losses[0]


@given(gradients)
def test_full_matrix_is_adagrad_in_one_dimension(gradients):
    full, _ = follow(FullMatrixAdaGrad(lr=0.1, epsilon=1e-6), gradients[:, :1])
    diagonal, _ = follow(AdaGrad(lr=0.1, epsilon=1e-6), gradients[:, :1])
    np.testing.assert_allclose(full, diagonal, rtol=1e-9, atol=1e-12)


@given(gradients, st.lists(st.integers(0, 2), min_size=6, max_size=6))
def test_full_matrix_is_adagrad_when_each_gradient_lies_on_an_axis(gradients, axes):
    g = gradients * np.eye(3)[axes]
    full = FullMatrixAdaGrad(lr=0.1, epsilon=1e-3)
    diagonal = AdaGrad(lr=0.1, epsilon=1e-3)
    (full_points, full_state), (points, state) = follow(full, g), follow(diagonal, g)
    np.testing.assert_allclose(full_points, points, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(full.rate(full_state), diagonal.rate(state), rtol=1e-9)


def test_full_matrix_takes_runs_one_by_one():
    g = np.random.default_rng(1).normal(size=(6, 5, 3))
    lr = np.linspace(0.1, 0.5, 5)[:, None]
    together, state = follow(FullMatrixAdaGrad(lr=lr, epsilon=1e-3), g)
    assert state.G.shape == (5, 3, 3)
    for run in range(5):
        alone, own = follow(FullMatrixAdaGrad(lr=float(lr[run, 0]), epsilon=1e-3), g[:, run])
        np.testing.assert_allclose(together[:, run], alone, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(state.rate[run], own.rate, rtol=1e-9)


@pytest.mark.parametrize(("name", "value"), [("lr", 0), ("epsilon", 0), ("epsilon", -1e-6)])
def test_full_matrix_refuses_bad_hyperparameters_in_one_line(name, value):
    with pytest.raises(ValueError, match=f"{name} = {value}") as caught:
        FullMatrixAdaGrad(**{name: value})
    assert "\n" not in str(caught.value)


def test_full_matrix_needs_a_vector():
    with pytest.raises(ValueError, match="single number: pass a vector"):
        FullMatrixAdaGrad().init(np.float64(1.0))


# The questions of the exercise


LOOP = """\
    theta, state = theta0, method.init(theta0)
    for gradient in gradients:
        theta, state = method.step(theta, state, gradient)
    return theta
"""
ADAPTERS = {
    "adagrad.1": """
def adagrad_final(theta0, gradients, lr, lr_decay, accumulator0, epsilon):
    method = AdaGrad(lr=lr, epsilon=epsilon)
"""
    + LOOP,
    "adagrad.3": """
def adagrad_l2(theta0, gradients, lr, decay, epsilon):
    method = AdaGrad(lr=lr, epsilon=epsilon)
"""
    + LOOP,
}


def test_an_answer_that_changes_its_arguments_is_told_so():
    def in_place(theta0, gradients, lr, lr_decay, accumulator0, epsilon):
        theta0[...] = questions.adagrad_final(
            theta0, gradients, lr, lr_decay, accumulator0, epsilon
        )
        return theta0

    score = try_answer(questions.final_question, in_place)
    assert score.points < score.max_points
    assert "changes its arguments" in score.message


def test_a_learning_rate_may_come_as_any_number():
    for scale in (np.float64(1), np.array(1.0), 1):
        score = try_answer(questions.rate_choice_question, lambda width, height, c=scale: c * width)
        assert score.status == "correct"
    for rate in (-1.0, 0.0, 1e300):
        score = try_answer(questions.rate_choice_question, lambda width, height, c=rate: c)
        assert score.points == 0


@pytest.mark.parametrize("seed", SEEDS)
def test_plain_reference_is_the_book_s_method(seed):
    plain, started, decayed, both = examples(questions.final_question, seed)
    for case in plain:
        theta0, gradients, lr, _, _, epsilon = case.arguments
        theta, _ = record(AdaGrad(lr=lr, epsilon=epsilon), theta0, gradients)
        np.testing.assert_allclose(case.expected, theta, rtol=1e-12)
    for case in (*started, *decayed, *both):
        theta0, gradients, lr, lr_decay, accumulator0, epsilon = case.arguments
        method = AdaGrad(lr=lambda t, a=lr, d=lr_decay: a / (1 + (t - 1) * d), epsilon=epsilon)
        theta, state = theta0, AdaGradState(0, np.full_like(theta0, accumulator0))
        for gradient in gradients:
            theta, state = method.step(theta, state, gradient)
        np.testing.assert_allclose(case.expected, theta, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_rate_reference_counts_appearances(seed):
    (cases,) = examples(questions.rate_question, seed)
    for case in cases:
        g, lr, every, t = case.arguments
        squares = sum(g * g for step in range(1, t + 1) if step % every == 0)
        assert case.expected == pytest.approx(lr / np.sqrt(squares), rel=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_weight_decay_reference_is_the_book_s_method_on_the_penalized_loss(seed):
    for cases in examples(questions.bug_question, seed):
        for case in cases:
            theta, gradients, lr, decay, epsilon = case.arguments
            method = AdaGrad(lr=lr, epsilon=epsilon)
            state = method.init(theta)
            for gradient in gradients:
                theta, state = method.step(theta, state, gradient + decay * theta)
            np.testing.assert_allclose(case.expected, theta, rtol=1e-9, atol=1e-12)


def test_the_shipped_bug_takes_071_of_a_step_and_the_hint_says_so():
    wrong = questions.bug_question.mistakes[0]
    assert "0.71 of the learning rate" in wrong.hint
    arguments = np.zeros(1), np.array([[1e-4]]), 1.0, 0.0, 1e-8
    assert abs(wrong.answer(*arguments)[0]) == pytest.approx(np.sqrt(0.5))
    assert abs(questions.adagrad_l2(*arguments)[0]) == pytest.approx(1, abs=2e-4)
    (text,) = [c.source for c in cells("adagrad") if "def shipped(" in c.source]
    buggy = run_anywhere(text)["shipped"]
    for case in examples(questions.bug_question, PUBLIC)[1]:
        np.testing.assert_allclose(buggy(*case.arguments), wrong.answer(*case.arguments))


@pytest.mark.parametrize("seed", SEEDS)
def test_coupling_reference_is_two_runs_of_the_book_s_method(seed):
    class Sparse:
        """A bowl on which x is free or held and y has a gradient in every `every`-th call."""

        def __init__(self, bowl, free, every):
            self.bowl, self.free, self.every, self.calls = bowl, free, every, 0
            self.value = bowl.value

        def gradient(self, theta):
            self.calls += 1
            return self.bowl.gradient(theta) * [self.free, self.calls % self.every == 0]

    def second(free, condition, angle, every, theta0, lr, steps):
        surface = Sparse(Bowl(condition, angle), free, every)
        return minimize(surface, AdaGrad(lr=lr, epsilon=1e-10), theta0, steps).points[1:, 1]

    along, turned = examples(questions.coupling_question, seed)
    for case in (*along, *turned):
        free, held = (second(free, *case.arguments) for free in (1, 0))
        assert case.expected == pytest.approx([free[-1], np.max(np.abs(free - held))], rel=1e-9)
        assert case.arguments[2] > 1
    assert [case.expected[1] for case in along] == [0, 0, 0]
    assert all(abs(case.expected[0]) > 1e-3 for case in along)  # a constant 0 is not right
    free, held = (second(free, *turned[0].arguments) for free in (1, 0))
    assert turned[0].expected[1] > 1.1 * abs(free[-1] - held[-1])


@pytest.mark.parametrize("seed", SEEDS)
def test_displacement_reference_is_a_run_of_the_book_s_method(seed):
    short, long = examples(questions.displacement_question, seed)
    for case in (*short, *long):
        lr, first, second = case.arguments
        gradients = np.r_[np.ones(first), -np.ones(second)]
        theta, _ = record(AdaGrad(lr=lr, epsilon=0), np.zeros(()), gradients)
        assert case.expected == pytest.approx(theta, rel=1e-9, abs=1e-12)
        assert (first + second <= 6) == (case in short)


def test_every_rate_from_085_to_2_widths_reaches_the_target():
    """The explanation's claim, over ten draws of surfaces and starts."""
    question = questions.rate_choice_question
    for seed in range(10):
        near_one, *rest = examples(question, seed)
        # The other surfaces are the same runs in other units: one draw is enough.
        for case in itertools.chain(near_one, *(rest if seed < 1 else ())):
            for factor, fails in ((0.85, False), (2.0, False), (0.5, True), (2.5, True)):
                sentence = question.judge(case.arguments, factor * case.arguments[0])
                assert (sentence is not None) == fails


def test_no_constant_rate_earns_a_point():
    """The rates that arrive span a factor of 2.7; those that are tried here differ by 1.9."""
    question = questions.rate_choice_question
    for cases in examples(question, PUBLIC):
        for lr in np.geomspace(1e-3, 300, 20):
            assert any(question.judge(case.arguments, lr) for case in cases)


def example_in_the_text(name):
    """The call and the value of the sentence "For example `name(...)` is ..."."""
    [found] = [
        re.search(rf"For example `{name}\((.*?)\)` is (-?[\d.]+\d)", cell.source)
        for cell in cells("adagrad")
        if f"For example `{name}(" in cell.source
    ]
    return [float(number) for number in found[1].split(",")], float(found[2])


@pytest.mark.parametrize("question", [questions.rate_question, questions.displacement_question])
def test_the_worked_examples_of_the_text_are_right(question):
    arguments, value = example_in_the_text(question.name)
    whole = [int(x) if x == int(x) and i > 0 else x for i, x in enumerate(arguments)]
    assert question.reference(*whole) == pytest.approx(value, abs=5e-7)
    for seed in SEEDS:
        drawn = [case.arguments for part in examples(question, seed) for case in part]
        assert tuple(whole) not in drawn


def test_the_example_of_a_rate_ends_far_above_the_target():
    theta0 = np.array(questions.START)
    run = minimize(Beale(), AdaGrad(lr=0.3), theta0, questions.STEPS)
    assert run.losses.min() > 10 * questions.TARGET


def test_practice_by_hand_is_the_book_s_method():
    points = minimize(Bowl(10), AdaGrad(lr=0.1, epsilon=0), (1.0, 1.0), 3).points
    np.testing.assert_allclose(questions.by_hand.value, points[-1], rtol=1e-12)
