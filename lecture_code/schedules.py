"""Learning-rate schedules: functions of the step, for the `lr` of any optimizer.

A schedule is called with t = 1, 2, ..., the number of the step about to be taken; k = t - 1 steps
are behind it. t may be an array, to draw the curve. Every schedule counts steps; `PerEpoch` makes
one that counts epochs. Where a schedule has a last step, it keeps its last value after it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lecture_code.optimizer import learning_rate, require_not_negative, require_positive


class Schedule:
    """Called with t, it gives `at(k)`, k = t - 1 the steps behind; ValueError for t below 1."""

    def __call__(self, t):
        if np.any(np.asarray(t) < 1):
            raise ValueError(f"t = {t}: steps are counted from 1")
        value = self.at(np.asarray(t) - 1)
        return float(value) if np.ndim(value) == 0 else value

    def at(self, k):
        raise NotImplementedError


def _require_rate(lr, name="lr"):
    if callable(lr):
        raise ValueError(f"{name} is a schedule itself: pass a number such as 0.1")
    require_positive(name, lr)


def _require_steps(**lengths):
    for name, value in lengths.items():
        if not np.all((np.asarray(value) >= 1) & (np.asarray(value) % 1 == 0)):
            raise ValueError(
                f"{name} = {value}: must be whole and at least 1; pass a number such as 100"
            )


def _require_factor(name, value):
    if not np.all((np.asarray(value) > 0) & (np.asarray(value) <= 1)):
        raise ValueError(f"{name} = {value}: must be above 0 and at most 1; pass one such as 0.5")


def _require_order(low, high):
    if not np.all((np.asarray(low) >= 0) & (np.asarray(low) <= high)):
        raise ValueError(f"lr_min = {low}, lr = {high}: pass 0 <= lr_min <= lr")


@dataclass(frozen=True)
class Constant(Schedule):
    r"""$\eta_t = \eta$. With lr for $\eta$, a positive number. Raises ValueError otherwise.

    >>> Constant(0.1)(5)
    0.1
    """

    lr: float

    def __post_init__(self):
        _require_rate(self.lr)

    def at(self, k):
        return self.lr + 0 * k


@dataclass(frozen=True)
class StepDecay(Schedule):
    r"""A factor every so many steps, $\eta_t = \eta_0 \, q^{\lfloor k / \tau \rfloor}$.

    With lr for $\eta_0$, factor for $q$ in (0, 1], every for $\tau$ in steps; the first drop is
    after `every` steps. Its steps have a finite sum: the first condition of Robbins and Monro
    (1951) fails. Raises ValueError otherwise. PyTorch: StepLR(step_size, gamma); optax and Keras:
    exponential decay with staircase. Their index is k.

    >>> [StepDecay(1.0, factor=0.5, every=10)(t) for t in (1, 10, 11, 21)]
    [1.0, 1.0, 0.5, 0.25]
    """

    lr: float
    factor: float = 0.1
    every: int = 30

    def __post_init__(self):
        _require_rate(self.lr)
        _require_factor("factor", self.factor)
        _require_steps(every=self.every)

    def at(self, k):
        return self.lr * self.factor ** (k // self.every)


@dataclass(frozen=True)
class MultiStep(Schedule):
    r"""A factor at each milestone, $\eta_t = \eta_0 \, q^n$, n the milestones with at most k steps.

    lr for $\eta_0$, factor for $q$ in (0, 1], milestones in steps. Raises ValueError otherwise.
    PyTorch: MultiStepLR; optax: piecewise_constant_schedule; Keras's PiecewiseConstantDecay drops
    one step later.

    >>> [MultiStep(1.0, milestones=(2, 5), factor=0.5)(t) for t in (2, 3, 5, 6)]
    [1.0, 0.5, 0.5, 0.25]
    """

    lr: float
    milestones: tuple[int, ...]
    factor: float = 0.1

    def __post_init__(self):
        _require_rate(self.lr)
        _require_factor("factor", self.factor)
        if np.ndim(self.milestones) != 1:
            raise ValueError(f"milestones = {self.milestones}: pass a tuple of steps")
        _require_steps(milestones=self.milestones)

    def at(self, k):
        return self.lr * self.factor ** sum(k >= milestone for milestone in self.milestones)


@dataclass(frozen=True)
class ExponentialDecay(Schedule):
    r"""$\eta_t = \eta_0 e^{-\lambda k}$.

    lr for $\eta_0$; rate for $\lambda$, zero or positive, per step; a factor q a step is
    rate = -ln q. Its steps have a finite sum, against Robbins and Monro (1951): far from the
    minimum it can stop short. Raises ValueError otherwise. PyTorch: ExponentialLR(gamma); optax
    and Keras: exponential decay.

    >>> round(ExponentialDecay(1.0, rate=0.1)(11), 6)
    0.367879
    """

    lr: float
    rate: float = 0.01

    def __post_init__(self):
        _require_rate(self.lr)
        require_not_negative("rate", self.rate)

    def at(self, k):
        return self.lr * np.exp(-self.rate * k)


@dataclass(frozen=True)
class TimeBased(Schedule):
    r"""$\eta_t = \eta_0 / (1 + \lambda k)$, the closed form; dividing again each step compounds.

    lr for $\eta_0$; rate for $\lambda$, zero or positive, per step. Late it falls as $1/k$, for
    which the conditions of Robbins and Monro (1951) hold. Raises ValueError otherwise. Source:
    Darken and Moody (1991), "search, then converge". Keras: InverseTimeDecay; PyTorch's Adagrad
    has it as lr_decay.

    >>> round(TimeBased(1.0, rate=0.1)(51), 6)
    0.166667
    """

    lr: float
    rate: float = 0.01

    def __post_init__(self):
        _require_rate(self.lr)
        require_not_negative("rate", self.rate)

    def at(self, k):
        return self.lr / (1 + self.rate * k)


@dataclass(frozen=True)
class InverseRoot(Schedule):
    r"""$\eta_t = \eta / \sqrt t$, of regret bounds (Zinkevich 2003). lr for $\eta$, positive.

    Raises ValueError otherwise.

    >>> InverseRoot(1.0)(100)
    0.1
    """

    lr: float

    def __post_init__(self):
        _require_rate(self.lr)

    def at(self, k):
        return self.lr / (k + 1) ** 0.5


@dataclass(frozen=True)
class Polynomial(Schedule):
    r"""$\eta_t = \eta_{\min} + (\eta_0 - \eta_{\min}) (1 - k / T)^p$ up to $k = T$, then constant.

    lr for $\eta_0$, lr_min for $\eta_{\min}$, steps for $T$, power for $p$ (positive; 1: linear).
    Raises ValueError otherwise. PyTorch: PolynomialLR (lr_min 0); optax: polynomial_schedule;
    Keras: PolynomialDecay.

    >>> [Polynomial(1.0, steps=10)(t) for t in (1, 6, 11, 99)]
    [1.0, 0.5, 0.0, 0.0]
    """

    lr: float
    steps: int
    lr_min: float = 0.0
    power: float = 1.0

    def __post_init__(self):
        _require_rate(self.lr)
        require_positive("power", self.power)
        _require_order(self.lr_min, self.lr)
        _require_steps(steps=self.steps)

    def at(self, k):
        left = 1 - np.minimum(k, self.steps) / self.steps
        return self.lr_min + (self.lr - self.lr_min) * left**self.power


@dataclass(frozen=True)
class Triangular(Schedule):
    r"""Up and down in straight lines (Smith 2017), half a cycle of $\tau$ steps each way.

    With lr_min for $\eta_{\min}$, lr for $\eta_{\max}$, half_cycle for $\tau$ and $j$ the cycle:

        $j = \lfloor 1 + k / (2 \tau) \rfloor, \quad z = |k / \tau - 2 j + 1|$
        $\eta_t = \eta_{\min} + (\eta_{\max} - \eta_{\min}) \max(0, 1 - z) \, a$

    mode: "triangular", $a = 1$; "triangular2", $a = 2^{1 - j}$, half as high in each cycle;
    "exp_range", $a = q^k$ with gamma for $q$ in (0, 1]. The first step has lr_min, step
    half_cycle + 1 has lr. Raises ValueError otherwise. PyTorch: CyclicLR(base_lr, max_lr,
    step_size_up, mode, gamma).

    >>> [Triangular(1.0, half_cycle=10)(t) for t in (1, 6, 11, 16, 21, 31)]
    [0.0, 0.5, 1.0, 0.5, 0.0, 1.0]
    """

    lr: float
    half_cycle: int
    lr_min: float = 0.0
    mode: str = "triangular"
    gamma: float = 1.0

    def __post_init__(self):
        _require_rate(self.lr)
        _require_order(self.lr_min, self.lr)
        _require_steps(half_cycle=self.half_cycle)
        _require_factor("gamma", self.gamma)
        if self.mode not in ("triangular", "triangular2", "exp_range"):
            raise ValueError(
                f"mode = {self.mode!r} is not known: pass "
                '"triangular", "triangular2" or "exp_range"'
            )

    def at(self, k):
        cycle = 1 + k // (2 * self.half_cycle)
        z = abs(k / self.half_cycle - 2 * cycle + 1)
        height = 1.0
        if self.mode == "triangular2":
            height = 0.5 ** (cycle - 1)
        elif self.mode == "exp_range":
            height = self.gamma**k
        return self.lr_min + (self.lr - self.lr_min) * np.maximum(0, 1 - z) * height


@dataclass(frozen=True)
class Cosine(Schedule):
    r"""Half a cosine from lr down to lr_min (Loshchilov and Hutter 2017, equation 5).

    With lr for $\eta_{\max}$, lr_min for $\eta_{\min}$, steps for $T$:

        $\eta_t = \eta_{\min} + \tfrac12 (\eta_{\max} - \eta_{\min}) (1 + \cos(\pi k / T))$

    up to $k = T$, then constant. Raises ValueError for rates that are not positive or out of order.
    optax: cosine_decay_schedule and Keras: CosineDecay, with alpha = lr_min / lr; PyTorch's
    CosineAnnealingLR is not clamped: it rises again.

    >>> [round(Cosine(1.0, steps=10)(t), 6) for t in (1, 6, 11, 99)]
    [1.0, 0.5, 0.0, 0.0]
    """

    lr: float
    steps: int
    lr_min: float = 0.0

    def __post_init__(self):
        _require_rate(self.lr)
        _require_order(self.lr_min, self.lr)
        _require_steps(steps=self.steps)

    def at(self, k):
        share = np.minimum(k, self.steps) / self.steps
        return _half_cosine(self.lr, self.lr_min, share)


@dataclass(frozen=True)
class WarmRestarts(Schedule):
    r"""Cosines one after the other, each starting at lr again (Loshchilov and Hutter 2017, SGDR).

    With lr for $\eta_{\max}$, lr_min for $\eta_{\min}$, steps for the length $T_0$ of the first
    cosine and growth for $T_{\text{mult}}$, by which each is longer than the one before:

        $\eta_t = \eta_{\min}
            + \tfrac12 (\eta_{\max} - \eta_{\min}) (1 + \cos(\pi T_{\text{cur}} / T_i))$

    with $T_{\text{cur}}$ the steps since the last restart. Raises ValueError otherwise, also for a
    growth below 1. PyTorch: CosineAnnealingWarmRestarts(T_0, T_mult); Keras: CosineDecayRestarts.

    >>> [round(WarmRestarts(1.0, steps=10)(t), 4) for t in (1, 10, 11, 12)]
    [1.0, 0.0245, 1.0, 0.9755]
    """

    lr: float
    steps: int
    growth: int = 1
    lr_min: float = 0.0

    def __post_init__(self):
        _require_rate(self.lr)
        _require_order(self.lr_min, self.lr)
        _require_steps(steps=self.steps, growth=self.growth)

    def at(self, k):
        since, length = k, np.full_like(k, self.steps)
        while (since >= length).any():
            over = since >= length
            since = np.where(over, since - length, since)
            length = np.where(over, length * self.growth, length)
        share = since / length
        return _half_cosine(self.lr, self.lr_min, share)


@dataclass(frozen=True)
class WarmUp(Schedule):
    r"""A straight line up to the first rate of another schedule, which starts when it is reached.

    For $k < W$, $\eta_t = \eta (f + (1 - f) k / W)$ with $\eta$ the first value of `then` (which
    must not be 0, or nothing warms up); after that `then`, counted from 1. then: a number or a
    schedule; steps for $W$; start for the share $f$ in [0, 1] of the first step, 0 by default.
    Raises ValueError otherwise. Source: Goyal et al. (2017), section 2.2. PyTorch: SequentialLR of
    LinearLR (which cannot start at 0) and another; optax: warmup_cosine_decay_schedule (whose
    decay_steps include the warm-up).

    >>> [WarmUp(Constant(0.8), steps=4)(t) for t in (1, 2, 3, 5, 9)]
    [0.0, 0.2, 0.4, 0.8, 0.8]
    """

    then: float | Callable
    steps: int
    start: float = 0.0

    def __post_init__(self):
        _require_steps(steps=self.steps)
        if not callable(self.then):
            _require_rate(self.then, "then")
        if not np.all((np.asarray(self.start) >= 0) & (np.asarray(self.start) <= 1)):
            raise ValueError(f"start = {self.start}: pass a share of the rate, from 0 to 1")

    def at(self, k):
        share = self.start + (1 - self.start) * np.minimum(k, self.steps) / self.steps
        later = np.maximum(k - self.steps, 0) + 1
        return share * (self.then(later) if callable(self.then) else self.then)


@dataclass(frozen=True)
class Transformer(Schedule):
    r"""$\eta_t = c \, d^{-1/2} \min(t^{-1/2}, t \, W^{-3/2})$ (Vaswani et al. 2017, equation 3).

    width for $d$, the width of the model, 512 in the paper; warm_up for $W$ in steps, 4000 there;
    scale for $c$, 1 there. One peak, at $t = W$; no restart. Raises ValueError otherwise.

    >>> f"{Transformer()(1):.3g} {Transformer()(4000):.3g} {Transformer()(16000):.3g}"
    '1.75e-07 0.000699 0.000349'
    """

    width: int = 512
    warm_up: int = 4000
    scale: float = 1.0

    def __post_init__(self):
        require_positive("width", self.width)
        require_positive("scale", self.scale)
        _require_steps(warm_up=self.warm_up)

    def at(self, k):
        t = k + 1.0
        return self.scale * self.width**-0.5 * np.minimum(t**-0.5, t * self.warm_up**-1.5)


@dataclass(frozen=True)
class OneCycle(Schedule):
    r"""Up to lr and down to almost nothing, in one cycle (Smith and Topin 2019).

    Half a cosine from lr / up to lr in the first part, half a cosine from there to lr / (up * down)
    in the rest. steps: of the whole; share: of them on the way up, 0.3; up: 25; down: 10,000: these
    defaults are PyTorch's, whose OneCycleLR(max_lr, total_steps) it equals; after the last step it
    stays (PyTorch raises an error). The paper has three parts, as PyTorch's three_phase: down to
    where it began, then far below. Raises ValueError otherwise.

    >>> [round(OneCycle(1.0, steps=100)(t), 4) for t in (1, 30, 65, 100)]
    [0.04, 1.0, 0.5, 0.0]
    """

    lr: float
    steps: int
    share: float = 0.3
    up: float = 25.0
    down: float = 1e4

    def __post_init__(self):
        _require_rate(self.lr)
        _require_steps(steps=self.steps)
        if not (self.up >= 1 and self.down >= 1):
            raise ValueError(f"up = {self.up}, down = {self.down}: pass ratios of at least 1")
        if not 1 < self.share * self.steps < self.steps - 1:
            raise ValueError(
                f"share = {self.share} of steps = {self.steps}: both ways need more than one step"
            )

    def at(self, k):
        k = np.minimum(k, self.steps - 1)
        peak = self.share * self.steps - 1
        rise = _half_cosine(self.lr / self.up, self.lr, np.minimum(k / peak, 1))
        gone = np.maximum(k - peak, 0) / (self.steps - 1 - peak)
        fall = _half_cosine(self.lr, self.lr / self.up / self.down, gone)
        return np.where(k < peak, rise, fall)


def _half_cosine(first, last, share):
    return last + 0.5 * (first - last) * (1 + np.cos(np.pi * share))


@dataclass(frozen=True)
class PerEpoch(Schedule):
    """A schedule that counts epochs, as one that counts steps: constant within each epoch.

    schedule: called with 1 in the first epoch; steps_per_epoch: at least 1, or ValueError.

    >>> decay = PerEpoch(StepDecay(1.0, factor=0.5, every=2), steps_per_epoch=100)
    >>> [decay(t) for t in (1, 200, 201)]
    [1.0, 1.0, 0.5]
    """

    schedule: Callable
    steps_per_epoch: int

    def __post_init__(self):
        _require_steps(steps_per_epoch=self.steps_per_epoch)

    def at(self, k):
        return self.schedule(k // self.steps_per_epoch + 1)


@dataclass(frozen=True)
class Sequence(Schedule):
    """`first` for `steps` steps, then `then`, counted from 1 again; each a number or a schedule.

    Raises ValueError for less than one step. PyTorch: SequentialLR; optax: join_schedules.

    >>> two = Sequence(0.1, 3, InverseRoot(1.0))
    >>> [two(t) for t in (1, 3, 4, 7)]
    [0.1, 0.1, 1.0, 0.5]
    """

    first: float | Callable
    steps: int
    then: float | Callable

    def __post_init__(self):
        _require_steps(steps=self.steps)
        for name, rate in (("first", self.first), ("then", self.then)):
            if not callable(rate):
                _require_rate(rate, name)

    def at(self, k):
        before = learning_rate(self.first, k + 1)
        after = learning_rate(self.then, np.maximum(k - self.steps, 0) + 1)
        return np.where(k < self.steps, before, after)
