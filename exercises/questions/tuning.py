"""The questions on choosing and tuning: references, hidden inputs and mistakes with a hint.

The references are variants of what `lecture_code.tuning` has; the tests compare the two where they
must agree. Every function is called with plain data and gives plain data.
"""

import math
from functools import cache

import numpy as np

from exercises.questions import (
    Exercise,
    FunctionQuestion,
    Mistake,
    Part,
    ValueQuestion,
    between,
    tuning_mistake,
)
from lecture_code.objectives import Beale

# 1. Settings at random, one in each slice of every range


def sliced_settings(u, slots, low, high, near_one):
    """n settings, (n, d): in every column one in each of n equal slices of a log scale."""
    r = (slots + np.asarray(u, float)) / len(slots)
    start, end = _ends(low, high, near_one)
    drawn = 10 ** (start + r * (end - start))
    return np.where(near_one, 1 - drawn, drawn)


def _ends(low, high, near_one):
    """The logarithms of the ends, of the distance to 1 where that is what is drawn."""
    return (np.log10(np.where(near_one, 1 - end, end)) for end in (low, high))


def _sliced(place=lambda u, slots, n: (slots + u) / n, ends=_ends, value=lambda drawn: 1 - drawn):
    """A wrong `sliced_settings`. value: what becomes of a distance to 1 that was drawn."""

    def run(u, slots, low, high, near_one):
        start, end = ends(low, high, near_one)
        drawn = 10 ** (start + place(np.asarray(u, float), slots, len(slots)) * (end - start))
        return np.where(near_one, value(drawn), drawn)

    return run


def _linear(u, slots, low, high, near_one):
    return low + (slots + np.asarray(u, float)) / len(slots) * (high - low)


def _log_of_all(u, slots, low, high, near_one):
    return sliced_settings(u, slots, low, high, np.zeros_like(near_one))


def _upside_down(low, high, near_one):
    start, end = _ends(low, high, near_one)
    return np.where(near_one, end, start), np.where(near_one, start, end)


def _ratio(u, slots, low, high, near_one):
    """low (high / low)^r, whose quotient may be too large for a float."""
    r = (slots + np.asarray(u, float)) / len(slots)
    ordinary = low * (high / low) ** r
    return np.where(near_one, sliced_settings(u, slots, low, high, near_one), ordinary)


def _other_base(low, high, near_one):
    return (2.302585092994046 * end for end in _ends(low, high, near_one))


def _sliced_run(rng, n, near_one, decades=(1, 5), dtype=float):
    d = len(near_one)
    rate, far = 10 ** rng.uniform(-6, -2, d), 10 ** rng.uniform(-1.3, -0.3, d)
    wider, closer = 10 ** rng.uniform(*decades, d), 10 ** rng.uniform(-2.5, -1, d)
    low = np.where(near_one, np.round(1 - far, 4), _three_digits(rate))
    high = np.where(near_one, np.round(1 - far * closer, 5), _three_digits(rate * wider))
    slots = np.array([rng.permutation(n) for _ in range(d)]).T
    u = np.asarray(rng.uniform(0.05, 0.95, (n, d)).round(3), dtype)
    return u, slots, low, high, np.array(near_one)


def _three_digits(numbers):
    return np.array([float(f"{number:.3g}") for number in numbers])


def _ordinary(rng):
    return [
        _sliced_run(rng, 2, [False, False]),
        _sliced_run(rng, int(rng.integers(4, 8)), [False]),
        _sliced_run(rng, int(rng.integers(4, 8)), [False] * 3),
    ]


def _close_to_one(rng):
    return [
        _sliced_run(rng, 2, [True, False]),
        _sliced_run(rng, int(rng.integers(4, 8)), [True]),
        _sliced_run(rng, int(rng.integers(4, 8)), [False, True, True]),
    ]


def _wide(rng):
    """Ranges wider than the largest float, float32."""
    u, slots, low, high, near_one = _sliced_run(rng, 6, [False] * 2)
    return [
        (u, slots, low * 1e-150, high * 1e170, near_one),
        _sliced_run(rng, 5, [False] * 2, (3, 6), np.float32),
    ]


sliced_question = FunctionQuestion(
    key="tuning.1",
    title="Random, but one in every slice",
    kind="implement",
    difficulty=2,
    minutes=15,
    needs=("Draw on a log scale", "Grid or random"),
    name="sliced_settings",
    reference=sliced_settings,
    parts=(
        Part(name="learning rates", points=1, draw=_ordinary),
        Part(name="values close to 1", points=1, draw=_close_to_one),
        Part(name="wide ranges, float32", points=1, draw=_wide),
    ),
    rtol=1e-8,
    mistakes=(
        Mistake(
            name="log-of-all",
            hint=(
                "Right for learning rates. For a value close to 1 you take the logarithm of the "
                "value, which hardly changes: what does, by powers of ten?"
            ),
            answer=_log_of_all,
        ),
        Mistake(
            name="distance",
            hint="Right for learning rates. For a value close to 1 you return its distance to 1.",
            answer=_sliced(value=lambda drawn: drawn),
        ),
        Mistake(
            name="upside-down",
            hint=(
                "Right for learning rates. For a value close to 1 your slices are numbered from "
                "`high` down: slice 0 begins at `low`."
            ),
            answer=_sliced(ends=_upside_down),
        ),
        Mistake(
            name="ratio",
            hint=(
                "Where the range is very wide, your quotient of its ends is too large for a "
                "floating-point number. Its logarithm is a difference."
            ),
            answer=_ratio,
        ),
        Mistake(
            name="linear",
            hint=(
                "Your slices are equal on a linear scale: nearly all settings come from the last "
                "power of ten."
            ),
            answer=_linear,
        ),
        Mistake(
            name="no-slices",
            hint=(
                "Your numbers come from the whole range, as in plain random search. `slots` says "
                "from which slice each has to come."
            ),
            answer=_sliced(place=lambda u, slots, n: u),
        ),
        Mistake(
            name="no-chance",
            hint="Your settings ignore `u`: within its slice a setting may be anywhere.",
            answer=_sliced(place=lambda u, slots, n: (slots + 0.5) / n),
        ),
        Mistake(
            name="in-order",
            hint=(
                "Your slices follow the rows, so all hyperparameters rise together. `slots` has a "
                "slice for each entry."
            ),
            answer=_sliced(place=lambda u, slots, n: (np.arange(n)[:, None] + u) / n),
        ),
        Mistake(
            name="one-slice-up",
            hint="All of your numbers are a slice too high. The first slice has the number 0.",
            answer=_sliced(place=lambda u, slots, n: (slots + 1 + u) / n),
        ),
        Mistake(
            name="one-slice-less",
            hint="Your slices are too wide: how many are there for n settings?",
            answer=_sliced(place=lambda u, slots, n: (slots + u) / max(n - 1, 1)),
        ),
        Mistake(
            name="other-base",
            hint=(
                "Your numbers lie outside their range. Logarithm and power have to have the same "
                "base."
            ),
            answer=_sliced(ends=_other_base),
        ),
    ),
)

