"""RMSprop, its momentum forms and Rprop: by hand, the two-cycle, every corrected number."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from exercises.questions import examples, try_answer
from exercises.questions import rmsprop as questions
from lecture_code.adagrad import AdaGrad
from lecture_code.minimize import follow, minimize
from lecture_code.objectives import Bowl, Quadratic
from lecture_code.rmsprop import RMSprop, RMSpropMomentum, RMSpropNesterov, Rprop
from tests.proofs import PUBLIC, SEEDS, cells, record, run_anywhere

# What the chapter shows, and each formula of its algorithm boxes written out by hand.
SHOWN = [RMSprop, RMSpropMomentum, RMSpropNesterov, Rprop]
EPSILON = 1e-3


def slope(theta):
    """Some gradient, that of x^2 / 2 + x^4 / 4 in each coordinate."""
    return theta + theta**3


EQUATIONS = {
    r"v_t = \beta v_{t-1} + (1 - \beta) g_t \odot g_t, \quad v_0 = 0": lambda v, g, beta: (
        beta * v + (1 - beta) * g**2
    ),
    r"\theta_t = \theta_{t-1} - \frac{\eta_t}{\sqrt{v_t} + \epsilon} \odot g_t": (
        lambda theta, v, g, eta: theta - eta / (v**0.5 + EPSILON) * g
    ),
    r"m_t = \gamma m_{t-1} + \frac{1}{\sqrt{v_t} + \epsilon} \odot g_t, \quad m_0 = 0": (
        lambda m, v, g, gamma: gamma * m + g / (v**0.5 + EPSILON)
    ),
    r"\theta_t = \theta_{t-1} - \eta_t m_t": lambda theta, m, eta: theta - eta * m,
    r"g_t = \nabla \mathcal L(\theta_{t-1} - \gamma m_{t-1})": lambda theta, m, gamma: slope(
        theta - gamma * m
    ),
    r"m_t = \gamma m_{t-1} + \frac{\eta_t}{\sqrt{v_t} + \epsilon} \odot g_t, \quad m_0 = 0": (
        lambda m, v, g, gamma, eta: gamma * m + eta / (v**0.5 + EPSILON) * g
    ),
    r"\theta_t = \theta_{t-1} - m_t": lambda theta, m: theta - m,
    r"\Delta_t = \min(\eta^+ \Delta_{t-1}, \Delta_{\max})": lambda size, up, most: min(
        up * size, most
    ),
    r"\Delta_t = \max(\eta^- \Delta_{t-1}, \Delta_{\min})": lambda size, down, least: max(
        down * size, least
    ),
    r"\theta_t = \theta_{t-1} - \mathrm{sign}(g_t) \odot \Delta_t": lambda theta, g, size: (
        theta - ((g > 0) - (g < 0)) * size
    ),
}

gradients = arrays(float, (6, 2), elements=st.floats(-100, 100).map(lambda x: round(x, 6)))


def moves(method, stream):
    return -np.diff(follow(method, np.asarray(stream, float)[:, None]).points[:, 0])


def test_two_steps_by_hand():
    """beta 3/4, g = 4 then 2: v = 4, then 3 + 1 = 4; roots 2 and 2; scaled gradients 2 and 1.

    Momentum 1/2: m = 2, then 2; looking ahead: 2 + 1, then 1 + 1. Centered: means 1 and 5/4,
    variances 3 and 39/16. Corrected: v / (1/4) = 16 and v / (7/16) = 64/7.
    """
    stream = [4.0, 2.0]
    plain = dict(lr=0.1, beta=0.75, epsilon=0.0)
    for method, expected in (
        (RMSprop(**plain), [2, 1]),
        (RMSprop(0.1, 0.75, 5.0, epsilon_inside=True), [4 / 3, 2 / 3]),
        (RMSprop(0.1, 0.75, 2.0), [1, 0.5]),
        (RMSprop(**plain, centered=True), [4 / 3**0.5, 2 / (39 / 16) ** 0.5]),
        (RMSprop(**plain, correct_bias=True), [1, 2 / (64 / 7) ** 0.5]),
        (RMSprop(**plain, initial=16.0), [4 / 4, 2 / 13**0.5]),
        (RMSpropMomentum(**plain, gamma=0.5), [2, 2]),
        (RMSpropMomentum(**plain, gamma=0.5, nesterov=True), [3, 2]),
        (RMSpropMomentum(**plain, gamma=0.5, lr_inside=True), [2, 2]),
        (RMSpropNesterov(**plain, gamma=0.5), [2, 2]),
    ):
        np.testing.assert_allclose(moves(method, stream), 0.1 * np.array(expected), rtol=1e-14)


@given(gradients)
def test_equation_of_the_page_in_plain_python(stream):
    points = follow(RMSprop(0.3, 0.8, 1e-3), stream).points
    for j in range(2):
        v, theta = 0.0, 0.0
        for t in range(6):
            g = float(stream[t, j])
            v = 0.8 * v + 0.2 * g**2
            theta = theta - 0.3 / (v**0.5 + 1e-3) * g
            assert points[t + 1, j] == pytest.approx(theta, rel=1e-12, abs=1e-14)


def test_bowl_of_the_chapter():
    """Curriculum Q3: ends at 0.369181; with bias correction the first step would be 0.9."""
    end = minimize(Bowl(10), RMSprop(0.1), (1.0, 1.0), steps=3).points[-1]
    np.testing.assert_allclose(end, 0.369181, atol=5e-7)
    first = minimize(Bowl(10), RMSprop(0.1, correct_bias=True), (1.0, 1.0), steps=1).points[-1]
    np.testing.assert_allclose(first, 0.9, atol=1e-6)


@pytest.mark.parametrize(("beta", "first"), [(0.9, 3.162), (0.99, 10.0), (0.999, 31.62)])
def test_the_first_step_is_too_large(beta, first):
    """Errata E11 and E21 (D09): in units of the learning rate, whatever the gradient."""
    for g in (1e-3, 1.0, 1e3):
        assert moves(RMSprop(1.0, beta, 0.0), [g])[0] == pytest.approx(first, rel=1e-3)


@pytest.mark.parametrize(("inside", "step"), [(True, 0.0999), (False, 3.065)])
def test_where_epsilon_stands(inside, step):
    """Erratum E1 (D01): epsilon 1e-6, g = 1e-4."""
    method = RMSprop(1.0, 0.9, 1e-6, epsilon_inside=inside)
    assert moves(method, [1e-4])[0] == pytest.approx(step, abs=5e-4)


def test_the_average_can_shrink():
    """Erratum E12 (D08b): g = 1 for 30 steps, then 0.1."""
    stream = np.r_[np.ones(30), np.full(30, 0.1)]
    method, v = RMSprop(1.0, 0.9), {}
    state = method.init(np.zeros(1))
    for t, g in enumerate(stream, start=1):
        _, state = method.step(np.zeros(1), state, np.array([g]))
        v[t] = state.v[0]
    assert (v[30], v[40], v[60]) == pytest.approx((0.958, 0.340, 0.0502), abs=5e-4)


@pytest.mark.parametrize("curvature", [1.0, 10.0, 100.0])
def test_a_two_cycle_of_half_the_rate_whatever_the_curvature(curvature):
    """Errata E10 and E13 (D08): plus and minus 0.005 for 0.01; with 0.01/sqrt(t), 7.07e-5."""
    objective = Quadratic([[curvature]])
    end = minimize(objective, RMSprop(0.01), np.array([1.0]), 5000).points[-2:, 0]
    np.testing.assert_allclose(np.abs(end), 0.005, rtol=1e-4)
    assert end[0] * end[1] < 0
    falling = RMSprop(lambda t: 0.01 / t**0.5)
    end = minimize(objective, falling, np.array([1.0]), 5000).points[-1, 0]
    assert abs(end) == pytest.approx(7.07e-5, rel=0.02)
    settled = minimize(objective, AdaGrad(0.5), np.array([1.0]), 5000).points[-1, 0]
    assert abs(settled) < 1e-100


def test_a_rare_large_gradient_against_nine_small_ones():
    """Erratum E15 (D35): nine of 0.1 and one of -0.9 sum to zero; signs go the wrong way."""
    stream = np.tile(np.r_[np.full(9, 0.1), -0.9], 400)
    for beta, net in ((0.9, -0.679), (0.999, -0.0067)):
        method = RMSprop(1.0, beta, 0.0)
        assert -moves(method, stream)[-10:].sum() == pytest.approx(net, abs=0.001)
    assert np.sign(stream[:10]).sum() == 8


def test_algorithm_8_6_is_finite_with_a_dead_coordinate():
    """Erratum E2 (D02): without epsilon a parameter that never moves becomes nan, for ever."""
    stream = np.random.default_rng(0).choice([-1, 1], (20, 2)) * [2.0, 0.0]
    safe = follow(RMSpropNesterov(0.01), stream).points
    assert np.isfinite(safe).all() and (safe[:, 1] == 0).all()
    with np.errstate(all="ignore"):
        bare = follow(RMSpropNesterov(0.01, epsilon=0.0), stream).points
    assert np.isnan(bare[1:, 1]).all()
    np.testing.assert_allclose(safe[:, 0], bare[:, 0], atol=1e-7)


def test_nesterov_looks_ahead():
    method = RMSpropNesterov(0.1, gamma=0.5)
    theta, state = method.step(np.ones(1), method.init(np.ones(1)), np.ones(1))
    np.testing.assert_allclose(method.gradient_at(theta, state), theta - 0.5 * state.m)


@given(gradients)
def test_without_momentum_all_forms_are_rmsprop(stream):
    expected = follow(RMSprop(0.1), stream).points
    for method in (
        RMSpropMomentum(0.1, gamma=0.0),
        RMSpropMomentum(0.1, gamma=0.0, nesterov=True, lr_inside=True),
        RMSpropNesterov(0.1, gamma=0.0),
    ):
        np.testing.assert_allclose(follow(method, stream).points, expected, atol=1e-12)


def test_centered_divides_by_the_deviation():
    """Gradients 3 and 5 in turn have mean 4 and deviation 1, to which the averages tend."""
    stream = np.tile([3.0, 5.0], 4000)
    method = RMSprop(1.0, 0.999, 0.0, centered=True)
    assert follow(method, stream[:, None]).rates[-1, 0] == pytest.approx(1, rel=0.02)
    assert follow(RMSprop(1.0, 0.999, 0.0), stream[:, None]).rates[-1, 0] == pytest.approx(
        1 / 17**0.5, rel=0.02
    )


RPROP_STREAM = [3.0, 5.0, -1.0, -2.0, -4.0, 6.0, 0.0, 6.0]


@pytest.mark.parametrize(
    ("backtracking", "sizes", "expected"),
    [
        # Signs agree at 2; change at 3 (no move, stored as 0); 4 has nothing to compare with;
        # agree at 5; change at 6; zeros at 7 and nothing to compare with at 8.
        (
            False,
            [0.1, 0.12, 0.06, 0.06, 0.072, 0.036, 0.036, 0.036],
            [0.1, 0.12, 0, -0.06, -0.072, 0, 0, 0.036],
        ),
        # The same sizes; at 3 and 6 the move before is taken back.
        (
            True,
            [0.1, 0.12, 0.06, 0.06, 0.072, 0.036, 0.036, 0.036],
            [0.1, 0.12, -0.12, -0.06, -0.072, 0.072, 0, 0.036],
        ),
    ],
)
def test_rprop_by_hand(backtracking, sizes, expected):
    method = Rprop(0.1, backtracking)
    trace = follow(method, np.array(RPROP_STREAM)[:, None])
    np.testing.assert_allclose(trace.rates[:, 0], sizes, rtol=1e-14)
    np.testing.assert_allclose(-np.diff(trace.points[:, 0]), expected, atol=1e-15)


def test_rprop_keeps_its_limits():
    up = follow(Rprop(1.0, largest=2.0), np.ones((10, 1))).rates[:, 0]
    np.testing.assert_allclose(up[:5], [1, 1.2, 1.44, 1.728, 2])
    assert (up[5:] == 2).all()
    signs = np.array([1.0, -1, 1, 1, -1, 1, 1, -1, 1, 1, -1])[:, None]
    down = follow(Rprop(1.0, smallest=0.4, increase=1.0), signs).rates[:, 0]
    assert down.min() == 0.4


@given(gradients, st.floats(1e-3, 1e3))
def test_rprop_sees_only_signs(stream, scale):
    for backtracking in (False, True):
        one = follow(Rprop(0.1, backtracking), stream).points
        np.testing.assert_array_equal(one, follow(Rprop(0.1, backtracking), scale * stream).points)


@pytest.mark.parametrize(
    "arguments", [{"increase": 0.9}, {"decrease": 0.0}, {"decrease": 1.1}, {"smallest": 0}]
)
def test_bad_factors_are_refused(arguments):
    with pytest.raises(ValueError, match=next(iter(arguments))) as caught:
        Rprop(**arguments)
    assert "\n" not in str(caught.value)


# The claims of the chapter


@given(gradients, st.floats(0, 0.99), st.floats(0, 0.99), st.integers(0, 2))
def test_the_equations_are_the_code(stream, beta, gamma, kind):
    """The page's formulas, one by one, with a rate that falls."""
    average, move, add, push, ahead, add_inside, push_inside, *_ = EQUATIONS.values()
    kinds = RMSprop, RMSpropMomentum, RMSpropNesterov
    momentum = {} if kind == 0 else {"gamma": gamma}
    method = kinds[kind](lambda t: 0.1 / t, beta, EPSILON, **momentum)
    theta, v, m = np.array([0.5, -0.25]), np.zeros(2), np.zeros(2)
    state = method.init(theta)
    for t, noise in enumerate(stream, start=1):
        g = noise + (ahead(theta, m, gamma) if kind == 2 else slope(theta))
        where = method.gradient_at(theta, state)
        np.testing.assert_allclose(noise + slope(where), g, rtol=1e-9, atol=1e-9)
        found, state = method.step(theta, state, g)
        v = average(v, g, beta)
        if kind == 0:
            theta = move(theta, v, g, 0.1 / t)
        elif kind == 1:
            m = add(m, v, g, gamma)
            theta = push(theta, m, 0.1 / t)
        else:
            m = add_inside(m, v, g, gamma, 0.1 / t)
            theta = push_inside(theta, m)
        np.testing.assert_allclose(found, theta, rtol=1e-9, atol=1e-10)


