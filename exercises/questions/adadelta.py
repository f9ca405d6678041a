"""The questions on AdaDelta: references, hidden inputs and the mistakes that get a hint.

The references are variants of what `lecture_code.adadelta` has; the tests compare the two where
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
    signed_gradients,
    tuning_mistake,
)

# 1. AdaDelta with two memories


def adadelta_final(theta0, gradients, beta, beta_updates, epsilon):
    """theta after all gradients; the updates have a memory of their own."""
    theta = np.array(theta0)
    v, r = np.zeros_like(theta), np.zeros_like(theta)
    for gradient in gradients:
        v = beta * v + (1 - beta) * np.square(gradient)
        update = -np.sqrt(r + epsilon) / np.sqrt(v + epsilon) * gradient
        r = beta_updates * r + (1 - beta_updates) * np.square(update)
        theta = theta + update
    return theta


def _final(
    memories=lambda beta, updates: (beta, updates),
    feed=lambda update, g: update,
    early=False,
    above=np.sqrt,
    below=lambda v, epsilon: np.sqrt(v + epsilon),
    old=False,
    sign=-1,
):
    """A wrong `adadelta_final`: each keyword changes one thing."""

    def run(theta0, gradients, beta, beta_updates, epsilon):
        theta = np.array(theta0)
        v, r = np.zeros_like(theta), np.zeros_like(theta)
        keep, keep_updates = memories(beta, beta_updates)
        for g in gradients:
            new = keep * v + (1 - keep) * g * g
            if early:
                r = keep_updates * r + (1 - keep_updates) * g * g
            update = sign * above(r + epsilon) / below(v if old else new, epsilon) * g
            if not early:
                r = keep_updates * r + (1 - keep_updates) * feed(update, g) ** 2
            theta, v = theta + update, new
        return theta

    return run


def _run(rng, shape, same, dtype=float, scale=1.0, steps=None):
    beta = between(rng, 0.6, 0.95)
    updates = beta if same else between(rng, 0.3, 0.95)
    while not same and abs(updates - beta) < 0.1:
        updates = between(rng, 0.3, 0.95)
    theta0 = np.asarray(rng.normal(size=shape), dtype).round(2)
    steps = int(rng.integers(4, 10)) if steps is None else steps
    gradients = signed_gradients(rng, steps, shape, dtype) * np.asarray(scale, dtype)
    return theta0, gradients, beta, updates, between(rng, 0.01, 0.1)


def _one_memory(rng):
    return [_run(rng, (2,), True, steps=2), _run(rng, (), True), _run(rng, (2, 3), True)]


def _two_memories(rng):
    return [_run(rng, (2,), False, steps=3), _run(rng, (), False), _run(rng, (3,), False)]


def _extreme(rng):
    sizes = np.array([[1e8], [1e-8], [0.0]])
    return [
        _run(rng, (4,), False, np.float32),
        _run(rng, (3, 2), False, scale=sizes),
        _run(rng, (2,), False),
    ]


final_question = FunctionQuestion(
    key="adadelta.1",
    title="AdaDelta with two memories",
    kind="implement",
    difficulty=2,
    minutes=18,
    needs=("The algorithm",),
    name="adadelta_final",
    reference=adadelta_final,
    parts=(
        Part(name="one memory for both", points=1, draw=_one_memory),
        Part(name="two memories", points=2, draw=_two_memories),
        Part(name="extreme gradients, float32", points=1, draw=_extreme),
    ),
    rtol=1e-7,
    atol=1e-9,
    mistakes=(
        Mistake(
            name="swapped-memories",
            hint=(
                "Right while both memories are equal. Which of them belongs to the average of "
                "squared gradients?"
            ),
            answer=_final(memories=lambda beta, updates: (updates, beta)),
        ),
        Mistake(
            name="one-memory",
            hint="Right while both memories are equal: you use `beta` for both averages.",
            answer=_final(memories=lambda beta, updates: (beta, beta)),
        ),
        Mistake(
            name="other-memory",
            hint="Right while both memories are equal: you use `beta_updates` for both averages.",
            answer=_final(memories=lambda beta, updates: (updates, updates)),
        ),
        Mistake(
            name="fed-with-the-gradient",
            hint="Your second average collects squared gradients. Whose typical size is it to be?",
            answer=_final(feed=lambda update, g: g),
        ),
        Mistake(
            name="fed-before",
            hint=(
                "With one memory for both, your quotient is always 1: both averages have seen the "
                "same gradients. Put the operations in the order of the box."
            ),
            answer=_final(early=True),
        ),
        Mistake(
            name="no-root-above",
            hint="Above the line there is no root in yours: what are the units of the quotient?",
            answer=_final(above=lambda r: r),
        ),
        Mistake(
            name="epsilon-added",
            hint=(
                "Below the line your epsilon is added to the root. The question has it under both "
                "roots."
            ),
            answer=_final(below=lambda v, epsilon: np.sqrt(v) + epsilon),
        ),
        Mistake(
            name="old-average",
            hint="You divide by the average before it has seen the gradient. Which comes first?",
            answer=_final(old=True),
        ),
        Mistake(
            name="uphill",
            hint="Your updates go uphill: the update has the sign opposite to the gradient.",
            answer=_final(sign=1),
        ),
    ),
)

# 2. The first move


def first_move(g, beta, epsilon):
    """theta_1 - theta_0 for the first gradient g."""
    return -math.sqrt(epsilon) * g / math.sqrt((1 - beta) * g * g + epsilon)


def _firsts(low, high):
    def draw(rng):
        cases = []
        for sign in (1, -1, 1, -1):
            beta = between(rng, 0.8, 0.98)
            epsilon = float(f"{10 ** rng.uniform(-8, -4):.2g}")
            size = math.sqrt(epsilon / (1 - beta)) * 10 ** rng.uniform(low, high)
            cases.append((float(f"{sign * size:.3g}"), beta, epsilon))
        return cases

    return draw


first_question = FunctionQuestion(
    key="adadelta.2",
    title="The first move",
    kind="predict",
    difficulty=1,
    minutes=8,
    needs=("Epsilon is the hidden learning rate",),
    name="first_move",
    reference=first_move,
    check="form",
    parts=(
        Part(name="large gradients", points=1, draw=_firsts(4, 6)),
        Part(name="small gradients", points=1, draw=_firsts(-1, 0.7)),
    ),
    rtol=1e-6,
    mistakes=(
        Mistake(
            name="large-only",
            hint=("Right for large gradients. For small ones epsilon counts below the line, too."),
            answer=lambda g, beta, epsilon: -math.copysign(math.sqrt(epsilon / (1 - beta)), g),
        ),
        Mistake(
            name="sign",
            hint="The right size with the wrong sign: the first move goes downhill.",
            answer=lambda g, beta, epsilon: -first_move(g, beta, epsilon),
        ),
        Mistake(
            name="no-share",
            hint=(
                "You divide by the whole gradient. The average starts at zero: which share of the "
                "first square has come in?"
            ),
            answer=lambda g, beta, epsilon: -math.sqrt(epsilon) * g / math.sqrt(g * g + epsilon),
        ),
        Mistake(
            name="no-root",
            hint="Above the line there is a root of epsilon, and yours has none.",
            answer=lambda g, beta, epsilon: -epsilon * g / math.sqrt((1 - beta) * g * g + epsilon),
        ),
        Mistake(
            name="share-of-the-past",
            hint="You take the share beta of the first square. That is the share of the past.",
            answer=lambda g, beta, epsilon: (
                -math.sqrt(epsilon) * g / math.sqrt(beta * g * g + epsilon)
            ),
        ),
        Mistake(
            name="both-updated",
            hint=(
                "Your average of updates has seen an update before the first one was made. What "
                "does it hold at the start?"
            ),
            answer=lambda g, beta, epsilon: (
                -math.sqrt(epsilon + (1 - beta) * first_move(g, beta, epsilon) ** 2)
                * g
                / math.sqrt((1 - beta) * g * g + epsilon)
            ),
        ),
    ),
)

# 3. Find the bug: squared gradients above and below


def hill_run(theta0, curvature, beta, beta_updates, epsilon, steps):
    """theta after `steps` steps on the loss sum(curvature * theta**2) / 2."""
    theta = np.array(theta0)
    v, r = np.zeros_like(theta), np.zeros_like(theta)
    for _ in range(steps):
        gradient = curvature * theta
        v = beta * v + (1 - beta) * gradient**2
        update = np.sqrt((r + epsilon) / (v + epsilon)) * gradient
        r = beta_updates * r + (1 - beta_updates) * update**2
        theta = theta - update
    return theta


def _hill(kind):
    def run(theta0, curvature, beta, beta_updates, epsilon, steps):
        theta = np.array(theta0)
        v, r = np.zeros_like(theta), np.zeros_like(theta)
        keep = {"swapped": beta_updates}.get(kind, beta)
        keep_updates = {"swapped": beta, "one": beta}.get(kind, beta_updates)
        for _ in range(steps):
            gradient = curvature * theta
            new = keep * v + (1 - keep) * gradient**2
            above = {"gradients": v, "none": 0 * r}.get(kind, r)
            below = v if kind == "old" else new
            update = np.sqrt((above + epsilon) / (below + epsilon)) * gradient
            fed = {"mean": np.abs(update), "gradient": gradient**2}.get(kind, update**2)
            r = keep_updates * r + (1 - keep_updates) * fed
            theta, v = theta - update, new
        return theta

    return run


def _slope(rng, shape, same, dtype=float):
    """Curvatures and starts for which a wrong average does not blow up within the steps."""
    curvature = np.asarray(rng.uniform(0.3, 1.4, shape), dtype).round(2)
    theta0 = np.asarray(rng.choice([-1, 1], shape) * rng.uniform(1, 4, shape), dtype).round(2)
    beta = between(rng, 0.8, 0.97)
    updates = beta if same else round(beta - between(rng, 0.2, 0.5), 3)
    epsilon = float(f"{10 ** rng.uniform(-4, -2):.2g}")
    return theta0, curvature, beta, updates, epsilon, int(rng.integers(4, 25))


def _equal(rng):
    return [_slope(rng, (2,), True), _slope(rng, (), True), _slope(rng, (2, 2), True)]


def _unequal(rng):
    return [
        _slope(rng, (2,), False),
        _slope(rng, (), False),
        _slope(rng, (3,), False, np.float32),
        _slope(rng, (2, 2), False),
    ]


bug_question = FunctionQuestion(
    key="adadelta.3",
    title="Repair a quotient of gradients",
    kind="find the bug",
    difficulty=2,
    minutes=12,
    needs=("The algorithm", "The typical update over the typical gradient"),
    name="hill_run",
    reference=hill_run,
    parts=(
        Part(name="one memory for both", points=1, draw=_equal),
        Part(name="two memories", points=2, draw=_unequal),
    ),
    rtol=1e-6,
    atol=1e-7,
    mistakes=(
        Mistake(
            name="gradients-above",
            hint=(
                "Above and below the line you have squared gradients, so the quotient is near 1 "
                "and has no unit. What is to be typical above the line?"
            ),
            answer=_hill("gradients"),
        ),
        Mistake(
            name="nothing-above",
            hint=(
                "Above the line you have epsilon alone: your updates never grow. Let the second "
                "average see them."
            ),
            answer=_hill("none"),
        ),
        Mistake(
            name="fed-with-gradients",
            hint="Your second average collects squared gradients instead of squared updates.",
            answer=_hill("gradient"),
        ),
        Mistake(
            name="not-squared",
            hint="Your second average collects the sizes of the updates, not their squares.",
            answer=_hill("mean"),
        ),
        Mistake(
            name="one-memory",
            hint="Right while both memories are equal: you use `beta` for both averages.",
            answer=_hill("one"),
        ),
        Mistake(
            name="swapped-memories",
            hint="Right while both memories are equal: yours have changed places.",
            answer=_hill("swapped"),
        ),
    ),
)

# 4. The same hill in other units


def _end(x, slope, beta, epsilon, steps):
    v = r = 0.0
    for _ in range(steps):
        g = slope(x)
        v = beta * v + (1 - beta) * g * g
        update = math.sqrt((r + epsilon) / (v + epsilon)) * g
        r = beta * r + (1 - beta) * update * update
        x = x - update
    return x


def units(start, curvature, height, width, epsilon, steps):
    """Ends of two runs in the units of the first hill: the loss times height, x times width."""
    taller = _end(start, lambda x: height * curvature * x, 0.95, epsilon, steps)
    wider = _end(width * start, lambda x: curvature * x / width**2, 0.95, epsilon, steps)
    return [taller, wider / width]


def _units(tall=1.0, power=2, begin=True, back=True, swap=False):
    def run(start, curvature, height, width, epsilon, steps):
        taller = _end(start, lambda x: height**tall * curvature * x, 0.95, epsilon, steps)
        x0 = width * start if begin else start
        wider = _end(x0, lambda x: curvature * x / width**power, 0.95, epsilon, steps)
        ends = [taller, wider / width if back else wider]
        return ends[::-1] if swap else ends

    return run


def _scales(wide):
    def draw(rng):
        cases = []
        for sign in (1, -1, 1):
            cases.append(
                (
                    sign * between(rng, 2, 6, 2),
                    between(rng, 0.3, 2, 2),
                    float(f"{10 ** rng.uniform(0.5, 2):.3g}") if not wide else 1.0,
                    float(f"{10 ** rng.uniform(0.7, 2):.3g}") if wide else 1.0,
                    float(f"{10 ** rng.uniform(-4, -2):.2g}"),
                    int(rng.integers(20, 60)),
                )
            )
        return cases

    return draw


units_question = FunctionQuestion(
    key="adadelta.4",
    title="The same hill in other units",
    kind="analyze",
    difficulty=2,
    minutes=15,
    needs=("What it sees and what it does not", "adadelta.1"),
    name="units",
    reference=units,
    parts=(
        Part(name="a loss in other units", points=1, draw=_scales(False)),
        Part(name="parameters in other units", points=2, draw=_scales(True)),
    ),
    rtol=1e-7,
    mistakes=(
        Mistake(
            name="one-width",
            hint=(
                "Right for the loss. The hill in the new units is f(x / width): its slope there "
                "has another factor of width."
            ),
            answer=_units(power=1),
        ),
        Mistake(
            name="same-slope",
            hint="Right for the loss. A wider hill is less steep, and yours is as steep as before.",
            answer=_units(power=0),
        ),
        Mistake(
            name="old-start",
            hint="Right for the loss. In the new units the start has another number, too.",
            answer=_units(begin=False),
        ),
        Mistake(
            name="not-turned-back",
            hint="Right for the loss. The second end is wanted in the units of the first hill.",
            answer=_units(back=False),
        ),
        Mistake(
            name="height-below",
            hint="Your first hill is lower than the old one: the loss is multiplied by height.",
            answer=_units(tall=-1.0),
        ),
        Mistake(
            name="height-ignored",
            hint=(
                "Your first end does not know the height at all. It hardly matters, but epsilon "
                "feels it: run the method."
            ),
            answer=_units(tall=0.0),
        ),
    ),
)

# 5. What the next gradient will be multiplied by


def next_rate(updates, gradients, beta, epsilon):
    """RMS of all updates over RMS of all gradients, the newest of which has no update yet."""
    v, r = np.zeros_like(gradients[0]), np.zeros_like(gradients[0])
    for gradient in gradients:
        v = beta * v + (1 - beta) * gradient**2
    for update in updates:
        r = beta * r + (1 - beta) * update**2
    return np.sqrt(r + epsilon) / np.sqrt(v + epsilon)


def _rms(values, beta, epsilon, square=True, reverse=False):
    average = np.zeros_like(values[0])
    for value in values[::-1] if reverse else values:
        average = beta * average + (1 - beta) * (value**2 if square else abs(value))
    return average + epsilon


def _moves(rng, shape, small, dtype=float):
    steps = int(rng.integers(2, 9))
    gradients = signed_gradients(rng, steps + 1, shape, dtype)
    epsilon = float(f"{10 ** rng.uniform(-9, -8):.2g}") if small else between(rng, 0.05, 0.5)
    updates = -gradients[:-1] * np.asarray(rng.uniform(0.05, 0.3, (steps, *shape)), dtype)
    return updates, gradients, between(rng, 0.5, 0.95), epsilon


def _negligible(rng):
    return [_moves(rng, (2,), True), _moves(rng, (3,), True), _moves(rng, (2, 2), True)]


def _counting(rng):
    return [
        _moves(rng, (2,), False),
        _moves(rng, (), False),
        _moves(rng, (3,), False, np.float32),
    ]


rate_question = FunctionQuestion(
    key="adadelta.5",
    title="The rate of the next step",
    kind="analyze",
    difficulty=2,
    minutes=12,
    needs=("The typical update over the typical gradient",),
    name="next_rate",
    reference=next_rate,
    parts=(
        Part(name="an epsilon that does not count", points=1, draw=_negligible),
        Part(name="an epsilon that counts", points=1, draw=_counting),
    ),
    rtol=1e-5,
    atol=1e-9,
    mistakes=(
        Mistake(
            name="no-epsilon-above",
            hint=(
                "Right where epsilon does not count. It stands under both roots: above the line "
                "it is what lets the first step begin."
            ),
            answer=lambda updates, gradients, beta, epsilon: (
                np.sqrt(_rms(updates, beta, 0)) / np.sqrt(_rms(gradients, beta, epsilon))
            ),
        ),
        Mistake(
            name="no-epsilon",
            hint="Right where epsilon does not count: yours has none.",
            answer=lambda updates, gradients, beta, epsilon: (
                np.sqrt(_rms(updates, beta, 1e-30)) / np.sqrt(_rms(gradients, beta, 1e-30))
            ),
        ),
        Mistake(
            name="newest-gradient-left-out",
            hint=(
                "Your average of gradients has not seen the newest one. It enters before the step "
                "that it is for."
            ),
            answer=lambda updates, gradients, beta, epsilon: (
                np.sqrt(_rms(updates, beta, epsilon)) / np.sqrt(_rms(gradients[:-1], beta, epsilon))
            ),
        ),
        Mistake(
            name="upside-down",
            hint="Yours is upside down: the units of theta have to stand above the line.",
            answer=lambda updates, gradients, beta, epsilon: (
                np.sqrt(_rms(gradients, beta, epsilon)) / np.sqrt(_rms(updates, beta, epsilon))
            ),
        ),
        Mistake(
            name="no-roots",
            hint="A quotient of squares has the square of the units that you want.",
            answer=lambda updates, gradients, beta, epsilon: (
                _rms(updates, beta, epsilon) / _rms(gradients, beta, epsilon)
            ),
        ),
        Mistake(
            name="backwards",
            hint="Your averages run backwards: the oldest value counts most.",
            answer=lambda updates, gradients, beta, epsilon: (
                np.sqrt(_rms(updates, beta, epsilon, reverse=True))
                / np.sqrt(_rms(gradients, beta, epsilon, reverse=True))
            ),
        ),
    ),
)

# 6. An epsilon that arrives in time


def epsilon_for(distance, steps):
    """It has the units of a squared update, so it goes with the square of the distance."""
    return 2 * (distance / steps) ** 2


def _judge_epsilon(arguments, epsilon):
    """Run AdaDelta down three steep hills of any curvature from `distance` away."""
    distance, steps = arguments
    if epsilon <= 0:
        return "An epsilon is positive."
    rng = np.random.default_rng(np.array(arguments, float).view(np.uint32))
    curvature = 10 ** rng.uniform(2, 5, 3)
    x = start = rng.choice([-1, 1], 3) * distance * rng.uniform(0.9, 1, 3)
    v, r, farthest = np.zeros(3), np.zeros(3), np.zeros(3)
    with np.errstate(all="ignore"):
        for _ in range(steps):
            g = curvature * x
            v = 0.95 * v + 0.05 * g * g
            update = np.sqrt(r + epsilon) / np.sqrt(v + epsilon) * g
            r = 0.95 * r + 0.05 * update * update
            x = x - update
            farthest = np.fmax(farthest, np.abs(x))
    if not np.all(np.abs(x) <= 0.05 * np.abs(start)):
        return "At least one of three runs is not near the minimum after the last step."
    if not np.all(farthest <= np.abs(start)):
        return "At least one of three runs jumped beyond the minimum, further than it started."
    return None


def _journeys(*powers):
    """A long journey, then a short one: no epsilon that ignores the steps serves both."""

    def draw(rng):
        return [
            (float(f"{10 ** (p + rng.uniform(-0.2, 0.2)):.3g}"), int(rng.integers(*steps)))
            for p, steps in zip(powers, ((1500, 2500), (40, 50)), strict=True)
        ]

    return draw


epsilon_question = FunctionQuestion(
    key="adadelta.6",
    title="An epsilon that arrives in time",
    kind="tune",
    difficulty=3,
    minutes=20,
    needs=("Epsilon is the hidden learning rate", "What it sees and what it does not"),
    name="epsilon_for",
    reference=epsilon_for,
    check="form",
    judge=_judge_epsilon,
    parts=(
        Part(name="some units away", points=1, draw=_journeys(0.3, 1.3)),
        Part(name="thousandths away", points=2, draw=_journeys(-4.5, -3)),
        Part(name="thousands away", points=1, draw=_journeys(2.5, 4)),
    ),
    mistakes=(
        Mistake(
            name="papers-default",
            hint=(
                "1e-6 is the paper's value. It is measured in squared updates: how large are the "
                "first steps that it allows, and how far is the way?"
            ),
            answer=lambda distance, steps: 1e-6,
            matches=lambda arguments, epsilon: epsilon == 1e-6,
        ),
        tuning_mistake(
            "not-squared",
            "Your epsilon grows with the distance itself. Under the root above the line stands "
            "the square of an update: which power of the distance has its units?",
            lambda distance, steps: 2 * distance / steps**2,
        ),
        tuning_mistake(
            "steps-not-squared",
            "The right power of the distance. Twice as many steps may each be half as long: what "
            "does that do to a square?",
            lambda distance, steps: 2 * distance**2 / steps,
        ),
        tuning_mistake(
            "too-small",
            "The right units, and too small: the steps are still growing when they are used up.",
            lambda distance, steps: 0.02 * (distance / steps) ** 2,
        ),
        tuning_mistake(
            "too-large",
            "The right units, and too large: the first step jumps over the minimum and far beyond.",
            lambda distance, steps: distance**2,
        ),
    ),
)

# Practice: the notebook shows these solutions

by_hand = ValueQuestion(
    key="adadelta.p1",
    title="Two steps by hand",
    kind="predict",
    difficulty=1,
    minutes=8,
    needs=("The algorithm",),
    name="updates",
    graded=False,
    points=0,
    value=[-math.sqrt(0.5), -math.sqrt(0.75 / 1.25)],
    rtol=1e-4,
    mistakes=(
        Mistake(
            name="uphill",
            hint="The updates have the sign opposite to the gradient.",
            answer=[math.sqrt(0.5), math.sqrt(0.75 / 1.25)],
        ),
        Mistake(
            name="average-of-updates-left-out",
            hint="In the second step the average of squared updates has seen the first update.",
            answer=[-math.sqrt(0.5), -math.sqrt(0.5 / 1.25)],
        ),
        Mistake(
            name="no-roots",
            hint="Both averages are of squares: there is a root around each.",
            answer=[-0.5, -0.6],
        ),
    ),
)


units_practice = FunctionQuestion(
    key="adadelta.p2",
    title="The units of a power of the gradient",
    kind="predict",
    difficulty=1,
    minutes=5,
    needs=("The units of an update",),
    name="powers",
    graded=False,
    reference=lambda power: [power, -power],
    parts=(
        Part(
            name="powers",
            points=0,
            draw=lambda rng: [(int(p),) for p in rng.permutation([-2, -1, 1, 2, 3])[:3]],
        ),
    ),
    mistakes=(
        Mistake(
            name="swapped",
            hint="The loss comes first. A gradient is a loss per parameter.",
            answer=lambda power: [-power, power],
        ),
        Mistake(
            name="no-theta",
            hint="A slope is measured per unit of the parameter: its units stand below.",
            answer=lambda power: [power, 0],
        ),
    ),
)

choice_question = ValueQuestion(
    key="adadelta.p3",
    title="What takes the place of the learning rate",
    kind="choice",
    difficulty=1,
    minutes=3,
    needs=("Epsilon is the hidden learning rate",),
    name="choice",
    graded=False,
    points=0,
    options=("a", "b", "c"),
    value="b",
    mistakes=(
        Mistake(
            name="nothing",
            hint="Double epsilon and look at the first step: is nothing to be chosen?",
            answer="a",
        ),
        Mistake(
            name="beta",
            hint="beta sets how long the averages remember. What sets the first step?",
            answer="c",
        ),
    ),
)

EXERCISE = Exercise(
    name="adadelta",
    title="AdaDelta",
    questions=(
        by_hand,
        units_practice,
        choice_question,
        final_question,
        first_question,
        bug_question,
        units_question,
        rate_question,
        epsilon_question,
    ),
)
