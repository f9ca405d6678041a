"""Momentum: averages that forget, the heavy ball, and Nesterov's look ahead."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lecture_code.optimizer import (
    Optimizer,
    learning_rate,
    require_decay,
    require_positive,
    zeros,
)


def moving_average(values, beta, correct_bias=False):
    r"""The exponentially weighted moving average of `values` along their first axis.

    With values for $x$, beta for $\beta$:

        $m_t = \beta m_{t-1} + (1 - \beta) x_t, \quad m_0 = 0$
        $\hat m_t = m_t / (1 - \beta^t)$ with correct_bias

    values: (steps, ...), steps at least 1; beta: in [0, 1), a number or an array that broadcasts
    against values[0]. Returns (steps, ...). Raises ValueError for another beta or no values.
    The correction is that of Kingma and Ba (2015), section 3.

    >>> moving_average(np.array([10.0, 10.0]), beta=0.9)
    array([1. , 1.9])
    >>> moving_average(np.array([10.0, 10.0]), beta=0.9, correct_bias=True)
    array([10., 10.])
    """
    require_decay("beta", beta)
    values = np.asarray(values, float)
    if values.ndim == 0 or len(values) == 0:
        raise ValueError(f"values has the shape {values.shape}: pass (steps, ...), at least one")
    m, averages = np.zeros_like(values[0]), []
    for t, x in enumerate(values, start=1):
        m = beta * m + (1 - beta) * x
        averages.append(m / (1 - beta**t) if correct_bias else m)
    return np.stack(averages)


class MomentumState(NamedTuple):
    """t: steps taken; m: the momentum, of the shape of theta."""

    t: int
    m: np.ndarray


@dataclass(frozen=True)
class _MomentumMethod(Optimizer):
    """What the methods with one momentum share: its checks, its state and the rate."""

    lr: float | np.ndarray | Callable[[int], float] = 0.01
    gamma: float | np.ndarray = 0.9

    def __post_init__(self):
        require_positive("lr", self.lr)
        require_decay("gamma", self.gamma)

    def init(self, theta):
        return MomentumState(t=0, m=zeros(theta))

    def rate(self, state):
        return learning_rate(self.lr, state.t)


@dataclass(frozen=True)
class Momentum(_MomentumMethod):
    r"""Momentum, the heavy ball (Polyak 1964; Rumelhart, Hinton and Williams 1986).

    With theta for $\theta$, gradient for $g$, lr for $\eta$, gamma for $\gamma$, m for $m$:

        $m_t = \gamma m_{t-1} + g_t, \quad m_0 = 0$
        $\theta_t = \theta_{t-1} - \eta_t m_t$

    average: keep the average $m_t = \gamma m_{t-1} + (1 - \gamma) g_t$ instead of the sum; with
    the learning rate $\eta / (1 - \gamma)$ the steps are the same. lr_inside: put the learning rate
    into the momentum, $m_t = \gamma m_{t-1} + \eta_t g_t$ and $\theta_t = \theta_{t-1} - m_t$, as
    in the papers; the same as long as the learning rate is constant.

    lr: positive number, array or function of t; the papers give no default, 0.01 is Keras's for
    SGD. gamma: in [0, 1); 0.9 is common advice, the papers tune it. Raises ValueError otherwise.

    PyTorch: `torch.optim.SGD(lr, momentum=gamma)` and optax: `optax.sgd(lr, gamma)`, identical
    (`dampening` scales the new gradient in all steps but the first). TensorFlow: identical. Keras:
    `SGD(lr, momentum)` has lr_inside.

    >>> method = Momentum(lr=0.1, gamma=0.9)
    >>> theta, state = np.array([1.0]), method.init(np.zeros(1))
    >>> for _ in range(2):
    ...     theta, state = method.step(theta, state, gradient=np.array([1.0]))
    >>> theta.round(3), state.m
    (array([0.71]), array([1.9]))
    """

    average: bool = False
    lr_inside: bool = False

    def step(self, theta, state, gradient):
        t = state.t + 1
        lr = learning_rate(self.lr, t)
        share = 1 - self.gamma if self.average else 1
        push = share * gradient if self.average else gradient
        if self.lr_inside:
            m = self.gamma * state.m + lr * push
            return theta - m, MomentumState(t, m)
        m = self.gamma * state.m + push
        return theta - lr * m, MomentumState(t, m)


@dataclass(frozen=True)
class Nesterov(_MomentumMethod):
    r"""Nesterov momentum with the gradient at the look-ahead point (Nesterov 1983).

    In the form of Sutskever et al. (2013), equations 3 and 4, with the signs of this book. With
    theta for $\theta$, gradient for $g$, lr for $\eta$, gamma for $\gamma$, m for $m$:

        $g_t = \nabla \mathcal L(\theta_{t-1} - \gamma m_{t-1})$
        $m_t = \gamma m_{t-1} + \eta_t g_t, \quad m_0 = 0$
        $\theta_t = \theta_{t-1} - m_t$

    `gradient_at` gives the look-ahead point; `minimize` takes the gradient there. With a constant
    learning rate the look-ahead points are the points of `ShiftedNesterov`.

    lr: positive number, array or function of t; no default in the papers. gamma: in [0, 1); 0.9 is
    common advice, Nesterov's own changes with t. Raises ValueError otherwise. PyTorch, Keras and
    optax have `ShiftedNesterov` only.

    >>> method = Nesterov(lr=0.1, gamma=0.5)
    >>> theta, state = method.step(np.array([1.0]), method.init(np.zeros(1)), np.array([1.0]))
    >>> theta, method.gradient_at(theta, state)
    (array([0.9]), array([0.85]))
    """

    def gradient_at(self, theta, state):
        return theta - self.gamma * state.m

    def step(self, theta, state, gradient):
        t = state.t + 1
        m = self.gamma * state.m + learning_rate(self.lr, t) * gradient
        return theta - m, MomentumState(t, m)


@dataclass(frozen=True)
class ShiftedNesterov(_MomentumMethod):
    r"""Nesterov momentum in the look-ahead variable, with the gradient where theta is.

    After Bengio, Boulanger-Lewandowski and Pascanu (2013), whose form is that of lr_inside. With
    theta for $\theta$, gradient for $g$, lr for $\eta$, gamma for $\gamma$, m for $m$:

        $m_t = \gamma m_{t-1} + g_t, \quad m_0 = 0$
        $\theta_t = \theta_{t-1} - \eta_t (g_t + \gamma m_t)$

    lr_inside: $m_t = \gamma m_{t-1} + \eta_t g_t$ and
    $\theta_t = \theta_{t-1} - (\eta_t g_t + \gamma m_t)$, the same at a constant learning rate.

    lr: positive number, array or function of t; no default in the papers. gamma: in [0, 1), 0.9 is
    common advice. Raises ValueError otherwise. PyTorch (`nesterov=True`), optax and TensorFlow:
    identical; Keras: lr_inside.

    >>> method = ShiftedNesterov(lr=0.1, gamma=0.5)
    >>> theta, state = method.step(np.array([1.0]), method.init(np.zeros(1)), np.array([1.0]))
    >>> theta
    array([0.85])
    """

    lr_inside: bool = False

    def step(self, theta, state, gradient):
        t = state.t + 1
        lr = learning_rate(self.lr, t)
        if self.lr_inside:
            m = self.gamma * state.m + lr * gradient
            return theta - (lr * gradient + self.gamma * m), MomentumState(t, m)
        m = self.gamma * state.m + gradient
        return theta - lr * (gradient + self.gamma * m), MomentumState(t, m)
