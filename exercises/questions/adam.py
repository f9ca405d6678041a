"""The questions on Adam: references, hidden inputs and the mistakes that get a hint.

The references are variants of what `lecture_code.adam` has; the tests compare the two where they
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
    adam_extremes,
    adam_run,
    between,
    signed_gradients,
    tuning_mistake,
)
from lecture_code.objectives import Beale

# 1. A first memory that changes from step to step


def adam_final(theta0, gradients, lr, beta1s, beta2, epsilon):
    """theta after all gradients; step t keeps beta1s[t - 1] of the average of gradients."""
    theta, left = np.array(theta0), 1.0
    m, v = np.zeros_like(theta), np.zeros_like(theta)
    for t, (gradient, beta1) in enumerate(zip(gradients, beta1s, strict=True), start=1):
        beta1 = float(beta1)
        left = left * beta1
        m = beta1 * m + (1 - beta1) * gradient
        v = beta2 * v + (1 - beta2) * np.square(gradient)
        theta = theta - lr * (m / (1 - left)) / (np.sqrt(v / (1 - beta2**t)) + epsilon)
    return theta


def _divide(m, v, first, second, epsilon):
    return m / first / (np.sqrt(v / second) + epsilon)


def _final(first=lambda betas, t: 1 - np.prod(betas[:t]), second=True, divide=_divide):
    """A wrong `adam_final`. first: what m is divided by; second: whether v is corrected."""

    def run(theta0, gradients, lr, beta1s, beta2, epsilon):
        theta, m, v = np.array(theta0), np.zeros_like(theta0), np.zeros_like(theta0)
        betas = np.array(beta1s, float)
        for t, g in enumerate(gradients, start=1):
            m = float(betas[t - 1]) * m + float(1 - betas[t - 1]) * g
            v = beta2 * v + (1 - beta2) * g * g
            unbiased = 1 - beta2**t if second else 1.0
            theta = theta - lr * divide(m, v, float(first(betas, t)), unbiased, epsilon)
        return theta

    return run


def _all_with_the_first(theta0, gradients, lr, beta1s, beta2, epsilon):
    return adam_final(theta0, gradients, lr, np.full_like(beta1s, beta1s[0]), beta2, epsilon)


def _from_step_zero(theta0, gradients, lr, beta1s, beta2, epsilon):
    """0 / 0 in the first step, and what becomes of it."""
    return np.full_like(theta0, np.nan)


def _steps(rng):
    return int(rng.integers(5, 11))


def _constant(rng):
    def betas(count):
        return np.full(count, between(rng, 0.5, 0.9))

    return [
        adam_run(rng, (2,), betas(2)),
        adam_run(rng, (), betas(_steps(rng))),
        adam_run(rng, (2, 3), betas(_steps(rng))),
    ]


def _changing(rng):
    def falling(count):
        return between(rng, 0.7, 0.95) * between(rng, 0.8, 0.95) ** np.arange(count)

    return [
        adam_run(rng, (2,), rng.uniform(0.3, 0.9, 2).round(2)),
        adam_run(rng, (3,), falling(_steps(rng))),
        adam_run(rng, (), rng.uniform(0.3, 0.9, 6).round(2)),
    ]


final_question = FunctionQuestion(
    key="adam.1",
    title="A first memory that changes",
    kind="implement",
    difficulty=2,
    minutes=18,
    needs=("What a start at zero does", "The algorithm"),
    name="adam_final",
    reference=adam_final,
    parts=(
        Part(name="a constant beta1", points=1, draw=_constant),
        Part(name="a beta1 that changes", points=2, draw=_changing),
        Part(
            name="epsilon, extreme gradients, float32",
            points=1,
            draw=lambda rng: adam_extremes(rng, _steps),
        ),
    ),
    rtol=1e-7,
    atol=1e-6,
    mistakes=(
        Mistake(
            name="power",
            hint=(
                "Right while beta1 is constant: you correct m with the t-th power of the present "
                "beta1. How much of the zero at the start have all the steps left over?"
            ),
            answer=_final(lambda betas, t: 1 - betas[t - 1] ** t),
        ),
        Mistake(
            name="power-of-the-first",
            hint=(
                "Right while beta1 is constant: you correct m as if the first beta1 had been used "
                "in every step. What have the steps left over of the zero at the start?"
            ),
            answer=_final(lambda betas, t: 1 - betas[0] ** t),
        ),
        Mistake(
            name="first-beta",
            hint="Right while beta1 is constant: your run uses the first one throughout.",
            answer=_all_with_the_first,
        ),
        Mistake(
            name="uncorrected",
            hint="Both of your averages start at zero and stay too small: neither is corrected.",
            answer=_final(lambda betas, t: 1.0, second=False),
        ),
        Mistake(
            name="t-from-zero",
            hint=(
                "Everything is NaN: does your correction divide zero by zero? The first step is "
                "t = 1, and its own beta belongs to the correction."
            ),
            answer=_from_step_zero,
        ),
        Mistake(
            name="only-v",
            hint="Your v is corrected and your m is not: your first step is too short.",
            answer=_final(lambda betas, t: 1.0),
        ),
        Mistake(
            name="only-m",
            hint="Your m is corrected and your v is not: your first step is too long.",
            answer=_final(second=False),
        ),
        Mistake(
            name="no-root",
            hint=(
                "Multiply all gradients by ten and your steps become ten times shorter. What is "
                "missing between the average of squares and the division?"
            ),
            answer=_final(
                divide=lambda m, v, a, b, epsilon: m / a / (v / b + max(epsilon, 1e-300))
            ),
        ),
        Mistake(
            name="epsilon-inside",
            hint=(
                "Right as long as epsilon does not count. The question adds epsilon to the root: "
                "is yours under it?"
            ),
            answer=_final(divide=lambda m, v, a, b, epsilon: m / a / np.sqrt(v / b + epsilon)),
        ),
        Mistake(
            name="epsilon-hat",
            hint=(
                "Right as long as epsilon does not count. You add epsilon before v is corrected; "
                "the question adds it after."
            ),
            answer=_final(
                divide=lambda m, v, a, b, epsilon: m / a * np.sqrt(b) / (np.sqrt(v) + epsilon)
            ),
        ),
    ),
)

# 2. A run that is stopped and goes on


def after_restart(lost, beta1, beta2, before, t):
    """Step t after a restart on a constant slope, in units of the learning rate."""
    seen, count = (before + t, t) if lost == "counter" else (t, before + t)
    return _step(beta1, beta2, seen, count)


def _step(beta1, beta2, seen, count, root=math.sqrt):
    return (1 - beta1**seen) / (1 - beta1**count) / root((1 - beta2**seen) / (1 - beta2**count))


def _restart(counts=lambda before, t: (before + t, t), step=_step, swap=False):
    """A wrong `after_restart`. counts: gradients in the averages and the counter, if it is lost."""

    def run(lost, beta1, beta2, before, t):
        pair = counts(before, t)
        return step(beta1, beta2, *(pair if (lost == "counter") != swap else pair[::-1]))

    return run


def _restarts(low, high):
    def draw(rng):
        cases = []
        for lost in ("averages", "counter") * 2:
            before = int(rng.integers(low, high))
            betas = between(rng, 0.6, 0.9), between(rng, 0.92, 0.98)
            cases.append((lost, *betas, before, int(rng.integers(1, 13)) if cases else 1))
        return cases

    return draw


restart_question = FunctionQuestion(
    key="adam.2",
    title="Stopped and started again",
    kind="predict",
    difficulty=2,
    minutes=15,
    needs=("What a start at zero does",),
    name="after_restart",
    reference=after_restart,
    check="form",
    parts=(
        Part(name="after a long run", points=1, draw=_restarts(2000, 5000)),
        Part(name="after a short run", points=2, draw=_restarts(3, 20)),
    ),
    rtol=1e-6,
    mistakes=(
        Mistake(
            name="forever",
            hint=(
                "Right after a long run. After a short one, the averages or the correction that "
                "were kept have not settled yet."
            ),
            answer=_restart(lambda before, t: (10**6, t)),
        ),
        Mistake(
            name="frozen",
            hint=(
                "Right after a long run. What was kept grows with every step after the restart, "
                "too: yours stays where it was."
            ),
            answer=_restart(lambda before, t: (before, t)),
        ),
        Mistake(
            name="one-less",
            hint=(
                "Right after a long run. After a short one yours is off by one: step t is the "
                "t-th after the restart, and there were steps before it."
            ),
            answer=_restart(lambda before, t: (before + t - 1, t)),
        ),
        Mistake(
            name="swapped",
            hint=(
                "You have the two losses the wrong way round: without the averages m and v are "
                "too small, and without the counter the correction is too large."
            ),
            answer=_restart(swap=True),
        ),
        Mistake(
            name="no-root",
            hint="You divide by the average of squares itself. What belongs between the two?",
            answer=_restart(step=lambda *a: _step(*a, root=float)),
        ),
        Mistake(
            name="only-v",
            hint="Your m suffers no loss. It has an average and a correction as v does.",
            answer=_restart(step=lambda b1, b2, seen, count: _step(0.0, b2, seen, count)),
        ),
        Mistake(
            name="only-m",
            hint="Your v suffers no loss. It has an average and a correction as m does.",
            answer=_restart(step=lambda b1, b2, seen, count: _step(b1, 0.0, seen, count)),
        ),
        Mistake(
            name="as-if-nothing",
            hint="That would be so if both were lost, or neither. Here one goes without the other.",
            answer=lambda lost, beta1, beta2, before, t: 1.0,
        ),
    ),
)

# 3. Find the bug: an Adam for rare features whose counter does not belong to the feature


def lazy_adam(gradients, lr, beta1, beta2, epsilon):
    """Where all gradients lead from 0; a gradient of zero leaves all of a coordinate as it is."""
    theta, m, v, count = (np.zeros_like(gradients[0]) for _ in range(4))
    for gradient in gradients:
        seen = gradient != 0
        count = count + seen
        m = np.where(seen, beta1 * m + (1 - beta1) * gradient, m)
        v = np.where(seen, beta2 * v + (1 - beta2) * np.square(gradient), v)
        n = np.maximum(count, 1)
        step = lr * (m / (1 - beta1**n)) / (np.sqrt(v / (1 - beta2**n)) + epsilon)
        theta = theta - np.where(seen, step, 0)
    return theta


def _lazy(count="own", fades=False, moves=False, correct=True, inside=False):
    """A wrong `lazy_adam`: each keyword changes one thing."""

    def run(gradients, lr, beta1, beta2, epsilon):
        theta, m, v, n = (np.zeros_like(gradients[0]) for _ in range(4))
        for g in gradients:
            here = g != 0
            more = {"own": here, "all": np.ones_like(n), "since": here | (n > 0)}[count]
            n = n + more
            m = np.where(here | fades, beta1 * m + (1 - beta1) * g, m)
            v = np.where(here | fades, beta2 * v + (1 - beta2) * g * g, v)
            t = np.maximum(n, 1) if correct else np.full_like(n, 1e6)
            m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
            root = np.sqrt(v_hat + epsilon) if inside else np.sqrt(v_hat) + epsilon
            theta = theta - np.where(here | moves, lr * m_hat / root, 0)
        return theta

    return run


def _settings(rng):
    return between(rng, 0.05, 0.5), between(rng, 0.6, 0.95), between(rng, 0.9, 0.99)


def _spells(rng):
    """Each coordinate: silence, gradients without a gap, silence."""
    cases = []
    for shape, steps in (((2,), 4), ((), 10), ((2, 3), 12)):
        first = rng.integers(1, steps // 2, shape)
        last = rng.integers(steps // 2, steps - 1, shape)
        t = np.arange(steps).reshape(-1, *[1] * len(shape))
        gradients = signed_gradients(rng, 1, (steps, *shape))[0]
        gradients = np.where((t >= first) & (t <= last), gradients, 0.0)
        cases.append((gradients, *_settings(rng), 1e-12))
    return cases


def _gaps(rng):
    cases = []
    for shape, dtype in (((2,), float), ((), float), ((2, 3), np.float32), ((3,), float)):
        steps = 5 if shape == (2,) else int(rng.integers(10, 16))
        gradients = signed_gradients(rng, steps, shape, dtype)
        gradients[[0, 2]], gradients[[1, 3]] = 0, abs(gradients[0]) * rng.choice([-1, 1], shape)
        gradients[4] = 0.5 * gradients[1]
        cases.append((gradients, *_settings(rng), between(rng, 0.05, 0.3)))
    return cases


bug_question = FunctionQuestion(
    key="adam.3",
    title="Repair an Adam for rare features",
    kind="find the bug",
    difficulty=2,
    minutes=15,
    needs=("What a start at zero does", "The algorithm"),
    name="lazy_adam",
    reference=lazy_adam,
    parts=(
        Part(name="a single spell of gradients", points=1, draw=_spells),
        Part(name="silence in between, epsilon, float32", points=2, draw=_gaps),
    ),
    rtol=1e-6,
    atol=1e-7,
    mistakes=(
        Mistake(
            name="one-counter",
            hint=(
                "A feature that appears late gets too long a first step: your correction takes it "
                "for old. Whose steps does your counter count?"
            ),
            answer=_lazy(count="all"),
        ),
        Mistake(
            name="as-in-the-chapter",
            hint=(
                "Yours moves on where the gradient is zero, and forgets there, as the method of "
                "the chapter does. Here nothing of such a coordinate changes."
            ),
            answer=_lazy(count="all", fades=True, moves=True),
        ),
        Mistake(
            name="moves-in-silence",
            hint="A coordinate whose gradient is zero has to stay where it is. Yours moves on.",
            answer=_lazy(moves=True),
        ),
        Mistake(
            name="uncorrected",
            hint="Your steps are those of averages that are not corrected for their start at zero.",
            answer=_lazy(correct=False),
        ),
        Mistake(
            name="since-first-seen",
            hint=(
                "Right for a single spell. Your counter goes on in the silence after it, where "
                "the averages see nothing."
            ),
            answer=_lazy(count="since"),
        ),
        Mistake(
            name="fades",
            hint=(
                "Right for a single spell. In the silence after it your averages fade; they have "
                "to stay as they are."
            ),
            answer=_lazy(fades=True),
        ),
        Mistake(
            name="epsilon-inside",
            hint="Right where epsilon does not count. It is added to the root, not under it.",
            answer=_lazy(inside=True),
        ),
    ),
)

# 4. Three other methods, as settings of Adam


def imitate(target, lr, beta, steps):
    """beta1, beta2 and the rates with which Adam makes the steps of `target`."""
    t = np.arange(1.0, steps + 1)
    if target == "sign":
        return np.r_[0.0, 0.0, np.full(steps, lr)]
    if target == "rmsprop":
        return np.r_[0.0, beta, lr / np.sqrt(1 - beta**t)]
    return np.r_[0.0, 1 - 1e-8, lr / np.sqrt(t)]


def _targets(target, lr, beta, gradients):
    """The steps of the method to imitate, one row for each gradient."""
    if target == "sign":
        return lr * np.sign(gradients)
    if target == "adagrad":
        return lr * gradients / np.sqrt(np.cumsum(gradients**2, axis=0))
    v, steps = 0.0, []
    for g in gradients:
        v = beta * v + (1 - beta) * g**2
        steps.append(lr * g / np.sqrt(v))
    return np.array(steps)


def _judge_imitation(arguments, output):
    """Run Adam with the settings and compare every step with the target's."""
    target, lr, beta, steps = arguments
    beta1, beta2, *rates = map(float, output)
    if not (0 <= beta1 < 1 and 0 <= beta2 < 1):
        return "beta1 and beta2 are at least 0 and below 1."
    rng = np.random.default_rng(np.array([lr, beta, steps]).view(np.uint32))
    gradients = rng.uniform(0.1, 2, (steps, 8)) * rng.choice([-1, 1], (steps, 8))
    wanted = np.abs(_targets(target, lr, beta, gradients))
    m = v = 0.0
    for t, g in enumerate(gradients, start=1):
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g**2
        # 1 - beta2^t, which keeps its digits where beta2 is next to 1
        unbiased = -math.expm1(t * math.log(beta2)) if beta2 > 0 else 1.0
        step = rates[t - 1] * m / (1 - beta1**t) / np.sqrt(v / unbiased) * np.sign(g)
        if np.any(np.abs(step - wanted[t - 1]) > 1e-3 * wanted[t - 1]):
            return "At least one step differs by more than a thousandth from the target's."
    return None


