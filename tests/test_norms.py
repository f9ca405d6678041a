"""p-norms without overflow, the decayed norm and its limit, AdaMax and its counterexample."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from exercises.questions import examples
from exercises.questions import norms as questions
from lecture_code.adam import Adam
from lecture_code.minimize import follow, minimize
from lecture_code.norms import AdaMax, AdamLp, NotesAdamMax, decayed_norm, p_norm
from lecture_code.objectives import Bowl
from tests.proofs import PUBLIC, SEEDS, cells, record, run_anywhere

vectors = arrays(float, 4, elements=st.floats(-1e3, 1e3).map(lambda x: round(x, 6)))
gradients = arrays(float, (6, 2), elements=st.floats(-100, 100).map(lambda x: round(x, 6)))
powers = st.sampled_from([1, 1.5, 2, 3, 7, 50, np.inf])


def moves(method, stream):
    return -np.diff(follow(method, np.asarray(stream, float)).points, axis=0)


@pytest.mark.parametrize(
    ("x", "p", "norm"),
    [
        ([3, -4], 1, 7),
        ([3, -4], 2, 5),
        ([3, -4], np.inf, 4),
        ([50, 3, 0.001], 180, 50),
        ([50, 3, 0.001], 200, 50),  # E31 (D12c): the plain formula gives inf
        ([0.01, 0.005], 200, 0.01),  # and here 0
        ([0, 0], 3, 0),
        ([1, 1, 1], 3, 3 ** (1 / 3)),
    ],
)
def test_norms_by_hand(x, p, norm):
    assert p_norm(x, p) == pytest.approx(norm, rel=1e-12)


@given(vectors, vectors, powers, st.floats(-10, 10))
def test_it_is_a_norm(x, y, p, factor):
    assert p_norm(x + y, p) <= (p_norm(x, p) + p_norm(y, p)) * (1 + 1e-9)
    assert p_norm(factor * x, p) == pytest.approx(abs(factor) * p_norm(x, p), rel=1e-9, abs=1e-9)
    assert p_norm(x, np.inf) <= p_norm(x, p) * (1 + 1e-12)


def test_below_one_it_is_none():
    """Erratum E31: with p = 1/2 the diagonal (1, 1) would have length 4 and the way around 2."""
    assert (1**0.5 + 1**0.5) ** 2 == 4
    for call in (lambda: p_norm([1, 1], 0.5), lambda: AdamLp(p=0.5)):
        with pytest.raises(ValueError, match="p = 0.5: .*at least 1"):
            call()


def test_axis_and_rows():
    x = np.array([[3.0, 4.0], [6.0, 8.0]])
    np.testing.assert_allclose(p_norm(x, 2, axis=1), [5, 10])
    np.testing.assert_allclose(p_norm(x, np.inf, axis=0), [6, 8])


@pytest.mark.parametrize(("p", "norm"), [(2, 1.422), (20, 2.417), (100, 2.42999), (np.inf, 2.43)])
def test_the_decayed_norm_tends_to_the_decayed_maximum(p, norm):
    """Erratum E28 (D50)."""
    found = decayed_norm(np.array([1.0, 3.0, 0.5, 2.0]), 0.9, p)[-1]
    assert found == pytest.approx(norm, abs=5e-4)


@given(arrays(float, 8, elements=st.floats(-5, 5)), st.floats(0.5, 0.99), st.floats(1, 8))
def test_the_decayed_norm_is_the_sum_that_it_stands_for(stream, beta2, p):
    """(1 - beta2^p) sum over k of beta2^(p k) |g_{t-k}|^p, written out."""
    share = 1 - beta2**p
    total = sum(share * beta2 ** (p * k) * abs(stream[7 - k]) ** p for k in range(8))
    assert decayed_norm(stream, beta2, p)[-1] == pytest.approx(
        total ** (1 / p), rel=1e-9, abs=1e-12
    )


def test_the_decayed_norm_neither_overflows_nor_underflows():
    for size in (1e-200, 1e200):
        assert decayed_norm(np.full(3, size), 0.999, 300)[-1] == pytest.approx(size, rel=0.01)


def test_adamax_by_hand():
    """Both betas 1/2; g = 4, 1, -6: m = 2, 3/2, -9/4; u = 4, 2, 6; corrected by 1/2, 3/4, 7/8."""
    stream = np.array([[4.0], [1.0], [-6.0]])
    expected = [2 / 4 / 0.5, 1.5 / 2 / 0.75, -2.25 / 6 / 0.875]
    found = moves(AdaMax(0.1, 0.5, 0.5), stream)[:, 0]
    np.testing.assert_allclose(found, 0.1 * np.array(expected), rtol=1e-14)
    added = moves(AdaMax(0.1, 0.5, 0.5, epsilon=1.0), stream)[0, 0]
    assert added == pytest.approx(0.1 * 2 / 5 / 0.5)
    inside = AdaMax(0.1, 0.5, 0.5, epsilon=1.0, epsilon_inside=True)
    # u = 5, max(5/2, 2) = 5/2, 7
    np.testing.assert_allclose(
        moves(inside, stream)[:, 0], [0.1 * 4 / 5, 0.1 * 2 / 2.5, -0.1 * (18 / 7) / 7], rtol=1e-14
    )


def test_bowl_of_the_chapter():
    end = minimize(Bowl(10), AdaMax(0.1), (1.0, 1.0), steps=3).points[-1]
    np.testing.assert_allclose(end, 0.715499, atol=5e-7)


@given(gradients)
def test_p_two_is_adam_and_p_infinity_is_adamax(stream):
    """Adam with the square of beta2, since the p-norm decays by beta2^p."""
    assume((np.abs(stream[0]) > 0.1).all())
    two = follow(AdamLp(0.1, 0.9, 0.99, p=2.0), stream).points
    adam = follow(Adam(0.1, 0.9, 0.99**2), stream).points
    np.testing.assert_allclose(two, adam, rtol=1e-9, atol=1e-10)
    most = follow(AdamLp(0.1, 0.9, 0.99, p=np.inf, epsilon=0.0), stream).points
    adamax = follow(AdaMax(0.1, 0.9, 0.99), stream).points
    np.testing.assert_allclose(most, adamax, rtol=1e-12, atol=1e-13)


@given(gradients)
def test_adamax_is_the_limit_in_p(stream):
    assume((np.abs(stream[0]) > 0.1).all())
    adamax = follow(AdaMax(0.1, 0.9, 0.99), stream).points
    far = [
        np.abs(follow(AdamLp(0.1, 0.9, 0.99, p=p, epsilon=0.0), stream).points - adamax).max()
        for p in (100.0, 10_000.0)
    ]
    assert far[1] <= 0.05 * far[0] + 1e-9
    assert far[1] < 1e-3


def test_the_notes_share_one_number_between_all_parameters():
    """Erratum E28 (D10): g = (1, 0.01), 100 steps: step/eta of (1, 1), and of (1, 0.01)."""
    stream = np.tile([1.0, 0.01], (3000, 1))
    np.testing.assert_allclose(moves(AdaMax(1.0), stream)[-1], [1, 1], rtol=1e-9)
    np.testing.assert_allclose(moves(NotesAdamMax(1.0, 0.99), stream)[-1], [1, 0.01], rtol=1e-6)
    np.testing.assert_allclose(moves(Adam(1.0, epsilon=0.0), stream)[-1], [1, 1], rtol=1e-9)


def test_every_other_gradient():
    """Erratum E29 (D11): 10, 0, 10, 0: who is steady, early and late."""
    stream = np.tile([10.0, 0.0], 3000)[:, None]
    u = decayed_norm(stream[:4, 0], 0.999, np.inf)
    np.testing.assert_allclose(u, [10, 9.99, 10, 9.99], atol=1e-9)
    root = 1 / follow(Adam(1.0, epsilon=0.0), stream).rates[:, 0]
    np.testing.assert_allclose(root[:6], [10, 7.07, 8.16, 7.07, 7.75, 7.07], atol=5e-3)
    late = decayed_norm(stream[:, 0], 0.999, np.inf)[-2:]
    assert late.max() / late.min() - 1 == pytest.approx(0.0010, abs=1e-5)
    assert root[-2:].max() / root[-2:].min() - 1 == pytest.approx(0.00058, abs=1e-4)
    late = decayed_norm(stream[:, 0], 0.9, np.inf)[-2:]
    np.testing.assert_allclose(late, [10, 9])
    root = 1 / follow(Adam(1.0, beta2=0.9, epsilon=0.0), stream).rates[-2:, 0]
    np.testing.assert_allclose(root, [7.25, 6.88], atol=0.01)


def test_zeros_and_spikes():
    """Erratum E30 (D12, D12b): a thousand zeros: 0.368 against 0.606; a spike of 100: to +4605."""
    zeros = np.r_[np.ones(10_000), np.zeros(1000)]
    u = decayed_norm(zeros, 0.999, np.inf)
    assert u[-1] / u[9999] == pytest.approx(0.368, abs=5e-4)
    root = 1 / follow(Adam(1.0, epsilon=0.0), zeros[:, None]).rates[:, 0]
    assert root[-1] / root[9999] == pytest.approx(0.606, abs=1e-3)
    spike = np.r_[100.0, np.ones(6000)]
    u = decayed_norm(spike, 0.999, np.inf)
    assert u[1000] == pytest.approx(36.8, abs=0.05)
    assert np.argmax(u <= 1) == pytest.approx(4605, abs=2)


def test_the_paper_divides_zero_by_zero():
    with np.errstate(all="ignore"):
        assert np.isnan(follow(AdaMax(), np.zeros((1, 1))).points[-1]).all()
    assert (follow(AdaMax(epsilon=1e-8), np.zeros((1, 1))).points == 0).all()


# What the algorithm boxes of the chapter show, and their formulas in plain Python.


def decayed(old, g, beta2, p):
    return (beta2**p * old**p + (1 - beta2**p) * abs(g) ** p) ** (1 / p)


def first_moment(m, g, beta1):
    return beta1 * m + (1 - beta1) * g


def largest(old, g, beta2):
    return max(beta2 * old, abs(g))


def move(theta, m, u, t, lr, beta1):
    return theta - lr / (1 - beta1**t) * m / u


SHOWN = [decayed_norm, AdaMax]
EQUATIONS = {
    r"u_t = (\beta_2^p u_{t-1}^p + (1 - \beta_2^p) |g_t|^p)^{1/p}, \quad u_0 = 0": decayed,
    r"m_t = \beta_1 m_{t-1} + (1 - \beta_1) g_t, \quad m_0 = 0": first_moment,
    r"u_t = \max(\beta_2 u_{t-1}, |g_t|), \quad u_0 = 0": largest,
    r"\theta_t = \theta_{t-1} - \dfrac{\eta_t}{1 - \beta_1^t} \, \dfrac{m_t}{u_t}": move,
}
sizes = st.floats(0.01, 100).map(lambda x: round(x, 6))
decays = st.floats(0, 0.999)


@given(st.lists(sizes, min_size=1, max_size=8), decays, decays, st.floats(1e-3, 1))
def test_adamax_is_its_equations(stream, beta1, beta2, lr):
    stream = [g * (-1) ** k for k, g in enumerate(stream)]
    found = follow(AdaMax(lr, beta1, beta2), np.array(stream)[:, None]).points[1:, 0]
    theta = m = u = 0.0
    for t, g in enumerate(stream, 1):
        m, u = first_moment(m, g, beta1), largest(u, g, beta2)
        theta = move(theta, m, u, t, lr, beta1)
        assert found[t - 1] == pytest.approx(theta, rel=1e-9, abs=1e-12)


@given(st.lists(sizes, min_size=1, max_size=8), decays, st.floats(1, 20))
def test_the_decayed_norm_is_its_equation(stream, beta2, p):
    u = 0.0
    for g, found in zip(stream, decayed_norm(np.array(stream), beta2, p), strict=True):
        u = decayed(u, g, beta2, p)
        assert found == pytest.approx(u, rel=1e-9)


def slow_norm(x, p):
    """The formula in whole numbers of Python, which do not overflow."""
    return sum(int(a) ** int(p) for a in x) ** (1 / p)


def test_the_squeeze_that_leads_to_the_maximum():
    x = [3, 7, 7, 2]
    for p in (1, 2, 5, 30):
        assert p_norm(x, p) == pytest.approx(slow_norm(x, p))
        assert 7 <= p_norm(x, p) <= 4 ** (1 / p) * 7


def test_powers_that_fade_by_beta2_alone_forget_nothing():
    """The dashed line of the chapter: it goes to the largest of all, 3, and not to 2.43."""
    stream, weights = np.array([1.0, 3.0, 0.5, 2.0]), 0.1 * 0.9 ** np.array([3, 2, 1, 0])
    ends = [(weights @ stream**p) ** (1 / p) for p in (20, 100, 300)]
    assert ends == sorted(ends)
    assert ends[-1] == pytest.approx(3, abs=0.03)


@given(
    arrays(float, (40, 1), elements=st.floats(-5, 5).map(lambda x: round(x, 3))),
    st.sampled_from([(0.9, 0.999), (0.5, 0.9), (0.0, 0.99)]),
)
def test_no_step_is_longer_than_the_bound(stream, betas):
    assume(stream[0, 0] != 0)
    bound = (1 - betas[0]) / (1 - betas[0] / betas[1])
    assert np.abs(moves(AdaMax(1.0, *betas), stream)).max() <= bound * (1 + 1e-12)


def test_the_bound_is_reached_and_is_above_the_paper_s():
    """Kingma and Ba, section 7.1, say 1; gradients that shrink by beta2 go to 1.00909."""
    shrinking = 0.999 ** np.arange(600)[:, None]
    longest = np.abs(moves(AdaMax(1.0), shrinking)).max()
    assert longest == pytest.approx(0.1 / (1 - 0.9 / 0.999), rel=1e-9)
    assert longest == pytest.approx(1.00909, abs=1e-5)


@pytest.mark.parametrize("period", [10, 100, 1000])
def test_what_a_rare_gradient_is_worth(period):
    """AdaMax: a geometric series, at most 1.009 eta; Adam: its average is diluted by the zeros."""
    stream = (np.arange(6000) % period == 0)[:, None] * 1.0
    ways = {}
    for method in (Adam(1.0), AdaMax(1.0)):
        points = follow(method, stream).points[:, 0]
        ways[type(method)] = points[-1 - period] - points[-1]
    series = 0.1 * sum(0.9**k / 0.999 ** (k % period) for k in range(2000))
    assert ways[AdaMax] == pytest.approx(series, rel=1e-9)
    diluted = ((1 - 0.999**period) / 0.001) ** 0.5
    assert ways[Adam] == pytest.approx(diluted, rel=0.02)
    assert ways[AdaMax] <= 0.1 / (1 - 0.9 / 0.999)


def test_only_in_the_first_step_is_a_rare_gradient_worth_more():
    """The correction of m, 1 - beta1^t, is small there; after 200 steps it is nearly 1."""
    t = np.arange(1, 500)
    series = np.sum(0.1 * 0.9 ** (t - 1) / (1 - 0.9**t) / 0.999 ** (t - 1))
    alone = np.r_[1.0, np.zeros(498)][:, None]
    assert -follow(AdaMax(1.0), alone).points[-1, 0] == pytest.approx(series)
    assert series == pytest.approx(3.02, abs=5e-3)
    late = np.r_[1e-12, np.zeros(199), 1.0, np.zeros(299)][:, None]
    points = follow(AdaMax(1.0), late).points[:, 0]
    assert points[200] - points[-1] == pytest.approx(1.009, abs=1e-3)


def test_adam_gains_no_more_than_its_memory():
    """eta / sqrt(1 - beta2) = 31.6 eta, however rare the gradient."""
    diluted = ((1 - 0.999 ** np.array([100, 1000, 10_000, 100_000])) / 0.001) ** 0.5
    assert diluted == pytest.approx([9.76, 25.1, 31.6, 31.6], abs=0.05)
    silent = np.r_[np.zeros(20_000), 1.0, np.zeros(300)][:, None]
    assert -follow(Adam(1.0), silent).points[-1, 0] == pytest.approx(1000**0.5, rel=0.01)


@pytest.mark.parametrize(("height", "beta2"), [(100, 0.999), (50, 0.99), (500, 0.9)])
def test_how_long_a_spike_is_held(height, beta2):
    u = decayed_norm(np.r_[height, np.ones(6000)], beta2, np.inf)
    assert np.argmax(u <= 1) == pytest.approx(np.log(height) / np.log(1 / beta2), abs=1.01)


def test_what_a_spike_costs():
    """Erratum E30 (D12b): Adam goes from 3.32 to 2.16; 5000 steps of slope 1 after the spike."""
    stream = np.r_[np.ones(10_000), 100.0, np.ones(5000)][:, None]
    root = 1 / follow(Adam(1.0), stream).rates[:, 0]
    assert root[[10_000, 11_000]] == pytest.approx([3.32, 2.16], abs=5e-3)
    way = -np.diff(follow(AdaMax(1.0), stream).points[[10_001, 15_001], 0])[0]
    # the slope of 1 over a denominator 100 * 0.999^k; what m still has of the spike adds a little
    held = sum(min(1, 1 / (100 * 0.999**k)) for k in range(1, 5001))
    assert way == pytest.approx(held, abs=1)


def test_for_one_parameter_the_notes_have_adam_s_average():
    """Erratum E29."""
    stream = np.tile([10.0, 0.0], 50)[:, None]
    notes = 1 / follow(NotesAdamMax(1.0, epsilon=0.0), stream).rates[:, 0]
    adam = 1 / follow(Adam(1.0, epsilon=0.0), stream).rates[:, 0]
    t = np.arange(1, 101)
    np.testing.assert_allclose(notes, adam * np.sqrt(1 - 0.999**t), rtol=1e-12)


def test_what_the_caption_of_the_live_figure_says():
    """A spike of 50 as the 50th gradient among ones, beta2 = 0.99."""
    stream, t = np.r_[np.ones(49), 50.0, np.ones(450)], np.arange(1, 501)
    top = decayed_norm(stream, 0.99, np.inf)

    def line(p):
        return decayed_norm(stream, 0.99, p) / (1 - 0.99 ** (p * t)) ** (1 / p)

    assert [line(p)[49] for p in (2, 10)] == pytest.approx([8.91, 39.6], abs=0.05)
    assert np.abs(line(100) / top - 1).max() < 0.01
    assert np.abs(line(50) / top - 1).max() > 0.01
    assert np.argmax(top[49:] <= 1) == 390  # 389.2 steps, so it is 1 from the 390th on
    silent = np.r_[np.ones(49), 50.0, np.zeros(450)]
    for p in (1, 2, 10, np.inf):
        u = decayed_norm(silent, 0.99, p)
        np.testing.assert_allclose(u[50:] / u[49:-1], 0.99, rtol=1e-9)
        start = 1 if p == np.inf else (1 - 0.99 ** (p * t)) ** (1 / p)
        shown = u / start  # the start is corrected: "about 1 %"
        fall = 1 - shown[99:] / shown[98:-1]
        assert fall.min() > 0.0099 and fall[-1] == pytest.approx(0.01, abs=3e-4)
        first = 1 - shown[50] / shown[49]
        assert first == pytest.approx({1: 0.025, 2: 0.016}.get(p, 0.01), abs=5e-4)


def test_where_epsilon_stands():
    """Added or inside, the first step is |g| / (|g| + epsilon); then only the inner one fades."""
    for inside in (False, True):
        method = AdaMax(1.0, epsilon=1e-8, epsilon_inside=inside)
        first = moves(method, np.array([[1e-6, 1e-8]]))[0]
        np.testing.assert_allclose(first, [1 / 1.01, 1 / 2], rtol=1e-9)
        late = follow(method, np.r_[1.0, np.zeros(100_000)][:, None]).rates[-1, 0]
        assert late == pytest.approx(1e8, rel=1e-6)  # both stop at epsilon
    assert np.float16(1e-8) == 0 < np.float16(1e-7)


# The questions of the exercise


ADAPTERS = {
    "norms.1": """