@given(gradients)
def test_the_equations_of_rprop_are_the_code(stream):
    *_, grow, shrink, move = EQUATIONS.values()
    points = follow(Rprop(0.3, smallest=0.1, largest=0.5), stream).points
    for j in range(2):
        theta, size, last = 0.0, 0.3, 0.0
        for t in range(6):
            g = float(stream[t, j])
            if (g > 0 and last > 0) or (g < 0 and last < 0):
                size = grow(size, 1.2, 0.5)
            elif (g > 0 and last < 0) or (g < 0 and last > 0):
                size, g = shrink(size, 0.5, 0.1), 0.0
            theta, last = move(theta, g, size), g
            assert points[t + 1, j] == pytest.approx(theta, abs=1e-12)


@given(gradients)
def test_a_mean_with_a_constant_weight_is_rmsprop_and_with_a_falling_one_adagrad(stream):
    """The derivation: weight 1/t and rate eta / sqrt(t) are AdaGrad, weight 1 - beta is RMSprop."""
    points = follow(AdaGrad(0.1, epsilon=1e-3), stream).points
    theta, mean = np.zeros(2), np.zeros(2)
    for t, g in enumerate(stream, start=1):
        mean = (1 - 1 / t) * mean + g * g / t
        theta = theta - 0.1 / (np.sqrt(t * mean) + 1e-3) * g
        np.testing.assert_allclose(points[t], theta, rtol=1e-9, atol=1e-9)


