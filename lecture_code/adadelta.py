"""AdaDelta: the typical update over the typical gradient stands for the learning rate."""

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


class AdaDeltaState(NamedTuple):
    """t: steps taken; v, r: averages of squared gradients and of squared updates; rate: the last.

    Each has the shape of theta; rate is what the gradient was multiplied by.
    """

    t: int
    v: np.ndarray
    r: np.ndarray
    rate: np.ndarray


@dataclass(frozen=True)
class AdaDelta(Optimizer):
    r"""AdaDelta (Zeiler 2012, algorithm 1).

    With theta for $\theta$, gradient for $g$, lr for $\eta$, beta for $\beta$, epsilon for
    $\epsilon$, v for $v$, r for $r$, the averages of squared gradients and of squared updates:

        $g_t = \nabla \mathcal L(\theta_{t-1})$
        $v_t = \beta v_{t-1} + (1 - \beta) g_t \odot g_t, \quad v_0 = 0$
        $\Delta_t = -\dfrac{\sqrt{r_{t-1} + \epsilon}}{\sqrt{v_t + \epsilon}} \odot g_t$
        $r_t = \beta r_{t-1} + (1 - \beta) \Delta_t \odot \Delta_t, \quad r_0 = 0$
        $\theta_t = \theta_{t-1} + \eta_t \Delta_t$

    lr: positive number, array or function of t without unit, 1 in the paper (which has no $\eta$).
    beta: in [0, 1), 0.95 in the paper. epsilon: zero or positive, 1e-6 in the paper; it is added to
    squared updates and to squared gradients, whose units differ, and sets the size of the first
    steps; with 0 nothing ever moves. Raises ValueError otherwise.

    PyTorch: `torch.optim.Adadelta`, identical, with beta 0.9. Keras: epsilon 1e-7 and a default
    learning rate of 0.001, which slows it a thousand times: pass 1. optax: identical, with 0.9.

    >>> method = AdaDelta()
    >>> theta, state = method.step(np.array([1.0]), method.init(np.zeros(1)), np.array([1.0]))
    >>> (1 - theta).round(6)
    array([0.004472])
    """

    lr: float | np.ndarray | Callable[[int], float] = 1.0
    beta: float | np.ndarray = 0.95
    epsilon: float | np.ndarray = 1e-6

    def __post_init__(self):
        require_positive("lr", self.lr)
        require_decay("beta", self.beta)
        require_not_negative("epsilon", self.epsilon)

    def init(self, theta):
        return AdaDeltaState(t=0, v=zeros(theta), r=zeros(theta), rate=zeros(theta))

    def step(self, theta, state, gradient):
        t = state.t + 1
        v = self.beta * state.v + (1 - self.beta) * (gradient * gradient)
        ratio = np.sqrt(state.r + self.epsilon) / np.sqrt(v + self.epsilon)
        update = -ratio * gradient
        r = self.beta * state.r + (1 - self.beta) * (update * update)
        lr = learning_rate(self.lr, t)
        return theta + lr * update, AdaDeltaState(t, v, r, lr * ratio)

    def rate(self, state):
        return state.rate