def shares(gradients, beta2, p):
    gradients = np.asarray(gradients, float)
    ages = np.arange(len(gradients))[::-1].reshape(-1, *[1] * (gradients.ndim - 1))
    terms = (1 - beta2**p) * (beta2**ages * np.abs(gradients)) ** p
    return terms / decayed_norm(gradients, beta2, p)[-1] ** p
""",
    "norms.2": """
def windowed_adamax(theta0, gradients, lr, beta1, beta2, window, epsilon):
    method = AdaMax(lr=lr, beta1=beta1, beta2=beta2, epsilon=epsilon)
    theta, state = np.array(theta0), method.init(np.array(theta0))
    for gradient in gradients:
        theta, state = method.step(theta, state, gradient)
    return theta
""",
    "norms.3": """
def row_adamax(gradients, lr, beta1, beta2, epsilon):
    method = AdaMax(lr=lr, beta1=beta1, beta2=beta2, epsilon=epsilon)
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
def test_shares_are_what_the_decayed_norm_loses_without_a_gradient(seed):
    """1 - (norm without it / norm)^p, from the chapter's `decayed_norm`, which is stable."""
    for case in cases_of(questions.shares_question, seed):
        gradients, beta2, p = case.arguments
        u = decayed_norm(gradients, beta2, p)[-1]
        there = np.where(u > 0, 1, 0)
        np.testing.assert_allclose(case.expected.sum(axis=0), there, atol=1e-9)
        for t in range(len(gradients)):
            without = np.array(gradients, float)
            without[t] = 0
            left = decayed_norm(without, beta2, p)[-1] / np.where(u > 0, u, 1)
            share = (left < 1) if p == np.inf else 1 - left**p
            np.testing.assert_allclose(case.expected[t], there * share, atol=1e-6)


