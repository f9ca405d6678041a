"""Gradient descent, where every other chapter starts; its direction and how far to go along it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from lecture_code.optimizer import (
    Optimizer,
    learning_rate,
    require_floating,
    require_positive,
    zeros,
)

GOLDEN = (5**0.5 - 1) / 2


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


def steepest_direction(gradient):
    r"""The unit direction of steepest descent, $u = -\nabla f / \|\nabla f\|$; zero at slope zero.

    gradient: (..., d); returns the same shape, length 1 or 0 along the last axis.
    Source: Goodfellow, Bengio and Courville (2016), section 4.3.

    >>> steepest_direction(np.array([3.0, -4.0]))
    array([-0.6,  0.8])
    """
    length = np.linalg.norm(gradient, axis=-1, keepdims=True)
    return -gradient / np.where(length > 0, length, 1)


def directional_derivative(gradient, direction):
    r"""The slope in a direction, $u^\top g$: how fast $f(\theta + \delta u)$ grows at $\delta = 0$.

    gradient, direction: (..., d), the direction of length 1; returns (...).

    >>> float(directional_derivative(np.array([3.0, -4.0]), np.array([0.0, 1.0])))
    -4.0
    """
    return (gradient * direction).sum(axis=-1)


class NormalizedState(NamedTuple):
    """t: steps taken; length: of the last gradient, 1 where it was zero."""

    t: int
    length: np.ndarray


@dataclass(frozen=True)
class NormalizedDescent(Optimizer):
    r"""Steps of a fixed length along the steepest direction; they never settle.

    With theta for $\theta$, gradient for $g$, lr for the length $\delta$:

        $\theta_t = \theta_{t-1} - \delta_t \dfrac{g_t}{\|g_t\|}$

    lr: positive number, array or function of t, in units of theta. A gradient of zero moves
    nothing. Raises ValueError if lr is not positive. Source: Nocedal and Wright (2006), section
    2.2. No library has it as an optimizer of its own.

    >>> method = NormalizedDescent(lr=0.5)
    >>> method.step(np.zeros(2), method.init(np.zeros(2)), np.array([3.0, -4.0]))[0]
    array([-0.3,  0.4])
    """

    lr: float | np.ndarray | Callable[[int], float] = 0.1

    def __post_init__(self):
        require_positive("lr", self.lr)

    def init(self, theta):
        return NormalizedState(t=0, length=zeros(theta))

    def step(self, theta, state, gradient):
        t = state.t + 1
        squares = np.sum(gradient * gradient, axis=-1 if gradient.ndim else None, keepdims=True)
        length = np.sqrt(squares).reshape(squares.shape if gradient.ndim else ())
        state = NormalizedState(t, np.where(length > 0, length, np.ones_like(length)))
        return theta - self.rate(state) * gradient, state

    def rate(self, state):
        return learning_rate(self.lr, state.t) / state.length


def exact_length(gradient, matrix):
    r"""The best step length along -g on a quadratic with matrix A: $g^\top g / g^\top A g$.

    gradient: (d,); matrix: (d, d). Source: Nocedal and Wright (2006), equation 3.25. Raises
    ValueError where the curvature along g is not positive: then no length is best.

    >>> round(float(exact_length(np.array([1.0, 10.0]), np.diag([1.0, 10.0]))), 4)
    0.1009
    """
    curvature = gradient @ matrix @ gradient
    if not curvature > 0:
        raise ValueError(f"the curvature along the gradient is {curvature}: it must be positive")
    return gradient @ gradient / curvature


def golden_section(phi, low=0.0, high=1.0, tolerance=1e-6):
    """The minimum of phi, a function with one valley between low and high, by comparing values.

    Each new value shrinks the interval by 0.618. Source: Kiefer (1953). Returns the middle of the
    last interval, of length at most tolerance. Raises ValueError unless low < high and the
    tolerance is positive.

    >>> round(golden_section(lambda x: (x - 0.3) ** 2), 5)
    0.3
    """
    if not (low < high and tolerance > 0):
        raise ValueError(f"low = {low}, high = {high}: pass low < high and a positive tolerance")
    left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
    at_left, at_right = phi(left), phi(right)
    while high - low > tolerance:
        if at_left < at_right:
            high, right, at_right = right, left, at_left
            left = high - GOLDEN * (high - low)
            at_left = phi(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + GOLDEN * (high - low)
            at_right = phi(right)
    return (low + high) / 2


def secant(slope, first=0.0, second=0.1, tolerance=1e-10, steps=50):
    """A zero of the slope by the line through its last two values.

    Source: Nocedal and Wright (2006), section 3.5 on interpolation; Newton's method with a measured
    curvature. Raises ValueError if it has not settled within `steps` or meets equal slopes.

    >>> round(secant(lambda x: 2 * (x - 0.3)), 6)
    0.3
    """
    at_first, at_second = slope(first), slope(second)
    for _ in range(steps):
        if at_second == 0 or abs(second - first) <= tolerance:
            return second
        if at_first == at_second:
            break
        following = second - at_second * (second - first) / (at_second - at_first)
        first, at_first, second, at_second = second, at_second, following, slope(following)
    raise ValueError(f"the secant method has not settled within {steps} steps: start nearer")


def newton_raphson(slope, curvature, start=0.0, tolerance=1e-10, steps=50):
    """A zero of the slope, x <- x - slope(x) / curvature(x).

    Raises ValueError if it has not settled within `steps` or meets a curvature that is not
    positive, where it would run uphill. Source: Nocedal and Wright (2006), section 2.2.

    >>> newton_raphson(lambda x: 2 * (x - 0.3), lambda x: 2.0)
    0.3
    """
    x = start
    for _ in range(steps):
        bend = curvature(x)
        if not bend > 0:
            raise ValueError(
                f"the curvature at {x} is {bend}: it must be positive to have a valley"
            )
        step = slope(x) / bend
        x = x - step
        if abs(step) <= tolerance:
            return x
    raise ValueError(f"Newton-Raphson has not settled within {steps} steps: start nearer")


def backtracking(phi, slope, length=1.0, shrink=0.5, decrease=1e-4):
    r"""The first of length, shrink length, ... that lowers phi enough.

    Enough is $\varphi(a) \le \varphi(0) + c \, a \, \varphi'(0)$.
    phi: a function of the length; slope: its derivative at 0, negative; shrink: in (0, 1), 0.5;
    decrease: c, 1e-4 in the source. Source: Nocedal and Wright (2006), algorithm 3.1 (Armijo 1966).
    Raises ValueError for a direction that does not lead down or a shrink outside (0, 1); gives 0
    where none of sixty lengths does.

    >>> backtracking(lambda a: (1 - 4 * a) ** 2, slope=-8.0)
    0.25
    """
    if not slope < 0:
        raise ValueError(f"slope = {slope}: the direction must lead down; pass -gradient")
    if not 0 < shrink < 1:
        raise ValueError(f"shrink = {shrink}: must be between 0 and 1; pass one such as 0.5")
    start = phi(0.0)
    for _ in range(60):
        if phi(length) <= start + decrease * length * slope:
            return length
        length = shrink * length
    return 0.0


def wolfe(phi, derivative, decrease=1e-4, flatten=0.9):
    r"""A length by bisection that lowers phi enough and at which the slope has flattened enough.

    The first of the two conditions is that of `backtracking`; the second,
    $\varphi'(a) \ge c_2 \varphi'(0)$, rules out steps that are too short and makes positive the
    curvature that L-BFGS measures. phi, derivative: functions of the length; decrease, flatten:
    $c_1$ and $c_2$, 1e-4 and 0.9 in Nocedal and Wright (2006), section 3.1. Source: the line search
    of Lewis and Overton (2013). Raises ValueError for a slope at 0 that does not lead down; gives
    the best length found after sixty trials.

    >>> wolfe(lambda a: (a - 8.0) ** 2, lambda a: 2 * (a - 8.0))
    1.0
    >>> wolfe(lambda a: (a - 8.0) ** 2, lambda a: 2 * (a - 8.0), flatten=0.5)
    4.0
    """
    start, slope = phi(0.0), derivative(0.0)
    if not slope < 0:
        raise ValueError(f"slope = {slope}: the direction must lead down; pass -gradient")
    low, high, length = 0.0, np.inf, 1.0
    for _ in range(60):
        if not phi(length) <= start + decrease * length * slope:
            high = length
        elif not derivative(length) >= flatten * slope:
            low = length
        else:
            return length
        length = (low + high) / 2 if high < np.inf else 2 * low
    return low


class LineSearchState(NamedTuple):
    """t: steps taken; length: what the last gradient was multiplied by."""

    t: int
    length: float


@dataclass(frozen=True)
class LineSearch(Optimizer):
    r"""Steepest descent with a line search in each step (Cauchy 1847; Nocedal and Wright 2006).

    With theta for $\theta$, gradient for $g$, $\eta$ is the length that `search` finds for
    $f(\theta_{t-1} - \eta g_t)$; the default takes the first of 1, 1/2, 1/4, ... with

        $f(\theta_{t-1} - \eta g_t) \le f(\theta_{t-1}) - c \eta \|g_t\|^2$

    and then, with $\eta$ for $\eta_t$,

        $\theta_t = \theta_{t-1} - \eta_t g_t$

    objective: has value(theta); search: a function of (phi, slope) that returns a length, phi being
    that function of $\eta$ and slope its derivative at 0; `backtracking` if not given, with its
    decrease for $c$. One run of shape (d,) at a time; Raises ValueError for a grid of runs. PyTorch
    and Keras have none for gradient descent; optax: `optax.scale_by_backtracking_linesearch`, which
    shrinks by 0.8 and lets the rate grow again.

    >>> from lecture_code.objectives import Bowl
    >>> search = lambda phi, slope: golden_section(phi, 0, 1)
    >>> method = LineSearch(Bowl(10), search)
    >>> _, state = method.step(np.ones(2), method.init(np.ones(2)), np.array([1.0, 10.0]))
    >>> round(state.length, 4)
    0.1009
    """

    objective: Any
    search: Callable = backtracking

    def init(self, theta):
        require_one_run(theta)
        return LineSearchState(t=0, length=0.0)

    def step(self, theta, state, gradient):
        length = 0.0
        if np.any(gradient):
            length = self.search(
                lambda a: self.objective.value(theta - a * gradient), -(gradient @ gradient)
            )
        return theta - length * gradient, LineSearchState(state.t + 1, length)

    def rate(self, state):
        return state.length


def require_one_run(theta):
    """Raise ValueError unless theta holds the parameters of one run, (d,).

    >>> require_one_run(np.ones((5, 2)))
    Traceback (most recent call last):
    ValueError: theta has the shape (5, 2): this method takes one run at a time; pass (d,)
    """
    require_floating(theta)
    if np.ndim(theta) != 1:
        raise ValueError(
            f"theta has the shape {np.shape(theta)}: this method takes one run at a time; pass (d,)"
        )


class TrustRegionState(NamedTuple):
    """t: steps taken; radius: of the region for the next step; length: as in `LineSearchState`."""

    t: int
    radius: float
    length: float


@dataclass(frozen=True)
class TrustRegion(Optimizer):
    r"""A step inside a radius that grows and shrinks with the trust that the model has earned.

    Nocedal and Wright (2006), algorithm 4.1 with the Cauchy point, equations 4.11 and 4.12: the
    minimum, along -g and inside the radius, of the model
    $f + g^\top p + \frac12 p^\top H p$. The step is taken if f falls by at least a tenth of what
    the model promised; below a quarter the radius is a quarter of what it was, above three quarters
    and at the border twice.

    objective: has value(theta) and hessian(theta); radius: of the first region, positive, in units
    of theta; largest: the bound of the radius. The source has the quarters and the factors, and
    leaves the tenth, radius and largest open. Raises ValueError for a radius that is not positive
    or a grid of runs.

    >>> from lecture_code.objectives import Bowl
    >>> method = TrustRegion(Bowl(10), radius=0.05)
    >>> theta, state = method.step(np.ones(2), method.init(np.ones(2)), np.array([1.0, 10.0]))
    >>> round(float(np.linalg.norm(theta - 1)), 6), state.radius
    (0.05, 0.1)
    """

    objective: Any
    radius: float = 1.0
    largest: float = 100.0

    def __post_init__(self):
        require_positive("radius", self.radius)
        require_positive("largest", self.largest)

    def init(self, theta):
        require_one_run(theta)
        return TrustRegionState(t=0, radius=self.radius, length=0.0)

    def step(self, theta, state, gradient):
        t, radius, norm = state.t + 1, state.radius, np.linalg.norm(gradient)
        if norm == 0:
            return theta, TrustRegionState(t, radius, 0.0)
        curvature = gradient @ self.objective.hessian(theta) @ gradient
        length = radius / norm
        if curvature > 0:
            length = min(length, norm**2 / curvature)
        promised = length * norm**2 - 0.5 * length**2 * curvature
        moved = theta - length * gradient
        kept = (self.objective.value(theta) - self.objective.value(moved)) / promised
        if not kept >= 0.25:
            radius = 0.25 * radius
        elif kept > 0.75 and length * norm >= radius * (1 - 1e-12):
            radius = min(2 * radius, self.largest)
        if not kept > 0.1:
            moved, length = theta, 0.0
        return moved, TrustRegionState(t, radius, length)

    def rate(self, state):
        return state.length


def stopping_step(record, tolerance):
    r"""The first step at whose start $\|g_t\|$ is at most tolerance, from 1; -1 if there is none.

    record: of `minimize`; tolerance: in units of the gradient. Returns an integer, (runs,) for a
    grid. A small change of the loss is no such sign: on a plateau the loss hardly changes either.

    >>> from lecture_code.minimize import minimize
    >>> from lecture_code.objectives import Bowl
    >>> int(stopping_step(minimize(Bowl(1), GradientDescent(0.5), (1.0, 0.0), 20), 0.1))
    5
    """
    small = np.linalg.norm(record.gradients, axis=-1) <= tolerance
    return np.where(small.any(axis=0), small.argmax(axis=0) + 1, -1)


def gradient_flow(objective, theta0, time, steps):
    r"""Euler's method for the gradient flow $\theta'(\tau) = -\nabla f(\theta(\tau))$.

    With step $h$ = time / steps, $\theta_{k+1} = \theta_k - h \nabla f(\theta_k)$: gradient descent
    with the learning rate h. theta0: (d,); returns (steps + 1, d). Source: Butcher (2016), section
    20. Raises ValueError for a time that is not positive or no steps.

    >>> from lecture_code.objectives import Bowl
    >>> gradient_flow(Bowl(1), np.array([1.0, 0.0]), time=2.0, steps=200)[-1, 0].round(4)
    np.float64(0.134)
    """
    require_positive("time", time)
    if steps < 1:
        raise ValueError(f"steps = {steps}: pass at least 1")
    points = [np.asarray(theta0, float)]
    for _ in range(steps):
        points.append(points[-1] - time / steps * objective.gradient(points[-1]))
    return np.stack(points)
