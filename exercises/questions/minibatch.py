"""The questions on mini-batches: references, hidden inputs, mistakes that get a hint.

The references are variants of what `lecture_code.minibatch` has; the tests compare the two where
they must agree. The order of the examples crosses as an array, since no generator may.
"""

import math

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

# 1. Epochs of mini-batches, with a penalty that stays outside the sample


def trained(theta0, X, y, orders, size, lr, penalty):
    """theta after one epoch for each row of orders: a linear model, half the mean square error."""
    theta = np.array(theta0)
    for order in orders:
        for start in range(0, len(order), size):
            rows = order[start : start + size]
            errors = X[rows] @ theta - y[rows]
            theta = theta - lr * (X[rows].T @ errors / len(rows) + penalty * theta)
    return theta


def _trained(
    take=None,
    labels=None,
    by=len,
    weigh=lambda penalty, count: penalty,
    orders_of=lambda orders: orders,
    stay=False,
):
    """A wrong `trained`: each keyword changes one thing.

    take(order, start, size), the rows of a batch, or None for no step; labels(rows, order, start),
    the rows of y; by(rows, size), the divisor; stay: every gradient where the epoch began.
    """

    def run(theta0, X, y, orders, size, lr, penalty):
        theta = np.array(theta0)
        for order in orders_of(orders):
            begin = theta
            for start in range(0, len(order), size):
                rows = order[start : start + size] if take is None else take(order, start, size)
                if rows is None:
                    continue
                point = begin if stay else theta
                other = rows if labels is None else labels(rows, start)
                count = len(rows) if by is len else by(rows, size)
                gradient = X[rows].T @ (X[rows] @ point - y[other]) / count
                theta = theta - lr * (gradient + weigh(penalty, len(rows)) * point)
        return theta

    return run


def _examples(rng, count, features=2, outputs=(), dtype=float):
    """theta0, X and y that a linear model fits in part."""
    X = rng.normal(0, 1, (count, features)).round(2)
    theta0 = rng.uniform(-2, 2, (features, *outputs)).round(2)
    y = (X @ rng.uniform(-3, 3, theta0.shape) + rng.normal(0, 1, (count, *outputs))).round(2)
    return tuple(np.asarray(array, dtype=dtype) for array in (theta0, X, y))


def _orders(rng, count, epochs=1):
    """Orders that all differ from each other and from the stored one."""
    rows = np.arange(count)
    orders = [rows]
    while len(orders) <= epochs:
        order = rng.permutation(rows)
        if all(np.sum(order != other) > 1 for other in orders):
            orders.append(order)
    return np.array(orders[1:])


def _run(rng, count, size, penalty=0.0, epochs=1, **kinds):
    return (
        *_examples(rng, count, **kinds),
        _orders(rng, count, epochs),
        size,
        between(rng, 0.05, 0.3),
        penalty,
    )


def _single_examples(rng):
    return [_run(rng, 3, 1), _run(rng, int(rng.integers(5, 12)), 1, features=3)]


def _remainders(rng):
    size = int(rng.integers(4, 7))
    return [
        _run(rng, 3, 2),
        _run(rng, 2 * size + int(rng.integers(1, size)), size, features=3),
        _run(rng, size, size + 3),
    ]


def _penalized(rng):
    return [
        _run(rng, size * batches, size, between(rng, 0.3, 2))
        for size, batches in ((2, 2), (int(rng.integers(3, 6)), int(rng.integers(2, 5))))
    ]


def _everything(rng):
    def penalty():
        return between(rng, 0.3, 2)

    return [
        _run(rng, 3, 2, penalty(), epochs=2),
        _run(rng, int(rng.integers(5, 9)), 1, penalty(), epochs=2, features=1),
        _run(rng, 7, 3, penalty(), epochs=3, features=2, outputs=(3,)),
        _run(rng, 11, 4, penalty(), epochs=2, features=3, dtype=np.float32),
    ]