# 2. How many trials a search needs


def trials_needed(search, shares, chance):
    """The least number of trials that finds a good setting, surely or with this chance."""
    if search == "grid":
        return math.ceil(1 / np.min(shares)) ** len(shares)
    return _misses(float(np.prod(shares)), chance)


def _misses(share, chance):
    return math.ceil(math.log(1 - chance) / math.log(1 - share)) if share < 1 else 1


def _random(count):
    """A wrong `trials_needed` that is right about the grid."""
    return lambda search, shares, chance: (
        trials_needed(search, shares, chance)
        if search == "grid"
        else int(count(np.array(shares), chance))
    )


def _gridded(count):
    """A wrong `trials_needed` that is right about random search."""
    return lambda search, shares, chance: (
        int(count(np.array(shares))) if search == "grid" else trials_needed(search, shares, chance)
    )


def _shares(rng, important, others):
    """Shares away from 1 / k, in a random order."""
    shares = [round(1 / (int(rng.integers(3, 8)) + rng.uniform(0.25, 0.75)), 4) for _ in important]
    shares = np.array([*shares, *[1.0] * others])
    return shares[rng.permutation(len(shares))]


def _whole_enough(shares, chance):
    """Not where rounding decides, and the known slips give other numbers."""
    exact = math.log(1 - chance) / math.log(1 - np.prod(shares))
    return 0.1 < exact % 1 < 0.9


def _searches(search, kinds):
    def draw(rng):
        cases = []
        for important, others in kinds:
            while True:
                shares = _shares(rng, range(important), others)
                chance = between(rng, 0.85, 0.98)
                if _whole_enough(shares, chance):
                    break
            cases.append((search, shares, chance))
        return cases

    return draw


trials_question = FunctionQuestion(
    key="tuning.2",
    title="How many trials it takes",
    kind="analyze",
    difficulty=2,
    minutes=14,
    needs=("Grid or random",),
    name="trials_needed",
    reference=trials_needed,
    check="form",
    parts=(
        Part(
            name="random, one that matters",
            points=1,
            draw=_searches("random", ((1, 0), (1, 1), (1, 3), (1, 2))),
        ),
        Part(
            name="random, several that matter",
            points=1,
            draw=_searches("random", ((2, 0), (2, 2), (3, 1), (3, 0))),
        ),
        Part(name="a grid", points=1, draw=_searches("grid", ((1, 1), (2, 0), (2, 2), (3, 1)))),
    ),
    mistakes=(
        Mistake(
            name="smallest-share",
            hint=(
                "Right while only one hyperparameter matters. A trial is good only if all of them "
                "are good at once."
            ),
            answer=_random(lambda shares, chance: _misses(shares.min(), chance)),
        ),
        Mistake(
            name="one-by-one",
            hint=(
                "Right while only one hyperparameter matters. Your trials add up over the "
                "hyperparameters, but one trial has to be good in all of them."
            ),
            answer=_random(lambda shares, chance: sum(_misses(s, chance) for s in shares if s < 1)),
        ),
        Mistake(
            name="chance-of-each",
            hint=(
                "Right while only one hyperparameter matters. You multiply the numbers of trials; "
                "multiply the shares."
            ),
            answer=_random(
                lambda shares, chance: np.prod([_misses(s, chance) for s in shares if s < 1])
            ),
        ),
        Mistake(
            name="mean-share",
            hint="You average the shares. What is the chance that a trial is good in all of them?",
            answer=_random(lambda shares, chance: _misses(shares.mean(), chance)),
        ),
        Mistake(
            name="on-average",
            hint=(
                "So many trials it takes on average, whatever the chance that is asked for: some "
                "searches need many more."
            ),
            answer=_random(lambda shares, chance: math.ceil(1 / np.prod(shares))),
        ),
        Mistake(
            name="adds-up",
            hint=(
                "Your chance grows by the same amount with every trial, and would pass 1. What is "
                "the chance that all trials miss?"
            ),
            answer=_random(lambda shares, chance: math.ceil(chance / np.prod(shares))),
        ),
        Mistake(
            name="wrong-tail",
            hint=(
                "With so few trials, the chance that all of them miss is as large as the one that "
                "is asked for."
            ),
            answer=_random(lambda shares, chance: _misses(np.prod(shares), 1 - chance)),
        ),
        Mistake(
            name="one-too-few",
            hint="Your number of random trials is rounded the wrong way: the chance is too small.",
            answer=_random(lambda shares, chance: _misses(np.prod(shares), chance) - 1),
        ),
        Mistake(
            name="one-too-many",
            hint="Your random search could do with one trial less.",
            answer=_random(lambda shares, chance: _misses(np.prod(shares), chance) + 1),
        ),
        Mistake(
            name="knows-what-matters",
            hint=(
                "Your grid has one value where a hyperparameter does not matter, or fewer where "
                "its share is larger. This grid has equally many for all."
            ),
            answer=_gridded(lambda shares: np.prod(np.ceil(1 / shares))),
        ),
        Mistake(
            name="grid-sum",
            hint=(
                "A grid tries every combination of the values: their numbers multiply, they do "
                "not add up."
            ),
            answer=_gridded(lambda shares: math.ceil(1 / shares.min()) * len(shares)),
        ),
        Mistake(
            name="grid-side",
            hint=(
                "That is how many values of each hyperparameter are needed. How many trials does "
                "the whole grid have?"
            ),
            answer=_gridded(lambda shares: math.ceil(1 / shares.min())),
        ),
        Mistake(
            name="grid-too-coarse",
            hint="The gaps of your grid are wider than the smallest share: a good range fits in.",
            answer=_gridded(lambda shares: math.floor(1 / shares.min()) ** len(shares)),
        ),
        Mistake(
            name="grid-with-ends",
            hint=(
                "Your grid has values at the ends of the range. In this one they stand in the "
                "middle of their slices."
            ),
            answer=_gridded(lambda shares: (math.ceil(1 / shares.min()) + 1) ** len(shares)),
        ),
    ),
)