def test_large_powers_leave_the_range_and_the_largest_gradient_may_have_faded():
    _, large, limits = examples(questions.shares_question, PUBLIC)
    with np.errstate(all="ignore"):
        for case in large:
            gradients, beta2, p = case.arguments
            assert np.isnan(questions._naive(gradients, beta2, p)).all()
            assert ((case.expected > 0.01) & (case.expected < 0.99)).any()
    gradients, _, p = limits[0].arguments
    assert p == np.inf
    assert np.argmax(np.abs(gradients[:, 0])) == 0
    assert np.argmax(limits[0].expected[:, 0]) > 0


@every_seed
def test_a_window_longer_than_the_run_is_the_chapter_s_adamax(seed):
    wide, _, counting = examples(questions.window_question, seed)
    for case in (*wide, *counting):
        theta0, gradients, lr, beta1, beta2, window, epsilon = case.arguments
        assert window > len(gradients)
        theta, _ = record(AdaMax(lr, beta1, beta2, epsilon=epsilon), theta0, gradients)
        np.testing.assert_allclose(case.expected, theta, rtol=1e-5, atol=1e-6)


@every_seed
def test_a_window_is_the_decayed_maximum_of_what_is_in_it(seed):
    """u from `decayed_norm` of the last gradients alone; m as the weighted mean it stands for."""
    for case in examples(questions.window_question, seed)[1]:
        theta, gradients, lr, beta1, beta2, window, _ = case.arguments
        for t in range(1, len(gradients) + 1):
            u = decayed_norm(gradients[max(0, t - window) : t], beta2, np.inf)[-1]
            weights = beta1 ** np.arange(t)[::-1]
            theta = theta - lr * np.average(gradients[:t], axis=0, weights=weights) / u
        np.testing.assert_allclose(case.expected, theta, rtol=1e-9, atol=1e-12)


