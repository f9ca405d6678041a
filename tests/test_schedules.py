"""Schedules: tables by hand, where each begins and ends, composition, every corrected number."""

import math
import re
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exercises.questions import examples
from exercises.questions import schedules as questions
from lecture_code import schedules
from lecture_code.adam import Adam
from lecture_code.datasets import digits
from lecture_code.gradient_descent import GradientDescent
from lecture_code.minibatch import NoisyGradient, partial_sums, train
from lecture_code.minimize import follow, minimize
from lecture_code.objectives import Bowl, Quadratic
from lecture_code.perceptron import Perceptron
from lecture_code.rmsprop import RMSprop
from lecture_code.schedules import (
    Constant,
    Cosine,
    ExponentialDecay,
    InverseRoot,
    MultiStep,
    OneCycle,
    PerEpoch,
    Polynomial,
    Schedule,
    Sequence,
    StepDecay,
    TimeBased,
    Transformer,
    Triangular,
    WarmRestarts,
    WarmUp,
)
from tests.proofs import PUBLIC, SEEDS, cells, run_anywhere

EVERY = {
    "constant": Constant(0.5),
    "step": StepDecay(0.5, 0.5, 7),
    "multi-step": MultiStep(0.5, (3, 11), 0.1),
    "exponential": ExponentialDecay(0.5, 0.1),
    "time-based": TimeBased(0.5, 0.1),
    "inverse root": InverseRoot(0.5),
    "polynomial": Polynomial(0.5, 20, 0.1, 2.0),
    "triangular": Triangular(0.5, 5, 0.1),
    "triangular2": Triangular(0.5, 5, 0.1, "triangular2"),
    "exp_range": Triangular(0.5, 5, 0.1, "exp_range", 0.9),
    "cosine": Cosine(0.5, 20, 0.1),
    "warm restarts": WarmRestarts(0.5, 5, 2, 0.1),
    "warm-up": WarmUp(0.5, 6, 0.1),
    "warm-up then cosine": WarmUp(Cosine(0.5, 20), 6),
    "Transformer": Transformer(64, 10),
    "one-cycle": OneCycle(0.5, 40),
    "per epoch": PerEpoch(StepDecay(0.5, 0.5, 2), 5),
    "sequence": Sequence(0.1, 5, Cosine(0.5, 20)),
}
every = pytest.mark.parametrize("schedule", EVERY.values(), ids=EVERY)


def test_the_table_is_complete():
    public = {
        value
        for value in vars(schedules).values()
        if isinstance(value, type) and issubclass(value, Schedule) and value is not Schedule
    }
    assert public == {type(schedule) for schedule in EVERY.values()}


@every
def test_one_by_one_or_all_at_once_and_never_negative(schedule):
    t = np.arange(1, 61)
    curve = schedule(t)
    assert curve.shape == t.shape
    one_by_one = [schedule(int(step)) for step in t]
    assert all(type(value) is float for value in one_by_one)
    np.testing.assert_allclose(curve, one_by_one, rtol=1e-14, atol=1e-16)
    assert (curve >= 0).all() and np.isfinite(curve).all()
    assert curve.max() <= 0.5 * (1 + 1e-12)


@every
@pytest.mark.parametrize("t", [0, -1, np.array([3, 0])])
def test_steps_are_counted_from_one(schedule, t):
    with pytest.raises(ValueError, match=r"t = .*: steps are counted from 1") as caught:
        schedule(t)
    assert "\n" not in str(caught.value)


@every
def test_it_drives_any_optimizer_in_both_precisions(schedule):
    for dtype in (np.float32, np.float64):
        trace = follow(Adam(schedule, epsilon=0.0), np.ones((60, 2), dtype))
        assert trace.points.dtype == dtype
        np.testing.assert_allclose(
            -np.diff(trace.points[:, 0]), schedule(np.arange(1, 61)), rtol=1e-4, atol=1e-5
        )


