"""Linear models on sparse rows, trained by steps that touch only the features of the mini-batch.

A word has 32 of 118,728 features, a mini-batch of 32 words some 700: a step over all weights
spends its time on zeros. Here a gradient is a pair (index, gradient): the distinct features of the
batch, and a row of derivatives for each; every other derivative is exactly zero.

Weights have the features on their first axis. Runs, if any, are on their last: a learning rate of
shape (runs,) trains a grid of runs on the same batches at once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lecture_code.optimizer import learning_rate, rate_per_run, require_positive

CHUNK = 500  # rows scored at a time: bounds the memory of an evaluation


@dataclass(frozen=True, eq=False)
class SparseRows:
    """A matrix of zeros and ones, row by row: the column numbers of the ones.

    indptr: (rows + 1,) integers; indices: integers, increasing within a row; row k has its ones in
    the columns `indices[indptr[k]:indptr[k + 1]]`, at least one; columns: the width of the matrix.
    `rows[index]` for a slice, an array of row numbers or of booleans is again `SparseRows`.
    Raises ValueError if the parts do not fit together.

    >>> rows = SparseRows(indptr=[0, 2, 3], indices=[0, 3, 1], columns=4)
    >>> rows.dense()
    array([[1., 0., 0., 1.],
           [0., 1., 0., 0.]])
    >>> len(rows), rows[1:].indices
    (2, array([1]))
    """

    indptr: np.ndarray
    indices: np.ndarray
    columns: int

    def __post_init__(self):
        indptr, indices = np.array(self.indptr), np.array(self.indices)
        if indptr.dtype.kind not in "iu" or (indices.dtype.kind not in "iu" and indices.size):
            raise ValueError("indptr and indices must be integers: pass column numbers")
        if indptr.ndim != 1 or indices.ndim != 1:
            raise ValueError("indptr and indices must have one dimension: flatten them")
        indptr = indptr.astype(np.intp)
        if indices.dtype == np.uint64:  # NumPy 2.0 takes nothing by numbers of this type
            indices = indices.astype(np.int64)
        indptr.setflags(write=False)
        indices.setflags(write=False)
        object.__setattr__(self, "indptr", indptr)
        object.__setattr__(self, "indices", indices)
        if indptr.size < 1 or indptr[0] != 0 or indptr[-1] != indices.size:
            raise ValueError(
                f"indptr must go from 0 to the number of indices, {indices.size}: "
                "pass one entry more than there are rows"
            )
        if np.any(np.diff(indptr) < 1):
            raise ValueError("a row has no ones: drop it, or give every row a column that is on")
        if indices.size and not 0 <= indices.min() <= indices.max() < self.columns:
            raise ValueError(
                f"a column number is outside 0 to {self.columns - 1}: raise columns or drop it"
            )
        rises = np.diff(indices) > 0
        rises[indptr[1:-1] - 1] = True
        if not rises.all():
            raise ValueError("the column numbers of a row must increase: sort them, no repeats")

    def __len__(self):
        return len(self.indptr) - 1

    def __getitem__(self, index):
        if isinstance(index, slice) and index.step in (None, 1):
            start, stop, _ = index.indices(len(self))
            stop = max(start, stop)
            indptr = self.indptr[start : stop + 1]
            return self._part(indptr - indptr[0], self.indices[indptr[0] : indptr[-1]])
        chosen = np.arange(len(self))[index]
        if chosen.ndim != 1:
            raise IndexError("rows[index] needs a slice or a one-dimensional array")
        starts = self.indptr[chosen]
        sizes = self.indptr[chosen + 1] - starts
        indptr = np.concatenate([[0], np.cumsum(sizes)])
        shifts = np.repeat(starts - indptr[:-1], sizes)
        return self._part(indptr, self.indices[np.arange(indptr[-1]) + shifts])

    def _part(self, indptr, indices):
        # Part of a matrix that was checked: a check a mini-batch would cost more than the step.
        part = object.__new__(SparseRows)
        part.__dict__.update(indptr=indptr, indices=indices, columns=self.columns)
        return part

    def counts(self) -> np.ndarray:
        """In how many rows each column is one: (columns,) integers."""
        return np.bincount(self.indices, minlength=self.columns)

    def keep(self, columns) -> "SparseRows":
        """The same rows and width with the ones of these columns only.

        columns: (columns,) booleans. Raises ValueError if a row would have no ones left.

        >>> SparseRows([0, 2, 3], [0, 3, 0], columns=4).keep(np.arange(4) < 3).indices
        array([0, 0])
        """
        if np.shape(columns) != (self.columns,) or np.asarray(columns).dtype != bool:
            raise ValueError(f"columns must be {self.columns} booleans, one for each column")
        kept = np.asarray(columns)[self.indices]
        indptr = np.append(0, np.cumsum(kept))[self.indptr]
        return SparseRows(indptr, self.indices[kept], self.columns)

    def dense(self) -> np.ndarray:
        """The whole matrix, (rows, columns)."""
        matrix = np.zeros((len(self), self.columns))
        matrix[self._owners(), self.indices] = 1
        return matrix

    def active(self, dtype=float) -> tuple[np.ndarray, np.ndarray]:
        """The columns that have a one, and the matrix of these columns only.

        >>> index, matrix = SparseRows([0, 2, 3], [10, 70, 10], columns=1000).active()
        >>> index, matrix
        (array([10, 70]), array([[1., 1.],
               [1., 0.]]))
        """
        index, position = np.unique(self.indices, return_inverse=True)
        matrix = np.zeros((len(self), len(index)), dtype)
        matrix[self._owners(), position] = 1
        return index, matrix

    def _owners(self):
        return np.repeat(np.arange(len(self)), np.diff(self.indptr))


def _sum_rows(values, indptr):
    return np.add.reduceat(values, indptr[:-1], axis=0)  # right because no row is empty


class _LinearModel:
    """What logistic and softmax regression share: loss(weights) = mean over rows of the log loss.

    Neither has an intercept: in both data sets of the book some features of every row add up to 1.
    """

    def init(self, columns, runs=(), dtype=np.float32) -> np.ndarray:
        """Zero weights for `columns` features; runs: () or (number of runs,)."""
        return np.zeros((columns, *self._outputs(), *runs), dtype)

    def scores(self, weights, rows) -> np.ndarray:
        """The sum of the weights of each row's features: (rows, ...)."""
        self._check(weights, rows)
        parts = [rows[i : i + CHUNK] for i in range(0, len(rows), CHUNK)]
        sums = [_sum_rows(weights.take(part.indices, axis=0), part.indptr) for part in parts]
        return np.concatenate(sums)

    def value(self, weights, rows, labels) -> np.ndarray:
        """Mean log loss (natural logarithm) of each run: () or (runs,)."""
        self._check(weights, rows, labels)
        return self._losses(self.scores(weights, rows), labels)[0].mean(axis=0)

    def accuracy(self, weights, rows, labels) -> np.ndarray:
        """The fraction of rows classified rightly by each run: () or (runs,)."""
        self._check(weights, rows, labels)
        classes = self._decide(self.scores(weights, rows))
        labels = np.reshape(labels, (-1, *(1,) * (classes.ndim - 1)))
        return np.mean(classes == labels, axis=0)

    def gradient(self, weights, rows, labels) -> np.ndarray:
        """The gradient of `value` with every zero in it, of the shape of the weights."""
        index, active = self.sparse_gradient(weights, rows, labels)
        gradient = np.zeros_like(weights)
        gradient[index] = active
        return gradient

    def sparse_gradient(self, weights, rows, labels) -> tuple[np.ndarray, np.ndarray]:
        """The gradient of `value` where it can differ from zero.

        Returns index, (active,), the distinct features of the rows, increasing, and gradient,
        (active, ...), their derivatives. A feature of several rows is there once, summed.
        """
        self._check(weights, rows, labels)
        return self._loss_and_gradient(weights, rows, labels)[1:]

    def _loss_and_gradient(self, weights, rows, labels):
        if weights.ndim == 1:
            return self._loss_and_gradient_of_one(weights, rows, labels)
        index, x = rows.active(weights.dtype)
        scores = x @ weights.take(index, axis=0).reshape(len(index), -1)
        losses, residual = self._losses(scores.reshape(len(rows), *weights.shape[1:]), labels)
        gradient = x.T @ residual.reshape(len(rows), -1) / len(rows)
        return losses.mean(axis=0), index, gradient.reshape(len(index), *weights.shape[1:])

    def _loss_and_gradient_of_one(self, weights, rows, labels):
        """For one weight a feature, entry by entry: the work of a matrix would not pay."""
        scores = _sum_rows(weights.take(rows.indices), rows.indptr)
        losses, residual = self._losses(scores, labels)
        shares = np.repeat(residual / len(rows), np.diff(rows.indptr))
        # A sort digit by digit: NumPy's radix sort of 16-bit digits takes a quarter of an argsort.
        digits = range(0, int(rows.columns).bit_length(), 16)
        order = np.lexsort([(rows.indices >> digit).astype(np.uint16) for digit in digits])
        features = rows.indices.take(order)
        first = np.flatnonzero(np.append(True, features[1:] != features[:-1]))
        index, gradient = features.take(first), np.add.reduceat(shares.take(order), first)
        return losses.mean(axis=0), index, gradient

    def _check(self, weights, rows, labels=None):
        outputs = self._outputs()
        expected = (rows.columns, *outputs)
        if weights.shape[: len(expected)] != expected or weights.ndim > len(expected) + 1:
            raise ValueError(
                f"weights of shape {weights.shape} do not fit: rows with {rows.columns} columns "
                f"need {expected}, and one more axis for runs"
            )
        if len(rows) == 0:
            raise ValueError("there are no rows: a mean over nothing has no value, pass at least 1")
        if labels is not None:
            self._check_labels(rows, labels)

    def _check_labels(self, rows, labels):
        if np.shape(labels) != (len(rows),):
            raise ValueError(
                f"labels have the shape {np.shape(labels)}: pass one for each of {len(rows)} rows"
            )
        labels, last = np.asarray(labels), self._last_label()
        if labels.dtype.kind not in "iub" or labels.min() < 0 or labels.max() > last:
            raise ValueError(f"labels must be integers from 0 to {last}: number the classes from 0")