# 3. The steps on which a saddle looks like a minimum


def quiet_steps(curvatures, lr, gamma, start, quiet):
    """On how many steps the gradient is shorter than `quiet`; -1 if on all from some step on."""
    (a, b), (x, y) = curvatures, start
    if y == 0:
        return -1
    along, across, count = 0.0, 0.0, 0
    while abs(b * y) < quiet:  # y only ever grows
        count += math.hypot(a * x, b * y) < quiet
        along, across = gamma * along + a * x, gamma * across - b * y
        x, y = x - lr * along, y - lr * across
    return count


def _quiet(
    curvatures, lr, gamma, start, quiet, *, length=math.hypot, share=1.0, slope=1.0, never=-1
):
    """A wrong `quiet_steps`: each keyword changes one thing."""
    theta, curves = np.array(start), slope * np.array(curvatures) * (1, -1)
    if theta[1] == 0:
        return never
    m, count = np.zeros(2), 0
    while abs(theta[1]) < 4 * quiet:  # no curvature is below 1/4
        count += bool(length(*(curves * theta)) < quiet)
        m = gamma * m + share * curves * theta
        theta = theta - lr * m
    return count


def _quietly(**keywords):
    return lambda *arguments: _quiet(*arguments, **keywords)


def _no_curvature(curvatures, lr, gamma, start, quiet):
    """Measures the distance from the saddle instead of the gradient."""
    a, b = curvatures
    return _quiet(
        curvatures, lr, gamma, start, quiet, length=lambda gx, gy: math.hypot(gx / a, gy / b)
    )


def _averaged(curvatures, lr, gamma, start, quiet):
    return _quiet(curvatures, lr, gamma, start, quiet, share=1 - gamma)


def _without_momentum(curvatures, lr, gamma, start, quiet):
    return _quiet(curvatures, lr, 0.0, start, quiet)


def _until_it_leaves(curvatures, lr, gamma, start, quiet):
    return _quiet(curvatures, lr, gamma, start, quiet, length=lambda gx, gy: abs(gy))


def _one_more(curvatures, lr, gamma, start, quiet):
    count = quiet_steps(curvatures, lr, gamma, start, quiet)
    return count + (count > 0)


def _one_less(curvatures, lr, gamma, start, quiet):
    count = quiet_steps(curvatures, lr, gamma, start, quiet)
    return count - (count > 0)


def _ridge(rng, *, x=False, gamma=False):
    """A start next to the ridge; with x where the gradient is long, with momentum."""
    while True:
        up, down = between(rng, 0.5, 2, 2), between(rng, *((1.2, 3), (0.3, 0.8))[rng.integers(2)])
        quiet = float(f"{10 ** rng.uniform(-4, -2):.2g}")
        offset = float(f"{rng.choice([-1, 1]) * quiet * 10 ** rng.uniform(-6, -3):.3g}")
        start = np.array([rng.choice([-1, 1]) * between(rng, 0.5, 3, 2) if x else 0.0, offset])
        memory = between(rng, 0.5, 0.8) if gamma else 0.0
        case = np.array([up, down]), between(rng, 0.03, 0.2), memory, start, quiet
        if quiet_steps(*case) >= 8:
            return case


def _on_the_ridge(rng):
    case = _ridge(rng, x=True)
    case[3][1] = 0.0
    return case


def _symmetric(rng):
    return [_ridge(rng) for _ in range(4)]


def _coming_down(rng):
    return [_ridge(rng, x=True), _on_the_ridge(rng), _ridge(rng, x=True), _ridge(rng, x=True)]


def _with_momentum(rng):
    return [_ridge(rng, gamma=True) for _ in range(2)] + [
        _ridge(rng, x=True, gamma=True) for _ in range(2)
    ]


