"""The second-order outlook: Newton, conjugate gradients, coordinate descent, L-BFGS.

The optimizers hold the functions of the objective that they need beyond the gradient, and keep the
contract, so that `minimize` records them like any other.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from lecture_code.gradient_descent import require_one_run, wolfe
from lecture_code.optimizer import (
    Optimizer,
    learning_rate,
    require_floating,
    require_not_negative,
    require_positive,
)


class NewtonState(NamedTuple):
    """t: steps taken; rate: of each parameter in the last step, update over gradient."""

    t: int
    rate: np.ndarray


def _rate(update, gradient):
    """What each parameter's gradient was multiplied by, with minus the sign of the step."""
    safe = np.where(gradient == 0, 1, gradient)
    return np.where(gradient == 0, 0, -update / safe)


@dataclass(frozen=True)
class Newton(Optimizer):
    r"""Newton's method, with a learning rate and damping (Nocedal and Wright 2006, section 2.2).

    With theta for $\theta$, gradient for $g$, hessian for $H$, lr for $\eta$, damping for
    $\lambda$ and the identity matrix $I$:

        $\theta_t = \theta_{t-1} - \eta_t (H_{t-1} + \lambda I)^{-1} g_t$

    The equation is solved, never inverted: $O(d^3)$ a step and $O(d^2)$ memory. It goes to the
    stationary point of the quadratic model, a saddle too; it goes downhill where damping exceeds
    the most negative curvature.

    hessian: a function of theta (..., d) that gives (..., d, d). lr: positive number or function of
    t, 1 in the method. damping: zero or positive, in units of the curvature, 0 in the method; both
    may be arrays over runs. Raises ValueError otherwise and numpy.linalg.LinAlgError for a singular
    matrix: pass damping. Rates depend on the direction: `rate` gives update over gradient.

    >>> from lecture_code.objectives import Bowl
    >>> method = Newton(Bowl(100).hessian)
    >>> method.step(np.ones(2), method.init(np.ones(2)), np.array([1.0, 100.0]))[0]
    array([0., 0.])
    """

    hessian: Callable
    lr: float | Callable[[int], float] = 1.0
    damping: float = 0.0

    def __post_init__(self):
        require_positive("lr", self.lr)
        require_not_negative("damping", self.damping)

    def init(self, theta):
        require_floating(theta)
        return NewtonState(t=0, rate=np.zeros_like(theta))

    def step(self, theta, state, gradient):
        t = state.t + 1
        damping = np.asarray(self.damping)[..., None]  # over runs: (runs, 1, 1)
        H = self.hessian(theta) + damping * np.eye(theta.shape[-1])
        direction = -np.linalg.solve(H, gradient[..., None])[..., 0]
        update = learning_rate(self.lr, t) * direction
        return theta + update, NewtonState(t, _rate(update, gradient))

    def rate(self, state):
        return state.rate


@dataclass(frozen=True)
class DampedNewton(Optimizer):
    r"""Newton's method with every curvature made positive (Nocedal and Wright 2006, section 3.4).

    With $H_{t-1} = Q \, \mathrm{diag}(c) \, Q^\top$, theta for $\theta$, gradient for $g$, lr for
    $\eta$, curvatures for $c$, smallest for $\delta$:

        $\begin{aligned} & \theta_t = \theta_{t-1} \\ & \quad
            - \eta_t \, Q \, \mathrm{diag}(\max(|c|, \delta))^{-1} Q^\top g_t \end{aligned}$

    Along a negative curvature it walks away from the saddle (Dauphin et al. 2014 call it
    saddle-free). hessian, lr: as in `Newton`. smallest: positive, in units of the curvature, this
    book's. Raises ValueError otherwise.

    >>> from lecture_code.objectives import Saddle
    >>> method, theta = DampedNewton(Saddle().hessian), np.array([1.0, 0.5])
    >>> method.step(theta, method.init(theta), Saddle().gradient(theta))[0]
    array([0., 1.])
    """

    hessian: Callable
    lr: float | Callable[[int], float] = 1.0
    smallest: float = 1e-3

    def __post_init__(self):
        require_positive("lr", self.lr)
        require_positive("smallest", self.smallest)

    def init(self, theta):
        require_floating(theta)
        return NewtonState(t=0, rate=np.zeros_like(theta))

    def step(self, theta, state, gradient):
        t = state.t + 1
        curvatures, Q = np.linalg.eigh(self.hessian(theta))
        along = np.swapaxes(Q, -1, -2) @ gradient[..., None]
        along = along / np.maximum(np.abs(curvatures), self.smallest)[..., None]
        update = -learning_rate(self.lr, t) * (Q @ along)[..., 0]
        return theta + update, NewtonState(t, _rate(update, gradient))

    def rate(self, state):
        return state.rate


