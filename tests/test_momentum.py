"""Averages that forget, momentum and Nesterov: by hand, closed forms, every corrected number."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from exercises.questions import examples
from exercises.questions import momentum as questions
from lecture_code.gradient_descent import GradientDescent
from lecture_code.minibatch import NoisyGradient
from lecture_code.minimize import follow, minimize
from lecture_code.momentum import (
    Momentum,
    MomentumState,
    Nesterov,
    ShiftedNesterov,
    moving_average,
)
from lecture_code.objectives import Beale, Bowl, Quadratic
from tests.proofs import PUBLIC, SEEDS, cells, record, run_anywhere

SHOWN = [moving_average, Momentum, Nesterov, ShiftedNesterov]


def slope(theta):
    """Some gradient, that of x^2 / 2 + x^4 / 4 in each coordinate."""
    return theta + theta**3


EQUATIONS = {
    r"m_t = \beta m_{t-1} + (1 - \beta) x_t, \quad m_0 = 0": lambda m, x, beta: (
        beta * m + (1 - beta) * x
    ),
    r"\hat m_t = m_t / (1 - \beta^t)": lambda m, beta, t: m / (1 - beta**t),
    r"m_t = \gamma m_{t-1} + g_t, \quad m_0 = 0": lambda m, g, gamma: gamma * m + g,
    r"\theta_t = \theta_{t-1} - \eta_t m_t": lambda theta, m, eta: theta - eta * m,
    r"g_t = \nabla \mathcal L(\theta_{t-1} - \gamma m_{t-1})": lambda theta, m, gamma: slope(
        theta - gamma * m
    ),
    r"m_t = \gamma m_{t-1} + \eta_t g_t, \quad m_0 = 0": lambda m, g, gamma, eta: (
        gamma * m + eta * g
    ),
    r"\theta_t = \theta_{t-1} - m_t": lambda theta, m: theta - m,
    r"\theta_t = \theta_{t-1} - \eta_t (g_t + \gamma m_t)": lambda theta, g, m, gamma, eta: (
        theta - eta * (g + gamma * m)
    ),
}

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


@given(arrays(float, (6, 2), elements=st.floats(-10, 10)), decay)
def test_the_average_s_equations_are_its_code(x, beta):
    first, second, *_ = EQUATIONS.values()
    m = np.zeros(2)
    plain, corrected = moving_average(x, beta), moving_average(x, beta, correct_bias=True)
    for t, value in enumerate(x, start=1):
        m = first(m, value, beta)
        np.testing.assert_allclose(plain[t - 1], m, rtol=1e-12, atol=1e-14)
        expected = second(m, beta, t)
        np.testing.assert_allclose(corrected[t - 1], expected, rtol=1e-9, atol=1e-12)


@given(gradients, decay, st.floats(0.01, 1), st.integers(0, 2))
def test_the_equations_are_the_code(stream, gamma, eta, kind):
    """The page's formulas, one by one, on gradients of any size and with a rate that falls."""
    _, _, add, move, ahead, add_inside, move_inside, move_shifted = EQUATIONS.values()
    method = (Momentum, Nesterov, ShiftedNesterov)[kind](lambda t: eta / t, gamma)
    theta, m = np.array([0.5, -0.25]), np.zeros(2)
    state = method.init(theta)
    for t, noise in enumerate(stream, start=1):
        where = method.gradient_at(theta, MomentumState(t - 1, m))
        g = noise + (ahead(theta, m, gamma) if kind == 1 else slope(theta))
        np.testing.assert_allclose(noise + slope(where), g, rtol=1e-12)
        # The code's step from here against the page's.
        found, state = method.step(theta, state, g)
        if kind == 0:
            m = add(m, g, gamma)
            theta = move(theta, m, eta / t)
        elif kind == 1:
            m = add_inside(m, g, gamma, eta / t)
            theta = move_inside(theta, m)
        else:
            m = add(m, g, gamma)
            theta = move_shifted(theta, g, m, gamma, eta / t)
        np.testing.assert_allclose(found, theta, rtol=1e-12, atol=1e-12 * np.abs(theta).max())
        np.testing.assert_allclose(state.m, m, rtol=1e-12)
        theta = np.clip(theta, -9, 9)  # the slope grows as a cube


