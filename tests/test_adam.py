"""Adam: by hand, what the correction does, limits to other methods, every corrected number."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from exercises.questions import adam as questions
from exercises.questions import examples
from lecture_code.adagrad import AdaGrad
from lecture_code.adam import Adam
from lecture_code.datasets import digits
from lecture_code.gradient_descent import GradientDescent
from lecture_code.minibatch import LeastSquares, train
from lecture_code.minimize import follow, minimize
from lecture_code.momentum import moving_average
from lecture_code.objectives import Beale, Bowl
from lecture_code.perceptron import Perceptron
from lecture_code.rmsprop import RMSprop
from lecture_code.strategies import ClipByNorm, WeightDecay
from tests.proofs import PUBLIC, SEEDS, cells, record, run_anywhere

gradients = arrays(float, (6, 2), elements=st.floats(-100, 100).map(lambda x: round(x, 6)))


def moves(method, stream):
    return -np.diff(follow(method, np.asarray(stream, float)[:, None]).points[:, 0])


def test_two_steps_by_hand():
    """beta1 1/2, beta2 3/4, g = 4 then 2: m = 2, 2; v = 4, 4.

    Corrected: m / (1/2, 3/4) = 4, 8/3 and v / (1/4, 7/16) = 16, 64/7. With epsilon 2: roots 6 and
    8/sqrt 7 + 2; epsilon hat: (2 + 2) / sqrt(1/4) = 8 and 4 / sqrt(7/16).
    """
    stream = [4.0, 2.0]
    for options, expected in (
        ({"epsilon": 0.0}, [1, (8 / 3) / (64 / 7) ** 0.5]),
        ({"epsilon": 2.0}, [4 / 6, (8 / 3) / (8 / 7**0.5 + 2)]),
        ({"epsilon": 2.0, "epsilon_hat": True}, [4 / 8, (8 / 3) / (4 / (7 / 16) ** 0.5)]),
        ({"epsilon": 2.0, "correct_bias": False}, [2 / 4, 2 / 4]),
    ):
        method = Adam(0.1, 0.5, 0.75, **options)
        np.testing.assert_allclose(moves(method, stream), 0.1 * np.array(expected), rtol=1e-14)


SHOWN = [Adam, WeightDecay, ClipByNorm]
EQUATIONS = {
    r"m_t = \beta_1 m_{t-1} + (1 - \beta_1) g_t, \quad m_0 = 0": (
        lambda beta1, m, g: beta1 * m + (1 - beta1) * g
    ),
    r"v_t = \beta_2 v_{t-1} + (1 - \beta_2) g_t \odot g_t, \quad v_0 = 0": (
        lambda beta2, v, g: beta2 * v + (1 - beta2) * g**2
    ),
    r"\hat m_t = m_t / (1 - \beta_1^t), \quad \hat v_t = v_t / (1 - \beta_2^t)": (
        lambda m, v, beta1, beta2, t: (m / (1 - beta1**t), v / (1 - beta2**t))
    ),
    r"\theta_t = \theta_{t-1} - \frac{\eta_t}{\sqrt{\hat v_t} + \epsilon} \odot \hat m_t": (
        lambda theta, eta, v_hat, epsilon, m_hat: theta - eta / (v_hat**0.5 + epsilon) * m_hat
    ),
    r"\theta \leftarrow \theta - \eta_t \lambda \theta_{t-1}": (
        lambda theta, eta, decay, old: theta - eta * decay * old
    ),
    r"g \leftarrow g \min(1, c / \|g\|)": lambda g, c, length: g * min(1.0, c / length),
}


@settings(deadline=None)
@given(gradients, st.sampled_from([0.0, 0.5]))
def test_equations_of_the_page_in_plain_python(stream, decay):
    method = WeightDecay(Adam(lambda t: 0.3 / t, 0.8, 0.9, 1e-3), decay)
    points = follow(method, stream, np.ones(2)).points
    first, second, correct, move, shrink, _ = EQUATIONS.values()
    for j in range(2):
        m = v = 0.0
        theta = 1.0
        for t in range(1, 7):
            g, old = float(stream[t - 1, j]), theta
            m, v = first(0.8, m, g), second(0.9, v, g)
            m_hat, v_hat = correct(m, v, 0.8, 0.9, t)
            theta = shrink(move(old, 0.3 / t, v_hat, 1e-3, m_hat), 0.3 / t, decay, old)
            assert points[t, j] == pytest.approx(theta, rel=1e-12, abs=1e-14)


@given(arrays(float, 3, elements=st.floats(-100, 100)), st.floats(0.1, 50))
def test_clipping_is_the_equation_of_the_page(gradient, limit):
    *_, clip = EQUATIONS.values()
    method = ClipByNorm(GradientDescent(1.0), limit=limit)
    moved, _ = method.step(np.zeros(3), method.init(np.zeros(3)), gradient)
    length = math.sqrt(sum(float(g) ** 2 for g in gradient)) or 1.0
    by_hand = [clip(float(g), limit, length) for g in gradient]
    np.testing.assert_allclose(-moved, by_hand, rtol=1e-12, atol=1e-12)


def test_one_huge_gradient_throws_gradient_descent_and_stuns_adam():
    """Twenty noisy slopes, one gradient of -1000 in the middle; the page shows one."""
    for seed in range(20):
        slope = np.random.default_rng(seed).normal(0.5, 1, (3000, 1))
        slope[999] = -1000
        way = {}
        for name, method in (("gd", GradientDescent(0.01)), ("adam", Adam(0.01))):
            way[name] = -follow(method, slope).points[:, 0]
            way[name, "clipped"] = -follow(ClipByNorm(method, limit=3.0), slope).points[:, 0]
        assert way["gd"][1000] - way["gd"][999] == pytest.approx(-10)
        assert abs(way["adam"][1000] - way["adam"][999]) < 0.1
        assert way["gd"][-1] - way["gd"][1000] > 9
        assert way["adam"][-1] - way["adam"][1000] < 0.7
        assert way["adam", "clipped"][-1] - way["adam", "clipped"][1000] > 8


def test_clipping_can_turn_the_mean_of_the_gradients():
    stream = np.tile([3.0, -1.0, -1.0], 1000)[:, None]
    for limit, expected in ((3.0, -10.0), (1.0, 10.0)):
        end = follow(ClipByNorm(GradientDescent(0.01), limit=limit), stream).points[-1, 0]
        assert end == pytest.approx(expected)


def test_bowl_of_the_chapter():
    end = minimize(Bowl(10), Adam(0.1), (1.0, 1.0), steps=3).points[-1]
    np.testing.assert_allclose(end, 0.701586, atol=5e-7)


@pytest.mark.parametrize("g", [1e-3, 1.0, 1e3])
def test_the_first_step_is_the_learning_rate(g):
    assert moves(Adam(0.1), [g])[0] == pytest.approx(0.1, rel=1e-4)
    assert moves(Adam(0.1), [1e-6])[0] == pytest.approx(0.099, rel=1e-3)


def test_without_correction_it_starts_too_large_and_grows():
    """Erratum E23 (D09): 3.162 at first, 6.569 at t = 12, 3.24 at 100, 1.258 at 1000."""
    found = moves(Adam(1.0, correct_bias=False, epsilon=0.0), np.ones(1000))
    assert [found[t - 1] for t in (1, 12, 100, 1000)] == pytest.approx(
        [3.162, 6.569, 3.24, 1.258], abs=5e-3
    )
    assert found.argmax() == 11
    np.testing.assert_allclose(moves(Adam(1.0, epsilon=0.0), np.ones(1000)), 1, rtol=1e-9)


def test_the_schedule_section_has_neither_momentum_nor_correction():
    """Erratum E22 (D09): its first step is 31.6 eta; on x^2 / 2 from 1 with 0.1, x1 = -2.162."""
    literal = RMSprop(1.0, beta=0.999, epsilon=1e-8, epsilon_inside=True)
    assert moves(literal, [1.0])[0] == pytest.approx(31.6, abs=0.05)
    literal = RMSprop(0.1, beta=0.999, epsilon=1e-8, epsilon_inside=True)
    end = minimize(Bowl(1), literal, (1.0, 0.0), steps=1).points[-1, 0]
    assert end == pytest.approx(-2.162, abs=5e-4)


def test_what_is_small_early():
    """Errata E24 and E24b: after ten constant gradients m = 0.651, v = 0.00996."""
    state = follow(Adam(), np.ones((10, 1))).state
    assert (state.m[0], state.v[0]) == pytest.approx((0.651, 0.00996), abs=5e-4)
    assert [1 / (1 - 0.999**t) for t in (1000, 5000, 10_000)] == pytest.approx(
        [1.58, 1.0068, 1.000045], abs=5e-3
    )


def test_t_starts_at_one():
    """Erratum E25: with t = 0 the correction is 0/0."""
    assert follow(Adam(), np.ones((1, 1))).state.t == 1
    with np.errstate(all="ignore"):
        assert np.isnan(np.float64(0.0) / (1 - 0.9**0))


@given(gradients, st.floats(1e-3, 1e3))
def test_scaling_the_loss_changes_nothing_without_epsilon(stream, scale):
    assume((np.abs(stream[0]) > 1e-3).all())
    one = follow(Adam(0.1, epsilon=0.0), stream).points
    np.testing.assert_allclose(
        one, follow(Adam(0.1, epsilon=0.0), scale * stream).points, rtol=1e-9, atol=1e-12
    )


@given(gradients)
def test_epsilon_hat_is_epsilon_after_the_correction(stream):
    """The two forms agree where epsilon hat is epsilon times sqrt(1 - beta2^t) at the last t."""
    t = len(stream)
    plain = follow(Adam(0.1, epsilon=1e-2), stream)
    before = follow(Adam(0.1, epsilon=1e-2), stream[:-1])
    hat = Adam(0.1, epsilon=1e-2 * (1 - 0.999**t) ** 0.5, epsilon_hat=True)
    theta, _ = hat.step(before.points[-1], before.state, stream[-1])
    np.testing.assert_allclose(theta, plain.points[-1], rtol=1e-9, atol=1e-12)


@given(gradients)
def test_adagrad_is_the_limit_of_long_memory_and_no_momentum(stream):
    """beta1 = 0, beta2 to 1, eta / sqrt(t): v hat is then the mean of all squares, s / t."""
    assume((np.abs(stream[0]) > 0.1).all())
    limit = Adam(lambda t: 0.1 / t**0.5, beta1=0.0, beta2=1 - 1e-9, epsilon=0.0)
    expected = follow(AdaGrad(0.1, epsilon=0.0), stream).points
    np.testing.assert_allclose(follow(limit, stream).points, expected, atol=1e-6)


@given(gradients)
def test_corrected_rmsprop_is_adam_without_momentum(stream):
    one = follow(Adam(0.1, beta1=0.0, beta2=0.9), stream).points
    other = follow(RMSprop(0.1, beta=0.9, correct_bias=True), stream).points
    np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-13)


@given(gradients)
def test_both_averages_are_corrected_moving_averages(stream):
    state = follow(Adam(), stream).state
    np.testing.assert_allclose(state.m, moving_average(stream, 0.9)[-1], atol=1e-12)
    np.testing.assert_allclose(state.v, moving_average(stream**2, 0.999)[-1], atol=1e-9)


@settings(deadline=None)
@given(
    arrays(float, (60, 2), elements=st.floats(-100, 100)),
    st.sampled_from([(0.9, 0.999), (0.9, 0.99), (0.5, 0.3), (0.8, 0.8), (0.0, 0.9)]),
)
def test_no_step_is_longer_than_cauchy_and_schwarz_allow(stream, betas):
    """At each t, with the sums over t terms and the corrections."""
    beta1, beta2 = betas
    sizes = np.abs(np.diff(follow(Adam(1.0, beta1, beta2), stream).points, axis=0))
    for t, size in enumerate(sizes.max(axis=1), start=1):
        k = np.arange(t)
        alpha, b = (1 - beta1) * beta1**k, (1 - beta2) * beta2**k
        corrections = (1 - beta2**t) ** 0.5 / (1 - beta1**t)
        assert size <= corrections * np.sum(alpha**2 / b) ** 0.5 * (1 + 1e-9)


@settings(deadline=None)
@given(arrays(float, (60, 2), elements=st.floats(-100, 100)))
def test_with_equal_decays_no_step_is_longer_than_the_rate(stream):
    sizes = np.abs(np.diff(follow(Adam(1.0, 0.9, 0.9), stream).points, axis=0))
    assert sizes.max() <= 1 + 1e-9


def test_growing_gradients_reach_the_bound_which_is_above_that_of_the_paper():
    """(1 - beta1) / sqrt(1 - beta2) / sqrt(1 - beta1^2 / beta2) = 7.270 with the defaults."""
    bound = 0.1 / 0.001**0.5 / (1 - 0.81 / 0.999) ** 0.5
    assert bound == pytest.approx(7.270, abs=1e-3)
    stream = np.r_[1e-12, np.zeros(10_000), (0.999 / 0.9) ** np.arange(60)]
    assert moves(Adam(1.0, epsilon=0.0), stream).max() == pytest.approx(bound, rel=1e-3)


def test_a_spike_after_silence_moves_it_far():
    """After 20,000 zeros a single gradient moves it 3.162 times the learning rate."""
    stream = np.r_[1e-9, np.zeros(20_000), 1.0]
    assert moves(Adam(1.0, epsilon=1e-12), stream)[-1] == pytest.approx(3.162, abs=5e-3)


def test_beale():
    """Erratum E46 (D30): 276 steps to 1e-3 with 0.1, 75 with 0.5."""
    for lr, steps in ((0.1, 276), (0.5, 75)):
        losses = minimize(Beale(), Adam(lr), (1.0, 1.5), 300).losses
        assert np.argmax(losses < 1e-3) == pytest.approx(steps, abs=1)


@pytest.mark.parametrize(("beta1", "beta2"), [(0.9, 0.999), (0.95, 0.9999), (0.8, 0.999)])
def test_the_law_of_the_peak(beta1, beta2):
    """Of the factor without corrections: at 1.256 time constants of m, 0.638 sqrt(tau2 / tau1)."""
    assert np.exp(1.25643) == pytest.approx(1 + 2 * 1.25643, abs=1e-4)
    found = moves(Adam(1.0, beta1, beta2, epsilon=0.0, correct_bias=False), np.ones(200))
    tau1, tau2 = 1 / np.log(1 / beta1), 1 / np.log(1 / beta2)
    assert found.argmax() + 1 == pytest.approx(1.25643 * tau1, abs=1)
    assert found.max() == pytest.approx(0.638 * (tau2 / tau1) ** 0.5, rel=0.02)


def test_counting_from_two_shortens_the_first_step():
    late = Adam(1.0, epsilon=0.0)
    state = late.init(np.zeros(1))._replace(t=1)
    theta, _ = late.step(np.zeros(1), state, np.ones(1))
    assert -theta[0] == pytest.approx(0.744, abs=5e-4)


def test_steeper_walls_do_not_change_the_path():
    paths = [minimize(Bowl(k), Adam(0.02), (-1.0, 0.6), 150).points for k in (20, 2000)]
    np.testing.assert_allclose(*paths, atol=1e-8)


def test_either_average_lets_it_settle_and_later_it_bursts():
    def swing(lr, beta1, beta2, low, high):
        run = minimize(Bowl(20), Adam(lr, beta1, beta2), (-1.0, 0.6), high)
        return np.abs(run.points[low:]).max() / lr

    assert swing(0.02, 0.0, 0.9, 550, 600) == pytest.approx(0.5, abs=1e-3)
    assert swing(0.02, 0.9, 0.9, 550, 600) < 0.05
    assert swing(0.02, 0.0, 0.999, 550, 600) < 1e-3
    assert swing(0.1, 0.9, 0.999, 1000, 2000) < 1e-3
    assert swing(0.1, 0.9, 0.999, 5000, 6000) > 0.5


NOISE = np.random.default_rng(5).normal(size=60)


@pytest.mark.parametrize("beta1", [0, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("beta2", [0, 0.9, 0.999])
@pytest.mark.parametrize("stream", [np.ones(60), 1 + NOISE, 1000 + 1000 * NOISE])
def test_the_first_step_of_the_live_figure_is_the_rate(beta1, beta2, stream):
    assert abs(moves(Adam(1.0, beta1, beta2), stream)[0]) == pytest.approx(1, abs=1e-6)


def test_the_caption_of_the_live_figure():
    alternating = (-1.0) ** np.arange(60)
    adam, rmsprop = Adam(1.0), RMSprop(1.0, 0.999, correct_bias=True)
    assert np.abs(moves(adam, alternating))[-1] == pytest.approx(0.05, abs=5e-3)
    assert np.abs(moves(rmsprop, alternating)) == pytest.approx(1)
    uneven = [np.std(np.diff(moves(m, 1 + NOISE)[10:])) for m in (rmsprop, adam)]
    uneven += [np.std(np.diff(moves(Adam(1.0, b), 1 + NOISE)[10:])) for b in (0.95, 0.99)]
    assert uneven == sorted(uneven, reverse=True)
    assert uneven[0] > 5 * uneven[1]


def test_steps_are_like_signs_on_the_data_of_wilson():
    """Wilson et al. 2017, section 3: all weights that count get the same size."""
    y = np.repeat([1.0, -1.0], [36, 24])
    X = np.zeros((60, 303))
    X[:, 0], X[:, 1:3] = y, 1
    for i in range(60):
        X[i, 3 + 5 * i : 3 + 5 * i + (1 if y[i] > 0 else 5)] = 1
    ends = {}
    for method in (GradientDescent(0.2), Adam(0.01)):
        run = train(LeastSquares(303), X, y, method, 0, epochs=2000, batch=60)
        assert (np.sign(X @ run.theta) == y).all()
        ends[type(method)] = run.theta[:3]
    np.testing.assert_allclose(ends[Adam], ends[Adam][0], rtol=1e-3)
    label, *always = ends[GradientDescent]
    assert label > sum(always)


def test_a_penalty_in_the_gradient_spares_weights_with_large_gradients():
    deviation = np.repeat([10.0, 0.1], 200)
    noise = np.random.default_rng(4).normal(0, deviation, (1000, 400))
    method, theta = Adam(0.01), np.ones(400)
    state = method.init(theta)
    for g in noise:
        theta, state = method.step(theta, state, g + 0.1 * theta)
    large, small = theta.reshape(2, 200).mean(axis=1)
    assert large > 0.8
    assert abs(small) < 0.05
    alike = follow(WeightDecay(Adam(0.01), 0.1), noise, np.ones(400)).points[-1]
    expected = (1 - 0.01 * 0.1) ** 1000
    assert alike.reshape(2, 200).mean(axis=1) == pytest.approx([expected] * 2, abs=0.05)


def test_the_best_rate_on_the_digits_is_smaller_without_corrections():
    (train_set, test_set), net = digits().split(rng=0), Perceptron(sizes=(64, 32, 10))

    def loss(lr, correct):
        method = Adam(lr, 0.9, 0.9999, correct_bias=correct)
        return net.loss(train(net, *train_set, method, [0, 1]).theta, *test_set)

    assert loss(0.04, True) < loss(0.00125, True)
    assert loss(0.00125, False) < loss(0.04, False)


# The questions of the exercise


ADAPTERS = {
    "adam.1": """