@dataclass(frozen=True)
class LogisticRegression(_LinearModel):
    r"""Two classes, 0 and 1: $p_k = 1 / (1 + e^{-z_k})$ with the score $z_k = \sum_j x_{kj} w_j$.

    With rows for $x$, labels for $y$, weights for $w$, m rows:

        $\mathcal L = \frac1m \sum_k \ln(1 + e^{z_k}) - y_k z_k$
        $\partial\mathcal L / \partial w_j = \frac1m \sum_k (p_k - y_k) x_{kj}$

    weights: (features,) or (features, runs).

    >>> model, rows = LogisticRegression(), SparseRows([0, 1, 2], [0, 1], columns=1000)
    >>> index, gradient = model.sparse_gradient(np.zeros(1000), rows, labels=[1, 0])
    >>> index, gradient
    (array([0, 1]), array([-0.25,  0.25]))
    """

    def _outputs(self):
        return ()

    def _last_label(self):
        return 1

    def _losses(self, scores, labels):
        y = np.reshape(labels, (-1, *(1,) * (scores.ndim - 1))).astype(scores.dtype)
        losses = np.logaddexp(0, scores) - y * scores
        return losses, 0.5 + 0.5 * np.tanh(scores / 2) - y

    def _decide(self, scores):
        return scores > 0


