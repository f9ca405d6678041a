"""The questions on RMSprop and Rprop: references, hidden inputs and the mistakes that get a hint.

The references are variants of what `lecture_code.rmsprop` has; the tests compare the two where they
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
)

# 1. An average whose memory changes from step to step


def rmsprop_final(theta0, gradients, lr, betas, epsilon):
    """theta after all gradients; step t keeps betas[t - 1] of the average of squares."""
    theta = np.array(theta0)
    v = np.zeros_like(theta)
    for gradient, beta in zip(gradients, betas, strict=True):
        beta = float(beta)
        v = beta * v + (1 - beta) * np.square(gradient)
        theta = theta - lr * gradient / (np.sqrt(v) + epsilon)
    return theta


def _final(pick=lambda betas, t: betas[t], divide=None, before=False, swap=False, correct=False):
    """A wrong `rmsprop_final`: each keyword changes one thing."""

    def run(theta0, gradients, lr, betas, epsilon):
        theta, v, left = np.array(theta0), np.zeros_like(theta0), 1.0
        for t, g in enumerate(gradients):
            beta = float(pick(betas, t))
            left = left * beta
            new = (1 - beta) * v + beta * g * g if swap else beta * v + (1 - beta) * g * g
            used = v if before else new
            used = used / (1 - left) if correct else used
            theta = theta - lr * g / (divide(used, epsilon) if divide else np.sqrt(used) + epsilon)
            v = new
        return theta

    return run


def _run(rng, shape, betas, dtype=float, epsilon=0.0):
    theta0 = np.asarray(rng.normal(size=shape), dtype).round(2)
    gradients = signed_gradients(rng, len(betas), shape, dtype)
    return theta0, gradients, between(rng, 0.05, 0.5), betas, epsilon


def _constant(rng):
    def betas(count):
        return np.full(count, between(rng, 0.5, 0.95))

    return [
        _run(rng, (2,), betas(2)),
        _run(rng, (), betas(int(rng.integers(4, 10)))),
        _run(rng, (2, 3), betas(int(rng.integers(4, 10)))),
    ]


def _changing(rng):
    def rising(count):
        return 1 - np.arange(1.0, count + 1) ** -between(rng, 0.6, 0.9)

    return [
        _run(rng, (2,), rng.uniform(0.3, 0.95, 2).round(2)),
        _run(rng, (3,), rising(int(rng.integers(5, 12)))),
        _run(rng, (), rng.uniform(0.3, 0.95, 6).round(2)),
    ]


def _extreme(rng):
    """float32; rows twenty powers of ten apart and one that stays at zero; epsilon counts."""
    size = 10 ** rng.uniform(9, 11)
    betas = rng.uniform(0.3, 0.95, int(rng.integers(4, 8))).round(2)
    theta0, gradients, _, _, _ = _run(rng, (3, 2), betas)
    gradients = gradients * np.array([[size], [1 / size], [0.0]])
    return [
        _run(rng, (4,), betas, np.float32, between(rng, 0.05, 0.2)),
        _run(rng, (2,), betas, float, between(rng, 0.05, 0.2)),
        (np.zeros_like(theta0), gradients, float(size), betas, float(0.1 / size)),
    ]


final_question = FunctionQuestion(
    key="rmsprop.1",
    title="A memory that changes",
    kind="implement",
    difficulty=2,
    minutes=18,
    needs=("The algorithm",),
    name="rmsprop_final",
    reference=rmsprop_final,
    parts=(
        Part(name="a constant beta", points=1, draw=_constant),
        Part(name="a beta that changes", points=2, draw=_changing),
        Part(name="epsilon, extreme gradients, float32", points=1, draw=_extreme),
    ),
    rtol=1e-7,
    atol=1e-6,
    mistakes=(
        Mistake(
            name="no-root",
            hint=(
                "Multiply all gradients by ten and your steps become ten times shorter. What is "
                "missing between the average of squares and the division?"
            ),
            answer=_final(divide=lambda v, epsilon: v + max(epsilon, 1e-300)),
        ),
        Mistake(
            name="epsilon-inside",
            hint=(
                "Right as long as epsilon does not count. The question adds epsilon to the root: "
                "is yours under it?"
            ),
            answer=_final(divide=lambda v, epsilon: np.sqrt(v + epsilon)),
        ),
        Mistake(
            name="old-average",
            hint="You divide by the average before it has seen the gradient. Which comes first?",
            answer=_final(before=True),
        ),
        Mistake(
            name="corrected",
            hint=(
                "Your first step is as long as the learning rate: you correct the bias of the "
                "start. RMSprop, as asked for here, does not."
            ),
            answer=_final(correct=True),
        ),
        Mistake(
            name="swapped",
            hint="Your average keeps 1 - beta of the past and takes beta of the new square.",
            answer=_final(swap=True),
        ),
        Mistake(
            name="uphill",
            hint="You go up: the gradient points uphill, and a step is subtracted.",
            answer=lambda theta0, gradients, lr, betas, epsilon: rmsprop_final(
                theta0, gradients, -lr, betas, epsilon
            ),
        ),
        Mistake(
            name="first-beta",
            hint="Right while beta is constant: your run uses the first one throughout.",
            answer=_final(pick=lambda betas, t: betas[0]),
        ),
        Mistake(
            name="next-beta",
            hint="Right while beta is constant: your step t looks up the beta of step t + 1.",
            answer=_final(pick=lambda betas, t: betas[min(t + 1, len(betas) - 1)]),
        ),
        Mistake(
            name="mean-beta",
            hint="Right while beta is constant: your run uses the mean of all of them.",
            answer=_final(pick=lambda betas, t: np.mean(betas)),
        ),
    ),
)

# 2. How wide the run swings at the end


def half_width(lr, curvature, epsilon):
    """x swings between +a and -a with 2 a = lr c a / sqrt(c^2 a^2 + epsilon)."""
    return math.sqrt(lr**2 / 4 - epsilon / curvature**2)


def _swings(low, high):
    def draw(rng):
        cases = []
        for _ in range(4):
            lr, curvature = float(f"{10 ** rng.uniform(-3, -1):.3g}"), between(rng, 0.3, 30, 2)
            share = 10 ** rng.uniform(low, high)
            cases.append((lr, curvature, float(f"{share * (lr * curvature / 2) ** 2:.3g}")))
        return cases

    return draw


width_question = FunctionQuestion(
    key="rmsprop.2",
    title="How wide it swings",
    kind="predict",
    difficulty=3,
    minutes=15,
    needs=("Why it does not settle", "Where epsilon stands, and what it costs"),
    name="half_width",
    reference=half_width,
    check="form",
    parts=(
        Part(name="an epsilon that does not count", points=1, draw=_swings(-14, -13)),
        Part(name="an epsilon that counts", points=2, draw=_swings(-0.9, -0.1)),
    ),
    rtol=1e-6,
    mistakes=(
        Mistake(
            name="no-epsilon",
            hint=(
                "Right where epsilon does not count. Where it is as large as a squared gradient, "
                "the steps are shorter than the rate: write down one jump from +a to -a."
            ),
            answer=lambda lr, curvature, epsilon: lr / 2,
        ),
        Mistake(
            name="added",
            hint=(
                "That is the width with epsilon added to the root. Here it stands under the root: "
                "which units does it have?"
            ),
            answer=lambda lr, curvature, epsilon: lr / 2 - epsilon / curvature,
        ),
        Mistake(
            name="root-of-each",
            hint=(
                "You take the root of a difference term by term. Solve for the square of the "
                "width first."
            ),
            answer=lambda lr, curvature, epsilon: lr / 2 - math.sqrt(epsilon) / curvature,
        ),
        Mistake(
            name="whole",
            hint="That is how far apart the two ends are. Half of it was asked for.",
            answer=lambda lr, curvature, epsilon: 2 * half_width(lr, curvature, epsilon),
        ),
        Mistake(
            name="square",
            hint="That is the square of the width: it has the units of a squared length.",
            answer=lambda lr, curvature, epsilon: half_width(lr, curvature, epsilon) ** 2,
        ),
        Mistake(
            name="epsilon-widens",
            hint="With a larger epsilon the steps are shorter. Your swing becomes wider.",
            answer=lambda lr, curvature, epsilon: math.sqrt(lr**2 / 4 + epsilon / curvature**2),
        ),
        Mistake(
            name="over-curvature",
            hint=(
                "Your width depends on the curvature even without epsilon. The gradient is divided "
                "by its own size: what is left of the curvature?"
            ),
            answer=lambda lr, curvature, epsilon: half_width(lr, curvature, epsilon) / curvature,
        ),
    ),
)

# 3. Find the bug: Rprop whose step sizes grow by addition


def rprop_run(gradients, size0, increase, decrease):
    """Where all gradients lead from 0; a silent step changes no size, a turn is waited out."""
    theta, size = np.zeros_like(gradients[0]), np.full_like(gradients[0], size0)
    last = np.zeros_like(gradients[0])
    for gradient in gradients:
        agreement = np.sign(gradient) * np.sign(last)
        size = np.where(agreement > 0, size + increase, size)
        size = np.where(agreement < 0, decrease * size, size)
        gradient = np.where(agreement < 0, 0, gradient)
        theta, last = theta - np.sign(gradient) * size, gradient
    return theta


def _rprop(grows=lambda a: a > 0, wait=True, forget=True, grow=None, shrink=None, sign=np.sign):
    """A wrong `rprop_run`: each keyword changes one thing."""

    def run(gradients, size0, increase, decrease):
        theta, size = np.zeros_like(gradients[0]), np.full_like(gradients[0], size0)
        last = np.zeros_like(gradients[0])
        for g in gradients:
            a = np.sign(g) * np.sign(last)
            larger = grow(size, increase) if grow else size + increase
            smaller = shrink(size, increase, decrease) if shrink else decrease * size
            size = np.where(grows(a), larger, np.where(a < 0, smaller, size))
            quiet = np.where(a < 0, 0, g)
            theta = theta - sign(quiet if wait else g) * size
            last = quiet if forget else g
        return theta

    return run


def _steady(rng):
    cases = []
    for shape in ((2,), (), (2, 3)):
        steps = int(rng.integers(3, 7)) if shape != (2,) else 2
        signs = rng.choice([-1, 1], shape)
        sizes = rng.uniform(0.2, 3, (steps, *shape)).round(2)
        cases.append((signs * sizes, *_sizes(rng)))
    return cases


def _sizes(rng):
    return between(rng, 0.05, 0.3), between(rng, 0.02, 0.1), between(rng, 0.3, 0.7)


def _turning(rng):
    cases = []
    for shape, dtype in (((2,), float), ((), float), ((2, 3), np.float32), ((3,), float)):
        steps = int(rng.integers(9, 16)) if shape != (2,) else 4
        gradients = signed_gradients(rng, steps, shape, dtype)
        gradients[:4] = np.array([1, -1, -1, -1]).reshape(4, *[1] * len(shape)) * abs(gradients[0])
        cases.append((gradients, *_sizes(rng)))
    return cases


bug_question = FunctionQuestion(
    key="rmsprop.3",
    title="Repair step sizes that grow too soon",
    kind="find the bug",
    difficulty=2,
    minutes=15,
    needs=("Rprop, and why it needs full batches",),
    name="rprop_run",
    reference=rprop_run,
    parts=(
        Part(name="slopes that never turn", points=1, draw=_steady),
        Part(name="turns and silent steps", points=2, draw=_turning),
    ),
    rtol=1e-6,
    atol=1e-7,
    mistakes=(
        Mistake(
            name="grows-at-zero",
            hint=(
                "Your sizes grow where there is nothing to agree with: in the first step, after a "
                "turn, and where the gradient is zero."
            ),
            answer=_rprop(grows=lambda a: a >= 0),
        ),
        Mistake(
            name="moves-at-turn",
            hint=(
                "Right while the slope does not turn. Where it has turned, the parameter has to "
                "wait for one step."
            ),
            answer=_rprop(wait=False),
        ),
        Mistake(
            name="remembers-the-turn",
            hint=(
                "Right while the slope does not turn. After a turn the gradient counts as zero in "
                "the next comparison, too: neither growth nor shrinking follows it."
            ),
            answer=_rprop(forget=False),
        ),
        Mistake(
            name="shrinks-by-addition",
            hint=(
                "Right while the slope does not turn. Sizes grow by addition and shrink by a "
                "factor."
            ),
            answer=_rprop(shrink=lambda size, increase, decrease: np.maximum(size - increase, 0)),
        ),
        Mistake(
            name="grows-by-a-factor",
            hint="Your sizes grow by a factor, as in the chapter. Here they grow by addition.",
            answer=_rprop(grow=lambda size, increase: size * (1 + increase)),
        ),
        Mistake(
            name="with-the-gradient",
            hint="Your steps are longer where the gradient is larger. Only its sign counts.",
            answer=_rprop(sign=lambda gradient: gradient),
        ),
    ),
)

# 4. Many small gradients and one large


def net_moves(small, large, many, beta, rounds):
    """Where three methods end: `many` gradients of +small and one of -large, over and over."""
    v, rms = (many * small**2 + large**2) / (many + 1), 0.0
    for _ in range(rounds):
        for gradient in [small] * many + [-large]:
            v = beta * v + (1 - beta) * gradient**2
            rms -= gradient / math.sqrt(v)
    return [rounds * (large - many * small), float(rounds * (1 - many)), rms]


def _net(start=None, order=1, sign=1, update=True, total=True, anew=False):
    def run(small, large, many, beta, rounds):
        first = (many * small**2 + large**2) / (many + 1) if start is None else start
        v, rms = first, 0.0
        for _ in range(rounds if total else 1):
            v = first if anew else v
            for g in ([small] * many + [-large])[::order]:
                new = beta * v + (1 - beta) * g**2
                rms -= g / math.sqrt(new if update else v)
                v = new
        count = rounds if total else 1
        plain = count * (large - many * small)
        return [float(sign * x) for x in (plain, count * (1 - many), rms)]

    return run


def _batches(balanced):
    def draw(rng):
        cases = []
        for _ in range(3):
            many, small = int(rng.integers(4, 12)), between(rng, 0.05, 0.5)
            large = many * small if balanced else many * small * between(rng, 0.3, 2)
            beta = between(rng, 0.85, 0.995)
            cases.append((small, float(large), many, beta, 1 if balanced else 5))
        return cases

    return draw


moves_question = FunctionQuestion(
    key="rmsprop.4",
    title="Many small gradients and one large",
    kind="analyze",
    difficulty=2,
    minutes=15,
    needs=("The algorithm", "Rprop, and why it needs full batches"),
    name="net_moves",
    reference=net_moves,
    parts=(
        Part(name="one round that cancels", points=1, draw=_batches(True)),
        Part(name="several rounds", points=2, draw=_batches(False)),
    ),
    rtol=1e-7,
    atol=1e-9,
    mistakes=(
        Mistake(
            name="one-round",
            hint="Right for a single round: yours ends after the first.",
            answer=_net(total=False),
        ),
        Mistake(
            name="uphill",
            hint="All three move uphill: a step is subtracted.",
            answer=_net(sign=-1),
        ),
        Mistake(
            name="large-first",
            hint="In your rounds the large gradient comes first. It is the last of each.",
            answer=_net(order=-1),
        ),
        Mistake(
            name="from-zero",
            hint="Your average starts at zero. Here it starts at the mean square of one round.",
            answer=_net(start=0.0),
        ),
        Mistake(
            name="starts-anew",
            hint="Right for a single round: your average starts anew in every round.",
            answer=_net(anew=True),
        ),
        Mistake(
            name="old-average",
            hint="You divide by the average before it has seen the gradient. Which comes first?",
            answer=_net(update=False),
        ),
        Mistake(
            name="mean-step",
            hint=(
                "Your gradient descent divides by the number of batches. It makes a step with the "
                "rate 1 in every batch."
            ),
            answer=lambda small, large, many, beta, rounds: [
                rounds * (large - many * small) / (many + 1),
                *net_moves(small, large, many, beta, rounds)[1:],
            ],
        ),
    ),
)

# 5. How long the first steps are


def startup(beta, t):
    """Step t on a constant slope, in units of the learning rate."""
    return 1 / math.sqrt(1 - beta**t)


def _first(rng):
    return [(between(rng, 0.8, 0.995), 1) for _ in range(3)]


def _later(rng):
    return [(between(rng, 0.8, 0.995), int(rng.integers(2, 30))) for _ in range(4)]


startup_question = FunctionQuestion(
    key="rmsprop.5",
    title="The first steps",
    kind="predict",
    difficulty=1,
    minutes=8,
    needs=("The first steps are too long",),
    name="startup",
    reference=startup,
    check="form",
    parts=(
        Part(name="the first step", points=1, draw=_first),
        Part(name="later steps", points=1, draw=_later),
    ),
    rtol=1e-6,
    mistakes=(
        Mistake(
            name="always-the-first",
            hint="Right for the first step. With every step the average has seen more squares.",
            answer=lambda beta, t: 1 / math.sqrt(1 - beta),
        ),
        Mistake(
            name="no-root",
            hint="You divide by the average itself. What is between it and the division?",
            answer=lambda beta, t: 1 / (1 - beta**t),
        ),
        Mistake(
            name="upside-down",
            hint="Your first steps are shorter than the rate. A small average divides: which way?",
            answer=lambda beta, t: math.sqrt(1 - beta**t),
        ),
        Mistake(
            name="one",
            hint="That is so with a corrected average. RMSprop's starts at zero.",
            answer=lambda beta, t: 1.0,
        ),
        Mistake(
            name="one-late",
            hint="Your average has seen one square more than there are steps.",
            answer=lambda beta, t: 1 / math.sqrt(1 - beta ** (t + 1)),
        ),
    ),
)

# 6. A schedule that arrives and settles


def schedule(distance, tolerance, steps):
    """Rates first * t**-0.5 that travel twice the distance; they end small enough."""
    return [distance / math.sqrt(steps), 0.5]


def _judge_schedule(arguments, output):
    """Run RMSprop on three curvatures from up to `distance` away."""
    distance, tolerance, steps = arguments
    first, power = map(float, output)
    if first <= 0 or power < 0:
        return "The first rate is positive, and the power at least 0."
    rng = np.random.default_rng(np.array(arguments, float).view(np.uint32))
    curvature = np.array([0.1, 1.0, 30.0])
    x = rng.choice([-1, 1], 3) * distance * rng.uniform(0.9, 1, 3)
    v = np.zeros(3)
    with np.errstate(all="ignore"):
        for t in range(1, steps + 1):
            gradient = curvature * x
            v = 0.9 * v + 0.1 * gradient**2
            x = x - first * t**-power * gradient / (np.sqrt(v) + 1e-10)
    if np.all(np.abs(x) < tolerance):
        return None
    return "At least one of three runs is not within the tolerance after the last step."


def _plans(ratios):
    """ratio: the distance in units of steps * tolerance; from 2 on no constant rate will do."""

    def draw(rng):
        cases = []
        for ratio, scale in ratios:
            steps = int(rng.integers(1500, 3000))
            distance = float(f"{scale * rng.uniform(0.7, 1.4):.3g}")
            cases.append((distance, float(f"{distance / (ratio * steps):.3g}"), steps))
        return cases

    return draw


schedule_question = FunctionQuestion(
    key="rmsprop.6",
    title="Arrive and settle",
    kind="tune",
    difficulty=3,
    minutes=20,
    needs=("Why it does not settle",),
    name="schedule",
    reference=schedule,
    check="form",
    judge=_judge_schedule,
    parts=(
        Part(name="coarse tolerances", points=1, draw=_plans([(0.2, 1), (0.2, 100)])),
        Part(name="fine tolerances", points=2, draw=_plans([(1, 0.01), (1, 100)])),
        Part(name="too fine for a constant rate", points=1, draw=_plans([(1.6, 1), (1.6, 1000)])),
    ),
    mistakes=(
        Mistake(
            name="library-default",
            hint=(
                "0.001 is a library's default. How far do your steps travel together, and how "
                "large is the last one?"
            ),
            answer=lambda distance, tolerance, steps: [0.001, 0.0],
            matches=lambda arguments, output: list(output) == [0.001, 0.0],
        ),
        Mistake(
            name="constant",
            hint=(
                "A constant rate swings by half of itself at the end, and has to cover the "
                "distance before. For fine tolerances no single rate does both."
            ),
            answer=lambda distance, tolerance, steps: [3 * distance / steps, 0.0],
            matches=lambda arguments, output: output[1] == 0 and output[0] != 0.001,
        ),
        Mistake(
            name="one-over-t",
            hint=(
                "Rates that fall like 1/t add up to the logarithm of the steps only: yours are "
                "shorter together than the distance."
            ),
            answer=lambda distance, tolerance, steps: [distance / 50, 1.0],
            matches=lambda arguments, output: (
                output[1] >= 0.9 and output[0] * (1 + math.log(arguments[2])) < 0.9 * arguments[0]
            ),
        ),
        Mistake(
            name="too-long",
            hint="Your last rate is still larger than twice the tolerance.",
            answer=lambda distance, tolerance, steps: [20 * tolerance * math.sqrt(steps), 0.5],
            matches=lambda arguments, output: (
                0 < output[1] < 0.9 and output[0] * arguments[2] ** -output[1] > 2 * arguments[1]
            ),
        ),
        Mistake(
            name="too-short",
            hint="Your rates together are shorter than the distance: add them up.",
            answer=lambda distance, tolerance, steps: [0.1 * distance / math.sqrt(steps), 0.5],
            matches=lambda arguments, output: (
                0 < output[1] < 0.9
                and output[0] * np.sum(np.arange(1.0, arguments[2] + 1) ** -output[1])
                < 0.9 * arguments[0]
            ),
        ),
    ),
)

# Practice: the notebook shows these solutions

by_hand = ValueQuestion(
    key="rmsprop.p1",
    title="Two steps by hand",
    kind="predict",
    difficulty=1,
    minutes=6,
    needs=("The algorithm",),
    name="v2",
    graded=False,
    points=0,
    value=[4.0, 7.0],
    rtol=1e-6,
    mistakes=(
        Mistake(
            name="sum",
            hint="Those are AdaGrad's sums. RMSprop keeps an average: what happens to the old one?",
            answer=[16.0, 32.0],
        ),
        Mistake(
            name="swapped",
            hint="You keep a quarter of the past and take three quarters of the new square.",
            answer=[12.0, 15.0],
        ),
        Mistake(
            name="no-square",
            hint="The average is of the squares of the gradients.",
            answer=[1.0, 1.75],
        ),
    ),
)


def _forgotten(beta, share):
    return math.ceil(math.log(share) / math.log(beta))


def _memories(rng):
    return [(between(rng, 0.8, 0.999), between(rng, 0.01, 0.5)) for _ in range(3)]


memory_question = FunctionQuestion(
    key="rmsprop.p2",
    title="How long it remembers a wall",
    kind="predict",
    difficulty=1,
    minutes=6,
    needs=("From a sum to an average that forgets",),
    name="forgotten",
    graded=False,
    reference=_forgotten,
    parts=(Part(name="memories", points=0, draw=_memories),),
    mistakes=(
        Mistake(
            name="time-constant",
            hint="That is the time constant. How much is left after it, and how much should be?",
            answer=lambda beta, share: round(1 / (1 - beta)),
        ),
        Mistake(
            name="root",
            hint="You wait for the root of the average. The average itself is asked for.",
            answer=lambda beta, share: math.ceil(2 * math.log(share) / math.log(beta)),
        ),
    ),
)

swing = ValueQuestion(
    key="rmsprop.p3",
    title="What ends the swing",
    kind="choice",
    difficulty=1,
    minutes=3,
    needs=("Why it does not settle",),
    name="choice",
    graded=False,
    points=0,
    options=("a", "b", "c"),
    value="c",
    mistakes=(
        Mistake(
            name="curvature",
            hint="The swing has the same width for every curvature. What does it depend on?",
            answer="a",
        ),
        Mistake(
            name="beta",
            hint="Near the minimum the average is the square of the gradient for every beta.",
            answer="b",
        ),
    ),
)

EXERCISE = Exercise(
    name="rmsprop",
    title="RMSprop and Rprop",
    questions=(
        by_hand,
        memory_question,
        swing,
        final_question,
        width_question,
        bug_question,
        moves_question,
        startup_question,
        schedule_question,
    ),
)