def _imitations(target):
    def draw(rng):
        return [
            (target, between(rng, 0.01, 1), between(rng, 0.8, 0.98), int(rng.integers(12, 30)))
            for _ in range(3)
        ]

    return draw


def _rates(targets, change):
    """Settings with other rates for some of the targets, and what matches them."""

    def answer(target, lr, beta, steps):
        right = imitate(target, lr, beta, steps)
        rates = change(lr, beta, np.arange(1.0, steps + 1))
        return np.r_[right[:2], rates] if target in targets else right

    def matches(arguments, output):
        expected = answer(*arguments)[2:]
        return arguments[0] in targets and bool(np.allclose(output[2:], expected, rtol=1e-3))

    return answer, matches


def _betas(targets, beta1=0.0, beta2=None):
    """Settings with other averages for some of the targets."""

    def answer(target, lr, beta, steps):
        right = imitate(target, lr, beta, steps)
        betas = [beta1, right[1] if beta2 is None else beta2]
        return np.r_[betas, right[2:]] if target in targets else right

    return answer


TARGETS = ("sign", "rmsprop", "adagrad")


imitate_question = FunctionQuestion(
    key="adam.4",
    title="Three methods in the clothes of Adam",
    kind="analyze",
    difficulty=2,
    minutes=15,
    needs=("How long a step is", "RMSprop and AdaGrad inside Adam"),
    name="imitate",
    reference=imitate,
    check="form",
    judge=_judge_imitation,
    parts=(
        Part(name="sign descent", points=1, draw=_imitations("sign")),
        Part(name="RMSprop without correction", points=1, draw=_imitations("rmsprop")),
        Part(name="AdaGrad", points=1, draw=_imitations("adagrad")),
    ),
    mistakes=(
        tuning_mistake(
            "with-momentum",
            "Your steps are along an average of gradients. Each of the three targets makes its "
            "step along the present gradient alone.",
            _betas(TARGETS, beta1=0.9),
            lambda arguments, output: 0 < output[0] < 1,
        ),
        tuning_mistake(
            "beta2-of-one",
            "With a beta2 of 1 no square ever enters v, and the correction divides zero by zero. "
            "How near to 1 is near enough?",
            _betas(("adagrad",), beta2=1.0),
            lambda arguments, output: output[0] == 0 and output[1] == 1,
        ),
        tuning_mistake(
            "constant-rate",
            "Your rate is the same in every step. Write down what the target divides by, and what "
            "a corrected Adam divides by: their quotient changes with t.",
            *_rates(("rmsprop", "adagrad"), lambda lr, beta, t: np.full_like(t, lr)),
        ),
        tuning_mistake(
            "wrong-way",
            "You take the correction out twice instead of once: without it the first steps of "
            "RMSprop are longer, and yours are shorter.",
            *_rates(("rmsprop",), lambda lr, beta, t: lr * np.sqrt(1 - beta**t)),
        ),
        tuning_mistake(
            "no-root",
            "You take out the correction of v. It stands under a root.",
            *_rates(("rmsprop",), lambda lr, beta, t: lr / (1 - beta**t)),
        ),
        tuning_mistake(
            "over-t",
            "A mean of squares is their sum over t. What follows for its root, by which the "
            "gradient is divided?",
            *_rates(("adagrad",), lambda lr, beta, t: lr / t),
        ),
        tuning_mistake(
            "forgets",
            "Your rates are right. Within so many steps your v still forgets some of the first "
            "squares; AdaGrad weighs all of them alike.",
            _betas(("adagrad",), beta2=0.999),
            lambda arguments, output: (
                arguments[0] == "adagrad"
                and output[0] == 0
                and output[1] < 1 - 1e-6
                and bool(np.allclose(output[2:], imitate(*arguments)[2:], rtol=1e-3))
            ),
        ),
    ),
)