@dataclass(frozen=True)
class SoftmaxRegression(_LinearModel):
    r"""Classes c = 0, 1, ... with the scores $z_{kc} = \sum_j x_{kj} W_{jc}$.

    With rows for $x$, labels for $y$, weights for $W$, m rows:

        $p_{kc} = e^{z_{kc}} / \sum_b e^{z_{kb}}$
        $\mathcal L = \frac1m \sum_k -\ln p_{k y_k}$
        $\partial\mathcal L / \partial W_{jc} = \frac1m \sum_k (p_{kc} - [c = y_k]) x_{kj}$

    classes: at least 2; weights: (features, classes) or (features, classes, runs).

    >>> model, rows = SoftmaxRegression(classes=4), SparseRows([0, 1], [7], columns=1000)
    >>> model.value(np.zeros((1000, 4)), rows, labels=[2]).round(6)
    np.float64(1.386294)
    >>> model.sparse_gradient(np.zeros((1000, 4)), rows, labels=[2])
    (array([7]), array([[ 0.25,  0.25, -0.75,  0.25]]))
    """

    classes: int

    def __post_init__(self):
        if self.classes < 2:
            raise ValueError(f"classes = {self.classes}: a classifier needs at least 2")

    def _outputs(self):
        return (self.classes,)

    def _last_label(self):
        return self.classes - 1

    def _losses(self, scores, labels):
        shifted = scores - scores.max(axis=1, keepdims=True)  # the same p, and no overflow
        powers = np.exp(shifted)
        totals = powers.sum(axis=1, keepdims=True)
        chosen = np.arange(len(scores)), labels
        losses = np.log(totals[:, 0]) - shifted[chosen]
        residual = powers / totals
        residual[chosen] -= 1
        return losses, residual

    def _decide(self, scores):
        return scores.argmax(axis=1)


