"""The questions on further strategies: references, hidden inputs, mistakes that get a hint.

The references are variants of what `lecture_code.strategies` has; the tests compare the two where
they must agree. Noise and orders cross as arrays, since no generator may.
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

# 1. Batch normalization with a weight for each row


def weighted_norm(x, weights, scale, shift, epsilon, dy):
    """y, or the loss's derivative by x; the mean and the variance weigh the rows."""
    share = (weights / np.sum(weights))[:, None]
    mean = (share * x).sum(axis=0)
    inverse = 1 / np.sqrt((share * (x - mean) ** 2).sum(axis=0) + epsilon)
    normalized = (x - mean) * inverse
    if dy is None:
        return scale * normalized + shift
    through = dy.sum(axis=0) + normalized * (dy * normalized).sum(axis=0)
    return scale * inverse * (dy - share * through)


def _shares(weights):
    return weights / np.sum(weights)


def _norm(
    average=_shares,
    unbiased=False,
    root=lambda variance, epsilon: np.sqrt(variance + epsilon),
    y=lambda normalized, scale, shift, weights: scale * normalized + shift,
    dx=lambda g, n, p, w: g - p * (g.sum(axis=0) + n * (g * n).sum(axis=0)),
    scaled=True,
):
    """A wrong `weighted_norm`: each keyword changes one thing.

    average(weights): what a row counts for in the mean and the variance; dx(g, n, p, w): the
    derivative for derivatives g, normalized rows n, shares p and weights w.
    """

    def run(x, weights, scale, shift, epsilon, dy):
        count, p = average(weights)[:, None], _shares(weights)[:, None]
        mean = (count * x).sum(axis=0)
        variance = (count * (x - mean) ** 2).sum(axis=0) * (len(x) / (len(x) - 1)) ** unbiased
        deviation = root(variance, epsilon)
        normalized = (x - mean) / deviation
        if dy is None:
            return y(normalized, scale, shift, weights[:, None])
        found = dx(dy, normalized, p, weights[:, None]) / deviation
        return scale * found if scaled else found

    return run


def _across(x, weights, scale, shift, epsilon, dy):
    """Over the features of a row."""
    mean, variance = x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True)
    normalized = (x - mean) / np.sqrt(variance + epsilon)
    if dy is None:
        return scale * normalized + shift
    g = scale * dy
    along = g.mean(axis=1, keepdims=True) + normalized * (g * normalized).mean(axis=1)[:, None]
    return (g - along) / np.sqrt(variance + epsilon)


def _unweighted_variance(x, weights, scale, shift, epsilon, dy):
    p = _shares(weights)[:, None]
    mean = (p * x).sum(axis=0)
    inverse = 1 / np.sqrt(((x - mean) ** 2).mean(axis=0) + epsilon)
    n = (x - mean) * inverse
    if dy is None:
        return scale * n + shift
    return scale * inverse * (dy - p * dy.sum(axis=0) - n / len(x) * (dy * n).sum(axis=0))


def _batch(rng, rows, features, weights, derivative, epsilon=1e-12, dtype=float, size=1.0):
    def draw(*shape):
        return np.asarray(rng.normal(size=shape).round(2), dtype)

    x = np.asarray(size * (rng.uniform(-3, 3, features) + 2 * rng.normal(size=(rows, features))))
    weights = np.asarray(weights(rng, rows), dtype)
    scale = np.asarray(rng.uniform(0.5, 2, features).round(2), dtype)
    dy = draw(rows, features) if derivative else None
    return x.round(2).astype(dtype), weights, scale, draw(features), epsilon, dy


def _even(rng, rows):
    return np.full(rows, between(rng, 1.5, 4, 1))


def _uneven(rng, rows):
    return rng.permutation(np.linspace(0.5, 4, rows)).round(1)


def _padded(rng, rows):
    weights = _uneven(rng, rows)
    weights[rng.integers(rows)] = 0
    return weights


def _norms(weights, derivative):
    def draw(rng):
        sizes = ((3, 2), (int(rng.integers(4, 8)), 1), (int(rng.integers(5, 9)), 3))
        return [_batch(rng, *size, weights, derivative) for size in sizes]

    return draw


def _padding(rng):
    """Rows of weight zero, an epsilon that counts, float32, large and small activations."""
    small, large = 0.05, between(rng, 50, 200)
    return [
        _batch(rng, 4, 2, _padded, False, between(rng, 0.5, 2)),
        _batch(rng, 4, 2, _padded, True, between(rng, 0.5, 2)),
        _batch(rng, 7, 3, _padded, True, between(rng, 0.5, 2), np.float32),
        _batch(rng, 6, 2, _padded, True, between(rng, 0.001, 0.01, 4), size=small),
        _batch(rng, 6, 2, _padded, False, between(rng, 1, 9), size=large),
    ]