quiet_question = FunctionQuestion(
    key="tuning.3",
    title="A saddle that passes for a minimum",
    kind="predict",
    difficulty=2,
    minutes=15,
    needs=("A start on the ridge",),
    name="quiet_steps",
    reference=quiet_steps,
    check="form",
    parts=(
        Part(name="from the ridge", points=1, draw=_symmetric),
        Part(name="from the slope", points=1, draw=_coming_down),
        Part(name="with momentum", points=1, draw=_with_momentum),
    ),
    mistakes=(
        Mistake(
            name="endless",
            hint=(
                "Only a start with y = 0 stays for ever. From every other one y grows by the "
                "same factor in every step."
            ),
            answer=lambda *arguments: -1,
        ),
        Mistake(
            name="no-end",
            hint=(
                "Right as long as the run leaves. Among these starts is one that never does: "
                "what does y become where it is 0?"
            ),
            answer=_quietly(never=0),
            matches=lambda arguments, output: (
                output == quiet_steps(*arguments) if arguments[3][1] else output != -1
            ),
        ),
        Mistake(
            name="until-it-leaves",
            hint=(
                "You look at the slope along y alone. While x is large the gradient is long: these "
                "steps are not quiet."
            ),
            answer=_until_it_leaves,
        ),
        Mistake(
            name="no-curvature",
            hint=(
                "You measure how far the saddle is. The length of the gradient depends on the "
                "curvatures, too."
            ),
            answer=_no_curvature,
        ),
        Mistake(
            name="twice-the-slope",
            hint=(
                "Your slopes are twice too steep, as if the loss were without its factor of one "
                "half."
            ),
            answer=_quietly(slope=2.0),
        ),
        Mistake(
            name="one-more",
            hint="Your counts are one too many. The step on which the gradient is long is no more.",
            answer=_one_more,
        ),
        Mistake(
            name="one-less",
            hint="Your counts are one too few. The start counts as step 0, if it is quiet.",
            answer=_one_less,
        ),
        Mistake(
            name="without-momentum",
            hint="Right for gradient descent. Your run takes no notice of the momentum.",
            answer=_without_momentum,
        ),
        Mistake(
            name="averaged",
            hint=(
                "Right for gradient descent. Your momentum is an average: here the new gradient "
                "is added whole."
            ),
            answer=_averaged,
        ),
    ),
)

# 4. Find the bug: a comparison in which all methods share a setting


def fair_scores(losses, tuning):
    """Each method's mean loss on the fresh seeds, at the setting that was best in tuning."""
    losses = np.where(np.isnan(losses), np.inf, losses)
    chosen = losses[:, :, :tuning].mean(axis=2).argmin(axis=1)
    return np.array(
        [table[best, tuning:].mean() for table, best in zip(losses, chosen, strict=True)]
    )


def _unfair(
    choose=lambda losses, tuning: losses[:, :, :tuning].mean(axis=2),
    report=lambda table, best, tuning: table[best, tuning:].mean(),
    diverged=np.inf,
):
    """A wrong `fair_scores`: each keyword changes one thing."""

    def run(losses, tuning):
        losses = np.where(np.isnan(losses), diverged, losses)
        scores = np.broadcast_to(choose(losses, tuning), losses.shape[:2])
        best = scores.argmin(axis=1)
        return np.array([report(losses[i], best[i], tuning) for i in range(len(losses))])

    return run


def _over_all_methods(losses, tuning):
    return losses[:, :, :tuning].mean(axis=(0, 2))


def _of_the_winner(losses, tuning):
    tuned = losses[:, :, :tuning].mean(axis=2)
    return tuned[np.unravel_index(tuned.argmin(), tuned.shape)[0]]


def _without_diverged(losses, tuning):
    with np.errstate(all="ignore"):
        finite = np.isfinite(losses[:, :, :tuning])
        sums = np.where(finite, losses[:, :, :tuning], 0).sum(axis=2)
        return np.where(finite.any(axis=2), sums / finite.sum(axis=2), np.inf)


def _nan_wins(losses, tuning):
    """np.argmin takes NaN for the least."""
    chosen = losses[:, :, :tuning].mean(axis=2).argmin(axis=1)
    return np.array([losses[i, best, tuning:].mean() for i, best in enumerate(chosen)])


def _table(rng, methods, settings, seeds, dtype=float):
    """Losses without noise that are least at another setting for each method."""
    best = rng.permutation(settings)[:methods, None]
    place = np.arange(settings)
    height, width = rng.uniform(0.2, 0.6, (methods, 1)), rng.uniform(0.5, 1.5, (methods, 1))
    curves = height + width * (place - best) ** 2 + 0.03 * place
    return np.asarray(np.repeat(curves[:, :, None], seeds, axis=2).round(4), dtype)


def _noisy(rng, losses, tuning):
    """With noise; for each method settings that are lucky once and settings that are so later."""
    losses = losses * np.exp(rng.normal(0, 0.05, losses.shape))
    for table in losses:
        rank = table.mean(axis=1).argsort()
        lucky, unsteady, late, later = rank[1 + rng.permutation(4)]
        seeds, low = table.shape[1], table[rank[0]].min()
        for setting, seed, share in ((lucky, 0, 0.3), (unsteady, tuning - 1, 0.2)):
            table[setting] = low * rng.uniform(3, 4, seeds)
            table[setting, seed] = share * low
        table[late, :tuning] = low * rng.uniform(1.3, 1.8, tuning)
        table[late, tuning:] = low * rng.uniform(0.3, 0.5, seeds - tuning)
        table[later, :tuning], table[later, tuning:] = 9 * low, 0.02 * low
        table[later, tuning] = 0.6 * low
    return losses.round(4), tuning


def _diverging(losses, tuning):
    """For each method the best setting diverged once, the worst in all of the tuning."""
    for table in losses:
        rank = table[:, 0].argsort()
        low = table[rank[0], 0]
        table[rank[0], 0] = np.nan
        table[rank[-1], :tuning] = np.nan
        table[rank[2], : tuning - 1], table[rank[2], tuning - 1] = 90.0, 0.01 * low  # lucky once
        table[rank[3], :tuning], table[rank[3], tuning:] = 90.0, 0.3 * low  # and later
        table[rank[3], tuning] = 1.5 * low
    return losses, tuning


def _quiet_tables(rng):
    return [
        (_table(rng, 2, 3, 3), 1),
        (_table(rng, 3, 5, 5), 2),
        (1e-9 * _table(rng, 4, 6, 6), 3),
    ]


def _noisy_tables(rng):
    return [
        _noisy(rng, _table(rng, 2, 5, 5), 2),
        _noisy(rng, _table(rng, 3, 6, 9), 4),
        _noisy(rng, _table(rng, 4, 6, 8, np.float32), 3),
    ]