@pytest.mark.parametrize(
    ("schedule", "table"),
    [
        # E36 (D14): the drop comes after ten steps, not after nine.
        (StepDecay(1.0, 0.5, 10), {1: 1, 10: 1, 11: 0.5, 20: 0.5, 21: 0.25}),
        (MultiStep(1.0, (2, 5), 0.1), {2: 1, 3: 0.1, 5: 0.1, 6: 0.01}),
        # E37 (D15): 0.167, where dividing again in each step gives 2.6e-25.
        (TimeBased(1.0, 0.1), {1: 1, 51: 1 / 6}),
        (ExponentialDecay(1.0, np.log(2)), {1: 1, 2: 0.5, 4: 0.125}),
        (Polynomial(1.0, 4, 0.2, 2.0), {1: 1, 3: 0.4, 5: 0.2, 9: 0.2}),
        # E39 (D21): up in ten steps and down in ten, for ever.
        (Triangular(1.0, 10), {1: 0, 6: 0.5, 11: 1, 16: 0.5, 21: 0, 26: 0.5, 31: 1, 41: 0}),
        (Triangular(1.0, 10, mode="triangular2"), {11: 1, 31: 0.5, 51: 0.25}),
        (Triangular(1.0, 10, mode="exp_range", gamma=0.9), {11: 0.9**10, 31: 0.9**30}),
        (Triangular(1.0, 10, lr_min=0.5), {1: 0.5, 6: 0.75, 11: 1}),
        (Cosine(1.0, 10, 0.2), {1: 1, 6: 0.6, 11: 0.2, 30: 0.2}),
        # E40 (D19): eleven steps in, it has begun again: 0.9755, not 0.0245.
        (WarmRestarts(1.0, 10), {10: 0.0244717, 11: 1, 12: 0.9755283, 16: 0.5}),
        (WarmRestarts(1.0, 2, growth=2), {1: 1, 2: 0.5, 3: 1, 5: 0.5, 7: 1, 11: 0.5, 15: 1}),
        (WarmUp(1.0, 4, 0.2), {1: 0.2, 2: 0.4, 4: 0.8, 5: 1, 99: 1}),
        (WarmUp(Cosine(1.0, 10), 4), {1: 0, 3: 0.5, 5: 1, 10: 0.5, 15: 0}),
        # E42 (D22): one peak, no restart.
        (Transformer(512, 4000), {1: 1.746928e-7, 4000: 6.98771e-4, 16000: 3.49386e-4}),
        (OneCycle(1.0, 11, share=6 / 11), {1: 0.04, 6: 1, 11: 4e-6, 99: 4e-6}),
        (InverseRoot(2.0), {1: 2, 4: 1, 16: 0.5}),
        # E43: an epoch of a hundred steps; ten epochs of decay by half every ten epochs.
        (PerEpoch(StepDecay(1.0, 0.5, 10), 100), {1: 1, 1000: 1, 1001: 0.5}),
        (Sequence(0.3, 2, StepDecay(1.0, 0.5, 1)), {1: 0.3, 2: 0.3, 3: 1, 4: 0.5}),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Schedule) else "",
)
def test_by_hand(schedule, table):
    for t, value in table.items():
        assert schedule(t) == pytest.approx(value, rel=1e-5, abs=1e-12), t


def test_counting_steps_where_epochs_were_meant():
    """Erratum E43: after ten epochs of 100 steps, 7.9e-31 against 0.5."""
    assert StepDecay(1.0, 0.5, 10)(1001) == pytest.approx(7.9e-31, rel=0.01, abs=0)


def test_dividing_again_in_each_step_compounds():
    """Erratum E37 (D15): the recursion of the notes, and the sum of all its steps, 5.33."""
    rates = [1.0]
    for n in range(200):
        rates.append(rates[-1] / (1 + 0.1 * n))
    assert rates[50] == pytest.approx(2.6e-25, rel=0.02, abs=0)
    assert sum(rates) == pytest.approx(5.33, abs=5e-3)
    assert TimeBased(1.0, 0.1)(51) / rates[50] > 1e23


@given(st.floats(0.01, 1), st.integers(1, 30), st.integers(1, 30))
def test_warm_up_meets_what_follows_and_leaves_it_alone(lr, warm, steps):
    then = Cosine(lr, steps)
    both = WarmUp(then, warm)
    assert both(warm + 1) == pytest.approx(lr)
    t = np.arange(1, 80)
    np.testing.assert_allclose(both(t + warm), then(t), rtol=1e-12, atol=1e-15)
    assert (np.diff(both(np.arange(1, warm + 2))) > 0).all()


@given(st.integers(1, 20), st.integers(1, 3))
def test_restarts_are_cosines_end_to_end(steps, growth):
    schedule, start, length = WarmRestarts(1.0, steps, growth), 1, steps
    for _ in range(3):
        t = np.arange(1, length + 1)
        np.testing.assert_allclose(
            schedule(t + start - 1), Cosine(1.0, length)(t), rtol=1e-12, atol=1e-15
        )
        start, length = start + length, length * growth