norm_question = FunctionQuestion(
    key="strategies.1",
    title="A batch with padding",
    kind="implement",
    difficulty=3,
    minutes=20,
    needs=("Batch normalization",),
    name="weighted_norm",
    reference=weighted_norm,
    parts=(
        Part(name="y", points=1, draw=_norms(_uneven, False)),
        Part(name="the derivative, equal weights", points=1, draw=_norms(_even, True)),
        Part(name="the derivative, other weights", points=1, draw=_norms(_uneven, True)),
        Part(name="padding, epsilon, float32", points=1, draw=_padding),
    ),
    rtol=1e-6,
    atol=3e-6,
    mistakes=(
        Mistake(
            name="unweighted",
            hint="Every row counts alike in your batch. The question gives each a weight.",
            answer=_norm(
                lambda weights: np.full(len(weights), 1 / len(weights)),
                dx=lambda g, n, p, w: g - (g.sum(axis=0) + n * (g * n).sum(axis=0)) / len(g),
            ),
        ),
        Mistake(
            name="divided-by-n",
            hint=(
                "Your mean depends on the unit of the weights: double all of them, and it "
                "doubles. By what is a weighted sum divided?"
            ),
            answer=_norm(lambda weights: weights / len(weights)),
        ),
        Mistake(
            name="only-the-mean-weighted",
            hint="Your mean is weighted and your variance is not. It is a mean, too, of squares.",
            answer=_unweighted_variance,
        ),
        Mistake(
            name="unbiased",
            hint=(
                "Your variance is too large by n / (n - 1). The batch is normalized with its own "
                "variance; the other one is for evaluation."
            ),
            answer=_norm(unbiased=True),
        ),
        Mistake(
            name="no-shift",
            hint="Your y lacks the shift. The derivative by x does not need it.",
            answer=_norm(y=lambda normalized, scale, shift, weights: scale * normalized),
        ),
        Mistake(
            name="no-scale",
            hint="Your derivative lacks the scale: y is scale times the normalized row.",
            answer=_norm(scaled=False),
        ),
        Mistake(
            name="shortcut",
            hint=(
                "Your derivative treats the mean and the variance as constants. An activation "
                "moves both, and with them all other rows."
            ),
            answer=_norm(dx=lambda g, n, p, w: g),
        ),
        Mistake(
            name="no-variance",
            hint="Your derivative takes the mean into account and treats the variance as constant.",
            answer=_norm(dx=lambda g, n, p, w: g - p * g.sum(axis=0)),
        ),
        Mistake(
            name="no-mean",
            hint="Your derivative takes the variance into account and treats the mean as constant.",
            answer=_norm(dx=lambda g, n, p, w: g - p * n * (g * n).sum(axis=0)),
        ),
        Mistake(
            name="backward-unweighted",
            hint=(
                "Right for equal weights. In your derivative every row moves the mean and the "
                "variance by the same share."
            ),
            answer=_norm(
                dx=lambda g, n, p, w: g - (g.sum(axis=0) + n * (g * n).sum(axis=0)) / len(g)
            ),
        ),
        Mistake(
            name="weights-inside",
            hint=(
                "Right for equal weights. The weights stand inside your sums over the rows. Which "
                "row's weight says how far x moves the mean: that of the row of x, or those of "
                "the rows of dy?"
            ),
            answer=_norm(
                dx=lambda g, n, p, w: g - (p * g).sum(axis=0) - n * (p * g * n).sum(axis=0)
            ),
        ),
        Mistake(
            name="loss-weighted",
            hint=(
                "You weigh dy as well. It is the derivative of the loss by y, whatever the loss "
                "does with the weights."
            ),
            answer=_norm(
                dx=lambda g, n, p, w: (
                    w * g - p * ((w * g).sum(axis=0) + n * (w * g * n).sum(axis=0))
                )
            ),
        ),
        Mistake(
            name="across-features",
            hint=(
                "You normalize each row over its features. Batch normalization takes each feature "
                "by itself, over the rows."
            ),
            answer=_across,
        ),
        Mistake(
            name="epsilon-outside",
            hint=(
                "Right as long as epsilon does not count. Is yours added to the variance, or to "
                "its root?"
            ),
            answer=_norm(root=lambda variance, epsilon: np.sqrt(variance) + epsilon),
        ),
        Mistake(
            name="padding-silenced",
            hint=(
                "Right as long as no weight is zero. You set y or the derivative of such a row to "
                "zero. It does not count in the mean and the variance, and is normalized with "
                "them like the others."
            ),
            answer=_norm(
                y=lambda normalized, scale, shift, w: (w > 0) * (scale * normalized + shift),
                dx=lambda g, n, p, w: (w > 0) * (g - p * (g.sum(axis=0) + n * (g * n).sum(axis=0))),
            ),
        ),
        Mistake(
            name="padding-removed",
            hint=(
                "Right as long as no weight is zero. The y of a row without weight does depend on "
                "the others, and the loss may use it: its dy belongs to your sums."
            ),
            answer=_norm(
                dx=lambda g, n, p, w: (
                    g - p * ((g * (w > 0)).sum(axis=0) + n * (g * (w > 0) * n).sum(axis=0))
                ),
            ),
        ),
    ),
)

# 2. Early stopping that keeps the lowest loss


def stopped(losses, thetas, patience, min_delta):
    """How many epochs are run, and the parameters of the lowest loss among them."""
    counted, waited, lowest, epoch = math.inf, 0, 0, 0
    for epoch, loss in enumerate(losses):
        if loss < losses[lowest]:
            lowest = epoch
        improved = loss < counted - min_delta
        counted, waited = (loss, 0) if improved else (counted, waited + 1)
        if waited >= patience:
            break
    return epoch + 1, np.array(thetas[lowest])


def _strictly(loss, counted, min_delta):
    return loss < counted - min_delta


def _next_counted(loss, counted, improved):
    return loss if improved else counted


def _lowest(losses, run, counted):
    return int(np.nanargmin(losses[:run]))


def _stopped(
    improves=_strictly,
    follows=_next_counted,
    resets=True,
    longer=0,
    keeps=_lowest,
    epochs=lambda run, kept: run,
):
    """A wrong `stopped`: each keyword changes one thing.

    follows(loss, counted, improved): with what the next loss is compared; keeps(losses, run,
    counted): which of the epochs is kept, counted being the last that counted.
    """

    def run(losses, thetas, patience, min_delta):
        compared, waited, last, epoch = math.inf, 0, 0, 0
        for epoch, loss in enumerate(losses):
            improved = improves(loss, compared, min_delta)
            compared = follows(loss, compared, improved)
            last = epoch if improved else last
            waited = (0 if resets else waited) if improved else waited + 1
            if waited >= patience + longer:
                break
        kept = keeps(losses, epoch + 1, last)
        return epochs(epoch + 1, kept), np.array(thetas[kept])

    return run