@given(gradients, st.floats(0, 0.99))
def test_no_step_is_longer_than_the_first(stream, beta):
    assert np.abs(moves(RMSprop(1.0, beta), stream[:, 0])).max() <= 1 / (1 - beta) ** 0.5 + 1e-9


@pytest.mark.parametrize(("beta", "late"), [(0.9, 17), (0.99, 175), (0.999, 1751)])
def test_the_start_fades_with_the_root_of_the_bias(beta, late):
    steps, t = moves(RMSprop(1.0, beta, 0.0), np.ones(2000)), np.arange(1, 2001)
    np.testing.assert_allclose(steps, 1 / np.sqrt(1 - beta**t), rtol=1e-9)
    assert np.argmax(steps < 1.1) + 1 == late
    np.testing.assert_allclose(moves(RMSprop(1.0, beta, 0.0, correct_bias=True), np.ones(50)), 1)


def test_a_wall_is_forgotten_after_the_logarithm_of_its_square():
    """A hundred times less slope: the old squares are as large as the new ones after 87 steps."""
    stream = np.r_[np.full(200, 100.0), np.ones(100)]
    rates = follow(RMSprop(1.0), stream[:, None]).rates[200:, 0]
    left = 1 / rates**2 - (1 - 0.9 ** np.arange(1, 101))  # of the wall alone
    assert np.argmax(left < 1) + 1 == 88 == int(np.log(100**2) / np.log(1 / 0.9)) + 1


