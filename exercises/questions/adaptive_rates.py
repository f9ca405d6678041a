"""The questions on adaptive rates and sparse features: references, hidden inputs, mistakes.

The references are variants of what `lecture_code.adaptive_rates` has; the tests compare the two
where they must agree. Every function is called with plain data and gives plain data.
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
    signed_gradients,
    tuning_mistake,
)

# 1. The gradient of a layer whose instances have weights


def weighted_gradient(delta, h, weight):
    """The gradient of sum(weight * loss) / sum(weight) by a layer's weights, (outputs, inputs)."""
    return np.einsum("k,kr,kj->rj", weight, delta, h) / weight.sum()


def _present(delta, h, weight):
    """Divided, feature by feature, by the weight of the instances that have it."""
    total = np.einsum("k,kr,kj->rj", weight, delta, h)
    there = weight @ (h != 0)
    return total / np.where(there > 0, there, 1)


def _layer(rng, n, outputs, inputs, weight, dtype=float):
    delta = rng.normal(0, 1, (n, outputs)).round(2)
    there = rng.random((n, inputs)) < 0.5
    there[0], there[-1] = True, False
    h = np.where(there, rng.uniform(0.3, 2, (n, inputs)).round(2), 0)
    return delta.astype(dtype), h.astype(dtype), weight(n).astype(dtype)


def _layers(rng, weight):
    n, outputs, inputs = (int(size) for size in rng.integers(3, 7, 3))
    return [
        _layer(rng, 2, 1, 2, weight),
        _layer(rng, n, outputs, inputs, weight),
        _layer(rng, n + 1, 1, inputs, weight),
    ]


def _weights_of_one(rng):
    return _layers(rng, np.ones)


def _unequal(rng):
    return _layers(rng, lambda n: rng.uniform(0.2, 4, n).round(2))


def _units(rng):
    def some_zero(n):
        weight = rng.uniform(0.2, 4, n).round(2)
        weight[1] = 0
        return weight

    n = int(rng.integers(4, 8))
    return [
        _layer(rng, n, 3, 2, some_zero),
        _layer(rng, n, 2, 3, lambda n: 1e-200 * rng.uniform(0.2, 4, n)),
        _layer(rng, n, 2, 4, lambda n: 1e150 * some_zero(n)),
        _layer(rng, n, 2, 2, some_zero, np.float32),
    ]


gradient_question = FunctionQuestion(
    key="adaptive_rates.1",
    title="Instances that count more than others",
    kind="implement",
    difficulty=1,
    minutes=12,
    needs=("The gradient of a rare feature",),
    name="weighted_gradient",
    reference=weighted_gradient,
    parts=(
        Part(name="weights of one", points=1, draw=_weights_of_one),
        Part(name="unequal weights", points=1, draw=_unequal),
        Part(name="weights of zero, other units and float32", points=1, draw=_units),
    ),
    rtol=1e-9,
    atol=1e-12,
    mistakes=(
        Mistake(
            name="sum",
            hint=(
                "That is the gradient of a sum of losses. If every instance came twice, the loss "
                "that is asked for would stay the same, and yours would double."
            ),
            answer=lambda delta, h, weight: (delta * weight[:, None]).T @ h,
        ),
        Mistake(
            name="divides-by-instances",
            hint=(
                "Right for weights of one. Multiply all weights by ten: the loss stays the same, "
                "and your gradient grows. By what is the sum divided in this loss?"
            ),
            answer=lambda delta, h, weight: (delta * weight[:, None]).T @ h / len(h),
        ),
        Mistake(
            name="unweighted",
            hint="Right for weights of one. Your gradient is the same whatever the weights are.",
            answer=lambda delta, h, weight: delta.T @ h / len(h),
        ),
        Mistake(
            name="weighted-twice",
            hint=(
                "Right for weights of one. Both of your factors carry the weight of the instance, "
                "so it counts squared."
            ),
            answer=lambda delta, h, weight: (
                (delta * weight[:, None]).T @ (h * weight[:, None]) / weight.sum()
            ),
        ),
        Mistake(
            name="lost-the-index",
            hint=(
                "You average delta and h apart from each other. An instance's delta belongs with "
                "the same instance's h: multiply before you sum."
            ),
            answer=lambda delta, h, weight: np.outer(
                weight @ delta / weight.sum(), weight @ h / weight.sum()
            ),
        ),
        Mistake(
            name="where-present",
            hint=(
                "You average over the instances that have the feature. The loss is a mean over "
                "all of them; those without the feature contribute a zero, and they count."
            ),
            answer=_present,
        ),
        Mistake(
            name="transposed",
            hint="The right numbers, transposed: a row for each output, a column for each input.",
            answer=lambda delta, h, weight: weighted_gradient(delta, h, weight).T,
        ),
    ),
)

