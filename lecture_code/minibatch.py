"""How much data a gradient sees: batches, their noise, and what the learning rate must do about it.

A model has loss(theta, X, y) and gradient(theta, X, y), means over the rows: `Perceptron`,
`LeastSquares`.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from lecture_code.optimizer import learning_rate, require_not_negative


def minibatches(X, y, size, rng):
    r"""One epoch: every row once, in a new random order, in batches of `size` rows.

    With size for $n$, len(y) for $N$, the random order for $\pi$ and j = 0, 1, ... the number of
    the batch in its epoch:

        $\mathcal B_t = \{\pi_k : j n \le k < \min((j + 1) n, N)\}$

    X, y: arrays, or anything with len() that takes an array of row numbers; row i of X belongs to
    y[i], and stays with it. size: at least 1; the last batch holds the remainder. rng: a
    numpy.random.Generator, so that the next epoch has another order, or a seed.
    Yields (X of the batch, y of the batch). Raises ValueError for lengths that differ, no rows or a
    size below 1. Source: Goodfellow, Bengio and Courville (2016), section 8.1.3. PyTorch:
    `DataLoader(data, batch_size, shuffle=True)`.

    >>> X, y = np.arange(10).reshape(5, 2), np.arange(5)
    >>> [len(part) for _, part in minibatches(X, y, size=2, rng=0)]
    [2, 2, 1]
    """
    if len(X) != len(y) or len(y) == 0:
        raise ValueError(f"X has {len(X)} rows and y {len(y)}: pass equally many")
    if size < 1 or size != int(size):
        raise ValueError(f"size = {size}: a batch has at least 1 row; pass 32")
    order = np.random.default_rng(rng).permutation(len(y))
    return _slices(X, y, order, int(size))


def _slices(X, y, order, size):
    for start in range(0, len(order), size):
        rows = order[start : start + size]
        yield X[rows], y[rows]


class Training(NamedTuple):
    """theta: the parameters at the end; losses: (epochs + 1,), on all rows, the start first."""

    theta: np.ndarray
    losses: np.ndarray


def train(model, X, y, optimizer, rng, theta0=None, epochs=1, batch=32):
    r"""Train `model` with any optimizer, an epoch of `minibatches` at a time.

    Each step is one of the optimizer's, where $\ell_k$ is the loss of row k alone and

        $g_t = \frac{1}{|\mathcal B_t|} \sum_{k \in \mathcal B_t} \nabla \ell_k(\theta_{t-1})$

    theta0: the start; model.init(rng) if not given. batch: rows in a step: 1 for stochastic
    gradient descent, len(y) for batch gradient descent. rng: a numpy.random.Generator or a seed.
    Returns a `Training`. Raises ValueError for no epochs, FloatingPointError where the loss is not
    finite after one. Source: Goodfellow, Bengio and Courville (2016), algorithm 8.1.

    >>> from lecture_code.gradient_descent import GradientDescent
    >>> X, y = np.array([[1.0], [2.0], [3.0]]), np.array([2.0, 4.0, 6.0])
    >>> train(LeastSquares(1), X, y, GradientDescent(0.1), rng=0, epochs=20, batch=1).theta.round(6)
    array([2.])
    """
    if epochs < 1:
        raise ValueError(f"epochs = {epochs}: pass at least 1")
    rng = np.random.default_rng(rng)
    theta = model.init(rng) if theta0 is None else np.asarray(theta0)
    state, losses = optimizer.init(theta), [model.loss(theta, X, y)]
    for epoch in range(1, epochs + 1):
        for part, labels in minibatches(X, y, batch, rng):
            gradient = model.gradient(optimizer.gradient_at(theta, state), part, labels)
            theta, state = optimizer.step(theta, state, gradient)
        losses.append(model.loss(theta, X, y))
        if not np.isfinite(losses[-1]):
            raise FloatingPointError(
                f"loss not finite after epoch {epoch}: lower the learning rate"
            )
    return Training(theta, np.array(losses))


@dataclass(frozen=True)
class LeastSquares:
    r"""A linear model with half the mean squared error as its loss.

    $\mathcal L(\theta) = \frac1{2n} \sum_k (x_k^\top \theta - y_k)^2$

    features: the number of columns of X, at least 1. theta: (features,); X: (n, features); y: (n,).
    Raises ValueError for less than one feature or shapes that do not fit.

    >>> X, y = np.array([[1.0], [3.0]]), np.array([1.0, 1.0])
    >>> LeastSquares(1).gradient_of_each(np.ones(1), X, y)
    array([[0.],
           [6.]])
    >>> LeastSquares(1).gradient(np.ones(1), X, y)
    array([3.])
    """

    features: int

    def __post_init__(self):
        if self.features < 1:
            raise ValueError(f"features = {self.features}: pass the number of columns of X")

    def init(self, rng):
        """Zeros; rng is not used."""
        return np.zeros(self.features)

    def loss(self, theta, X, y):
        return 0.5 * np.mean(self._errors(theta, X, y) ** 2)

    def gradient(self, theta, X, y):
        return X.T @ self._errors(theta, X, y) / len(y)

    def gradient_of_each(self, theta, X, y):
        """The gradient of each row's own loss, (n, features)."""
        return X * self._errors(theta, X, y)[:, None]

    def _errors(self, theta, X, y):
        if np.shape(X) != (len(y), self.features) or np.shape(theta) != (self.features,):
            raise ValueError(
                f"X of shape {np.shape(X)}, y of {np.shape(y)}, theta of {np.shape(theta)}: pass "
                f"(n, {self.features}), (n,) and ({self.features},)"
            )
        return X @ theta - y