class Wall:
    """The slopes of the chapter's first figure and of its lopsided bowl, by name."""

    def __init__(self, gradient):
        self.gradient = gradient

    name = "wall"

    def value(self, x):
        return np.zeros(x.shape[:-1])


def test_adagrad_remembers_the_wall():
    wall = Wall(lambda x: np.where(x < 0, -100.0, -1.0))
    points = minimize(wall, AdaGrad(0.1), np.array([-1.0]), 1100).points[:, 0]
    foot = np.argmax(points >= 0)
    assert foot == 33
    assert points[foot + 1000] - points[foot] == pytest.approx(0.17, abs=0.01)
    emptied = minimize(wall, AdaGrad(0.1), points[foot : foot + 1], 1000).points[:, 0]
    assert emptied[-1] - emptied[0] == pytest.approx(2 * 0.1 * 1000**0.5, abs=0.2)


def test_a_lopsided_bowl_swings_by_the_learning_rate_too():
    """Erratum E10: the curvatures 1 and 10 need ends whose gradients are equal, one rate apart."""
    lopsided = Wall(lambda x: np.where(x < 0, 1, 10) * x)
    ends = np.sort(minimize(lopsided, RMSprop(0.01), np.array([-1.0]), 5000).points[-2:, 0])
    np.testing.assert_allclose(ends, [-0.01 * 10 / 11, 0.01 / 11], rtol=1e-4)