@every_seed
def test_rows_share_the_decayed_maximum_of_their_largest_entries(seed):
    """u from `decayed_norm` of the largest entries; m as the weighted mean it stands for."""
    for case in cases_of(questions.bug_question, seed):
        gradients, lr, beta1, beta2, epsilon = case.arguments
        gradients = gradients.astype(float)
        largest = np.abs(gradients).max(axis=-1)
        u = decayed_norm(largest, beta2, np.inf)[..., None]
        theta = np.zeros(gradients.shape[1:])
        for t in range(1, len(gradients) + 1):
            weights = beta1 ** np.arange(t)[::-1]
            m_hat = np.average(gradients[:t], axis=0, weights=weights)
            theta -= lr * m_hat / (u[t - 1] + epsilon)
        np.testing.assert_allclose(case.expected, theta, rtol=1e-4, atol=1e-6)


def test_the_shipped_rows_are_fed_with_the_average():
    [text] = [c.source for c in cells("norms") if "def shipped(" in c.source]
    shipped, wrong = run_anywhere(text)["shipped"], questions.bug_question.mistakes[0]
    assert wrong.name == "as-shipped"
    for case in cases_of(questions.bug_question, PUBLIC):
        np.testing.assert_allclose(
            shipped(*case.arguments), wrong.answer(*case.arguments), rtol=1e-4, atol=1e-6
        )