def test_hyperparameters_over_runs():
    lr = np.array([[0.1], [0.2]])
    np.testing.assert_allclose(InverseRoot(lr)(4), lr / 2)
    points = minimize(Bowl(2), GradientDescent(Cosine(lr, 10)), (1.0, 1.0), 10).points
    for run in range(2):
        one = minimize(Bowl(2), GradientDescent(Cosine(float(lr[run, 0]), 10)), (1.0, 1.0), 10)
        np.testing.assert_allclose(points[:, run], one.points, rtol=1e-12)


def test_a_finite_sum_stops_short():
    """Erratum E38 (D16): curvature 0.1, rate 0.1 exp(-0.1 n): stuck at 0.900 of the way."""
    stuck = GradientDescent(ExponentialDecay(0.1, 0.1))
    end = minimize(Quadratic([[0.1]]), stuck, np.array([1.0]), 500).points[-1, 0]
    assert end == pytest.approx(0.900, abs=1e-3)
    grows = np.diff(partial_sums(ExponentialDecay(0.1, 0.1), decades=5).rates)
    assert grows[-1] == 0
    assert np.diff(partial_sums(InverseRoot(1.0), decades=5).rates)[-1] > 100


def test_a_schedule_and_a_preconditioner_multiply():
    """Erratum E44 (D08): the same RMSprop, its rate falling as 1/sqrt(t): 0.005 becomes 7.07e-5."""
    end = minimize(Quadratic([[1.0]]), RMSprop(InverseRoot(0.01)), np.array([1.0]), 5000)
    assert abs(end.points[-1, 0]) == pytest.approx(7.07e-5, rel=0.02)


def test_decay_pays_under_noise_and_costs_without():
    """Erratum E41 (D45, D20): condition 100 from rate 1/L: 0.00898 against 0.0665 without noise."""
    start, steps = np.array([1.0, 1.0]), 200
    ends = [
        minimize(Bowl(100), GradientDescent(lr), start, steps).losses[-1]
        for lr in (0.01, Cosine(0.01, steps))
    ]
    assert ends == pytest.approx([0.00898, 0.0665], rel=0.02)
    noisy = []
    for lr in (0.01, Cosine(0.01, 2000)):
        surface = NoisyGradient(Bowl(100), 1.0, np.random.default_rng(0))
        runs = minimize(surface, GradientDescent(lr), np.tile(start, (20, 1)), 2000)
        noisy.append(np.mean(runs.losses[-1]))
    assert noisy[1] < 0.5 * noisy[0]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: StepDecay(0.0), "lr = 0.0: must be positive"),
        (lambda: StepDecay(1.0, factor=1.5), "factor = 1.5: must be above 0 and at most 1"),
        (lambda: StepDecay(1.0, every=0), "every = 0: must be whole and at least 1"),
        (lambda: MultiStep(1.0, (0,)), r"milestones = \(0,\): must be whole"),
        (lambda: ExponentialDecay(1.0, -0.1), "rate = -0.1: must be zero or"),
        (lambda: TimeBased(1.0, -0.1), "rate = -0.1: must be zero or"),
        (lambda: Cosine(0.1, 10, lr_min=0.2), "lr_min = 0.2, lr = 0.1: pass 0 <= lr_min"),
        (lambda: Cosine(0.1, 10, lr_min=-0.2), "lr_min = -0.2"),
        (lambda: Polynomial(1.0, 10, power=0), "power = 0: must be positive"),
        (lambda: Triangular(1.0, 10, mode="sawtooth"), "mode = 'sawtooth' is not known: pass"),
        (lambda: WarmUp(1.0, 10, start=2), "start = 2: pass a share"),
        (lambda: WarmRestarts(1.0, 10, growth=0), "growth = 0"),
        (lambda: OneCycle(1.0, 50, up=0.5), "up = 0.5, down = 10000.0: pass ratios"),
        (lambda: WarmUp(-1.0, 10), "then = -1.0: must be positive"),
        (lambda: Sequence(-1.0, 10, 0.1), "first = -1.0: must be positive"),
        (lambda: WarmRestarts(1.0, 2.5), "steps = 2.5: must be whole"),
        (lambda: MultiStep(1.0, 5), "milestones = 5: pass a tuple"),
        (lambda: Cosine(Constant(1.0), 10), "lr is a schedule itself: pass a number"),
        (lambda: OneCycle(1.0, 3), "share = 0.3 of steps = 3"),
        (lambda: PerEpoch(Constant(1.0), 0), "steps_per_epoch = 0"),
        (lambda: Sequence(1.0, 0, 1.0), "steps = 0"),
        (lambda: Transformer(0), "width = 0"),
    ],
)
def test_bad_arguments_are_refused_in_one_line(make, message):
    with pytest.raises(ValueError, match=message) as caught:
        make()
    assert "\n" not in str(caught.value)


