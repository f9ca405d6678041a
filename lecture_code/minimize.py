"""One runner for every figure, test and exercise: on an objective, or on given gradients."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np


@dataclass(frozen=True)
class Record:
    """What a run left behind, for `steps` steps on parameters of shape (..., d).

    points: (steps + 1, ..., d), the start first; losses: (steps + 1, ...); gradients and rates:
    (steps, ..., d), the gradient used in each step and the effective learning rate of each
    parameter; diverged: (...), the first step whose point or loss was not finite, -1 if none was.
    """

    points: np.ndarray
    losses: np.ndarray
    gradients: np.ndarray
    rates: np.ndarray
    diverged: np.ndarray


def minimize(objective, optimizer, theta0, steps, on_divergence="raise"):
    """Take `steps` steps of `optimizer` on `objective` from `theta0` and return the `Record`.

    objective: has value(theta) and gradient(theta); theta0: (d,) or (runs, d), numbers or an array
    of floats (the losses lose the last axis); steps: at least 1.
    A value that is not finite stops the run with a FloatingPointError; with
    on_divergence="record" the run goes on and `Record.diverged` says which runs and when.

    >>> from lecture_code.adagrad import AdaGrad
    >>> from lecture_code.objectives import Bowl
    >>> record = minimize(Bowl(condition=10), AdaGrad(lr=0.1), theta0=(1.0, 1.0), steps=3)
    >>> record.points[-1].round(6)
    array([0.780456, 0.780456])
    """
    if steps < 1 or steps != int(steps):
        raise ValueError(f"steps = {steps}: a run needs a whole number of steps, at least 1")
    if on_divergence not in ("raise", "record"):
        raise ValueError(f'on_divergence = {on_divergence!r}: pass "raise" or "record"')
    theta = theta0 if isinstance(theta0, np.ndarray) else np.asarray(theta0, float)
    with np.errstate(all="ignore"):
        loss, state = objective.value(theta), optimizer.init(theta)
        points, losses, gradients, rates = [theta], [loss], [], []
        diverged = np.full(np.shape(loss), -1)
        for t in range(1, steps + 1):
            gradient = objective.gradient(optimizer.gradient_at(theta, state))
            theta, state = _step(optimizer, theta, state, gradient)
            loss = objective.value(theta)
            bad = ~(np.isfinite(loss) & np.isfinite(theta).all(axis=-1))
            if on_divergence == "raise" and bad.any():
                raise FloatingPointError(
                    f"{type(optimizer).__name__} on {objective.name} is not finite after step {t} "
                    f'of {steps}: lower the learning rate or pass on_divergence="record"'
                )
            diverged = np.where(bad & (diverged < 0), t, diverged)
            points.append(theta)
            losses.append(loss)
            gradients.append(gradient)
            rates.append(np.broadcast_to(optimizer.rate(state), theta.shape))
    shape = theta.shape
    points[0], losses[0] = np.broadcast_to(points[0], shape), np.broadcast_to(losses[0], shape[:-1])
    gradients[0] = np.broadcast_to(gradients[0], shape)
    return Record(*map(np.stack, (points, losses, gradients, rates)), diverged)


class Trace(NamedTuple):
    """What a run on given gradients left: points (steps + 1, ...), rates (steps, ...), the state.

    points: the start first; rates: the effective learning rate of each parameter; state: the last.
    """

    points: np.ndarray
    rates: np.ndarray
    state: Any


def follow(optimizer, gradients, theta0=None):
    """Feed `optimizer` the given gradients, wherever it stands, and return the `Trace`.

    gradients: (steps, ...), an array of floats; theta0: (...), zeros if not given.

    >>> from lecture_code.adagrad import AdaGrad
    >>> follow(AdaGrad(lr=1.0), np.array([[3.0], [4.0], [12.0]])).points[:, 0].round(3)
    array([ 0.   , -1.   , -1.8  , -2.723])
    """
    gradients = np.asarray(gradients)
    if gradients.ndim == 0 or len(gradients) == 0:
        raise ValueError(f"gradients has the shape {gradients.shape}: pass (steps, ...)")
    theta = np.zeros_like(gradients[0]) if theta0 is None else np.asarray(theta0)
    state, points, rates = optimizer.init(theta), [theta], []
    for gradient in gradients:
        theta, state = _step(optimizer, theta, state, gradient)
        points.append(theta)
        rates.append(np.broadcast_to(optimizer.rate(state), theta.shape))
    points[0] = np.broadcast_to(points[0], theta.shape)
    return Trace(np.stack(points), np.stack(rates), state)


def _step(optimizer, theta, state, gradient):
    if gradient.shape[gradient.ndim - theta.ndim :] != theta.shape:
        raise ValueError(
            f"a gradient of shape {gradient.shape} cannot move theta of shape {theta.shape}: "
            "pass one number for each parameter"
        )
    try:
        new, state = optimizer.step(theta, state, gradient)
    except ValueError as error:
        raise ValueError(f"{error}; a hyperparameter over runs has the shape (runs, 1)") from None
    if new.shape[-1:] != theta.shape[-1:]:
        raise ValueError(
            f"a step turned theta of shape {theta.shape} into {new.shape}: "
            "a hyperparameter over runs has the shape (runs, 1)"
        )
    return new, state
