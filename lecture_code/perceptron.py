"""A multilayer perceptron whose parameters are one flat vector, so that any optimizer trains it."""

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

# The derivative is written in terms of the activation h = g(a), which the forward pass has.
ACTIVATIONS = {
    "tanh": (np.tanh, lambda h: 1 - h * h),
    "relu": (lambda a: np.maximum(a, 0), lambda h: (h > 0).astype(h.dtype)),
}


class Layer(NamedTuple):
    """W: (outputs, inputs); b: (outputs,)."""

    W: np.ndarray
    b: np.ndarray


@dataclass(frozen=True)
class Perceptron:
    r"""L layers, a nonlinearity after each but the last, and the softmax cross entropy as loss.

    For layers $i = 1, \dots, L$ and instances $k = 1, \dots, m$, with $h^{(0)}_k = x_k$:

        $a^{(i)}_k = W^{(i)} h^{(i-1)}_k + b^{(i)}, \quad h^{(i)}_k = g^{(i)}(a^{(i)}_k)$
        $p_k = h^{(L)}_k = \mathrm{softmax}(a^{(L)}_k)$
        $\mathcal L(\theta) = \frac1m \sum_k -\ln p_{k y_k}$

    and backwards, with $\delta^{(i)}_k$ the derivative of instance k's own loss by $a^{(i)}_k$:

        $\delta^{(L)}_k = p_k - e_{y_k}$ ($e_c$: 1 at class c, else 0)
        $\delta^{(i)}_k = (W^{(i+1)\top} \delta^{(i+1)}_k) \odot g'(a^{(i)}_k)$
        $\partial\mathcal L / \partial W^{(i)} = \frac1m \sum_k \delta^{(i)}_k h^{(i-1)\top}_k$
        $\partial\mathcal L / \partial b^{(i)} = \frac1m \sum_k \delta^{(i)}_k$

    sizes: the numbers of inputs, of units of each hidden layer and of classes; activation: "tanh"
    or "relu" (whose derivative at 0 is taken as 0). theta: (size,), layer by layer W, then b.
    X: (m, inputs); y: (m,) integers from 0. Raises ValueError for anything else.
    Source: Goodfellow, Bengio and Courville (2016), algorithms 6.3 and 6.4.

    >>> net = Perceptron(sizes=(64, 32, 10))
    >>> net.size
    2410
    >>> theta = net.init(np.random.default_rng(0))
    >>> [layer.W.shape for layer in net.unpack(theta)]
    [(32, 64), (10, 32)]
    >>> X, y = np.zeros((3, 64)), np.array([4, 0, 9])
    >>> net.loss(theta, X, y).round(6), net.gradient(theta, X, y).shape
    (np.float64(2.302585), (2410,))
    """

    sizes: tuple[int, ...]
    activation: str = "tanh"

    def __post_init__(self):
        if len(self.sizes) < 2 or min(self.sizes) < 1 or self.sizes[-1] < 2:
            raise ValueError(
                f"sizes = {self.sizes}: pass the numbers of inputs, hidden units and classes "
                "(at least 2), such as (64, 32, 10)"
            )
        if self.activation not in ACTIVATIONS:
            known = " or ".join(f'"{name}"' for name in ACTIVATIONS)
            raise ValueError(f'activation = "{self.activation}" is not known: pass {known}')

    @property
    def size(self) -> int:
        """The number of parameters."""
        return sum((before + 1) * after for before, after in pairwise(self.sizes))

    def unpack(self, theta) -> list[Layer]:
        """The weights and biases of each layer, as views: what changes in one changes in theta."""
        if np.shape(theta) != (self.size,):
            raise ValueError(
                f"theta has the shape {np.shape(theta)}: sizes {self.sizes} need ({self.size},); "
                "take it from init(rng)"
            )
        layers, end = [], 0
        for before, after in pairwise(self.sizes):
            start, middle, end = end, end + before * after, end + (before + 1) * after
            layers.append(Layer(theta[start:middle].reshape(after, before), theta[middle:end]))
        return layers

    def init(self, rng) -> np.ndarray:
        """Zero biases and normal weights of variance 1 / inputs of the layer (relu: 2 / inputs).

        rng: numpy.random.Generator or a seed. Source: LeCun et al. (1998), He et al. (2015).
        """
        rng, theta = np.random.default_rng(rng), np.zeros(self.size)
        for W, _ in self.unpack(theta):
            gain = 2 if self.activation == "relu" else 1
            W[:] = rng.normal(0, np.sqrt(gain / W.shape[1]), W.shape)
        return theta

    def forward(self, theta, X) -> tuple[list[np.ndarray], np.ndarray]:
        """The activations h of the layers 0 to L - 1, inputs first, and the last pre-activation."""
        if np.ndim(X) != 2 or np.shape(X)[1] != self.sizes[0] or len(X) == 0:
            raise ValueError(
                f"X has the shape {np.shape(X)}: pass (m, {self.sizes[0]}), one row an instance, "
                "at least one"
            )
        g, _ = ACTIVATIONS[self.activation]
        *hidden, last = self.unpack(theta)
        h = [np.asarray(X)]
        for W, b in hidden:
            h.append(g(h[-1] @ W.T + b))
        return h, h[-1] @ last.W.T + last.b

    def loss(self, theta, X, y) -> float:
        """The mean cross entropy, in nats."""
        y = self._labels(X, y)
        _, a = self.forward(theta, X)
        a = a - a.max(axis=1, keepdims=True)  # the same p, and no overflow
        return np.mean(np.log(np.exp(a).sum(axis=1)) - a[np.arange(len(y)), y])

    def gradient(self, theta, X, y) -> np.ndarray:
        """The gradient of `loss` by backpropagation, (size,)."""
        y = self._labels(X, y)
        h, a = self.forward(theta, X)
        _, derivative = ACTIVATIONS[self.activation]
        gradient = np.empty_like(theta)
        m, layers, derivatives = len(y), self.unpack(theta), self.unpack(gradient)
        delta = _softmax(a)
        delta[np.arange(m), y] -= 1
        for i in reversed(range(len(layers))):  # layer i + 1 of the equations: h[i] goes in
            dW, db = derivatives[i]
            dW[:] = delta.T @ h[i] / m
            db[:] = delta.sum(axis=0) / m
            if i > 0:
                delta = delta @ layers[i].W * derivative(h[i])
        return gradient

    def predict(self, theta, X) -> np.ndarray:
        """The most probable class of each row, (m,)."""
        return self.forward(theta, X)[1].argmax(axis=1)

    def accuracy(self, theta, X, y) -> float:
        """The fraction of rows classified rightly."""
        return np.mean(self.predict(theta, X) == self._labels(X, y))

    def objective(self, X, y) -> "NetworkLoss":
        """The loss on these instances as a function of theta alone, for `minimize`."""
        return NetworkLoss(self, X, self._labels(X, y))

    def _labels(self, X, y):
        y = np.asarray(y)
        if y.shape != (len(X),):
            raise ValueError(f"y has the shape {y.shape}: pass ({len(X)},), one label for each row")
        if y.size and (y.dtype.kind not in "iu" or y.min() < 0 or y.max() >= self.sizes[-1]):
            raise ValueError(f"y must be integers from 0 to {self.sizes[-1] - 1}, one per class")
        return y


class NetworkLoss(NamedTuple):
    """An objective: the loss of a perceptron on fixed instances.

    >>> from lecture_code.gradient_descent import GradientDescent
    >>> from lecture_code.minimize import minimize
    >>> net, X, y = Perceptron(sizes=(2, 2)), np.eye(2), np.array([0, 1])
    >>> record = minimize(net.objective(X, y), GradientDescent(lr=1.0), net.init(0), steps=100)
    >>> bool(record.losses[-1] < 0.05)
    True
    """

    network: Perceptron
    X: np.ndarray
    y: np.ndarray
    name = "perceptron"

    def value(self, theta):
        return self.network.loss(theta, self.X, self.y)

    def gradient(self, theta):
        return self.network.gradient(theta, self.X, self.y)


def _softmax(a):
    powers = np.exp(a - a.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