SHOWN = [
    StepDecay,
    ExponentialDecay,
    TimeBased,
    InverseRoot,
    Cosine,
    WarmRestarts,
    Triangular,
    WarmUp,
]
EQUATIONS = {
    r"\eta_t = \eta_0 \, q^{\lfloor k / \tau \rfloor}": (
        lambda eta0, q, tau, k: eta0 * q ** math.floor(k / tau)
    ),
    r"\eta_t = \eta_0 e^{-\lambda k}": lambda eta0, rate, k: eta0 * math.exp(-rate * k),
    r"\eta_t = \eta_0 / (1 + \lambda k)": lambda eta0, rate, k: eta0 / (1 + rate * k),
    r"\eta_t = \eta / \sqrt t": lambda eta, t: eta / math.sqrt(t),
    r"\eta_t = \eta_{\min} + \tfrac12 (\eta_{\max} - \eta_{\min}) (1 + \cos(\pi k / T))": (
        lambda low, high, k, T: low + 0.5 * (high - low) * (1 + math.cos(math.pi * k / T))
    ),
    r"\eta_t = \eta_{\min} + \tfrac12 (\eta_{\max} - \eta_{\min})"
    r" (1 + \cos(\pi T_{\text{cur}} / T_i))": (
        lambda low, high, since, T: low + 0.5 * (high - low) * (1 + math.cos(math.pi * since / T))
    ),
    r"j = \lfloor 1 + k / (2 \tau) \rfloor, \quad z = |k / \tau - 2 j + 1|": (
        lambda k, tau: (
            math.floor(1 + k / (2 * tau)),
            abs(k / tau - 2 * math.floor(1 + k / (2 * tau)) + 1),
        )
    ),
    r"\eta_t = \eta_{\min} + (\eta_{\max} - \eta_{\min}) \max(0, 1 - z) \, a": (
        lambda low, high, z, a: low + (high - low) * max(0, 1 - z) * a
    ),
    r"\eta_t = \eta (f + (1 - f) k / W)": lambda eta, f, k, W: eta * (f + (1 - f) * k / W),
}


@given(
    st.floats(0.01, 2),
    st.floats(0, 1),
    st.floats(0.1, 1),
    st.integers(1, 30),
    st.integers(1, 3),
    st.integers(0, 90),
)
def test_the_equations_of_the_page(high, share, q, length, growth, k):
    step, exponential, time, root, cosine, restart, cycle, triangle, line = EQUATIONS.values()
    low, t = share * high, k + 1
    close = {"rel": 1e-9, "abs": 1e-12}
    assert StepDecay(high, q, length)(t) == pytest.approx(step(high, q, length, k), **close)
    assert ExponentialDecay(high, q)(t) == pytest.approx(exponential(high, q, k), **close)
    assert TimeBased(high, q)(t) == pytest.approx(time(high, q, k), **close)
    assert InverseRoot(high)(t) == pytest.approx(root(high, t), **close)
    at = min(k, length)
    assert Cosine(high, length, low)(t) == pytest.approx(cosine(low, high, at, length), **close)
    since, T = k, length
    while since >= T:
        since, T = since - T, T * growth
    restarts = WarmRestarts(high, length, growth, low)
    assert restarts(t) == pytest.approx(restart(low, high, since, T), **close)
    j, z = cycle(k, length)
    for mode, a in (("triangular", 1), ("triangular2", 2.0 ** (1 - j)), ("exp_range", q**k)):
        wave = Triangular(high, length, low, mode, q if mode == "exp_range" else 1.0)
        assert wave(t) == pytest.approx(triangle(low, high, z, a), **close)
    if k < length:
        assert WarmUp(high, length, share)(t) == pytest.approx(
            line(high, share, k, length), **close
        )


def test_sums_that_cover_the_distance():
    """What the page says of the sums: two are finite, and those of the shapes are about a half."""
    t = np.arange(1, 5001)
    total = ExponentialDecay(0.3, 0.05)(t).sum()
    assert total == pytest.approx(0.3 / (1 - np.exp(-0.05)))
    assert StepDecay(0.3, 0.5, 20)(t).sum() == pytest.approx(0.3 * 20 / 0.5)
    assert Cosine(0.3, 100)(t[:100]).sum() == pytest.approx(0.3 * 101 / 2)
    for endless in (TimeBased(0.3, 0.05), InverseRoot(0.3)):
        sums = partial_sums(endless, decades=5).rates
        assert np.diff(sums)[-1] > np.diff(sums)[-2]