trained_question = FunctionQuestion(
    key="minibatch.1",
    title="Epochs with a penalty",
    kind="implement",
    difficulty=2,
    minutes=18,
    needs=("A mean over a sample", "The algorithm"),
    name="trained",
    reference=trained,
    parts=(
        Part(name="one example a step", points=1, draw=_single_examples),
        Part(name="a short last batch", points=1, draw=_remainders),
        Part(name="a penalty", points=1, draw=_penalized),
        Part(name="several epochs, several outputs, float32", points=1, draw=_everything),
    ),
    rtol=1e-8,
    atol=1e-7,
    mistakes=(
        Mistake(
            name="tail-lost",
            hint=(
                "Some examples are never used: those that are left when no full batch can be "
                "filled any more."
            ),
            answer=_trained(
                take=lambda order, start, size: (
                    order[start : start + size] if start + size <= len(order) else None
                )
            ),
        ),
        Mistake(
            name="divided-by-size",
            hint=(
                "Right for full batches. The last one is short: how many gradients are you taking "
                "the mean of?"
            ),
            answer=_trained(by=lambda rows, size: size),
        ),
        Mistake(
            name="sum",
            hint=(
                "You add up the gradients of a batch. With a sum, a step would be larger the more "
                "examples there are; the algorithm takes their mean."
            ),
            answer=_trained(by=lambda rows, size: 1),
        ),
        Mistake(
            name="one-row-too-many",
            hint=(
                "Your batches share examples: each holds the first example of the next one too. "
                "What does a slice do with its end?"
            ),
            answer=_trained(take=lambda order, start, size: order[start : start + size + 1]),
        ),
        Mistake(
            name="unpaired",
            hint=(
                "The rows of X come in the order that is given, and those of y as they are "
                "stored. Which label belongs to which row?"
            ),
            answer=_trained(labels=lambda rows, start: np.arange(start, start + len(rows))),
        ),
        Mistake(
            name="stored-order",
            hint="Your batches are cut from the rows as they are stored: what is the order for?",
            answer=_trained(
                orders_of=lambda orders: [np.arange(orders.shape[1]) for _ in orders],
            ),
        ),
        Mistake(
            name="one-order",
            hint="Right for one epoch. In the next one you use the order of the first again.",
            answer=_trained(orders_of=lambda orders: [orders[0] for _ in orders]),
        ),
        Mistake(
            name="one-epoch",
            hint="You stop after one epoch. The orders have a row for each.",
            answer=_trained(orders_of=lambda orders: orders[:1]),
        ),
        Mistake(
            name="no-penalty",
            hint="Your steps leave the penalty out.",
            answer=_trained(weigh=lambda penalty, count: 0.0),
        ),
        Mistake(
            name="penalty-divided",
            hint=(
                "Your penalty weighs less the larger the batch is: it is no part of the sum over "
                "the examples."
            ),
            answer=_trained(weigh=lambda penalty, count: penalty / count),
        ),
        Mistake(
            name="penalty-doubled",
            hint="Your penalty is twice too strong: what does the half in the loss do?",
            answer=_trained(weigh=lambda penalty, count: 2 * penalty),
        ),
        Mistake(
            name="penalty-each",
            hint=(
                "You add the penalty for every example of the batch; it belongs to the step once."
            ),
            answer=_trained(weigh=lambda penalty, count: count * penalty),
        ),
        Mistake(
            name="stays",
            hint=(
                "All your gradients are taken where the epoch began. The second batch is looked "
                "at after the first step, not before it."
            ),
            answer=_trained(stay=True),
        ),
    ),
)

# 2. How many examples for a given accuracy


def smallest_batch(sigma, N, target, replacement):
    """The smallest n whose mean gradient has a standard deviation of at most target."""
    if replacement:
        return math.ceil((sigma / target) ** 2)
    return math.ceil(sigma**2 * N / (target**2 * (N - 1) + sigma**2))


def _first(accurate):
    """The smallest n from 1 to N for which accurate(sigma, N, target, n) is true, else N."""

    def search(sigma, N, target, replacement):
        if replacement:
            return smallest_batch(sigma, N, target, True)
        return next((n for n in range(1, N) if accurate(sigma, N, target, n)), N)

    return search


def _independent(rng):
    cases = []
    for low, high in ((5, 20), (20, 100), (100, 1000), (1000, 4000)):
        sigma, n = between(rng, 0.2, 5, 2), int(rng.integers(low, high))
        target = sigma / math.sqrt(n - rng.uniform(0.2, 0.8))
        cases.append((sigma, int(rng.integers(5000, 60000)), round(target, 7), True))
    return cases


def _shuffled(rng):
    cases = []
    for _ in range(3):
        # Between the laws with N - 1 and with N for n - 1 examples: only the right one says n.
        sigma, N = between(rng, 0.2, 5, 2), int(rng.integers(25, 90))
        n = int(rng.integers(0.4 * N, 0.8 * N))
        variance = sigma**2 / (n - 1) * (N - n + 1) / (N - 1)
        cases.append((sigma, N, round(math.sqrt(variance * (1 - 0.5 / N)), 7), False))
    sigma = between(rng, 0.2, 5, 2)
    cases.append((sigma, int(rng.integers(40, 400)), round(sigma / 900, 7), False))
    return cases