_STOPPING = {
    "last": _stopped(keeps=lambda losses, run, counted: run - 1),
    "counted": _stopped(keeps=lambda losses, run, counted: counted),
    "after": _stopped(keeps=lambda losses, run, counted: int(np.nanargmin(losses))),
    "tie": _stopped(
        improves=lambda loss, counted, min_delta: loss <= counted - min_delta,
        keeps=lambda losses, run, counted: (
            run - 1 - int(np.nanargmin(np.asarray(losses[:run])[::-1]))
        ),
    ),
    "nan": _stopped(keeps=lambda losses, run, counted: int(np.argmin(losses[:run]))),
    "lowest": _stopped(follows=lambda loss, lowest, improved: min(lowest, loss)),
    "previous": _stopped(follows=lambda loss, before, improved: loss),
    "no delta": _stopped(improves=lambda loss, counted, min_delta: loss < counted),
    "plus": _stopped(improves=lambda loss, counted, min_delta: loss < counted + min_delta),
    "share": _stopped(improves=lambda loss, counted, min_delta: loss < counted * (1 - min_delta)),
    "total": _stopped(resets=False),
    "later": _stopped(longer=1),
    "earlier": _stopped(longer=-1),
    "best epoch": _stopped(epochs=lambda run, kept: kept + 1),
    "from zero": _stopped(epochs=lambda run, kept: run - 1),
}


def _run_of_losses(rng, epochs, lowest, shape, dtype=float):
    """Losses that fall, have their lowest about here and rise a little, with noise."""
    away = np.abs(np.arange(epochs) - lowest) / max(lowest, 1)
    losses = 1 + 0.6 * np.where(np.arange(epochs) < lowest, 1, 0.4) * away
    losses = (losses + rng.normal(0, 0.06, epochs)).round(3)
    return losses, np.asarray(rng.normal(size=(epochs, *shape)).round(2), dtype)


def _least(rng, low, high):
    """A min_delta that no two losses, which have three digits, differ by."""
    return round(between(rng, low, high, 2) + 0.0005, 4)


def _until(make, seen):
    """The first drawn case on which all of these mistakes show, each in its own way."""
    while True:
        case = make()
        given = [stopped(*case), *(_STOPPING[name](*case) for name in seen)]
        tied = len(np.unique(case[0])) < len(case[0]) and "tie" not in seen
        if not tied and len({(run, theta.tobytes()) for run, theta in given}) == len(given):
            return case


def _unstopped(rng):
    """The patience is longer than the run."""

    def make(epochs, shape):
        losses, thetas = _run_of_losses(rng, epochs, 0.5 * epochs, shape)
        return losses, thetas, epochs + int(rng.integers(1, 5)), _least(rng, 0.15, 0.3)

    seen = ("last", "counted", "best epoch", "from zero")
    return [
        _until(lambda: make(5, (2,)), seen[:2]),
        _until(lambda: make(int(rng.integers(8, 14)), ()), seen),
        _until(lambda: make(12, (2, 3)), seen),
    ]


def _any_improvement(rng):
    """min_delta = 0. Two epochs share the lowest loss in the last case."""

    def make(epochs, patience, shape):
        losses, thetas = _run_of_losses(rng, epochs, 0.3 * epochs, shape)
        return losses, thetas, patience, 0.0

    def tied():
        losses, thetas, patience, _ = make(24, 4, (2,))
        lowest = int(np.argmin(losses))
        losses[min(lowest + 2, len(losses) - 1)] = losses[lowest]
        return losses, thetas, patience, 0.0

    waits = ("last", "later", "earlier")
    return [
        _until(lambda: make(5, 2, (2,)), waits[:2]),
        _until(lambda: make(20, int(rng.integers(2, 4)), ()), (*waits, "previous", "total")),
        _until(lambda: make(26, 3, (3,)), (*waits, "after")),
        _until(tied, (*waits, "tie")),
    ]


def _enough_improvement(rng):
    """min_delta > 0, small improvements that add up, and losses that are NaN."""

    def make(epochs, patience, shape, dtype=float, missing=False):
        losses, thetas = _run_of_losses(rng, epochs, 0.5 * epochs, shape, dtype)
        if missing:
            losses[rng.integers(2, 5)] = np.nan
        return losses, thetas, patience, _least(rng, 0.05, 0.12)

    every, ends = ("last", "counted", "later", "earlier"), ("best epoch", "from zero")
    return [
        _until(lambda: make(8, 3, (2,)), ("last", "counted", "no delta")),
        _until(lambda: make(24, 3, (), missing=True), (*every, "nan", "plus", "no delta")),
        _until(lambda: make(24, 4, (3,)), (*every, "lowest", "previous", "share")),
        _until(lambda: make(30, 4, (2, 2), np.float32), (*every[:3], "total", "after", *ends)),
    ]


def _stopping_mistake(name, hint):
    return Mistake(name=name.replace(" ", "-"), hint=hint, answer=_STOPPING[name])


stopping_question = FunctionQuestion(
    key="strategies.2",
    title="Stop, and keep the lowest loss",
    kind="implement",
    difficulty=2,
    minutes=15,
    needs=("When to stop",),
    name="stopped",
    reference=stopped,
    parts=(
        Part(name="patience longer than the run", points=1, draw=_unstopped),
        Part(name="any improvement counts", points=1, draw=_any_improvement),
        Part(name="only larger ones count, NaN", points=1, draw=_enough_improvement),
    ),
    rtol=1e-6,
    mistakes=(
        _stopping_mistake(
            "last",
            "You hand back the parameters of the epoch in which you stop. By then the loss has "
            "not improved for a while.",
        ),
        _stopping_mistake(
            "counted",
            "Your parameters are those of the last epoch that counted. A loss that is lower by "
            "less than min_delta does not count, and is lower all the same.",
        ),
        _stopping_mistake(
            "after",
            "Right in a run that is not stopped. You look for the lowest loss among epochs that "
            "would have come after the stop, too.",
        ),
        _stopping_mistake(
            "tie",
            "A loss equal to the lowest resets your patience or replaces the parameters. It has "
            "to be lower.",
        ),
        _stopping_mistake(
            "nan",
            "A loss of NaN passes for your lowest one. What does NumPy's argmin do with NaN?",
        ),
        _stopping_mistake(
            "lowest",
            "Right while min_delta is zero. You compare with the lowest loss so far, so small "
            "improvements never add up to one that counts.",
        ),
        _stopping_mistake(
            "previous",
            "You compare each loss with the one before. A loss may fall from one epoch to the "
            "next without being better than what you have.",
        ),
        _stopping_mistake(
            "no delta",
            "Right while min_delta is zero. Every improvement counts in your rule, however small.",
        ),
        _stopping_mistake(
            "plus",
            "Right while min_delta is zero. With yours, a loss that is a little worse counts as an "
            "improvement: look at the sign.",
        ),
        _stopping_mistake(
            "share",
            "Right while min_delta is zero. You take min_delta for a share of the loss; it has "
            "the units of the loss.",
        ),
        _stopping_mistake(
            "total",
            "Your patience is used up by all epochs that do not count together. Only those in a "
            "row matter: what does an improvement do to the count?",
        ),
        _stopping_mistake(
            "later",
            "You stop one epoch too late: a patience of 1 ends the run in the first epoch that "
            "does not count.",
        ),
        _stopping_mistake(
            "earlier",
            "Your number of epochs is one too small. A patience of 1 ends the run after the first "
            "epoch that does not count, and that epoch has been run.",
        ),
        _stopping_mistake(
            "best epoch",
            "Your first number is the epoch of the lowest loss. How many epochs were run is "
            "asked for.",
        ),
        _stopping_mistake(
            "from zero",
            "Your number of epochs is one too small in a run that is not stopped, too: after the "
            "first epoch, one has been run.",
        ),
    ),
)