# 5. The longest step that Adam can make


def push(beta1, beta2, steps, length):
    """Gradients after which Adam's last step is as long as any can be."""
    age = np.arange(steps)[::-1]
    return (beta1 / beta2) ** age


def last_step(gradients, beta1, beta2):
    """The length of the last step in units of the learning rate; epsilon is 0."""
    scale = np.max(np.abs(gradients))
    if scale == 0:
        return 0.0
    g, age, steps = gradients / scale, np.arange(len(gradients))[::-1], len(gradients)
    m = (1 - beta1) * np.sum(beta1**age * g) / (1 - beta1**steps)
    v = (1 - beta2) * np.sum(beta2**age * g**2) / (1 - beta2**steps)
    return float(abs(m) / math.sqrt(v)) if v > 0 else 0.0


def _judge_push(arguments, output):
    beta1, beta2, _, length = arguments
    if last_step(np.asarray(output, float), beta1, beta2) >= length:
        return None
    return "At least one last step is shorter than asked for."


def _spike(beta1, beta2, steps, length):
    return (np.arange(steps) == steps - 1).astype(float)


def _equal(beta1, beta2, steps, length):
    """Silence, then as many equal gradients as make the longest step."""
    age = np.arange(steps)[::-1]
    tails = [(age < count).astype(float) for count in range(1, 60)]
    return max(tails, key=lambda tail: last_step(tail, beta1, beta2))