batch_question = FunctionQuestion(
    key="minibatch.2",
    title="The smallest mini-batch that will do",
    kind="predict",
    difficulty=2,
    minutes=10,
    needs=("Right on average, and how far off",),
    name="smallest_batch",
    reference=smallest_batch,
    check="form",
    parts=(
        Part(name="with replacement", points=1, draw=_independent),
        Part(name="without replacement", points=2, draw=_shuffled),
    ),
    rtol=0.0,
    mistakes=(
        Mistake(
            name="one-over-n",
            hint=(
                "Your standard deviation falls as 1 / n. It is the variance that does: four times "
                "the examples halve the standard deviation."
            ),
            answer=lambda sigma, N, target, replacement: math.ceil(sigma / target),
        ),
        Mistake(
            name="target-is-variance",
            hint="You take the target for a variance. It is a standard deviation, like sigma.",
            answer=lambda sigma, N, target, replacement: math.ceil(sigma**2 / target),
        ),
        Mistake(
            name="rounded-down",
            hint="One example too few: with your n the standard deviation is above the target.",
            answer=lambda sigma, N, target, replacement: (
                smallest_batch(sigma, N, target, replacement) - 1
            ),
        ),
        Mistake(
            name="one-more",
            hint="One example too many: with one less the target is met as well.",
            answer=lambda sigma, N, target, replacement: (
                smallest_batch(sigma, N, target, replacement) + 1
            ),
        ),
        Mistake(
            name="always-replaced",
            hint=(
                "Without replacement no example comes twice, and the whole data set has no noise "
                "at all. Your n does not know how large the data set is."
            ),
            answer=lambda sigma, N, target, replacement: smallest_batch(sigma, N, target, True),
        ),
        Mistake(
            name="capped",
            hint=(
                "Without replacement it is not enough to stop at N: long before, the noise is "
                "smaller than with replacement."
            ),
            answer=lambda sigma, N, target, replacement: (
                smallest_batch(sigma, N, target, True)
                if replacement
                else min(N, smallest_batch(sigma, N, target, True))
            ),
        ),
        Mistake(
            name="n-for-n-minus-1",
            hint=(
                "Without replacement your noise is a little too small: for a batch of one example "
                "it has to be sigma."
            ),
            answer=_first(
                lambda sigma, N, target, n: sigma**2 / n * (N - n) / N <= target**2,
            ),
        ),
        Mistake(
            name="factor-not-rooted",
            hint=(
                "Without replacement you multiply the standard deviation by a factor that belongs "
                "to the variance."
            ),
            answer=_first(
                lambda sigma, N, target, n: sigma / n**0.5 * (N - n) / (N - 1) <= target,
            ),
        ),
        Mistake(
            name="swapped",
            hint="You have the two cases the wrong way round: what does `replacement` say?",
            answer=lambda sigma, N, target, replacement: smallest_batch(
                sigma, N, target, not replacement
            ),
        ),
    ),
)

# 3. Find the bug: a weighted mean, accumulated over chunks


def weighted_steps(theta0, X, y, weights, plan, lr):
    """theta after one step for each list of chunk lengths in plan."""
    theta, start = np.array(theta0), 0
    for chunks in plan:
        total, weight = np.zeros_like(theta), 0.0
        for rows in chunks:
            chunk = slice(start, start + rows)
            errors = X[chunk] @ theta - y[chunk]
            total = total + X[chunk].T @ (weights[chunk] * errors)
            weight = weight + float(np.sum(weights[chunk]))
            start += rows
        theta = theta - lr * total / weight
    return theta


def _weighted(share=None, by=None, keep=(), every_chunk=False, plain=False):
    """A wrong `weighted_steps`: each keyword changes one thing.

    share(here, rows, chunks, own): by what the weighted sum of a chunk of weight `here` is
    multiplied, in a step of weight `own`; by(weight, rows, all_weights): the divisor of what is
    added up; keep: what is not reset after a step.
    """

    def run(theta0, X, y, weights, plan, lr):
        theta, start = np.array(theta0), 0
        total, weight = np.zeros_like(theta), 0.0
        w = np.ones_like(weights) if plain else weights
        if every_chunk:
            plan = [[rows] for chunks in plan for rows in chunks]
        for chunks in plan:
            total = total if "total" in keep else np.zeros_like(theta)
            weight = weight if "weight" in keep else 0.0
            own = float(np.sum(w[start : start + sum(chunks)]))
            for rows in chunks:
                chunk = slice(start, start + rows)
                each = X[chunk].T @ (w[chunk] * (X[chunk] @ theta - y[chunk]))
                here = np.sum(w[chunk])
                total = total + (each if share is None else share(here, rows, chunks, own) * each)
                weight, start = weight + float(here), start + rows
            divisor = weight if share is None else 1.0
            if by is not None:
                divisor = by(weight, sum(chunks), float(np.sum(w)))
            theta = theta - lr * total / divisor
        return theta

    return run