@pytest.mark.parametrize("gamma", [0.5, 0.9])
def test_a_flipping_gradient_is_followed_19_times_slower(gamma):
    """The chapter's law: eta g / (1 + gamma), so (1 + gamma) / (1 - gamma) between the two."""
    flipping = (-1.0) ** np.arange(400)[:, None]
    moved = 0.1 * abs(follow(Momentum(0.1, gamma), flipping).state.m[0])
    steady = 0.1 * follow(Momentum(0.1, gamma), np.ones((400, 1))).state.m[0]
    assert moved == pytest.approx(0.1 / (1 + gamma))
    assert steady / moved == pytest.approx((1 + gamma) / (1 - gamma))


def test_gamma_alone_changes_the_speed_of_the_sum_and_not_of_the_average():
    """Erratum E67: from 0.9 to 0.99 the terminal velocity grows tenfold, or stays."""
    speed = lambda method: follow(method, np.ones((4000, 1))).state.m[0]  # noqa: E731
    assert speed(Momentum(1.0, 0.99)) / speed(Momentum(1.0, 0.9)) == pytest.approx(10)
    one, other = (speed(Momentum(1.0, gamma, average=True)) for gamma in (0.9, 0.99))
    assert one == pytest.approx(other) == pytest.approx(1.0)


def test_without_friction_the_sum_never_stops_growing():
    """Erratum E65: gamma = 1 is refused, and the sum it would make is the number of steps."""
    with pytest.raises(ValueError, match="gamma"):
        Momentum(0.1, 1.0)
    speeds = [follow(Momentum(0.1, g), np.ones((300, 1))).state.m[0] for g in (0.0, 0.5, 0.9)]
    np.testing.assert_allclose(speeds, [1, 2, 10], rtol=1e-9)


def test_bias_of_an_average_with_a_long_memory():
    """Erratum E66: beta = 0.999 has 99.0 % of the bias after ten steps, 1 % after 4603."""
    missing = 1 - moving_average(np.ones(4700), 0.999)
    assert missing[9] == pytest.approx(0.990, abs=5e-4)
    assert np.argmax(missing < 0.01) + 1 == 4603


def test_complex_roots_leave_the_root_of_gamma_whatever_the_curvature():
    """Momentum: |z|^2 = gamma; Nesterov: gamma (1 - eta c). Measured as the fall of an ellipse."""
    for curvature in (0.3, 1.0, 2.0):
        run = minimize(Bowl(1), Momentum(curvature, 0.64), (1.0, 0.0), 400).points[:, 0]
        size = run[1:] ** 2 - (1.64 - curvature) * run[1:] * run[:-1] + 0.64 * run[:-1] ** 2
        np.testing.assert_allclose(size[1:] / size[:-1], 0.64, rtol=1e-6)
    run = minimize(Bowl(1), Nesterov(0.5, 0.64), (1.0, 0.0), 200).points[:, 0]
    size = run[1:] ** 2 - 0.5 * 1.64 * run[1:] * run[:-1] + 0.32 * run[:-1] ** 2
    np.testing.assert_allclose(size[1:] / size[:-1], 0.32, rtol=1e-6)


@pytest.mark.parametrize("condition", [10, 100])
def test_no_other_gamma_and_rate_shrink_both_ends_of_a_ravine_as_fast_as_polyak_s(condition):
    """Over a grid of both, the larger root of z^2 - (1 + gamma - eta c) z + gamma."""
    root = np.sqrt(condition)
    best = (root - 1) / (root + 1)
    gamma, lr = np.meshgrid(np.linspace(0, 0.99, 100), np.linspace(0.01, 4, 200) / condition)
    worst = 0
    for curvature in (1, condition):
        middle = (1 + gamma - lr * curvature + 0j) / 2
        spread = np.sqrt(middle**2 - gamma)
        sizes = np.maximum(np.abs(middle + spread), np.abs(middle - spread))
        worst = np.maximum(worst, sizes)
    assert worst.min() >= best
    assert worst.min() == pytest.approx(best, abs=0.04)


def test_momentum_does_not_remove_noise_at_the_same_effective_rate():
    """The chapter's law for a small rate: sigma^2 eta / (2 (1 - gamma) c), here 0.05."""
    for gamma in (0.0, 0.5, 0.9):
        noisy = NoisyGradient(Bowl(1), 1.0, np.random.default_rng(1))
        method = Momentum(0.1 * (1 - gamma), gamma)
        points = minimize(noisy, method, np.zeros((3000, 2)), 300).points
        assert points[-1].var() == pytest.approx(0.05, rel=0.1)
        if gamma == 0.9:
            assert np.diff(points, axis=0)[-1].var() < 0.1 * 0.1**2