@given(st.lists(st.floats(0, 0.9), min_size=1, max_size=30), st.floats(0.1, 1))
def test_the_sum_bounds_what_is_left(rates, curvature):
    left = np.prod(1 - np.array(rates) * curvature)
    assert left <= np.exp(-curvature * sum(rates)) * (1 + 1e-12)


def test_what_the_notes_have_for_triangles_cosines_and_steps():
    """Errata E36, E39 and E40: the formulas as they are written, at the points of the page."""
    T = np.arange(0, 41, 5)
    notes = np.maximum(0, 1 - np.abs(T / 10 - 2 * np.floor(T / 10) - 1))
    np.testing.assert_allclose(notes, [0, 0.5, 0, 0, 0, 0, 0, 0, 0])
    np.testing.assert_allclose(Triangular(1.0, 10)(T + 1), [0, 0.5, 1, 0.5, 0, 0.5, 1, 0.5, 0])
    period = 1 - np.abs(2 * T / 10 - 2 * np.floor(T / 10) - 1)  # the form with a whole period
    np.testing.assert_allclose(period, Triangular(1.0, 5)(T + 1), atol=1e-12)
    rises = 0.5 * (1 + np.cos(np.pi * np.array([11, 15, 20]) / 10))
    np.testing.assert_allclose(rises, [0.0245, 0.5, 1], atol=1e-4)
    np.testing.assert_allclose(WarmRestarts(1.0, 10)(np.array([12, 16, 21])), [0.9755, 0.5, 1],
                               atol=1e-4)  # fmt: skip
    early = [0.5 ** np.floor((1 + n) / 10) for n in (8, 9, 10)]
    assert early == [1, 0.5, 0.5]
    assert [StepDecay(1.0, 0.5, 10)(n + 1) for n in (8, 9, 10)] == [1, 1, 0.5]


def test_the_transformer_rate_has_one_peak():
    """Erratum E42: up, and down for ever."""
    turns = np.diff(np.sign(np.diff(Transformer()(np.arange(1, 20_001)))))
    assert np.flatnonzero(turns).tolist() == [3998]


def test_a_cosine_helps_a_first_rate_that_is_too_large():
    """Erratum E41: without noise, from 2/101 on condition 100, 0.0169 against 0.0091."""
    ends = [
        minimize(Bowl(100), GradientDescent(lr), (1.0, 1.0), 200).losses[-1]
        for lr in (2 / 101, Cosine(2 / 101, 200))
    ]
    assert ends == pytest.approx([0.0169, 0.0091], abs=5e-5)


@given(st.floats(0.01, 1), st.floats(0, 1), st.integers(1, 20))
def test_a_cycle_leaves_a_saddle_no_sooner_than_its_mean(high, share, half_cycle):
    rates = Triangular(high, half_cycle, share * high)(np.arange(1, 2 * half_cycle + 1))
    assert np.log1p(2 * rates).mean() <= np.log1p(2 * rates.mean()) + 1e-12


def test_early_steps_of_adam_in_noise():
    """The law of the page for the corrected average; Adam's own steps follow it within 3 %."""
    noise = np.random.default_rng(1).normal(size=(60, 20_000))
    steps = np.diff(follow(Adam(1.0, epsilon=0), noise).points, axis=0)
    size = np.sqrt(np.mean(steps**2, axis=1))
    for t in (1, 2, 5, 10, 60):
        weights = 0.1 * 0.9 ** np.arange(t) / (1 - 0.9**t)
        law = 0.1 / 1.9 * (1 + 0.9**t) / (1 - 0.9**t)
        assert law == pytest.approx(np.sum(weights**2))
        assert size[t - 1] == pytest.approx(law**0.5, rel=0.03)


def test_warm_up_and_waiting_on_the_digits():
    """At a large rate Adam's loss is a multiple without warm-up; waiting cures most of it."""
    net, (data, _) = Perceptron((64, 64, 64, 10)), digits().split(rng=0)
    later = Cosine(0.08, 80)
    loss = {
        name: train(net, *data, Adam(lr), [0, 1], epochs=2).losses[-1]
        for name, lr in (
            ("cosine", Cosine(0.08, 90)),
            ("warm-up", WarmUp(later, 10)),
            ("wait", lambda t: later(t - 10) if t > 10 else 0.0),
        )
    }
    assert loss["warm-up"] < loss["wait"] < 0.3 * loss["cosine"]


