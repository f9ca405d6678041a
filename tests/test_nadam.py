"""NAdam: by hand, from Nesterov step by step, every corrected number."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from exercises.questions import examples, try_answer
from exercises.questions import nadam as questions
from lecture_code.adam import Adam
from lecture_code.conventions import OneCorrectionNAdam
from lecture_code.minimize import follow, minimize
from lecture_code.momentum import Momentum, ShiftedNesterov
from lecture_code.nadam import NAdam
from lecture_code.objectives import Beale, Bowl
from tests.proofs import PUBLIC, SEEDS, cells, record, run_anywhere

gradients = arrays(float, (6, 2), elements=st.floats(-100, 100).map(lambda x: round(x, 6)))


def moves(method, stream):
    return -np.diff(follow(method, np.asarray(stream, float)[:, None]).points[:, 0])


SHOWN = [NAdam]
EQUATIONS = {
    r"\mu_t = \beta_1 (1 - \tfrac12 \, 0.96^{\psi t})": (
        lambda beta1, psi, t: beta1 * (1 - 0.96 ** (psi * t) / 2)
    ),
    r"m_t = \beta_1 m_{t-1} + (1 - \beta_1) g_t, \quad m_0 = 0": (
        lambda beta1, m, g: beta1 * m + (1 - beta1) * g
    ),
    r"v_t = \beta_2 v_{t-1} + (1 - \beta_2) g_t \odot g_t, \quad v_0 = 0": (
        lambda beta2, v, g: beta2 * v + (1 - beta2) * g**2
    ),
    r"""\bar m_t = \frac{\mu_{t+1} m_t}{1 - \prod_{i=1}^{t+1} \mu_i}
        + \frac{(1 - \mu_t) g_t}{1 - \prod_{i=1}^{t} \mu_i}""": (
        lambda mus, m, g: (
            mus[-1] * m / (1 - np.prod(mus)) + (1 - mus[-2]) * g / (1 - np.prod(mus[:-1]))
        )
    ),
    r"""\theta_t = \theta_{t-1}
        - \frac{\eta_t}{\sqrt{v_t / (1 - \beta_2^t)} + \epsilon} \odot \bar m_t""": (
        lambda theta, eta, v, beta2, t, epsilon, ahead: (
            theta - eta / ((v / (1 - beta2**t)) ** 0.5 + epsilon) * ahead
        )
    ),
}


@pytest.mark.parametrize("psi", [None, 0.0, 0.004, 1.0])
@given(stream=gradients)
def test_equations_of_the_page_in_plain_python(psi, stream):
    rising, first, second, exchange, move = EQUATIONS.values()
    mus = [0.8 if psi is None else rising(0.8, psi, t) for t in range(1, 8)]
    points = follow(NAdam(lambda t: 0.3 / t, 0.8, 0.9, 1e-3, psi), stream).points
    for j in range(2):
        m = v = theta = 0.0
        for t in range(1, 7):
            g = float(stream[t - 1, j])
            m, v = first(0.8, m, g), second(0.9, v, g)
            ahead = exchange(mus[: t + 1], m, g)
            theta = move(theta, 0.3 / t, v, 0.9, t, 1e-3, ahead)
            assert points[t, j] == pytest.approx(theta, rel=1e-9, abs=1e-12)


def test_two_steps_by_hand():
    """beta1 1/2, beta2 3/4, g = 4 then 2: m = 2, 2; v = 4, 4.

    m bar: (1/2 2) / (3/4) + (1/2 4) / (1/2) = 16/3, then 1 / (7/8) + 1 / (3/4) = 52/21;
    v hat: 16 and 64/7.
    """
    found = moves(NAdam(1.0, 0.5, 0.75, 0.0, None), [4.0, 2.0])
    np.testing.assert_allclose(found, [16 / 3 / 4, 52 / 21 / (64 / 7) ** 0.5], rtol=1e-14)


def test_first_and_steady_step_of_a_constant_gradient():
    """Erratum E32 (D13): 28/19 = 1.473684 eta at first, 1 eta in the end, for every eta."""
    for lr in (0.001, 0.01, 0.1):
        found = moves(NAdam(lr, psi=None, epsilon=0.0), np.ones(3000)) / lr
        assert found[0] == pytest.approx(28 / 19)
        assert found[-1] == pytest.approx(1.0)


def test_the_notes_multiply_by_the_rate_twice():
    """Erratum E32 (D13): their step over eta depends on eta: 0.109, 0.190, 1.000."""
    for lr, ratio in ((0.001, 0.109), (0.01, 0.190), (0.1, 1.0)):
        u = v = 0.0
        for t in range(1, 3001):
            u, v = 0.9 * u + lr * 1.0, 0.999 * v + 0.001
            step = lr * (0.9 * u + 0.1) / (v / (1 - 0.999**t)) ** 0.5
        assert step / lr == pytest.approx(ratio, abs=5e-4)


def test_momentum_of_the_schedule():
    assert NAdam().mu(1) == pytest.approx(0.45007, abs=5e-6)
    assert NAdam().mu(10_000) == pytest.approx(0.9, abs=0.1)
    assert NAdam(psi=None).mu(7) == 0.9


@given(gradients)
def test_without_momentum_it_is_adam(stream):
    one = follow(NAdam(0.1, beta1=0.0, psi=None), stream).points
    np.testing.assert_allclose(one, follow(Adam(0.1, beta1=0.0), stream).points, atol=1e-12)


def test_it_turns_one_step_before_adam():
    """Curriculum C10: gradients of 1 and then of -1; the update flips at the sixth against the
    seventh."""
    stream = np.r_[np.ones(200), -np.ones(20)]
    for method, at in ((NAdam(1.0, psi=None), 6), (Adam(1.0), 7)):
        assert np.argmax(moves(method, stream)[200:] < 0) + 1 == at


def test_the_product_runs_along():
    state = follow(NAdam(), np.ones((3, 1))).state
    assert state.product == pytest.approx(NAdam().mu(1) * NAdam().mu(2) * NAdam().mu(3))


def test_psi_must_not_be_negative():
    with pytest.raises(ValueError, match="psi = -1: must be zero or"):
        NAdam(psi=-1)


def nesterov(mu, shift, steps=50, lr=0.03):
    """The look-ahead points of Nesterov's method, and the run in the shifted variable."""
    bowl, theta = Bowl(20), np.array([-1.0, 0.6])
    look, other, m, n = [theta], [theta], 0.0, 0.0
    for t in range(1, steps + 1):
        m = mu(t) * m + lr * bowl.gradient(look[-1])
        theta = theta - m
        look.append(theta - mu(t + 1) * m)
        g = bowl.gradient(other[-1])
        n = mu(t) * n + lr * g
        other.append(other[-1] - lr * g - mu(t + shift) * n)
    return np.array(look), np.array(other)