def _diverged_tables(rng):
    return [
        _diverging(_table(rng, 2, 5, 4), 2),
        _diverging(_table(rng, 3, 6, 6), 3),
        _diverging(_table(rng, 4, 6, 7), 4),
    ]


fair_question = FunctionQuestion(
    key="tuning.4",
    title="Repair a comparison",
    kind="find the bug",
    difficulty=2,
    minutes=14,
    needs=("One rate for all", "A fair comparison"),
    name="fair_scores",
    reference=fair_scores,
    parts=(
        Part(name="runs without noise", points=1, draw=_quiet_tables),
        Part(name="noisy runs, float32", points=1, draw=_noisy_tables),
        Part(name="runs that diverge", points=1, draw=_diverged_tables),
    ),
    rtol=1e-8,
    mistakes=(
        Mistake(
            name="one-for-all",
            hint=(
                "All of your methods are scored at the same setting: the one that suits them "
                "best on average suits none of them."
            ),
            answer=_unfair(_over_all_methods),
        ),
        Mistake(
            name="winner-s",
            hint="Your methods are all scored at the setting that suits the best of them.",
            answer=_unfair(_of_the_winner),
        ),
        Mistake(
            name="first-seed",
            hint=(
                "Right without noise. You choose by a single run: a setting may be lucky once. "
                "There are more seeds for tuning."
            ),
            answer=_unfair(lambda losses, tuning: losses[:, :, 0]),
        ),
        Mistake(
            name="best-run",
            hint=(
                "You choose the setting with the best single run. A setting is as good as its "
                "mean over the seeds for tuning."
            ),
            answer=_unfair(lambda losses, tuning: losses[:, :, :tuning].min(axis=2)),
        ),
        Mistake(
            name="chosen-on-fresh",
            hint=(
                "You choose with the seeds that score. These must not have a say: the result is "
                "better than what a user would get."
            ),
            answer=_unfair(lambda losses, tuning: losses[:, :, tuning:].mean(axis=2)),
        ),
        Mistake(
            name="chosen-on-all",
            hint=(
                "You choose with all seeds, those that score included. Tuning has seeds of its own."
            ),
            answer=_unfair(lambda losses, tuning: losses.mean(axis=2)),
        ),
        Mistake(
            name="scored-on-tuning",
            hint=(
                "You score with the seeds by which the setting was chosen: the winner's luck is "
                "in that number."
            ),
            answer=_unfair(report=lambda table, best, tuning: table[best, :tuning].mean()),
        ),
        Mistake(
            name="scored-on-all",
            hint="Your scores contain the runs of the tuning. Score with the fresh seeds alone.",
            answer=_unfair(report=lambda table, best, tuning: table[best].mean()),
        ),
        Mistake(
            name="no-split",
            hint=(
                "All seeds choose with you and all of them score: where does your function tell "
                "the seeds for tuning from the fresh ones?"
            ),
            answer=_unfair(
                lambda losses, tuning: losses.mean(axis=2),
                lambda table, best, tuning: table[best].mean(),
            ),
        ),
        Mistake(
            name="scored-by-the-best",
            hint="You report the best run on the fresh seeds. The score is their mean.",
            answer=_unfair(report=lambda table, best, tuning: table[best, tuning:].min()),
        ),
        Mistake(
            name="a-setting-a-seed",
            hint=(
                "You take the best setting for each fresh seed. Nobody can choose after the run: "
                "a method has one setting for all of them."
            ),
            answer=_unfair(report=lambda table, best, tuning: table[:, tuning:].min(axis=0).mean()),
        ),
        Mistake(
            name="forgives-divergence",
            hint=(
                "You leave out the runs that diverged and take the mean of the rest. A run that "
                "diverged counts as infinitely bad."
            ),
            answer=_unfair(_without_diverged),
        ),
        Mistake(
            name="divergence-is-zero",
            hint="With you, runs that diverged have the loss 0: the best there is.",
            answer=_unfair(diverged=0.0),
        ),
        Mistake(
            name="nan-wins",
            hint=(
                "Settings whose runs diverged win with you: `argmin` takes NaN for the least of "
                "all numbers."
            ),
            answer=_nan_wins,
        ),
    ),
)

# 5. A generation by tournament


def tournament(weights, settings, scores, rivals, factors):
    """The next weights (n, p) and settings (n, h); a member that loses copies its rival."""
    return _tournament(weights, settings, scores, rivals, factors)


def _tournament(
    weights,
    settings,
    scores,
    rivals,
    factors,
    *,
    loses=lambda mine, other: (other < mine) | (np.isnan(mine) & ~np.isnan(other)),
    copied=("weights", "settings"),
    moved=lambda settings, factors, lost: np.where(lost, settings * factors, settings),
    weigh=lambda weights, factors, lost: weights,
):
    """The right generation, or a wrong one: each keyword changes one thing."""
    lost = loses(scores, scores[rivals])[:, None]
    after = np.where(lost & ("weights" in copied), weights[rivals], weights)
    copies = np.where(lost & ("settings" in copied), settings[rivals], settings)
    return weigh(after, factors, lost), moved(copies, factors, lost)


def _tournaments(**keywords):
    return lambda *arguments: _tournament(*arguments, **keywords)


def _perturbs_weights(weights, factors, lost):
    return np.where(lost, weights * factors[:, :1], weights)


def _one_after_the_other(weights, settings, scores, rivals, factors):
    """A member copies what its rival has become by then."""
    weights, settings = weights.copy(), settings.copy()
    for i, rival in enumerate(rivals):
        if scores[rival] < scores[i] or (np.isnan(scores[i]) and not np.isnan(scores[rival])):
            weights[i], settings[i] = weights[rival], settings[rival] * factors[i]
    return weights, settings


def _to_the_rival(weights, settings, scores, rivals, factors):
    """The winner keeps what it has; the loser keeps it, too, and its rival is overwritten."""
    after, moved = weights.copy(), settings.copy()
    for i, rival in enumerate(rivals):
        if scores[rival] > scores[i]:
            after[rival], moved[rival] = weights[i], settings[i] * factors[i]
    return after, moved