def test_the_ball_passes_bumps_only_with_enough_velocity():
    """Erratum E70: a bowl with ripples; the share of 601 starts that reach the minimum."""

    class Ripples:
        name = "ripples"

        def value(self, x):
            return (x * x / 2 + 0.3 * (1 - np.cos(5 * x)))[..., 0]

        def gradient(self, x):
            return x + 1.5 * np.sin(5 * x)

    def arrived(method):
        ends = minimize(Ripples(), method, np.linspace(-3, 3, 601)[:, None], 2000).points[-1]
        return np.mean(np.abs(ends) < 0.05)

    plain = arrived(GradientDescent(0.02))
    assert arrived(Momentum(0.002, 0.9)) == plain == pytest.approx(0.24, abs=0.01)
    assert arrived(Momentum(0.02, 0.9)) == pytest.approx(0.76, abs=0.02)


def test_polyak_s_choice_runs_in_a_circle_on_a_convex_function():
    """Lessard, Recht and Packard (2016): slopes 25, 1, 25; momentum cycles, the others arrive."""

    class Kinks:
        name = "kinks"

        def value(self, x):
            return np.zeros(x.shape[:-1])

        def gradient(self, x):
            return np.select([x < 1, x < 2], [25 * x, x + 24], 25 * x - 24)

    def ends(method):
        return minimize(Kinks(), method, np.array([3.3]), 600).points[-6:, 0]

    circle = ends(Momentum(1 / 9, 4 / 9))
    np.testing.assert_allclose(circle[:3], circle[3:], atol=1e-9)
    np.testing.assert_allclose(np.sort(circle[:3]), [-1.802, 0.647, 2.116], atol=1e-3)
    for method in (GradientDescent(2 / 26), Nesterov(1 / 25, 4 / 6)):
        assert np.abs(ends(method)).max() < 1e-6


GAMMAS = np.arange(10) / 10


def in_the_live_figure(kind, share, condition, same=False):
    """The runs of the chapter's figure, for every gamma of its slider."""
    gamma = GAMMAS[:, None]
    looks_ahead = same or kind is Nesterov
    limit = 2 * (1 + gamma) / condition / (1 + 2 * gamma if looks_ahead else 1)
    theta0 = np.tile([-1.0, 0.6], (len(GAMMAS), 1))
    record = minimize(Bowl(condition), kind(share * limit, gamma), theta0, 40)
    return record, np.maximum(record.points[..., 0].max(axis=0), 0)


def test_the_caption_of_the_live_figure_is_true():
    """From gamma 0.7 the overshoot grows; the best gamma at half the largest rate grows with κ."""
    for share in (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0):
        for kind in (Momentum, Nesterov):
            assert np.all(np.diff(in_the_live_figure(kind, share, 20)[1][7:]) > 0)
    best = {
        condition: GAMMAS[np.argmin(in_the_live_figure(Momentum, 0.5, condition)[0].losses[-1])]
        for condition in (5, 20, 100)
    }
    assert best == {5: 0.3, 20: 0.6, 100: 0.8}
    for kind in (Momentum, Nesterov):  # what the alternative text says of the default state
        overshoot = in_the_live_figure(kind, 0.5, 20)[1][8]
        assert overshoot > 0.3 if kind is Momentum else overshoot < 0.1


def test_nesterov_overshoots_less_at_every_position_of_the_sliders():
    """With its own share and with the same learning rate, the control."""
    for share in np.arange(1, 11) / 10:
        for condition in (2, 3, 5, 7, 10, 15, 20, 30, 50, 100):
            ahead = in_the_live_figure(Nesterov, share, condition)[1]
            for same in (False, True):
                blind = in_the_live_figure(Momentum, share, condition, same)[1]
                assert np.all(ahead <= blind + 1e-12)


# The questions of the exercise


ADAPTERS = {
    "momentum.1": """
def smoothed(times, values, beta):
    return moving_average(values, beta, correct_bias=True)
""",
    "momentum.3": """
def nesterov_run(theta0, curvature, lr, gammas):
    method = Nesterov(lr=lr, gamma=float(gammas[0]))
    theta, state = np.array(theta0), method.init(np.array(theta0))
    for _ in gammas:
        gradient = curvature * method.gradient_at(theta, state)
        theta, state = method.step(theta, state, gradient)
    return theta
""",
}
every_seed = pytest.mark.parametrize("seed", SEEDS)