# 3. The size of activations after layers of different widths


def size_after(size, widths, limits, slope):
    """The root of the expected mean square of the last layer's outputs."""
    for inputs, limit in zip(widths[:-1], limits, strict=True):
        size = size * math.sqrt(float(inputs) * float(limit) ** 2 / 3 * (1 + slope**2) / 2)
    return size


def _size(
    inputs=lambda widths: widths[:-1],
    variance=lambda limit: limit**2 / 3,
    kept=lambda slope: (1 + slope**2) / 2,
    layers=lambda factors: factors,
    last=lambda slope: 1.0,
    root=math.sqrt,
):
    """A wrong `size_after`: each keyword changes one thing.

    kept(slope): the share of the mean square that the activation keeps; last(slope): by what the
    end is off; layers(factors): the factors of the mean square that are used.
    """

    def run(size, widths, limits, slope):
        pairs = zip(map(float, inputs(widths)), map(float, limits), strict=False)
        factors = [n * variance(limit) * kept(slope) for n, limit in pairs]
        return float(size * root(math.prod(layers(factors)) * last(slope)))

    return run


def _layers(slope):
    def draw(rng):
        cases = []
        for depth in (2, int(rng.integers(4, 8)), int(rng.integers(10, 16))):
            widths = rng.permutation(np.geomspace(10, 400, depth + 1).astype(int))
            limits = np.sqrt(rng.uniform(0.5, 8, depth) / widths[:-1]).round(3)
            cases.append((between(rng, 0.5, 4, 2), widths, limits, slope(rng)))
        return cases

    return draw


size_question = FunctionQuestion(
    key="strategies.3",
    title="How large after so many layers",
    kind="predict",
    difficulty=2,
    minutes=12,
    needs=("How large weights begin",),
    name="size_after",
    reference=size_after,
    check="form",
    parts=(
        Part(name="linear layers", points=1, draw=_layers(lambda rng: 1.0)),
        Part(name="ReLU", points=1, draw=_layers(lambda rng: 0.0)),
        Part(name="leaky ReLU", points=1, draw=_layers(lambda rng: between(rng, 0.1, 0.6, 2))),
    ),
    rtol=1e-6,
    mistakes=(
        Mistake(
            name="outputs",
            hint=(
                "You count the outputs of each layer. A sum has as many terms as the layer has "
                "inputs."
            ),
            answer=_size(inputs=lambda widths: widths[1:]),
        ),
        Mistake(
            name="first-width",
            hint="You give every layer the inputs of the first one. The widths differ.",
            answer=_size(inputs=lambda widths: [widths[0]] * (len(widths) - 1)),
        ),
        Mistake(
            name="limit-as-deviation",
            hint=(
                "You take the limit for the standard deviation of the weights. They are spread "
                "evenly up to it, so most of them are smaller."
            ),
            answer=_size(variance=lambda limit: limit**2),
        ),
        Mistake(
            name="twelve",
            hint=(
                "The variance of your weights is a quarter of what it is: the formula with 12 has "
                "the whole width of the interval."
            ),
            answer=_size(variance=lambda limit: limit**2 / 12),
        ),
        Mistake(
            name="limit-as-variance",
            hint="You take the limit for the variance of the weights. Compare the units.",
            answer=_size(variance=lambda limit: limit),
        ),
        Mistake(
            name="mean-square",
            hint="Yours is the mean square. Its root is asked for, and `size` is such a root.",
            answer=lambda size, widths, limits, slope: size_after(size, widths, limits, slope) ** 2,
        ),
        Mistake(
            name="no-root-of-the-factor",
            hint=(
                "Your factors are those of the mean square, and you multiply the root of it with "
                "them."
            ),
            answer=_size(root=float),
        ),
        Mistake(
            name="no-activation",
            hint="Right for linear layers. What does the activation do to the negative half?",
            answer=_size(kept=lambda slope: 1.0),
        ),
        Mistake(
            name="half-of-the-size",
            hint=(
                "Right for linear layers. The activation shrinks the negative half: which share "
                "of the squares is left, and what follows for the root of their mean?"
            ),
            answer=_size(kept=lambda slope: ((1 + slope) / 2) ** 2),
        ),
        Mistake(
            name="slope-not-squared",
            hint=(
                "Right for linear layers and for ReLU. The mean is over squares: what becomes of "
                "the square of a negative number that is multiplied by the slope?"
            ),
            answer=_size(kept=lambda slope: (1 + slope) / 2),
        ),
        Mistake(
            name="leak-lost",
            hint=(
                "Right for linear layers and for ReLU. Yours keeps nothing of the negative half "
                "if the slope is below 1."
            ),
            answer=_size(kept=lambda slope: 1.0 if slope == 1 else 0.5),
        ),
        Mistake(
            name="before-the-last-activation",
            hint=(
                "Right for linear layers. Yours is the size before the activation of the last "
                "layer; its outputs are asked for."
            ),
            answer=_size(last=lambda slope: 2 / (1 + slope**2)),
        ),
        Mistake(
            name="a-layer-less",
            hint="Your product lacks the last layer: there is one for each entry of `limits`.",
            answer=_size(layers=lambda factors: factors[:-1]),
        ),
    ),
)

