"""RMSprop: AdaGrad's sum replaced by an average that forgets; and Rprop, where it came from."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lecture_code.optimizer import (
    Optimizer,
    learning_rate,
    require_decay,
    require_not_negative,
    require_positive,
    root,
    zeros,
)


class RMSpropState(NamedTuple):
    """t: steps taken; v: average of squared gradients; mean: average of gradients if centered."""

    t: int
    v: np.ndarray
    mean: np.ndarray | None


@dataclass(frozen=True)
class RMSprop(Optimizer):
    r"""RMSprop (Tieleman and Hinton 2012, lecture 6e, slides; unpublished).

    With theta for $\theta$, gradient for $g$, lr for $\eta$, beta for $\beta$, epsilon for
    $\epsilon$, v for $v$:

        $v_t = \beta v_{t-1} + (1 - \beta) g_t \odot g_t, \quad v_0 = 0$
        $\theta_t = \theta_{t-1} - \dfrac{\eta_t}{\sqrt{v_t} + \epsilon} \odot g_t$

    centered (Graves 2013, equations 38 to 41, with epsilon_inside): divide by the standard
    deviation, $\sqrt{v_t - \bar g_t \odot \bar g_t}$ with mean for
    $\bar g_t = \beta \bar g_{t-1} + (1 - \beta) g_t$. epsilon_inside: divide by
    $\sqrt{v_t + \epsilon}$ (epsilon then in units of the squared gradient). correct_bias: divide
    both averages by $1 - \beta^t$, as Adam does. initial: $v_0$, 0 in the lecture.

    lr: positive number, array or function of t, in units of theta; the lecture gives none, 0.001
    is Keras's. beta: in [0, 1), 0.9 in the lecture. epsilon: zero or positive, in units of the
    gradient; the lecture has none, 1e-8 is PyTorch's. Raises ValueError otherwise.

    PyTorch: `torch.optim.RMSprop(lr, alpha=beta, eps)`, identical, with lr 0.01 and alpha 0.99.
    Keras and optax: epsilon inside (1e-7 and 1e-8). TensorFlow's older one starts at v = 1.

    >>> method = RMSprop(lr=0.1)
    >>> theta, state = method.step(np.array([1.0]), method.init(np.zeros(1)), np.array([10.0]))
    >>> theta.round(6), state.v.round(6)
    (array([0.683772]), array([10.]))
    """

    lr: float | np.ndarray | Callable[[int], float] = 0.001
    beta: float | np.ndarray = 0.9
    epsilon: float | np.ndarray = 1e-8
    epsilon_inside: bool | np.ndarray = False
    centered: bool = False
    correct_bias: bool = False
    initial: float = 0.0

    def __post_init__(self):
        require_positive("lr", self.lr)
        require_decay("beta", self.beta)
        require_not_negative("epsilon", self.epsilon)
        require_not_negative("initial", self.initial)

    def init(self, theta):
        mean = zeros(theta) if self.centered else None
        return RMSpropState(t=0, v=zeros(theta) + self.initial, mean=mean)

    def step(self, theta, state, gradient):
        t, v, mean = self.averages(state, gradient)
        theta = theta - learning_rate(self.lr, t) / self.denominator(t, v, mean) * gradient
        return theta, RMSpropState(t, v, mean)

    def averages(self, state, gradient):
        """(t, v, mean) after one more gradient."""
        v = self.beta * state.v + (1 - self.beta) * (gradient * gradient)
        mean = self.beta * state.mean + (1 - self.beta) * gradient if self.centered else None
        return state.t + 1, v, mean

    def denominator(self, t, v, mean):
        """What the gradient is divided by."""
        if self.correct_bias:
            v = v / (1 - self.beta**t)
            mean = mean / (1 - self.beta**t) if self.centered else None
        if self.centered:
            v = np.maximum(v - mean * mean, 0)  # rounding must not put a negative under the root
        return root(v, self.epsilon, self.epsilon_inside)

    def rate(self, state):
        return learning_rate(self.lr, state.t) / self.denominator(state.t, state.v, state.mean)


class RMSpropMomentumState(NamedTuple):
    """t: steps taken; v, mean: as in `RMSpropState`; m: the momentum of the scaled gradients."""

    t: int
    v: np.ndarray
    mean: np.ndarray | None
    m: np.ndarray


@dataclass(frozen=True)
class RMSpropMomentum(RMSprop):
    r"""RMSprop with momentum on the scaled gradients (Graves 2013, equations 38 to 41).

    The lecture (Tieleman and Hinton 2012) names the combination and gives no formula; Graves has it
    with centered, epsilon_inside and lr_inside.
    With theta for $\theta$, gradient for $g$, lr for $\eta$, beta for $\beta$, gamma for $\gamma$,
    epsilon for $\epsilon$, v for $v$, m for $m$:

        $v_t = \beta v_{t-1} + (1 - \beta) g_t \odot g_t, \quad v_0 = 0$
        $m_t = \gamma m_{t-1} + \dfrac{1}{\sqrt{v_t} + \epsilon} \odot g_t, \quad m_0 = 0$
        $\theta_t = \theta_{t-1} - \eta_t m_t$

    lr_inside: $m_t = \gamma m_{t-1} + \eta_t g_t / (\sqrt{v_t} + \epsilon)$ and
    $\theta_t = \theta_{t-1} - m_t$. nesterov: move by the scaled gradient plus $\gamma m_t$ instead
    of $m_t$, the look ahead of `ShiftedNesterov`. epsilon_inside, centered, correct_bias and
    initial: as in `RMSprop`.

    lr: positive number, array or function of t; 0.001 is Keras's. beta and gamma: in [0, 1); 0.9 in
    the lecture for beta and common advice for gamma. epsilon: zero or positive, 1e-8 is PyTorch's.
    Raises ValueError otherwise.

    PyTorch: `torch.optim.RMSprop(lr, alpha=beta, eps, momentum=gamma)`, identical. Keras,
    TensorFlow and optax: lr_inside and epsilon_inside; only optax has nesterov.

    >>> method = RMSpropMomentum(lr=0.1, beta=0.75, gamma=0.5, epsilon=0)
    >>> theta, state = method.step(np.array([1.0]), method.init(np.zeros(1)), np.array([10.0]))
    >>> theta, state.m
    (array([0.8]), array([2.]))
    """

    gamma: float | np.ndarray = 0.9
    nesterov: bool = False
    lr_inside: bool = False

    def __post_init__(self):
        super().__post_init__()
        require_decay("gamma", self.gamma)

    def init(self, theta):
        return RMSpropMomentumState(*super().init(theta), m=zeros(theta))

    def step(self, theta, state, gradient):
        t, v, mean = self.averages(state, gradient)
        lr = learning_rate(self.lr, t)
        scaled = (lr if self.lr_inside else 1) / self.denominator(t, v, mean) * gradient
        m = self.gamma * state.m + scaled
        move = scaled + self.gamma * m if self.nesterov else m
        theta = theta - (move if self.lr_inside else lr * move)
        return theta, RMSpropMomentumState(t, v, mean, m)


@dataclass(frozen=True)
class RMSpropNesterov(RMSprop):
    r"""RMSprop with Nesterov momentum, the gradient at the look-ahead point.

    Goodfellow, Bengio and Courville (2016), algorithm 8.6, with epsilon in the denominator, where
    the book divides by $\sqrt{v_t}$: a parameter whose gradients were all zero would become nan.
    With theta for $\theta$, gradient for $g$, lr for $\eta$, beta for $\beta$, gamma for $\gamma$,
    epsilon for $\epsilon$, v for $v$, m for $m$:

        $g_t = \nabla \mathcal L(\theta_{t-1} - \gamma m_{t-1})$
        $v_t = \beta v_{t-1} + (1 - \beta) g_t \odot g_t, \quad v_0 = 0$
        $m_t = \gamma m_{t-1} + \dfrac{\eta_t}{\sqrt{v_t} + \epsilon} \odot g_t, \quad m_0 = 0$
        $\theta_t = \theta_{t-1} - m_t$

    lr: positive number, array or function of t. beta and gamma: in [0, 1). epsilon: zero or
    positive, in units of the gradient. epsilon_inside, centered, correct_bias and initial: as in
    `RMSprop`. The algorithm gives no defaults; those here are `RMSprop`'s. Raises ValueError
    otherwise. No library has this form; optax's nesterov is that of `RMSpropMomentum`.

    >>> method = RMSpropNesterov(lr=0.1, beta=0.75, gamma=0.5)
    >>> theta, state = method.step(np.ones(2), method.init(np.zeros(2)), np.array([10.0, 0.0]))
    >>> theta.round(6)
    array([0.8, 1. ])
    """

    gamma: float | np.ndarray = 0.9

    def __post_init__(self):
        super().__post_init__()
        require_decay("gamma", self.gamma)

    def init(self, theta):
        return RMSpropMomentumState(*super().init(theta), m=zeros(theta))

    def gradient_at(self, theta, state):
        return theta - self.gamma * state.m

    def step(self, theta, state, gradient):
        t, v, mean = self.averages(state, gradient)
        rate = learning_rate(self.lr, t) / self.denominator(t, v, mean)
        m = self.gamma * state.m + rate * gradient
        return theta - m, RMSpropMomentumState(t, v, mean, m)


class RpropState(NamedTuple):
    """t: steps taken; size: each parameter's step; gradient: the last; move: the last move."""

    t: int
    size: np.ndarray
    gradient: np.ndarray
    move: np.ndarray