@every_seed
def test_readings_every_second_have_the_chapter_s_corrected_average(seed):
    regular, irregular, _ = examples(questions.smoothed_question, seed)
    for case in regular:
        _, values, beta = case.arguments
        np.testing.assert_allclose(case.expected, moving_average(values, beta, True), rtol=1e-12)
    for case in irregular:
        times, values, beta = case.arguments
        for k in range(len(times)):
            weights = beta ** (times[k] - times[: k + 1])
            by_hand = np.tensordot(weights / weights.sum(), values[: k + 1], axes=1)
            np.testing.assert_allclose(case.expected[k], by_hand, rtol=1e-10)


@every_seed
def test_equal_readings_have_that_average_at_any_time(seed):
    for case in examples(questions.smoothed_question, seed)[1]:
        times, values, beta = case.arguments
        same = np.full_like(values, 7.25)
        np.testing.assert_allclose(questions.smoothed(times, same, beta), same, rtol=1e-12)


@every_seed
def test_the_bias_is_below_the_share_after_these_steps_and_not_before(seed):
    for cases in examples(questions.wait_question, seed):
        for case in cases:
            beta, share = case.arguments
            assert beta**case.expected < share <= beta ** (case.expected - 1)
    assert questions.steps_until(0.5, 0.2) == 3


@every_seed
def test_a_constant_momentum_is_the_chapter_s_nesterov(seed):
    for case in examples(questions.bug_question, seed)[0]:
        theta, curvature, lr, gammas = case.arguments
        method = Nesterov(lr=lr, gamma=float(gammas[0]))
        state = method.init(theta)
        for _ in gammas:
            gradient = curvature * method.gradient_at(theta, state)
            theta, state = method.step(theta, state, gradient)
        np.testing.assert_allclose(case.expected, theta, rtol=1e-10, atol=1e-12)


def test_the_shipped_look_ahead_looks_back():
    [text] = [c.source for c in cells("momentum") if "def shipped(" in c.source]
    shipped, wrong = run_anywhere(text)["shipped"], questions.bug_question.mistakes[0]
    assert wrong.name == "looks-back"
    for cases in examples(questions.bug_question, PUBLIC):
        for case in cases:
            np.testing.assert_allclose(
                shipped(*case.arguments), wrong.answer(*case.arguments), rtol=1e-5
            )


@every_seed
def test_the_drop_is_that_of_the_chapter_s_two_forms(seed):
    for cases in examples(questions.drop_question, seed):
        for case in cases:
            slope, lr, factor, gamma, before, after = case.arguments
            schedule = lambda t, b=before, lr=lr, f=factor: lr if t <= b else f * lr  # noqa: E731
            gradients = np.full((before + after, 1), slope)
            for inside, expected in zip((True, False), case.expected, strict=True):
                method = Momentum(lr=schedule, gamma=gamma, lr_inside=inside)
                last, _ = record(method, np.zeros(1), gradients)
                previous, _ = record(method, np.zeros(1), gradients[:-1])
                assert expected == pytest.approx(abs(last - previous)[0], rel=1e-9)


@every_seed
def test_the_noise_left_is_that_of_the_chapter_s_weights(seed):
    for cases in examples(questions.noise_question, seed):
        for case in cases:
            beta, steps, sigma = case.arguments
            weights = moving_average(np.eye(steps), beta, True)[-1]
            assert case.expected == pytest.approx(sigma * np.sqrt(weights @ weights), rel=1e-9)
    assert questions.noise_left(0.5, 2, 3.0) == pytest.approx(5**0.5)


def test_practice_by_hand_is_the_chapter_s_momentum():
    method = Momentum(lr=0.2, gamma=0.5)
    theta, state = np.array([1.0]), method.init(np.zeros(1))
    for _ in range(3):
        theta, state = method.step(theta, state, theta)
    assert questions.by_hand.value == pytest.approx(theta[0], rel=1e-12)


def test_the_best_pair_has_some_room_and_the_next_best_does_not():
    """The budget of the tuning question over twenty draws: what passes, and what must not."""
    question = questions.tune_question
    for seed in range(20):
        for case in (case for cases in examples(question, seed) for case in cases):
            lr, gamma = questions.tuned(*case.arguments)
            assert question.judge(case.arguments, [0.98 * lr, gamma]) is None
            assert question.judge(case.arguments, [lr, gamma**0.5]) is not None
            assert question.judge(case.arguments, [lr, 0.9 * gamma]) is not None
