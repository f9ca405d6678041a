"""The surfaces that every chapter descends: value, gradient, minimum and the window to draw.

`theta` has shape (..., 2); `value` gives (...), `gradient` gives (..., 2), `hessian` gives
(..., 2, 2). Leading axes are runs. `Quadratic` is a bowl of any dimension.
"""

from dataclasses import dataclass

import numpy as np


def _coordinates(theta):
    theta = np.asarray(theta)
    if theta.ndim == 0 or theta.shape[-1] != 2:
        raise ValueError(
            f"theta has shape {theta.shape}: a surface needs two coordinates on the last axis; "
            "pass an array of shape (2,) or (runs, 2)"
        )
    return theta[..., 0], theta[..., 1]


def _together(first, *others):
    """Numbers that belong together, on a last axis; each stays contiguous over the runs."""
    return np.moveaxis(np.stack(np.broadcast_arrays(first, *others)), 0, -1)


def _symmetric(xx, xy, yy):
    return _together(xx, xy, xy, yy).reshape(*np.broadcast(xx, xy, yy).shape, 2, 2)


@dataclass(frozen=True)
class Bowl:
    r"""A quadratic bowl, curvature 1 along its first axis and `condition` along its second.

    $f(\theta) = \frac12 (a^2 + \kappa b^2)$ where (a, b) are the coordinates of theta along axes
    turned by `angle` (radians) against (x, y). condition: positive number or array over runs.

    >>> Bowl(condition=10).value(np.array([1.0, 1.0]))
    np.float64(5.5)
    >>> Bowl(condition=10).gradient(np.array([1.0, 1.0]))
    array([ 1., 10.])
    """

    condition: float | np.ndarray = 10.0
    angle: float | np.ndarray = 0.0
    name = "bowl"
    minimum = (0.0, 0.0)
    domain = ((-1.2, 1.2), (-1.2, 1.2))

    def __post_init__(self):
        if not np.all(np.asarray(self.condition) > 0):
            raise ValueError(f"condition = {self.condition}: a bowl needs a positive curvature")

    def value(self, theta):
        a, b = self._turn(*_coordinates(theta))
        return 0.5 * (a * a + self.condition * b * b)

    def gradient(self, theta):
        x, y = _coordinates(theta)
        cos, sin = self._direction(x.dtype)
        a, b = self._turn(x, y)
        b = self.condition * b
        return _together(cos * a - sin * b, sin * a + cos * b)

    def hessian(self, theta):
        x, _ = _coordinates(theta)
        cos, sin = self._direction(x.dtype)
        xx = cos * cos + self.condition * sin * sin
        xy = (1 - self.condition) * cos * sin
        yy = sin * sin + self.condition * cos * cos
        return _symmetric(xx + 0 * x, xy, yy)

    def _turn(self, x, y):
        cos, sin = self._direction(x.dtype)
        return cos * x + sin * y, cos * y - sin * x

    def _direction(self, dtype):
        dtype = np.result_type(dtype, np.float32)
        return np.asarray(np.cos(self.angle), dtype), np.asarray(np.sin(self.angle), dtype)


@dataclass(frozen=True)
class Beale:
    r"""Beale's function: a curved valley with steep walls, minimum 0 at (3, 0.5).

    $f(x, y) = \sum_{k=1}^{3} (c_k - x (1 - y^k))^2$ with $c = (1.5, 2.25, 2.625)$.
    Source: Moré, Garbow and Hillstrom (1981), function 5.

    >>> Beale().value(np.array([3.0, 0.5]))
    np.float64(0.0)
    """

    name = "Beale"
    minimum = (3.0, 0.5)
    domain = ((-0.5, 4.5), (-1.5, 2.0))

    def value(self, theta):
        x, y = _coordinates(theta)
        first, second, third = self._residuals(x, y)
        return first * first + second * second + third * third

    def gradient(self, theta):
        x, y = _coordinates(theta)
        first, second, third = self._residuals(x, y)
        dx = 2 * (first * (y - 1) + second * (y * y - 1) + third * (y * y * y - 1))
        dy = 2 * x * (first + 2 * y * second + 3 * y * y * third)
        return _together(dx, dy)

    def hessian(self, theta):
        x, y = _coordinates(theta)
        first, second, third = self._residuals(x, y)
        xx = 2 * ((y - 1) ** 2 + (y * y - 1) ** 2 + (y * y * y - 1) ** 2)
        slope = (y - 1) + 2 * y * (y * y - 1) + 3 * y * y * (y * y * y - 1)
        xy = 2 * (first + 2 * y * second + 3 * y * y * third) + 2 * x * slope
        yy = 2 * x * (x + 2 * second + 4 * x * y * y + 6 * y * third + 9 * x * y**4)
        return _symmetric(xx, xy, yy)

    @staticmethod
    def _residuals(x, y):
        return 1.5 - x + x * y, 2.25 - x + x * y * y, 2.625 - x + x * y * y * y