# 2. How far delta-bar-delta carries the weight of a rare feature


def travel(g, lr, increase, every, steps):
    """The distance after `steps` steps where every `every`-th has the gradient g, the others 0."""
    visits = steps // every
    return abs(g) * (visits * lr + increase * (visits * (visits - 1) / 2))


def _traveled(rises=None, visits=None, size=abs):
    """A wrong `travel`: rises(visit, every, steps), how often the rate has risen at a visit."""

    def distance(g, lr, increase, every, steps):
        count = steps // every if visits is None else visits(every, steps)
        rate = [lr + increase * (rises(k, every) if rises else k - 1) for k in range(1, count + 1)]
        return size(g) * math.fsum(rate)

    return distance


def _visits(every):
    def draw(rng):
        cases = []
        for sign in (-1, 1, -1, 1):
            gap = int(rng.integers(*every))
            # Some steps after the last visit, so that rounding the other way shows.
            steps = gap * int(rng.integers(30, 200)) + int(rng.integers(0, gap) if gap > 1 else 0)
            steps += gap > 1 and steps % gap == 0
            cases.append(
                (
                    sign * between(rng, 0.2, 5, 2),
                    between(rng, 0.01, 0.9),
                    between(rng, 0.002, 0.2, 4),
                    gap,
                    int(steps),
                )
            )
        return cases

    return draw


