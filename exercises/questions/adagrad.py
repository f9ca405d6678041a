"""The questions on AdaGrad: references, hidden inputs and the mistakes that get a hint.

The references are written here a second time, apart from `lecture_code.adagrad`, because each is a
variant of it; the tests compare the two where they must agree. Every function is called with plain
data and gives plain data.
"""

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
from lecture_code.objectives import Beale, Bowl

# 1. AdaGrad with PyTorch's two extra arguments


def adagrad_final(theta0, gradients, lr, lr_decay, accumulator0, epsilon):
    """theta after all gradients: sum of squares from accumulator0, rate lr/(1 + (t-1) lr_decay)."""
    theta = np.array(theta0)
    squares = np.full_like(theta, accumulator0)
    for index, gradient in enumerate(gradients):
        squares = squares + np.square(gradient)
        theta = theta - lr / (1 + index * lr_decay) * gradient / (np.sqrt(squares) + epsilon)
    return theta


def _final(
    first_t=1,
    start=True,
    decay=True,
    use_before=False,
    scale=None,
    together=False,
    compound=False,
    uphill=False,
):
    """A wrong `adagrad_final`: each keyword changes one thing."""

    def final(theta0, gradients, lr, lr_decay, accumulator0, epsilon):
        theta = np.array(theta0)
        squares = np.full_like(theta, accumulator0 if start else 0)
        for t, gradient in enumerate(gradients, start=first_t):
            new = squares + (np.sum(gradient * gradient) if together else gradient * gradient)
            used = squares if use_before else new
            divisor = scale(used, epsilon) if scale else np.sqrt(used) + epsilon
            rate = lr / (1 + (t - 1) * lr_decay) if decay else lr
            lr = rate if compound else lr
            theta, squares = theta - (-rate if uphill else rate) * gradient / divisor, new
        return theta

    return final


def _run(rng, shape, dtype=float, start=False, decay=False, epsilon=False):
    steps = int(rng.integers(4, 12))
    return (
        np.asarray(rng.normal(size=shape), dtype=dtype).round(2),
        signed_gradients(rng, steps, shape, dtype),
        between(rng, 0.05, 0.5),
        between(rng, 0.1, 1) if decay else 0.0,
        between(rng, 0.2, 2) if start else 0.0,
        between(rng, 0.01, 0.1) if epsilon else 0.0,
    )


def _extreme(rng, start=0.0):
    """Two rows whose gradients differ by twenty powers of ten, and one that stays at zero."""
    steps, size = int(rng.integers(3, 7)), 10 ** rng.uniform(9, 11)
    gradients = signed_gradients(rng, steps, (3, 2)) * np.array([[size], [1 / size], [0.0]])
    return np.zeros((3, 2)), gradients, float(size), between(rng, 0.1, 1), start, float(0.1 / size)


def _plain_runs(rng):
    return [_run(rng, (3,)), _run(rng, ()), _run(rng, (2, 3))]


def _started_runs(rng):
    return [_run(rng, shape, start=True) for shape in ((3,), (), (2, 2))]


def _decayed_runs(rng):
    return [_run(rng, shape, decay=True) for shape in ((3,), (2, 2), ())]


def _whole_runs(rng):
    all_three = {"start": True, "decay": True, "epsilon": True}
    return [
        _run(rng, (4,), np.float32, **all_three),
        _run(rng, (2, 3), **all_three),
        _run(rng, (3,), decay=True, epsilon=True),
        _extreme(rng),
        _extreme(rng, start=between(rng, 0.2, 2)),
    ]