@dataclass(frozen=True)
class SparseGradientDescent:
    """Gradient descent on the active features; the same as on all, since the others do not move.

    lr: positive number, array (runs,) for weights with runs on their last axis, or a function of
    t = 1, 2, ... that gives one of these.

    >>> weights = np.ones(5)
    >>> method = SparseGradientDescent(lr=0.1)
    >>> method.step(weights, method.init(weights), index=np.array([3]), gradient=np.array([2.0]))
    array([-0.2])
    >>> weights
    array([1. , 1. , 1. , 0.8, 1. ])
    """

    lr: float | np.ndarray | Callable[[int], float | np.ndarray]

    def __post_init__(self):
        require_positive("lr", self.lr)

    def init(self, weights):
        """The number of steps taken, an array (1,) that `step` changes in place."""
        return np.zeros(1, int)

    def step(self, weights, state, index, gradient):
        """Move the rows `index` of `weights` IN PLACE and return what was added to them.

        index: (active,) distinct integers; gradient: (active, ...).
        """
        state += 1
        lr = learning_rate(self.lr, int(state[0]))
        update = -rate_per_run(lr, gradient) * gradient
        weights[index] = weights.take(index, axis=0) + update
        return update


@dataclass(frozen=True)
class Training:
    """What `train` leaves behind.

    weights: (features, ...); losses: (steps, ...), the loss of each batch before its step;
    counts: (features,), in how many training rows each feature occurs;
    travel: the sum of the sizes of all moves of each weight, of the shape of the weights, or None.
    """

    weights: np.ndarray
    losses: np.ndarray
    counts: np.ndarray
    travel: np.ndarray | None


def train(model, rows, labels, optimizer, rng, passes=1, batch=32, travel=False) -> Training:
    """Train `model` from zero weights by mini-batches, each pass in a new order drawn from `rng`.

    rng: numpy.random.Generator or a seed: equal seeds give two methods the same batches;
    optimizer: `SparseGradientDescent` or `SparseAdaGrad`; an lr of shape (runs,) trains that many
    runs at once; weights are float32; travel: also add up how far each weight moves.
    A learning rate that is too large is not an error: its losses are.

    >>> from lecture_code.adagrad import SparseAdaGrad
    >>> rows = SparseRows([0, 1, 2, 3, 4], [0, 1, 0, 1], columns=2)
    >>> method = SparseGradientDescent(lr=np.array([0.1, 1.0]))
    >>> run = train(LogisticRegression(), rows, [0, 1, 0, 1], method, rng=0, batch=2)
    >>> run.weights.shape, run.losses.shape, run.counts
    ((2, 2), (2, 2), array([2, 2]))
    """
    if passes < 1 or batch < 1:
        raise ValueError(f"passes = {passes}, batch = {batch}: both must be at least 1")
    rng, labels = np.random.default_rng(rng), np.asarray(labels)
    weights = model.init(rows.columns, runs=np.shape(learning_rate(optimizer.lr, 1)))
    model._check(weights, rows, labels)
    state, losses = optimizer.init(weights), []
    moved = np.zeros_like(weights) if travel else None
    for _ in range(passes):
        order = rng.permutation(len(rows))
        shuffled, shuffled_labels = rows[order], labels[order]
        for i in range(0, len(rows), batch):
            part = slice(i, i + batch)
            loss, index, gradient = model._loss_and_gradient(
                weights, shuffled[part], shuffled_labels[part]
            )
            update = optimizer.step(weights, state, index, gradient)
            losses.append(loss)
            if travel:
                moved[index] += np.abs(update)
    return Training(weights, np.array(losses), rows.counts(), moved)