def designed(lr, warm=0, sigma=1.0, decay=True, restarts=False):
    """The mean losses of the live figure, one square at a time."""
    squares, losses = {1: 1.0, 20: 0.36}, []
    length = 100 - warm
    for k in range(100):
        rate = lr
        if k < warm:
            rate = lr * k / warm
        elif decay:
            since, T = k - warm, length
            if restarts:
                since, T = (k - warm) % (length // 4), length // 4
            rate = lr * 0.5 * (1 + math.cos(math.pi * since / T))
        for L, square in squares.items():
            squares[L] = (1 - rate * L) ** 2 * square + (rate * sigma) ** 2
        losses.append(sum(L * square / 2 for L, square in squares.items()))
    return np.array(losses)


def test_what_the_caption_of_the_live_figure_says():
    for sigma, helps in ((1, True), (0.2, False), (0, False)):
        with_decay, without = designed(0.05, 0, sigma)[-1], designed(0.05, 0, sigma, False)[-1]
        assert (with_decay < 0.6 * without) == helps and (without < 0.6 * with_decay) != helps
    assert designed(0.099, 0, 0)[-1] < 0.1 * designed(0.099, 0, 0, decay=False)[-1]
    for sigma in (0, 1):
        for decay in (False, True):
            ends = [designed(0.05, warm, sigma, decay)[-1] for warm in range(0, 49, 4)]
            assert (np.diff(ends) > 0).all()
    losses = designed(0.05, restarts=True)
    assert losses[50] > 1.3 * losses[49] and losses[75] > 2 * losses[74]
    fall = -np.diff(designed(0.05))
    assert (fall > 0).all() and (np.diff(fall) < 0).all()
    for sigma in (0, 0.01, 0.03, 0.1, 0.2, 0.5, 1, 1.5, 2, 3):
        helps = designed(0.02, 0, sigma)[-1] < designed(0.02, 0, sigma, decay=False)[-1]
        assert helps == (sigma == 3)


def test_a_decay_needs_noise_and_a_run_long_enough():
    """The loss of condition 100 from 1/L: with noise 3 a decay gains in 2000 steps, not in 200."""
    end = {}
    for steps in (200, 2000):
        for name, rates in (("constant", np.full(steps, 0.01)), ("cosine", Cosine(0.01, steps))):
            rates = rates if name == "constant" else rates(np.arange(1, steps + 1))
            for sigma in (0, 3):
                squares = np.ones(2)
                for rate in rates:
                    squares = (1 - rate * np.array([1, 100])) ** 2 * squares + (rate * sigma) ** 2
                end[sigma, steps, name] = squares @ [1, 100] / 2
    assert end[3, 2000, "cosine"] < 0.1 * end[3, 2000, "constant"]
    assert end[3, 200, "cosine"] > end[3, 200, "constant"]
    for steps in (200, 2000):
        assert end[0, steps, "cosine"] > 5 * end[0, steps, "constant"]


@given(st.floats(0, 0.5))
def test_a_step_leaves_more_than_its_bound(z):
    assert 1 - z >= np.exp(-2 * z) - 1e-15


# The questions of the exercise


ADAPTERS = {
    "schedules.1": """
def cycle_rates(k, low, high, up, down, keep):
    mode = "triangular" if keep == 1 else "triangular2"
    return Triangular(high, up, low, mode)(k + 1)
""",
    "schedules.2": """
def restart_rates(epoch, lengths, high, low, warm_up):
    cosines = WarmRestarts(high, int(lengths[0]), lr_min=low)
    return (WarmUp(cosines, warm_up, low / high) if warm_up else cosines)(epoch + 1)
""",
    "schedules.4": """
def epoch_rates(lr, factor, every, lowest, examples, size, steps):
    return PerEpoch(StepDecay(lr, factor, every), examples // size)(np.arange(1, steps + 1))
""",
}


def text_of(start):
    """The cell of the exercise that has this text."""
    [found] = [cell.source for cell in cells("schedules") if start in cell.source]
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_even_cycles_are_the_book_s_and_each_step_of_others_is_right_by_hand(seed):
    even, leaning, shrinking = examples(questions.cycles_question, seed)
    for case in even:
        k, low, high, up, down, keep = case.arguments
        assert (up, keep) == (down, 1)
        np.testing.assert_allclose(case.expected, Triangular(high, up, low)(k + 1), rtol=1e-12)
    for case in (*leaning, *shrinking):
        k, low, high, up, down, keep = case.arguments
        assert up != down
        rates, height = [low], high - low
        while len(rates) <= np.max(k):
            rates += [low + height * step / up for step in range(1, up + 1)]
            rates += [low + height * (1 - step / down) for step in range(1, down + 1)]
            height = height * keep
        np.testing.assert_allclose(case.expected, np.array(rates)[k.astype(int)], rtol=1e-6)


def test_the_cycles_of_the_text():
    text = text_of("## 1. Cycles that lean and shrink")
    numbers = re.search(r"first eight steps are (.*?)\.\n", text)[1]
    rates = questions.cycle_rates(np.arange(8), 0.0, 1.0, 2, 4, 0.5)
    assert [float(n) for n in re.findall(r"[\d.]+", numbers)] == list(rates)


@pytest.mark.parametrize("seed", SEEDS)
def test_restarts_reference_is_a_chain_of_the_book_s_cosines(seed):
    """The book counts steps: an epoch of eight steps puts each drawn time on one."""
    one, several, whole = examples(questions.restarts_question, seed)
    for case in (*one, *several, *whole):
        epoch, lengths, high, low, warm_up = case.arguments
        chain = Constant(low)
        for length in lengths[::-1]:
            chain = Sequence(Cosine(high, 8 * int(length), low), 8 * int(length), chain)
        chain = WarmUp(chain, 8 * warm_up, low / high) if warm_up else chain
        np.testing.assert_allclose(case.expected, chain(8 * epoch + 1), rtol=1e-5)
        after = bool(np.max(epoch) > warm_up + lengths.sum())
        assert after == (warm_up > 0) == any(case is other for other in whole)
    for case in several:
        assert np.all(case.arguments[1][1:] % case.arguments[1][0] > 0)


@pytest.mark.parametrize("seed", SEEDS)
def test_orders_of_magnitude_are_those_of_exact_fractions(seed):
    few, many = examples(questions.recursion_question, seed)
    for case in few:
        rate, k = case.arguments
        recursion = Fraction(1)
        for j in range(k):
            recursion /= 1 + Fraction(rate) * j
        ratio = Fraction(TimeBased(1.0, rate)(k + 1)) / recursion
        assert case.expected == pytest.approx(math.log10(ratio), rel=1e-9, abs=1e-12)
        assert k <= 6
    for case in many:
        rate, k = case.arguments
        # prod_{j<k} (1 + rate j) = rate^k Gamma(k + 1/rate) / Gamma(1/rate)
        product = k * math.log(rate) + math.lgamma(k + 1 / rate) - math.lgamma(1 / rate)
        expected = (product - math.log(1 + rate * k)) / math.log(10)
        assert case.expected == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_step_decay_reference_walks_over_the_examples(seed):
    whole, short, floored = examples(questions.bug_question, seed)
    for case in (*whole, *short, *floored):
        lr, factor, every, lowest, examples_, size, steps = case.arguments
        rates, rate, epoch = [], lr, 0
        while len(rates) < steps:
            for _ in range(0, examples_, size):
                rates.append(max(rate, lowest))
            epoch += 1
            rate = rate * factor if epoch % every == 0 else rate
        np.testing.assert_allclose(case.expected, rates[:steps], rtol=1e-9)
        assert (examples_ % size > 0) == any(case is other for other in short)
        assert (lowest > 0) == any(case is other for other in floored)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_shipped_step_decay_is_one_step_early_and_the_hint_says_so(seed):
    wrong = questions.bug_question.mistakes[0]
    shipped = run_anywhere(text_of("def shipped("))["shipped"]
    for part in examples(questions.bug_question, seed):
        for case in part:
            buggy = shipped(*case.arguments)
            np.testing.assert_allclose(buggy, wrong.answer(*case.arguments), rtol=1e-12)
            np.testing.assert_allclose(buggy[:-1], case.expected[1:], rtol=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_stuck_reference_is_a_long_run_of_the_book_s_method(seed):
    single, over, slow = examples(questions.stuck_question, seed)
    for case in (*single, *over, slow[0]):
        x0, curvature, lr, factor, every = case.arguments
        schedule = StepDecay(lr, factor, every)
        steps = every * math.ceil(math.log(1e-9) / math.log(factor))
        rates = schedule(np.arange(1, steps + 1))
        x = x0
        for rate in rates:
            x = x - rate * curvature * x
        assert case.expected == pytest.approx(x, rel=1e-6)
        assert (lr * curvature > 1) == any(case is other for other in over)
    assert any(case.expected * case.arguments[0] < 0 for case in over)
    for case in (*single, *slow):
        assert 1e-2 < abs(case.expected / case.arguments[0]) < 0.9


def test_mean_loss_is_that_of_many_runs():
    """The recursion of the page, the judge and the starter, against 20,000 noisy runs."""
    condition, sigma, steps = 30.0, 0.7, 40
    lr = Cosine(0.2 / condition, steps)
    noisy = NoisyGradient(Bowl(condition), sigma, np.random.default_rng(0))
    starts = np.tile(questions.START, (20_000, 1))
    seen = minimize(noisy, GradientDescent(lr), starts, steps).losses[-1].mean()
    rates = lr(np.arange(1, steps + 1))
    starter = run_anywhere(text_of("# canary: " + canary_of("schedules.6")))["mean_loss"]
    assert questions._mean_loss(rates, condition, sigma) == pytest.approx(seen, rel=0.03)
    assert starter(rates, condition, sigma) == pytest.approx(
        questions._mean_loss(rates, condition, sigma), rel=1e-12
    )
    constant = np.full((1, steps), 0.02)
    grid = [questions._mean_loss(lr * constant / 0.02, 30.0, 0.7) for lr in np.arange(1, 66) / 1e3]
    assert questions._best_constant(30.0, 0.7, steps) == pytest.approx(np.min(grid), rel=0.01)


def canary_of(key):
    [text] = [c.source for c in cells("schedules") if f"# answer: {key}\n# canary" in c.source]
    return re.search(r"canary: (\w+)", text)[1]


@pytest.mark.parametrize("seed", range(10))
def test_what_the_explanation_says_of_the_ravine(seed):
    """Which shapes win where: constant, falling from the start, falling at the end."""
    quiet, much, few = examples(questions.ravine_question, seed)

    def best(case, shape):
        condition, sigma, steps = case.arguments
        trials = np.outer(np.linspace(0.02, 1.98, 99) / condition, shape(np.arange(steps) / steps))
        return questions._mean_loss(trials, condition, sigma).min() / questions._best_constant(
            condition, sigma, steps
        )

    def line(wait):
        return lambda done: np.minimum(1, (1 - done) / (1 - wait))

    for case in quiet:
        assert np.ptp(case.expected) == 0
        assert best(case, np.ones_like) < 1.5
        assert best(case, line(0)) > 4
        condition, _, steps = case.arguments
        assert questions.ravine_question.judge(case.arguments, np.full(steps, 2 / (1 + condition)))
    for case in much:
        assert best(case, line(0)) < 0.65
        assert max(best(case, line(wait)) for wait in (0, 0.5, 0.8)) < 1
    for case in few:
        assert best(case, lambda done: 0.5 + 0.5 * np.cos(np.pi * done)) > questions.NOISY
        assert best(case, line(0.8)) < 0.6


def test_no_rates_that_ignore_the_ravine_earn_a_point():
    question = questions.ravine_question
    for cases in examples(question, PUBLIC):
        for wait in (0.0, 0.75, 0.9):
            for first in np.geomspace(1e-3, 0.1, 25):
                tried = [first * questions._falls_after(wait, c.arguments[2]) for c in cases]
                pairs = zip(cases, tried, strict=True)
                assert any(question.judge(case.arguments, rates) for case, rates in pairs)


def test_the_cosine_of_the_page_is_above_what_is_allowed():
    condition, sigma, steps = 40.0, 0.8, 60
    sentence = questions.ravine_question.judge(
        (condition, sigma, steps), Cosine(1 / condition, steps)(np.arange(1, steps + 1))
    )
    assert "above what is allowed" in sentence
    assert "condition, sigma, steps = 40.0, 0.8, 60" in text_of("mine = ")


def test_rates_may_end_at_zero_and_may_not_be_negative():
    for cases in examples(questions.ravine_question, 0):
        condition, sigma, steps = cases[0].arguments
        sentence = questions.ravine_question.judge(cases[0].arguments, -np.ones(steps))
        assert "not negative" in sentence
        huge = questions.ravine_question.judge(cases[0].arguments, np.full(steps, 1e200))
        assert huge is not None


def test_the_worked_example_of_the_recursion():
    text = text_of("For example `orders_apart(")
    found = re.search(r"`orders_apart\(([\d.]+), (\d+)\)` is ([\d.]+),", text)
    value = questions.orders_apart(float(found[1]), int(found[2]))
    assert value == pytest.approx(float(found[3]), abs=5e-7)


def test_practice_by_hand_is_the_book_s():
    k = np.array([0, 3, 4, 6, 8, 13])
    assert questions.by_hand.value == pytest.approx(Triangular(1.0, 4, 0.2)(k + 1), rel=1e-12)
    steps = StepDecay(0.8, 0.5, 4)
    assert questions.clocks.value == pytest.approx([PerEpoch(steps, 50)(400), steps(400)])