def _pushes(good, share):
    """Settings in which a spike is longer than the rate, and a length that `good` reaches."""

    def draw(rng):
        cases = []
        for _ in range(3):
            betas, steps = (between(rng, 0.7, 0.8), between(rng, 0.98, 0.99)), _many(rng)
            longest = last_step(good(*betas, steps, None), *betas)
            cases.append((*betas, steps, float(f"{share * longest:.4g}")))
        return cases

    return draw


def _many(rng):
    return int(rng.integers(200, 400))


def _shape(test):
    """Whether gradients, scaled to 1, have a property."""

    def matches(arguments, output):
        g = np.abs(np.asarray(output, float))
        return g.max() > 0 and bool(test(g / g.max(), np.sign(output)))

    return matches


def _is_silence_then_equal(g, sign):
    count = int(np.sum(g > 0))
    return 1 < count < len(g) and bool(np.all(g[-count:] == 1)) and abs(sign.sum()) == count


push_question = FunctionQuestion(
    key="adam.5",
    title="The longest step",
    kind="analyze",
    difficulty=3,
    minutes=14,
    needs=("How long a step is",),
    name="push",
    reference=push,
    check="form",
    judge=_judge_push,
    parts=(
        Part(name="longer than the rate", points=1, draw=_pushes(_spike, 0.98)),
        Part(name="longer still", points=1, draw=_pushes(_equal, 0.98)),
        Part(name="the longest", points=1, draw=_pushes(push, 0.99)),
    ),
    mistakes=(
        tuning_mistake(
            "equal",
            "With equal gradients from the start, the mean and the root of the mean square are "
            "the same. What if some of them were smaller?",
            lambda beta1, beta2, steps, length: np.ones(steps),
            _shape(lambda g, sign: np.allclose(g, 1) and abs(sign.sum()) == len(g)),
        ),
        tuning_mistake(
            "alternating",
            "Your gradients have both signs. What does m make of them, and what v?",
            lambda beta1, beta2, steps, length: (-1.0) ** np.arange(steps),
            _shape(lambda g, sign: sign.min() < 0 < sign.max()),
        ),
        tuning_mistake(
            "falling",
            "Your gradients become smaller toward the end. Which of them does m remember when the "
            "last step is made, and which does only v remember?",
            lambda beta1, beta2, steps, length: (beta1 / beta2) ** np.arange(steps),
            _shape(lambda g, sign: abs(sign.sum()) == np.sum(g > 0) and g[-1] < 0.5),
        ),
        tuning_mistake(
            "only-the-last",
            "A single gradient at the end is new for v and for m: m has taken in no more than "
            "1 - beta1 of it. Help m, at little cost in v.",
            _spike,
            _shape(lambda g, sign: np.sum(g > 0) == 1 and g[-1] == 1),
        ),
        tuning_mistake(
            "equal-after-silence",
            "Equal gradients after silence. If they are as many as pay, ask what each of them adds "
            "to m and what to v: the older ones pay less.",
            _equal,
            _shape(_is_silence_then_equal),
        ),
        tuning_mistake(
            "too-steep",
            "Your gradients rise toward the end, which pays, but the older ones are so small that "
            "they hardly help m.",
            lambda beta1, beta2, steps, length: beta1 ** (2.0 * np.arange(steps)[::-1]),
            lambda arguments, output: _rise(output) > 1.1 * arguments[1] / arguments[0],
        ),
        tuning_mistake(
            "too-flat",
            "Your gradients rise toward the end, which pays, but so slowly that the old ones, "
            "which m has forgotten, fill v.",
            lambda beta1, beta2, steps, length: beta1 ** (0.2 * np.arange(steps)[::-1]),
            lambda arguments, output: 1 < _rise(output) < 0.9 * arguments[1] / arguments[0],
        ),
    ),
)