# 4. Find the bug: noise that many workers add


def noisy_run(theta0, gradients, draws, lr, eta, gamma):
    """theta after all steps; each worker adds its own noise, and the mean has the variance."""
    theta, workers = np.array(theta0), gradients.shape[1]
    for t, (sent, noise) in enumerate(zip(gradients, draws, strict=True)):
        deviation = math.sqrt(workers * eta / (1 + t) ** gamma)
        theta = theta - lr * (sent + deviation * noise).mean(axis=0)
    return theta


def _noisy(
    deviation=lambda workers, lr, eta, gamma, t: math.sqrt(workers * eta / (1 + t) ** gamma),
    noise=lambda noise: noise,
    step=lambda sent, noise, lr: -lr * (sent + noise).mean(axis=0),
):
    """A wrong `noisy_run`: each keyword changes one thing."""

    def run(theta0, gradients, draws, lr, eta, gamma):
        theta, workers = np.array(theta0), gradients.shape[1]
        for t, (sent, drawn) in enumerate(zip(gradients, draws, strict=True)):
            scale = float(deviation(workers, lr, eta, gamma, t))
            theta = theta + step(sent, scale * noise(drawn), lr)
        return theta

    return run


def _noises(workers, fading, sizes=((), (2,), (2, 3)), dtypes=(float,)):
    def draw(rng):
        cases = []
        for i, shape in enumerate(((2,), *sizes)):
            steps, count = 2 if i == 0 else int(rng.integers(4, 9)), workers(rng)
            everything, dtype = (steps, count, *shape), dtypes[i % len(dtypes)]
            sent = rng.normal(size=everything).round(2)
            sent[:, :, ...] *= rng.random(everything) < 0.8
            cases.append(
                (
                    np.asarray(rng.normal(size=shape).round(2), dtype),
                    np.asarray(sent, dtype),
                    np.asarray(rng.normal(size=everything).round(2), dtype),
                    between(rng, 0.1, 0.4),
                    between(rng, 0.02, 0.6),
                    between(rng, 0.3, 1.2) if fading else 0.0,
                )
            )
        return cases

    return draw


noise_question = FunctionQuestion(
    key="strategies.4",
    title="Repair the noise of many workers",
    kind="find the bug",
    difficulty=2,
    minutes=14,
    needs=("Noise that fades", "Many workers"),
    name="noisy_run",
    reference=noisy_run,
    parts=(
        Part(name="one worker", points=1, draw=_noises(lambda rng: 1, True)),
        Part(
            name="several workers, noise that does not fade",
            points=1,
            draw=_noises(lambda rng: int(rng.integers(2, 6)), False),
        ),
        Part(
            name="several workers, noise that fades, float32",
            points=1,
            draw=_noises(
                lambda rng: int(rng.integers(3, 8)), True, dtypes=(float, float, np.float32)
            ),
        ),
    ),
    rtol=1e-7,
    atol=1e-6,
    mistakes=(
        Mistake(
            name="eta-as-deviation",
            hint=(
                "The size of your noise is wrong from the first step on, whatever the number of "
                "workers. What is eta: a variance or a deviation?"
            ),
            answer=_noisy(lambda k, lr, eta, gamma, t: k**0.5 * eta / (1 + t) ** (gamma / 2)),
        ),
        Mistake(
            name="variance-as-deviation",
            hint=(
                "You multiply the draws by a variance. A standard normal number times s has the "
                "standard deviation s."
            ),
            answer=_noisy(lambda k, lr, eta, gamma, t: k**0.5 * eta / (1 + t) ** gamma),
        ),
        Mistake(
            name="workers-and-all",
            hint=(
                "You multiply the draws by a variance, workers and all. A standard normal number "
                "times s has the standard deviation s."
            ),
            answer=_noisy(lambda k, lr, eta, gamma, t: k * eta / (1 + t) ** gamma),
        ),
        Mistake(
            name="learning-rate",
            hint="You take the learning rate for eta. The noise has a number of its own.",
            answer=_noisy(lambda k, lr, eta, gamma, t: (k * lr / (1 + t) ** gamma) ** 0.5),
        ),
        Mistake(
            name="too-fast",
            hint=(
                "Right in the first step and where nothing fades. gamma is the power with which "
                "the variance falls: with which does the deviation?"
            ),
            answer=_noisy(lambda k, lr, eta, gamma, t: (k * eta) ** 0.5 / (1 + t) ** gamma),
        ),
        Mistake(
            name="too-slow",
            hint=(
                "Right in the first step and where nothing fades. Then your noise fades too "
                "slowly: is one root too many at work?"
            ),
            answer=_noisy(lambda k, lr, eta, gamma, t: (k * eta) ** 0.5 / (1 + t) ** (gamma / 4)),
        ),
        Mistake(
            name="t-from-one",
            hint=(
                "Right where nothing fades. In the first step t is 0, and the variance is eta "
                "itself."
            ),
            answer=_noisy(lambda k, lr, eta, gamma, t: (k * eta / (2 + t) ** gamma) ** 0.5),
        ),
        Mistake(
            name="never-fades",
            hint="Right where nothing fades: your variance stays what it is in the first step.",
            answer=_noisy(lambda k, lr, eta, gamma, t: (k * eta) ** 0.5),
        ),
        Mistake(
            name="alone",
            hint=(
                "Right for one worker. The mean of several independent draws is smaller than "
                "each, and its variance was asked for."
            ),
            answer=_noisy(lambda k, lr, eta, gamma, t: (eta / (1 + t) ** gamma) ** 0.5),
        ),
        Mistake(
            name="times-workers",
            hint=(
                "Right for one worker. Yours grows with the number of workers: what does a mean "
                "of so many independent draws do to the deviation?"
            ),
            answer=_noisy(lambda k, lr, eta, gamma, t: k * (eta / (1 + t) ** gamma) ** 0.5),
        ),
        Mistake(
            name="over-workers",
            hint=(
                "Right for one worker. With several, the mean makes the noise smaller already, "
                "and you make it smaller once more."
            ),
            answer=_noisy(lambda k, lr, eta, gamma, t: (eta / k / (1 + t) ** gamma) ** 0.5),
        ),
        Mistake(
            name="one-draw-for-all",
            hint=(
                "Right for one worker. All your workers add the same noise. Each has draws of its "
                "own."
            ),
            answer=_noisy(
                lambda k, lr, eta, gamma, t: (eta / (1 + t) ** gamma) ** 0.5,
                noise=lambda noise: noise[:1],
            ),
        ),
        Mistake(
            name="sum",
            hint=(
                "Right for one worker. You add up what the workers send; the server takes the mean."
            ),
            answer=_noisy(step=lambda sent, noise, lr: -lr * (sent + noise).sum(axis=0)),
        ),
        Mistake(
            name="on-theta",
            hint="Your noise moves theta directly. It is added to gradients, before the rate.",
            answer=_noisy(
                step=lambda sent, noise, lr: -lr * sent.mean(axis=0) + noise.mean(axis=0)
            ),
        ),
        Mistake(
            name="subtracted",
            hint="You subtract the noise from the gradients. With given draws the sign shows.",
            answer=_noisy(step=lambda sent, noise, lr: -lr * (sent - noise).mean(axis=0)),
        ),
    ),
)

