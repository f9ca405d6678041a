"""p-norms, the decayed p-norm of a gradient's past, and AdaMax, its limit for large p."""

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


def p_norm(x, p, axis=None):
    r"""The p-norm $\|x\|_p = (\sum_i |x_i|^p)^{1/p}$, and for p = inf $\max_i |x_i|$.

    Taken out of the sum, the largest entry keeps the powers in [0, 1]: no overflow, no underflow.
    x: array; p: a number of at least 1, or inf; axis: as in `np.sum`. Raises ValueError for p < 1,
    where the triangle inequality fails: with p = 1/2, (1, 1) would be longer (4) than the way
    around (2). Source: Golub and Van Loan (2013), section 2.2.1.

    >>> [float(p_norm([3, -4], p)) for p in (1, 2, np.inf)], float(p_norm([50, 3, 0.001], 200))
    ([7.0, 5.0, 4.0], 50.0)
    """
    _require_norm(p)
    x = np.abs(np.asarray(x, float))
    largest = x.max(axis=axis, keepdims=True)
    if p == np.inf:
        return x.max(axis=axis)
    scaled = x / np.where(largest > 0, largest, 1)
    return x.max(axis=axis) * (scaled**p).sum(axis=axis) ** (1 / p)


def decayed_norm(gradients, beta2, p):
    r"""The decayed p-norm of the gradients so far, for each step.

    Kingma and Ba (2015), section 7.1, equations 6 and 7. With gradients for $g$, beta2 for
    $\beta_2$:

        $u_t = (\beta_2^p u_{t-1}^p + (1 - \beta_2^p) |g_t|^p)^{1/p}, \quad u_0 = 0$

    and for p = inf $u_t = \max(\beta_2 u_{t-1}, |g_t|)$, which is what it tends to.
    gradients: (steps, ...); returns the same shape. beta2: in [0, 1); p: at least 1, or inf.
    Raises ValueError otherwise.

    >>> stream = np.array([1.0, 3.0, 0.5, 2.0])
    >>> [round(float(decayed_norm(stream, 0.9, p)[-1]), 3) for p in (2, 20, 100, np.inf)]
    [1.422, 2.417, 2.43, 2.43]
    """
    require_decay("beta2", beta2)
    _require_norm(p)
    gradients = np.asarray(gradients, float)
    u, norms = np.zeros_like(gradients[0]), []
    for g in gradients:
        u = _next_norm(u, g, beta2, p)
        norms.append(u)
    return np.stack(norms)


def _require_norm(p):
    if not p >= 1:
        raise ValueError(f"p = {p}: a norm needs p of at least 1; pass one such as 2 or np.inf")


def _next_norm(u, g, beta2, p):
    old, new = beta2 * u, np.abs(g)
    largest = np.maximum(old, new)
    if p == np.inf:
        return largest
    scale = np.where(largest > 0, largest, 1)
    old, new = old / scale, new / scale
    return largest * (old**p + (1 - beta2**p) * new**p) ** (1 / p)


class AdaMaxState(NamedTuple):
    """t: steps taken; m: average of gradients; u: the decayed norm, both of the shape of theta."""

    t: int
    m: np.ndarray
    u: np.ndarray


@dataclass(frozen=True)
class AdaMax(Optimizer):
    r"""AdaMax (Kingma and Ba 2015, algorithm 2).

    With theta for $\theta$, gradient for $g$, lr for $\eta$, beta1 for $\beta_1$, beta2 for
    $\beta_2$, m for $m$, u for $u$:

        $m_t = \beta_1 m_{t-1} + (1 - \beta_1) g_t, \quad m_0 = 0$
        $u_t = \max(\beta_2 u_{t-1}, |g_t|), \quad u_0 = 0$
        $\theta_t = \theta_{t-1} - \dfrac{\eta_t}{1 - \beta_1^t} \, \dfrac{m_t}{u_t}$

    Element by element. The maximum starts right after the first gradient: only m needs the bias
    correction. epsilon: added to $u_t$, or to $|g_t|$ inside the maximum with epsilon_inside. The
    paper has none: a parameter whose gradients were all zero becomes nan.

    lr: positive number, array or function of t, in units of theta, 0.002 in the paper. beta1,
    beta2: in [0, 1), 0.9 and 0.999 in the paper. epsilon: zero or positive, in units of the
    gradient. Raises ValueError otherwise.

    PyTorch and optax: epsilon_inside, 1e-8. Keras and TensorFlow: added to u, 1e-7 in Keras.

    >>> method = AdaMax(lr=0.1)
    >>> theta, state = method.step(np.ones(2), method.init(np.zeros(2)), np.array([10.0, -0.1]))
    >>> theta, state.u
    (array([0.9, 1.1]), array([10. ,  0.1]))
    """

    lr: float | np.ndarray | Callable[[int], float] = 0.002
    beta1: float | np.ndarray = 0.9
    beta2: float | np.ndarray = 0.999
    epsilon: float | np.ndarray = 0.0
    epsilon_inside: bool = False

    def __post_init__(self):
        require_positive("lr", self.lr)
        require_decay("beta1", self.beta1)
        require_decay("beta2", self.beta2)
        require_not_negative("epsilon", self.epsilon)

    def init(self, theta):
        return AdaMaxState(t=0, m=zeros(theta), u=zeros(theta))

    def step(self, theta, state, gradient):
        t = state.t + 1
        m = self.beta1 * state.m + (1 - self.beta1) * gradient
        size = np.abs(gradient) + (self.epsilon if self.epsilon_inside else 0)
        state = AdaMaxState(t, m, np.maximum(self.beta2 * state.u, size))
        return theta - self.rate(state) * (m / (1 - self.beta1**t)), state

    def rate(self, state):
        u = state.u if self.epsilon_inside else state.u + self.epsilon
        return learning_rate(self.lr, state.t) / u


