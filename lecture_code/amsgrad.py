"""AMSGrad: Adam with a denominator that never falls; projection; the problem that Adam loses."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lecture_code.minimize import follow
from lecture_code.optimizer import (
    Optimizer,
    Wrapper,
    learning_rate,
    require_decay,
    require_not_negative,
    require_positive,
    zeros,
)

CORRECTIONS = ("none", "before", "after")


class AMSGradState(NamedTuple):
    """t: steps taken; m, v: as in Adam; v_max: the largest v so far, element by element."""

    t: int
    m: np.ndarray
    v: np.ndarray
    v_max: np.ndarray


@dataclass(frozen=True)
class AMSGrad(Optimizer):
    r"""AMSGrad (Reddi, Kale and Kumar 2018, algorithm 2).

    With theta for $\theta$, gradient for $g$, lr for $\eta$, beta1 for $\beta_1$, beta2 for
    $\beta_2$, epsilon for $\epsilon$, m for $m$, v for $v$, v_max for $v^{\max}$:

        $m_t = \beta_1 m_{t-1} + (1 - \beta_1) g_t, \quad m_0 = 0$
        $v_t = \beta_2 v_{t-1} + (1 - \beta_2) g_t \odot g_t, \quad v_0 = 0$
        $v^{\max}_t = \max(v^{\max}_{t-1}, v_t), \quad v^{\max}_0 = 0$
        $\theta_t = \theta_{t-1} - \dfrac{\eta_t}{\sqrt{v^{\max}_t} + \epsilon} \odot m_t$

    correction: "none" as in the paper; "before": the maximum of the corrected
    $v_t / (1 - \beta_2^t)$; "after": the maximum as above, then divided by $1 - \beta_2^t$. With
    both, m is divided by $1 - \beta_1^t$. The paper projects onto a box after each step: wrap it in
    `Projected`. Its theorem has $\eta_t = \eta / \sqrt t$ and no epsilon.

    lr: positive number, array or function of t, in units of theta; beta1, beta2: in [0, 1);
    epsilon: zero or positive, in units of the gradient; defaults are Adam's (PyTorch's and Keras's
    too), the paper gives none. Raises ValueError otherwise, or for an unknown correction.

    PyTorch: `torch.optim.Adam(amsgrad=True)` is "after"; Keras too, with epsilon added before the
    correction; optax's `amsgrad` is "before". From "before", "after" differs where v falls early.

    >>> method = AMSGrad(lr=0.1, beta1=0.0, beta2=0.75)
    >>> theta, state = np.array([1.0]), method.init(np.zeros(1))
    >>> for slope in (2.0, 0.0):
    ...     theta, state = method.step(theta, state, np.array([slope]))
    >>> theta.round(6), state.v, state.v_max
    (array([0.8]), array([0.75]), array([1.]))
    """

    lr: float | np.ndarray | Callable[[int], float] = 0.001
    beta1: float | np.ndarray = 0.9
    beta2: float | np.ndarray = 0.999
    epsilon: float | np.ndarray = 1e-8
    correction: str = "none"

    def __post_init__(self):
        require_positive("lr", self.lr)
        require_decay("beta1", self.beta1)
        require_decay("beta2", self.beta2)
        require_not_negative("epsilon", self.epsilon)
        if self.correction not in CORRECTIONS:
            known = ", ".join(f'"{name}"' for name in CORRECTIONS)
            raise ValueError(f"correction = {self.correction!r} is not known: pass one of {known}")

    def init(self, theta):
        return AMSGradState(t=0, m=zeros(theta), v=zeros(theta), v_max=zeros(theta))

    def step(self, theta, state, gradient):
        t = state.t + 1
        m = self.beta1 * state.m + (1 - self.beta1) * gradient
        v = self.beta2 * state.v + (1 - self.beta2) * (gradient * gradient)
        compared = v / (1 - self.beta2**t) if self.correction == "before" else v
        state = AMSGradState(t, m, v, np.maximum(state.v_max, compared))
        if self.correction != "none":
            m = m / (1 - self.beta1**t)
        return theta - self.rate(state) * m, state

    def rate(self, state):
        v_max = state.v_max
        if self.correction == "after":
            v_max = v_max / (1 - self.beta2**state.t)
        return learning_rate(self.lr, state.t) / (np.sqrt(v_max) + self.epsilon)


@dataclass(frozen=True)
class Projected(Wrapper):
    """Another optimizer, its parameters clipped to a box after each step.

    For a box this is the projection of Reddi, Kale and Kumar (2018), section 2, whatever the
    (diagonal) metric. optimizer: any; low, high: numbers or arrays that broadcast against theta, in
    its units. Raises ValueError unless low <= high everywhere. PyTorch has none; optax:
    `optax.projections.projection_box`.

    >>> from lecture_code.gradient_descent import GradientDescent
    >>> method = Projected(GradientDescent(lr=1.0), low=-1.0, high=1.0)
    >>> method.step(np.zeros(1), method.init(np.zeros(1)), np.array([-5.0]))[0]
    array([1.])
    """

    low: float | np.ndarray = -1.0
    high: float | np.ndarray = 1.0

    def __post_init__(self):
        if not np.all(np.asarray(self.low) <= self.high):
            raise ValueError(
                f"low = {self.low}, high = {self.high}: pass a box whose low side is not above"
            )

    def step(self, theta, state, gradient):
        theta, state = self.optimizer.step(theta, state, gradient)
        return np.clip(theta, self.low, self.high), state


@dataclass(frozen=True)
class RareSpike:
    """The online problem on which Adam goes to the worst point (Reddi, Kale and Kumar 2018).

    In step t the player stands at x in [-1, 1] and pays slope_t x: the slope is `spike` in every
    `period`-th step (the first, the first after each period) and -1 in the others. Over a period
    the slopes add up to spike - (period - 1), which is positive here, so -1 is the best point.
    Their theorem 1 has period 3 and any spike above 2. Raises ValueError for a spike at or below
    period - 1, where +1 would be best.

    >>> RareSpike(spike=3.0).slopes(6)
    array([ 3., -1., -1.,  3., -1., -1.])
    >>> RareSpike(spike=3.0).regret(np.array([0.0, 1.0, 1.0])).tolist()
    [3.0, 1.0, -1.0]
    """

    spike: float = 3.0
    period: int = 3

    def __post_init__(self):
        if not (self.period >= 2 and self.spike > self.period - 1):
            raise ValueError(
                f"spike = {self.spike}, period = {self.period}: pass a spike above period - 1, so "
                "that -1 is the best point"
            )

    def slopes(self, steps):
        """The slopes of the first `steps` steps, (steps,)."""
        first = np.arange(steps) % self.period == 0
        return np.where(first, float(self.spike), -1.0)

    def regret(self, points):
        """What the player at `points` (steps, ...) has paid more than one always at -1."""
        points = np.asarray(points)
        slopes = self.slopes(len(points)).reshape(-1, *[1] * (points.ndim - 1))
        return np.cumsum(slopes * (points + 1), axis=0)

    def play(self, optimizer, steps, start=0.0):
        """The points (steps + 1,) of `optimizer`, projected onto [-1, 1], the start first."""
        slopes = self.slopes(steps)[:, None]
        return follow(Projected(optimizer), slopes, np.array([start])).points[:, 0]