# 5. An order that leads where you want


CLOSE = 0.003  # standard deviations of the labels


def end_of_epoch(labels, lr, order):
    """Where an epoch of single steps leads from 0, with losses (theta - label)^2 / 2."""
    theta = 0.0
    for row in order:
        theta = theta - lr * (theta - labels[int(row)])
    return theta


def arrange(labels, lr, goal, within):
    """Rows in an order whose epoch ends at the goal."""
    order = np.argsort(labels)
    if goal != "mean":
        return order if goal == "highest" else order[::-1]
    return _steered(labels, lr, float(np.mean(labels)), within)


def _steered(labels, lr, target, within):
    """Of many shuffles the one that ends nearest to the target."""
    rng = np.random.default_rng(0)
    weights = lr * (1 - lr) ** np.arange(len(labels))[::-1]
    best = np.arange(len(labels))
    for _ in range(100):
        orders = rng.permuted(np.tile(np.arange(len(labels)), (200, 1)), axis=1)
        off = np.abs(labels[orders] @ weights - target)
        if off.min() < abs(labels[best] @ weights - target):
            best = orders[off.argmin()]
        if abs(labels[best] @ weights - target) < 0.9 * within:
            break
    return best


def _is_order(labels, output):
    return np.array_equal(np.sort(output), np.arange(len(labels)))


def _judge_order(arguments, output):
    labels, lr, goal, within = arguments
    if not _is_order(labels, output):
        return "An order has every row number from 0 to N - 1 once."
    end = end_of_epoch(labels, lr, output)
    if goal == "mean":
        if abs(end - np.mean(labels)) <= within:
            return None
        return "At least one epoch ends too far from the mean of the labels."
    target = end_of_epoch(labels, lr, arrange(labels, lr, goal, within))
    if abs(end - target) <= within:
        return None
    return "At least one epoch does not end as far out as it can."


def _labels(rng, goals, share):
    """Labels in the order in which they are stored, most of them low and some high."""
    cases = []
    for count, goal in zip((6, 25, 40), goals, strict=True):
        count = 24 if goal == "mean" and count == 6 else count
        labels = between(rng, 2, 5) + rng.exponential(2.0, count)
        labels = rng.permutation(labels).round(3)
        within = float(f"{share * np.std(labels):.2g}")
        cases.append((labels, between(rng, 0.1, 0.16), goal, within))
    return cases


def _order_mistake(name, hint, matches, answer):
    return tuning_mistake(name, hint, answer, matches)


def _for(goals, other):
    """`arrange` with another answer for some goals, and what matches it."""

    def answer(labels, lr, goal, within):
        if goal in goals:
            return np.asarray(other(labels, lr, goal, within))
        return arrange(labels, lr, goal, within)

    def matches(arguments, output):
        return arguments[2] in goals and np.array_equal(output, other(*arguments))

    return matches, answer


def _nearest_last(labels, lr, goal, within):
    return np.argsort(-np.abs(labels - np.mean(labels)))


def _outside_in(labels, lr, goal, within):
    rows = list(np.argsort(labels))
    return [rows.pop(-1 if i % 2 else 0) for i in range(len(labels))]


def _averaged(labels, lr, goal, within):
    """The weighted mean of the labels is their mean; the start is forgotten."""
    target = _weight_of_labels(lr, len(labels)) * np.mean(labels)
    return _steered(labels, lr, target, CLOSE * np.std(labels))


def _is_close(arguments, output, weight=lambda lr, count: 1.0):
    """Whether an epoch for the goal "mean" ends close to this share of it."""
    labels, lr, goal, within = arguments
    if goal != "mean" or not _is_order(labels, output):
        return False
    target = weight(lr, len(labels)) * np.mean(labels)
    return abs(end_of_epoch(labels, lr, output) - target) <= CLOSE * np.std(labels)


def _is_averaged(arguments, output):
    return _is_close(arguments, output, _weight_of_labels)


def _weight_of_labels(lr, count):
    return 1 - (1 - lr) ** count


def _extremes(rng):
    return _labels(rng, ("highest", "lowest", "highest"), 0.001)


