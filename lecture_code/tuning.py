"""Choosing hyperparameters and comparing methods fairly: samples, searches, maps, rankings."""

from dataclasses import dataclass
from itertools import pairwise, product
from math import erf
from typing import NamedTuple

import numpy as np

from lecture_code.optimizer import require_not_negative, require_positive

# Settings to try


def loguniform(low, high, n, rng):
    r"""n numbers on a log scale: every decade between low and high gets the same share.

    With $r_0$ and $r_1$ the decimal logarithms of low and high, and u uniform in [0, 1):

        $r = r_0 + (r_1 - r_0)\, u$
        $\eta = 10^r$

    low, high: positive, low below high; rng: a numpy.random.Generator or a seed. Returns (n,).
    Raises ValueError otherwise. Source: Bergstra and Bengio (2012).

    >>> draws = loguniform(1e-4, 1, 10_000, rng=0)
    >>> float(np.mean(draws > 0.1).round(2))
    0.25
    """
    require_positive("low", low)
    if not low < high:
        raise ValueError(f"low = {low}, high = {high}: pass low below high")
    rng = np.random.default_rng(rng)
    return 10 ** rng.uniform(np.log10(low), np.log10(high), n)


def grid(**axes):
    """Every combination of the values of each hyperparameter, a dict each.

    Their number is the product of the numbers of values: exponential in the number of axes.

    >>> grid(lr=[0.1, 1.0], gamma=[0.9])
    [{'lr': 0.1, 'gamma': 0.9}, {'lr': 1.0, 'gamma': 0.9}]
    """
    return [dict(zip(axes, values, strict=True)) for values in product(*axes.values())]


def random_settings(n, rng, **ranges):
    """n settings with each hyperparameter drawn log-uniformly from its (low, high), a dict each.

    With n trials it tries n values of each hyperparameter, a grid only its side length.

    >>> [sorted(setting) for setting in random_settings(2, rng=0, lr=(1e-3, 1), beta=(0.1, 1))]
    [['beta', 'lr'], ['beta', 'lr']]
    """
    rng = np.random.default_rng(rng)
    drawn = {name: loguniform(*ends, n, rng) for name, ends in ranges.items()}
    return [{name: float(values[i]) for name, values in drawn.items()} for i in range(n)]


# Maps over hyperparameters


def axes_of_runs(first, second):
    """Two hyperparameters over all pairs of their values, each (runs, 1), second fastest.

    >>> lr, gamma = axes_of_runs([0.1, 0.2], [0.5, 0.9])
    >>> lr.ravel(), gamma.ravel()
    (array([0.1, 0.1, 0.2, 0.2]), array([0.5, 0.9, 0.5, 0.9]))
    """
    both = np.meshgrid(np.asarray(first, float), np.asarray(second, float), indexing="ij")
    return tuple(axis.reshape(-1, 1) for axis in both)


class Sensitivity(NamedTuple):
    """best: the lowest loss of each run; first_hit: the first step at or below the target, or -1.

    Both have the shape (runs,); inf where no loss was finite.
    """

    best: np.ndarray
    first_hit: np.ndarray


def sensitivity(objective, optimizer, theta0, steps, target=-np.inf):
    """Run a grid of hyperparameters at once and keep of each run its best loss and first hit.

    objective: value and gradient of (runs, d); optimizer: with hyperparameters of shape (runs, 1);
    theta0: (d,), the start of all; steps: at least 1; target: a loss. What diverges is not an
    error: its loss counts as infinite. Agrees with `minimize` to the bit, and stores no points.
    Raises ValueError for no steps or hyperparameters of another shape.

    >>> from lecture_code.gradient_descent import GradientDescent
    >>> from lecture_code.objectives import Bowl
    >>> method = GradientDescent(lr=np.array([[0.01], [0.1], [1.0]]))
    >>> result = sensitivity(Bowl(10), method, (1.0, 1.0), steps=50, target=0.1)
    >>> result.best.round(3), result.first_hit
    (array([0.183, 0.   , 5.5  ]), array([-1,  8, -1]))
    """
    if steps < 1:
        raise ValueError(f"steps = {steps}: a run needs at least 1 step")
    theta0 = np.asarray(theta0, float)
    with np.errstate(all="ignore"):
        theta, state = theta0, optimizer.init(theta0)
        # A step first, to learn how many runs there are; then with each coordinate contiguous over
        # the runs, in which order NumPy takes them ten times as fast.
        theta, _ = optimizer.step(theta, state, objective.gradient(theta0))
        if theta.ndim != theta0.ndim + 1 or theta.shape[-1] != theta0.shape[-1]:
            raise ValueError(
                f"one step gave theta of shape {theta.shape}: pass hyperparameters of shape "
                "(runs, 1)"
            )
        theta = np.asfortranarray(np.broadcast_to(theta0, theta.shape))
        state, best = optimizer.init(theta), objective.value(theta)
        best = np.where(np.isfinite(best), best, np.inf)
        first_hit = np.where(best <= target, 0, -1)
        for t in range(1, steps + 1):
            gradient = objective.gradient(optimizer.gradient_at(theta, state))
            theta, state = optimizer.step(theta, state, gradient)
            loss = objective.value(theta)
            np.fmin(best, loss, out=best)
            if target > -np.inf:
                first_hit[(loss <= target) & (first_hit < 0)] = t
    return Sensitivity(best, first_hit)