def test_the_shift_keeps_the_look_ahead_points_of_a_changing_momentum():
    """Erratum E33 (D13b): to rounding with the momentum of the next step, 0.026 off with this."""

    def rising(t):
        return 1 - 3 / (t + 5)

    look, other = nesterov(rising, shift=1)
    np.testing.assert_allclose(other, look, atol=1e-14)
    look, other = nesterov(rising, shift=0)
    assert np.abs(other - look).max() == pytest.approx(0.026, abs=5e-4)


@pytest.mark.parametrize(
    ("method", "known"),
    [(Adam(1.0), Momentum(0.1)), (NAdam(1.0, psi=None), ShiftedNesterov(0.1))],
)
def test_without_the_division_it_is_nesterov_as_adam_is_momentum(method, known):
    """All squares are 1; the bias of the start is gone after 400 steps."""
    signs = np.random.default_rng(0).choice([-1.0, 1.0], size=600)
    np.testing.assert_allclose(moves(method, signs)[400:], moves(known, signs)[400:], atol=1e-6)
    assert np.abs(moves(Adam(1.0), signs) - moves(ShiftedNesterov(0.1), signs))[400:].max() > 0.05


def test_it_stands_one_momentum_part_before_adam():
    """Exactly, on signs: theta of Adam minus beta1 m_t / (1 - beta1^(t+1))."""
    signs = np.random.default_rng(1).choice([-1.0, 1.0], size=(100, 1))
    m, part = 0.0, []
    for t, g in enumerate(signs[:, 0], start=1):
        m = 0.9 * m + 0.1 * g
        part.append(0.9 * m / (1 - 0.9 ** (t + 1)))
    adam = follow(Adam(1.0, epsilon=0.0), signs).points[1:, 0]
    found = follow(NAdam(1.0, psi=None, epsilon=0.0), signs).points[1:, 0]
    np.testing.assert_allclose(found, adam - part, atol=1e-9)