def _rise(gradients):
    """The factor between the last two gradients; 0 where there is none."""
    before, last = np.abs(np.asarray(gradients, float)[-2:])
    return last / before if before > 0 else 0.0


# 6. A valley in other units


def settings(stretch, size):
    """Two rates in the units of theta, then epsilon in those of the gradient."""
    return np.r_[0.45 * stretch, 1e-8 * size / np.max(stretch)]


VALLEY_STEPS = 150


def _judge_settings(arguments, output):
    """Run Adam in the stretched valley from three starts."""
    stretch, size = arguments
    rates, epsilon = np.array(output[:2], float), float(output[2])
    if np.any(rates <= 0) or epsilon < 0:
        return "Rates are positive, and epsilon is at least 0."
    rng = np.random.default_rng(np.r_[stretch, size].view(np.uint32))
    valley = Beale()
    theta = stretch * (np.array([1.0, 1.5]) + rng.uniform(-0.1, 0.1, (3, 2)))
    m = v = np.zeros((3, 2))
    for t in range(1, VALLEY_STEPS + 1):
        gradient = size * valley.gradient(theta / stretch) / stretch
        m, v = 0.9 * m + 0.1 * gradient, 0.999 * v + 0.001 * gradient**2
        root = np.sqrt(v / (1 - 0.999**t)) + epsilon
        theta = theta - rates * np.divide(m, root, out=np.zeros_like(m), where=root > 0) / (
            1 - 0.9**t
        )
    if np.all(valley.value(theta / stretch) < 1e-3):
        return None
    return f"At least one of three runs is not low enough after {VALLEY_STEPS} steps."