def _plan(rng, steps):
    """Chunk lengths: at least two chunks a step, of different lengths."""
    return [rng.permutation([1, 2, 4, 5])[: rng.integers(2, 4)].tolist() for _ in range(steps)]


def _accumulation(rng, plan, features=2, dtype=float, idle=()):
    """Arguments for a plan; the chunks whose numbers are in idle weigh nothing."""
    theta0, X, y = _examples(rng, sum(map(sum, plan)), features, dtype=dtype)
    weights = rng.uniform(0.2, 3, len(y)).round(2)
    ends = np.cumsum([rows for chunks in plan for rows in chunks])
    for chunk in idle:
        weights[ends[chunk - 1] if chunk else 0 : ends[chunk]] = 0
    return theta0, X, y, weights.astype(dtype), plan, between(rng, 0.05, 0.4)


def _one_step(rng):
    return [
        _accumulation(rng, [[2, 1]]),
        _accumulation(rng, _plan(rng, 1), features=1),
        _accumulation(rng, _plan(rng, 1), features=3),
    ]


def _several_steps(rng):
    return [
        _accumulation(rng, [[2, 1], [1, 3]]),
        _accumulation(rng, _plan(rng, 3), features=3),
        _accumulation(rng, _plan(rng, 4), dtype=np.float32),
    ]


def _idle_chunks(rng):
    return [
        _accumulation(rng, [[1, 2]], idle=(0,)),
        _accumulation(rng, _plan(rng, 3), features=3, idle=(1,)),
        _accumulation(rng, _plan(rng, 2)),
    ]


def _zero_over_zero(here, rows, chunks, own):
    return (here / own) / here


bug_question = FunctionQuestion(
    key="minibatch.3",
    title="Repair an accumulated step",
    kind="find the bug",
    difficulty=2,
    minutes=15,
    needs=("Slices, memory and streams",),
    name="weighted_steps",
    reference=weighted_steps,
    parts=(
        Part(name="one step", points=1, draw=_one_step),
        Part(name="several steps", points=1, draw=_several_steps),
        Part(name="chunks without weight", points=1, draw=_idle_chunks),
    ),
    rtol=1e-8,
    atol=1e-7,
    mistakes=(
        Mistake(
            name="share-of-rows",
            hint=(
                "A chunk counts with its share of the rows. Where the rows have weights of their "
                "own, which share should it be?"
            ),
            answer=_weighted(share=lambda here, rows, chunks, own: rows / sum(chunks) / here),
        ),
        Mistake(
            name="mean-of-means",
            hint="All chunks count the same, whatever is in them: that is a plain mean of means.",
            answer=_weighted(share=lambda here, rows, chunks, own: 1 / len(chunks) / here),
        ),
        Mistake(
            name="sum",
            hint="You add up weighted gradients and never divide: it should be a weighted mean.",
            answer=_weighted(by=lambda weight, rows, all_weights: 1.0),
        ),
        Mistake(
            name="divided-by-rows",
            hint=(
                "You divide the weighted sum by the number of rows. If all weights were 2, the "
                "weighted mean should be the plain one."
            ),
            answer=_weighted(by=lambda weight, rows, all_weights: rows),
        ),
        Mistake(
            name="all-weights",
            hint=(
                "Right where there is one step. A step's mean is over the rows of that step; you "
                "divide by the weight of the whole data set."
            ),
            answer=_weighted(by=lambda weight, rows, all_weights: all_weights),
        ),
        Mistake(
            name="total-kept",
            hint=(
                "Right for the first step. At the second, what you add up still has the gradients "
                "of the first in it."
            ),
            answer=_weighted(keep=("total",)),
        ),
        Mistake(
            name="weight-kept",
            hint=(
                "Right for the first step. At the second, the weight by which you divide still has "
                "that of the first in it."
            ),
            answer=_weighted(keep=("weight",)),
        ),
        Mistake(
            name="both-kept",
            hint=(
                "Right for the first step. The second takes the mean over its own chunks and those "
                "of the first."
            ),
            answer=_weighted(keep=("total", "weight")),
        ),
        Mistake(
            name="zero-over-zero",
            hint=(
                "Right as long as every chunk has some weight. The mean over a chunk without any "
                "is 0 / 0: can you do without the means of chunks?"
            ),
            answer=_weighted(share=_zero_over_zero),
        ),
        Mistake(
            name="a-step-each",
            hint=(
                "You make a step after every chunk. All chunks of a step belong to one gradient, "
                "taken at one theta."
            ),
            answer=_weighted(every_chunk=True),
        ),
        Mistake(
            name="unweighted",
            hint="Your rows all count the same: the weights are not used.",
            answer=_weighted(plain=True),
        ),
    ),
)