@given(st.integers(1, 400), st.floats(0.0, 0.99), st.floats(0.0, 2.0))
def test_the_weights_of_a_changing_momentum_sum_to_one_minus_the_product(steps, beta1, psi):
    mus = [NAdam(beta1=beta1, psi=psi).mu(t) for t in range(1, steps + 1)]
    m = 0.0
    for mu in mus:
        m = mu * m + (1 - mu) * 1.0
    assert m == pytest.approx(1 - np.prod(mus), abs=1e-12)


@pytest.mark.parametrize("beta1", [0.5, 0.8, 0.9])
def test_the_lead_over_adam_on_a_slope_is_one_momentum_part(beta1):
    extra = moves(NAdam(1.0, beta1, psi=None, epsilon=0.0), np.ones(2000)) - 1
    assert extra.sum() == pytest.approx(beta1)


def test_one_divisor_for_both_parts_starts_longer():
    """Ruder's form, the TensorFlow kernel: 1 + beta1 = 1.9 eta at first, 2.709 eta in all."""
    steps = moves(OneCorrectionNAdam(1.0, epsilon=0.0), np.ones(2000))
    assert steps[0] == pytest.approx(1.9)
    assert np.sum(steps - 1) == pytest.approx(2.709, abs=5e-4)
    m = 0.1  # beta1 m hat + (1 - beta1) g / (1 - beta1^t), the form in that paper, at t = 1
    assert steps[0] == pytest.approx(0.9 * (m / 0.1) + 0.1 / 0.1)


def test_steps_of_the_schedules_on_a_slope():
    """They start near 1 and dip, as m keeps beta1; with mu in m (Dozat 2016) they never do."""
    for psi, first, lowest in ((0.004, 1.0565, 0.731), (1.0, 1.0628, 0.702)):
        steps = moves(NAdam(1.0, psi=psi), np.ones(1000))
        assert (steps[0], steps.min()) == pytest.approx((first, lowest), abs=5e-4)
    m, product, mu = 0.0, 1.0, NAdam().mu
    for t in range(1, 1000):
        m, product = mu(t) * m + (1 - mu(t)), product * mu(t)
        assert mu(t + 1) * m / (1 - product * mu(t + 1)) + (1 - mu(t)) / (1 - product) > 1


def test_how_slowly_the_schedule_rises():
    """0.518 after 1000 steps, 0.812 after 10,000; a third of the way in 10 / psi steps."""
    assert [NAdam().mu(t) for t in (1000, 10_000)] == pytest.approx([0.518, 0.812], abs=5e-4)
    assert NAdam().mu(2500) / 0.45 - 1 == pytest.approx(1 / 3, abs=0.005)


@pytest.mark.parametrize("beta1", [0.5, 0.9])
def test_the_noise_of_a_step(beta1):
    """The variance of m bar over that of m hat: (1 - b)(1 + b)^3 + b^4, by summed squares."""
    k = np.arange(2000)
    adam = (1 - beta1) * beta1**k
    nadam = beta1 * adam + (1 - beta1) * (k == 0)
    law = (1 - beta1) * (1 + beta1) ** 3 + beta1**4
    assert np.sum(nadam**2) / np.sum(adam**2) == pytest.approx(law)
    stream = np.zeros(2001)  # the weights are those of the code: one gradient among zeros
    stream[1000] = 1.0
    method = NAdam(1.0, beta1, beta2=0.0, epsilon=1.0, psi=None)
    found = moves(method, stream)[1001:1040]  # v is 0 again, and epsilon divides by 1
    np.testing.assert_allclose(found, nadam[1:40], atol=1e-12)


def test_a_spike_after_a_silence():
    """(1 - beta1^2) / sqrt(1 - beta2) = 6.008 eta at once, against 3.162; in the end as far."""
    stream = np.r_[1e-12, np.zeros(10_000), 1.0, np.zeros(300)]
    far = []
    for method, at_once in (
        (NAdam(1.0, psi=None, epsilon=0.0), 6.008),
        (Adam(1.0, epsilon=0.0), 3.162),
    ):
        steps = moves(method, stream)[10_001:]
        assert steps[0] == pytest.approx(at_once, abs=1e-3)
        far.append(steps.sum())
    assert far[0] == pytest.approx(far[1], rel=1e-3)