order_question = FunctionQuestion(
    key="strategies.5",
    title="An order that leads where you want",
    kind="analyze",
    difficulty=2,
    minutes=15,
    needs=("In which order",),
    name="arrange",
    reference=arrange,
    check="form",
    judge=_judge_order,
    parts=(
        Part(name="highest and lowest", points=1, draw=_extremes),
        Part(name="near the mean", points=1, draw=lambda rng: _labels(rng, ["mean"] * 3, 0.1)),
        Part(name="at the mean", points=1, draw=lambda rng: _labels(rng, ["mean"] * 3, CLOSE)),
    ),
    mistakes=(
        _order_mistake(
            "stored",
            "That is the order in which the examples are stored.",
            *_for(
                ("highest", "lowest", "mean"), lambda labels, lr, goal, within: range(len(labels))
            ),
        ),
        _order_mistake(
            "values",
            "You hand back the labels. Row numbers are asked for.",
            lambda arguments, output: np.allclose(np.sort(output), np.sort(arguments[0])),
            lambda labels, lr, goal, within: np.sort(labels),
        ),
        _order_mistake(
            "wrong-way",
            "You have it the wrong way round. Every step forgets a share of all that came before: "
            "which examples does the end remember?",
            *_for(
                ("highest", "lowest"),
                lambda labels, lr, goal, within: arrange(labels, lr, goal, within)[::-1],
            ),
        ),
        _order_mistake(
            "ranks",
            "Your numbers say which place each row has. The row that has each place is asked for.",
            *_for(
                ("highest", "lowest"),
                lambda labels, lr, goal, within: np.argsort(arrange(labels, lr, goal, within)),
            ),
        ),
        _order_mistake(
            "always-rising",
            "Sorted, an epoch ends near the labels that came last. That is far from the mean.",
            *_for(("mean",), lambda labels, lr, goal, within: np.argsort(labels)),
        ),
        _order_mistake(
            "nearest-last",
            "Your last examples are those with labels near the mean, which comes near. Which end "
            "do they give to three digits? Compute it, and change the order where it is off.",
            *_for(("mean",), _nearest_last),
        ),
        _order_mistake(
            "outside-in",
            "Your labels close in from both sides, and the last ones are around the median. "
            "Here most labels are low and a few are high.",
            *_for(("mean",), _outside_in),
        ),
        _order_mistake(
            "start-forgotten",
            "The weighted mean of your labels is right. What is left of the start at 0 belongs to "
            "the end as well.",
            _is_averaged,
            lambda labels, lr, goal, within: (
                arrange(labels, lr, goal, within)
                if goal != "mean"
                else _averaged(labels, lr, goal, within)
            ),
        ),
        _order_mistake(
            "oldest-remembered",
            "Your epochs would end at the mean if they ran backward. Every step forgets a share of "
            "all that came before: which labels weigh most?",
            lambda arguments, output: _is_close(arguments, np.asarray(output)[::-1]),
            lambda labels, lr, goal, within: (
                arrange(labels, lr, goal, within)
                if goal != "mean"
                else _steered(labels, lr, np.mean(labels), CLOSE * np.std(labels))[::-1]
            ),
        ),
        _order_mistake(
            "one-shuffle",
            "Your epochs do not all end near enough to the mean. A shuffle comes near on average: "
            "compute the ends of many and choose, or improve one by exchanging pairs.",
            lambda arguments, output: arguments[2] == "mean" and _is_order(arguments[0], output),
            lambda labels, lr, goal, within: (
                arrange(labels, lr, goal, within)
                if goal != "mean"
                else np.random.default_rng(len(labels)).permutation(len(labels))
            ),
        ),
    ),
)

# 6. A rate for gradients that arrive late


def late_rate(curvatures, delay, steps):
    """A rate below the limit that the delay leaves; further below if nothing is flat."""
    share = 0.85 if len(curvatures) > 1 else 0.27
    return share * _largest_rate(curvatures, delay)


def _largest_rate(curvatures, delay):
    return 2 * math.sin(math.pi / (2 * (2 * delay + 1))) / float(np.max(curvatures))


NEAR = 0.01  # of the start


def arrival(rate, curvatures, delay, steps):
    """The first of so many steps from which all coordinates stay near; None if there is none."""
    past, arrived = [np.ones(len(curvatures))], None
    for t in range(steps):
        late = past[t - delay] if t >= delay else 0.0
        past.append(past[-1] - rate * curvatures * late)
        if np.all(np.abs(past[-1]) <= NEAR):
            arrived = t + 1 if arrived is None else arrived
        else:
            arrived = None
    return arrived


def _judge_rate(arguments, output):
    curvatures, delay, steps = arguments
    if output <= 0:
        return "A learning rate is positive."
    arrived = arrival(float(output), curvatures, delay, 2 * steps)
    if arrived is not None and arrived <= steps:
        return None
    return "In at least one run a coordinate is not near enough to the minimum in time."


def _ravines(late):
    def draw(rng):
        cases = []
        for count in (2, 3):
            condition, size = rng.uniform(15, 30), 10 ** rng.uniform(-2, 2)
            curvatures = size * np.r_[1 / condition, rng.uniform(0.2, 0.6, count - 2), 1]
            curvatures, delay = _three_digits(rng.permutation(curvatures)), late(rng)
            slow = 0.75 * _largest_rate(curvatures, delay) * np.min(curvatures)
            cases.append((curvatures, delay, math.ceil(-math.log(NEAR) / slow)))
        return cases

    return draw


def _bowls(rng):
    delays = 1, int(rng.integers(2, 4)), int(rng.integers(4, 7))
    return [(_three_digits([10 ** rng.uniform(-2, 2)]), k, max(11, 8 * k + 2)) for k in delays]


def _three_digits(numbers):
    return np.array([float(f"{number:.3g}") for number in numbers])


def _rate_mistake(name, hint, answer, low, high, single=None):
    """Rates in a range, in units of the largest; single: only with one or more curvatures."""

    def matches(arguments, output):
        curvatures, delay, _ = arguments
        share = float(output) / _largest_rate(curvatures, delay)
        return low <= share < high and single in (None, len(curvatures) == 1)

    return tuning_mistake(name, hint, answer, matches)