travel_question = FunctionQuestion(
    key="adaptive_rates.2",
    title="Each visit raises the rate",
    kind="predict",
    difficulty=2,
    minutes=10,
    needs=("Delta-bar-delta", "From signs to sizes"),
    name="travel",
    reference=travel,
    check="form",
    parts=(
        Part(name="a gradient in every step", points=1, draw=_visits((1, 2))),
        Part(name="rare features", points=2, draw=_visits((3, 80))),
    ),
    rtol=1e-9,
    mistakes=(
        Mistake(
            name="rises-at-first",
            hint=(
                "Your rate rises at the first visit already. The average is zero then: is there "
                "anything to agree with?"
            ),
            answer=_traveled(rises=lambda k, every: k),
        ),
        Mistake(
            name="rises-late",
            hint=(
                "Your rate rises one visit late. It changes before the step: the second gradient "
                "agrees with the average and is multiplied by the new rate."
            ),
            answer=_traveled(rises=lambda k, every: max(k - 2, 0)),
        ),
        Mistake(
            name="rises-in-between",
            hint=(
                "Right where every step has a gradient. Otherwise your rate rises in the steps "
                "between two visits as well: what is the product with the average there?"
            ),
            answer=_traveled(rises=lambda k, every: every * (k - 1)),
        ),
        Mistake(
            name="rises-from-the-start",
            hint=(
                "Right where every step has a gradient. Otherwise your rate rises from the second "
                "step on, before the feature has come at all: what is the average then?"
            ),
            answer=_traveled(rises=lambda k, every: every * k - 1),
        ),
        Mistake(
            name="share-of-the-steps",
            hint=(
                "Right where every step has a gradient. You take the travel of a common feature "
                "times the share of the steps; but fewer visits also raise the rate less often."
            ),
            answer=lambda g, lr, increase, every, steps: travel(g, lr, increase, 1, steps) / every,
        ),
        Mistake(
            name="one-visit-more",
            hint=(
                "Right where every step has a gradient. Otherwise you count a visit that does not "
                "come any more: the first one is in step `every`."
            ),
            answer=_traveled(visits=lambda every, steps: -(-steps // every)),
        ),
        Mistake(
            name="one-rate",
            hint="That is gradient descent's travel: your rate stays what it was at the start.",
            answer=_traveled(rises=lambda k, every: 0),
        ),
        Mistake(
            name="signed",
            hint="A distance is not negative: yours has a sign, which comes from the gradient.",
            answer=_traveled(size=lambda g: -g),
        ),
        Mistake(
            name="no-gradient",
            hint=("You add up the rates. How far does a step go whose gradient is twice as large?"),
            answer=_traveled(size=lambda g: 1.0),
        ),
    ),
)

# 3. Delta-bar-delta with bounds on the rates


def bounded_rates(gradients, lr, increase, decrease, beta, low, high):
    """The rates of all steps; every rate is kept between low and high."""
    mean = np.zeros_like(gradients[0])
    now, rates = np.full(mean.shape, float(lr)), []
    for g in gradients:
        agreement = np.sign(g) * np.sign(mean)
        now = np.where(agreement > 0, now + increase, now)
        now = np.where(agreement < 0, now * (1 - decrease), now)
        now = np.clip(now, low, high)
        mean = beta * mean + (1 - beta) * g
        rates.append(now)
    return np.array(rates)


def _bounded(
    up=lambda rate, increase, product: rate + increase,
    down=lambda rate, decrease, increase: rate * (1 - decrease),
    agree=lambda g, mean: np.sign(g) * np.sign(mean),
    keep=np.clip,
    show=lambda rate, low, high: rate,
    mean_first=False,
    otherwise_down=None,
    late=False,
    memory=lambda beta: beta,
):
    """A wrong `bounded_rates`: each keyword changes one thing."""

    def run(gradients, lr, increase, decrease, beta, low, high):
        beta, mean = memory(beta), np.zeros_like(gradients[0])
        now, rates = np.full(mean.shape, float(lr)), []
        for t, g in enumerate(gradients):
            new = beta * mean + (1 - beta) * g
            used = new if mean_first else mean
            agreement, before = agree(g, used), now
            falls = agreement < 0
            if otherwise_down is not None and t >= otherwise_down:
                falls = agreement <= 0
            now = np.where(agreement > 0, up(now, increase, g * used), now)
            now = np.where(falls, down(now, decrease, increase), now)
            now, mean = keep(now, low, high), new
            rates.append(show(before if late else now, low, high))
        return np.array(rates)

    return run


def _signs(rng, steps, shape):
    sizes = rng.uniform(0.1, 2, (steps, *shape)).round(2)
    return sizes * np.where(rng.random((steps, *shape)) < 0.65, 1, -1) * rng.choice([-1, 1], shape)


def _knobs(rng, wide):
    lr = between(rng, 0.5, 1.5)
    increase = round(lr * rng.uniform(0.1, 0.3), 4)
    decrease = between(rng, 0.1, 0.3)
    low, high = lr * (1 - decrease) ** rng.uniform(1.2, 1.8), lr + rng.uniform(1.2, 2.8) * increase
    bounds = (1e-9, 1e9) if wide else (round(low, 4), round(high, 4))
    return lr, increase, decrease, between(rng, 0.6, 0.75), *bounds


def _streams(wide):
    def draw(rng):
        return [
            (_signs(rng, 2, (2,)), *_knobs(rng, wide)),
            (_signs(rng, 40, (4,)), *_knobs(rng, wide)),
            (_signs(rng, 25, ()), *_knobs(rng, wide)),
        ]

    return draw


def _with_zeros(rng):
    steps = int(rng.integers(25, 35))
    return [
        (signed_gradients(rng, steps, (2, 3)), *_knobs(rng, False)),
        (signed_gradients(rng, steps, (2, 2), np.float32), *_knobs(rng, False)),
    ]


def _tiny(rng):
    return [
        (1e-200 * _signs(rng, 30, (3,)), *_knobs(rng, False)),
        ((1e-30 * _signs(rng, 30, (2,))).astype(np.float32), *_knobs(rng, False)),
    ]


rates_question = FunctionQuestion(
    key="adaptive_rates.3",
    title="Delta-bar-delta between bounds",
    kind="implement",
    difficulty=2,
    minutes=18,
    needs=("Delta-bar-delta",),
    name="bounded_rates",
    reference=bounded_rates,
    parts=(
        Part(name="bounds that are never reached", points=1, draw=_streams(True)),
        Part(name="bounds that are", points=1, draw=_streams(False)),
        Part(name="gradients of zero, matrices and float32", points=1, draw=_with_zeros),
        Part(name="tiny gradients", points=1, draw=_tiny),
    ),
    rtol=1e-9,
    mistakes=(
        Mistake(
            name="unbounded",
            hint="Right until a rate reaches a bound: yours goes on beyond it.",
            answer=_bounded(keep=lambda rate, low, high: rate),
        ),
        Mistake(
            name="bounded-in-the-step-only",
            hint=(
                "Your rate grows on behind the bound and is only shown cut off. When the sign "
                "changes, it has to come back from where it really is: keep the bounded rate."
            ),
            answer=_bounded(keep=lambda rate, low, high: rate, show=np.clip),
        ),
        Mistake(
            name="only-above",
            hint="Right until a rate falls: yours has an upper bound and no lower one.",
            answer=_bounded(keep=lambda rate, low, high: np.minimum(rate, high)),
        ),
        Mistake(
            name="only-below",
            hint="Right until a rate has risen far: yours has a lower bound and no upper one.",
            answer=_bounded(keep=lambda rate, low, high: np.maximum(rate, low)),
        ),
        Mistake(
            name="no-third-case",
            hint=(
                "Right unless a gradient is zero. A feature that is absent says nothing about "
                "its rate; yours falls."
            ),
            answer=_bounded(otherwise_down=1),
        ),
        Mistake(
            name="product-vanishes",
            hint=(
                "Your product of two tiny numbers comes out as zero. Only the signs of the two "
                "matter: when is it safe to multiply?"
            ),
            answer=_bounded(agree=lambda g, mean: g * mean),
        ),
        Mistake(
            name="product-vanishes-and-falls",
            hint=(
                "Your product of two tiny numbers comes out as zero, and then your rate falls. "
                "Only the signs of the two matter: when is it safe to multiply?"
            ),
            answer=_bounded(agree=lambda g, mean: g * mean, otherwise_down=1),
        ),
        Mistake(
            name="falls-at-first",
            hint=(
                "Your rate falls in the first step. There the average is zero and the gradient "
                "neither agrees nor disagrees with it."
            ),
            answer=_bounded(otherwise_down=0),
        ),
        Mistake(
            name="last-only",
            hint=(
                "You compare with the last gradient only. One gradient of the other sign should "
                "not be enough to forget all those before it."
            ),
            answer=_bounded(memory=lambda beta: 0.0),
        ),
        Mistake(
            name="own-average",
            hint=(
                "Your average contains the gradient that it is compared with: that gradient votes "
                "for itself. Which of the two comes first in a step?"
            ),
            answer=_bounded(mean_first=True),
        ),
        Mistake(
            name="roles-swapped",
            hint="Your average keeps 1 - beta of the past and takes beta of the new gradient.",
            answer=_bounded(memory=lambda beta: 1 - beta),
        ),
        Mistake(
            name="decrease-is-left",
            hint="`decrease` is the share of the rate that goes; yours is what remains.",
            answer=_bounded(down=lambda rate, decrease, increase: rate * decrease),
        ),
        Mistake(
            name="falls-by-a-sum",
            hint="Up by a sum, down by a factor: yours goes down by a sum.",
            answer=_bounded(down=lambda rate, decrease, increase: rate - decrease),
        ),
        Mistake(
            name="rises-by-a-factor",
            hint="Up by a sum, down by a factor: yours goes up by a factor.",
            answer=_bounded(up=lambda rate, increase, product: rate * (1 + increase)),
        ),
        Mistake(
            name="delta-delta",
            hint=(
                "Your rise is in proportion to the product of gradient and average. Keep the sign "
                "of the product and drop its size."
            ),
            answer=_bounded(up=lambda rate, increase, product: rate + increase * product),
        ),
        Mistake(
            name="one-late",
            hint=(
                "Every row of yours is the rate before it was changed: the new rate is used in "
                "the same step."
            ),
            answer=_bounded(late=True),
        ),
    ),
)

# 4. Find the bug: a factor that was meant to be one for each parameter


def counted_run(theta0, gradients, lr):
    """theta after all steps; a step is multiplied by t over the visits of that parameter so far."""
    theta, seen = np.array(theta0), np.zeros_like(theta0)
    for t, gradient in enumerate(gradients, start=1):
        seen = seen + (gradient != 0)
        theta = theta - lr * t / np.maximum(seen, 1) * gradient
    return theta


def _counted(
    count=lambda g: g != 0,
    factor=lambda t, seen: t / np.maximum(seen, 1),
    late=False,
    forget=False,
):
    """A wrong `counted_run`: each keyword changes one thing."""

    def run(theta0, gradients, lr):
        theta, seen = np.array(theta0), np.zeros_like(theta0)
        for t, g in enumerate(gradients, start=1):
            new = count(g) + (0 if forget else seen)
            theta = theta - lr * factor(t, seen if late else new) * g
            seen = new
        return theta

    return run


def _rows(g):
    """Whether a row has any gradient: right for vectors, wrong for matrices."""
    return np.any(g != 0, axis=-1, keepdims=True) if g.ndim > 1 else g != 0


def _visited(rng, steps, shape, sizes, dtype=float):
    often = rng.choice([1.0, 0.5, 0.25], shape) if shape else 0.5
    there = rng.random((steps, *shape)) < often
    there[0] = rng.random(shape) < 0.5
    there[-1] = True
    theta0 = rng.normal(0, 1, shape).round(2)
    gradients = np.where(there, sizes((steps, *shape)), 0.0)
    return np.asarray(theta0, dtype), gradients.astype(dtype), between(rng, 0.01, 0.3)


def _ones(rng):
    return [
        _visited(rng, 2, (2,), np.ones),
        _visited(rng, 12, (4,), np.ones),
        _visited(rng, 25, (3,), np.ones),
    ]


def _either_sign(rng):
    def sizes(shape):
        return (rng.choice([-1, 1], shape) * rng.uniform(0.2, 3, shape)).round(2)

    return sizes


def _sizes(rng):
    sizes = _either_sign(rng)
    return [_visited(rng, 12, (4,), sizes), _visited(rng, 25, (3,), sizes)]


def _matrices(rng):
    sizes = _either_sign(rng)
    theta0, gradients, lr = _visited(rng, 14, (3, 2), sizes)
    gradients[:, 0, 0] = 0  # a feature that never comes
    return [
        (theta0, gradients, lr),
        _visited(rng, 14, (), sizes),
        _visited(rng, 14, (2, 3), sizes, np.float32),
        _visited(rng, 9, (2, 2), lambda shape: 1e-150 * sizes(shape)),
    ]


bug_question = FunctionQuestion(
    key="adaptive_rates.4",
    title="Repair a sparsity factor",
    kind="find the bug",
    difficulty=1,
    minutes=12,
    needs=("One factor cannot help",),
    name="counted_run",
    reference=counted_run,
    parts=(
        Part(name="gradients of 0 and 1", points=1, draw=_ones),
        Part(name="gradients of all sizes and signs", points=1, draw=_sizes),
        Part(name="numbers, matrices and float32", points=1, draw=_matrices),
    ),
    rtol=1e-9,
    atol=1e-12,
    mistakes=(
        Mistake(
            name="shipped",
            hint=(
                "The factor is still one number for all parameters, and the steps are in the ratio "
                "of the gradients."
            ),
            answer=_counted(count=lambda g: np.count_nonzero(g) / g.size),
        ),
        Mistake(
            name="rows",
            hint=(
                "Right for vectors. In a matrix you count by rows: every entry is a parameter with "
                "visits of its own."
            ),
            answer=_counted(count=_rows),
        ),
        Mistake(
            name="adds-sizes",
            hint=(
                "Right for gradients of 0 and 1. You add up the sizes of the gradients; a visit "
                "counts as one, however large its gradient is."
            ),
            answer=_counted(count=np.abs),
        ),
        Mistake(
            name="adds-squares",
            hint=(
                "Right for gradients of 0 and 1. You add up the squares of the gradients; a visit "
                "counts as one, however large its gradient is."
            ),
            answer=_counted(count=np.square),
        ),
        Mistake(
            name="only-positive",
            hint=(
                "Right for gradients of 0 and 1. A visit with a negative gradient is a visit, too."
            ),
            answer=_counted(count=lambda g: g > 0),
        ),
        Mistake(
            name="counts-late",
            hint="Your factor leaves out the visit that is going on: count before the step.",
            answer=_counted(late=True),
        ),
        Mistake(
            name="no-memory",
            hint=(
                "Your count begins anew in every step. The factor needs the visits in all steps so "
                "far."
            ),
            answer=_counted(forget=True),
        ),
        Mistake(
            name="upside-down",
            hint="Your factor is small for a rare feature. Which of the two should step further?",
            answer=_counted(factor=lambda t, seen: seen / t),
        ),
        Mistake(
            name="root",
            hint="You changed the factor as well: it is the quotient itself and not its root.",
            answer=_counted(factor=lambda t, seen: np.sqrt(t / np.maximum(seen, 1))),
        ),
    ),
)

# 5. Turned axes and another scale, measured

DECREASE, BETA = 0.1, 0.7


def left_over(condition, angle, scale, start, lr, steps):
    """The shares of the first loss left by gradient descent and by delta-bar-delta."""
    return _left_over()(condition, angle, scale, start, lr, steps)


def _left_over(
    place=1, scaled=True, frame=1, share=True, more=0, together=False, methods=("gd", "dbd")
):
    """`left_over`, wrong in what is passed.

    place: by how many angles the start is turned; frame: by how many the loss is.
    together: one rate for both parameters; methods: what the two numbers are of.
    """

    def run(condition, angle, scale, start, lr, steps):
        def turn(by):
            return np.array([[np.cos(by), -np.sin(by)], [np.sin(by), np.cos(by)]])

        axes, curvature = turn(frame * angle), scale * np.diag([1.0, condition])
        hessian = axes @ curvature @ axes.T
        pulled = hessian if scaled else hessian / scale
        first = turn(place * angle) @ np.array(start)

        def loss(theta):
            return theta @ hessian @ theta / 2

        shares = []
        for method in methods:
            theta, rates, mean = first, np.full(2, float(lr)), np.zeros(2)
            for _ in range(steps + more):
                g = pulled @ theta
                if method == "dbd":
                    agreement = np.sign(g) * np.sign(mean)
                    if together:
                        agreement = np.full(2, np.sign(g @ mean))
                    rates = np.where(agreement > 0, rates + lr / 10, rates)
                    rates = np.where(agreement < 0, (1 - DECREASE) * rates, rates)
                    mean = BETA * mean + (1 - BETA) * g
                theta = theta - rates * g
            shares.append(float(loss(theta) / (loss(first) if share else 1)))
        return shares

    return run


def _runs(turned, scaled):
    def draw(rng):
        cases = []
        for _ in range(3):
            condition = between(rng, 4, 20, 1)
            angle = between(rng, 0.25, 1.3) if turned else 0.0
            scale = between(rng, *((0.02, 0.5) if rng.random() < 0.5 else (3, 40)), 3)
            scale = scale if scaled else 1.0
            start = [between(rng, 0.5, 2, 2), float(rng.choice([-1, 1])) * between(rng, 0.5, 2, 2)]
            lr = float(f"{rng.uniform(1.2, 1.8) / (condition * scale):.3g}")
            cases.append((condition, angle, scale, start, lr, int(rng.integers(6, 16))))
        return cases

    return draw


turned_question = FunctionQuestion(
    key="adaptive_rates.5",
    title="Turn the valley, stretch the loss",
    kind="analyze",
    difficulty=3,
    minutes=15,
    needs=("What the rates see", "Delta-bar-delta"),
    name="left_over",
    reference=left_over,
    parts=(
        Part(name="along the axes", points=1, draw=_runs(False, False)),
        Part(name="turned", points=1, draw=_runs(True, False)),
        Part(name="turned and stretched", points=1, draw=_runs(True, True)),
    ),
    rtol=1e-6,
    mistakes=(
        Mistake(
            name="as-if-along-the-axes",
            hint=(
                "Right along the axes. Yours leaves the same whatever the angle: the rates "
                "belong to x and y, and x and y are not the axes of the valley any more."
            ),
            answer=_left_over(place=0, frame=0),
        ),
        Mistake(
            name="start-not-turned",
            hint=(
                "Right along the axes. The start is given by its distances along the valley and "
                "across it: where is that in x and y?"
            ),
            answer=_left_over(place=0),
        ),
        Mistake(
            name="start-turned-back",
            hint=(
                "Right along the axes. You turn the start the other way round than the valley: "
                "put your x and y into the formulas for u and v and see whether `start` comes out."
            ),
            answer=_left_over(place=-1),
        ),
        Mistake(
            name="scale-lost",
            hint="Right while the scale is 1. Your gradient does not grow with the loss.",
            answer=_left_over(scaled=False),
        ),
        Mistake(
            name="one-rate",
            hint=(
                "Your delta-bar-delta has one rate, raised and lowered for both parameters at a "
                "time: the sign that decides is each parameter's own."
            ),
            answer=_left_over(together=True),
        ),
        Mistake(
            name="both-gradient-descent",
            hint="Your two numbers are the same: both runs are gradient descent.",
            answer=_left_over(methods=("gd", "gd")),
        ),
        Mistake(
            name="swapped",
            hint="Both shares are right, in the wrong order: gradient descent comes first.",
            answer=_left_over(methods=("dbd", "gd")),
        ),
        Mistake(
            name="loss-itself",
            hint="That is the loss at the end. The share of the first loss is asked for.",
            answer=_left_over(share=False),
        ),
        Mistake(
            name="one-step-less",
            hint="Your runs are one step short.",
            answer=_left_over(more=-1),
        ),
        Mistake(
            name="one-step-more",
            hint="Your runs make one step too many.",
            answer=_left_over(more=1),
        ),
    ),
)

# 6. A rate for each feature, under noise

ROOM = 1.3


def feature_rates(visits, value, noise):
    """The best of many rates for each feature."""
    strength = np.geomspace(1e-5, 1, 2000)
    best = [
        strength[np.argmin(_error(strength, n, noise / v))]
        for n, v in zip(visits, value, strict=True)
    ]
    return np.array(best) / np.square(value)


def _error(strength, visits, noise):
    """The mean squared error after some visits, from 1.

    strength: rate times the square of the feature's value; a visit multiplies the error by one
    minus it and adds it times `noise`, the label's noise in units of the value.
    """
    kept = np.square(1 - strength) ** visits
    return kept + noise**2 * strength / (2 - strength) * (1 - kept)


def _judge_rates(arguments, output):
    """The exact mean over the noise, feature by feature, against the best constant rate."""
    visits, value, noise = arguments
    strength = np.asarray(output, dtype=float) * np.square(value)
    if np.any(strength <= 0):
        return "A learning rate has to be positive."
    if np.any(strength >= 2):
        return "At least one weight diverges."
    best = feature_rates(visits, value, noise) * np.square(value)
    found, lowest = (_error(s, visits, noise / value) for s in (strength, best))
    if np.any(found > ROOM * lowest):
        return "At least one weight's error is more than 1.3 times the lowest."
    return None


def _features(counts, value, noise):
    def draw(rng):
        cases = []
        for ranges, size in zip(counts, value, strict=True):
            visits = np.array([int(10 ** rng.uniform(*np.log10(pair))) for pair in ranges])
            order = rng.permutation(len(visits))
            spread = np.ones(len(visits))
            if size != 1:
                spread = size * rng.uniform(0.6, 1.6, len(visits))
            cases.append((visits[order], spread, float(size * rng.uniform(*noise))))
        return cases

    return draw


RARE, SOME, COMMON = (6, 15), (60, 200), (1000, 5000)


def _one_for_all(choose):
    """The rate of one of the features for all of them: the answer, and what matches it."""

    def answer(visits, value, noise):
        return np.full(len(visits), feature_rates(visits, value, noise)[choose(visits)])

    def matches(arguments, output):
        visits, value, noise = arguments
        one = slice(choose(visits), choose(visits) + 1)
        same = len(visits) > 1 and np.allclose(output, output[0])
        return bool(same and _judge_rates((visits[one], value[one], noise), output[one]) is None)

    return answer, matches


def _good_for(units):
    """Matches rates that are good with the values divided by `by` and the rates times `times`."""

    def matches(arguments, output):
        visits, value, noise = arguments
        return any(
            _judge_rates((visits, value / by, noise), np.multiply(output, times)) is None
            for by, times in units(value)
        )

    return matches


tune_question = FunctionQuestion(
    key="adaptive_rates.6",
    title="A rate for each feature",
    kind="tune",
    difficulty=3,
    minutes=18,
    needs=("Where one rate fails",),
    name="feature_rates",
    reference=feature_rates,
    check="form",
    judge=_judge_rates,
    parts=(
        Part(
            name="one feature",
            points=1,
            draw=_features(((RARE,), (SOME,), (COMMON,)), (1, 1, 1), (0.3, 0.5)),
        ),
        Part(
            name="common and rare features",
            points=2,
            draw=_features(((RARE, COMMON), (RARE, SOME, COMMON)), (1, 1), (0.3, 0.5)),
        ),
        Part(
            name="values in other units",
            points=1,
            draw=_features(((SOME, COMMON), (RARE, COMMON)), (0.01, 100), (0.3, 0.9)),
        ),
    ),
    mistakes=(
        tuning_mistake(
            "for-the-common",
            "Every feature has the rate that suits the most common one. A rare feature does not "
            "get far with it.",
            *_one_for_all(np.argmax),
        ),
        tuning_mistake(
            "for-the-rare",
            "Every feature has the rate that suits the rarest one. The weight of a common feature "
            "keeps trembling with the noise.",
            *_one_for_all(np.argmin),
        ),
        tuning_mistake(
            "no-units",
            "Right for features of value 1. The gradient and the curvature change with the value: "
            "by what does one visit multiply the error of the weight?",
            lambda visits, value, noise: feature_rates(visits, np.ones_like(value), noise),
            _good_for(lambda value: [(value, 1), (1, 1 / value**2)]),
        ),
        tuning_mistake(
            "units-once",
            "Right for features of value 1. The value enters a step twice: in the prediction and "
            "in its derivative.",
            lambda visits, value, noise: feature_rates(visits, value, noise) * value,
            _good_for(lambda value: [(1, 1 / value)]),
        ),
        tuning_mistake(
            "over-visits",
            "Your rate is one over the number of visits. A share of 1 / e of the way is then still "
            "to go: with little noise it pays to go further.",
            lambda visits, value, noise: 1 / (visits * value**2),
        ),
        tuning_mistake(
            "over-the-root",
            "Your rate falls like the root of the number of visits. The way does not get longer "
            "with more visits: how much of it has each one to go?",
            lambda visits, value, noise: 1 / (np.sqrt(visits) * value**2),
        ),
        tuning_mistake(
            "believes-each-label",
            "Your weight goes all the way to what the last label says, noise included. With many "
            "visits it can afford to listen to all of them.",
            lambda visits, value, noise: 1 / value**2,
        ),
        tuning_mistake(
            "noise-of-one",
            "Your rates are those for labels whose noise is as large as the feature's value. Here "
            "there is less noise: would you step further or less far?",
            lambda visits, value, noise: feature_rates(visits, np.ones_like(value), 1.0) / value**2,
        ),
        tuning_mistake(
            "diverges",
            "At least one of your rates is so large that each visit leaves a larger error than it "
            "found.",
            lambda visits, value, noise: 2.5 / value**2,
            lambda arguments, output: bool(np.any(np.multiply(output, arguments[1] ** 2) >= 2)),
        ),
    ),
)

# Practice: the notebook shows these solutions

by_hand = ValueQuestion(
    key="adaptive_rates.p1",
    title="Three steps by hand",
    kind="predict",
    difficulty=1,
    minutes=6,
    needs=("Delta-bar-delta",),
    name="x3",
    graded=False,
    points=0,
    value=0.0096,
    rtol=0.0,
    atol=2e-5,
    mistakes=(
        Mistake(
            name="gradient-descent",
            hint="Those are three steps of gradient descent: the rate never changes.",
            answer=0.008,
        ),
        Mistake(
            name="decrease-is-left",
            hint="The decrease is the share of the rate that goes; yours is what remains.",
            answer=-0.0576,
        ),
        Mistake(
            name="goes-on-growing",
            hint="Your rate rises twice. Which sign has the third gradient, which the average?",
            answer=0.08,
        ),
        Mistake(
            name="falls-by-a-sum",
            hint="Up by a sum, down by a factor: yours goes down by a sum.",
            answer=0.0,
        ),
    ),
)


def _normal(x):
    return (1 + math.erf(x / math.sqrt(2))) / 2


def flips(z, n):
    """The probability that the gradients of two mini-batches of n differ in sign."""
    x = z * math.sqrt(n)
    return 2 * _normal(x) * _normal(-x)


def _signals(rng):
    return [(between(rng, 0.05, 0.3), int(rng.integers(4, 60))) for _ in range(3)]


flips_question = FunctionQuestion(
    key="adaptive_rates.p2",
    title="Larger mini-batches flip less",
    kind="predict",
    difficulty=2,
    minutes=6,
    needs=("Where it fails: noise",),
    name="flips",
    graded=False,
    reference=flips,
    parts=(Part(name="small mini-batches", points=0, draw=_signals),),
    mistakes=(
        Mistake(
            name="one-instance",
            hint=(
                "Your probability does not depend on n. What happens to the noise of a mean when "
                "it is over more instances?"
            ),
            answer=lambda z, n: flips(z, 1),
        ),
        Mistake(
            name="no-root",
            hint=(
                "You divide the noise by n. It is the variance of a mean that shrinks by n; z has "
                "a standard deviation in it."
            ),
            answer=lambda z, n: flips(z, n * n),
        ),
        Mistake(
            name="one-wrong",
            hint=(
                "That is the probability that one mini-batch has the wrong sign. Two differ when "
                "the first is wrong and the second right, or the other way round."
            ),
            answer=lambda z, n: _normal(-z * math.sqrt(n)),
        ),
        Mistake(
            name="one-order",
            hint="There are two ways to differ: the first may be wrong, or the second.",
            answer=lambda z, n: flips(z, n) / 2,
        ),
    ),
)

zero = ValueQuestion(
    key="adaptive_rates.p3",
    title="Zero is not small",
    kind="choice",
    difficulty=1,
    minutes=3,
    needs=("The gradient of a rare feature",),
    name="choice",
    graded=False,
    points=0,
    options=("a", "b", "c"),
    value="b",
    mistakes=(
        Mistake(
            name="never-zero",
            hint="In a mini-batch without the feature every term of the sum has the factor zero.",
            answer="a",
        ),
        Mistake(
            name="one-instance",
            hint=(
                "That is the share of the instances without it. All 20 of a mini-batch have to "
                "lack it."
            ),
            answer="c",
        ),
    ),
)

EXERCISE = Exercise(
    name="adaptive_rates",
    title="Adaptive rates and sparse features",
    questions=(
        by_hand,
        flips_question,
        zero,
        gradient_question,
        travel_question,
        rates_question,
        bug_question,
        turned_question,
        tune_question,
    ),
)
