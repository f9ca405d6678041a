"""The questions on AMSGrad: references, hidden inputs and the mistakes that get a hint.

The references are variants of what `lecture_code.amsgrad` has; the tests compare the two where they
must agree. Every function is called with plain data and gives plain data.
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

# 1. A maximum that leaks


def amsgrad_final(theta0, gradients, lr, beta1, beta2, epsilon, keep):
    """theta after all gradients; in each step the old maximum shrinks to `keep` times itself."""
    theta = np.array(theta0)
    m, v, top = np.zeros_like(theta), np.zeros_like(theta), np.zeros_like(theta)
    for gradient in gradients:
        m = beta1 * m + (1 - beta1) * gradient
        v = beta2 * v + (1 - beta2) * np.square(gradient)
        top = np.maximum(keep * top, v)
        theta = theta - lr * m / (np.sqrt(top) + epsilon)
    return theta


def _keeping(top, new, before, keep, t):
    return np.maximum(keep * top, new)


def _final(
    top=_keeping,
    divide=lambda m, top, epsilon: m / (np.sqrt(top) + epsilon),
    feed=False,
    late=False,
    correct=False,
    squares=False,
    uphill=False,
):
    """A wrong `amsgrad_final`.

    top: the maximum from the old one, v, the v before, keep and t; feed: it goes on as v; late: it
    is used before it is renewed; squares: it is that of the squares.
    """

    def run(theta0, gradients, lr, beta1, beta2, epsilon, keep):
        theta = np.array(theta0)
        m, v, largest = np.zeros_like(theta), np.zeros_like(theta), np.zeros_like(theta)
        for t, g in enumerate(gradients, start=1):
            before, used = v, largest
            m = beta1 * m + (1 - beta1) * g
            v = beta2 * v + (1 - beta2) * g * g
            largest = top(largest, g * g if squares else v, before, keep, t)
            v = largest if feed else v
            used = used if late else largest
            m_hat, used = (m / (1 - beta1**t), used / (1 - beta2**t)) if correct else (m, used)
            step = lr * divide(m_hat, used, epsilon)
            theta = theta + step if uphill else theta - step
        return theta

    return run


def _settings(rng):
    return between(rng, 0.05, 0.5), between(rng, 0.3, 0.8), between(rng, 0.3, 0.6)


def _run(rng, shape, steps, keep=1.0, dtype=float, epsilon=0.0):
    """Gradients of either sign, the first one large, the second one small."""
    theta0 = np.asarray(rng.normal(size=shape), dtype).round(2)
    gradients = signed_gradients(rng, steps, shape, dtype)
    gradients[0] = 3 * gradients[0]
    gradients[1] = 0.1 * gradients[1]
    return theta0, gradients, *_settings(rng), epsilon, keep


def _steps(rng):
    return int(rng.integers(7, 12))


def _leak(rng):
    return between(rng, 0.75, 0.95)


def _tight(rng):
    return [_run(rng, (2,), 2), _run(rng, (), _steps(rng)), _run(rng, (2, 3), _steps(rng))]


def _leaking(rng):
    return [
        _run(rng, (2,), 2, _leak(rng)),
        _run(rng, (3,), _steps(rng), _leak(rng)),
        _run(rng, (), _steps(rng), _leak(rng)),
        _run(rng, (2, 2), _steps(rng), between(rng, 0.1, 0.25)),
    ]


def _extreme(rng):
    """float32; rows twenty powers of ten apart and one that stays at zero; epsilon counts."""
    size = 10 ** rng.uniform(9, 11)
    _, gradients, lr, beta1, beta2, _, keep = _run(rng, (3, 2), _steps(rng), _leak(rng))
    gradients = gradients * np.array([[size], [1 / size], [0.0]])
    return [
        _run(rng, (4,), _steps(rng), _leak(rng), np.float32, between(rng, 0.05, 0.2)),
        _run(rng, (2,), _steps(rng), _leak(rng), float, between(rng, 0.05, 0.2)),
        (np.zeros((3, 2)), gradients, lr, beta1, beta2, float(0.1 / size), keep),
    ]


final_question = FunctionQuestion(
    key="amsgrad.1",
    title="A maximum that leaks",
    kind="implement",
    difficulty=2,
    minutes=18,
    needs=("The algorithm", "Where it fails"),
    name="amsgrad_final",
    reference=amsgrad_final,
    parts=(
        Part(name="no leak", points=1, draw=_tight),
        Part(name="a leak", points=2, draw=_leaking),
        Part(name="epsilon, extreme gradients, float32", points=1, draw=_extreme),
    ),
    rtol=1e-7,
    atol=1e-7,
    mistakes=(
        Mistake(
            name="like-the-chapter",
            hint=(
                "Right for keep = 1: this is the chapter's AMSGrad, whose maximum never falls. "
                "What does `keep` do to the maximum of the step before?"
            ),
            answer=_final(lambda top, new, before, keep, t: np.maximum(top, new)),
        ),
        Mistake(
            name="leaks-after",
            hint=(
                "Right for keep = 1. Otherwise your first step is too long already: the new "
                "average must not have leaked before it is used."
            ),
            answer=_final(lambda top, new, before, keep, t: keep * np.maximum(top, new)),
        ),
        Mistake(
            name="compounding",
            hint=(
                "Right for keep = 1. Your maximum leaks faster with every step, as if by a power "
                "of `keep`: in one step it loses the same share as in any other."
            ),
            answer=_final(lambda top, new, before, keep, t: np.maximum(keep**t * top, new)),
        ),
        Mistake(
            name="neighbors",
            hint=(
                "You compare the average with the one of the step before, and what was larger "
                "earlier is lost. What has to be carried from step to step beside the average?"
            ),
            answer=_final(lambda top, new, before, keep, t: np.maximum(keep * before, new)),
        ),
        Mistake(
            name="fed-back",
            hint=(
                "Your maximum goes into the next average of squares, which then forgets nothing "
                "of its own. How many accumulators of squares does the algorithm have?"
            ),
            answer=_final(feed=True),
        ),
        Mistake(
            name="largest-square",
            hint=(
                "You keep the largest of the squares themselves. AMSGrad compares something that "
                "rises more slowly after a single large gradient."
            ),
            answer=_final(squares=True),
        ),
        Mistake(
            name="one-maximum-for-all",
            hint=(
                "All your coordinates share one maximum. Check its shape: each coordinate has "
                "its own."
            ),
            answer=_final(lambda top, new, before, keep, t: np.maximum(keep * top, np.max(new))),
        ),
        Mistake(
            name="no-maximum",
            hint=(
                "Your steps are divided by the root of the latest average, as in Adam: nothing of "
                "a larger one before it is left."
            ),
            answer=_final(lambda top, new, before, keep, t: new),
        ),
        Mistake(
            name="corrected",
            hint=(
                "You correct both averages for their start at zero, as Adam does. The algorithm "
                "here is the paper's, which does not."
            ),
            answer=_final(correct=True),
        ),
        Mistake(
            name="used-before-update",
            hint=(
                "Where epsilon is 0 your first step divides by zero: does your maximum know the "
                "average of its own step?"
            ),
            answer=_final(late=True),
        ),
        Mistake(
            name="no-root",
            hint=(
                "Multiply all gradients by ten and your steps become ten times shorter. What is "
                "missing between the maximum and the division?"
            ),
            answer=_final(divide=lambda m, top, epsilon: m / (top + epsilon)),
        ),
        Mistake(
            name="uphill",
            hint="Your steps have the right length and go uphill: look at the sign of the update.",
            answer=_final(uphill=True),
        ),
        Mistake(
            name="epsilon-inside",
            hint=(
                "Right as long as epsilon does not count. The question adds epsilon to the root: "
                "is yours under it?"
            ),
            answer=_final(divide=lambda m, top, epsilon: m / np.sqrt(top + epsilon)),
        ),
        Mistake(
            name="epsilon-as-a-floor",
            hint=(
                "Right as long as epsilon does not count. The question adds epsilon to the root; "
                "you take the larger of the two."
            ),
            answer=_final(divide=lambda m, top, epsilon: m / np.maximum(np.sqrt(top), epsilon)),
        ),
    ),
)

# 2. When the step is longest


FAR = 3000


def longest_step(beta1, beta2):
    """The step that is longest on a constant slope, and its length in units of the rate."""
    lengths = _lengths(beta1, beta2)
    return [int(lengths.argmax()) + 1, float(lengths.max())]


def _lengths(beta1, beta2, root=np.sqrt):
    t = np.arange(1, FAR)
    return (1 - beta1**t) / root(1 - beta2**t)


def _memory(beta1, beta2):
    t = round(1 / (1 - beta1))
    return [t, float(_lengths(beta1, beta2)[t - 1])]


def _averages(low, high, first=None):
    def draw(rng):
        betas = [between(rng, low, high) for _ in range(4)]
        if first is not None:
            betas[0] = first
        return [(beta1, between(rng, 0.98, 0.9995, 4)) for beta1 in betas]

    return draw


longest_question = FunctionQuestion(
    key="amsgrad.2",
    title="When the step is longest",
    kind="predict",
    difficulty=2,
    minutes=12,
    needs=("What never rises",),
    name="longest_step",
    reference=longest_step,
    check="form",
    parts=(
        Part(name="beta1 below a third", points=1, draw=_averages(0.1, 0.33, first=0.0)),
        Part(name="beta1 above one half", points=1, draw=_averages(0.6, 0.97)),
    ),
    rtol=1e-6,
    mistakes=(
        Mistake(
            name="never-rises",
            hint=(
                "Your step is longest at once. For such a beta1 it grows first: which of the two "
                "averages, the one above or the one below the line, fills up faster?"
            ),
            answer=lambda beta1, beta2: [1, (1 - beta1) / math.sqrt(1 - beta2)],
        ),
        Mistake(
            name="without-m",
            hint=(
                "Your step is as long as the effective rate times the whole slope. How much of "
                "the slope is in m after one step?"
            ),
            answer=lambda beta1, beta2: [1, 1 / math.sqrt(1 - beta2)],
        ),
        Mistake(
            name="corrected",
            hint=(
                "A step of one learning rate throughout is that of averages that are corrected. "
                "Here nothing is corrected."
            ),
            answer=lambda beta1, beta2: [1, 1.0],
        ),
        Mistake(
            name="no-root",
            hint="You divide by v itself. What does the algorithm do to it before it divides?",
            answer=lambda beta1, beta2: [1, (1 - beta1) / (1 - beta2)],
        ),
        Mistake(
            name="from-zero",
            hint="The length is right, and its step is one too early: steps are counted from 1.",
            answer=lambda beta1, beta2: [
                longest_step(beta1, beta2)[0] - 1,
                longest_step(beta1, beta2)[1],
            ],
        ),
        Mistake(
            name="memory-of-m",
            hint=(
                "You take the step at which m has filled about two thirds. Compare the lengths of "
                "the steps around it: m goes on to fill while v has hardly begun."
            ),
            answer=_memory,
        ),
        Mistake(
            name="sum-of-gradients",
            hint=(
                "Your m is a sum: each gradient enters it whole. In the algorithm it is an "
                "average, which a constant slope fills to one slope."
            ),
            answer=lambda beta1, beta2: [
                longest_step(beta1, beta2)[0],
                longest_step(beta1, beta2)[1] / (1 - beta1),
            ],
        ),
        Mistake(
            name="swapped",
            hint="The two numbers are in the wrong order: first the step, then its length.",
            answer=lambda beta1, beta2: longest_step(beta1, beta2)[::-1],
        ),
    ),
)

# 3. Find the bug: AMSGrad in a box, as its theorem has it, with one accumulator too few


def amsgrad_box(theta0, gradients, lr, beta1, fade, beta2, low, high):
    """theta after all gradients: lr / sqrt(t), a beta1 that fades, a projection onto a box."""
    theta = np.array(theta0, dtype=float)
    m, v, top = np.zeros_like(theta), np.zeros_like(theta), np.zeros_like(theta)
    for index, gradient in enumerate(gradients):
        share = 1 - beta1 * fade**index
        m = m + share * (gradient - m)
        v = beta2 * v + (1 - beta2) * np.square(gradient)
        top = np.maximum(top, v)
        theta = np.clip(theta - lr * m / np.sqrt((index + 1) * top), low, high)
    return theta


def _accumulate(top, v, before, square, beta2):
    return np.maximum(top, v)


def _box(top=_accumulate, feed=False, first=0, fades=True, box="each", correct=False):
    """A wrong `amsgrad_box`: each keyword changes one thing."""

    def run(theta0, gradients, lr, beta1, fade, beta2, low, high):
        theta = np.array(theta0, dtype=float)
        m, v, largest = np.zeros_like(theta), np.zeros_like(theta), np.zeros_like(theta)
        for t, g in enumerate(gradients, start=1):
            kept = beta1 * fade ** (t - 1 + first) if fades else beta1
            m, before = kept * m + (1 - kept) * g, v
            v = beta2 * v + (1 - beta2) * g * g
            largest = top(largest, v, before, g * g, beta2)
            v = largest if feed else v
            used = largest / (1 - beta2**t) if correct else largest
            theta = theta - lr / math.sqrt(t) * m / np.sqrt(used)
            theta = np.clip(theta, low, high) if box == "each" else theta
        return np.clip(theta, low, high) if box == "last" else theta

    return run


def _spiky(rng, shape, steps, scale=1.0, dtype=float):
    """Large, small, large again, then as it comes; of either sign."""
    sizes = rng.uniform(0.5, 2, (steps, *shape)).round(2)
    sizes[1::3] *= 0.1
    signs = rng.choice([-1, 1], sizes.shape)
    return np.asarray(rng.normal(size=shape)).round(2), np.asarray(scale * sizes * signs, dtype)


def _without_momentum(rng):
    cases = []
    for shape, steps, scale in (((2,), 3, 1.0), ((), 8, 1e6), ((2, 2), 9, 1e-6)):
        start, gradients = _spiky(rng, shape, steps, scale)
        lr, beta2 = between(rng, 0.1, 0.5), between(rng, 0.3, 0.8)
        cases.append((start, gradients, lr, 0.0, 1.0, beta2, -100.0, 100.0))
    return cases


def _whole(rng):
    cases = []
    for shape, dtype in (((2,), float), ((), float), ((2, 3), float), ((4,), np.float32)):
        start, gradients = _spiky(rng, shape, 3 if shape == (2,) else 10, dtype=dtype)
        lr, beta2 = between(rng, 0.4, 0.9), between(rng, 0.3, 0.8)
        beta1, fade = between(rng, 0.4, 0.9), between(rng, 0.5, 0.9)
        low, high = between(rng, -0.5, -0.2), between(rng, 0.2, 0.5)
        start = np.clip(start, low, high)
        cases.append((start, gradients, lr, beta1, fade, beta2, low, high))
    return cases


bug_question = FunctionQuestion(
    key="amsgrad.3",
    title="Repair AMSGrad in a box",
    kind="find the bug",
    difficulty=2,
    minutes=13,
    needs=("The algorithm", "Words against the formula"),
    name="amsgrad_box",
    reference=amsgrad_box,
    parts=(
        Part(name="no momentum, a box that is out of reach", points=1, draw=_without_momentum),
        Part(name="momentum that fades, a box that is felt", points=2, draw=_whole),
    ),
    rtol=1e-6,
    atol=1e-9,
    mistakes=(
        Mistake(
            name="as-shipped",
            hint=(
                "After a pause your second large gradient makes a shorter step than the first, "
                "beyond what the root of t does. What does your average forget in the pause?"
            ),
            answer=_box(feed=True),
        ),
        Mistake(
            name="neighbors",
            hint=(
                "You divide by the larger of the last two averages. A maximum over all of them "
                "has to be carried along."
            ),
            answer=_box(lambda top, v, before, square, beta2: np.maximum(before, v)),
        ),
        Mistake(
            name="no-maximum",
            hint=(
                "Now the average forgets, as it should, and so does what you divide by. That is "
                "Adam without correction: where has the maximum gone?"
            ),
            answer=_box(lambda top, v, before, square, beta2: v),
        ),
        Mistake(
            name="largest-square",
            hint=(
                "You divide by the root of the largest square, so your first step is as long as "
                "the rate. What is the maximum taken of?"
            ),
            answer=_box(lambda top, v, before, square, beta2: np.maximum(top, square)),
        ),
        Mistake(
            name="one-maximum-for-all",
            hint="All your coordinates share one maximum. Each of them has its own.",
            answer=_box(lambda top, v, before, square, beta2: np.maximum(top, np.max(v))),
        ),
        Mistake(
            name="corrected",
            hint=(
                "You divide the maximum by 1 - beta2^t. The average was meant to stay "
                "uncorrected: only one thing is wrong in the function."
            ),
            answer=_box(correct=True),
        ),
        Mistake(
            name="fades-a-step-early",
            hint=(
                "Right without momentum. Your momentum has faded once before the first step: "
                "compare the power of `fade` with the shipped one."
            ),
            answer=_box(first=1),
        ),
        Mistake(
            name="never-fades",
            hint="Right without momentum. Your beta1 is the same in every step; it has to fade.",
            answer=_box(fades=False),
        ),
        Mistake(
            name="clipped-at-the-end",
            hint=(
                "Right as long as the box is out of reach. You clip once, after the last step; "
                "the steps in between have to start from inside the box, too."
            ),
            answer=_box(box="last"),
        ),
        Mistake(
            name="no-box",
            hint="Right as long as the box is out of reach. Where does yours stop the steps?",
            answer=_box(box="never"),
        ),
    ),
)

# 4. The drift of a period


def drift(slopes, beta2, maximum):
    """How far x moves in one period of slopes that has been repeated for long, over the rate."""
    return np.sum(-slopes / np.sqrt(_denominators(slopes, beta2, maximum)), axis=0)


def _settled(slopes, beta2):
    """The averages of squares at the end of each step of a period, when they repeat."""
    period, v = len(slopes), 0.0
    for slope in slopes:
        v = beta2 * v + (1 - beta2) * np.square(slope)
    v = v / (1 - beta2**period)
    averages = []
    for slope in slopes:
        v = beta2 * v + (1 - beta2) * np.square(slope)
        averages.append(v)
    return np.array(averages)


def _denominators(slopes, beta2, maximum):
    averages = _settled(slopes, beta2)
    return np.broadcast_to(averages.max(axis=0), averages.shape) if maximum else averages


def _after(periods):
    """The drift of the last of so many periods, with averages that start at zero."""

    def run(slopes, beta2, maximum):
        v = top = np.zeros_like(slopes[0])
        for _ in range(periods):
            moved = 0.0
            for slope in slopes:
                v = beta2 * v + (1 - beta2) * slope**2
                top = np.maximum(top, v)
                moved = moved - slope / np.sqrt(top if maximum else v)
        return moved

    return run


def _drift(
    adam=lambda v, slopes: v,
    amsgrad=lambda v, slopes: v.max(axis=0),
    factor=lambda steps: 1.0,
    power=0.5,
):
    """A wrong `drift`. adam, amsgrad: what each divides by the root of, from the averages."""

    def run(slopes, beta2, maximum):
        used = (amsgrad if maximum else adam)(_settled(slopes, beta2), slopes)
        return factor(len(slopes)) * np.sum(-slopes / used**power, axis=0)

    return run


def _slopes(rng, shape):
    """Slopes of both signs, none near zero."""
    sizes = rng.uniform(0.3, 3, shape).round(2)
    sizes[1::2] *= -1
    sizes[0] += 1
    return sizes * rng.choice([-1, 1], shape[1:])


def _game(rng, period):
    return np.r_[between(rng, 1.1, 1.6) * (period - 1), -np.ones(period - 1)].round(2)


def _short_memories(maximum):
    def draw(rng):
        return [
            (_slopes(rng, (2,)), between(rng, 0.2, 0.6), maximum),
            (_game(rng, int(rng.integers(3, 6))), between(rng, 0.1, 0.5), maximum),
            (_slopes(rng, (int(rng.integers(5, 8)),)), between(rng, 0.4, 0.7), maximum),
        ]

    return draw


def _long_memories(rng):
    cases = []
    for shape, maximum in (((6, 2), True), ((9, 2), False), ((7, 2, 2), True)):
        slopes = _slopes(rng, shape) * 10.0 ** rng.integers(-6, 7, shape[1:])
        slopes[3] = 0.0
        cases.append((slopes, between(rng, 0.995, 0.9995, 4), maximum))
    return cases


drift_question = FunctionQuestion(
    key="amsgrad.4",
    title="Where a period leads",
    kind="analyze",
    difficulty=3,
    minutes=16,
    needs=("Which ingredient does it?", "Words against the formula"),
    name="drift",
    reference=drift,
    parts=(
        Part(name="Adam", points=1, draw=_short_memories(False)),
        Part(name="AMSGrad", points=1, draw=_short_memories(True)),
        Part(name="long memories, several coordinates", points=1, draw=_long_memories),
    ),
    rtol=1e-6,
    atol=1e-8,
    mistakes=(
        Mistake(
            name="first-period",
            hint=(
                "That is the way of the first period, in which v fills up from zero. What is v at "
                "the beginning of a period that has been repeated for long?"
            ),
            answer=_after(1),
        ),
        Mistake(
            name="too-few-periods",
            hint=(
                "Right for short memories. In so many steps a long memory has not filled up yet: "
                "run until v repeats, or solve for the v that does."
            ),
            answer=_after(100),
        ),
        Mistake(
            name="previous-average",
            hint=(
                "The order is wrong: a step is divided by an average that knows its own slope. "
                "Yours is that of the step before."
            ),
            answer=_drift(adam=lambda v, slopes: np.roll(v, 1, axis=0)),
        ),
        Mistake(
            name="largest-square",
            hint=(
                "Your AMSGrad divides by the root of the largest square of a period. The average "
                "stays below it, unless the maximum is fed back into the average."
            ),
            answer=_drift(amsgrad=lambda v, slopes: np.max(slopes**2, axis=0)),
        ),
        Mistake(
            name="neighbors",
            hint=(
                "Your AMSGrad divides by the larger of two averages next to each other. Its "
                "maximum is over all steps so far: what does it become after many periods?"
            ),
            answer=_drift(amsgrad=lambda v, slopes: np.maximum(v, np.roll(v, 1, axis=0))),
        ),
        Mistake(
            name="shared-maximum",
            hint="All your coordinates share one maximum. Each of them has its own.",
            answer=_drift(amsgrad=lambda v, slopes: v.max()),
        ),
        Mistake(
            name="always-adam",
            hint="Your result does not depend on `maximum`: with True it has to be AMSGrad's.",
            answer=_drift(amsgrad=lambda v, slopes: v),
        ),
        Mistake(
            name="always-amsgrad",
            hint="Your result does not depend on `maximum`: with False it has to be Adam's.",
            answer=_drift(adam=lambda v, slopes: v.max(axis=0)),
        ),
        Mistake(
            name="mean-square",
            hint=(
                "You divide by the root of the plain mean of the squares. In the average the "
                "latest square counts most, so it differs from step to step."
            ),
            answer=_drift(
                adam=lambda v, slopes: np.mean(slopes**2, axis=0),
                amsgrad=lambda v, slopes: np.mean(slopes**2, axis=0),
            ),
        ),
        Mistake(
            name="uphill",
            hint="The size is right, the direction is not: a positive slope moves x down.",
            answer=_drift(factor=lambda steps: -1.0),
        ),
        Mistake(
            name="mean-step",
            hint="That is the mean step. The way of a whole period is asked for.",
            answer=_drift(factor=lambda steps: 1 / steps),
        ),
        Mistake(
            name="no-root",
            hint="You divide by the average of squares itself. What belongs between the two?",
            answer=_drift(power=1.0),
        ),
    ),
)

# 5. What a spike leaves behind


def left_behind(usual, spike, beta2, before, after):
    """Adam's and AMSGrad's effective rate, over the learning rate, some steps after a spike."""
    return _rates(*_three(usual, spike, beta2, before, after))


def _three(usual, spike, beta2, before, after):
    """v before the spike, with it, and after the steps that follow."""
    first = usual**2 * -math.expm1(before * math.log(beta2))
    second = first + (1 - beta2) * (spike**2 - first)
    return first, second, usual**2 + beta2**after * (second - usual**2)


def _rates(first, second, third):
    return [third**-0.5, max(first, second, third) ** -0.5]


def _second_rate(compared):
    """A wrong `left_behind`: what AMSGrad divides by the root of is `compared`."""

    def run(usual, spike, beta2, before, after):
        averages = _three(usual, spike, beta2, before, after)
        return [averages[2] ** -0.5, compared(averages, usual, spike, beta2, after) ** -0.5]

    return run


def _last_two(averages, usual, spike, beta2, after):
    first, second, third = averages
    previous = usual**2 + beta2 ** (after - 1) * (second - usual**2) if after else first
    return max(previous, third)


def _filled(usual, spike, beta2, before, after):
    first, second = usual**2, beta2 * usual**2 + (1 - beta2) * spike**2
    return _rates(first, second, usual**2 + beta2**after * (second - usual**2))


def _empty(usual, spike, beta2, before, after):
    second = (1 - beta2) * spike**2
    third = usual**2 + beta2**after * (second - usual**2)
    return [third**-0.5, max(second, third) ** -0.5]


def _corrected(usual, spike, beta2, before, after):
    first, second, third = _three(usual, spike, beta2, before, after)
    return _rates(
        usual**2, second / (1 - beta2 ** (before + 1)), third / (1 - beta2 ** (before + 1 + after))
    )


def _filling(usual, spike, beta2, before, after):
    """As `left_behind`, with the shares of the memory and of the new square exchanged."""
    first = usual**2 * (1 - (1 - beta2) ** before)
    second = (1 - beta2) * first + beta2 * spike**2
    return _rates(first, second, usual**2 + (1 - beta2) ** after * (second - usual**2))


def _signs(rng):
    return rng.choice([-1, 1], 2)


def _spikes(kinds):
    """Cases of the kinds (filled before?, the spike's size over the usual one, memories after)."""

    def draw(rng):
        cases = []
        for filled, low, high, later in kinds:
            beta2, (one, other) = between(rng, 0.9, 0.99), _signs(rng)
            usual = float(f"{10 ** rng.uniform(-3, 2):.3g}")
            before = int(rng.uniform(50, 60) / (1 - beta2)) if filled else int(rng.integers(2, 6))
            after = int(rng.uniform(0.8, 1) * later / (1 - beta2))
            spike = float(f"{usual * rng.uniform(low, high):.3g}")
            cases.append((one * usual, other * spike, beta2, before, after))
        return [(float(u), float(s), b, n, k) for u, s, b, n, k in cases]

    return draw


spike_question = FunctionQuestion(
    key="amsgrad.5",
    title="What a spike leaves behind",
    kind="predict",
    difficulty=2,
    minutes=12,
    needs=("Words against the formula", "Where it fails"),
    name="left_behind",
    reference=left_behind,
    check="form",
    parts=(
        Part(
            name="at a large spike",
            points=1,
            draw=_spikes([(False, 5, 30, 0)] * 2 + [(True, 30, 90, 0)]),
        ),
        Part(name="after a large spike", points=1, draw=_spikes([(True, 30, 90, 3)] * 3)),
        Part(
            name="after any gradient",
            points=1,
            draw=_spikes(
                [(True, 0, 0, 0.5), (False, 1.1, 1.4, 4), (True, 0.2, 0.5, 1), (False, 30, 60, 2)]
            ),
        ),
    ),
    rtol=1e-6,
    mistakes=(
        Mistake(
            name="largest-square",
            hint=(
                "Your AMSGrad divides by the largest gradient. A single gradient enters the "
                "average with a share of 1 - beta2 only, and the average is what is compared."
            ),
            answer=_second_rate(lambda averages, usual, spike, *_: max(usual**2, spike**2)),
        ),
        Mistake(
            name="last-two",
            hint=(
                "Right at the spike. Later your AMSGrad forgets it: the maximum is over all "
                "averages so far, not over the last two."
            ),
            answer=_second_rate(_last_two),
        ),
        Mistake(
            name="always-the-spike",
            hint=(
                "Right for a large spike. The largest average need not be that of the spike: it "
                "may have been larger before, or become larger later."
            ),
            answer=_second_rate(lambda averages, *_: averages[1]),
        ),
        Mistake(
            name="no-maximum",
            hint=(
                "Your second number is Adam's rate again. Right at a large spike; afterwards "
                "Adam's average falls, and AMSGrad's maximum?"
            ),
            answer=_second_rate(lambda averages, *_: averages[2]),
        ),
        Mistake(
            name="filled",
            hint=(
                "Right after many steps. Before the spike your average is that of an endless "
                "past: it starts at zero, and nothing corrects it."
            ),
            answer=_filled,
        ),
        Mistake(
            name="corrected",
            hint=(
                "Right after many steps. You correct the averages for their start at zero; the "
                "question does not."
            ),
            answer=_corrected,
        ),
        Mistake(
            name="empty",
            hint=(
                "At the spike your average holds nothing of the gradients before it. Write down "
                "the rule for v with the average of the steps before."
            ),
            answer=_empty,
        ),
        Mistake(
            name="exchanged",
            hint=(
                "Your average keeps 1 - beta2 of itself and takes beta2 of the new square. It is "
                "the other way round."
            ),
            answer=_filling,
        ),
        Mistake(
            name="no-root",
            hint="You divide by v itself: the root is missing.",
            answer=lambda *a: [rate**2 for rate in left_behind(*a)],
        ),
        Mistake(
            name="one-more",
            hint=(
                "Your average forgets the spike for one step too many. With after = 0 the spike "
                "is the latest gradient."
            ),
            answer=lambda usual, spike, beta2, before, after: left_behind(
                usual, spike, beta2, before, after + 1
            ),
        ),
        Mistake(
            name="one-less",
            hint=(
                "Right at the spike. Afterwards you count one step too few: the spike is a step "
                "of its own, and all of `after` follow it."
            ),
            answer=lambda usual, spike, beta2, before, after: left_behind(
                usual, spike, beta2, before, max(after - 1, 0)
            ),
        ),
        Mistake(
            name="swapped",
            hint="The two rates are in the wrong order: first Adam's, then AMSGrad's.",
            answer=lambda *a: left_behind(*a)[::-1],
        ),
    ),
)

# 6. A rate for the game


def learning_rate(width, beta2, size):
    """The first step, which is that of a spike, leads from the middle to the side of the box."""
    return width * math.sqrt(1 - beta2)


GAME_STEPS = 300
ALLOWED = 1.5


def mean_regrets(rates, beta2, spike, period, start):
    """The mean regret of each rate in a box from -1 to 1; start: the first x."""
    x, v, top, paid = np.full(len(rates), start), 0.0, 0.0, 0.0
    for t in range(GAME_STEPS):
        slope = spike if t % period == 0 else -1.0
        paid = paid + slope * (x + 1)
        v = beta2 * v + (1 - beta2) * slope * slope
        top = max(top, v)
        x = np.clip(x - rates * (slope / math.sqrt(top * (t + 1))), -1, 1)
    return paid / GAME_STEPS


def _judge_rate(arguments, output):
    """Play three games in units of the box; the size of the slopes cancels."""
    width, beta2, _ = arguments
    if output <= 0:
        return "A learning rate is positive."
    rng = np.random.default_rng(np.array(arguments, float).view(np.uint32))
    others = math.sqrt(1 - beta2) * np.geomspace(0.25, 4, 41)
    for _ in range(3):
        period = int(rng.integers(3, 7))
        spike, start = rng.uniform(1.5, 3) * (period - 1), rng.uniform(-0.1, 0.1)
        rates = np.append(others, float(output) / width)
        regrets = mean_regrets(rates, beta2, spike, period, start)
        if regrets[-1] > ALLOWED * regrets.min():
            return f"In at least one game the mean regret is more than {ALLOWED} times the least."
    return None


def _boxes(rng):
    return [(float(f"{10**power:.3g}"), between(rng, 0.895, 0.905), 1.0) for power in _powers(rng)]


def _powers(rng):
    """Three powers of ten, about two apart."""
    return rng.uniform(-0.3, 0.3, 3) + rng.permutation([-2, 0, 2])


def _memories(rng):
    powers = rng.uniform([-3, -1.9, -0.9], [-2.7, -1.6, -0.8])
    return [(1.0, round(1 - 10**power, 5), 1.0) for power in powers]


def _units(rng):
    sizes, widths = 10 ** (2 * _powers(rng)), 10 ** _powers(rng)
    memories = 1 - 10 ** rng.uniform([-3, -2, -1.2], [-2.5, -1.5, -0.8])
    return [
        (float(f"{width:.3g}"), float(round(beta2, 5)), float(f"{size:.3g}"))
        for width, beta2, size in zip(widths, memories, sizes, strict=True)
    ]


def _near(rate, within=1.25):
    """Whether a rate is within a factor of a mistake's."""

    def matches(arguments, output):
        wrong = rate(*arguments)
        return bool(wrong / within < output < wrong * within)

    return matches


def _rate_mistake(name, hint, rate, within=1.25):
    return tuning_mistake(name, hint, rate, _near(rate, within))


def _share(arguments, output):
    return output / learning_rate(*arguments)


rate_question = FunctionQuestion(
    key="amsgrad.6",
    title="A rate for the game",
    kind="tune",
    difficulty=3,
    minutes=18,
    needs=("Adam at the worst point", "What each hyperparameter does"),
    name="learning_rate",
    reference=learning_rate,
    check="form",
    judge=_judge_rate,
    parts=(
        Part(name="boxes", points=1, draw=_boxes),
        Part(name="memories", points=1, draw=_memories),
        Part(name="all at once, slopes in other units", points=1, draw=_units),
    ),
    mistakes=(
        tuning_mistake(
            "library-default",
            "0.001 is a library's default. A rate is measured in the units of x: how wide is the "
            "box?",
            lambda width, beta2, size: 0.001,
            lambda arguments, output: output == 0.001,
        ),
        _rate_mistake(
            "constant",
            "Your rate is about the same in all of these games, which differ: in the width of the "
            "box, in the memory, or in both. On which of the two does it have to depend, and how?",
            lambda width, beta2, size: 0.3,
        ),
        _rate_mistake(
            "as-if-corrected",
            "Your rate fits a method whose first step is one rate long. Nothing is corrected here: "
            "how long is the first step of AMSGrad, in units of the rate?",
            lambda width, beta2, size: width,
            within=1.2,
        ),
        _rate_mistake(
            "no-memory",
            "Your rate grows with the box, as it should, and does not know beta2. How long is the "
            "first step for a beta2 near 1?",
            lambda width, beta2, size: width * math.sqrt(0.1),
        ),
        _rate_mistake(
            "no-box",
            "Your rate knows the memory and not the box. In a box that is ten times as wide, x has "
            "ten times as far to go.",
            lambda width, beta2, size: math.sqrt(1 - beta2),
        ),
        _rate_mistake(
            "no-root",
            "Your rate falls too fast as beta2 goes to 1. AMSGrad divides by a root: how long is "
            "its first step?",
            lambda width, beta2, size: width * (1 - beta2),
        ),
        _rate_mistake(
            "over-size",
            "Right for slopes of size 1: yours falls when all slopes are multiplied by a number. "
            "What does AMSGrad make of such a number?",
            lambda width, beta2, size: learning_rate(width, beta2, size) / size,
        ),
        _rate_mistake(
            "times-size",
            "Right for slopes of size 1: yours grows when all slopes are multiplied by a number. "
            "What does AMSGrad make of such a number?",
            lambda width, beta2, size: learning_rate(width, beta2, size) * size,
        ),
        _rate_mistake(
            "wrong-way",
            "Your rate grows as beta2 goes to 1. Are the first steps shorter or longer then?",
            lambda width, beta2, size: width / math.sqrt(1 - beta2),
        ),
        tuning_mistake(
            "too-large",
            "Your rate is too large: x reaches the good side at once, and between two spikes the "
            "small slopes take it far away again, which the next spike makes expensive.",
            lambda width, beta2, size: 2.5 * learning_rate(width, beta2, size),
            lambda arguments, output: _share(arguments, output) > 1,
        ),
        tuning_mistake(
            "too-small",
            "Your rate is too small: too many of the steps are spent on the way to the good side.",
            lambda width, beta2, size: 0.25 * learning_rate(width, beta2, size),
            lambda arguments, output: 0 < _share(arguments, output) < 1,
        ),
    ),
)

# Practice: the notebook shows these solutions

AVERAGES = (3.0, 1.0, 2.0, 5.0, 0.5, 4.0)

maxima_question = ValueQuestion(
    key="amsgrad.p1",
    title="Six maxima by hand",
    kind="predict",
    difficulty=1,
    minutes=4,
    needs=("Words against the formula",),
    name="maxima",
    graded=False,
    points=0,
    value=np.maximum.accumulate(AVERAGES),
    mistakes=(
        Mistake(
            name="neighbors",
            hint=(
                "That is the larger of each average and the one before it. The formula compares "
                "with the last maximum."
            ),
            answer=np.maximum(AVERAGES, np.r_[0.0, AVERAGES[:-1]]),
        ),
        Mistake(
            name="averages",
            hint="Those are the averages themselves, by which Adam divides.",
            answer=np.array(AVERAGES),
        ),
        Mistake(
            name="overall",
            hint="The fourth average is not known yet when the first step is made.",
            answer=np.full(6, 5.0),
        ),
        Mistake(
            name="sums",
            hint="Those are sums, as AdaGrad's. AMSGrad keeps the largest.",
            answer=np.cumsum(AVERAGES),
        ),
    ),
)

GAME_SLOPES, GAME_POINTS = np.array([5.0, -1.0, -1.0, 5.0]), np.array([0.0, 1.0, 0.5, -1.0])

regret_question = ValueQuestion(
    key="amsgrad.p2",
    title="Regret by hand",
    kind="predict",
    difficulty=1,
    minutes=6,
    needs=("Adam at the worst point",),
    name="regrets",
    graded=False,
    points=0,
    value=np.array([5.0, 3.0, 1.5, 1.5]),
    mistakes=(
        Mistake(
            name="paid",
            hint=(
                "That is what the player has paid. Regret is how much more than the best fixed "
                "point has paid by then."
            ),
            answer=np.cumsum(GAME_SLOPES * GAME_POINTS),
        ),
        Mistake(
            name="not-added",
            hint="Those are the contributions of the steps. Regret adds them up.",
            answer=GAME_SLOPES * (GAME_POINTS + 1),
        ),
        Mistake(
            name="mean",
            hint="That is the average regret: do not divide by the number of steps.",
            answer=np.array([5.0, 3.0, 1.5, 1.5]) / [1, 2, 3, 4],
        ),
        Mistake(
            name="other-side",
            hint="You compare with the point 1, which is the worst one: over a period it pays.",
            answer=np.cumsum(GAME_SLOPES * (GAME_POINTS - 1)),
        ),
    ),
)

claim_question = ValueQuestion(
    key="amsgrad.p3",
    title="What was proved",
    kind="choice",
    difficulty=1,
    minutes=3,
    needs=("Does it help?",),
    name="choice",
    graded=False,
    points=0,
    options=("a", "b", "c"),
    value="b",
    mistakes=(
        Mistake(
            name="generalization",
            hint="In the game there is no test set. What does its player fail to do?",
            answer="a",
        ),
        Mistake(
            name="always-better",
            hint="The chapter compares them on digits and words. Is one ahead throughout?",
            answer="c",
        ),
    ),
)

EXERCISE = Exercise(
    name="amsgrad",
    title="AMSGrad",
    questions=(
        maxima_question,
        regret_question,
        claim_question,
        final_question,
        longest_question,
        bug_question,
        drift_question,
        spike_question,
        rate_question,
    ),
)