# 4. The distance that is left on a noisy bowl


def expected_square(start, curvature, sigma, rates, sizes):
    """The mean square of x after a step for each rate, on curvature * x**2 / 2."""
    square = start**2
    for rate, n in zip(rates.tolist(), sizes.tolist(), strict=True):
        square = (1 - rate * curvature) ** 2 * square + rate**2 * sigma**2 / n
    return square


def _square(step=None, end=lambda square: square, first=lambda start: start**2):
    """A wrong `expected_square`; step(square, rate, h, sigma, n) is what a step does."""

    def run(start, curvature, sigma, rates, sizes):
        square = first(start)
        for rate, n in zip(rates.tolist(), sizes.tolist(), strict=True):
            if step is None:
                square = (1 - rate * curvature) ** 2 * square + rate**2 * sigma**2 / n
            else:
                square = step(square, rate, curvature, sigma, n)
        return end(square)

    return run


def _noisy_runs(batches, curved):
    def draw(rng):
        cases = []
        for steps in (2, int(rng.integers(5, 15)), int(rng.integers(30, 80))):
            low, high = ((0.2, 0.7) if steps == 2 else (2, 6)) if curved else (1, 1)
            h = between(rng, low, high, 2)
            rates = (rng.uniform(0.1, 0.8, steps) / h).round(3)
            sizes = 2 ** rng.integers(1, 7, steps) if batches else np.ones(steps, dtype=int)
            cases.append((between(rng, 1, 5, 2), h, between(rng, 0.5, 3, 2), rates, sizes))
        return cases

    return draw


square_question = FunctionQuestion(
    key="minibatch.4",
    title="How near it comes on average",
    kind="analyze",
    difficulty=2,
    minutes=12,
    needs=("The floor of a constant rate", "Rates that fall"),
    name="expected_square",
    reference=expected_square,
    parts=(
        Part(name="one example a step", points=1, draw=_noisy_runs(False, False)),
        Part(name="mini-batches", points=1, draw=_noisy_runs(True, False)),
        Part(name="other curvatures", points=1, draw=_noisy_runs(True, True)),
    ),
    rtol=1e-8,
    mistakes=(
        Mistake(
            name="rooted",
            hint="That is the root of the mean square. The mean square is asked for.",
            answer=_square(end=math.sqrt),
        ),
        Mistake(
            name="deviations-add",
            hint=(
                "You add up distances. What is independent adds up in its squares, not in its "
                "sizes."
            ),
            answer=_square(
                lambda r, rate, h, sigma, n: abs(1 - rate * h) * r + rate * sigma / n**0.5,
                first=abs,
                end=lambda r: r**2,
            ),
        ),
        Mistake(
            name="rate-not-squared",
            hint="The step multiplies the noise by the rate: by what is its variance multiplied?",
            answer=_square(
                lambda square, rate, h, sigma, n: (1 - rate * h) ** 2 * square + rate * sigma**2 / n
            ),
        ),
        Mistake(
            name="shrinks-once",
            hint="The step multiplies x by a factor: by what is the square of x multiplied?",
            answer=_square(
                lambda square, rate, h, sigma, n: (
                    abs(1 - rate * h) * square + rate**2 * sigma**2 / n
                )
            ),
        ),
        Mistake(
            name="no-noise",
            hint="That is how far the run without noise comes: the noise is missing.",
            answer=_square(lambda square, rate, h, sigma, n: (1 - rate * h) ** 2 * square),
        ),
        Mistake(
            name="no-start",
            hint="Your run begins at the minimum: where does `start` enter?",
            answer=_square(first=lambda start: 0.0),
        ),
        Mistake(
            name="one-over-n",
            hint=(
                "Right for one example a step. For n examples your noise is too small: the "
                "variance falls as 1 / n, not the standard deviation."
            ),
            answer=_square(
                lambda square, rate, h, sigma, n: (
                    (1 - rate * h) ** 2 * square + rate**2 * sigma**2 / n**2
                )
            ),
        ),
        Mistake(
            name="no-batches",
            hint="Right for one example a step. The sizes of the mini-batches are not used.",
            answer=_square(
                lambda square, rate, h, sigma, n: (1 - rate * h) ** 2 * square + rate**2 * sigma**2
            ),
        ),
        Mistake(
            name="no-curvature",
            hint="Right for curvature 1. What is the gradient of the bowl at x for another one?",
            answer=_square(
                lambda square, rate, h, sigma, n: (1 - rate) ** 2 * square + (rate * sigma) ** 2 / n
            ),
        ),
        Mistake(
            name="curved-noise",
            hint=(
                "Right for curvature 1. You multiply the noise by the curvature too; it is given "
                "in units of the gradient."
            ),
            answer=_square(
                lambda square, rate, h, sigma, n: (
                    (1 - rate * h) ** 2 * square + (rate * h * sigma) ** 2 / n
                )
            ),
        ),
    ),
)

