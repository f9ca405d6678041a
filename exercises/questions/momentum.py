"""The questions on averages and momentum: references, hidden inputs, mistakes that get a hint.

The references are variants of what `lecture_code.momentum` has; the tests compare the two where
they must agree. Every function is called with plain data and gives plain data.
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

# 1. A corrected average of readings that come at irregular times


def smoothed(times, values, beta):
    """The corrected averages: what is old fades by beta to the power of the time that passed."""
    m, weight = np.zeros_like(values[0]), 0.0
    averages = []
    for k, x in enumerate(values):
        fade = beta ** float(times[k] - times[k - 1]) if k else 0.0
        m = fade * m + (1 - beta) * x
        weight = fade * weight + (1 - beta)
        averages.append(m / weight)
    return np.array(averages)


def _smoothed(fade=None, correct=None, share=lambda beta: 1 - beta):
    """A wrong `smoothed`: other fading, another correction, or another share of the new value.

    fade(beta, gap); correct(beta, k, elapsed), by which m is divided after k + 1 values.
    """

    def average(times, values, beta):
        m, weight, averages = np.zeros_like(values[0]), 0.0, []
        for k, x in enumerate(values):
            gap = float(times[k] - times[k - 1]) if k else 1.0
            kept = (fade or (lambda beta, gap: beta**gap))(beta, gap)
            m = kept * m + share(beta) * x
            weight = kept * weight + share(beta)
            by = correct(beta, k, float(times[k] - times[0])) if correct else weight
            averages.append(m / by)
        return np.array(averages)

    return average


def _corrects_again(times, values, beta):
    """The corrected average goes on into the next step, where it is corrected once more."""
    m, weight, averages = np.zeros_like(values[0]), 0.0, []
    for k, x in enumerate(values):
        fade = beta ** float(times[k] - times[k - 1]) if k else 0.0
        weight = fade * weight + (1 - beta)
        m = (fade * m + (1 - beta) * x) / weight
        averages.append(m)
    return np.array(averages)


def _readings(rng, shape, gaps, dtype=float, count=None):
    count = int(rng.integers(4, 9)) if count is None else count
    times = np.cumsum(np.r_[between(rng, 0, 5, 1), gaps(count - 1)]).round(1)
    values = np.asarray(rng.normal(3, 2, (count, *shape)).round(2), dtype=dtype)
    return times, values, between(rng, 0.5, 0.95)


def _regular(rng):
    def gaps(count):
        return np.ones(count)

    small = _readings(rng, (2,), gaps, count=2)
    return [small, _readings(rng, (), gaps), _readings(rng, (3,), gaps)]


def _irregular(rng):
    def gaps(count):
        return rng.uniform(0.2, 6, count)

    small = _readings(rng, (2,), gaps, count=2)
    return [small, _readings(rng, (), gaps), _readings(rng, (3,), gaps)]


def _all_kinds(rng):
    def gaps(count):
        # A pause of two thousand: everything before it has faded to nothing.
        return np.r_[rng.uniform(0.2, 6, count - 1), 2000.0]

    times, values, beta = _readings(rng, (2, 2), gaps, np.float32)
    return [(times, values, beta), _readings(rng, (3,), gaps), _readings(rng, (), gaps)]


smoothed_question = FunctionQuestion(
    key="momentum.1",
    title="An average of readings at irregular times",
    kind="implement",
    difficulty=2,
    minutes=20,
    needs=("An average that forgets", "The start: bias and its correction"),
    name="smoothed",
    reference=smoothed,
    parts=(
        Part(name="a reading every second", points=1, draw=_regular),
        Part(name="irregular times", points=2, draw=_irregular),
        Part(name="long pauses, matrices and float32", points=1, draw=_all_kinds),
    ),
    rtol=1e-9,
    atol=1e-12,
    mistakes=(
        Mistake(
            name="uncorrected",
            hint=(
                "Readings that are all the same should give exactly that value. Your first average "
                "is far too small: what share of the weight has been handed out after one reading?"
            ),
            answer=_smoothed(correct=lambda beta, k, elapsed: 1.0),
        ),
        Mistake(
            name="ignores-times",
            hint=(
                "Right as long as a reading comes every second. After a pause the old average "
                "should count for less: where do the times enter?"
            ),
            answer=_smoothed(fade=lambda beta, gap: beta),
        ),
        Mistake(
            name="corrected-for-readings",
            hint=(
                "Your average fades with the time, and your correction counts readings. Follow the "
                "sum of the weights through the same recursion as the average."
            ),
            answer=_smoothed(correct=lambda beta, k, elapsed: 1 - beta ** (k + 1)),
        ),
        Mistake(
            name="corrected-for-time",
            hint=(
                "Your correction takes every second for a reading. In a pause old weight fades and "
                "no new weight comes: follow the sum of the weights instead of using a formula."
            ),
            answer=_smoothed(correct=lambda beta, k, elapsed: 1 - beta ** (elapsed + 1)),
        ),
        Mistake(
            name="corrects-again",
            hint=(
                "Your next step goes on with the corrected average. What goes on is m itself; the "
                "correction is for what you return."
            ),
            answer=_corrects_again,
        ),
        Mistake(
            name="fades-in-proportion",
            hint=(
                "You divide what is kept by the length of the pause. Two seconds are two times one "
                "second: what remains after fading by beta twice?"
            ),
            answer=_smoothed(fade=lambda beta, gap: beta / gap),
        ),
        Mistake(
            name="roles-swapped",
            hint=(
                "Your average keeps 1 - beta of the past and takes beta of the new reading. With "
                "beta near 1, should a single reading count for much?"
            ),
            answer=lambda times, values, beta: smoothed(times, values, 1 - beta),
        ),
        Mistake(
            name="plain-mean",
            hint="All your readings count the same, however old they are.",
            answer=lambda times, values, beta: (
                np.cumsum(values, axis=0, dtype=values.dtype)
                / np.arange(1, len(values) + 1, dtype=values.dtype).reshape(
                    -1, *[1] * (values.ndim - 1)
                )
            ),
        ),
    ),
)

# 2. How many readings until the start is forgotten


def steps_until(beta, share):
    """The smallest t with beta**t below share."""
    return math.floor(math.log(share) / math.log(beta)) + 1


def _waits(low, high):
    """Draws of several lengths, clear of whole numbers; the nearest one is too early in half."""

    def draw(rng):
        cases = []
        for early in (0.3, 0.7, 0.3, 0.7):
            steps = int(rng.integers(low, high))
            share = between(rng, 0.0005, 0.02, 5)
            beta = share ** (1 / (steps - early - rng.uniform(-0.1, 0.1)))
            cases.append((round(float(beta), 8), share))
        return cases

    return draw


wait_question = FunctionQuestion(
    key="momentum.2",
    title="How long the bias lasts",
    kind="predict",
    difficulty=1,
    minutes=8,
    needs=("The start: bias and its correction",),
    name="steps_until",
    reference=steps_until,
    check="form",
    parts=(
        Part(name="short averages", points=1, draw=_waits(3, 25)),
        Part(name="long averages", points=1, draw=_waits(100, 3000)),
    ),
    rtol=0.0,
    mistakes=(
        Mistake(
            name="time-constant",
            hint=(
                "That is the time constant. It does not know how small the bias has to be: where "
                "does `share` enter?"
            ),
            answer=lambda beta, share: round(1 / (1 - beta)),
        ),
        Mistake(
            name="one-early",
            hint="One step too early: after your steps the bias is still above the share.",
            answer=lambda beta, share: math.floor(math.log(share) / math.log(beta)),
        ),
        Mistake(
            name="rounded",
            hint=(
                "You round to the nearest whole number. Where that lies below, the bias is not yet "
                "below the share."
            ),
            answer=lambda beta, share: round(math.log(share) / math.log(beta)),
        ),
        Mistake(
            name="one-late",
            hint="One step too late: the bias was below the share a step before.",
            answer=lambda beta, share: math.floor(math.log(share) / math.log(beta)) + 2,
        ),
        Mistake(
            name="approximate",
            hint=(
                "You take -ln(beta) for 1 - beta. That is nearly right for long averages; the "
                "number of steps is asked for exactly."
            ),
            answer=lambda beta, share: math.floor(-math.log(share) / (1 - beta)) + 1,
        ),
        Mistake(
            name="other-share",
            hint=(
                "You wait until the average has reached `share` of its final value. The bias is "
                "what is missing."
            ),
            answer=lambda beta, share: math.floor(math.log(1 - share) / math.log(beta)) + 1,
        ),
        Mistake(
            name="weight-of-one",
            hint=(
                "You ask when the weight of the first reading is small. The bias is the weight "
                "that nobody has got yet: what do all weights after t readings sum to?"
            ),
            answer=lambda beta, share: (
                math.floor(math.log(share / (1 - beta)) / math.log(beta)) + 1
                if share < 1 - beta
                else 1
            ),
        ),
    ),
)

# 3. Find the bug: Nesterov momentum whose momentum changes from step to step


def nesterov_run(theta0, curvature, lr, gammas):
    """theta after one step for each of gammas, on the loss sum(curvature * theta**2) / 2."""
    theta, m = np.array(theta0), np.zeros_like(theta0)
    for gamma in gammas:
        ahead = theta - gamma * m
        m = gamma * m + lr * curvature * ahead
        theta = theta - m
    return theta


def _nesterov(ahead=-1.0, look=None, keep=None, share=False, leave="theta"):
    """A wrong `nesterov_run`: each keyword changes one thing."""

    def run(theta0, curvature, lr, gammas):
        theta, m = np.array(theta0), np.zeros_like(theta0)
        for t, gamma in enumerate(gammas):
            far = gamma if look is None else look(gammas, t)
            kept = gamma if keep is None else keep(gammas, t)
            point = theta + ahead * far * m
            push = lr * curvature * point
            m = kept * m + ((1 - kept) * push if share else push)
            theta = (point if leave == "ahead" else theta) - m
        return theta

    return run


def _ravine(rng, shape, gammas, dtype=float):
    curvature = np.asarray(10 ** rng.uniform(-1, 1, shape), dtype=dtype).round(2)
    theta0 = np.asarray(rng.choice([-1, 1], shape) * rng.uniform(0.5, 2, shape), dtype).round(2)
    return theta0, curvature, between(rng, 0.02, 0.09), gammas


def _constant(rng):
    def gammas(count):
        return np.full(count, between(rng, 0.5, 0.95))

    return [
        _ravine(rng, (2,), gammas(2)),
        _ravine(rng, (), gammas(int(rng.integers(5, 15)))),
        _ravine(rng, (2, 3), gammas(int(rng.integers(5, 15)))),
    ]


def _changing(rng):
    def rising(count):
        t, offset = np.arange(1, count + 1), between(rng, 2, 4, 1)
        return (t - 1) / (t + offset)

    return [
        _ravine(rng, (2,), rng.uniform(0.1, 0.95, 3).round(2)),
        _ravine(rng, (3,), rising(int(rng.integers(8, 20)))),
        _ravine(rng, (), rng.uniform(0.1, 0.95, 9).round(2)),
        _ravine(rng, (2, 2), rng.uniform(0.1, 0.95, 6).round(2).astype(np.float32), np.float32),
    ]


bug_question = FunctionQuestion(
    key="momentum.3",
    title="Repair a look ahead",
    kind="find the bug",
    difficulty=2,
    minutes=15,
    needs=("Nesterov looks ahead",),
    name="nesterov_run",
    reference=nesterov_run,
    parts=(
        Part(name="a constant momentum", points=1, draw=_constant),
        Part(name="a momentum that changes", points=2, draw=_changing),
    ),
    rtol=1e-8,
    atol=1e-9,
    mistakes=(
        Mistake(
            name="looks-back",
            hint=(
                "Your gradient is taken behind theta. The step subtracts the momentum: on which "
                "side of theta does the ball arrive?"
            ),
            answer=_nesterov(ahead=1.0),
        ),
        Mistake(
            name="heavy-ball",
            hint="Your gradient is taken where theta is: that is momentum without the look ahead.",
            answer=_nesterov(ahead=0.0),
        ),
        Mistake(
            name="whole-momentum",
            hint=(
                "You look a whole momentum ahead. How much of it is left when the next step is "
                "made?"
            ),
            answer=_nesterov(look=lambda gammas, t: 1.0),
        ),
        Mistake(
            name="old-gamma-ahead",
            hint=(
                "Right while the momentum is constant. You look ahead with the last step's gamma "
                "and keep the momentum with this one's."
            ),
            answer=_nesterov(look=lambda gammas, t: gammas[max(t - 1, 0)]),
        ),
        Mistake(
            name="one-gamma",
            hint="Right while the momentum is constant: your run uses the first gamma throughout.",
            answer=_nesterov(look=lambda gammas, t: gammas[0], keep=lambda gammas, t: gammas[0]),
        ),
        Mistake(
            name="next-gamma",
            hint=(
                "Right while the momentum is constant: your step t looks up the gamma of step "
                "t + 1."
            ),
            answer=_nesterov(
                look=lambda gammas, t: gammas[min(t + 1, len(gammas) - 1)],
                keep=lambda gammas, t: gammas[min(t + 1, len(gammas) - 1)],
            ),
        ),
        Mistake(
            name="steps-from-ahead",
            hint=(
                "You step from the point ahead, which has the momentum in it already: it is "
                "subtracted twice."
            ),
            answer=_nesterov(leave="ahead"),
        ),
        Mistake(
            name="average",
            hint="Your momentum is an average, with a factor of 1 - gamma; here it is a sum.",
            answer=_nesterov(share=True),
        ),
    ),
)

# 4. A learning rate that drops, inside the momentum and outside


def after_drop(slope, lr, factor, gamma, before, after):
    """The sizes of update before + after: learning rate inside the momentum, and outside."""
    inside = outside = 0.0
    for t in range(1, before + after + 1):
        rate = lr if t <= before else factor * lr
        inside = gamma * inside + rate * slope
        outside = gamma * outside + slope
    return [abs(inside), abs(factor * lr * outside)]


def _drop(first="inside", second="outside", shift=0, late=0, share=False, sign=False, whole=False):
    """A wrong `after_drop`: each keyword changes one thing."""

    def run(slope, lr, factor, gamma, before, after):
        steps = before + after + shift
        inside = outside = 0.0
        for t in range(1, steps + 1):
            rate = lr if t <= before + late else factor * lr
            inside = gamma * inside + rate * slope * ((1 - gamma) if share else 1)
            outside = gamma * outside + slope * ((1 - gamma) if share else 1)
        if whole:
            inside = lr * outside
        sizes = {"inside": inside, "outside": rate * outside}
        return [float(v if sign else abs(v)) for v in (sizes[first], sizes[second])]

    return run


def _drops(change):
    def draw(rng):
        cases = []
        for sign in (-1, 1, -1, 1):
            factor = 1.0 if not change else between(rng, 0.05, 0.6)
            cases.append(
                (
                    sign * between(rng, 0.3, 3, 2),
                    between(rng, 0.02, 0.5),
                    factor,
                    between(rng, 0.6, 0.95),
                    int(rng.integers(2, 12)),
                    int(rng.integers(1, 6)),
                )
            )
        return cases

    return draw


drop_question = FunctionQuestion(
    key="momentum.4",
    title="The step after the rate drops",
    kind="analyze",
    difficulty=2,
    minutes=15,
    needs=("Sum or average, inside or outside",),
    name="after_drop",
    reference=after_drop,
    parts=(
        Part(name="a rate that stays (factor 1)", points=1, draw=_drops(False)),
        Part(name="a rate that drops", points=2, draw=_drops(True)),
    ),
    rtol=1e-7,
    mistakes=(
        Mistake(
            name="both-outside",
            hint=(
                "Your two sizes are the same. A momentum that has the rate inside was built with "
                "the old rate: does it shrink at once when the rate drops?"
            ),
            answer=_drop("outside", "outside"),
        ),
        Mistake(
            name="both-inside",
            hint=(
                "Your two sizes are the same. Where the rate stands outside, today's rate "
                "multiplies the whole momentum, old gradients included."
            ),
            answer=_drop("inside", "inside"),
        ),
        Mistake(
            name="swapped",
            hint="Both sizes are right, in the wrong order: the rate inside comes first.",
            answer=_drop("outside", "inside"),
        ),
        Mistake(
            name="never-drops",
            hint="Your momentum with the rate inside goes on with the old rate for ever.",
            answer=_drop(whole=True),
        ),
        Mistake(
            name="one-early",
            hint="Your update is one too early: the first new rate is in update before + 1.",
            answer=_drop(shift=-1),
        ),
        Mistake(
            name="one-late",
            hint="Your update is one too late: the first new rate is in update before + 1.",
            answer=_drop(shift=1),
        ),
        Mistake(
            name="drops-late",
            hint="Right where the rate stays. Yours drops one update too late.",
            answer=_drop(late=1),
        ),
        Mistake(
            name="drops-early",
            hint="Right where the rate stays. Yours drops one update too early.",
            answer=_drop(late=-1),
        ),
        Mistake(
            name="average",
            hint="Your momentum is an average, with a factor of 1 - gamma; here it is a sum.",
            answer=_drop(share=True),
        ),
        Mistake(
            name="signed",
            hint="A size is not negative: where the slope is, your update still has its sign.",
            answer=_drop(sign=True),
        ),
    ),
)

# 5. How much noise a corrected average leaves


def noise_left(beta, t, sigma):
    """The standard deviation of the corrected average of t independent values."""
    weights = beta ** np.arange(t)
    weights = weights / weights.sum()
    return float(sigma * np.sqrt(np.sum(weights**2)))


def _noise(low, high):
    def draw(rng):
        cases = []
        for _ in range(4):
            steps = int(rng.integers(low, high))
            cases.append((between(rng, 0.6, 0.9), steps, between(rng, 0.2, 3, 2)))
        return cases

    return draw


noise_question = FunctionQuestion(
    key="momentum.5",
    title="The noise that an average leaves",
    kind="predict",
    difficulty=3,
    minutes=15,
    needs=("How much noise it removes", "The start: bias and its correction"),
    name="noise_left",
    reference=noise_left,
    check="form",
    parts=(
        Part(name="hundreds of values", points=1, draw=_noise(300, 900)),
        Part(name="a few values", points=2, draw=_noise(2, 12)),
    ),
    rtol=1e-6,
    mistakes=(
        Mistake(
            name="limit",
            hint=(
                "Right after hundreds of values. After a few, the weights do not reach as far back "
                "as in the formula for the long run: sum the squares of those that are there."
            ),
            answer=lambda beta, t, sigma: sigma * math.sqrt((1 - beta) / (1 + beta)),
        ),
        Mistake(
            name="uncorrected",
            hint=(
                "Right after hundreds of values. After a few, the uncorrected average is small, "
                "and its noise with it: what does the correction do to both?"
            ),
            answer=lambda beta, t, sigma: (
                sigma * math.sqrt((1 - beta) / (1 + beta) * (1 - beta ** (2 * t)))
            ),
        ),
        Mistake(
            name="window",
            hint=(
                "You count 1 / (1 - beta) values of equal weight. The weights are not equal: the "
                "noise depends on the sum of their squares."
            ),
            answer=lambda beta, t, sigma: sigma * math.sqrt(1 - beta),
        ),
        Mistake(
            name="variance",
            hint="That is the variance. The standard deviation is asked for, in units of sigma.",
            answer=lambda beta, t, sigma: noise_left(beta, t, sigma) ** 2,
        ),
        Mistake(
            name="plain-mean",
            hint="That is the plain mean's noise. Here recent values count more than old ones.",
            answer=lambda beta, t, sigma: sigma / math.sqrt(t),
        ),
        Mistake(
            name="no-sigma",
            hint="Your answer does not grow with sigma. Values twice as noisy leave twice as much.",
            answer=lambda beta, t, sigma: noise_left(beta, t, 1.0),
        ),
    ),
)

# 6. Momentum for a ravine

TARGET = 1e-6


def tuned(smallest, largest):
    """Polyak's optimum for curvatures between smallest and largest."""
    small, large = math.sqrt(smallest), math.sqrt(largest)
    return [4 / (small + large) ** 2, ((large - small) / (large + small)) ** 2]