def test_what_the_live_figure_says():
    """How far past the minimum of the ravine x gets in 60 steps."""

    def past(method):
        return minimize(Bowl(20), method, (-1.0, 0.6), 60).points[:, 0].max()

    for lr, adam, nadam in ((0.1, 0.27, 0.21), (0.4, 0.54, 0.315)):
        assert past(Adam(lr)) == pytest.approx(adam, abs=5e-3)
        assert past(NAdam(lr, psi=None)) == pytest.approx(nadam, abs=5e-3)
    assert past(NAdam(0.1)) == pytest.approx(0.07, abs=5e-3)
    assert past(Adam(0.1, 0.0)) == pytest.approx(past(NAdam(0.1, 0.0, psi=None)), abs=1e-12)


def test_in_a_ravine_a_large_beta1_does_it_less_harm():
    """Steps to stay below 0.001, the best of forty rates: Adam 137 at 0.95, NAdam 12."""
    rates = np.geomspace(1e-3, 3, 40)[:, None]
    for method, expected in ((Adam(rates, 0.95), 137), (NAdam(rates, 0.95, psi=None), 12)):
        losses = minimize(Bowl(20), method, (-1.0, 0.6), 600, "record").losses
        stays = np.logical_and.accumulate(losses[::-1] < 1e-3)[::-1]
        assert stays.argmax(axis=0)[stays.any(axis=0)].min() == pytest.approx(expected, abs=2)


def test_in_beale_s_valley_it_is_the_low_momentum_that_costs():
    """Fewest steps of forty rates: a constant 0.9 beats the schedule, and that a constant 0.46."""
    rates = np.geomspace(1e-3, 3, 40)[:, None]
    needed = []
    for method in (NAdam(rates, psi=None), NAdam(rates), NAdam(rates, 0.46, psi=None)):
        losses = minimize(Beale(), method, (1.0, 1.5), 400, "record").losses
        stays = np.logical_and.accumulate(losses[::-1] < 1e-3)[::-1]
        needed.append(stays.argmax(axis=0)[stays.any(axis=0)].min())
    assert needed == sorted(needed) and needed[0] < needed[2] / 2


# The questions of the exercise


ADAPTERS = {
    "nadam.1": """
def shifted_path(theta0, curvature, lrs, mus):
    method = NAdam(lr=lambda t: lrs[t - 1], beta1=float(mus[0]), psi=None)
    theta, state = np.array(theta0), method.init(np.array(theta0))
    path = [theta]
    for _ in lrs[:-1]:
        theta, state = method.step(theta, state, curvature * theta)
        path.append(theta)
    return np.array(path)
""",
    "nadam.2": """
def nadam_final(theta0, gradients, lr, mus, beta2, epsilon):
    method = NAdam(lr=lr, beta1=float(mus[0]), beta2=beta2, epsilon=epsilon, psi=None)
    theta, state = np.array(theta0), method.init(np.array(theta0))
    for gradient in gradients:
        theta, state = method.step(theta, state, gradient)
    return theta
""",
    "nadam.3": """
def rate_once(gradients, lrs, beta1, beta2, epsilon):
    method = NAdam(lambda t: float(lrs[t - 1]), beta1, beta2, epsilon, None)
    theta, state = np.zeros_like(gradients[0]), method.init(np.zeros_like(gradients[0]))
    for gradient in gradients:
        theta, state = method.step(theta, state, gradient)
    return theta
""",
}
every_seed = pytest.mark.parametrize("seed", SEEDS)


def cases_of(question, seed):
    return [case for cases in examples(question, seed) for case in cases]


def columns(array):
    """The coordinates of an array (T, ...), each as T floats."""
    return np.reshape(array, (len(array), -1)).astype(float).T


@every_seed
def test_shifted_points_are_where_steps_without_a_gradient_would_lead(seed):
    """In theta, coordinate by coordinate; the gradient of the look ahead is zero."""
    for case in cases_of(questions.shifted_question, seed):
        theta0, curvature, lrs, mus = case.arguments
        paths = zip(np.ravel(theta0), np.ravel(curvature), columns(case.expected), strict=True)
        for theta, c, path in paths:
            m = 0.0
            for t, point in enumerate(path):
                ahead = theta - lrs[t] * (mus[t] * m + 0.0)
                assert point == pytest.approx(ahead, rel=1e-4, abs=1e-6)
                m = mus[t] * m + c * ahead
                theta = theta - lrs[t] * m