def _the_best_of_all(weights, settings, scores, rivals, factors):
    best = np.full(len(scores), np.nanargmin(scores))
    return tournament(weights, settings, scores, best, factors)


def _rivals(rng, scores):
    """The better half meets worse members and stays; the others meet it, but for its best."""
    n = len(scores)
    order, half = np.argsort(scores), n // 2
    rivals = np.empty(n, int)
    rivals[order[:half]] = rng.choice(order[half:], half)
    rivals[order[half:]] = rng.choice(order[min(1, half - 1) : half], n - half)
    return rivals


def _next_better(scores):
    """Each meets the next better member, and the best the worst."""
    order = np.argsort(scores)
    rivals = np.empty(len(scores), int)
    rivals[order] = np.roll(order, 1)
    return rivals


def _generation(rng, n, p, h, in_a_row=False, dtype=float):
    scores = rng.permutation(n) + rng.uniform(0.1, 0.9, n).round(2)
    weights = np.asarray(rng.normal(size=(n, p)).round(2), dtype)
    settings = 10 ** rng.uniform(-4, 0, (n, h))
    settings = np.array([[float(f"{s:.3g}") for s in row] for row in settings])
    factors = rng.choice([0.8, 1.25, 0.5, 2.0], (n, h))
    rivals = _next_better(scores) if in_a_row else _rivals(rng, scores)
    return weights, settings, scores, rivals, factors


def _apart(rng):
    return [
        _generation(rng, 2, 2, 1),
        _generation(rng, 6, 3, 2),
        _generation(rng, 8, 2, 3, dtype=np.float32),
    ]


def _in_a_row(rng):
    return [_generation(rng, 4, 2, 1, True), _generation(rng, 7, 3, 2, True)]


def _ties_and_diverged(rng):
    cases = []
    for n in (5, 8):
        weights, settings, scores, rivals, factors = _generation(rng, n, 2, 2)
        order = np.argsort(scores)
        scores = scores * 10.0 ** int(rng.choice([-200, 200]))
        # Two tie; two have diverged, of which one meets the best and the other this one.
        tied, other, first, last = order[1], order[2], order[0], order[-1]
        scores[other] = scores[tied]
        rivals[[tied, other]] = other, tied
        scores[last] = np.nan
        rivals[[first, last]] = last, first
        scores[order[3]] = np.nan
        rivals[order[3]] = last
        if n > 5:
            rivals[order[4]] = order[3]
        cases.append((weights, settings, scores, rivals, factors))
    return cases


tournament_question = FunctionQuestion(
    key="tuning.5",
    title="A generation of duels",
    kind="implement",
    difficulty=2,
    minutes=15,
    needs=("Spend the budget where it pays",),
    name="tournament",
    reference=tournament,
    parts=(
        Part(name="winners that stay", points=1, draw=_apart),
        Part(name="winners that lose to others", points=1, draw=_in_a_row),
        Part(name="ties and diverged runs", points=1, draw=_ties_and_diverged),
    ),
    mistakes=(
        Mistake(
            name="perturbs-weights",
            hint="You change the weights that are copied. Only hyperparameters are moved.",
            answer=_tournaments(weigh=_perturbs_weights),
        ),
        Mistake(
            name="no-exploration",
            hint=(
                "The members that lose copy and stop there. They also have to try something that "
                "nobody has."
            ),
            answer=_tournaments(moved=lambda settings, factors, lost: settings),
        ),
        Mistake(
            name="all-explore",
            hint="In your generation the winners' hyperparameters move, too. They should not.",
            answer=_tournaments(moved=lambda settings, factors, lost: settings * factors),
        ),
        Mistake(
            name="only-weights",
            hint=(
                "Your losers take over the weights and move their own hyperparameters, which "
                "belong to a run that lost."
            ),
            answer=_tournaments(copied=("weights",)),
        ),
        Mistake(
            name="only-settings",
            hint="Your losers take over the hyperparameters and go on from their own weights.",
            answer=_tournaments(copied=("settings",)),
        ),
        Mistake(
            name="higher-is-better",
            hint="In your duels the larger loss wins.",
            answer=_tournaments(
                loses=lambda mine, other: (other > mine) | (np.isnan(mine) & ~np.isnan(other))
            ),
        ),
        Mistake(
            name="best-of-all",
            hint="Everybody copies the best member. Each has only its own rival to look at.",
            answer=_the_best_of_all,
        ),
        Mistake(
            name="one-after-the-other",
            hint=(
                "Right where the winners stay. Elsewhere you copy what a rival has become in this "
                "generation: all duels are about the population before it."
            ),
            answer=_one_after_the_other,
        ),
        Mistake(
            name="nan-stays",
            hint=(
                "Right while no run diverges. Every comparison with NaN is false, so a member that "
                "has diverged never loses with you."
            ),
            answer=_tournaments(loses=lambda mine, other: other < mine),
        ),
        Mistake(
            name="ties-lose",
            hint="Right but for ties: who is as good as its rival stays as it is.",
            answer=_tournaments(
                loses=lambda mine, other: (other <= mine) | (np.isnan(mine) & ~np.isnan(other))
            ),
        ),
        Mistake(
            name="nan-against-nan",
            hint=(
                "Right but for two runs that both diverged: there is nothing to copy from a rival "
                "that has diverged, too."
            ),
            answer=_tournaments(loses=lambda mine, other: (other < mine) | np.isnan(mine)),
        ),
        Mistake(
            name="to-the-rival",
            hint=(
                "You overwrite the rival that loses. A duel decides about the member itself, and "
                "its rival has one of its own."
            ),
            answer=_to_the_rival,
        ),
    ),
)

# 6. A search for each method, start and size of the loss

STEPS, WANTED, AROUND = 100, 1e-3, 0.01


