"""The contract that every optimizer of the book keeps, and the checks they share."""

from collections.abc import Callable
from typing import Any

import numpy as np


class Optimizer:
    """A method as a frozen record of its hyperparameters; what changes is passed in and returned.

    `init(theta)` gives the state before the first step, a named tuple whose fields carry the
    chapter's symbols. `step(theta, state, gradient)` returns the new parameters and the new state
    and leaves its arguments as they were. `rate(state)` is the effective learning rate of each
    parameter in the step that led to `state`: what the gradient was multiplied by.

    Everything broadcasts. For a grid of runs theta has shape (runs, d) and a hyperparameter
    (runs, 1). Arrays keep their dtype as long as the hyperparameters are Python numbers.
    """

    def init(self, theta: np.ndarray) -> Any:
        raise NotImplementedError

    def step(self, theta: np.ndarray, state: Any, gradient: np.ndarray) -> tuple[np.ndarray, Any]:
        raise NotImplementedError

    def rate(self, state: Any) -> np.ndarray:
        raise NotImplementedError


def learning_rate(lr: float | np.ndarray | Callable[[int], float], t: int) -> float | np.ndarray:
    """The learning rate of step t = 1, 2, ...; `lr` is a number, an array or a function of t.

    >>> learning_rate(0.5, 3), learning_rate(lambda t: 1 / t, 4)
    (0.5, 0.25)
    """
    return lr(t) if callable(lr) else lr


def rate_per_run(lr: float | np.ndarray, gradient: np.ndarray) -> float | np.ndarray:
    """A learning rate, or one for each run on the last axis, to multiply (active, ..., runs) with.

    >>> rate_per_run(np.array([0.1, 1.0]), np.zeros((5, 3, 2))).shape
    (3, 2)
    """
    # Repeated over the classes: NumPy is slow where it repeats a short last axis itself.
    return float(lr) if np.ndim(lr) == 0 else np.full(gradient.shape[1:], lr, gradient.dtype)


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


def require_not_negative(name: str, value: Any) -> None:
    """Raise ValueError if `value` is negative or not finite anywhere.

    >>> require_not_negative("epsilon", -1e-8)
    Traceback (most recent call last):
    ValueError: epsilon = -1e-08: must be zero or a positive finite number
    """
    if not (np.all(np.isfinite(value)) and np.all(np.asarray(value) >= 0)):
        raise ValueError(f"{name} = {value}: must be zero or a positive finite number")
