"""Schedules: tables by hand, where each begins and ends, composition, every corrected number."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lecture_code import schedules
from lecture_code.adam import Adam
from lecture_code.gradient_descent import GradientDescent
from lecture_code.minibatch import NoisyGradient, partial_sums
from lecture_code.minimize import follow, minimize
from lecture_code.objectives import Bowl, Quadratic
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
    assert StepDecay(1.0, 0.5, 10)(1001) == pytest.approx(7.9e-31, rel=0.01)


def test_dividing_again_in_each_step_compounds():
    """Erratum E37 (D15): the recursion of the notes, and the sum of all its steps, 5.33."""
    rates, rate = [], 1.0
    for n in range(200):
        rate = rate / (1 + 0.1 * n)
        rates.append(rate)
    assert rates[50] == pytest.approx(2.6e-25, rel=0.02)
    assert 1 + sum(rates) == pytest.approx(5.33, abs=5e-3)
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
        losses = [
            minimize(
                NoisyGradient(Bowl(100), 1.0, np.random.default_rng(seed)),
                GradientDescent(lr),
                start,
                2000,
            ).losses[-1]
            for seed in range(20)
        ]
        noisy.append(np.mean(losses))
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