@pytest.mark.parametrize("beta", [0.3, 0.7, 0.9, 0.99])
def test_the_cycle_draws_runs_in_at_the_root_of_beta(beta):
    """The dropdown: eigenvalues of the linear deviation, against a run that starts next to it."""
    matrix = np.array([[2 * beta - 1, -beta], [2 * (1 - beta), beta]])
    sizes = np.abs(np.linalg.eigvals(matrix))
    assert np.trace(matrix) == pytest.approx(3 * beta - 1)
    assert np.linalg.det(matrix) == pytest.approx(beta)
    assert sizes.max() < 1
    if (3 * beta - 1) ** 2 < 4 * beta:
        np.testing.assert_allclose(sizes, beta**0.5)
    eta, c, off = 0.2, 7.0, np.array([1e-4, 0.0])
    theta = np.array([eta / 2 * (1 + off[0])])
    method = RMSprop(eta, beta, 0.0)
    state = method.init(theta)._replace(v=np.array([(eta * c / 2) ** 2]))
    for _ in range(5):
        off = matrix @ off
        theta, state = method.step(theta, state, c * theta)
        assert abs(theta[0]) == pytest.approx(eta / 2 * (1 + off[0]), rel=1e-6)
        assert state.v[0] == pytest.approx((eta * c / 2) ** 2 * (1 + off[1]), rel=1e-6)


@pytest.mark.parametrize("curvature", [1.0, 10.0, 100.0])
def test_the_rate_passes_the_stability_limit_and_settles_at_it(curvature):
    start = np.array([np.sqrt(2 / curvature)])
    run = minimize(Quadratic([[curvature]]), RMSprop(0.2), start, 400)
    share = run.rates[:, 0] * curvature / 2
    assert share.max() > 1.4
    assert share[-1] == pytest.approx(1, rel=1e-3)


@pytest.mark.parametrize("epsilon", [0.004, 0.04])
@pytest.mark.parametrize("curvature", [1.0, 10.0])
def test_epsilon_narrows_the_cycle_and_ends_it(epsilon, curvature):
    run = minimize(Quadratic([[curvature]]), RMSprop(0.01, 0.9, epsilon), np.array([1.0]), 2000)
    law = max(0.01 / 2 - epsilon / curvature, 0)
    assert abs(run.points[-1, 0]) == pytest.approx(law, abs=1e-8)