def _budget(smallest, largest):
    """A fifth more steps than the best choice needs, about."""
    return math.ceil(12 * math.sqrt(largest / smallest))


def _judge_tuned(arguments, output):
    """Run the heavy ball on five curvatures from smallest to largest, from three starts."""
    smallest, largest = arguments
    lr, gamma = output
    if lr <= 0 or not 0 <= gamma < 1:
        return "The learning rate has to be positive, and gamma at least 0 and below 1."
    rng = np.random.default_rng(np.array(arguments).view(np.uint32))  # starts of its own per case
    curvature = np.geomspace(smallest, largest, 5)
    theta = rng.choice([-1, 1], (3, 5)) * rng.uniform(0.5, 1, (3, 5))
    start, m = np.linalg.norm(theta, axis=1), np.zeros_like(theta)
    with np.errstate(all="ignore"):
        for _ in range(_budget(smallest, largest)):
            m = gamma * m + curvature * theta
            theta = theta - lr * m
            if np.all(np.linalg.norm(theta, axis=1) < TARGET * start):
                return None
    return "At least one of three runs is not there when the steps are used up."


def _curvatures(kappas, scales):
    def draw(rng):
        cases = []
        for kappa, scale in zip(kappas, scales, strict=True):
            smallest = scale * 10 ** rng.uniform(-0.1, 0.1)
            cases.append((float(smallest), float(smallest * kappa * 10 ** rng.uniform(-0.1, 0.1))))
        return cases

    return draw