@every_seed
def test_constant_shifted_points_are_the_chapter_s_nesterov(seed):
    for case in examples(questions.shifted_question, seed)[0]:
        theta0, curvature, lrs, mus = case.arguments
        method, path = ShiftedNesterov(lr=lrs[0], gamma=mus[0]), [theta0]
        state = method.init(theta0)
        for _ in lrs[1:]:
            theta, state = method.step(path[-1], state, curvature * path[-1])
            path.append(theta)
        np.testing.assert_allclose(case.expected, path, rtol=1e-8, atol=1e-12)


@every_seed
def test_a_constant_momentum_is_the_chapter_s_nadam(seed):
    for case in examples(questions.final_question, seed)[0]:
        theta0, gradients, lr, mus, beta2, epsilon = case.arguments
        method = NAdam(lr, float(mus[0]), beta2, epsilon, psi=None)
        theta, _ = record(method, theta0, gradients)
        np.testing.assert_allclose(case.expected, theta, rtol=1e-9)


@every_seed
def test_a_changing_momentum_is_a_weighted_mean_and_one_step_of_it(seed):
    """Weight (1 - mu_i) mu_(i+1) ... mu_t of gradient i; one more step makes room for the next."""
    for case in examples(questions.final_question, seed)[1]:
        theta, gradients, lr, mus, beta2, epsilon = case.arguments
        for t in range(1, len(mus)):
            weights = np.array([(1 - mus[i]) * np.prod(mus[i + 1 : t]) for i in range(t)])
            ahead = np.append(mus[t] * weights, 1 - mus[t])
            zero = np.zeros_like(gradients[:1])
            above = np.average(np.concatenate([gradients[:t], zero]), axis=0, weights=ahead)
            above = above + weights[-1] / weights.sum() * gradients[t - 1]
            v = np.average(gradients[:t] ** 2, axis=0, weights=beta2 ** np.arange(t)[::-1])
            theta = theta - lr * above / (np.sqrt(v) + epsilon)
        np.testing.assert_allclose(case.expected, theta, rtol=1e-9, atol=1e-12)


def test_the_average_of_the_libraries_with_a_schedule_is_the_chapter_s_nadam():
    """The wrong answers are run by a loop of their own; here it is right."""
    gradients, method = np.random.default_rng(0).normal(size=(9, 2)), NAdam(0.3, 0.8, 0.9, psi=1.0)
    mus = np.array([method.mu(t) for t in range(1, 11)])
    run = questions._final(keep=lambda mus, t: 0.8)
    theta, _ = record(method, np.zeros(2), gradients)
    found = run(np.zeros(2), gradients, 0.3, mus, 0.9, 1e-8)
    np.testing.assert_allclose(found, theta, rtol=1e-9)


@every_seed
def test_a_rate_that_counts_once_multiplies_weighted_gradients(seed):
    for case in cases_of(questions.bug_question, seed):
        gradients, lrs, beta1, beta2, epsilon = case.arguments
        for g, expected in zip(columns(gradients), np.ravel(case.expected), strict=True):
            theta = 0.0
            for t in range(1, len(g) + 1):
                age = np.arange(t)[::-1]
                weights = (1 - beta1) * (beta1 ** (age + 1) + (age == 0))
                v = np.average(g[:t] ** 2, weights=beta2**age)
                theta -= lrs[t - 1] * (weights @ g[:t]) / (v**0.5 + epsilon)
            assert expected == pytest.approx(theta, rel=1e-4, abs=1e-6)


def test_on_a_steady_slope_the_repaired_step_is_as_long_as_its_rate():
    for lr in (0.001, 0.1):
        ends = [
            questions.rate_once(np.full(n, -3.0), np.full(n, lr), 0.9, 0.999, 0.0)
            for n in (400, 401)
        ]
        assert (ends[1] - ends[0]) / lr == pytest.approx(1)


def test_the_shipped_rule_is_that_of_the_notes():
    """Erratum E32: 0.1 + 9 eta of eta on a steady slope, for beta1 = 0.9."""
    [text] = [c.source for c in cells("nadam") if "def shipped(" in c.source]
    shipped, wrong = run_anywhere(text)["shipped"], questions.bug_question.mistakes[0]
    assert wrong.name == "as-shipped"
    for case in cases_of(questions.bug_question, PUBLIC):
        np.testing.assert_allclose(
            shipped(*case.arguments), wrong.answer(*case.arguments), rtol=1e-4, atol=1e-6
        )
    for lr, ratio in ((0.001, 0.109), (0.01, 0.190), (0.1, 1.0)):
        ends = [shipped(np.ones(n), np.full(n, lr), 0.9, 0.999, 0.0) for n in (400, 401)]
        assert (ends[0] - ends[1]) / lr == pytest.approx(ratio, abs=5e-4)