def test_centered_grows_without_bound_where_gradients_agree():
    """v = mean = 1 - beta^t, so the variance is beta^t (1 - beta^t)."""
    steps, t = moves(RMSprop(1.0, 0.9, 0.0, centered=True), np.ones(50)), np.arange(1, 51)
    np.testing.assert_allclose(steps, 1 / np.sqrt(0.9**t * (1 - 0.9**t)), rtol=1e-9)


def test_rprop_runs_away_on_the_nine_and_one():
    stream = np.tile(np.r_[np.full(9, 0.1), -0.9], 40)[:, None]
    sizes = follow(Rprop(0.01), stream).rates[:, 0]
    assert sizes[19] / sizes[9] == pytest.approx(1.2**8 * 0.5)
    assert sizes.max() == 50


def test_a_gradient_after_a_long_silence_moves_as_far_as_the_first():
    steps = moves(RMSprop(1.0), np.r_[np.ones(50), np.zeros(300), 1.0])
    assert steps[-1] == pytest.approx(1 / 0.1**0.5, rel=1e-6)


def live(eta, beta, curvature, falls=False):
    """The line of the live figure: x from 0.9 over 300 steps."""
    method = RMSprop((lambda t: eta / t**0.5) if falls else eta, beta, epsilon=0)
    return minimize(Quadratic([[curvature]]), method, np.array([0.9]), 300).points[:, 0]


def test_what_the_live_figure_says_is_true_of_its_runs():
    default = live(0.2, 0.9, 5.0)
    assert np.abs(default[-20:]).max() == pytest.approx(0.1, rel=0.01)
    assert np.abs(default[20:]).max() == pytest.approx(0.36, abs=0.005)
    assert np.abs(default[5:40]).min() < 1e-3
    for curvature in (1.0, 30.0, 100.0):
        np.testing.assert_allclose(live(0.2, 0.9, curvature), default, atol=1e-6)
    for beta in (0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9):
        for eta in (0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5):
            assert np.abs(live(eta, beta, 5.0)[-20:]).max() == pytest.approx(eta / 2, rel=0.01)
    # The root of 300 is 17.3.
    fallen = np.abs(live(0.2, 0.9, 5.0, falls=True)[-20:]).max()
    assert 0.1 / fallen == pytest.approx(17, abs=1)
    assert abs(1 - 0.03 * 100) > 1  # gradient descent leaves the picture, and at 50 it does not
    assert abs(1 - 0.03 * 50) < 1


# The questions of the exercise


ADAPTERS = {
    "rmsprop.1": """
def rmsprop_final(theta0, gradients, lr, betas, epsilon):
    method = RMSprop(lr=lr, beta=float(betas[0]), epsilon=epsilon)
    theta, state = np.array(theta0), method.init(np.array(theta0))
    for gradient in gradients:
        theta, state = method.step(theta, state, gradient)
    return theta
""",
    "rmsprop.3": """
def rprop_run(gradients, size0, increase, decrease):
    method = Rprop(lr=size0, increase=1 + increase, decrease=decrease)
    theta, state = np.zeros_like(gradients[0]), method.init(np.zeros_like(gradients[0]))
    for gradient in gradients:
        theta, state = method.step(theta, state, gradient)
    return theta
""",
}
every_seed = pytest.mark.parametrize("seed", SEEDS)


@every_seed
def test_a_constant_memory_is_the_chapter_s_rmsprop(seed):
    for case in examples(questions.final_question, seed)[0]:
        theta0, gradients, lr, betas, epsilon = case.arguments
        method = RMSprop(lr=lr, beta=float(betas[0]), epsilon=epsilon)
        theta, _ = record(method, theta0, gradients)
        np.testing.assert_allclose(case.expected, theta, rtol=1e-9)


def test_a_memory_that_keeps_all_but_one_over_t_is_adagrad_with_a_rate_that_grows():
    gradients = np.random.default_rng(0).normal(size=(12, 3))
    betas = 1 - 1 / np.arange(1.0, 13)
    theta = questions.rmsprop_final(np.zeros(3), gradients, 0.1, betas, 0.0)
    grown, _ = record(AdaGrad(lr=lambda t: 0.1 * t**0.5, epsilon=0), np.zeros(3), gradients)
    np.testing.assert_allclose(theta, grown, rtol=1e-10)


