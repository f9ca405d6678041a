"""Every method on seven tasks, at every learning rate of one grid, from ten seeds: a fair race.

`race` runs one method on one task from one seed, `stored` reads what all of them gave. The command
`make comparison` (scripts/comparison.py) runs them all and stores the result in the package, since
it takes half an hour. `tuned` and `ranks` read the table as a fair comparison has to.
"""

from functools import cache
from importlib.resources import files

import numpy as np

from lecture_code.adadelta import AdaDelta
from lecture_code.adagrad import AdaGrad
from lecture_code.adam import Adam
from lecture_code.adaptive_rates import DeltaBarDelta
from lecture_code.amsgrad import AMSGrad
from lecture_code.datasets import digits, flights, words
from lecture_code.gradient_descent import GradientDescent
from lecture_code.minibatch import minibatches
from lecture_code.momentum import Momentum, Nesterov
from lecture_code.nadam import NAdam
from lecture_code.norms import AdaMax
from lecture_code.objectives import Beale, Bowl, Rosenbrock
from lecture_code.perceptron import Perceptron
from lecture_code.rmsprop import RMSprop
from lecture_code.sparse import LogisticRegression, SoftmaxRegression

# Half a power of ten apart, the same for every method: an equal budget of 17 trials.
RATES = 10.0 ** (np.arange(-10, 7) / 2)
SEEDS = 10
# The steps after which a run is scored, as shares of all.
BUDGETS = (0.1, 0.3, 1.0)

# Everything but the learning rate stays at the method's default. The increase of delta-bar-delta
# has the unit of a learning rate, and keeps its default ratio to it. AdaMax has the epsilon of the
# libraries: without one, a parameter that has seen no gradient is moved by 0/0.
METHODS = {
    "gradient_descent": GradientDescent,
    "momentum": Momentum,
    "nesterov": Nesterov,
    "delta_bar_delta": lambda lr: DeltaBarDelta(lr, increase=lr / 10),
    "adagrad": AdaGrad,
    "rmsprop": RMSprop,
    "adadelta": AdaDelta,
    "adam": Adam,
    "adamax": lambda lr: AdaMax(lr, epsilon=1e-8),
    "nadam": NAdam,
    "amsgrad": AMSGrad,
}

# surface -> what it is, and how many steps a run has. A seed draws the start.
SURFACES = {
    "ravine": (Bowl(20), 300),
    "turned ravine": (Bowl(20, angle=np.pi / 4), 300),
    "beale": (Beale(), 300),
    "rosenbrock": (Rosenbrock(), 300),
}
TASKS = ("words", "flights", "digits", *SURFACES)


def race(task, method, seed):
    """The losses of one method on one task from one seed, at all learning rates.

    task: one of `TASKS`: a data set, scored by the held-out loss, or a surface, scored by its value
    above the minimum; method: one of `METHODS`; seed: 0 to 9, which draws the split, the first
    weights and the order of the mini-batches, or the start on the surface. All methods get the
    same. Returns (rates, budgets) losses, inf where the run diverged. Raises ValueError otherwise.

    >>> losses = race("ravine", "adam", seed=0)
    >>> losses.shape, float(RATES[losses[:, -1].argmin()].round(4))
    ((17, 3), 0.1)
    """
    for name, value, known in (("task", task, TASKS), ("method", method, METHODS)):
        if value not in known:
            raise ValueError(f"no {name} {value!r}: known are {', '.join(known)}")
    run = {"words": _words, "flights": _flights, "digits": _digits}.get(task, _surface)
    with np.errstate(all="ignore"):
        losses = np.array(run(task, METHODS[method], np.random.default_rng([2026, seed])))
    return np.where(np.isfinite(losses), losses, np.inf)


def _words(_, method, rng):
    """One pass over 4,000 words, 16 a step: each rate by itself, since the weights are many."""
    train, test = words().split(rng, train=4_000, test=1_000)
    model = SoftmaxRegression(classes=10)
    batches = list(minibatches(*train, 16, rng))
    start = model.init(train.inputs.columns)
    return [
        _scores(method(float(lr)), start, batches, model.gradient, lambda w: model.value(w, *test))
        for lr in RATES
    ]