@every_seed
def test_turning_is_that_of_the_chapter_s_methods(seed):
    for case in cases_of(questions.turning_question, seed):
        beta1, before, ratio = case.arguments
        stream = np.r_[np.full(before, -2.0), np.full(200, 2.0 * ratio)]
        found = [
            int(np.argmax(moves(method, stream)[before:] > 0)) + 1
            for method in (Adam(1.0, beta1), NAdam(1.0, beta1, psi=None))
        ]
        assert case.expected == found
    assert questions.turning(0.5, 1000, 0.5) == [2, 1]


@every_seed
def test_what_adam_sees_gives_it_the_numbers_of_nadam(seed):
    for case in cases_of(questions.seen_question, seed):
        gradients, mus = case.arguments
        for g, x in zip(columns(gradients), columns(case.expected), strict=True):
            m = a = 0.0
            for t in range(len(g)):
                m = mus[t] * m + (1 - mus[t]) * g[t]
                a = mus[t] * a + (1 - mus[t]) * x[t]
                ahead = mus[t + 1] * m + (1 - mus[t]) * g[t]
                assert a == pytest.approx(ahead, rel=1e-4, abs=1e-5)
    for case in examples(questions.seen_question, seed)[0]:
        gradients, mus = case.arguments
        before = np.concatenate([np.zeros_like(gradients[:1]), gradients[:-1]])
        x = gradients + float(mus[0]) * (gradients - before)
        np.testing.assert_allclose(case.expected, x, rtol=1e-4, atol=1e-5)


def test_lengths_are_those_of_the_chapter_s_nadam():
    for beta1 in (0.8, 0.9):
        found = questions.lengths(np.full(41, beta1))
        steps = moves(NAdam(1.0, beta1, epsilon=0.0, psi=None), np.full(40, 3.0))
        np.testing.assert_allclose(found, steps, rtol=1e-12)
    assert questions.lengths(np.full(2, 0.9))[0] == pytest.approx(28 / 19)


@every_seed
def test_no_schedule_is_much_gentler_than_a_straight_rise(seed):
    """The steps are longer than the rate by 1 - (1 - beta1) / (1 - product) together."""
    rng = np.random.default_rng(seed)
    one, two, last = examples(questions.gentle_question, seed)
    for case in (*one, *two, *last):
        beta1, steps, limit = case.arguments
        assert questions.lengths(case.expected) == pytest.approx(np.full(steps, 1 + beta1 / steps))
        assert questions._judge_gentle(case.arguments, np.full(steps + 1, beta1)) is not None
        for _ in range(20):
            mus = np.append(beta1 * np.sort(rng.random(steps)), beta1)
            lengths = questions.lengths(mus)
            together = 1 - (1 - beta1) / (1 - np.prod(mus))
            assert np.sum(lengths - 1) == pytest.approx(together, rel=1e-9)
            assert lengths.max() >= 1 + together / steps
    for case in last:
        beta1, steps, limit = case.arguments
        assert 1 + beta1 / steps < limit < 1 + beta1 / (steps - 1)


def test_momenta_that_are_not_allowed_are_told_so():
    for start in (-1.0, 1.0):
        score = try_answer(
            questions.gentle_question,
            lambda beta1, steps, limit, start=start: np.linspace(start, beta1, steps + 1),
        )
        assert score.message == "No momentum is below 0 or above beta1."


def test_the_trial_of_the_notebook_measures_the_same():
    [text] = [c.source for c in cells("nadam") if "longest =" in c.source]
    longest = run_anywhere(text)["longest"]
    assert longest == pytest.approx(questions.lengths(np.full(11, 0.8)).max())


def test_practice_by_hand_is_the_chapter_s_nadam():
    """With beta2 = 0 the root is the size of the gradient."""
    steps = moves(NAdam(1.0, 0.5, 0.0, 0.0, psi=None), [6.0, -2.0])
    np.testing.assert_allclose(questions.by_hand.value, steps * [6, 2], rtol=1e-12)


def test_practice_schedule_is_the_chapter_s():
    for case in cases_of(questions.schedule_question, PUBLIC):
        beta1, psi, t = case.arguments
        assert case.expected == pytest.approx(NAdam(beta1=beta1, psi=psi).mu(t))