def _valleys(kind):
    def draw(rng):
        cases = []
        for sign in (-1, 1):
            stretch = np.full(2, 10 ** (sign * rng.uniform(1, 2)))
            if kind == "two":
                stretch[sign] *= 10 ** rng.uniform(1.5, 2)
            power = rng.uniform(-14, -12) if kind == "tiny" else -sign * rng.uniform(2.5, 3.5)
            size = 10**power * (float(stretch[0]) if kind == "tiny" else 1)
            cases.append((np.array([float(f"{s:.3g}") for s in stretch]), float(f"{size:.3g}")))
        return cases

    return draw


def _valley_answer(rates, epsilon=lambda stretch, size: settings(stretch, size)[2]):
    return lambda stretch, size: np.r_[rates(stretch, size), epsilon(stretch, size)]


def _near(rates, within=1.2):
    """Whether both rates are within a factor of those of a mistake."""

    def matches(arguments, output):
        off = np.array(output[:2], float) / rates(*arguments)
        return bool(np.all((off < within) & (off > 1 / within)))

    return matches


def _valley_mistake(name, hint, rates, within=1.2):
    return tuning_mistake(name, hint, _valley_answer(rates), _near(rates, within))


settings_question = FunctionQuestion(
    key="adam.6",
    title="A valley in other units",
    kind="tune",
    difficulty=2,
    minutes=15,
    needs=("The ravine and Beale's valley", "Where epsilon stands"),
    name="settings",
    reference=settings,
    check="form",
    judge=_judge_settings,
    parts=(
        Part(name="one unit for both", points=1, draw=_valleys("one")),
        Part(name="two units", points=2, draw=_valleys("two")),
        Part(name="a tiny loss", points=1, draw=_valleys("tiny")),
    ),
    mistakes=(
        _valley_mistake(
            "library-default",
            "0.001 is a library's default. How far is it to the minimum in the units of this "
            "valley, and how far do your steps lead?",
            lambda stretch, size: np.full(2, 0.001),
        ),
        _valley_mistake(
            "no-units",
            "Your rates suit the valley of the chapter. A rate has the units of theta: what "
            "becomes of a step if theta is measured in smaller units?",
            lambda stretch, size: np.full(2, 0.45),
            1.6,
        ),
        _valley_mistake(
            "other-way",
            "Your rates become smaller where the valley becomes wider. A gradient would do that.",
            lambda stretch, size: 0.45 / stretch,
            1.6,
        ),
        _valley_mistake(
            "with-the-loss",
            "Your rates grow with the size of the loss. What is left of that size in m over the "
            "root of v?",
            lambda stretch, size: 0.45 * stretch * size,
            1.6,
        ),
        _valley_mistake(
            "against-the-loss",
            "Your rates are those of gradient descent: they fall where the gradient grows. What "
            "is left of the gradient's size in m over the root of v?",
            lambda stretch, size: 0.45 * stretch**2 / size,
            1.6,
        ),
        tuning_mistake(
            "one-for-both",
            "Both coordinates have the same rate, and here their units differ.",
            _valley_answer(lambda stretch, size: np.full(2, 0.45 * np.mean(stretch))),
            lambda arguments, output: output[0] == output[1] and arguments[0][0] != arguments[0][1],
        ),
        tuning_mistake(
            "library-epsilon",
            "Your rates are right. Compare your epsilon with the gradients of this loss.",
            _valley_answer(lambda stretch, size: 0.45 * stretch, lambda stretch, size: 1e-8),
            lambda arguments, output: (
                _near(lambda stretch, size: 0.45 * stretch)(arguments, output)
                and output[2] * np.max(arguments[0]) > 0.1 * arguments[1]
            ),
        ),
        _valley_mistake(
            "too-slow",
            "The units are right and your steps too short: run the valley of the chapter with "
            "your rate and count.",
            lambda stretch, size: 0.1 * stretch,
            1.5,
        ),
    ),
)

