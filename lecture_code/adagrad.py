"""AdaGrad: a learning rate for each parameter, from the sum of its squared gradients.

`SparseAdaGrad` is its lazy form for models with sparse rows, `FullMatrixAdaGrad` the form with all
of the matrix, for a few parameters.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lecture_code.optimizer import (
    Optimizer,
    learning_rate,
    rate_per_run,
    require_not_negative,
    require_positive,
    root,
    zeros,
)


class AdaGradState(NamedTuple):
    """t: steps taken; s: sum of squared gradients, of the shape of theta."""

    t: int
    s: np.ndarray


@dataclass(frozen=True)
class AdaGrad(Optimizer):
    r"""AdaGrad (Duchi, Hazan and Singer 2011, figure 1 with the diagonal matrix).

    With theta for $\theta$, gradient for $g$, lr for $\eta$, epsilon for $\epsilon$, s for $s$:

        $s_t = s_{t-1} + g_t \odot g_t, \quad s_0 = 0$
        $\theta_t = \theta_{t-1} - \dfrac{\eta_t}{\sqrt{s_t} + \epsilon} \odot g_t$

    lr: positive number, array or function of t, in units of theta; the paper gives no default,
    0.01 is PyTorch's. epsilon: zero or positive, in units of the gradient; 1e-10 is PyTorch's;
    with 0 a parameter whose gradients were all zero becomes nan. epsilon_inside: divide by
    $\sqrt{s_t + \epsilon}$ instead (epsilon then in units of the squared gradient).
    Raises ValueError for a learning rate that is not positive or a negative epsilon.

    PyTorch: `torch.optim.Adagrad(lr, eps)`, identical. optax and Keras: epsilon inside, 1e-7, and
    a sum that starts at 0.1.

    >>> method = AdaGrad(lr=0.1)
    >>> theta = np.array([1.0, 1.0])
    >>> theta, state = method.step(theta, method.init(theta), gradient=np.array([1.0, 10.0]))
    >>> theta, state.s
    (array([0.9, 0.9]), array([  1., 100.]))
    """

    lr: float | np.ndarray | Callable[[int], float] = 0.01
    epsilon: float | np.ndarray = 1e-10
    epsilon_inside: bool | np.ndarray = False

    def __post_init__(self):
        require_positive("lr", self.lr)
        require_not_negative("epsilon", self.epsilon)

    def init(self, theta):
        return AdaGradState(t=0, s=zeros(theta))

    def step(self, theta, state, gradient):
        t = state.t + 1
        s = state.s + gradient * gradient
        root_s = root(s, self.epsilon, self.epsilon_inside)
        theta = theta - learning_rate(self.lr, t) / root_s * gradient
        return theta, AdaGradState(t, s)

    def rate(self, state):
        root_s = root(state.s, self.epsilon, self.epsilon_inside)
        return learning_rate(self.lr, state.t) / root_s


class FullMatrixState(NamedTuple):
    """t: steps taken; G: summed outer products of gradients, (..., d, d); rate: of the step."""

    t: int
    G: np.ndarray
    rate: np.ndarray


@dataclass(frozen=True)
class FullMatrixAdaGrad(Optimizer):
    r"""AdaGrad with the whole matrix (Duchi, Hazan and Singer 2011, figure 2), for small d.

    With theta for $\theta$, gradient for $g$, lr for $\eta$, epsilon for $\epsilon$, G for $G$:

        $G_t = G_{t-1} + g_t g_t^\top, \quad G_0 = 0$
        $\theta_t = \theta_{t-1} - \eta_t (G_t^{1/2} + \epsilon I)^{-1} g_t$

    Unlike `AdaGrad` it turns with the axes. The root takes $O(d^3)$ a step, the matrix $O(d^2)$
    memory. theta: (..., d). lr: positive number, array or function of t, 0.01 as in `AdaGrad`.
    epsilon: positive, in units of the gradient, 1e-6 here: larger than in `AdaGrad`, as G is
    singular for the first d - 1 steps and rounding would be divided by it. `rate` gives the
    diagonal of what the gradient is multiplied by. Raises ValueError otherwise. No library has it.

    >>> method = FullMatrixAdaGrad(lr=0.5)
    >>> method.step(np.zeros(2), method.init(np.zeros(2)), np.array([3.0, 4.0]))[0].round(5)
    array([-0.3, -0.4])
    """

    lr: float | np.ndarray | Callable[[int], float] = 0.01
    epsilon: float = 1e-6

    def __post_init__(self):
        require_positive("lr", self.lr)
        require_positive("epsilon", self.epsilon)

    def init(self, theta):
        if np.ndim(theta) == 0:
            raise ValueError("theta is a single number: pass a vector, (d,)")
        square = zeros(theta)[..., None] * theta[..., None, :]
        return FullMatrixState(t=0, G=square, rate=zeros(theta))

    def step(self, theta, state, gradient):
        t = state.t + 1
        G = state.G + gradient[..., :, None] * gradient[..., None, :]
        squares, Q = np.linalg.eigh(G)  # rounding can make a square of zero negative
        inverse = 1 / (np.sqrt(np.maximum(squares, 0)) + self.epsilon)
        lr = learning_rate(self.lr, t)
        along = inverse[..., None] * (np.swapaxes(Q, -1, -2) @ gradient[..., None])
        theta = theta - lr * (Q @ along)[..., 0]
        return theta, FullMatrixState(t, G, lr * (Q * Q * inverse[..., None, :]).sum(axis=-1))

    def rate(self, state):
        return state.rate


class SparseAdaGradState(NamedTuple):
    """s: sum of squared gradients, of the shape of the weights; changed in place."""

    s: np.ndarray


@dataclass(frozen=True)
class SparseAdaGrad:
    r"""AdaGrad on the active features: the same as on all, to the bit, at the cost of the active.

    With $g_j = 0$ the sum $s_j$ stays and so does $w_j$: a feature that is absent needs no step.
    (For momentum, RMSprop or Adam this is false: their state decays while the feature is away.)
    For the active features, with index for j, gradient for $g$, lr for $\eta$:

        $s_j \leftarrow s_j + g_j^2$
        $w_j \leftarrow w_j - \dfrac{\eta}{\sqrt{s_j} + \epsilon} g_j$

    lr: positive number, or array (runs,) for weights with runs on their last axis; epsilon: zero or
    positive, in units of the gradient.
    Source: Duchi, Hazan and Singer (2011), section 1 on sparse data.

    >>> weights = np.zeros(5)
    >>> method = SparseAdaGrad(lr=0.1)
    >>> state = method.init(weights)
    >>> method.step(weights, state, index=np.array([3]), gradient=np.array([2.0]))
    array([-0.1])
    >>> state.s
    array([0., 0., 0., 4., 0.])
    """

    lr: float | np.ndarray = 0.01
    epsilon: float = 1e-10

    def __post_init__(self):
        require_positive("lr", self.lr)
        require_not_negative("epsilon", self.epsilon)

    def init(self, weights):
        return SparseAdaGradState(s=np.zeros_like(weights))

    def step(self, weights, state, index, gradient):
        """Move the rows `index` of `weights` and of `state.s` IN PLACE; return what was added.

        In place, because a copy of all weights costs more than the step. index: (active,) distinct
        integers (the squares of a repeated one would go astray); gradient: (active, ...).
        """
        s = state.s.take(index, axis=0) + gradient * gradient
        update = -rate_per_run(self.lr, gradient) / (np.sqrt(s) + self.epsilon) * gradient
        state.s[index] = s
        weights[index] = weights.take(index, axis=0) + update
        return update
