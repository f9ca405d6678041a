"""Gradient descent, the method that every other chapter starts from."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lecture_code.optimizer import Optimizer, learning_rate, require_floating, require_positive


class GradientDescentState(NamedTuple):
    """t: steps taken."""

    t: int


@dataclass(frozen=True)
class GradientDescent(Optimizer):
    r"""Gradient descent: the same learning rate for every parameter.

    With theta for $\theta$, gradient for $g$, lr for $\eta$:

        $\theta_t = \theta_{t-1} - \eta_t g_t$

    lr: positive number, array that broadcasts against theta, or function of t; no default in the
    literature, PyTorch's 0.001 here. Raises ValueError if lr is not positive.
    Source: Cauchy (1847); in this form Goodfellow, Bengio and Courville (2016), section 4.3.
    PyTorch: `torch.optim.SGD(lr)`; optax: `optax.sgd(learning_rate)`; both identical.

    >>> method = GradientDescent(lr=0.1)
    >>> theta, state = np.array([1.0, 1.0]), method.init(np.zeros(2))
    >>> theta, state = method.step(theta, state, gradient=np.array([1.0, 10.0]))
    >>> theta, state.t
    (array([0.9, 0. ]), 1)
    """

    lr: float | np.ndarray | Callable[[int], float] = 0.001

    def __post_init__(self):
        require_positive("lr", self.lr)

    def init(self, theta):
        require_floating(theta)
        return GradientDescentState(t=0)

    def step(self, theta, state, gradient):
        t = state.t + 1
        theta = theta - learning_rate(self.lr, t) * gradient
        return theta, GradientDescentState(t)

    def rate(self, state):
        return learning_rate(self.lr, state.t)