final_question = FunctionQuestion(
    key="adagrad.1",
    title="AdaGrad as PyTorch runs it",
    kind="implement",
    difficulty=2,
    minutes=20,
    needs=("The algorithm", "In the libraries"),
    name="adagrad_final",
    reference=adagrad_final,
    parts=(
        Part(name="plain AdaGrad", points=1, draw=_plain_runs),
        Part(name="a sum that starts at accumulator0", points=1, draw=_started_runs),
        Part(name="a decaying learning rate", points=1, draw=_decayed_runs),
        Part(name="everything at once, with epsilon", points=1, draw=_whole_runs),
    ),
    rtol=1e-7,
    atol=1e-5,
    mistakes=(
        Mistake(
            name="no-root",
            hint=(
                "Multiply all gradients by ten and your steps become ten times shorter. AdaGrad's "
                "steps should hardly notice: what is missing between the sum of squares and the "
                "division?"
            ),
            answer=_final(scale=lambda squares, epsilon: squares + epsilon),
        ),
        Mistake(
            name="used-before-update",
            hint=(
                "Your first step divides by a sum that does not know the first gradient yet. Which "
                "comes first in the algorithm, the sum or the step?"
            ),
            answer=_final(use_before=True),
        ),
        Mistake(
            name="epsilon-inside",
            hint=(
                "Where the gradient is as large as the square root of epsilon, your first step is "
                "0.71 of the learning rate: is your epsilon added to the root, or under it?"
            ),
            answer=_final(scale=lambda squares, epsilon: np.sqrt(squares + epsilon)),
        ),
        Mistake(
            name="decay-from-t",
            hint=(
                "Your first step is already decayed. In PyTorch's rule the first update uses the "
                "full lr: what should the factor of lr_decay be when t = 1?"
            ),
            answer=_final(first_t=2),
        ),
        Mistake(
            name="compounding",
            hint=(
                "Your rate decays twice over: you divide a rate that was divided before. In every "
                "step the formula begins with `lr` as it was passed."
            ),
            answer=_final(compound=True),
        ),
        Mistake(
            name="uphill",
            hint="Your steps have the right length and go uphill: look at the sign of the update.",
            answer=_final(uphill=True),
        ),
        Mistake(
            name="no-decay",
            hint=(
                "With lr_decay = 0 this is right, otherwise your later steps are too long: where "
                "does lr_decay enter?"
            ),
            answer=_final(decay=False),
        ),
        Mistake(
            name="no-start",
            hint=(
                "Your sum of squares starts at zero whatever accumulator0 is: your first step is "
                "as long as the learning rate, and it should be shorter when accumulator0 > 0."
            ),
            answer=_final(start=False),
        ),
        Mistake(
            name="like-the-chapter",
            hint=(
                "This is the chapter's AdaGrad: right for lr_decay = 0 and accumulator0 = 0, and "
                "it ignores both arguments otherwise."
            ),
            answer=_final(start=False, decay=False),
        ),
        Mistake(
            name="one-sum-for-all",
            hint=(
                "All your coordinates share one sum of squares. In AdaGrad a coordinate answers "
                "for its own gradients only: check the shape of your accumulator."
            ),
            answer=_final(together=True),
        ),
    ),
)

# 2. The effective learning rate of a feature that appears in every n-th step