@dataclass(frozen=True)
class AdamLp(Optimizer):
    r"""Adam with the decayed p-norm in place of the root of the average square.

    Kingma and Ba (2015), section 7.1; p = 2 with beta2 is `Adam` with the square of beta2, p = inf
    is `AdaMax`. With theta for $\theta$, gradient for $g$, lr for $\eta$, beta1 for $\beta_1$,
    beta2 for $\beta_2$, epsilon for $\epsilon$, m for $m$, u for $u$:

        $m_t = \beta_1 m_{t-1} + (1 - \beta_1) g_t, \quad m_0 = 0$
        $u_t = (\beta_2^p u_{t-1}^p + (1 - \beta_2^p) |g_t|^p)^{1/p}, \quad u_0 = 0$
        $\hat m_t = m_t / (1 - \beta_1^t), \quad \hat u_t = u_t / (1 - \beta_2^{pt})^{1/p}$
        $\theta_t = \theta_{t-1} - \dfrac{\eta_t}{\hat u_t + \epsilon} \odot \hat m_t$

    The paper leaves the second correction out because it vanishes in the limit.

    lr: positive number, array or function of t, in units of theta. beta1, beta2: in [0, 1). p: at
    least 1, or inf. epsilon: zero or positive, in units of the gradient. Defaults: `AdaMax`'s, with
    Adam's epsilon; the paper gives none for finite p. Raises ValueError otherwise. No library has
    this method.

    >>> method = AdamLp(lr=0.1, p=3)
    >>> method.step(np.array([1.0]), method.init(np.zeros(1)), np.array([10.0]))[0].round(6)
    array([0.9])
    """

    lr: float | np.ndarray | Callable[[int], float] = 0.002
    beta1: float | np.ndarray = 0.9
    beta2: float | np.ndarray = 0.999
    p: float = 2.0
    epsilon: float | np.ndarray = 1e-8

    def __post_init__(self):
        require_positive("lr", self.lr)
        require_decay("beta1", self.beta1)
        require_decay("beta2", self.beta2)
        require_not_negative("epsilon", self.epsilon)
        _require_norm(self.p)

    def init(self, theta):
        return AdaMaxState(t=0, m=zeros(theta), u=zeros(theta))

    def step(self, theta, state, gradient):
        t = state.t + 1
        m = self.beta1 * state.m + (1 - self.beta1) * gradient
        u = _next_norm(state.u, gradient, self.beta2, self.p)
        state = AdaMaxState(t, m, u)
        return theta - self.rate(state) * (m / (1 - self.beta1**t)), state

    def rate(self, state):
        correction = (
            1 if self.p == np.inf else (1 - self.beta2 ** (self.p * state.t)) ** (1 / self.p)
        )
        return learning_rate(self.lr, state.t) / (state.u / correction + self.epsilon)


class NotesAdamMaxState(NamedTuple):
    """t: steps taken; v: the average, with 1 in place of theta's last axis."""

    t: int
    v: np.ndarray


@dataclass(frozen=True)
class NotesAdamMax(Optimizer):
    r"""The "Adam Max" of the lecture notes, a counterexample: one number scales every parameter.

    It averages the squared largest entry of the gradient, over the parameters, where AdaMax takes
    a maximum over time, for each parameter. The notes give no step; this is RMSprop's. With theta
    for $\theta$, gradient for $g$, lr for $\eta$, beta2 for $\beta_2$, epsilon for $\epsilon$, v
    for $v$:

        $v_t = \beta_2 v_{t-1} + (1 - \beta_2) \|g_t\|_\infty^2, \quad v_0 = 0$
        $\theta_t = \theta_{t-1} - \dfrac{\eta_t}{\sqrt{v_t} + \epsilon} g_t$

    lr: positive number, array or function of t; beta2: in [0, 1); epsilon: zero or positive, in
    units of the gradient; defaults are Adam's (2015), the notes give none. theta: (..., d), the
    parameters on the last axis. Raises ValueError otherwise. No library has it.

    >>> method = NotesAdamMax(lr=0.1, beta2=0.0)
    >>> method.step(np.ones(2), method.init(np.ones(2)), np.array([1.0, 0.01]))[0].round(6)
    array([0.9  , 0.999])
    """

    lr: float | np.ndarray | Callable[[int], float] = 0.001
    beta2: float | np.ndarray = 0.999
    epsilon: float | np.ndarray = 1e-8

    def __post_init__(self):
        require_positive("lr", self.lr)
        require_decay("beta2", self.beta2)
        require_not_negative("epsilon", self.epsilon)

    def init(self, theta):
        largest = zeros(theta)
        return NotesAdamMaxState(
            t=0, v=largest.max(axis=-1, keepdims=True) if largest.ndim else largest
        )

    def step(self, theta, state, gradient):
        largest = np.abs(gradient)
        largest = largest.max(axis=-1, keepdims=True) if largest.ndim else largest
        v = self.beta2 * state.v + (1 - self.beta2) * (largest * largest)
        state = NotesAdamMaxState(state.t + 1, v)
        return theta - self.rate(state) * gradient, state

    def rate(self, state):
        return learning_rate(self.lr, state.t) / (np.sqrt(state.v) + self.epsilon)