# Practice: the notebook shows these solutions

by_hand = ValueQuestion(
    key="adam.p1",
    title="Two corrected averages by hand",
    kind="predict",
    difficulty=1,
    minutes=5,
    needs=("What a start at zero does",),
    name="corrected",
    graded=False,
    points=0,
    value=[4.0, 18.0],
    rtol=1e-6,
    mistakes=(
        Mistake(
            name="uncorrected",
            hint="Those are m and v themselves, which still contain some of the zero at the start.",
            answer=[3.0, 13.5],
        ),
        Mistake(
            name="first-power",
            hint="You correct the second step as the first. How much of the zero is left by then?",
            answer=[6.0, 27.0],
        ),
        Mistake(
            name="plain-mean",
            hint="That is the plain mean. The later gradient counts for more than the first.",
            answer=[4.5, 22.5],
        ),
    ),
)


def _corrected(beta, share):
    return math.ceil(math.log(share / (1 + share)) / math.log(beta))


def _corrections(rng):
    return [(between(rng, 0.8, 0.999, 4), between(rng, 0.005, 0.5)) for _ in range(4)]


correction_question = FunctionQuestion(
    key="adam.p2",
    title="When the correction is over",
    kind="predict",
    difficulty=1,
    minutes=5,
    needs=("What a start at zero does",),
    name="over",
    graded=False,
    reference=_corrected,
    parts=(Part(name="corrections", points=0, draw=_corrections),),
    mistakes=(
        Mistake(
            name="time-constant",
            hint="That is the time constant. How much of the zero is left after it?",
            answer=lambda beta, share: round(1 / (1 - beta)),
        ),
        Mistake(
            name="root",
            hint="You wait for the root. The factor of the average itself is asked for.",
            answer=lambda beta, share: math.ceil(
                math.log(1 - 1 / (1 + share) ** 2) / math.log(beta)
            ),
        ),
    ),
)

scaled = ValueQuestion(
    key="adam.p3",
    title="A loss in cents",
    kind="choice",
    difficulty=1,
    minutes=3,
    needs=("How long a step is",),
    name="choice",
    graded=False,
    points=0,
    options=("a", "b", "c"),
    value="b",
    mistakes=(
        Mistake(
            name="longer",
            hint="So it is with gradient descent. What does Adam divide the gradient by?",
            answer="a",
        ),
        Mistake(
            name="shorter",
            hint="The division makes up for the size of the gradient, and not for its square.",
            answer="c",
        ),
    ),
)

EXERCISE = Exercise(
    name="adam",
    title="Adam",
    questions=(
        by_hand,
        correction_question,
        scaled,
        final_question,
        restart_question,
        bug_question,
        imitate_question,
        push_question,
        settings_question,
    ),
)
