"""Why one rate is not enough: gradients of sparse features, and the first rule with many rates."""

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


def layer_gradient(delta, h):
    r"""The gradient of the mean loss by the weights of one layer.

    With delta for $\delta^{(i)}$ (derivative of each instance's own loss by what goes into layer i)
    and h for $h^{(i-1)}$ (what comes out of the layer before, the inputs x for the first):

        $\dfrac{\partial \mathcal L}{\partial W^{(i)}_{rj}}
            = \dfrac1n \sum_{k=1}^n \delta^{(i)}_{k,r} h^{(i-1)}_{k,j}$

    delta: (n, outputs); h: (n, inputs); returns (outputs, inputs). Column j is zero, not small,
    where feature j is absent from all n instances. Raises ValueError where the instances differ.
    Source: Goodfellow, Bengio and Courville (2016), algorithm 6.4.

    >>> delta, h = np.array([[0.3], [-0.2], [0.5], [0.4]]), np.array([[0.0], [0], [0], [1]])
    >>> layer_gradient(delta, h)
    array([[0.1]])
    """
    delta, h = np.asarray(delta), np.asarray(h)
    if delta.ndim != 2 or h.ndim != 2 or len(delta) != len(h) or len(h) == 0:
        raise ValueError(
            f"delta of shape {delta.shape} and h of shape {h.shape}: pass (n, outputs) and "
            "(n, inputs), a row for each of the same n instances"
        )
    return delta.T @ h / len(h)


class DeltaBarDeltaState(NamedTuple):
    """t: steps taken; size: each parameter's learning rate; mean: average of gradients."""

    t: int
    size: np.ndarray
    mean: np.ndarray


@dataclass(frozen=True)
class DeltaBarDelta(Optimizer):
    r"""Delta-bar-delta (Jacobs 1988): a learning rate for each parameter.

    A rate grows by a constant where the gradient agrees in sign with the average of those before
    it, and shrinks by a factor where it does not. With theta for $\theta$, gradient for $g$, size
    for the learning rates $\eta_{t,i}$, mean for $\bar g$, increase and decrease for Jacobs's
    $\kappa$ and $\phi$, beta for his $\theta$:

        $\eta_{t,i} = \begin{cases}
            \eta_{t-1,i} + \text{increase} & g_{t,i} \, \bar g_{t-1,i} > 0 \\
            (1 - \text{decrease}) \, \eta_{t-1,i} & g_{t,i} \, \bar g_{t-1,i} < 0 \\
            \eta_{t-1,i} & \text{otherwise} \end{cases}$
        $\bar g_t = \beta \bar g_{t-1} + (1 - \beta) g_t, \quad \bar g_0 = 0$
        $\theta_t = \theta_{t-1} - \eta_t \odot g_t$

    For full batches: between mini-batches the signs flip by chance. lr: what every rate starts
    with, positive number, array or function of t, of which the value at t = 1 counts. increase:
    zero or positive, in units of lr; decrease: in [0, 1); beta: in [0, 1). Jacobs sets them for
    each task; lr 0.01, increase 0.001, decrease 0.1 and beta 0.7 are this book's.
    Raises ValueError otherwise. No library has this method.

    >>> method = DeltaBarDelta(lr=0.1, increase=0.05, decrease=0.5, beta=0.7)
    >>> theta, state = np.array([1.0]), method.init(np.zeros(1))
    >>> for slope in (2.0, 1.0, -4.0):
    ...     theta, state = method.step(theta, state, np.array([slope]))
    ...     print(theta.round(3), state.size.round(3))
    [0.8] [0.1]
    [0.65] [0.15]
    [0.95] [0.075]
    """

    lr: float | np.ndarray | Callable[[int], float] = 0.01
    increase: float | np.ndarray = 0.001
    decrease: float | np.ndarray = 0.1
    beta: float | np.ndarray = 0.7

    def __post_init__(self):
        require_positive("lr", self.lr)
        require_not_negative("increase", self.increase)
        require_decay("decrease", self.decrease)
        require_decay("beta", self.beta)

    def init(self, theta):
        size = zeros(theta) + learning_rate(self.lr, 1)
        return DeltaBarDeltaState(t=0, size=size, mean=zeros(theta))

    def step(self, theta, state, gradient):
        agreement = np.sign(gradient) * np.sign(state.mean)
        size = np.where(agreement > 0, state.size + self.increase, state.size)
        size = np.where(agreement < 0, (1 - self.decrease) * state.size, size)
        mean = self.beta * state.mean + (1 - self.beta) * gradient
        return theta - size * gradient, DeltaBarDeltaState(state.t + 1, size, mean)

    def rate(self, state):
        return state.size