@every_seed
def test_a_spike_is_held_as_by_the_chapter_s_denominators(seed):
    for case in examples(questions.spike_question, seed)[2]:
        method, height, factor, beta2 = case.arguments
        assert case.expected == first_step_back(method, height, factor, beta2)
    assert questions.back_after("adamax", 8, 1.5, 0.5) == 3
    assert questions.back_after("adam", 8, 1.5, 0.5) == 5
    assert first_step_back("adam", 8, 1.5, 0.5) == 5


def first_step_back(method, height, factor, beta2):
    before = 400
    stream = np.r_[np.ones(before), height, np.ones(200)]
    if method == "adamax":
        denominators = decayed_norm(stream, beta2, np.inf)
    else:
        denominators = 1 / follow(Adam(1.0, 0.0, beta2, 0.0), stream[:, None]).rates[:, 0]
    return np.argmax(denominators[before:] <= factor)


@every_seed
def test_swings_are_those_of_the_chapter_s_denominators(seed):
    stream = np.random.default_rng(seed).normal(size=50)
    u = decayed_norm(stream, 0.98, np.inf)
    roots = 1 / follow(Adam(1.0, 0.9, 0.98, 0.0), stream[:, None]).rates[:, 0]
    expected = u.max() / u.min(), roots.max() / roots.min()
    np.testing.assert_allclose(questions.swings(stream, 0.98), expected, rtol=1e-9)