tune_question = FunctionQuestion(
    key="momentum.6",
    title="Momentum for a ravine",
    kind="tune",
    difficulty=3,
    minutes=20,
    needs=("Tuning for a condition number",),
    name="tuned",
    reference=tuned,
    check="form",
    judge=_judge_tuned,
    parts=(
        Part(name="mild and steep ravines", points=1, draw=_curvatures((30, 300), (1, 1))),
        Part(name="other units", points=2, draw=_curvatures((50, 200), (1e-4, 1e3))),
        Part(name="very steep ravines", points=1, draw=_curvatures((3000, 10000), (0.01, 1))),
    ),
    mistakes=(
        tuning_mistake(
            "common-advice",
            "You take gamma = 0.9 for every ravine. The momentum has to remember longer the longer "
            "the valley is compared with its width.",
            lambda smallest, largest: [1 / largest, 0.9],
        ),
        tuning_mistake(
            "gradient-descent",
            "That is the best rate without momentum: the number of steps grows like the condition "
            "number, and the budget only like its root.",
            lambda smallest, largest: [2 / (smallest + largest), 0.0],
        ),
        tuning_mistake(
            "no-square",
            "Your learning rate fits. Your gamma is the share of the error that one step should "
            "leave; the heavy ball leaves the root of gamma.",
            lambda smallest, largest: [
                tuned(smallest, largest)[0],
                tuned(smallest, largest)[1] ** 0.5,
            ],
        ),
        tuning_mistake(
            "no-roots",
            "Your gamma uses the curvatures themselves, as for gradient descent's rate of "
            "convergence: momentum turns the condition number into its root.",
            lambda smallest, largest: [
                tuned(smallest, largest)[0],
                ((largest - smallest) / (largest + smallest)) ** 2,
            ],
        ),
        tuning_mistake(
            "no-four",
            "Your gamma fits, and your learning rate is too small for it: the flat direction "
            "crawls. How far may the rate go with this gamma before the steep direction diverges?",
            lambda smallest, largest: [
                tuned(smallest, largest)[0] / 4,
                tuned(smallest, largest)[1],
            ],
        ),
        tuning_mistake(
            "one-scale",
            "Your learning rate is right where the smallest curvature is 1. It is measured in one "
            "over the curvature: what happens when both are ten times as large?",
            lambda smallest, largest: tuned(1.0, largest / smallest),
        ),
        tuning_mistake(
            "too-large",
            "Your learning rate is beyond the threshold of the heavy ball for this gamma: the "
            "steepest direction diverges.",
            lambda smallest, largest: [4 / largest, tuned(smallest, largest)[1]],
        ),
    ),
)