def effective_rate(g, lr, every, t):
    """After t steps the feature was active t // every times, each with the square g**2."""
    return lr / (abs(g) * np.sqrt(t // every))


def _rates(rng):
    cases = []
    for sign in (-1, 1, -1, 1, -1):
        every, times = int(rng.integers(3, 60)), int(rng.integers(3, 400))
        t = every * times + int(rng.integers(1, every))
        size = sign * 10 ** rng.uniform(-3, 2)
        cases.append((float(size), float(10 ** rng.uniform(-3, 0)), every, t))
    return cases


rate_question = FunctionQuestion(
    key="adagrad.2",
    title="The effective rate of a rare feature",
    kind="predict",
    difficulty=1,
    minutes=8,
    needs=("How fast the rate falls",),
    name="effective_rate",
    reference=effective_rate,
    check="form",
    parts=(Part(name="rare features", points=2, draw=_rates),),
    rtol=1e-6,
    atol=0.0,
    mistakes=(
        Mistake(
            name="one-over-t",
            hint=(
                "Your rate falls like one over the number of appearances. The sum of squares grows "
                "like that number: what is done to the sum before dividing?"
            ),
            answer=lambda g, lr, every, t: lr / (abs(g) * (t // every)),
        ),
        Mistake(
            name="no-root",
            hint=(
                "With gradients ten times as large your rate is a hundred times smaller; it should "
                "be ten times smaller. You divide by the sum of squares itself."
            ),
            answer=lambda g, lr, every, t: lr / (g * g * (t // every)),
        ),
        Mistake(
            name="every-step",
            hint=(
                "Your rate falls in every step, also where the feature is absent. What does a zero "
                "gradient add to the sum of squares?"
            ),
            answer=lambda g, lr, every, t: lr / (abs(g) * np.sqrt(t)),
        ),
        Mistake(
            name="exponential",
            hint=(
                "Your rate falls exponentially. Write down the sum of squares after one, two and "
                "three appearances and look at its square root."
            ),
            answer=lambda g, lr, every, t: lr / abs(g) * np.exp(-(t // every)),
        ),
        Mistake(
            name="signed",
            hint=(
                "Your rate is negative for a negative gradient: it would climb. A root of a square "
                "has no sign."
            ),
            answer=lambda g, lr, every, t: lr / (g * np.sqrt(t // every)),
        ),
        Mistake(
            name="no-gradient",
            hint=(
                "That is the length of the step. The effective rate is what the gradient is "
                "multiplied by: it depends on the size of the gradient."
            ),
            answer=lambda g, lr, every, t: lr / np.sqrt(t // every),
        ),
        Mistake(
            name="fraction",
            hint=(
                "Between two appearances your rate keeps falling. A feature appears a whole number "
                "of times."
            ),
            answer=lambda g, lr, every, t: lr / (abs(g) * np.sqrt(t / every)),
        ),
        Mistake(
            name="one-too-many",
            hint=(
                "You count one appearance too many: the first one is at step `every`, not at step "
                "1."
            ),
            answer=lambda g, lr, every, t: lr / (abs(g) * np.sqrt((t - 1) // every + 1)),
        ),
    ),
)

# 3. Find the bug: AdaGrad with weight decay


def adagrad_l2(theta0, gradients, lr, decay, epsilon):
    """AdaGrad on the loss plus decay/2 |theta|^2, whose gradient is g + decay * theta."""
    theta = np.array(theta0)
    squares = np.zeros_like(theta)
    for gradient in gradients:
        penalized = gradient + decay * theta
        squares = squares + penalized**2
        theta = theta - lr * penalized / (np.sqrt(squares) + epsilon)
    return theta


def _decayed(divisor, decoupled=False, penalty=True, in_sum=True, uphill=False):
    def run(theta0, gradients, lr, decay, epsilon):
        theta = np.array(theta0)
        squares = np.zeros_like(theta)
        for gradient in gradients:
            g = gradient + decay * theta if penalty and not decoupled else gradient
            squares = squares + (g * g if in_sum else gradient * gradient)
            step = lr * g / divisor(squares, epsilon) * (-1 if uphill else 1)
            theta = theta - step - (lr * decay * theta if decoupled else 0)
        return theta

    return run


def _outside(squares, epsilon):
    return np.sqrt(squares) + epsilon


def _tiny(rng):
    """The first gradient is as large as the root of epsilon, from theta = 0; later ones vary.

    Epsilon is so small that it is felt under the root only: without it this part is right, too.
    """
    cases = []
    for shape in ((), (3,), (2, 2)):
        epsilon = float(f"{10 ** rng.uniform(-16, -14):.2g}")
        gradients = signed_gradients(rng, int(rng.integers(3, 7)), shape)
        gradients[0] = np.sign(gradients[0])
        lr, decay = between(rng, 0.05, 0.5), between(rng, 0.1, 0.5)
        scaled = gradients * np.sqrt(epsilon)
        cases.append((np.zeros(shape), scaled[:1], lr, decay, epsilon))
        cases.append((np.zeros(shape), scaled, lr, float(decay * np.sqrt(epsilon)), epsilon))
    return cases


def _silent(rng):
    """Tiny gradients from theta that is not 0, but for one coordinate that never moves."""
    cases = []
    for shape in ((3,), (2, 3)):
        epsilon = float(f"{10 ** rng.uniform(-9, -7):.2g}")
        gradients = signed_gradients(rng, int(rng.integers(3, 8)), shape) * np.sqrt(epsilon)
        theta0 = rng.normal(size=shape).round(2)
        gradients[..., 1] = 0
        theta0[..., 1] = 0
        lr, decay = between(rng, 0.05, 0.5), float(rng.uniform(0.1, 0.5) * np.sqrt(epsilon))
        cases.append((theta0, gradients, lr, decay, epsilon))
    return cases


bug_question = FunctionQuestion(
    key="adagrad.3",
    title="Repair AdaGrad with weight decay",
    kind="find the bug",
    difficulty=2,
    minutes=12,
    needs=("Where epsilon stands",),
    name="adagrad_l2",
    reference=adagrad_l2,
    parts=(
        Part(name="tiny gradients", points=2, draw=_tiny),
        Part(name="tiny gradients beside a parameter that has none", points=1, draw=_silent),
    ),
    rtol=1e-6,
    atol=1e-9,
    mistakes=(
        Mistake(
            name="as-shipped",
            hint=(
                "From theta = 0, with a gradient as large as the square root of epsilon, your "
                "first step is 0.71 of the learning rate. AdaGrad's first step is the learning "
                "rate itself, all but a ten-thousandth. Which line makes the step?"
            ),
            answer=_decayed(lambda squares, epsilon: np.sqrt(squares + epsilon)),
        ),
        Mistake(
            name="no-epsilon",
            hint=(
                "Your steps are as long as if there were no epsilon. It is small against the "
                "root, and still felt; and without it a parameter whose gradients were all zero "
                "becomes nan: 0 / 0."
            ),
            answer=_decayed(lambda squares, epsilon: np.sqrt(squares)),
        ),
        Mistake(
            name="root-of-epsilon",
            hint=(
                "From theta = 0, with a gradient as large as the square root of epsilon, your "
                "first step is half the learning rate. Two roots added are too much: to which of "
                "the two terms does the root belong?"
            ),
            answer=_decayed(lambda squares, epsilon: np.sqrt(squares) + np.sqrt(epsilon)),
        ),
        Mistake(
            name="decoupled",
            hint=(
                "You took the weight decay out of the gradient and subtract it on its own. That is "
                "another method; the line with the decay was right as it was shipped."
            ),
            answer=_decayed(_outside, decoupled=True),
        ),
        Mistake(
            name="decay-outside-the-sum",
            hint=(
                "Your sum of squares does not know the decay. The line that adds it to the "
                "gradient stood before the sum, and was right there."
            ),
            answer=_decayed(_outside, in_sum=False),
        ),
        Mistake(
            name="uphill",
            hint="Your steps have the right length and go uphill: look at the sign of the update.",
            answer=_decayed(_outside, uphill=True),
        ),
        Mistake(
            name="decay-dropped",
            hint=(
                "Your parameters are not decayed any more. The repair should leave the gradient of "
                "the penalty where it was."
            ),
            answer=_decayed(_outside, penalty=False),
        ),
    ),
)

# 4. Does the dense feature slow the sparse one?


def coupling(condition, angle, every, theta0, lr, steps):
    """Where y ends, and the largest gap between the y of the two runs, x free and x held."""
    bowl = Bowl(condition=condition, angle=angle)
    free, held = (_second(bowl, every, mask, theta0, lr, steps) for mask in (1.0, 0.0))
    return [float(free[-1]), float(np.max(np.abs(free - held)))]


def _second(bowl, every, mask, theta0, lr, steps, coordinate=1, shared=False, root=np.sqrt, hold=0):
    """A coordinate after every step; `mask` multiplies the gradient of the coordinate `hold`."""
    theta, squares, path = np.array(theta0), np.zeros(2), []
    for t in range(1, steps + 1):
        gradient = bowl.gradient(theta) * [1.0, float(t % every == 0)]
        gradient[hold] *= mask
        squares = squares + (np.sum(gradient**2) if shared else gradient**2)
        theta = theta - lr * gradient / (root(squares) + 1e-10)
        path.append(theta[coordinate])
    return np.array(path)


def _coupled(reduce=lambda gap: np.max(np.abs(gap)), at_zero=False, always=False, **path):
    """A wrong `coupling`: each keyword changes one thing."""

    def answer(condition, angle, every, theta0, lr, steps):
        bowl, every = Bowl(condition=condition, angle=angle), 1 if always else every
        start = np.array([0.0, theta0[1]]) if at_zero else theta0
        free = _second(bowl, every, 1.0, theta0, lr, steps, **path)
        held = _second(bowl, every, 0.0, start, lr, steps, **path)
        return [float(free[-1]), float(reduce(free - held))]

    return answer


def _start(rng):
    side = int(rng.choice([-1, 1]))
    theta0 = rng.uniform(0.95, 1.05, 2).round(2) * [1, side] * rng.choice([-1, 1])
    return side, theta0


def _along(rng):
    cases = []
    for _ in range(3):
        _, theta0 = _start(rng)
        condition, lr = between(rng, 3, 50), between(rng, 0.1, 0.3)
        every, steps = int(rng.integers(2, 9)), int(rng.integers(20, 60))
        cases.append((condition, 0.0, every, theta0, lr, steps))
    return cases


def _turned(rng):
    """A bowl where the gap is largest on the way, and two from mirrored starts."""
    side, theta0 = _start(rng)
    angle, every = float(side * between(rng, 0.5, 0.75)), int(rng.integers(2, 7))
    condition, lr, steps = between(rng, 10, 50), between(rng, 0.1, 0.3), int(rng.integers(60, 120))
    far = between(rng, 3, 3.6), angle, every, theta0, between(rng, 1.1, 1.4), steps
    mirrored = [(condition, -angle, every, sign * theta0, lr, 2 * steps) for sign in (1, -1)]
    return [far, *mirrored]


coupling_question = FunctionQuestion(
    key="adagrad.4",
    title="Does the dense coordinate slow the sparse one?",
    kind="analyze",
    difficulty=2,
    minutes=15,
    needs=("What it sees and what it does not", "adagrad.1"),
    name="coupling",
    reference=coupling,
    parts=(
        Part(name="along the axes", points=1, draw=_along),
        Part(name="turned", points=2, draw=_turned),
    ),
    rtol=1e-5,
    atol=1e-9,
    mistakes=(
        Mistake(
            name="constant",
            hint=(
                "You return zeros without a run. The gap may turn out to be 0, but y does not end "
                "there: take the steps, and see."
            ),
            answer=lambda condition, angle, every, theta0, lr, steps: [0.0, 0.0],
        ),
        Mistake(
            name="never-coupled",
            hint=(
                "Your gap is 0 on every bowl. It is on those along the axes; what does the "
                "gradient of y contain when the bowl is turned?"
            ),
            answer=_coupled(reduce=lambda gap: 0.0),
        ),
        Mistake(
            name="y-in-every-step",
            hint="In your runs y has a gradient in every step. What does `every` say?",
            answer=_coupled(always=True),
        ),
        Mistake(
            name="y-held",
            hint=(
                "You set the second component of the gradient to 0, so y stays where it starts. "
                "Hold x, the first one, and watch y."
            ),
            answer=_coupled(hold=1),
        ),
        Mistake(
            name="norm-over-steps",
            hint=(
                "You add up the gaps of all steps (as a norm does). The largest single one is "
                "asked for."
            ),
            answer=_coupled(reduce=lambda gap: np.linalg.norm(gap)),
        ),
        Mistake(
            name="end-only",
            hint=(
                "You compare the two runs where they end. On the way they may be further apart, "
                "and the largest difference over all steps is asked for."
            ),
            answer=_coupled(reduce=lambda gap: abs(gap[-1])),
        ),
        Mistake(
            name="signed",
            hint=(
                "Your gap has a sign: from the mirrored start it comes out near zero or negative. "
                "How large is a difference that may go either way?"
            ),
            answer=_coupled(reduce=np.max),
        ),
        Mistake(
            name="held-at-zero",
            hint=(
                "You hold the first coordinate at 0. It should stay where it starts: then the only "
                "difference between the runs is that its gradient is set to 0."
            ),
            answer=_coupled(at_zero=True),
        ),
        Mistake(
            name="wrong-coordinate",
            hint=(
                "Your gap is large even for the bowl along the axes: you follow x, the coordinate "
                "that is held, not y."
            ),
            answer=_coupled(coordinate=0),
        ),
        Mistake(
            name="one-sum-for-both",
            hint=(
                "Your coordinates are coupled even on the bowl along the axes: they share one sum "
                "of squares, and AdaGrad keeps one for each."
            ),
            answer=_coupled(shared=True),
        ),
        Mistake(
            name="gradient-descent",
            hint=(
                "Your steps are those of gradient descent: nothing divides by the history of the "
                "gradients."
            ),
            answer=_coupled(root=np.ones_like),
        ),
    ),
)

# 5. There and back


def displacement(lr, first, second):
    """The steps have length lr / sqrt(t): down for `first` steps, then up for `second`."""
    lengths = lr / np.sqrt(np.arange(1, first + second + 1))
    return float(lengths[first:].sum() - lengths[:first].sum())


def _turns(rng):
    cases = []
    for _ in range(5):
        first, second = (int(10 ** rng.uniform(2, 4)) for _ in range(2))
        cases.append((float(10 ** rng.uniform(-3, 0)), first, second))
    return cases


def _few_turns(rng):
    """Short enough to add up by hand."""
    steps = rng.permutation([(1, 3), (2, 2), (3, 1), (2, 4), (4, 2)])[:4]
    return [(between(rng, 0.1, 2), int(first), int(second)) for first, second in steps]


def _path(lr, steps):
    return lr * np.sum(1 / np.sqrt(np.arange(1, steps + 1)))


displacement_question = FunctionQuestion(
    key="adagrad.5",
    title="There and back",
    kind="predict",
    difficulty=3,
    minutes=12,
    needs=("The learning rate sets the distance",),
    name="displacement",
    reference=displacement,
    check="form",
    parts=(
        Part(name="up to six steps", points=1, draw=_few_turns),
        Part(name="thousands of steps", points=2, draw=_turns),
    ),
    rtol=1e-9,
    atol=1e-12,
    mistakes=(
        Mistake(
            name="gradient-descent",
            hint=(
                "Your steps all have the same length, as gradient descent would take them. What "
                "has happened to the sum of squares by the second step?"
            ),
            answer=lambda lr, first, second: lr * (second - first),
        ),
        Mistake(
            name="path-length",
            hint=(
                "You added up the lengths of all steps. The way back counts against the way there."
            ),
            answer=lambda lr, first, second: float(_path(lr, first + second)),
        ),
        Mistake(
            name="forgets-at-the-turn",
            hint=(
                "After the turn your steps are as long as at the start. Does the sum of squares "
                "forget when the gradient changes its sign?"
            ),
            answer=lambda lr, first, second: float(_path(lr, second) - _path(lr, first)),
        ),
        Mistake(
            name="wrong-sign",
            hint="The size is right. A gradient of +1: in which direction does the parameter move?",
            answer=lambda lr, first, second: -displacement(lr, first, second),
        ),
        Mistake(
            name="approximation",
            hint=(
                "Close: you used 2 sqrt(T) for the sum of 1/sqrt(t). It is a good estimate, and "
                "the exact sum is asked for."
            ),
            answer=lambda lr, first, second: float(
                2 * lr * (np.sqrt(first + second) - 2 * np.sqrt(first))
            ),
        ),
        Mistake(
            name="two-approximations",
            hint=(
                "You take 2 sqrt(n) for each way and subtract. But step number first + 1 is not as "
                "long as step number 1; and the exact sum is asked for."
            ),
            answer=lambda lr, first, second: float(2 * lr * (np.sqrt(first) - np.sqrt(second))),
        ),
        Mistake(
            name="turn-too-early",
            hint=(
                "The turn comes one step too early: the first `first` gradients are +1, all of "
                "them."
            ),
            answer=lambda lr, first, second: float(
                _path(lr, first + second) - 2 * _path(lr, first - 1)
            ),
        ),
        Mistake(
            name="turn-too-late",
            hint=(
                "The turn comes one step too late: gradient number first + 1 is the first that is "
                "-1."
            ),
            answer=lambda lr, first, second: float(
                _path(lr, first + second) - 2 * _path(lr, first + 1)
            ),
        ),
    ),
)

# 6. A learning rate with the right units

TARGET, STEPS, START = 1e-3, 200, (4.0, -0.75)


def learning_rate(width, height):
    """The rate is measured in units of theta; AdaGrad does not see the height of the surface."""
    return 1.3 * width


def _judge_rate(arguments, lr):
    """Run AdaGrad on height * Beale(theta / width) from three starts near width * START."""
    width, height = arguments
    if lr <= 0:
        return "A learning rate is positive."
    rng = np.random.default_rng(np.array(arguments).view(np.uint32))  # starts of its own per case
    theta = width * (np.array(START) + rng.uniform(-0.03, 0.03, (3, 2)))
    beale, squares, best = Beale(), np.zeros_like(theta), np.full(3, np.inf)
    with np.errstate(all="ignore"):
        for _ in range(STEPS):
            gradient = height / width * beale.gradient(theta / width)
            squares = squares + gradient**2
            theta = theta - lr * gradient / (np.sqrt(squares) + 1e-10)
            best = np.fmin(best, beale.value(theta / width))
            if np.all(best < TARGET):
                return None
    return f"After {STEPS} steps at least one of three runs is still above the target."


def _near_one(rng):
    return [_surface(rng, -0.45), _surface(rng, 0.45)]  # no one rate serves both


def _narrow(rng):
    return [_surface(rng, -1.95), _surface(rng, -1.05)]


def _wide(rng):
    return [_surface(rng, 1.05), _surface(rng, 1.95)]


def _surface(rng, width_power, height_power=0.0):
    width = 10 ** (width_power + rng.uniform(-0.05, 0.05))
    spread = rng.uniform(-0.5, 0.5) if height_power else 0.0
    return float(width), float(10 ** (height_power + spread))


def _tall_and_flat(rng):
    powers = [(-1.95, -2.5), (-1.05, 2.5), (1.05, -2.5), (1.95, 2.5)]
    return [_surface(rng, *pair) for pair in powers]


def _near(unit):
    """The mistake of a rate about `unit(width, height)` where that is far from the width."""

    def matches(arguments, lr):
        wrong, width = unit(*arguments), arguments[0]
        return 0.3 < lr / wrong < 4 and not 1 / 2.2 < wrong / width < 2.2

    return matches


rate_choice_question = FunctionQuestion(
    key="adagrad.6",
    title="A learning rate with the right units",
    kind="tune",
    difficulty=3,
    minutes=20,
    needs=("The learning rate sets the distance", "What it sees and what it does not"),
    name="learning_rate",
    reference=learning_rate,
    check="form",
    judge=_judge_rate,
    parts=(
        Part(name="widths near 1", points=1, draw=_near_one),
        Part(name="narrow valleys", points=1, draw=_narrow),
        Part(name="wide valleys", points=1, draw=_wide),
        Part(name="tall and flat surfaces", points=1, draw=_tall_and_flat),
    ),
    mistakes=(
        Mistake(
            name="library-default",
            hint=(
                "0.01 is a library's default. With gradients of constant size T steps travel about "
                "2 lr sqrt(T): how far is the minimum, and how far do 200 steps take you?"
            ),
            answer=lambda width, height: 0.01,
            matches=lambda arguments, lr: lr == 0.01,
        ),
        Mistake(
            name="constant",
            hint=(
                "Your rate does not grow with the width of the surface. AdaGrad's first step is as "
                "long as the learning rate: in which units is it measured?"
            ),
            answer=lambda width, height: 1.3,
            matches=_near(lambda width, height: 1.0),
        ),
        Mistake(
            name="wrong-way",
            hint=(
                "Your rate falls when the surface gets wider. On a wider surface the minimum is "
                "further away: should the steps be shorter there?"
            ),
            answer=lambda width, height: 1.3 / width,
            matches=_near(lambda width, height: 1 / width),
        ),
        Mistake(
            name="gradient-descent-units",
            hint=(
                "Those are the units of gradient descent's rate, which multiplies the gradient "
                "itself. AdaGrad divides the gradient by its own size first: which units are left?"
            ),
            answer=lambda width, height: width**2 / height,
            matches=_near(lambda width, height: width**2 / height),
        ),
        Mistake(
            name="divided-by-height",
            hint=(
                "Right for height 1 only: your rate falls when the surface gets taller. Multiply "
                "every gradient by ten and follow one AdaGrad step: what changes?"
            ),
            answer=lambda width, height: width / height,
            matches=_near(lambda width, height: width / height),
        ),
        Mistake(
            name="times-height",
            hint=(
                "Right for height 1 only: your rate grows with the height of the surface. Multiply "
                "every gradient by ten and follow one AdaGrad step: what changes?"
            ),
            answer=lambda width, height: width * height,
            matches=_near(lambda width, height: width * height),
        ),
        Mistake(
            name="too-large",
            hint=(
                "Your rate is too large: the first step moves each coordinate by the whole rate "
                "and leaves the valley before the sum of squares can shorten the steps."
            ),
            answer=lambda width, height: 10.0 * width,
            matches=lambda arguments, lr: lr > 2 * arguments[0],
        ),
        Mistake(
            name="too-small",
            hint=(
                "Your rate is too small: every run is still on its way when the steps are used up. "
                "Compare the distance to the minimum with the distance traveled."
            ),
            answer=lambda width, height: 0.5 * width,
            matches=lambda arguments, lr: lr < 0.85 * arguments[0],
        ),
    ),
)

# Practice: the notebook shows these solutions


def _bowl_steps(root, steps=3, lr=0.1):
    theta, squares = np.array([1.0, 1.0]), np.zeros(2)
    for _ in range(steps):
        gradient = np.array([1.0, 10.0]) * theta
        squares = squares + gradient**2
        theta = theta - lr * gradient / root(squares)
    return theta


by_hand = ValueQuestion(
    key="adagrad.p1",
    title="Three steps by hand",
    kind="predict",
    difficulty=1,
    minutes=8,
    needs=("The algorithm",),
    name="theta3",
    graded=False,
    points=0,
    value=_bowl_steps(np.sqrt),
    rtol=0.0,
    atol=2e-5,
    mistakes=(
        Mistake(
            name="no-root",
            hint="You divide by the sum of squares itself; the root is missing.",
            answer=_bowl_steps(lambda squares: squares),
        ),
        Mistake(
            name="gradient-descent",
            hint="Those are three steps of gradient descent: nothing divides by the history.",
            answer=_bowl_steps(np.ones_like),
        ),
        Mistake(
            name="same-gradient",
            hint=(
                "You used the gradient at the start in all three steps. After each step the "
                "gradient is taken where you are."
            ),
            answer=np.full(2, 1 - 0.1 * np.sum(1 / np.sqrt([1, 2, 3]))),
        ),
    ),
)


def _first_steps(g, epsilon):
    return [float(g / (abs(g) + epsilon)), float(g / np.sqrt(g * g + epsilon))]


def _small_gradients(rng):
    return [
        (float(sign * 10 ** rng.uniform(-5, -3)), float(10 ** rng.uniform(-9, -7)))
        for sign in (1, -1, 1)
    ]


both_places = FunctionQuestion(
    key="adagrad.p2",
    title="The first step with epsilon in either place",
    kind="predict",
    difficulty=1,
    minutes=5,
    needs=("Where epsilon stands",),
    name="first_steps",
    graded=False,
    reference=_first_steps,
    parts=(Part(name="small gradients", points=0, draw=_small_gradients),),
    rtol=1e-6,
    mistakes=(
        Mistake(
            name="swapped",
            hint=(
                "Both numbers are right, in the wrong order: first with epsilon added to the root, "
                "then with epsilon under it."
            ),
            answer=lambda g, epsilon: _first_steps(g, epsilon)[::-1],
        ),
        Mistake(
            name="no-sign",
            hint="For a negative gradient the ratio is negative: keep the sign of g above.",
            answer=lambda g, epsilon: _first_steps(abs(g), epsilon),
        ),
        Mistake(
            name="always-one",
            hint="The ratio is 1 only without epsilon. Compare epsilon with |g|, then with g**2.",
            answer=lambda g, epsilon: [float(np.sign(g)), float(np.sign(g))],
        ),
    ),
)

sparse_claim = ValueQuestion(
    key="adagrad.p3",
    title="What a zero gradient does",
    kind="choice",
    difficulty=1,
    minutes=3,
    needs=("The algorithm",),
    name="choice",
    graded=False,
    points=0,
    options=("a", "b", "c"),
    value="b",
    mistakes=(
        Mistake(
            name="shrinks",
            hint="Something would have to be added to the sum of squares. What is 0 squared?",
            answer="a",
        ),
        Mistake(
            name="grows",
            hint="The sum of squares never gets smaller, so the rate never gets larger.",
            answer="c",
        ),
    ),
)

EXERCISE = Exercise(
    name="adagrad",
    title="AdaGrad",
    questions=(
        by_hand,
        both_places,
        sparse_claim,
        final_question,
        rate_question,
        bug_question,
        coupling_question,
        displacement_question,
        rate_choice_question,
    ),
)