class Solution(NamedTuple):
    """points: (steps + 1, d), the start first; residuals: (steps + 1,), lengths of A theta - b."""

    points: np.ndarray
    residuals: np.ndarray


def conjugate_gradient(A, b, x0=None, tolerance=1e-10, steps=None):
    r"""Solve $A \theta = b$, A symmetric positive definite, by conjugate gradients.

    Hestenes and Stiefel (1952); Nocedal and Wright (2006), algorithm 5.2. With theta for $\theta$,
    g for the gradient $g = A \theta - b$ of $\frac12 \theta^\top A \theta - b^\top \theta$, new for
    $g'$ and p for the direction, at first $-g$:

        $\alpha = g^\top g / p^\top A p, \quad \theta \leftarrow \theta + \alpha p$
        $g' = g + \alpha A p, \quad \beta = g'^\top g' / g^\top g$
        $p \leftarrow -g' + \beta p, \quad g \leftarrow g'$

    A: (d, d), dense or anything with @; b: (d,); x0: the start, zeros if not given. Stops when the
    length of g, the residual, is at most `tolerance`, or after `steps`, d if not given: enough
    without rounding. Returns a `Solution`. Raises ValueError for a curvature that is not positive.

    >>> conjugate_gradient(np.array([[4.0, 1.0], [1.0, 3.0]]), np.array([1.0, 2.0])).points[-1]
    array([0.09090909, 0.63636364])
    """
    b = np.asarray(b, float)
    theta = np.zeros_like(b) if x0 is None else np.asarray(x0, float)
    g = A @ theta - b
    p, points, residuals = -g, [theta], [np.linalg.norm(g)]
    for _ in range(len(b) if steps is None else steps):
        if residuals[-1] <= tolerance:
            break
        Ap = A @ p
        if not p @ Ap > 0:
            raise ValueError(
                "A is not positive definite: conjugate gradients need all curvatures > 0"
            )
        alpha = g @ g / (p @ Ap)
        theta, new = theta + alpha * p, g + alpha * Ap
        beta = new @ new / (g @ g)
        p, g = -new + beta * p, new
        points.append(theta)
        residuals.append(np.linalg.norm(g))
    return Solution(np.stack(points), np.array(residuals))


class DirectionState(NamedTuple):
    """t: steps taken; gradient, direction: the last; rate: as in `NewtonState`."""

    t: int
    gradient: np.ndarray
    direction: np.ndarray
    rate: np.ndarray


@dataclass(frozen=True)
class NonlinearConjugateGradient(Optimizer):
    r"""Conjugate gradients for any smooth function (Polak and Ribière 1969).

    In the form PR+ of Nocedal and Wright (2006), equation 5.45, with the line search `wolfe`. With
    theta for $\theta$, gradient for $g$, direction for $p$:

        $\beta_t = \max\left(0, \dfrac{g_t^\top (g_t - g_{t-1})}{g_{t-1}^\top g_{t-1}}\right)$
        $p_t = -g_t + \beta_t p_{t-1}$
        $\theta_t = \theta_{t-1} + a_t p_t$

    $a_t$ from the search; where $p_t$ does not lead down it starts again with $-g_t$.
    objective: has value(theta) and gradient(theta). One run of shape (d,) at a time. Raises
    ValueError for a grid.

    >>> from lecture_code.minimize import minimize
    >>> from lecture_code.objectives import Rosenbrock
    >>> record = minimize(
    ...     Rosenbrock(), NonlinearConjugateGradient(Rosenbrock()), (-1.2, 1.0), 100
    ... )
    >>> bool(record.losses[-1] < 1e-3)
    True
    """

    objective: Any

    def init(self, theta):
        require_one_run(theta)
        nothing = np.zeros_like(theta)
        return DirectionState(t=0, gradient=nothing, direction=nothing, rate=nothing)

    def step(self, theta, state, gradient):
        before = state.gradient @ state.gradient
        beta = max(0, gradient @ (gradient - state.gradient) / before) if before > 0 else 0
        direction = -gradient + beta * state.direction
        direction, update = _search(self.objective, theta, direction, gradient, flatten=0.1)
        return theta + update, DirectionState(
            state.t + 1, gradient, direction, _rate(update, gradient)
        )

    def rate(self, state):
        return state.rate


def _search(objective, theta, direction, gradient, flatten):
    """A direction that leads down, the gradient's if need be, and how far to go along it."""
    if not gradient @ direction < 0:
        direction = -gradient
    if not gradient @ direction < 0:  # at the minimum: zero, or its square is
        return direction, np.zeros_like(theta)
    length = wolfe(
        lambda a: objective.value(theta + a * direction),
        lambda a: objective.gradient(theta + a * direction) @ direction,
        flatten=flatten,
    )
    return direction, length * direction