# 5. The floor of least squares, with labels that can be fitted and labels that cannot


def noise_floor(x, y, lr):
    """The root mean square distance of theta from the minimum, in the long run."""
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    left = y - x * (np.sum(x * y) / np.sum(x**2))
    pushed = lr**2 * np.mean((x * left) ** 2)
    return float(np.sqrt(pushed / (1 - np.mean((1 - lr * x**2) ** 2))))


def _floor(error=None, law=None, root=True):
    """A wrong `noise_floor`: error(x, y) at the minimum; law(lr, x, left), its square."""

    def run(x, y, lr):
        x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
        left = (error or (lambda x, y: y - x * np.sum(x * y) / np.sum(x**2)))(x, y)
        if law is None:
            square = lr**2 * np.mean((x * left) ** 2) / (1 - np.mean((1 - lr * x**2) ** 2))
        else:
            square = law(lr, x, left)
        return float(square**0.5 if root else square)

    return run


def _with_intercept(x, y):
    slope = np.mean((x - x.mean()) * (y - y.mean())) / np.var(x)
    return y - y.mean() - slope * (x - x.mean())


def _labels(rng, x, exact, dtype=float):
    """Labels near a line through the origin, or exactly on it."""
    theta = float(rng.choice([-1, 1]) * rng.integers(4, 13)) / 4
    y = theta * x if exact else theta * x + rng.normal(0, between(rng, 0.5, 2), len(x)).round(2)
    stable = 2 * np.mean(x**2) / np.mean(x**4)
    lr = round(float(rng.uniform(0.2, 0.6) * min(stable, 1 / np.mean(x**2))), 4)
    return x.astype(dtype), y.astype(dtype), lr


def _signs(rng):
    cases = []
    for count, exact in ((3, False), (int(rng.integers(4, 9)), True), (20, False)):
        x = rng.choice([-1.0, 1.0], count)
        x[:2] = -1.0, 1.0
        cases.append(_labels(rng, x, exact))
    return cases


def _any_inputs(rng):
    def inputs(count, scale=1.0):
        return scale * rng.choice([-1, 1], count) * rng.integers(1, 13, count) / 4

    small = np.array([0.5, float(rng.choice([-1, 1]) * rng.integers(4, 9) / 4)])
    zeros = inputs(12)
    zeros[3:6] = 0
    return [
        _labels(rng, small, False),
        _labels(rng, zeros, False),
        _labels(rng, inputs(9), True),
        _labels(rng, inputs(40, 1 / 64), False),
        _labels(rng, inputs(15), False, np.float32),
    ]


floor_question = FunctionQuestion(
    key="minibatch.5",
    title="Is there a floor?",
    kind="analyze",
    difficulty=3,
    minutes=18,
    needs=("The floor of a constant rate", "When a constant rate is enough"),
    name="noise_floor",
    reference=noise_floor,
    parts=(
        Part(name="inputs of 1 and -1", points=1, draw=_signs),
        Part(name="any inputs", points=2, draw=_any_inputs),
    ),
    rtol=1e-6,
    atol=1e-6,
    mistakes=(
        Mistake(
            name="mean-square",
            hint="That is the mean square of the distance. Its root is asked for.",
            answer=_floor(root=False),
        ),
        Mistake(
            name="noise-at-zero",
            hint=(
                "You have a floor even where all labels can be fitted. Take the noise where the "
                "run ends up: at the minimum, not at zero."
            ),
            answer=_floor(error=lambda x, y: y),
        ),
        Mistake(
            name="intercept",
            hint="You fit a line with an intercept. The model has one parameter, the slope.",
            answer=_floor(error=_with_intercept),
        ),
        Mistake(
            name="small-rates",
            hint=(
                "That is the law for very small rates. The rates here are not: what does a step "
                "do to the square of the distance, exactly?"
            ),
            answer=_floor(
                law=lambda lr, x, left: lr / 2 * np.mean((x * left) ** 2) / np.mean(x**2)
            ),
        ),
        Mistake(
            name="curvature-one",
            hint=(
                "Right where every input is 1 or -1. The chapter's bowl has the curvature 1; which "
                "curvature does each example have here?"
            ),
            answer=_floor(law=lambda lr, x, left: lr / (2 - lr) * np.mean((x * left) ** 2)),
        ),
        Mistake(
            name="mean-curvature",
            hint=(
                "Right where every input is 1 or -1. You take the mean of the curvatures for all "
                "steps. The factor by which a step shrinks is random, and you need the mean of its "
                "square."
            ),
            answer=_floor(
                law=lambda lr, x, left: (
                    lr**2 * np.mean((x * left) ** 2) / (1 - (1 - lr * np.mean(x**2)) ** 2)
                )
            ),
        ),
        Mistake(
            name="errors-for-gradients",
            hint=(
                "Right where every input is 1 or -1. Your noise is that of the labels; the noise "
                "in the step is that of the gradients."
            ),
            answer=_floor(
                law=lambda lr, x, left: (
                    lr**2 * np.mean(left**2) / (1 - np.mean((1 - lr * x**2) ** 2))
                )
            ),
        ),
    ),
)