@dataclass(frozen=True)
class Rprop(Optimizer):
    r"""Rprop: a step size for each parameter from the signs of its gradients alone.

    Riedmiller and Braun (1993); its variants iRprop- (here the default) and Rprop+ as named by Igel
    and Hüsken (2003). For full batches only: the noise of mini-batches flips signs. With theta for
    $\theta$, gradient for $g$, size for $\Delta$, increase for $\eta^+$, decrease for $\eta^-$,
    largest for $\Delta_{\max}$, smallest for $\Delta_{\min}$:

        $\Delta_t = \min(\eta^+ \Delta_{t-1}, \Delta_{\max})$ where $g_t g_{t-1} > 0$
        $\Delta_t = \max(\eta^- \Delta_{t-1}, \Delta_{\min})$ where $g_t g_{t-1} < 0$
        $\theta_t = \theta_{t-1} - \mathrm{sign}(g_t) \odot \Delta_t$

    and where the sign has changed, $g_t$ counts as zero, in this step and in the next comparison
    (iRprop-); with backtracking, the last move is taken back there instead of moving (Rprop+).

    lr: the step size of the first step, positive number, array or function of t, of which the value
    at t = 1 counts; 0.01 is PyTorch's, the paper has 0.1. increase, decrease, largest: 1.2, 0.5 and
    50 in the paper, smallest: 1e-6, lengths in units of theta.
    Raises ValueError for an lr or length that is not positive, increase below 1 or decrease above.

    PyTorch: `torch.optim.Rprop`, identical to backtracking=False. optax's `rprop` 0.2.8 applies
    each update one step late. Keras has none.

    >>> method = Rprop(lr=0.1)
    >>> theta, state = np.array([1.0]), method.init(np.zeros(1))
    >>> for slope in (3.0, 5.0, -1.0):
    ...     theta, state = method.step(theta, state, np.array([slope]))
    >>> theta.round(3), state.size.round(3)
    (array([0.78]), array([0.06]))
    """

    lr: float | np.ndarray | Callable[[int], float] = 0.01
    backtracking: bool = False
    increase: float = 1.2
    decrease: float = 0.5
    smallest: float = 1e-6
    largest: float = 50.0

    def __post_init__(self):
        require_positive("lr", self.lr)
        require_positive("smallest", self.smallest)
        require_positive("largest", self.largest)
        if not (self.increase >= 1 and 0 < self.decrease <= 1):
            raise ValueError(
                f"increase = {self.increase}, decrease = {self.decrease}: pass one that is at "
                "least 1 and one in (0, 1], such as 1.2 and 0.5"
            )

    def init(self, theta):
        nothing = zeros(theta)
        return RpropState(
            t=0, size=nothing + learning_rate(self.lr, 1), gradient=nothing, move=nothing
        )

    def step(self, theta, state, gradient):
        agreement = np.sign(gradient) * np.sign(state.gradient)
        factor = np.where(agreement > 0, self.increase, np.where(agreement < 0, self.decrease, 1))
        size = (state.size * factor).astype(state.size.dtype)
        size = np.where(agreement == 0, size, np.clip(size, self.smallest, self.largest))
        gradient = np.where(agreement < 0, 0, gradient)
        move = -np.sign(gradient) * size
        if self.backtracking:
            move = np.where(agreement < 0, -state.move, move)
        return theta + move, RpropState(state.t + 1, size, gradient, move)

    def rate(self, state):
        """The step size: what the sign of the gradient was multiplied by."""
        return state.size
