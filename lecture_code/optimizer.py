"""The contract that every optimizer of the book keeps, and the checks they share."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


class Optimizer:
    """A method as a frozen record of its hyperparameters; what changes is passed in and returned.

    `init(theta)` gives the state before the first step, a named tuple whose fields carry the
    chapter's symbols. `step(theta, state, gradient)` returns the new parameters and the new state
    and leaves its arguments as they were. `rate(state)` is the effective learning rate of each
    parameter in the step that led to `state`: what the gradient, or the average that the method
    keeps of it, was multiplied by. `gradient_at(theta, state)` is where the method wants its
    gradient: at theta, unless it looks ahead.

    Everything broadcasts. For a grid of runs theta has shape (runs, d) and a hyperparameter
    (runs, 1). Arrays keep their dtype as long as the hyperparameters are Python numbers.
    """

    def init(self, theta: np.ndarray) -> Any:
        raise NotImplementedError

    def step(self, theta: np.ndarray, state: Any, gradient: np.ndarray) -> tuple[np.ndarray, Any]:
        raise NotImplementedError

    def rate(self, state: Any) -> np.ndarray:
        raise NotImplementedError

    def gradient_at(self, theta: np.ndarray, state: Any) -> np.ndarray:
        return theta


@dataclass(frozen=True)
class Wrapper(Optimizer):
    """An optimizer around another one; a subclass changes what goes in or what comes out."""

    optimizer: Optimizer

    def init(self, theta):
        return self.optimizer.init(theta)

    def step(self, theta, state, gradient):
        return self.optimizer.step(theta, state, gradient)

    def rate(self, state):
        return self.optimizer.rate(state)

    def gradient_at(self, theta, state):
        return self.optimizer.gradient_at(theta, state)


def zeros(theta: np.ndarray) -> np.ndarray:
    """Zeros of the shape and dtype of theta, for a state. ValueError as in `require_floating`.

    >>> zeros(np.array([1.0, 2.0]))
    array([0., 0.])
    """
    require_floating(theta)
    return np.zeros_like(theta)


def root(s, epsilon, inside):
    """What a gradient is divided by: sqrt(s) + epsilon or, with `inside`, sqrt(s + epsilon).

    inside: a bool, or an array of them over runs, shape (runs, 1).

    >>> float(root(np.array(9.0), 1, False)), float(root(np.array(8.0), 1, True))
    (4.0, 3.0)
    """
    if inside is False:
        return np.sqrt(s) + epsilon
    if inside is True:
        return np.sqrt(s + epsilon)
    return np.where(inside, np.sqrt(s + epsilon), np.sqrt(s) + epsilon)


def learning_rate(lr: float | np.ndarray | Callable[[int], float], t: int) -> float | np.ndarray:
    """The learning rate of step t = 1, 2, ...; `lr` is a number, an array or a function of t.

    A schedule must give numbers that are finite and not negative, or ValueError says so.

    >>> learning_rate(0.5, 3), learning_rate(lambda t: 1 / t, 4)
    (0.5, 0.25)
    >>> learning_rate(lambda t: 1 - t, 3)
    Traceback (most recent call last):
    ValueError: the schedule gives -2 at t = 3: a learning rate must be finite and not negative
    """
    if not callable(lr):
        return lr
    value = lr(t)
    if not (np.all(np.isfinite(value)) and np.all(np.asarray(value) >= 0)):
        raise ValueError(
            f"the schedule gives {value} at t = {t}: a learning rate must be finite "
            "and not negative"
        )
    # A NumPy scalar would turn float32 parameters into float64.
    return float(value) if np.ndim(value) == 0 else value


def rate_per_run(lr: float | np.ndarray, gradient: np.ndarray) -> float | np.ndarray:
    """A learning rate, or one for each run on the last axis, to multiply (active, ..., runs) with.

    >>> rate_per_run(np.array([0.1, 1.0]), np.zeros((5, 3, 2))).shape
    (3, 2)
    """
    # Repeated over the classes: NumPy is slow where it repeats a short last axis itself.
    return float(lr) if np.ndim(lr) == 0 else np.full(gradient.shape[1:], lr, gradient.dtype)


def require_floating(theta: Any) -> None:
    """Raise ValueError unless theta holds floating-point numbers.

    >>> require_floating(np.array([1, 2], np.int32))
    Traceback (most recent call last):
    ValueError: theta has the dtype int32: integers cannot take a step; pass theta.astype(float)
    """
    dtype = np.asarray(theta).dtype
    if dtype.kind != "f":
        raise ValueError(
            f"theta has the dtype {dtype}: integers cannot take a step; pass theta.astype(float)"
        )


def require_positive(name: str, value: Any) -> None:
    """Raise ValueError unless `value` is positive and finite everywhere (a function of t passes).

    >>> require_positive("lr", -1)
    Traceback (most recent call last):
    ValueError: lr = -1: must be positive and finite; pass one such as 0.1
    """
    if callable(value):
        return
    if not (np.all(np.isfinite(value)) and np.all(np.asarray(value) > 0)):
        raise ValueError(f"{name} = {value}: must be positive and finite; pass one such as 0.1")


def require_decay(name: str, value: Any) -> None:
    """Raise ValueError unless `value`, the share of its old value that an average keeps, is right.

    >>> require_decay("beta", 1)
    Traceback (most recent call last):
    ValueError: beta = 1: must be at least 0 and below 1; pass one such as 0.9
    """
    if not (np.all(np.asarray(value) >= 0) and np.all(np.asarray(value) < 1)):
        raise ValueError(f"{name} = {value}: must be at least 0 and below 1; pass one such as 0.9")


def require_not_negative(name: str, value: Any) -> None:
    """Raise ValueError if `value` is negative or not finite anywhere.

    >>> require_not_negative("epsilon", -1e-8)
    Traceback (most recent call last):
    ValueError: epsilon = -1e-08: must be zero or a positive finite number
    """
    if not (np.all(np.isfinite(value)) and np.all(np.asarray(value) >= 0)):
        raise ValueError(f"{name} = {value}: must be zero or a positive finite number")