def accumulated_gradient(model, theta, X, y, size):
    """The gradient on all rows from `size` rows at a time: as exact as at once, in less memory.

    A chunk's gradient counts with the share of the rows that it holds; a plain mean over chunks of
    different sizes would be another gradient. Arguments as in `minibatches`; in stored order.

    >>> X, y = np.array([[1.0], [2.0], [3.0]]), np.zeros(3)
    >>> accumulated_gradient(LeastSquares(1), np.ones(1), X, y, size=2)  # (1 + 4 + 9) / 3
    array([4.66666667])
    """
    total = np.zeros_like(theta)
    for part, labels in _slices(X, y, np.arange(len(y)), size):
        total = total + len(labels) / len(y) * model.gradient(theta, part, labels)
    return total


def gradient_deviation(model, theta, X, y, size, batches, rng):
    r"""The standard deviation of a mini-batch gradient, for each component, from `batches` draws.

    Rows are drawn with replacement, so that it falls as $1 / \sqrt n$ with n = size. Returns the
    shape of theta. Raises ValueError for less than two batches.

    >>> X, y = np.ones((2, 1)), np.array([1.0, -1.0])
    >>> deviation = gradient_deviation(LeastSquares(1), np.zeros(1), X, y, 4, 2000, rng=0)
    >>> bool(abs(deviation[0] - 0.5) < 0.02)
    True
    """
    if batches < 2:
        raise ValueError(f"batches = {batches}: a deviation needs at least 2")
    rng = np.random.default_rng(rng)
    draws = (rng.integers(0, len(y), size) for _ in range(batches))
    return np.std([model.gradient(theta, X[rows], y[rows]) for rows in draws], axis=0, ddof=1)


@dataclass(frozen=True)
class NoisyGradient:
    """An objective whose gradient comes with normal noise, independent in each call.

    objective: any; sigma: the noise's standard deviation, zero or positive, in units of the
    gradient; rng: a numpy.random.Generator. Raises ValueError for a negative sigma.

    >>> from lecture_code.objectives import Bowl
    >>> noisy = NoisyGradient(Bowl(1), sigma=1.0, rng=np.random.default_rng(0))
    >>> noisy.gradient(np.zeros(2)).round(3), float(noisy.value(np.zeros(2)))
    (array([ 0.126, -0.132]), 0.0)
    """

    objective: Any
    sigma: float
    rng: np.random.Generator

    def __post_init__(self):
        require_not_negative("sigma", self.sigma)

    @property
    def name(self):
        return f"noisy {self.objective.name}"

    def value(self, theta):
        return self.objective.value(theta)

    def gradient(self, theta):
        gradient = self.objective.gradient(theta)
        return gradient + self.rng.normal(0, self.sigma, gradient.shape).astype(gradient.dtype)


def distance_on_average(schedule, steps, start=5.0, sigma=1.0):
    r"""The root mean square of x after each step on $\frac12 x^2$ with noisy gradients, exactly.

    With schedule for $\eta_t$ and sigma for the standard deviation of a gradient:

        $\mathbb E[x_t^2] = (1 - \eta_t)^2 \, \mathbb E[x_{t-1}^2] + \eta_t^2 \sigma^2$

    schedule: a number or a function of t that takes arrays; returns (steps + 1,), the start first.
    A constant rate ends at $\sigma \sqrt{\eta / (2 - \eta)}$, below 2. Raises ValueError for a
    negative sigma.

    >>> float(distance_on_average(0.1, steps=300)[-1].round(6)), round((0.1 / 1.9) ** 0.5, 6)
    (0.229416, 0.229416)
    """
    require_not_negative("sigma", sigma)
    squares = [start**2]
    for rate in (learning_rate(schedule, np.arange(1.0, steps + 1)) * np.ones(steps)).tolist():
        squares.append((1 - rate) ** 2 * squares[-1] + rate**2 * sigma**2)
    return np.sqrt(squares)


class PartialSums(NamedTuple):
    """t: the last step of each decade; rates, squares: the sums of eta_t and eta_t^2 up to it."""

    t: np.ndarray
    rates: np.ndarray
    squares: np.ndarray


def partial_sums(schedule, decades=6):
    r"""The two sums of Robbins and Monro (1951) after 10, 100, ... steps.

    They ask $\sum \eta_t$ to diverge, so that any distance can be covered, and $\sum \eta_t^2$ to
    converge, so that the noise dies out. Sums up to a step are evidence, not proof: a
    sum that still grows by as much in each decade diverges, one whose decades add less and less
    converges. schedule: a number or a function of t that takes arrays; decades: of steps.

    >>> sums = partial_sums(lambda t: 1 / t, decades=3)
    >>> np.diff(sums.rates).round(2), np.diff(sums.squares).round(3)
    (array([2.26, 2.3 ]), array([0.085, 0.009]))
    """
    ends = 10 ** np.arange(1, decades + 1)
    t = np.arange(1, ends[-1] + 1)
    rates = learning_rate(schedule, t) * np.ones(len(t))
    return PartialSums(ends, np.cumsum(rates)[ends - 1], np.cumsum(rates**2)[ends - 1])


class Conditions(NamedTuple):
    """reaches: the sum of the rates diverges; settles: the sum of their squares converges."""

    reaches: bool
    settles: bool


def robbins_monro(power):
    r"""Which of the two conditions of Robbins and Monro (1951) $\eta_t = \eta \, t^{-a}$ meets.

    power: a, zero for a constant rate. The sum of $t^{-a}$ diverges up to a = 1, that of $t^{-2a}$
    converges above a = 1/2. Sufficient conditions, not necessary ones, silent about speed.

    >>> [tuple(robbins_monro(a)) for a in (0, 0.5, 1, 2)]
    [(True, False), (True, False), (True, True), (False, True)]
    """
    return Conditions(reaches=power <= 1, settles=power > 0.5)