def adam_final(theta0, gradients, lr, beta1s, beta2, epsilon):
    method = Adam(lr=lr, beta1=float(beta1s[0]), beta2=beta2, epsilon=epsilon)
    theta, state = np.array(theta0), method.init(np.array(theta0))
    for gradient in gradients:
        theta, state = method.step(theta, state, gradient)
    return theta
""",
    "adam.3": """
def lazy_adam(gradients, lr, beta1, beta2, epsilon):
    method = Adam(lr=lr, beta1=beta1, beta2=beta2, epsilon=epsilon)
    theta, state = np.zeros_like(gradients[0]), method.init(np.zeros_like(gradients[0]))
    for gradient in gradients:
        theta, state = method.step(theta, state, gradient)
    return theta
""",
}
every_seed = pytest.mark.parametrize("seed", SEEDS)


def cases_of(question, seed):
    return [case for cases in examples(question, seed) for case in cases]


@every_seed
def test_a_constant_first_memory_is_the_chapter_s_adam(seed):
    for case in examples(questions.final_question, seed)[0]:
        theta0, gradients, lr, betas, beta2, epsilon = case.arguments
        method = Adam(lr=lr, beta1=float(betas[0]), beta2=beta2, epsilon=epsilon)
        theta, _ = record(method, theta0, gradients)
        np.testing.assert_allclose(case.expected, theta, rtol=1e-9)


@every_seed
def test_a_changing_first_memory_is_a_weighted_mean_of_the_gradients(seed):
    """m hat with the weight (1 - beta_i) beta_(i+1) ... beta_t of gradient i, over their sum."""
    for case in examples(questions.final_question, seed)[1]:
        theta, gradients, lr, betas, beta2, epsilon = case.arguments
        for t in range(1, len(betas) + 1):
            first = [(1 - betas[i]) * np.prod(betas[i + 1 : t]) for i in range(t)]
            second = [beta2 ** (t - 1 - i) for i in range(t)]
            m = np.average(gradients[:t], axis=0, weights=first)
            v = np.average(gradients[:t] ** 2, axis=0, weights=second)
            theta = theta - lr * m / (np.sqrt(v) + epsilon)
        np.testing.assert_allclose(case.expected, theta, rtol=1e-9, atol=1e-12)


@every_seed
def test_a_restart_is_the_chapter_s_adam_with_a_part_of_its_state(seed):
    for case in cases_of(questions.restart_question, seed):
        lost, beta1, beta2, before, t = case.arguments
        method = Adam(lr=1.0, beta1=beta1, beta2=beta2, epsilon=0)
        theta, state = record(method, np.zeros(1), np.full((before, 1), -0.3))
        fresh = method.init(theta)
        state = state._replace(t=0) if lost == "counter" else fresh._replace(t=before)
        for _ in range(t):
            last = theta
            theta, state = method.step(theta, state, np.full(1, -0.3))
        assert case.expected == pytest.approx((theta - last)[0], rel=1e-9)
    assert questions.after_restart("averages", 0.5, 0.9375, 1000, 1) == pytest.approx(2)
    assert questions.after_restart("counter", 0.5, 0.9375, 1000, 1) == pytest.approx(0.5)


@every_seed
def test_a_lazy_adam_is_the_chapter_s_on_the_gradients_that_are_there(seed):
    for case in cases_of(questions.bug_question, seed):
        gradients, *options = case.arguments
        flat = np.reshape(gradients, (len(gradients), -1)).astype(float)
        for column, expected in zip(flat.T, np.ravel(case.expected), strict=True):
            theta, _ = record(Adam(*options), np.zeros(1), column[column != 0][:, None])
            assert expected == pytest.approx(theta[0], rel=1e-4, abs=1e-6)


def test_the_shipped_counter_is_that_of_all_steps():
    [text] = [c.source for c in cells("adam") if "def shipped(" in c.source]
    shipped, wrong = run_anywhere(text)["shipped"], questions.bug_question.mistakes[0]
    assert wrong.name == "one-counter"
    for case in cases_of(questions.bug_question, PUBLIC):
        np.testing.assert_allclose(
            shipped(*case.arguments), wrong.answer(*case.arguments), rtol=1e-4, atol=1e-6
        )


@every_seed
def test_the_imitations_are_the_chapter_s_methods(seed):
    """Adam with the settings, and the method itself, from the package."""
    for case in cases_of(questions.imitate_question, seed):
        target, lr, beta, steps = case.arguments
        beta1, beta2, *rates = case.expected
        gradients = np.random.default_rng(seed).normal(size=(steps, 3))
        own = Adam(lambda t, r=rates: r[t - 1], beta1=beta1, beta2=beta2, epsilon=0.0)
        theta, _ = record(own, np.zeros(3), gradients)
        other = {
            "rmsprop": RMSprop(lr=lr, beta=beta, epsilon=0),
            "adagrad": AdaGrad(lr=lr, epsilon=0),
        }
        if target == "sign":
            expected = -lr * np.sign(gradients).sum(axis=0)
        else:
            expected, _ = record(other[target], np.zeros(3), gradients)
        np.testing.assert_allclose(theta, expected, atol=1e-5 * lr * steps)
        assert questions.imitate_question.judge(case.arguments, case.expected) is None


@every_seed
def test_the_judge_of_imitations_has_the_chapter_s_targets(seed):
    gradients = np.random.default_rng(seed).normal(size=(9, 3))
    for target, method in (
        ("rmsprop", RMSprop(lr=0.2, beta=0.9, epsilon=0)),
        ("adagrad", AdaGrad(lr=0.2, epsilon=0)),
    ):
        theta, _ = record(method, np.zeros(3), gradients)
        steps = questions._targets(target, 0.2, 0.9, gradients)
        np.testing.assert_allclose(-steps.sum(axis=0), theta, rtol=1e-10)


@every_seed
def test_a_last_step_is_the_chapter_s(seed):
    rng = np.random.default_rng(seed)
    for gradients in (rng.normal(size=30), np.r_[np.zeros(20), 1e6 * rng.random(9)]):
        expected = abs(moves(Adam(1.0, 0.75, 0.98, epsilon=1e-300), gradients)[-1])
        assert questions.last_step(gradients, 0.75, 0.98) == pytest.approx(expected, rel=1e-9)
    assert questions.last_step(np.zeros(3), 0.75, 0.98) == 0


@every_seed
def test_no_gradients_push_further_than_those_of_the_solution(seed):
    """The bound of Cauchy and Schwarz, and a climb from random gradients that stays below it."""
    rng = np.random.default_rng(seed)
    for case in cases_of(questions.push_question, seed):
        beta1, beta2, steps, length = case.arguments
        longest = questions.last_step(case.expected, beta1, beta2)
        age = np.arange(steps)
        a = (1 - beta1) * beta1**age / (1 - beta1**steps)
        b = (1 - beta2) * beta2**age / (1 - beta2**steps)
        assert longest == pytest.approx(np.sqrt(np.sum(a * a / b)), rel=1e-9)
        assert 1 < length <= longest
        for _ in range(20):
            other = case.expected * np.exp(0.1 * rng.normal(size=steps))
            assert questions.last_step(other, beta1, beta2) < longest


def test_no_single_rate_and_no_fixed_epsilon_fits_the_valleys():
    question = questions.settings_question
    for seed in range(3):
        one, two, tiny = examples(question, seed)
        for case in (*one, *two, *tiny):
            stretch, size = case.arguments
            assert question.judge(case.arguments, case.expected) is None
            for share in (0.3, 0.5):
                assert question.judge((stretch, size), [*share * stretch, 0.0]) is None
            assert question.judge((stretch, size), [*0.1 * stretch, 0.0]) is not None
        for case in two:
            stretch, size = case.arguments
            for rate in np.geomspace(0.05 * stretch.min(), 2 * stretch.max(), 15):
                assert question.judge((stretch, size), [rate, rate, 0.0]) is not None
        for case in tiny:
            stretch, size = case.arguments
            assert question.judge((stretch, size), [*0.45 * stretch, 1e-8]) is not None


def test_a_valley_is_descended_as_by_the_chapter_s_adam():
    """Where the judge draws its limit between two rates, the package does so, too."""
    for rates, accepted in (([0.45, 0.45], True), ([0.1, 0.1], False)):
        start = np.array([1.0, 1.5])
        loss = minimize(Beale(), Adam(np.array(rates)), start, questions.VALLEY_STEPS).losses[-1]
        assert (loss < 1e-3) == accepted
        judged = questions._judge_settings((np.ones(2), 1.0), [*rates, 1e-8])
        assert (judged is None) == accepted


def test_practice_by_hand_is_the_chapter_s_averages():
    _, state = record(Adam(beta1=0.5, beta2=0.5), np.zeros(1), np.array([[6.0], [3.0]]))
    found = [state.m[0] / (1 - 0.5**2), state.v[0] / (1 - 0.5**2)]
    assert questions.by_hand.value == pytest.approx(found)


def test_practice_correction_is_over_at_the_first_such_step():
    for case in cases_of(questions.correction_question, PUBLIC):
        beta, share = case.arguments
        t = case.expected
        assert 1 / (1 - beta**t) <= 1 + share
        assert t == 1 or 1 / (1 - beta ** (t - 1)) > 1 + share