@every_seed
def test_the_width_is_where_a_run_of_the_chapter_s_method_swings(seed):
    for cases in examples(questions.width_question, seed):
        for case in cases:
            lr, curvature, epsilon = case.arguments
            method = RMSprop(lr=lr, epsilon=epsilon, epsilon_inside=True)
            theta, state = np.array([0.8 * case.expected]), method.init(np.zeros(1))
            for _ in range(6000):
                theta, state = method.step(theta, state, curvature * theta)
            assert abs(theta[0]) == pytest.approx(case.expected, rel=1e-3)
    assert questions.half_width(0.2, 4.0, 0.1) == pytest.approx(0.0612, abs=5e-5)


def test_the_shipped_sizes_grow_where_nothing_agrees():
    [text] = [c.source for c in cells("rmsprop") if "def shipped(" in c.source]
    shipped, wrong = run_anywhere(text)["shipped"], questions.bug_question.mistakes[0]
    assert wrong.name == "grows-at-zero"
    for cases in examples(questions.bug_question, PUBLIC):
        for case in cases:
            np.testing.assert_allclose(
                shipped(*case.arguments), wrong.answer(*case.arguments), rtol=1e-5
            )


@every_seed
def test_additive_sizes_are_the_rule_word_by_word(seed):
    for cases in examples(questions.bug_question, seed):
        for case in cases:
            gradients, size0, increase, decrease = case.arguments
            flat = np.reshape(gradients, (len(gradients), -1))
            for column, expected in zip(flat.T, np.ravel(case.expected), strict=True):
                theta, size, last = 0.0, size0, 0.0
                for g in map(float, column):
                    if g * last < 0:
                        size, g = decrease * size, 0.0
                    elif g * last > 0:
                        size = size + increase
                    theta, last = theta - np.sign(g) * size, g
                assert expected == pytest.approx(theta, rel=1e-5, abs=1e-6)


@every_seed
def test_net_moves_are_those_of_the_chapter_s_methods(seed):
    for cases in examples(questions.moves_question, seed):
        for case in cases:
            small, large, many, beta, rounds = case.arguments
            gradients = np.array([[*[small] * many, -large] * rounds]).T
            start = (many * small**2 + large**2) / (many + 1)
            rms, _ = record(
                RMSprop(lr=1.0, beta=beta, epsilon=0, initial=start), np.zeros(1), gradients
            )
            expected = [-gradients.sum(), -np.sign(gradients).sum(), rms[0]]
            np.testing.assert_allclose(case.expected, expected, rtol=1e-9, atol=1e-9)


@every_seed
def test_a_mean_over_the_batches_of_a_round_is_told_so(seed):
    def mean(small, large, many, beta, rounds):
        descent, *others = questions.net_moves(small, large, many, beta, rounds)
        return [descent / (many + 1), *others]

    score = try_answer(questions.moves_question, mean, seed)
    assert "divides by the number of batches" in score.message


@every_seed
def test_startup_is_the_length_of_the_chapter_s_steps(seed):
    for cases in examples(questions.startup_question, seed):
        for case in cases:
            beta, t = case.arguments
            method = RMSprop(lr=1.0, beta=beta, epsilon=0)
            theta, _ = record(method, np.zeros(1), np.full((t, 1), 0.3))
            before, _ = record(method, np.zeros(1), np.full((t - 1, 1), 0.3))
            assert case.expected == pytest.approx(abs(theta - before)[0], rel=1e-9)


def test_no_constant_rate_reaches_the_finest_tolerances_and_the_root_does():
    question = questions.schedule_question
    for seed in range(5):
        *_, finest = examples(question, seed)
        for case in finest:
            distance, tolerance, steps = case.arguments
            assert question.judge(case.arguments, questions.schedule(*case.arguments)) is None
            for rate in np.geomspace(0.5 * distance / steps, 4 * tolerance, 12):
                if rate >= 1.3 * distance / steps or rate < 0.9 * distance / steps:
                    assert question.judge(case.arguments, [float(rate), 0.0]) is not None


def test_practice_by_hand_is_the_chapter_s_average():
    method = RMSprop(beta=0.75)
    _, state = record(method, np.zeros(1), np.full((2, 1), 4.0))
    assert questions.by_hand.value[1] == pytest.approx(state.v[0])