class SparsityFactorState(NamedTuple):
    """t: steps taken; rate: the learning rate of the last step, with 1 for theta's last axis."""

    t: int
    rate: float | np.ndarray


@dataclass(frozen=True)
class SparsityFactor(Optimizer):
    r"""The lecture notes' rate times a "sparsity factor" of the input, which cannot work.

    The notes leave the factor open; here it is one over the share of features present, which are
    those with a gradient. Whatever the factor, it is one number: it multiplies the steps of common
    and rare features alike and leaves their ratio as it was. With theta for $\theta$, gradient for
    $g$, lr for $\eta$, c for that factor, d for the number of parameters:

        $c_t = \dfrac{d}{\text{number of } i \text{ with } g_{t,i} \ne 0}$
        $\theta_t = \theta_{t-1} - \eta_t c_t g_t$

    lr: positive number, array or function of t. theta: (..., d), the features on the last axis.
    Raises ValueError for another lr. A counterexample: no source later than the notes has it; what
    replaced it is `AdaGrad` (2011).

    >>> method = SparsityFactor(lr=0.1)
    >>> method.step(np.zeros(4), method.init(np.zeros(4)), np.array([1.0, 0.01, 0.0, 0.0]))[0]
    array([-0.2  , -0.002,  0.   ,  0.   ])
    """

    lr: float | np.ndarray | Callable[[int], float] = 0.01

    def __post_init__(self):
        require_positive("lr", self.lr)

    def init(self, theta):
        return SparsityFactorState(t=0, rate=zeros(theta))

    def step(self, theta, state, gradient):
        t, axis = state.t + 1, -1 if np.ndim(gradient) else None
        present = np.count_nonzero(gradient, axis=axis, keepdims=axis is not None)
        features = np.shape(gradient)[-1] if np.ndim(gradient) else 1
        factor = (features / np.maximum(present, 1)).astype(gradient.dtype)
        rate = learning_rate(self.lr, t) * factor
        return theta - rate * gradient, SparsityFactorState(t, rate)

    def rate(self, state):
        return state.rate


def regress(optimizer, p, steps, noise=None):
    r"""Fit the weights of a common and a rare feature, one instance a step: where one rate fails.

    The first feature is 1 in every instance, the second in a share p of them, evenly spaced and
    beginning with the first; otherwise it is 0. With theta for $\theta$, from $\theta_0 = 0$:

        $y_t = x_{t,1} + x_{t,2} + \text{noise}_t$, so that both weights should become 1
        $g_t = (\theta_{t-1}^\top x_t - y_t) \, x_t$, the gradient of half the squared error

    optimizer: its hyperparameters may have shape (runs, 1); p: above 0, at most 1; steps: at least
    1; noise: (steps, ...) or None for none, what is added to the labels, one run for each of its
    further axes. Returns theta, (steps + 1, ..., 2), the start first. Raises ValueError otherwise.

    >>> from lecture_code.gradient_descent import GradientDescent
    >>> regress(GradientDescent(lr=0.25), p=0.5, steps=3)
    array([[0.     , 0.     ],
           [0.5    , 0.5    ],
           [0.625  , 0.5    ],
           [0.84375, 0.71875]])
    """
    noise = np.zeros(steps) if noise is None else np.asarray(noise)
    if not 0 < p <= 1 or steps < 1 or len(noise) != steps:
        raise ValueError(
            f"p = {p}, steps = {steps}, {len(noise)} rows of noise: pass a share in (0, 1] "
            "and noise for each of at least 1 step"
        )
    seen = np.ceil(np.arange(steps + 1) * p - 1e-9)  # how often the rare feature was there
    theta = np.zeros((*noise.shape[1:], 2))
    state, points = optimizer.init(theta), [theta]
    for t in range(1, steps + 1):
        x = np.array([1.0, seen[t] > seen[t - 1]])
        error = (optimizer.gradient_at(theta, state) - 1) @ x - noise[t - 1]
        theta, state = optimizer.step(theta, state, error[..., None] * x)
        points.append(theta)
    points[0] = np.broadcast_to(points[0], theta.shape)
    return np.stack(points)