# Practice: the notebook shows these solutions


by_hand = ValueQuestion(
    key="momentum.p1",
    title="Three steps by hand",
    kind="predict",
    difficulty=1,
    minutes=6,
    needs=("Momentum",),
    name="theta3",
    graded=False,
    points=0,
    value=0.302,
    rtol=0.0,
    atol=2e-5,
    mistakes=(
        Mistake(
            name="gradient-descent",
            hint="Those are three steps of gradient descent: the momentum is missing.",
            answer=0.512,
        ),
        Mistake(
            name="average",
            hint="Your momentum is an average, with a factor of 1 - gamma; here it is a sum.",
            answer=0.614,
        ),
        Mistake(
            name="same-gradient",
            hint="The gradient changes with theta: take it anew before every step.",
            answer=0.15,
        ),
    ),
)


def _weights(beta, t):
    return [float((1 - beta) * beta ** (t - k)) for k in range(1, t + 1)]


def _averages(rng):
    return [(between(rng, 0.5, 0.95), int(rng.integers(3, 7))) for _ in range(3)]


weights_question = FunctionQuestion(
    key="momentum.p2",
    title="The weights of an average",
    kind="predict",
    difficulty=1,
    minutes=6,
    needs=("An average that forgets",),
    name="weights",
    graded=False,
    reference=_weights,
    parts=(Part(name="short averages", points=0, draw=_averages),),
    mistakes=(
        Mistake(
            name="reversed",
            hint="The right weights in the wrong order: the first value is the oldest.",
            answer=lambda beta, t: _weights(beta, t)[::-1],
        ),
        Mistake(
            name="one-power-more",
            hint="Each of your weights has one factor of beta too many: what does the newest get?",
            answer=lambda beta, t: [beta * weight for weight in _weights(beta, t)],
        ),
        Mistake(
            name="no-share",
            hint="Every new value enters with the factor 1 - beta.",
            answer=lambda beta, t: [weight / (1 - beta) for weight in _weights(beta, t)],
        ),
    ),
)

friction = ValueQuestion(
    key="momentum.p3",
    title="What gamma is in the picture of a ball",
    kind="choice",
    difficulty=1,
    minutes=3,
    needs=("Terminal velocity",),
    name="choice",
    graded=False,
    points=0,
    options=("a", "b", "c"),
    value="c",
    mistakes=(
        Mistake(
            name="friction",
            hint="With gamma = 1 nothing is lost from step to step. Is that much friction?",
            answer="a",
        ),
        Mistake(
            name="speed-limit",
            hint="The final speed depends on gamma, on the slope and on the rate: it is not gamma.",
            answer="b",
        ),
    ),
)

EXERCISE = Exercise(
    name="momentum",
    title="Momentum",
    questions=(
        by_hand,
        weights_question,
        friction,
        smoothed_question,
        wait_question,
        bug_question,
        drop_question,
        noise_question,
        tune_question,
    ),
)
