"""What else decides a run: order, initialization, normalization, stopping, noise, workers."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from lecture_code.optimizer import (
    Wrapper,
    learning_rate,
    require_decay,
    require_not_negative,
    require_positive,
)
from lecture_code.perceptron import ACTIVATIONS, Perceptron, _softmax

# Order


def curriculum(difficulty, share, rng):
    r"""An order of the examples from easy to hard, of which a share stays mixed in at random.

    With difficulty for $d$ and the order for $\pi$, before the share is mixed in:

        $d_{\pi_0} \le d_{\pi_1} \le \dots \le d_{\pi_{N-1}}$

    difficulty: (N,), larger is harder; share: in [0, 1] of the examples that are drawn without
    regard to difficulty: 0 is the sorted order of Bengio et al. (2009), 1 a plain shuffle; Zaremba
    and Sutskever (2014) found that a mixture beats sorting. rng: a Generator or a seed. Returns
    (N,) positions, each once. Raises ValueError for a share outside [0, 1].

    >>> curriculum(np.array([3.0, 1.0, 2.0]), share=0, rng=0)
    array([1, 2, 0])
    """
    if not 0 <= share <= 1:
        raise ValueError(f"share = {share}: pass a fraction from 0 to 1")
    rng, order = np.random.default_rng(rng), np.argsort(difficulty, kind="stable")
    places = rng.permutation(len(order))[: round(share * len(order))]
    order[places] = order[rng.permutation(places)]
    return order


# Initialization

GAINS = {"unit": None, "1/n": 1.0, "2/n": 2.0}


def initial_weights(rng, shape, variance="1/n"):
    r"""Normal weights of mean 0 for a layer of shape (outputs, inputs).

    With n the inputs, and c = 1 ("1/n") or 2 ("2/n"):

        $\operatorname{Var} W_{jk} = c / n$

    variance: "1/n" with n the inputs (Glorot and Bengio 2010 take the mean of inputs and outputs),
    which keeps the size of activations in a linear layer; "2/n" for ReLU, which loses half (He et
    al. 2015); "unit", variance 1, which multiplies them by $\sqrt n$ in every layer. rng: a
    Generator or a seed. Raises ValueError for an unknown variance.

    >>> (16 * initial_weights(0, (256, 256)).std()).round(2)
    np.float64(1.0)
    """
    if variance not in GAINS:
        known = ", ".join(f'"{name}"' for name in GAINS)
        raise ValueError(f"variance = {variance!r} is not known: pass one of {known}")
    gain = GAINS[variance]
    deviation = 1.0 if gain is None else np.sqrt(gain / shape[-1])
    return np.random.default_rng(rng).normal(0, deviation, shape)


def activation_sizes(rng, width, depth, variance, relu=False, instances=256):
    """The root mean square of the activations of each layer of a random network, (depth + 1,).

    The inputs are standard normal, (instances, width); layers are linear, or ReLU. rng: a Generator
    or a seed.

    >>> activation_sizes(0, width=256, depth=2, variance="unit").round(-1)
    array([  0.,  20., 260.])
    """
    rng = np.random.default_rng(rng)
    h = rng.normal(size=(instances, width))
    sizes = [np.sqrt(np.mean(h * h))]
    for _ in range(depth):
        h = h @ initial_weights(rng, (width, width), variance).T
        h = np.maximum(h, 0) if relu else h
        sizes.append(np.sqrt(np.mean(h * h)))
    return np.array(sizes)


# Batch normalization


class BatchNormState(NamedTuple):
    """mean, variance: running averages over batches, (features,), for evaluation."""

    mean: np.ndarray
    variance: np.ndarray


class BatchNormCache(NamedTuple):
    """For `backward`: the normalized inputs, (n, features), and 1 / deviation, (features,)."""

    normalized: np.ndarray
    inverse: np.ndarray


@dataclass(frozen=True)
class BatchNorm:
    r"""Batch normalization (Ioffe and Szegedy 2015, algorithms 1 and 2).

    For a batch x of n rows, feature by feature, with scale for $\gamma$, shift for $\beta$, epsilon
    for $\epsilon$:

        $\hat x = (x - \mu) / \sqrt{\sigma^2 + \epsilon}, \quad y = \gamma \hat x + \beta$

    with the mean $\mu$ and variance $\sigma^2$ (divided by n) of the batch in training, and their
    running averages in evaluation. keep: the share of its old value that a running average keeps,
    in [0, 1), 0.9 as in PyTorch (whose momentum is 1 - keep); the running variance is divided by
    n - 1, as in the paper. Backwards, with $\delta$ for derivatives of the loss and mean for the
    mean over the batch:

        $\delta_x = \frac{\gamma}{\sqrt{\sigma^2 + \epsilon}} \odot
        (\delta_y - \operatorname{mean}(\delta_y)
        - \hat x \odot \operatorname{mean}(\hat x \odot \delta_y))$

    epsilon: positive, 1e-5 as in PyTorch; Keras has 0.99 and 1e-3.
    Raises ValueError otherwise, or for a training batch of one row: it has no variance.

    >>> norm = BatchNorm()
    >>> x = np.array([[1.0], [3.0]])
    >>> y, state, _ = norm.forward(x, np.ones(1), np.zeros(1), norm.init(1))
    >>> y.round(3).ravel(), state.mean, state.variance
    (array([-1.,  1.]), array([0.2]), array([1.1]))
    """

    keep: float = 0.9
    epsilon: float = 1e-5

    def __post_init__(self):
        require_decay("keep", self.keep)
        require_positive("epsilon", self.epsilon)

    def init(self, features):
        return BatchNormState(np.zeros(features), np.ones(features))

    def forward(self, x, scale, shift, state):
        """In training: (y, new state, cache) for x of shape (n, features)."""
        n = len(x)
        if n < 2:
            raise ValueError(f"a batch of {n} row has no variance: pass at least 2 rows")
        mean, variance = x.mean(axis=0), x.var(axis=0)
        inverse = 1 / np.sqrt(variance + self.epsilon)
        normalized = (x - mean) * inverse
        state = BatchNormState(
            self.keep * state.mean + (1 - self.keep) * mean,
            self.keep * state.variance + (1 - self.keep) * variance * n / (n - 1),
        )
        return scale * normalized + shift, state, BatchNormCache(normalized, inverse)

    def evaluate(self, x, scale, shift, state):
        """In evaluation: y, each row by itself, from the running averages."""
        return scale * (x - state.mean) / np.sqrt(state.variance + self.epsilon) + shift

    def backward(self, dy, scale, cache):
        """From the loss's derivative by y: those by x, scale and shift.

        The mean and the variance depend on x too: two terms that a shortcut would lose.
        """
        normalized, inverse = cache
        dscale, dshift = (dy * normalized).sum(axis=0), dy.sum(axis=0)
        dx = scale * inverse * (dy - (dshift + normalized * dscale) / len(dy))
        return dx, dscale, dshift


@dataclass(frozen=True)
class NormalizedPerceptron(Perceptron):
    r"""A perceptron with batch normalization in front of each activation function.

    A hidden layer normalizes $W^{(i)} h^{(i-1)}$; its bias is the shift, as the mean takes any
    other away. norm: a `BatchNorm`. theta: (size,), that of a `Perceptron`, then a scale for each
    hidden unit. `loss`, `gradient` and `predict` normalize with the rows that they get, as in
    training, at least 2. Source: Ioffe and Szegedy (2015), section 3.2.

    >>> net = NormalizedPerceptron(sizes=(64, 32, 10))
    >>> net.size, net.init(0)[-32:].sum()
    (2442, np.float64(32.0))
    """

    norm: BatchNorm = BatchNorm()

    @property
    def size(self):
        return self._plain.size + sum(self.sizes[1:-1])

    def unpack(self, theta):
        """Weights and biases of each layer, as views; the scales are what is left of theta."""
        return self._plain.unpack(theta[: self._plain.size])

    def init(self, rng):
        """The start of a `Perceptron`; scales are 1."""
        return np.append(self._plain.init(rng), np.ones(self.size - self._plain.size))

    def forward(self, theta, X, statistics=None):
        """As of a `Perceptron`; with `statistics`, in evaluation: each row by itself."""
        return self._pass(theta, X, statistics)[:2]

    def statistics(self, theta, X):
        """Mean and variance of what each hidden layer normalizes, over all rows of X.

        A `BatchNormState` for each. The paper's algorithm 2 averages over mini-batches instead.
        """
        h, _, _ = self._pass(theta, X)
        hidden = self.unpack(theta)[:-1]
        sums = [x @ layer.W.T for x, layer in zip(h, hidden, strict=False)]
        return [BatchNormState(a.mean(axis=0), a.var(axis=0)) for a in sums]

    def gradient(self, theta, X, y):
        y = self._labels(X, y)
        h, a, caches = self._pass(theta, X)
        gradient = np.empty_like(theta)
        layers, derivatives = self.unpack(theta), self.unpack(gradient)
        scales, dscales = self._scales(theta), self._scales(gradient)
        delta = (_softmax(a) - np.eye(self.sizes[-1])[y]) / len(y)
        derivatives[-1].W[:], derivatives[-1].b[:] = delta.T @ h[-1], delta.sum(axis=0)
        for i in reversed(range(len(caches))):
            delta = delta @ layers[i + 1].W * ACTIVATIONS[self.activation][1](h[i + 1])
            delta, dscales[i][:], derivatives[i].b[:] = self.norm.backward(
                delta, scales[i], caches[i]
            )
            derivatives[i].W[:] = delta.T @ h[i]
        return gradient

    @property
    def _plain(self):
        return Perceptron(self.sizes, self.activation)

    def _scales(self, theta):
        return np.split(theta[self._plain.size :], np.cumsum(self.sizes[1:-2]))

    def _pass(self, theta, X, statistics=None):
        *hidden, last = self.unpack(theta)
        h, caches = [np.asarray(X)], []
        for i, ((W, b), scale) in enumerate(zip(hidden, self._scales(theta), strict=True)):
            a = h[-1] @ W.T
            if statistics is None:
                y, _, cache = self.norm.forward(a, scale, b, self.norm.init(len(b)))
                caches.append(cache)
            else:
                y = self.norm.evaluate(a, scale, b, statistics[i])
            h.append(ACTIVATIONS[self.activation][0](y))
        return h, h[-1] @ last.W.T + last.b, caches


# Stopping


class StoppingState(NamedTuple):
    """best: the lowest validation loss; theta: a copy of its parameters; waited: epochs since."""

    best: float
    theta: np.ndarray | None
    waited: int


@dataclass(frozen=True)
class EarlyStopping:
    r"""Stop where the validation loss has not improved for `patience` epochs; keep the best.

    With loss for $V_j$, best for $V^\star$ and min_delta for $\Delta_{\min}$, epoch j improves if

        $V_j < V^\star - \Delta_{\min}$

    Goodfellow, Bengio and Courville (2016), algorithm 7.1. patience: at least 1 epoch; min_delta:
    what counts as an improvement, zero or positive, in units of the loss. Raises ValueError
    otherwise. Keras: EarlyStopping(patience, min_delta, restore_best_weights=True).

    >>> rule = EarlyStopping(patience=2)
    >>> state = rule.init()
    >>> for epoch, loss in enumerate((1.0, 0.5, 0.6, 0.7), start=1):
    ...     state = rule.update(state, loss, theta=np.array([epoch]))
    >>> rule.stops(state), state.best, state.theta
    (True, 0.5, array([2]))
    """

    patience: int = 10
    min_delta: float = 0.0

    def __post_init__(self):
        if self.patience < 1:
            raise ValueError(f"patience = {self.patience}: pass at least 1 epoch")
        require_not_negative("min_delta", self.min_delta)

    def init(self):
        return StoppingState(best=np.inf, theta=None, waited=0)

    def update(self, state, loss, theta):
        """The state after an epoch with this validation loss and these parameters."""
        if loss < state.best - self.min_delta:
            return StoppingState(loss, np.array(theta), 0)
        return state._replace(waited=state.waited + 1)

    def stops(self, state):
        return state.waited >= self.patience


# What is done to gradients


def gradient_noise(gradient, t, rng, eta=0.3, gamma=0.55):
    r"""The gradient plus normal noise that fades (Neelakantan et al. 2015).

    With t for $k$, the steps done so far, eta for $\eta_\sigma$ and gamma for $a$:

        $g \leftarrow g + \mathcal N(0, \sigma_k^2), \quad \sigma_k^2 = \eta_\sigma / (1 + k)^a$

    eta is a variance and not the learning rate; the paper takes 0.01, 0.3 or 1, and 0.55 for gamma.
    t: from 0; rng: a numpy.random.Generator. Raises ValueError for a negative t, eta or gamma.

    >>> rng = np.random.default_rng(0)
    >>> gradient_noise(np.zeros(100_000), 0, rng).std().round(2)
    np.float64(0.55)
    """
    for name, value in (("t", t), ("eta", eta), ("gamma", gamma)):
        require_not_negative(name, value)
    deviation = np.sqrt(eta / (1 + t) ** gamma)
    return gradient + rng.normal(0, deviation, np.shape(gradient))


@dataclass(frozen=True)
class ClipByValue(Wrapper):
    """Another optimizer, each component of its gradient cut to [-limit, limit].

    The direction changes. optimizer: any; limit: positive, in units of the gradient. Raises
    ValueError otherwise. Source: Graves (2013), who cuts the derivatives by a network's outputs and
    by what goes into its LSTM layers; here, those by theta. PyTorch: clip_grad_value_; optax: clip.

    >>> from lecture_code.gradient_descent import GradientDescent
    >>> method = ClipByValue(GradientDescent(lr=1.0), limit=1.0)
    >>> method.step(np.zeros(2), method.init(np.zeros(2)), np.array([-5.0, 0.5]))[0]
    array([ 1. , -0.5])
    """

    limit: float | np.ndarray = 1.0

    def __post_init__(self):
        require_positive("limit", self.limit)

    def step(self, theta, state, gradient):
        return self.optimizer.step(theta, state, np.clip(gradient, -self.limit, self.limit))


@dataclass(frozen=True)
class ClipByNorm(Wrapper):
    r"""Another optimizer, its gradient shortened to length `limit` where it is longer.

    $g \leftarrow g \min(1, c / \|g\|)$ with limit for c; the direction stays. optimizer: any;
    limit: positive, in units of the gradient. The norm is over theta's last axis. Raises ValueError
    otherwise. Source: Pascanu, Mikolov and Bengio (2013), algorithm 1. PyTorch's clip_grad_norm_
    divides by the norm plus 1e-6; optax: clip_by_global_norm.

    >>> from lecture_code.gradient_descent import GradientDescent
    >>> method = ClipByNorm(GradientDescent(lr=1.0), limit=1.0)
    >>> method.step(np.zeros(2), method.init(np.zeros(2)), np.array([-3.0, 4.0]))[0]
    array([ 0.6, -0.8])
    """

    limit: float | np.ndarray = 1.0

    def __post_init__(self):
        require_positive("limit", self.limit)

    def step(self, theta, state, gradient):
        axis = -1 if np.ndim(gradient) else None
        norm = np.sqrt(np.sum(gradient * gradient, axis=axis, keepdims=axis is not None))
        return self.optimizer.step(theta, state, gradient / np.maximum(1, norm / self.limit))


@dataclass(frozen=True)
class WeightDecay(Wrapper):
    r"""Another optimizer with decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2).

    Around `Adam` it is AdamW. With theta for $\theta$, decay for $\lambda$, the wrapped optimizer's
    lr for $\eta$:

        $\theta \leftarrow \theta - \eta_t \lambda \theta_{t-1}$, then the optimizer's step

    An L2 penalty adds $\lambda \theta$ to the gradient instead; an adaptive method then divides the
    penalty by the gradients' size, so that weights with large gradients decay less. optimizer: one
    with an lr; decay: zero or positive, 0.01 as in PyTorch. Raises ValueError otherwise.

    PyTorch: AdamW, identical; optax: adamw, identical, default 1e-4; Keras: weight_decay. In the
    paper $\lambda$ is not multiplied by $\eta$ but by a schedule of its own.

    >>> from lecture_code.gradient_descent import GradientDescent
    >>> method = WeightDecay(GradientDescent(lr=0.5), decay=0.1)
    >>> method.step(np.array([2.0]), method.init(np.zeros(1)), np.array([1.0]))[0]
    array([1.4])
    """

    decay: float | np.ndarray = 0.01

    def __post_init__(self):
        require_not_negative("decay", self.decay)

    def step(self, theta, state, gradient):
        new, state = self.optimizer.step(theta, state, gradient)
        return new - learning_rate(self.optimizer.lr, state.t) * self.decay * theta, state


# Many workers


def synchronous_gradient(model, theta, shards):
    r"""The gradient of the workers together: their means, weighted with the rows that each has.

    With $n_w$ rows and the gradient $g_{t,w}$ of worker w, and n rows in all:

        $g_t = \frac1n \sum_w n_w g_{t,w}$

    model: has gradient(theta, X, y), a mean over the rows; shards: a list of (X, y), one for each
    worker. Equals the gradient of all rows at once. Raises ValueError without shards. Source:
    Goyal et al. (2017), section 3.

    >>> from lecture_code.minibatch import LeastSquares
    >>> shards = [(np.array([[1.0], [2.0]]), np.zeros(2)), (np.array([[3.0]]), np.zeros(1))]
    >>> synchronous_gradient(LeastSquares(1), np.ones(1), shards)  # (1 + 4 + 9) / 3
    array([4.66666667])
    """
    if not shards:
        raise ValueError("no shards: pass a list of (X, y), one for each worker")
    rows = sum(len(y) for _, y in shards)
    return sum(len(y) / rows * model.gradient(theta, X, y) for X, y in shards)


class StaleState(NamedTuple):
    """t: steps taken; waiting: gradients that have not arrived, oldest first; inner: its state."""

    t: int
    waiting: tuple[np.ndarray, ...]
    inner: Any


@dataclass(frozen=True)
class Stale(Wrapper):
    r"""Another optimizer whose gradients arrive late, as from workers that do not wait (simulated).

    With delay for $\tau$, in step t > $\tau$ it gets

        $g_t = \nabla \mathcal L(\theta_{t-1-\tau})$

    and nothing in the first `delay` steps, in which theta stays. optimizer: any; delay: a whole
    number, zero or more, of steps. Raises ValueError otherwise. Source: Dean et al. (2012),
    asynchronous SGD. Libraries for one machine have none.

    >>> from lecture_code.gradient_descent import GradientDescent
    >>> method = Stale(GradientDescent(lr=1.0), delay=1)
    >>> theta, state = np.zeros(1), method.init(np.zeros(1))
    >>> for slope in (1.0, 10.0):
    ...     theta, state = method.step(theta, state, np.array([slope]))
    >>> theta
    array([-1.])
    """

    delay: int = 1

    def __post_init__(self):
        if self.delay < 0 or self.delay != int(self.delay):
            raise ValueError(f"delay = {self.delay}: pass a whole number of steps, 0 or more")

    def init(self, theta):
        return StaleState(t=0, waiting=(), inner=self.optimizer.init(theta))

    def step(self, theta, state, gradient):
        waiting, inner = (*state.waiting, gradient), state.inner
        if len(waiting) > self.delay:
            theta, inner = self.optimizer.step(theta, inner, waiting[0])
            waiting = waiting[1:]
        return theta, StaleState(state.t + 1, waiting, inner)

    def rate(self, state):
        if state.inner.t == 0:  # nothing has arrived yet
            return 0.0
        return self.optimizer.rate(state.inner)

    def gradient_at(self, theta, state):
        return self.optimizer.gradient_at(theta, state.inner)