def _flights(_, method, rng):
    """One pass over 20,000 flights, 32 a step, all rates at once."""
    train, test = flights().split(rng, train=20_000, test=5_000)
    model = LogisticRegression()
    batches = list(minibatches(*train, 32, rng))
    start = model.init(train.inputs.columns, runs=RATES.shape)
    rates = RATES.astype(start.dtype)
    scores = _scores(method(rates), start, batches, model.gradient, lambda w: model.value(w, *test))
    return np.transpose(scores)


def _digits(_, method, rng):
    """Five passes over 1,437 digits, 32 a step: each rate by itself."""
    train, test = digits().split(rng)
    net = Perceptron(sizes=(64, 32, 10))
    start = net.init(rng)
    batches = [batch for _ in range(5) for batch in minibatches(*train, 32, rng)]
    return [
        _scores(method(float(lr)), start, batches, net.gradient, lambda w: net.loss(w, *test))
        for lr in RATES
    ]


def _surface(task, method, rng):
    """300 steps with exact gradients, all rates at once, from a start in the square to (2, 2)."""
    objective, steps = SURFACES[task]
    start = np.tile(rng.uniform(-2, 2, size=2), (len(RATES), 1))
    scores = _scores(
        method(RATES[:, None]), start, [()] * steps, objective.gradient, objective.value
    )
    return np.transpose(scores)


def _scores(optimizer, theta, batches, gradient, loss):
    """The losses after each of the `BUDGETS` of one run, a step a batch."""
    stops = {max(1, round(share * len(batches))) for share in BUDGETS}
    state, losses = optimizer.init(theta), []
    for t, batch in enumerate(batches, 1):
        slope = gradient(optimizer.gradient_at(theta, state), *batch)
        theta, state = optimizer.step(theta, state, slope)
        if t in stops:
            losses.append(loss(theta))
    return losses


@cache
def stored() -> dict[str, np.ndarray]:
    """What `make comparison` gave: task -> (methods, rates, seeds, budgets) losses.

    Methods, rates and budgets are in the order of `METHODS`, `RATES` and `BUDGETS`.

    >>> losses = stored()
    >>> list(losses) == list(TASKS), losses["words"].shape
    (True, (11, 17, 10, 3))
    """
    with files("lecture_code").joinpath("data/comparison.npz").open("rb") as file:
        arrays = np.load(file)
        return {task: arrays[task].astype(float) for task in TASKS}


def tuned(losses, tuning_seeds=3):
    """The loss that each seed gets at the rate that was best on other seeds.

    For seed s the rate with the lowest mean loss on the next `tuning_seeds` seeds is chosen, and
    scored on s itself, which had no part in the choice. losses: (..., rates, seeds). Returns
    (..., seeds) losses and (..., seeds) positions in `RATES`. Raises ValueError unless
    0 < tuning_seeds < seeds.

    >>> scores, picked = tuned(np.array([[1.0, 1.0, 5.0], [2.0, 2.0, 2.0]]), tuning_seeds=1)
    >>> scores, picked
    (array([1., 2., 5.]), array([0, 1, 0]))
    """
    seeds = losses.shape[-1]
    if not 0 < tuning_seeds < seeds:
        raise ValueError(f"tuning_seeds = {tuning_seeds}: pass 1 to {seeds - 1}")
    scores, picked = [], []
    for seed in range(seeds):
        others = [(seed + k) % seeds for k in range(1, tuning_seeds + 1)]
        rate = losses[..., others].mean(axis=-1).argmin(axis=-1)
        picked.append(rate)
        one = losses[..., seed]
        scores.append(np.take_along_axis(one, rate[..., None], axis=-1)[..., 0])
    return np.stack(scores, axis=-1), np.stack(picked, axis=-1)


def ranks(scores):
    """The place of each method, 1 for the lowest score, within each column.

    scores: (methods, ...); equal scores share the mean of their places, as inf and inf do.

    >>> ranks(np.array([[0.3], [0.1], [np.inf], [np.inf]]))[:, 0]
    array([2. , 1. , 3.5, 3.5])
    """
    lower = (scores[:, None] > scores[None]).sum(axis=1)
    equal = (scores[:, None] == scores[None]).sum(axis=1)
    return 1 + lower + (equal - 1) / 2
