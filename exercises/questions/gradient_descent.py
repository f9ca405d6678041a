"""The questions on gradient descent: references, hidden inputs and the mistakes that get a hint.

The references are variants of what `lecture_code.gradient_descent` has; the tests compare the two
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
    tuning_mistake,
)

# 1. Many runs, each of which stops by itself


def descend(theta0, curvature, lr, tolerance, limit):
    """[theta, steps]: every row stops as soon as its gradient is no longer than tolerance."""
    theta = np.array(theta0)
    steps = np.zeros(len(theta), dtype=int)
    for _ in range(limit):
        gradient = curvature * theta
        going = np.linalg.norm(gradient, axis=1) > tolerance
        theta = np.where(going[:, None], theta - lr * gradient, theta)
        steps = steps + going
    return [theta, steps]


def _length(gradient, theta):
    return np.linalg.norm(gradient, axis=1)


def _descend(measure=_length, together=None, extra=0, more=0):
    """A wrong `descend`: another measure of a row, rows that wait, or steps miscounted.

    together: any or all, which decides for all rows at once; extra: steps counted too many;
    more: steps beyond the limit.
    """

    def run(theta0, curvature, lr, tolerance, limit):
        theta, steps = np.array(theta0), np.zeros(len(theta0), dtype=int)
        for _ in range(limit + more):
            gradient = curvature * theta
            going = measure(gradient, theta) > tolerance
            if together:
                going = np.full(len(theta), together(going))
            theta = np.where(going[:, None], theta - lr * gradient, theta)
            steps = steps + going
        return [theta, steps + extra]

    return run


def _look_after(measure):
    """A wrong `descend`: it looks after a step, at a measure of where a row was and where it is."""

    def run(theta0, curvature, lr, tolerance, limit):
        theta, steps = np.array(theta0), np.zeros(len(theta0), dtype=int)
        going = np.ones(len(theta), dtype=bool)
        for _ in range(limit):
            moved = np.where(going[:, None], theta - lr * curvature * theta, theta)
            steps = steps + going
            going = going & (measure(theta, moved, curvature) > tolerance)
            theta = moved
        return [theta, steps]

    return run


_looks_late = _look_after(
    lambda theta, moved, curvature: np.linalg.norm(curvature * moved, axis=1),
)
_change_of_loss = _look_after(
    lambda theta, moved, curvature: 0.5 * np.sum(curvature * (theta**2 - moved**2), axis=1),
)


def _runs(rng, rows, dtype=float, limit=400):
    """Rows of different lengths; in each the coordinates count about the same to the end."""
    curvature = rng.uniform(0.4, 0.6, 3).round(2)
    theta0 = rng.choice([-1, 1], (rows, 3)) * rng.uniform(4, 6, (rows, 3))
    theta0 = (theta0 * 1.3 ** rng.permutation(rows)[:, None]).round(2)
    lr, tolerance = between(rng, 0.1, 0.3), between(rng, 0.5, 0.9)
    return np.asarray(theta0, dtype), np.asarray(curvature, dtype), lr, tolerance, limit


def _single(rng):
    return [_runs(rng, 1) for _ in range(3)]


def _several(rng):
    return [_runs(rng, 2), _runs(rng, 4), _runs(rng, 3)]


def _limited(rng):
    """The limit comes first for some rows; one row starts at the minimum; float32."""
    cases = []
    for dtype, limit in ((float, 3), (np.float32, 4), (float, 5)):
        theta0, *rest, _ = _runs(rng, 4, dtype)
        theta0[0] = 0
        cases.append((theta0, *rest, limit))
    return cases


descend_question = FunctionQuestion(
    key="gradient_descent.1",
    title="Many runs, each stops by itself",
    kind="implement",
    difficulty=2,
    minutes=20,
    needs=("A length or a rate", "When to stop, and where"),
    name="descend",
    reference=descend,
    parts=(
        Part(name="one run", points=1, draw=_single),
        Part(name="several runs", points=2, draw=_several),
        Part(name="a limit, a start at the minimum, float32", points=1, draw=_limited),
    ),
    rtol=1e-9,
    atol=1e-12,
    mistakes=(
        Mistake(
            name="looks-after-the-step",
            hint=(
                "A run that starts where it is flat makes a step all the same: the length is "
                "looked at before the first step, too."
            ),
            answer=_looks_late,
        ),
        Mistake(
            name="change-of-loss",
            hint=(
                "You stop where the loss hardly changes. On a plateau it hardly changes either: "
                "which quantity does the question compare with the tolerance?"
            ),
            answer=_change_of_loss,
        ),
        Mistake(
            name="largest-component",
            hint=(
                "You compare the largest component of the gradient with the tolerance. The length "
                "of the whole gradient of a run is asked for."
            ),
            answer=_descend(measure=lambda gradient, theta: np.abs(gradient).max(axis=1)),
        ),
        Mistake(
            name="length-squared",
            hint="You compare the square of the length with the tolerance.",
            answer=_descend(measure=lambda gradient, theta: np.sum(gradient**2, axis=1)),
        ),
        Mistake(
            name="uphill",
            hint="You go up: the gradient points uphill, and a step is subtracted.",
            answer=lambda theta0, curvature, lr, tolerance, limit: descend(
                theta0, curvature, -lr, tolerance, limit
            ),
        ),
        Mistake(
            name="length-of-theta",
            hint="You stop where theta is small. Which vector tells whether the ground is flat?",
            answer=_descend(measure=lambda gradient, theta: np.linalg.norm(theta, axis=1)),
        ),
        Mistake(
            name="waits-for-all",
            hint=(
                "Right for one run. With several, your runs all go on until the last one has "
                "arrived: a run that is done has to stay where it is."
            ),
            answer=_descend(together=np.any),
        ),
        Mistake(
            name="stops-with-the-first",
            hint="Right for one run. With several, the first that arrives stops all the others.",
            answer=_descend(together=np.all),
        ),
        Mistake(
            name="one-length-for-all",
            hint=(
                "Right for one run. With several, you take the length of all gradients together; "
                "each run, a row, has a gradient of its own."
            ),
            answer=_descend(
                measure=lambda gradient, theta: np.full(len(theta), np.linalg.norm(gradient))
            ),
        ),
        Mistake(
            name="one-step-too-many",
            hint=(
                "Right where the tolerance ends the run. You make one step more than the limit "
                "allows."
            ),
            answer=_descend(more=1),
        ),
        Mistake(
            name="counts-the-start",
            hint=(
                "Your points are right, and your count is one too high: a run that starts where it "
                "is flat makes 0 steps."
            ),
            answer=_descend(extra=1),
        ),
    ),
)

# 2. The largest stable learning rate of a quadratic


def largest_rate(matrix):
    """2 over the largest curvature in any direction."""
    return float(2 / np.linalg.eigvalsh(matrix)[-1])


def _turned(rng, curvatures):
    turn, _ = np.linalg.qr(rng.normal(size=(len(curvatures),) * 2))
    matrix = turn @ np.diag(curvatures) @ turn.T
    return (matrix + matrix.T) / 2


def _curvatures(rng, count, steep=(3, 30)):
    return np.r_[rng.uniform(*steep), rng.uniform(0.2, 2, count - 1)].round(3)


def _diagonal_matrices(rng):
    return [(np.diag(rng.permutation(_curvatures(rng, d))),) for d in (2, 3, 5)]


def _full_matrices(rng):
    return [(_turned(rng, _curvatures(rng, d)),) for d in (2, 3, 5)]


rate_question = FunctionQuestion(
    key="gradient_descent.2",
    title="The largest stable rate",
    kind="predict",
    difficulty=1,
    minutes=10,
    needs=("How large may the rate be",),
    name="largest_rate",
    reference=largest_rate,
    check="form",
    parts=(
        Part(name="diagonal matrices", points=1, draw=_diagonal_matrices),
        Part(name="full matrices", points=1, draw=_full_matrices),
    ),
    rtol=1e-6,
    mistakes=(
        Mistake(
            name="one-over",
            hint=(
                "At that rate the steepest direction arrives in one step. It may overshoot, as "
                "long as it ends nearer than it began."
            ),
            answer=lambda matrix: float(1 / np.linalg.eigvalsh(matrix)[-1]),
        ),
        Mistake(
            name="diagonal",
            hint=(
                "Right for diagonal matrices. In others the steepest direction lies between the "
                "axes: which numbers of a matrix are its curvatures?"
            ),
            answer=lambda matrix: float(2 / np.diag(matrix).max()),
        ),
        Mistake(
            name="smallest",
            hint="You use the flattest direction. Which direction diverges first?",
            answer=lambda matrix: float(2 / np.linalg.eigvalsh(matrix)[0]),
        ),
        Mistake(
            name="trace",
            hint=(
                "You add up the curvatures of all directions. Each direction moves for itself: "
                "which of them sets the limit?"
            ),
            answer=lambda matrix: float(2 / np.trace(matrix)),
        ),
        Mistake(
            name="fastest",
            hint=(
                "That is the rate that is fastest where steepest and flattest direction are "
                "weighed. The question is how large a rate may be at all."
            ),
            answer=lambda matrix: float(2 / np.linalg.eigvalsh(matrix)[[0, -1]].sum()),
        ),
        Mistake(
            name="mean",
            hint="You use the mean curvature. A direction steeper than the mean would diverge.",
            answer=lambda matrix: float(2 * len(matrix) / np.trace(matrix)),
        ),
    ),
)

# 3. Find the bug: steps with a longest length


def capped(theta0, curvature, lr, longest, steps):
    """Gradient descent whose steps are shortened to `longest` where they would be longer."""
    theta = np.array(theta0)
    for _ in range(steps):
        step = lr * curvature * theta
        theta = theta - step * min(1.0, longest / max(float(np.linalg.norm(step)), 1e-300))
    return theta


def _capped(cut):
    """cut(step, gradient, lr, longest, t) gives the step that a wrong answer takes."""

    def run(theta0, curvature, lr, longest, steps):
        theta = np.array(theta0)
        for t in range(1, steps + 1):
            gradient = curvature * theta
            theta = theta - cut(lr * gradient, gradient, lr, longest, t)
        return theta

    return run


def _norm(vector):
    return max(float(np.linalg.norm(vector)), 1e-300)


def _cap(rng, longest, steps, dtype=float):
    curvature = rng.uniform(1, 3, 3).round(2)
    theta0 = rng.choice([-1, 1], 3) * rng.uniform(2, 6, 3).round(2)
    lr = between(rng, 0.2, 0.3)
    longest = longest * float(np.linalg.norm(lr * curvature * theta0))
    return np.asarray(theta0, dtype), np.asarray(curvature, dtype), lr, longest, steps


def _short_steps(rng):
    return [_cap(rng, between(rng, 1.1, 1.3), int(rng.integers(2, 9))) for _ in range(3)]


def _long_steps(rng):
    """At first every step is too long, at the end none is."""
    cases = [_cap(rng, between(rng, 0.2, 0.5), 2)]
    cases += [_cap(rng, between(rng, 0.2, 0.5), int(rng.integers(30, 50))) for _ in range(2)]
    return [*cases, _cap(rng, between(rng, 0.2, 0.5), 40, np.float32)]


bug_question = FunctionQuestion(
    key="gradient_descent.3",
    title="Repair steps that never settle",
    kind="find the bug",
    difficulty=2,
    minutes=12,
    needs=("A length or a rate",),
    name="capped",
    reference=capped,
    parts=(
        Part(name="steps that are short enough", points=1, draw=_short_steps),
        Part(name="steps that are too long at first", points=2, draw=_long_steps),
    ),
    rtol=1e-8,
    atol=1e-9,
    mistakes=(
        Mistake(
            name="always-as-long",
            hint=(
                "All your steps have the same length, the last as long as the first. A step that "
                "is short enough has to stay as it is."
            ),
            answer=_capped(lambda step, g, lr, longest, t: step * longest / _norm(step)),
        ),
        Mistake(
            name="ever-shorter",
            hint=(
                "You shorten all steps as time goes on. A step that is short enough has to stay "
                "as it is, however late it comes."
            ),
            answer=_capped(lambda step, g, lr, longest, t: step * longest / _norm(step) / t),
        ),
        Mistake(
            name="each-coordinate",
            hint=(
                "You shorten each coordinate for itself, which turns the step. Its direction "
                "should stay: compare its whole length with `longest`."
            ),
            answer=_capped(lambda step, g, lr, longest, t: np.clip(step, -longest, longest)),
        ),
        Mistake(
            name="no-cap",
            hint="Right where no step is too long. Your long steps are not shortened any more.",
            answer=_capped(lambda step, g, lr, longest, t: step),
        ),
        Mistake(
            name="skips",
            hint="Right where no step is too long. One that is gets shortened, not left out.",
            answer=_capped(
                lambda step, g, lr, longest, t: step if _norm(step) <= longest else 0 * step
            ),
        ),
        Mistake(
            name="caps-the-gradient",
            hint=(
                "You shorten the gradient to `longest` and multiply by the rate afterwards. The "
                "longest step is meant, in the units of theta."
            ),
            answer=_capped(lambda step, g, lr, longest, t: lr * g * min(1.0, longest / _norm(g))),
        ),
        Mistake(
            name="uphill",
            hint="You go up: the gradient points uphill, and a step is subtracted.",
            answer=_capped(lambda step, g, lr, longest, t: -step * min(1, longest / _norm(step))),
        ),
    ),
)

# 4. What the slope promises and what the curvature takes


def promise(gradient, hessian, angle, length):
    """[promised, actual] change of a quadratic along a direction of the plane."""
    u = np.array([math.cos(angle), math.sin(angle)])
    promised = length * float(u @ gradient)
    return [promised, promised + 0.5 * length**2 * float(u @ hessian @ u)]


def _promise(turn=lambda angle: angle, bend=lambda length: 0.5 * length**2, side=1, stretch=True):
    def run(gradient, hessian, angle, length):
        u = side * np.array([math.cos(turn(angle)), math.sin(turn(angle))])
        promised = (length if stretch else 1) * float(u @ gradient)
        return [promised, promised + bend(length) * float(u @ hessian @ u)]

    return run


def _plane(rng, curved):
    hessian = rng.uniform(-4, 4, (2, 2)).round(1) if curved else np.zeros((2, 2))
    gradient = (rng.choice([-1, 1], 2) * rng.uniform(0.5, 3, 2)).round(2)
    return gradient, (hessian + hessian.T) / 2, between(rng, 0.2, 6), between(rng, 0.2, 0.9)


def _planes(rng):
    return [_plane(rng, curved=False) for _ in range(3)]


def _curved(rng):
    return [_plane(rng, curved=True) for _ in range(4)]


promise_question = FunctionQuestion(
    key="gradient_descent.4",
    title="What the slope promises",
    kind="analyze",
    difficulty=2,
    minutes=12,
    needs=("Which way is down",),
    name="promise",
    reference=promise,
    parts=(
        Part(name="planes", points=1, draw=_planes),
        Part(name="curved surfaces", points=2, draw=_curved),
    ),
    rtol=1e-7,
    atol=1e-9,
    mistakes=(
        Mistake(
            name="no-curvature",
            hint=(
                "Right for planes. On a curved surface the slope changes on the way: your actual "
                "change is what the slope at the start promises."
            ),
            answer=_promise(bend=lambda length: 0.0),
        ),
        Mistake(
            name="no-half",
            hint=(
                "Right for planes. You take the slope at the end of the way for all of it. It "
                "changes evenly from the start to the end."
            ),
            answer=_promise(bend=lambda length: length**2),
        ),
        Mistake(
            name="length-not-squared",
            hint=(
                "Right for planes. Twice the way has twice the change of slope, and over twice the "
                "length: how does the curvature's part grow?"
            ),
            answer=_promise(bend=lambda length: 0.5 * length),
        ),
        Mistake(
            name="curvature-with-minus",
            hint=(
                "Right for planes. A surface that bends upward lets you fall less than promised; "
                "yours lets you fall more."
            ),
            answer=_promise(bend=lambda length: -0.5 * length**2),
        ),
        Mistake(
            name="degrees",
            hint="The angle is in radians.",
            answer=_promise(turn=math.radians),
        ),
        Mistake(
            name="against-the-direction",
            hint="You walk the other way: the direction is given, and it need not lead down.",
            answer=_promise(side=-1),
        ),
        Mistake(
            name="slope-only",
            hint=("You promise the slope, the change per unit of length. How far do you go?"),
            answer=_promise(stretch=False),
        ),
        Mistake(
            name="swapped",
            hint="Both numbers are right, in the wrong order, where they differ: promised first.",
            answer=lambda gradient, hessian, angle, length: promise(
                gradient, hessian, angle, length
            )[::-1],
        ),
    ),
)

# 5. How far Euler's points are from the flow


def flow_gap(curvature, start, time, steps):
    """Gradient descent with the rate time / steps, less the flow at that time."""
    return float(start * ((1 - curvature * time / steps) ** steps - math.exp(-curvature * time)))


def _gap(euler, flow=lambda c, time: math.exp(-c * time), sign=1):
    return lambda curvature, start, time, steps: float(
        sign * start * (euler(curvature, time, steps) - flow(curvature, time))
    )


def _euler(c, time, steps):
    return (1 - c * time / steps) ** steps


def _flows(curved):
    def draw(rng):
        cases = []
        for sign in (1, -1, 1, -1):
            curvature = between(rng, 1.3, 3) if curved else 1.0
            time, steps = between(rng, 0.5, 1.9), int(rng.integers(3, 30))
            cases.append((curvature, sign * between(rng, 0.5, 4), time, steps))
        return cases

    return draw


flow_question = FunctionQuestion(
    key="gradient_descent.5",
    title="Beside the flow",
    kind="predict",
    difficulty=2,
    minutes=12,
    needs=("The flow behind the steps",),
    name="flow_gap",
    reference=flow_gap,
    check="form",
    parts=(
        Part(name="curvature 1", points=1, draw=_flows(False)),
        Part(name="other curvatures", points=2, draw=_flows(True)),
    ),
    rtol=1e-6,
    mistakes=(
        Mistake(
            name="flow-without-curvature",
            hint=(
                "Right for curvature 1. Your flow is the same for every curvature: put your "
                "solution into the equation of the flow."
            ),
            answer=_gap(_euler, flow=lambda c, time: math.exp(-time)),
        ),
        Mistake(
            name="steps-without-curvature",
            hint=(
                "Right for curvature 1. Your steps do not know the curvature: what is the gradient "
                "of half c times x squared?"
            ),
            answer=_gap(lambda c, time, steps: _euler(1.0, time, steps)),
        ),
        Mistake(
            name="no-curvature",
            hint="Right for curvature 1. Neither your steps nor your flow know the curvature.",
            answer=_gap(
                lambda c, time, steps: _euler(1.0, time, steps), lambda c, time: math.exp(-time)
            ),
        ),
        Mistake(
            name="flow-less-euler",
            hint="The right size with the wrong sign: it is the descent's point less the flow's.",
            answer=_gap(_euler, sign=-1),
        ),
        Mistake(
            name="whole-time-per-step",
            hint=(
                "Each of your steps covers the whole time. How much of it is left for one of "
                "`steps` steps?"
            ),
            answer=_gap(lambda c, time, steps: (1 - c * time) ** steps),
        ),
        Mistake(
            name="one-step-too-few",
            hint="You make one step too few for the time that passes.",
            answer=_gap(lambda c, time, steps: (1 - c * time / steps) ** (steps - 1)),
        ),
        Mistake(
            name="absolute",
            hint="The gap has a sign: it tells on which side of the flow the descent is.",
            answer=lambda curvature, start, time, steps: abs(
                flow_gap(curvature, start, time, steps)
            ),
        ),
    ),
)

# 6. The one rate that serves all directions

SHRINK = 1e-3


def one_rate(matrix):
    """2 over the sum of the largest and the smallest curvature."""
    curvatures = np.linalg.eigvalsh(matrix)
    return float(2 / (curvatures[0] + curvatures[-1]))


def _budget(matrix):
    """A tenth more steps than the best rate needs."""
    low, *_, high = np.linalg.eigvalsh(matrix)
    return math.ceil(1.1 * math.log(SHRINK) / math.log((high - low) / (high + low)))


def _judge_rate(arguments, lr):
    """Run gradient descent from three starts, one of them in the flattest direction."""
    [matrix] = arguments
    if lr <= 0:
        return "A learning rate is positive."
    rng = np.random.default_rng(np.ascontiguousarray(matrix).view(np.uint32).ravel())
    flattest = np.linalg.eigh(matrix)[1][:, 0]
    theta = np.stack([*rng.normal(size=(2, len(matrix))), flattest])
    start = np.linalg.norm(theta, axis=1)
    with np.errstate(all="ignore"):
        for _ in range(_budget(matrix)):
            theta = theta - lr * theta @ matrix
    if np.all(np.linalg.norm(theta, axis=1) <= SHRINK * start):
        return None
    return "At least one of three runs is not near enough when the steps are used up."


def _ravines(turned, scales):
    def draw(rng):
        cases = []
        for scale in scales:
            low = scale * rng.uniform(0.5, 2)
            high = low * rng.uniform(15, 60)
            curvatures = np.r_[low, high, rng.uniform(low, high)]
            cases.append((_turned(rng, curvatures) if turned else np.diag(curvatures),))
        return cases

    return draw


tune_question = FunctionQuestion(
    key="gradient_descent.6",
    title="One rate for all directions",
    kind="tune",
    difficulty=3,
    minutes=20,
    needs=("How large may the rate be", "gradient_descent.2"),
    name="one_rate",
    reference=one_rate,
    check="form",
    judge=_judge_rate,
    parts=(
        Part(name="ravines along the axes", points=1, draw=_ravines(False, (0.1, 10))),
        Part(name="turned ravines", points=2, draw=_ravines(True, (0.1, 10))),
        Part(name="other units", points=1, draw=_ravines(True, (1e-6, 1e6))),
    ),
    mistakes=(
        tuning_mistake(
            "one-over-largest",
            "With that rate the steepest direction is done at once and the flattest crawls. Let "
            "the steepest overshoot a little: both can shrink at the same speed.",
            lambda matrix: float(1 / np.linalg.eigvalsh(matrix)[-1]),
        ),
        tuning_mistake(
            "at-the-threshold",
            "That is the threshold: at it the steepest direction swings for ever.",
            lambda matrix: float(2 / np.linalg.eigvalsh(matrix)[-1]),
        ),
        tuning_mistake(
            "diagonal",
            "Right for ravines along the axes. In turned ones the entries of the diagonal are not "
            "the curvatures.",
            lambda matrix: float(2 / (np.diag(matrix).max() + np.diag(matrix).min())),
        ),
        tuning_mistake(
            "middle",
            "You weigh all curvatures. Those in between are never the slowest: which two are?",
            lambda matrix: float(len(matrix) / np.trace(matrix)),
        ),
        tuning_mistake(
            "one-over-smallest",
            "That rate fits the flattest direction alone, and the steepest diverges.",
            lambda matrix: float(1 / np.linalg.eigvalsh(matrix)[0]),
        ),
        tuning_mistake(
            "half",
            "The right two curvatures, and half the rate: by which factor does a direction of "
            "curvature c shrink in a step?",
            lambda matrix: one_rate(matrix) / 2,
        ),
    ),
)

# Practice: the notebook shows these solutions


slope_by_hand = ValueQuestion(
    key="gradient_descent.p1",
    title="A slope by hand",
    kind="predict",
    difficulty=1,
    minutes=5,
    needs=("Which way is down",),
    name="slope",
    graded=False,
    points=0,
    value=-2.0,
    rtol=0.0,
    atol=1e-6,
    mistakes=(
        Mistake(
            name="not-unit",
            hint="Your direction is five units long. A slope is the change per unit of length.",
            answer=-10.0,
        ),
        Mistake(
            name="length",
            hint="That is the length of the gradient, the slope in the steepest direction.",
            answer=-math.sqrt(20.0),
        ),
        Mistake(
            name="sign",
            hint="The right size. Do you go up or down in this direction?",
            answer=2.0,
        ),
    ),
)


def _best_length(curvature, theta):
    gradient = curvature * theta
    return float(gradient @ gradient / (gradient @ (curvature * gradient)))


def _bowls(rng):
    return [(rng.uniform(0.5, 9, d).round(2), rng.uniform(1, 3, d).round(2)) for d in (2, 3, 4)]


length_question = FunctionQuestion(
    key="gradient_descent.p2",
    title="The best length of one step",
    kind="predict",
    difficulty=2,
    minutes=8,
    needs=("Search along the line",),
    name="best_rate",
    graded=False,
    reference=_best_length,
    parts=(Part(name="bowls", points=0, draw=_bowls),),
    mistakes=(
        Mistake(
            name="upside-down",
            hint="Yours is one over the best rate: it is measured in curvatures.",
            answer=lambda curvature, theta: 1 / _best_length(curvature, theta),
        ),
        Mistake(
            name="theta-for-gradient",
            hint="You go along theta. The line of the search runs along the gradient.",
            answer=lambda curvature, theta: float(theta @ theta / (theta @ (curvature * theta))),
        ),
        Mistake(
            name="steepest",
            hint="That is one over the largest curvature, the best rate if only that were there.",
            answer=lambda curvature, theta: float(1 / curvature.max()),
        ),
    ),
)

stationary = ValueQuestion(
    key="gradient_descent.p3",
    title="Where a run has stopped",
    kind="choice",
    difficulty=1,
    minutes=3,
    needs=("When to stop, and where",),
    name="choice",
    graded=False,
    points=0,
    options=("a", "b", "c"),
    value="b",
    mistakes=(
        Mistake(
            name="minimum",
            hint="At a saddle the gradient is zero, too.",
            answer="a",
        ),
        Mistake(
            name="rate",
            hint="A small rate makes small steps. Is the gradient small because of it?",
            answer="c",
        ),
    ),
)

EXERCISE = Exercise(
    name="gradient_descent",
    title="Gradient descent",
    questions=(
        slope_by_hand,
        length_question,
        stationary,
        descend_question,
        rate_question,
        bug_question,
        promise_question,
        flow_question,
        tune_question,
    ),
)