@every_seed
def test_streams_that_earn_a_part_and_streams_that_do_not(seed):
    question = questions.steadier_question
    little, far, adam = examples(question, seed)
    for case in (*little, *far, *adam):
        _, _, steps, factor = case.arguments
        for scale in (-1e-150, 1, 1e150):
            assert question.judge(case.arguments, scale * case.expected) is None
        assert question.judge(case.arguments, np.ones(steps)) is not None
        assert question.judge(case.arguments, np.zeros(steps)) is not None
        assert question.judge(case.arguments, (-3.0) ** np.arange(steps)) is not None
        assert 1.2 < factor < 8
    for case in little:
        assert question.judge(case.arguments, questions._every(2)(case.arguments[2])) is None
    for case in far:
        for period in (2, 3, 5):
            assert question.judge(case.arguments, questions._every(period)(case.arguments[2]))


@pytest.mark.parametrize("beta2", [0.9, 0.97, 0.999])
def test_a_run_with_gaps_is_the_chapter_s_adamax(beta2):
    gap, height, steps = 16, 6.0, 16 * questions.ROUNDS
    method, theta, path = AdaMax(1.0, 0.9, beta2), np.array([8.3]), []
    state = method.init(theta)
    for step in range(steps):
        gradient = np.sign(theta) if step % gap == 0 else np.full(1, -questions.WEAK / gap)
        theta, state = method.step(theta, state, gradient * (height if step == 0 else 1))
        path.append(abs(theta[0]))
    expected = max(path[-5 * gap :])
    assert questions.end_of_run(beta2, gap, height, 8.3) == pytest.approx(expected, rel=1e-9)


@every_seed
def test_no_constant_is_a_memory_for_all_gaps(seed):
    question = questions.memory_question
    for cases in examples(question, seed):
        for memory in np.geomspace(3, 30_000, 25):
            assert any(question.judge(case.arguments, 1 - 1 / memory) for case in cases)
        for case in cases:
            gap, _ = case.arguments
            for left in (0.2, 0.3, 0.45):
                assert question.judge(case.arguments, left ** (1 / gap)) is None
            assert question.judge(case.arguments, 1.0) is not None


def test_practice_by_hand_is_the_chapter_s():
    x = [2.0, -9.0, 6.0]
    assert questions.by_hand.value == pytest.approx([p_norm(x, p) for p in (1, 2, np.inf)])
    held = decayed_norm(np.array([8.0, 1.0, -5.0]), 0.5, np.inf)
    assert questions.maxima.value == pytest.approx(held)
    for case in cases_of(questions.power_question, PUBLIC):
        count, share = case.arguments
        equal = p_norm(np.ones(count), case.expected)
        assert equal == pytest.approx(1 + share, rel=1e-9)
        rng = np.random.default_rng(0)
        assert p_norm(rng.uniform(0.5, 1, count), case.expected) < 1 + share