class Sweep(NamedTuple):
    """Held-out losses of one method over learning rates and splits of the data.

    rates: (rates,), increasing, those of the first step; losses: (rates, splits).

    >>> sweep = Sweep(rates=np.array([0.1, 0.3, 1.0]), losses=np.array([[5, 4], [3, 3], [4, 2]]))
    >>> sweep.best, sweep.picked, sweep.scores
    (np.float64(0.3), array([2, 1]), array([4, 3]))
    >>> print(sweep)
    log loss 3.5000, best lr 0.3
    """

    rates: np.ndarray
    losses: np.ndarray

    def __str__(self):
        """The mean of the scores and the best rate, with a warning where that is at an end."""
        edge = " (edge)" if self.at_edge else ""
        return f"log loss {self.scores.mean():.4f}, best lr {self.best:.3g}{edge}"

    @property
    def best(self):
        """The rate with the lowest mean loss over all splits."""
        return self.rates[_lowest(self.losses)]

    @property
    def at_edge(self) -> bool:
        """Whether that is the first or the last rate, so that a better one may lie beyond."""
        return self.best in self.rates[[0, -1]]

    @property
    def picked(self) -> np.ndarray:
        """For each split the place of the rate that is best on the other splits, (splits,)."""
        splits = range(self.losses.shape[1])
        return np.array([_lowest(np.delete(self.losses, split, axis=1)) for split in splits])

    @property
    def scores(self) -> np.ndarray:
        """The loss of each split at its `picked` rate, which its held-out part did not choose."""
        return self.losses[self.picked, np.arange(self.losses.shape[1])]


def _lowest(losses):
    return np.where(np.isfinite(losses), losses, np.inf).mean(axis=1).argmin()


def sweep(data, model, methods, *, train_size, test_size, splits=5, passes=1) -> dict[str, Sweep]:
    """Train each method once a split, at all of its learning rates, on the same mini-batches.

    data: `Words` or `Flights`; methods: dict from a name to an optimizer of `train` whose lr, or
    its value at t = 1, is an array (rates,); train_size, test_size: examples a split; splits: at
    least 2, split k is drawn with the seed k. Returns a `Sweep` for each name.

    >>> from lecture_code.datasets import flights
    >>> methods = {"gradient_descent": SparseGradientDescent(np.array([0.01, 0.1]))}
    >>> found = sweep(flights(), LogisticRegression(), methods, train_size=640, test_size=1000)
    >>> found["gradient_descent"].losses.shape, found["gradient_descent"].best
    ((2, 5), np.float64(0.1))
    """
    if splits < 2:
        raise ValueError(f"splits = {splits}: a spread needs at least 2")
    losses = {name: [] for name in methods}
    for split in range(splits):
        fit, held_out = data.split(split, train_size, test_size)
        for name, method in methods.items():
            weights = train(model, *fit, method, rng=[split, 1], passes=passes).weights
            losses[name].append(model.value(weights, *held_out))
    first = {name: np.asarray(learning_rate(method.lr, 1)) for name, method in methods.items()}
    return {name: Sweep(first[name], np.transpose(runs)) for name, runs in losses.items()}