# 6. Rates for a noisy bowl

ROOM = 1.1  # times the best root mean square distance that any rates can reach


def schedule(distance, sigma, curvature, steps):
    """The rates that make the expected square as small as it can be after every step."""
    wait = (sigma / (curvature * distance)) ** 2
    return 1 / (curvature * (np.arange(1, steps + 1) + wait))


def _judge_schedule(arguments, output):
    """Follow the mean square of x and compare it with the smallest that is possible."""
    distance, sigma, curvature, steps = arguments
    square = distance**2
    for rate in np.asarray(output, dtype=float):
        square = (1 - rate * curvature) ** 2 * square + (rate * sigma) ** 2
    best = 1 / (1 / distance**2 + steps * (curvature / sigma) ** 2)
    if square <= ROOM**2 * best:
        return None
    return "At least once, x is too far away after the last step, in the root mean square."


def _starts(far, near, curvatures):
    """far: starts where the noise is small against the distance; near: where it is not."""

    def draw(rng):
        cases = []
        for curvature in curvatures:
            h = float(round(curvature * 10 ** rng.uniform(-0.2, 0.2), 5)) if curvature else 1.0
            for kind in ["far"] * far + ["near"] * near:
                sigma, steps = between(rng, 0.3, 3, 2), int(rng.integers(60, 500))
                ratio = rng.uniform(8, 20) if kind == "far" else rng.uniform(0.9, 1.3) / steps**0.5
                cases.append((float(f"{ratio * sigma / h:.4g}"), sigma, h, steps))
        return cases

    return draw


def _steps(steps):
    return np.arange(1, steps + 1)


schedule_question = FunctionQuestion(
    key="minibatch.6",
    title="Rates for a noisy bowl",
    kind="tune",
    difficulty=3,
    minutes=18,
    needs=("Rates that fall", "minibatch.4"),
    name="schedule",
    reference=schedule,
    check="form",
    judge=_judge_schedule,
    parts=(
        Part(name="far starts", points=1, draw=_starts(3, 0, (None,))),
        Part(name="near starts", points=1, draw=_starts(0, 3, (None,))),
        Part(name="other curvatures", points=2, draw=_starts(1, 1, (0.05, 30))),
    ),
    mistakes=(
        tuning_mistake(
            "one-over-t",
            "Your first step forgets the start completely. From a near start, that is a jump to "
            "where the noise of one gradient throws it.",
            lambda distance, sigma, curvature, steps: 1 / (curvature * _steps(steps)),
        ),
        tuning_mistake(
            "constant",
            "A constant rate stops at its floor, and one with a low floor is slow. It has to fall.",
            lambda distance, sigma, curvature, steps: np.full(steps, 1 / (curvature * steps)),
        ),
        tuning_mistake(
            "tenth-over-t",
            "Your rate meets both conditions and hardly moves: ten times the steps shrink the "
            "distance by a fifth. The factor in front decides about the speed.",
            lambda distance, sigma, curvature, steps: 0.1 / (curvature * _steps(steps)),
        ),
        tuning_mistake(
            "inverse-root",
            "Your rate falls too slowly: the noise of the last steps is still there at the end.",
            lambda distance, sigma, curvature, steps: 1 / (curvature * np.sqrt(_steps(steps))),
        ),
        tuning_mistake(
            "inverse-square",
            "Your rate falls too fast: what the first step leaves is still there at the end.",
            lambda distance, sigma, curvature, steps: 1 / (curvature * _steps(steps) ** 2),
        ),
        tuning_mistake(
            "curvature-ignored",
            "Right for curvature 1. A learning rate is measured in one over the curvature.",
            lambda distance, sigma, curvature, steps: schedule(distance, sigma, 1.0, steps),
        ),
        tuning_mistake(
            "wait-without-curvature",
            "Right for curvature 1, and the factor in front fits others too. You compare the noise "
            "of the gradient with a distance: how large is the gradient itself at the start?",
            lambda distance, sigma, curvature, steps: (
                1 / (curvature * (_steps(steps) + (sigma / distance) ** 2))
            ),
        ),
        tuning_mistake(
            "no-square",
            "Right for far starts. From near ones your rates begin too high: noise and start add "
            "up in their squares, so compare these.",
            lambda distance, sigma, curvature, steps: (
                1 / (curvature * (_steps(steps) + sigma / (curvature * distance)))
            ),
        ),
        tuning_mistake(
            "swapped",
            "You begin the more slowly the farther away you are. When is a large first step worth "
            "its noise?",
            lambda distance, sigma, curvature, steps: (
                1 / (curvature * (_steps(steps) + (curvature * distance / sigma) ** 2))
            ),
        ),
        tuning_mistake(
            "from-zero",
            "Right for near starts. From far ones your first rate is far too large: you count the "
            "steps from 0.",
            lambda distance, sigma, curvature, steps: (
                1 / (curvature * (_steps(steps) - 1 + (sigma / (curvature * distance)) ** 2))
            ),
        ),
    ),
)