# Searches that spend a budget where it pays


class Trial(NamedTuple):
    """A setting that was tried, with what it scored; lower is better."""

    setting: object
    score: float


def successive_halving(evaluate, settings, budget, keep=3):
    """Try all settings with a small budget, the best third with three times as much, and so on.

    Jamieson and Talwalkar (2016), who keep half; in the form of Li et al. (2018) with eta = keep.
    evaluate: a function of (setting, budget) that gives a score, lower is better; settings: at
    least one; budget: of the first round, such as a number of steps. Returns the rounds, a list of
    lists of `Trial`, each sorted, best first. Raises ValueError without settings or for keep below
    2. A setting that is slow at first and best in the end is lost.

    >>> rounds = successive_halving(lambda lr, steps: abs(lr - 3), [1, 2, 3, 9], budget=10)
    >>> [[trial.setting for trial in trials] for trials in rounds]
    [[3, 2, 1, 9], [3]]
    """
    settings = list(settings)
    if not settings or keep < 2:
        raise ValueError(f"{len(settings)} settings, keep = {keep}: pass at least 1 and 2")
    rounds = []
    while True:
        trials = [Trial(setting, evaluate(setting, budget)) for setting in settings]
        rounds.append(sorted(trials, key=lambda trial: trial.score))
        if len(settings) == 1:
            return rounds
        count = max(1, len(settings) // keep)
        settings = [trial.setting for trial in rounds[-1][:count]]
        budget = keep * budget


class Member(NamedTuple):
    """weights: whatever the training continues from; setting: a dict of hyperparameters."""

    weights: object
    setting: dict


def next_generation(population, scores, rng, share=0.2, factors=(0.8, 1.2)):
    r"""The exploit and explore of population-based training (Jaderberg et al. 2017, section 4.1.1).

    Each member k of the worst `share` copies weights $\theta$ and setting of a random one of the
    best, j; then each of its hyperparameters, such as $\eta$, is multiplied by one of the factors:

        $\theta_k \leftarrow \theta_j$
        $\eta_k \leftarrow c\, \eta_j, \quad c \in \{0.8, 1.2\}$

    population: list of `Member`; scores: lower is better; share: above 0, at most 1/2; rng: a
    numpy.random.Generator or a seed. Raises ValueError otherwise.

    >>> members = [Member(weights=i, setting={"lr": 10.0 * i}) for i in range(1, 6)]
    >>> after = next_generation(members, [1, 2, 3, 4, 5], rng=0)
    >>> after[4].weights, after[4].setting["lr"] in (8.0, 12.0), after[:4] == members[:4]
    (1, True, True)
    """
    if len(population) != len(scores) or not 0 < share <= 0.5:
        raise ValueError(
            f"{len(population)} members, {len(scores)} scores, share = {share}: pass a score for "
            "each and a share in (0, 0.5]"
        )
    rng, order = np.random.default_rng(rng), np.argsort(scores, kind="stable")
    count = max(1, int(share * len(order)))
    after = list(population)
    for place in order[-count:]:
        weights, setting = population[rng.choice(order[:count])]
        explored = {name: value * float(rng.choice(factors)) for name, value in setting.items()}
        after[place] = Member(weights, explored)
    return after


@dataclass(frozen=True)
class GaussianProcess:
    r"""A Gaussian process after some observations (Rasmussen and Williams 2006, algorithm 2.1).

    x: (n, d) inputs; y: (n,) observations, whose mean is taken out; length: of the kernel
    $k(x, x') = s^2 \exp(-\|x - x'\|^2 / 2 \ell^2)$, in units of x; noise: the deviation of the
    observations, zero or positive, as a share of $s$, the deviation of y. Raises ValueError
    otherwise.

    >>> process = GaussianProcess(np.array([[0.0], [1.0]]), np.array([1.0, 3.0]), length=0.5)
    >>> mean, deviation = process.predict(np.array([[0.0], [1.0], [9.0]]))
    >>> mean.round(3), deviation.round(3)
    (array([1., 3., 2.]), array([0., 0., 1.]))
    """

    x: np.ndarray
    y: np.ndarray
    length: float = 1.0
    noise: float = 1e-4

    def __post_init__(self):
        require_positive("length", self.length)
        require_not_negative("noise", self.noise)
        if np.ndim(self.x) != 2 or np.shape(self.y) != (len(self.x),) or len(self.x) == 0:
            raise ValueError(
                f"x of shape {np.shape(self.x)}, y of {np.shape(self.y)}: pass (n, d) and (n,)"
            )

    def predict(self, x):
        """The mean and the deviation of the function at x (m, d), each (m,)."""
        scale = np.std(self.y) or 1.0
        K = self._kernel(self.x, self.x) + (self.noise**2 + 1e-12) * np.eye(len(self.x))
        L = np.linalg.cholesky(K)
        centered = (self.y - np.mean(self.y)) / scale
        across = self._kernel(self.x, x)
        weights = np.linalg.solve(L.T, np.linalg.solve(L, centered))
        shrunk = np.linalg.solve(L, across)
        variance = np.maximum(1 - (shrunk * shrunk).sum(axis=0), 0)
        return np.mean(self.y) + scale * across.T @ weights, scale * np.sqrt(variance)

    def _kernel(self, one, other):
        squares = ((one[:, None, :] - other[None, :, :]) ** 2).sum(axis=-1)
        return np.exp(-squares / (2 * self.length**2))


def expected_improvement(mean, deviation, best):
    r"""How much below `best` a normal variable is on average, counting zero where it is above.

    With mean for $\mu$, deviation for $\sigma$, best for $q$, and the density $\varphi$ and the
    distribution function $\Phi$ of the standard normal distribution:

        $(q - \mu) \Phi(z) + \sigma \varphi(z)$
        $z = (q - \mu) / \sigma$

    mean, deviation: (m,), deviations zero or positive; best: a number. Returns (m,). Raises
    ValueError for a negative deviation. Source: Jones, Schonlau and Welch (1998), equation 15.

    >>> expected_improvement(np.array([0.0, 1.0]), np.array([1.0, 0.0]), best=0.0).round(4)
    array([0.3989, 0.    ])
    """
    require_not_negative("deviation", deviation)
    gain = best - np.asarray(mean)
    safe = np.where(deviation > 0, deviation, 1)
    z = gain / safe
    below = 0.5 * (1 + np.vectorize(erf, otypes=[float])(z / 2**0.5))
    spread = gain * below + safe * np.exp(-z * z / 2) / (2 * np.pi) ** 0.5
    return np.where(deviation > 0, spread, np.maximum(gain, 0))


def bayesian_search(evaluate, ranges, trials, rng, length=0.2, noise=1e-2, first=4):
    """Minimize a costly score: model it with a Gaussian process, try where it promises most.

    evaluate: a function of a setting (a dict) that gives a finite score, lower is better; ranges: a
    (low, high) for each hyperparameter, searched on a log scale; trials: in all; first: of them at
    random. Each further trial is the one of 500 random candidates with the largest expected
    improvement. length: in units of a whole range; rng: a numpy.random.Generator or a seed. Returns
    the list of `Trial`, in order. Source: Snoek, Larochelle and Adams (2012). Raises ValueError for
    less than one trial.

    >>> found = bayesian_search(
    ...     lambda setting: np.log10(setting["lr"] / 0.03) ** 2, {"lr": (1e-4, 1.0)}, 12, rng=0
    ... )
    >>> bool(min(trial.score for trial in found) < 0.01)
    True
    """
    if trials < 1:
        raise ValueError(f"trials = {trials}: pass at least 1")
    rng = np.random.default_rng(rng)
    low, high = np.log10(np.array(list(ranges.values()), float)).T
    places, done = [], []
    for trial in range(trials):
        candidates = rng.random((500, len(ranges)))
        place = candidates[0]
        if trial >= first:
            scores = np.array([one.score for one in done])
            process = GaussianProcess(np.array(places), scores, length, noise)
            gains = expected_improvement(*process.predict(candidates), scores.min())
            place = candidates[gains.argmax()]
        values = 10 ** (low + place * (high - low))
        setting = dict(zip(ranges, map(float, values), strict=True))
        places.append(place)
        done.append(Trial(setting, float(evaluate(setting))))
    return done


# Fair comparisons


class Comparison(NamedTuple):
    """settings: what each method was tuned to; scores: (methods, seeds), of those settings."""

    settings: dict[str, dict]
    scores: dict[str, np.ndarray]


def compare(methods, evaluate, trials, seeds, rng):
    """Tune every method with the same number of trials, then score it on seeds of its own.

    methods: a dict from name to the ranges that `random_settings` draws from; evaluate: a function
    of (name, setting, rng) that gives a score, lower is better, inf where it diverged; trials: a
    method; seeds: how many runs score the setting that was best in tuning, with random numbers that
    tuning has not seen. The runs of all methods use the same seeds. rng: a seed, a whole number.
    Returns a `Comparison`. Raises ValueError for less than one trial or two seeds.

    >>> result = compare(
    ...     {"a": {"lr": (0.01, 1)}, "b": {"lr": (0.01, 1)}},
    ...     lambda name, setting, rng: setting["lr"] + (name == "b") + rng.normal(0, 0.1),
    ...     trials=20, seeds=10, rng=0,
    ... )
    >>> {name: bool(values.mean() > 0.5) for name, values in result.scores.items()}
    {'a': False, 'b': True}
    """
    if trials < 1 or seeds < 2:
        raise ValueError(f"trials = {trials}, seeds = {seeds}: pass at least 1 and 2")
    settings, scores = {}, {}
    for place, (name, ranges) in enumerate(methods.items()):
        drawn = random_settings(trials, np.random.default_rng([rng, 0, place]), **ranges)
        tuned = [evaluate(name, one, np.random.default_rng([rng, 1])) for one in drawn]
        settings[name] = drawn[int(np.argmin(tuned))]
        scores[name] = np.array(
            [
                evaluate(name, settings[name], np.random.default_rng([rng, 2, seed]))
                for seed in range(seeds)
            ]
        )
    return Comparison(settings, scores)


class Band(NamedTuple):
    """The middle and the ends of the middle share of runs, each without the last axis."""

    low: np.ndarray
    median: np.ndarray
    high: np.ndarray


def band(runs, share=0.8):
    """The median of runs and the band that holds the middle `share` of them.

    runs: (..., seeds); share: in (0, 1). Raises ValueError otherwise.

    >>> [float(edge.round(6)) for edge in band(np.arange(11.0))]
    [1.0, 5.0, 9.0]
    """
    if not 0 < share < 1:
        raise ValueError(f"share = {share}: pass a fraction between 0 and 1")
    return Band(*np.quantile(runs, [(1 - share) / 2, 0.5, (1 + share) / 2], axis=-1))


def best_of(scores, budgets, rng, repeats=200):
    """The expected best of n trials, for each budget n: what a method gives who tunes it that long.

    scores: (trials,), of random settings; budgets: each between 1 and the number of trials. The
    mean over `repeats` draws without replacement. Source: Dodge et al. (2019), who have a formula
    for draws with replacement. Returns (budgets,). Raises ValueError otherwise.

    >>> best_of([1.0, 2.0, 3.0], budgets=[1, 3], rng=0, repeats=2000).round(1)
    array([2., 1.])
    """
    scores = np.asarray(scores, float)
    if not all(1 <= budget <= len(scores) for budget in budgets):
        raise ValueError(f"budgets = {budgets}: each must be between 1 and {len(scores)}")
    rng = np.random.default_rng(rng)
    orders = np.array([rng.permutation(scores) for _ in range(repeats)])
    running = np.minimum.accumulate(orders, axis=1).mean(axis=0)
    return running[np.asarray(budgets) - 1]


class Flip(NamedTuple):
    """At `budget` the winner changes from `before` to `after`."""

    budget: object
    before: str
    after: str


def flips(scores, budgets):
    """Where the winner changes along a row of budgets (of trials, steps or anything else).

    scores: a dict from method to (budgets,), lower is better; a tie goes to the method named first.
    Returns a list of `Flip`; empty if one method wins everywhere. Raises ValueError where lengths
    differ.

    >>> flips({"fast": [1.0, 0.9, 0.8], "slow": [3.0, 1.0, 0.1]}, budgets=[10, 100, 1000])
    [Flip(budget=1000, before='fast', after='slow')]
    """
    table = np.array([np.asarray(values, float) for values in scores.values()])
    if table.shape[1:] != (len(budgets),):
        raise ValueError(f"scores of shape {table.shape}: pass one for each of the budgets")
    winners = [list(scores)[place] for place in table.argmin(axis=0)]
    return [
        Flip(budget, before, after)
        for budget, (before, after) in zip(budgets[1:], pairwise(winners), strict=True)
        if before != after
    ]