@dataclass(frozen=True)
class Rosenbrock:
    r"""Rosenbrock's banana valley, minimum 0 at (1, 1).

    $f(x, y) = (1 - x)^2 + b (y - x^2)^2$; b: 100 in the source, Rosenbrock (1960).

    >>> Rosenbrock().gradient(np.array([0.0, 1.0]))
    array([ -2., 200.])
    """

    b: float = 100.0
    name = "Rosenbrock"
    minimum = (1.0, 1.0)
    domain = ((-2.0, 2.0), (-1.0, 3.0))

    def value(self, theta):
        x, y = _coordinates(theta)
        return (1 - x) ** 2 + self.b * (y - x * x) ** 2

    def gradient(self, theta):
        x, y = _coordinates(theta)
        rise = y - x * x
        dx = -2 * (1 - x) - 4 * self.b * x * rise
        return _together(dx, 2 * self.b * rise)

    def hessian(self, theta):
        x, y = _coordinates(theta)
        xx = 2 - 4 * self.b * (y - 3 * x * x)
        return _symmetric(xx, -4 * self.b * x, 2 * self.b + 0 * x)


@dataclass(frozen=True)
class Saddle:
    r"""A saddle, $f(x, y) = x^2 - y^2$: slope zero at the origin, no minimum.

    >>> Saddle().value(np.array([1.0, 2.0]))
    np.float64(-3.0)
    """

    name = "saddle"
    minimum = None
    domain = ((-1.5, 1.5), (-1.5, 1.5))

    def value(self, theta):
        x, y = _coordinates(theta)
        return x * x - y * y

    def gradient(self, theta):
        x, y = _coordinates(theta)
        return _together(2 * x, -2 * y)

    def hessian(self, theta):
        x, _ = _coordinates(theta)
        return _symmetric(2 + 0 * x, 0 * x, -2 + 0 * x)


@dataclass(frozen=True)
class Quadratic:
    r"""A quadratic function of d parameters.

    $f(\theta) = \frac12 \theta^\top A \theta - b^\top \theta$

    matrix: A, symmetric, (d, d); vector: b, (d,), zeros if not given. A need not be positive
    definite; `minimum` is the stationary point, None where A is singular.
    Raises ValueError for a matrix that is not square and symmetric or a vector that does not fit.

    >>> bowl = Quadratic([[2.0, 1.0], [1.0, 3.0]], [1.0, 0.0])
    >>> bowl.gradient(np.array([1.0, 1.0])), bowl.minimum.round(3)
    (array([2., 4.]), array([ 0.6, -0.2]))
    """

    matrix: np.ndarray
    vector: np.ndarray | None = None
    name = "quadratic"

    def __post_init__(self):
        A = np.asarray(self.matrix, float)
        if A.ndim != 2 or A.shape[0] != A.shape[1] or not np.allclose(A, A.T, rtol=1e-12):
            raise ValueError(f"matrix of shape {A.shape}: pass a symmetric one of shape (d, d)")
        b = np.zeros(len(A)) if self.vector is None else np.asarray(self.vector, float)
        if b.shape != (len(A),):
            raise ValueError(f"vector of shape {b.shape}: pass ({len(A)},), as the matrix has it")
        object.__setattr__(self, "matrix", A)
        object.__setattr__(self, "vector", b)

    @property
    def minimum(self):
        singular = np.linalg.matrix_rank(self.matrix) < len(self.matrix)
        return None if singular else np.linalg.solve(self.matrix, self.vector)

    def value(self, theta):
        return 0.5 * (theta * (theta @ self.matrix)).sum(axis=-1) - theta @ self.vector

    def gradient(self, theta):
        return theta @ self.matrix - self.vector

    def hessian(self, theta):
        return np.broadcast_to(self.matrix, (*np.shape(theta)[:-1], *self.matrix.shape))