# Practice: the notebook shows these solutions


def _lengths(N, n):
    return [min(n, N - start) for start in range(0, N, n)]


def _data_sets(rng):
    cases = [(7, 3)]
    for _ in range(3):
        n = int(rng.integers(4, 40))
        cases.append((n * int(rng.integers(2, 6)) + int(rng.integers(1, n)), n))
    return cases


lengths_question = FunctionQuestion(
    key="minibatch.p1",
    title="The batches of an epoch",
    kind="predict",
    difficulty=1,
    minutes=5,
    needs=("The algorithm",),
    name="lengths",
    graded=False,
    reference=_lengths,
    parts=(Part(name="data sets", points=0, draw=_data_sets),),
    mistakes=(
        Mistake(
            name="tail-lost",
            hint="The examples that are left over make a batch too, if a short one.",
            answer=lambda N, n: [n] * (N // n),
        ),
        Mistake(
            name="one-too-many",
            hint=(
                "Your batches share examples: a slice does not hold its end. The lengths should "
                "sum to N."
            ),
            answer=lambda N, n: [min(n + 1, N - start) for start in range(0, N, n)],
        ),
        Mistake(
            name="all-full",
            hint="The last batch is not full: how many examples are left for it?",
            answer=lambda N, n: [n] * -(-N // n),
        ),
    ),
)

by_hand = ValueQuestion(
    key="minibatch.p2",
    title="An epoch by hand",
    kind="predict",
    difficulty=1,
    minutes=5,
    needs=("The algorithm",),
    name="theta",
    graded=False,
    points=0,
    value=3.0,
    rtol=0.0,
    atol=1e-6,
    mistakes=(
        Mistake(
            name="sum",
            hint="You add up the gradients of a batch; the algorithm takes their mean.",
            answer=3.5,
        ),
        Mistake(
            name="tail-lost",
            hint="That is where the first batch leads. One label is left, and it makes a step too.",
            answer=1.0,
        ),
        Mistake(
            name="divided-by-size",
            hint="The last batch has one label only, and you divide its gradient by two.",
            answer=2.0,
        ),
        Mistake(
            name="one-batch",
            hint="That is one step with all three labels. Two labels make a batch.",
            answer=1.5,
        ),
    ),
)

conditions = ValueQuestion(
    key="minibatch.p3",
    title="Which rate meets both conditions",
    kind="choice",
    difficulty=1,
    minutes=4,
    needs=("Rates that fall",),
    name="choice",
    graded=False,
    points=0,
    options=("a", "b", "c", "d"),
    value="b",
    mistakes=(
        Mistake(
            name="too-slow",
            hint="The squares of your rates are a power of t, too. Is it below -1?",
            answer="a",
        ),
        Mistake(
            name="too-fast",
            hint="The sum of your rates is finite: beyond it, no run can get away from its start.",
            answer="c",
        ),
        Mistake(
            name="geometric",
            hint="The sum of your rates is a geometric series. What does it sum to?",
            answer="d",
        ),
    ),
)

EXERCISE = Exercise(
    name="minibatch",
    title="Batch, stochastic, mini-batch",
    questions=(
        lengths_question,
        by_hand,
        conditions,
        trained_question,
        batch_question,
        bug_question,
        square_question,
        floor_question,
        schedule_question,
    ),
)
