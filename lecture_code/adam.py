"""Adam: an average of gradients over the root of an average of their squares, both unbiased."""

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
    zeros,
)


class AdamState(NamedTuple):
    """t: steps taken; m, v: averages of gradients and of their squares, of the shape of theta."""

    t: int
    m: np.ndarray
    v: np.ndarray


@dataclass(frozen=True)
class Adam(Optimizer):
    r"""Adam (Kingma and Ba 2015, algorithm 1).

    With theta for $\theta$, gradient for $g$, lr for $\eta$, beta1 for $\beta_1$, beta2 for
    $\beta_2$, epsilon for $\epsilon$, m for $m$, v for $v$:

        $m_t = \beta_1 m_{t-1} + (1 - \beta_1) g_t, \quad m_0 = 0$
        $v_t = \beta_2 v_{t-1} + (1 - \beta_2) g_t \odot g_t, \quad v_0 = 0$
        $\hat m_t = m_t / (1 - \beta_1^t), \quad \hat v_t = v_t / (1 - \beta_2^t)$
        $\theta_t = \theta_{t-1} - \dfrac{\eta_t}{\sqrt{\hat v_t} + \epsilon} \odot \hat m_t$

    epsilon_hat: the faster form in section 2 of the paper, in which epsilon is added to
    $\sqrt{v_t}$ before the correction. correct_bias: False leaves both corrections out, to show
    what they do.

    lr: positive number, array or function of t, in units of theta, 0.001 in the paper. beta1,
    beta2: in [0, 1), 0.9 and 0.999 in the paper. epsilon: zero or positive, in units of the
    gradient, 1e-8 in the paper. Raises ValueError otherwise.

    PyTorch and optax: identical. Keras and TensorFlow: epsilon_hat, with epsilon 1e-7 in Keras.

    >>> method = Adam(lr=0.1)
    >>> theta, state = method.step(np.array([1.0]), method.init(np.zeros(1)), np.array([10.0]))
    >>> theta.round(6), state.m.round(6), state.v.round(6)
    (array([0.9]), array([1.]), array([0.1]))
    """

    lr: float | np.ndarray | Callable[[int], float] = 0.001
    beta1: float | np.ndarray = 0.9
    beta2: float | np.ndarray = 0.999
    epsilon: float | np.ndarray = 1e-8
    epsilon_hat: bool = False
    correct_bias: bool = True

    def __post_init__(self):
        require_positive("lr", self.lr)
        require_decay("beta1", self.beta1)
        require_decay("beta2", self.beta2)
        require_not_negative("epsilon", self.epsilon)

    def init(self, theta):
        return AdamState(t=0, m=zeros(theta), v=zeros(theta))

    def step(self, theta, state, gradient):
        t = state.t + 1
        m = self.beta1 * state.m + (1 - self.beta1) * gradient
        v = self.beta2 * state.v + (1 - self.beta2) * (gradient * gradient)
        state = AdamState(t, m, v)
        m_hat = m / (1 - self.beta1**t) if self.correct_bias else m
        return theta - self.rate(state) * m_hat, state

    def rate(self, state):
        lr, t, v = learning_rate(self.lr, state.t), state.t, state.v
        if not self.correct_bias:
            return lr / (np.sqrt(v) + self.epsilon)
        if self.epsilon_hat:
            return lr * (1 - self.beta2**t) ** 0.5 / (np.sqrt(v) + self.epsilon)
        return lr / (np.sqrt(v / (1 - self.beta2**t)) + self.epsilon)
