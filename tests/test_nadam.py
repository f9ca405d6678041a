"""NAdam: by hand, from Nesterov step by step, every corrected number."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lecture_code.adam import Adam
from lecture_code.conventions import OneCorrectionNAdam
from lecture_code.minimize import follow, minimize
from lecture_code.momentum import Momentum, ShiftedNesterov
from lecture_code.nadam import NAdam
from lecture_code.objectives import Bowl

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
    """Steps to stay below 0.001, the best of forty rates: Adam 139 at 0.95, NAdam 12."""
    rates = np.geomspace(1e-3, 1, 40)[:, None]
    for method, expected in ((Adam(rates, 0.95), 139), (NAdam(rates, 0.95, psi=None), 12)):
        losses = minimize(Bowl(20), method, (-1.0, 0.6), 600, "record").losses
        stays = np.logical_and.accumulate(losses[::-1] < 1e-3)[::-1]
        assert stays.argmax(axis=0)[stays.any(axis=0)].min() == pytest.approx(expected, abs=2)


# The questions of the exercise