def end_losses(method, size, starts, lr, memory):
    """The loss after the run as a share of the first, (..., starts); inf where it diverged.

    lr and memory broadcast against each other; starts: (count, 2).
    """
    lr, memory = (np.asarray(value, float)[..., None, None] for value in (lr, memory))
    valley = Beale()
    theta = starts + 0 * (lr + memory)
    kept = np.zeros_like(theta)
    with np.errstate(all="ignore"):
        for _ in range(STEPS):
            gradient = size * valley.gradient(theta)
            if method == "momentum":
                kept = memory * kept + gradient
                theta = theta - lr * kept
            else:
                kept = memory * kept + (1 - memory) * gradient**2
                theta = theta - lr * gradient / (np.sqrt(kept) + 1e-300)
        shares = valley.value(theta) / valley.value(starts)
    return np.where(np.isfinite(shares), shares, np.inf)


RATES = {
    "momentum": np.geomspace(1e-5, 1, 51)[:, None],
    "rmsprop": np.geomspace(1e-4, 3, 51)[:, None],
}
MEMORIES = np.array([0.5, 0.7, 0.8, 0.9])
CORNERS = np.array([[0, 0], [1, 1], [1, -1], [-1, 1], [-1, -1]])


@cache
def _search(method, x, y):
    """A setting in the middle of the good ones in the valley of size 1, by its worst start."""
    rates = RATES[method]
    starts = np.array([x, y]) + AROUND * CORNERS
    losses = end_losses(method, 1.0, starts, rates, MEMORIES).max(axis=-1)
    padded = np.pad(losses, ((2, 2), (0, 0)), mode="edge")
    worst = np.max([padded[k : k + len(losses)] for k in range(5)], axis=0)
    rate, memory = np.unravel_index(worst.argmin(), worst.shape)
    return float(rates[rate, 0]), float(MEMORIES[memory])


def tuned(method, size, start):
    """[learning rate, memory]; the rate of momentum has the size of the loss in it."""
    lr, memory = _search(method, *map(float, start))
    return np.array([lr / size if method == "momentum" else lr, memory])


def _worst(arguments, output, factors=1.0, unit=False):
    """The worst end of the hidden runs for each factor of the rate; of size 1 if `unit`."""
    method, size, start = arguments
    lr, memory = float(output[0]), float(output[1])
    if not (lr > 0 and 0 <= memory < 1):
        return np.inf
    rng = np.random.default_rng(np.r_[start, size].view(np.uint32))
    starts = start + AROUND * np.r_[np.zeros((1, 2)), rng.uniform(-1, 1, (5, 2))]
    return end_losses(method, 1.0 if unit else size, starts, lr * factors, memory).max(axis=-1)


def _judge_tuned(arguments, output):
    if not (output[0] > 0 and 0 <= output[1] < 1):
        return "The rate has to be positive, and the memory at least 0 and below 1."
    if _worst(arguments, output) < WANTED:
        return None
    return "At least one of the runs is not low enough at its end."


FAR = {"momentum": ((1, 1.5), (0, 0), (1, -1), (2, 1)), "rmsprop": ((4, -1), (2, 1))}


def _start(rng, method, far):
    if far:
        center = FAR[method][int(rng.integers(len(FAR[method])))]
        return np.array(center) + rng.uniform(-0.08, 0.08, 2).round(3)
    along = rng.choice([-1, 1]) * rng.uniform(0.05, 0.09)
    return np.array([3.0, 0.5]) + np.array([along, -along * rng.uniform(0.7, 1.1)]).round(3)


def _runs(*plan):
    """plan: pairs of a method and the powers of ten of the size, far starts and near ones."""

    def draw(rng):
        cases = []
        for place, (method, low, high) in enumerate(plan):
            size = float(f"{10 ** rng.uniform(low, high):.3g}")
            cases.append((method, size, _start(rng, method, far=place % 2 == 0)))
        return cases

    return draw


def _good(arguments, output):
    return _worst(arguments, output) < WANTED


def _fits_the_unit(method, power):
    """Whether this method's rates, times size^power, would be good in the valley of size 1."""

    def matches(arguments, output):
        given, size, _ = arguments
        scaled = [output[0] * size**power, output[1]]
        fits = given == method and _worst(arguments, scaled, unit=True) < WANTED
        return fits or _good(arguments, output)

    return matches


LARGER = 10 ** np.arange(0, 12.1, 0.25)


def _would_do(factors):
    """Whether another rate with the same memory would be good enough."""
    return lambda arguments, output: np.min(_worst(arguments, output, factors)) < WANTED


def _for_the_start_alone(arguments, output):
    method, size, start = arguments
    return end_losses(method, size, start[None], *output).max() < WANTED


@cache
def _found_by_luck(method, size, x, y):
    """A setting that is good from the start and not around it; without one, the good setting."""
    start = np.array([x, y])
    alone = end_losses(method, 1.0, start[None], RATES[method], MEMORIES)[..., 0] < WANTED
    for rate, memory in np.argwhere(alone)[::-1]:
        lr = RATES[method][rate, 0] / (size if method == "momentum" else 1.0)
        setting = np.array([lr, MEMORIES[memory]])
        if not _good((method, size, start), setting):
            return setting
    return tuned(method, size, start)


def _lucky(method, size, start):
    return _found_by_luck(method, size, *map(float, start))


def _sized(method, power):
    """A wrong `tuned`: the setting of one method is that for size 1, times size^power."""

    def answer(given, size, start):
        if given != method:
            return tuned(given, size, start)
        lr, memory = _search(given, *map(float, start))
        return np.array([lr * size**power, memory])

    return answer


def _scaled(factor):
    """A wrong `tuned`: all rates are off by a factor."""
    return lambda method, size, start: tuned(method, size, start) * np.array([factor, 1.0])