@dataclass(frozen=True)
class CoordinateDescent(Optimizer):
    r"""One coordinate after the other, each to its minimum, on a quadratic of any dimension.

    A sweep over all coordinates is a step; it is Gauss and Seidel's method for $A \theta = b$.
    With matrix for A, gradient for $g = A \theta - b$, and $i = 1, \dots, d$ in turn:

        $\theta_i \leftarrow \theta_i - g_i / A_{ii}$
        $g \leftarrow g - A_{\cdot i} \, g_i / A_{ii}$

    matrix: (d, d), symmetric with a positive diagonal. Raises ValueError otherwise.
    Source: Wright (2015).

    >>> from lecture_code.minimize import minimize
    >>> from lecture_code.objectives import Quadratic
    >>> A = np.array([[2.0, 1.0], [1.0, 3.0]])
    >>> minimize(Quadratic(A), CoordinateDescent(A), (1.0, 1.0), steps=1).points[-1].round(6)
    array([-0.5     ,  0.166667])
    """

    matrix: np.ndarray

    def __post_init__(self):
        A = np.asarray(self.matrix, float)
        if A.ndim != 2 or A.shape[0] != A.shape[1] or not np.all(np.diag(A) > 0):
            raise ValueError(
                f"matrix of shape {A.shape}: pass a symmetric (d, d) with a positive diagonal"
            )
        object.__setattr__(self, "matrix", A)

    def init(self, theta):
        require_floating(theta)
        return NewtonState(t=0, rate=np.zeros_like(theta))

    def step(self, theta, state, gradient):
        update, g = np.zeros_like(theta), gradient
        for i, curvature in enumerate(np.diag(self.matrix)):
            update[..., i] = -g[..., i] / curvature
            g = g + self.matrix[i] * update[..., i, None]
        return theta + update, NewtonState(state.t + 1, _rate(update, gradient))

    def rate(self, state):
        return state.rate


class LBFGSState(NamedTuple):
    """t: steps taken; pairs: the last (s, y), newest last; theta, gradient: the last; rate."""

    t: int
    pairs: tuple[tuple[np.ndarray, np.ndarray], ...]
    theta: np.ndarray
    gradient: np.ndarray
    rate: np.ndarray


@dataclass(frozen=True)
class LBFGS(Optimizer):
    r"""L-BFGS: curvature from the last few steps (Liu and Nocedal 1989).

    Nocedal and Wright (2006), algorithms 7.4 and 7.5, with the line search `wolfe`: from the pairs
    $s = \theta_t - \theta_{t-1}$ and $y = g_{t+1} - g_t$ two loops give $-H^{-1} g$ in $O(d)$ time
    and memory per pair. A pair with $s^\top y \le 0$ has no positive curvature and is left out.

    objective: has value(theta) and gradient(theta); memory: the number of pairs, at least 1, 10
    here (3 to 20 in the source). One run of shape (d,) at a time. Raises ValueError otherwise.
    PyTorch: `torch.optim.LBFGS`; its defaults are lr 1, 100 pairs and no line search.

    >>> from lecture_code.minimize import minimize
    >>> from lecture_code.objectives import Rosenbrock
    >>> record = minimize(Rosenbrock(), LBFGS(Rosenbrock()), (-1.2, 1.0), 50)
    >>> bool(record.losses[-1] < 1e-10)
    True
    """

    objective: Any
    memory: int = 10

    def __post_init__(self):
        if self.memory < 1:
            raise ValueError(f"memory = {self.memory}: pass at least 1 pair")

    def init(self, theta):
        require_one_run(theta)
        nothing = np.zeros_like(theta)
        return LBFGSState(t=0, pairs=(), theta=nothing, gradient=nothing, rate=nothing)

    def step(self, theta, state, gradient):
        pairs = state.pairs
        s, y = theta - state.theta, gradient - state.gradient
        if state.t > 0 and s @ y > 1e-12 * (y @ y):
            pairs = (*pairs, (s, y))[-self.memory :]
        direction = -self._times_inverse(pairs, gradient)
        _, update = _search(self.objective, theta, direction, gradient, flatten=0.9)
        return theta + update, LBFGSState(
            state.t + 1, pairs, theta, gradient, _rate(update, gradient)
        )

    @staticmethod
    def _times_inverse(pairs, gradient):
        q, lengths = gradient, []
        for s, y in reversed(pairs):
            a = (s @ q) / (s @ y)
            q = q - a * y
            lengths.append(a)
        if pairs:
            s, y = pairs[-1]
            q = (s @ y) / (y @ y) * q
        for (s, y), a in zip(pairs, reversed(lengths), strict=True):
            q = q + (a - (y @ q) / (s @ y)) * s
        return q

    def rate(self, state):
        return state.rate