rate_question = FunctionQuestion(
    key="strategies.6",
    title="A rate for late gradients",
    kind="tune",
    difficulty=2,
    minutes=15,
    needs=("Many workers",),
    name="late_rate",
    reference=late_rate,
    check="form",
    judge=_judge_rate,
    parts=(
        Part(name="a ravine, one step late", points=1, draw=_ravines(lambda rng: 1)),
        Part(
            name="a ravine, later",
            points=1,
            draw=_ravines(lambda rng: int(rng.integers(2, 7))),
        ),
        Part(name="one curvature", points=1, draw=_bowls),
    ),
    mistakes=(
        _rate_mistake(
            "diverges",
            "Your run diverges. The rates that gradient descent stands shrink with the delay, and "
            "the steepest coordinate sets the limit.",
            lambda curvatures, delay, steps: 2 / float(np.max(curvatures) + np.min(curvatures)),
            1,
            np.inf,
        ),
        _rate_mistake(
            "at-the-limit",
            "Your rate is at the limit: the steepest coordinate swings on and hardly shrinks.",
            lambda curvatures, delay, steps: 0.999 * _largest_rate(curvatures, delay),
            0.97,
            1,
        ),
        _rate_mistake(
            "crawls",
            "With this rate the flattest coordinate of a ravine crawls. How much nearer to the "
            "limit may you go?",
            lambda curvatures, delay, steps: 0.27 * _largest_rate(curvatures, delay),
            0.2,
            0.7,
            False,
        ),
        _rate_mistake(
            "swings",
            "With one curvature there is no flat coordinate to wait for, and at this rate the only "
            "one swings for long.",
            lambda curvatures, delay, steps: 0.85 * _largest_rate(curvatures, delay),
            0.32,
            0.97,
            True,
        ),
        _rate_mistake(
            "too-slow",
            "Your steps are much too short: compare your rate with the limit for this delay.",
            lambda curvatures, delay, steps: 0.1 * _largest_rate(curvatures, delay) / (1 + delay),
            0,
            0.2,
        ),
    ),
)

# Practice: the notebook shows these solutions


def _arranged(X, y, difficulty):
    rows = np.argsort(-difficulty, kind="stable")
    return X[rows], y[rows]


def _pairs(rng):
    cases = []
    for count in (4, int(rng.integers(6, 10))):
        difficulty = rng.permutation(np.r_[0.5, 0.5, rng.uniform(0.1, 0.9, count - 2).round(2)])
        cases.append((rng.normal(size=(count, 2)).round(1), rng.normal(size=count), difficulty))
    return cases


pairs_question = FunctionQuestion(
    key="strategies.p1",
    title="Hard examples first",
    kind="implement",
    difficulty=1,
    minutes=5,
    needs=("In which order",),
    name="arranged",
    graded=False,
    reference=_arranged,
    parts=(Part(name="pairs", points=0, draw=_pairs),),
    mistakes=(
        Mistake(
            name="unpaired",
            hint="Your X is in the new order and your y is not: the labels belong to other rows.",
            answer=lambda X, y, difficulty: (X[np.argsort(-difficulty, kind="stable")], y),
        ),
        Mistake(
            name="easy-first",
            hint="Yours begins with the easiest. A larger number means harder.",
            answer=lambda X, y, difficulty: (
                X[np.argsort(difficulty, kind="stable")],
                y[np.argsort(difficulty, kind="stable")],
            ),
        ),
        Mistake(
            name="reversed",
            hint=(
                "Examples of equal difficulty come in reverse. Turning a sorted order round turns "
                "them round, too."
            ),
            answer=lambda X, y, difficulty: (
                X[np.argsort(difficulty, kind="stable")[::-1]],
                y[np.argsort(difficulty, kind="stable")[::-1]],
            ),
        ),
    ),
)


def _longest_delay(lr, curvature):
    return math.ceil(math.pi / (4 * math.asin(lr * curvature / 2)) - 0.5) - 1


def _delays(rng):
    cases = []
    for low, high in ((0, 1), (1, 3), (3, 8), (8, 30)):
        delay, curvature = int(rng.integers(low, high)), between(rng, 0.1, 20)
        limits = [_largest_rate([curvature], k) for k in (delay, delay + 1)]
        cases.append((float(f"{limits[1] + rng.uniform(0.2, 0.8) * (limits[0] - limits[1]):.6g}"),))
        cases[-1] += (curvature,)
    return cases


delay_question = FunctionQuestion(
    key="strategies.p2",
    title="How late a gradient may be",
    kind="predict",
    difficulty=1,
    minutes=5,
    needs=("Many workers",),
    name="longest_delay",
    graded=False,
    reference=_longest_delay,
    parts=(Part(name="delays", points=0, draw=_delays),),
    mistakes=(
        Mistake(
            name="one-more",
            hint="One step too many: with your delay the rate is above the limit.",
            answer=lambda lr, curvature: _longest_delay(lr, curvature) + 1,
        ),
        Mistake(
            name="one-less",
            hint="One step too few: with one more the rate is still below the limit.",
            answer=lambda lr, curvature: max(_longest_delay(lr, curvature) - 1, -1),
        ),
        Mistake(
            name="no-curvature",
            hint="Your limit does not know the curvature.",
            answer=lambda lr, curvature: _longest_delay(min(lr, 1.99), 1.0),
        ),
    ),
)

bound = ValueQuestion(
    key="strategies.p3",
    title="At most that slow",
    kind="choice",
    difficulty=1,
    minutes=3,
    needs=("Sources and further advances",),
    name="choice",
    graded=False,
    points=0,
    options=("a", "b", "c", "d"),
    value="b",
    mistakes=(
        Mistake(
            name="slower",
            hint="Multiply yours by the square of k: it grows without bound.",
            answer="a",
        ),
        Mistake(
            name="little",
            hint="Multiply yours by the square of k: it tends to zero, so the small o holds, too.",
            answer="c",
        ),
        Mistake(
            name="geometric",
            hint="A geometric sequence falls faster than every power of k.",
            answer="d",
        ),
    ),
)

EXERCISE = Exercise(
    name="strategies",
    title="Further strategies",
    questions=(
        pairs_question,
        delay_question,
        bound,
        norm_question,
        stopping_question,
        size_question,
        noise_question,
        order_question,
        rate_question,
    ),
)