tuned_question = FunctionQuestion(
    key="tuning.6",
    title="A search of your own",
    kind="tune",
    difficulty=3,
    minutes=20,
    needs=("Each at its best", "A race in Beale's valley", "Grid or random"),
    name="tuned",
    reference=tuned,
    check="form",
    judge=_judge_tuned,
    parts=(
        Part(
            name="momentum",
            points=1,
            draw=_runs(
                ("momentum", 1, 2), ("momentum", -2, -1), ("momentum", -2, -1), ("momentum", 1, 2)
            ),
        ),
        Part(
            name="RMSprop",
            points=1,
            draw=_runs(
                ("rmsprop", 1, 2), ("rmsprop", -2, -1), ("rmsprop", -2, -1), ("rmsprop", 1, 2)
            ),
        ),
        Part(
            name="tiny and huge losses",
            points=1,
            draw=_runs(
                ("momentum", 8, 10), ("rmsprop", -10, -8), ("rmsprop", 8, 10), ("momentum", -10, -8)
            ),
        ),
    ),
    mistakes=(
        tuning_mistake(
            "default",
            "0.01 and 0.001 are libraries' defaults. No rate suits all methods, losses and starts: "
            "try some on a log scale.",
            lambda method, size, start: np.array([0.01 if method == "momentum" else 0.001, 0.9]),
            lambda arguments, output: output[0] in (0.01, 0.001),
        ),
        tuning_mistake(
            "no-size",
            "Your rates for momentum would do if `size` were 1. What becomes of a step of "
            "momentum when the loss is multiplied by a number?",
            _sized("momentum", 0),
            _fits_the_unit("momentum", 0),
        ),
        tuning_mistake(
            "with-the-size",
            "Your rates for momentum grow with `size`, as the gradient does already.",
            _sized("momentum", 1),
            _fits_the_unit("momentum", -1),
        ),
        tuning_mistake(
            "against-the-size",
            "Your rates for RMSprop fall with `size`. What is left of it in a gradient that is "
            "divided by the root of its mean square?",
            _sized("rmsprop", -1),
            _fits_the_unit("rmsprop", 1),
        ),
        tuning_mistake(
            "along-with-the-size",
            "Your rates for RMSprop grow with `size`. A step of this method is a distance, "
            "whatever the loss is measured in.",
            _sized("rmsprop", 1),
            _fits_the_unit("rmsprop", -1),
        ),
        tuning_mistake(
            "lucky",
            "Your settings do for the start itself and not for all starts around it. Try some of "
            "these, too, and stay away from the edge of the good range.",
            _lucky,
            _for_the_start_alone,
        ),
        tuning_mistake(
            "too-slow",
            "Larger rates with the same memory would do: your runs are on their way when their "
            "steps are used up.",
            _scaled(1 / 30),
            _would_do(LARGER),
        ),
        tuning_mistake(
            "too-fast",
            "Smaller rates with the same memory would do: yours leave the valley, or cannot settle "
            "in it.",
            _scaled(30),
            _would_do(1 / LARGER),
        ),
        tuning_mistake(
            "one-for-all",
            "With the same memories and other rates all of these runs would do: some of yours are "
            "too large and some too small. What do the runs differ in?",
            lambda method, size, start: np.array([0.006 if method == "momentum" else 0.02, 0.8]),
            _would_do(np.r_[LARGER, 1 / LARGER]),
        ),
    ),
)

# Practice: the notebook shows these solutions


def _log_share(low, high, start, end):
    return math.log(end / start) / math.log(high / low)


def _log_shares(rng):
    cases = []
    for _ in range(4):
        low, start, end, high = (float(f"{10**r:.2g}") for r in np.cumsum(rng.uniform(-1.5, 1, 4)))
        low, start, end, high = sorted((low, start, end, high))
        cases.append((low, 2 * high, 1.1 * start, 1.3 * end))
    return cases


share_question = FunctionQuestion(
    key="tuning.p1",
    title="A share of the draws",
    kind="implement",
    difficulty=1,
    minutes=5,
    needs=("Draw on a log scale",),
    name="log_share",
    graded=False,
    reference=_log_share,
    parts=(Part(name="shares", points=0, draw=_log_shares),),
    mistakes=(
        Mistake(
            name="linear",
            hint="That is the share of uniform draws. Count powers of ten instead of lengths.",
            answer=lambda low, high, start, end: (end - start) / (high - low),
        ),
        Mistake(
            name="decades",
            hint="That is how many powers of ten the piece has. How many has the whole range?",
            answer=lambda low, high, start, end: math.log10(end / start),
        ),
    ),
)

counted = ValueQuestion(
    key="tuning.p2",
    title="What a grid tries",
    kind="predict",
    difficulty=1,
    minutes=4,
    needs=("Grid or random",),
    name="counts",
    graded=False,
    points=0,
    value=[625, 5, 625],
    mistakes=(
        Mistake(
            name="sum",
            hint="A grid tries every combination: the numbers of values multiply.",
            answer=[20, 5, 20],
        ),
        Mistake(
            name="exponent",
            hint="You have the base and the exponent the wrong way round.",
            answer=[1024, 5, 1024],
        ),
        Mistake(
            name="same",
            hint="Random trials share no value with each other: each tries one of its own.",
            answer=[625, 5, 5],
        ),
    ),
)

verdict = ValueQuestion(
    key="tuning.p3",
    title="One rate, one run",
    kind="choice",
    difficulty=1,
    minutes=3,
    needs=("One rate for all",),
    name="conclusion",
    graded=False,
    points=0,
    options=("a", "b", "c"),
    value="c",
    mistakes=(
        Mistake(
            name="trusting",
            hint="The rate may suit Adam and not momentum. What units has it in either method?",
            answer="a",
        ),
        Mistake(
            name="contrary",
            hint="That may be so, and it may not: nobody has tried.",
            answer="b",
        ),
    ),
)

EXERCISE = Exercise(
    name="tuning",
    title="Choosing and tuning",
    questions=(
        share_question,
        counted,
        verdict,
        sliced_question,
        trials_question,
        quiet_question,
        fair_question,
        tournament_question,
        tuned_question,
    ),
)
