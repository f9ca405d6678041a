"""NAdam: Adam with Nesterov's look ahead in the average of gradients."""

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


class NAdamState(NamedTuple):
    """t: steps taken; m, v: as in Adam; product: of the mu so far, for the bias correction."""

    t: int
    m: np.ndarray
    v: np.ndarray
    product: float | np.ndarray


@dataclass(frozen=True)
class NAdam(Optimizer):
    r"""NAdam (Dozat 2015, algorithm 8).

    With theta for $\theta$, gradient for $g$, lr for $\eta$, beta1 for $\beta_1$, beta2 for
    $\beta_2$, epsilon for $\epsilon$, psi for $\psi$, m for $m$, v for $v$, product for the product
    of the $\mu_i$ up to $t$:

        $\mu_t = \beta_1 (1 - \tfrac12 \, 0.96^{\psi t})$
        $m_t = \beta_1 m_{t-1} + (1 - \beta_1) g_t, \quad m_0 = 0$
        $v_t = \beta_2 v_{t-1} + (1 - \beta_2) g_t \odot g_t, \quad v_0 = 0$
        $\bar m_t = \dfrac{\mu_{t+1} m_t}{1 - \prod_{i=1}^{t+1} \mu_i}
            + \dfrac{(1 - \mu_t) g_t}{1 - \prod_{i=1}^{t} \mu_i}$
        $\theta_t = \theta_{t-1}
            - \dfrac{\eta_t}{\sqrt{v_t / (1 - \beta_2^t)} + \epsilon} \odot \bar m_t$

    psi = None: a constant $\mu_t = \beta_1$. The later paper (Dozat 2016, algorithm 2) has the
    schedule in the average too, $m_t = \mu_t m_{t-1} + (1 - \mu_t) g_t$; the libraries do not.

    lr: positive number, array or function of t, in units of theta, 0.002 as in PyTorch. beta1,
    beta2: in [0, 1), 0.9 and 0.999. epsilon: zero or positive, in units of the gradient, 1e-8.
    psi: zero or positive, 0.004 in the paper (1/250).
    Raises ValueError otherwise.

    PyTorch: `torch.optim.NAdam(momentum_decay=psi)`, identical (its product of the mu is float32
    unless that is not the default dtype). Keras: psi = 1, which ends the schedule 250 times sooner,
    and epsilon 1e-7. optax: psi = None. TensorFlow's kernel has one correction for both parts.

    >>> method = NAdam(lr=1.0, psi=None)
    >>> theta, state = method.step(np.array([0.0]), method.init(np.zeros(1)), np.array([2.0]))
    >>> -theta.round(6)
    array([1.473684])
    """

    lr: float | np.ndarray | Callable[[int], float] = 0.002
    beta1: float | np.ndarray = 0.9
    beta2: float | np.ndarray = 0.999
    epsilon: float | np.ndarray = 1e-8
    psi: float | None = 0.004

    def __post_init__(self):
        require_positive("lr", self.lr)
        require_decay("beta1", self.beta1)
        require_decay("beta2", self.beta2)
        require_not_negative("epsilon", self.epsilon)
        if self.psi is not None:
            require_not_negative("psi", self.psi)

    def mu(self, t):
        """The momentum of step t."""
        if self.psi is None:
            return self.beta1
        return self.beta1 * (1 - 0.5 * 0.96 ** (self.psi * t))

    def init(self, theta):
        return NAdamState(t=0, m=zeros(theta), v=zeros(theta), product=1.0)

    def step(self, theta, state, gradient):
        t = state.t + 1
        now, after = self.mu(t), self.mu(t + 1)
        product = state.product * now
        m = self.beta1 * state.m + (1 - self.beta1) * gradient
        v = self.beta2 * state.v + (1 - self.beta2) * (gradient * gradient)
        state = NAdamState(t, m, v, product)
        ahead = after / (1 - product * after) * m + (1 - now) / (1 - product) * gradient
        return theta - self.rate(state) * ahead, state

    def rate(self, state):
        lr, v_hat = learning_rate(self.lr, state.t), state.v / (1 - self.beta2**state.t)
        return lr / (np.sqrt(v_hat) + self.epsilon)
