"""The questions on NAdam: references, hidden inputs and the mistakes that get a hint.

The references are variants of what `lecture_code.nadam` has; the tests compare the two where they
must agree. Every function is called with plain data and gives plain data.
"""

import itertools

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

# 1. Nesterov in the shifted variable, where the learning rate changes, too


def shifted_path(theta0, curvature, lrs, mus):
    """Every point at which a gradient is taken, and the one where the next would be."""
    point, m, path = np.array(theta0), np.zeros_like(theta0), [np.array(theta0)]
    rates, shares = lrs.tolist(), mus.tolist()
    for t in range(len(rates) - 1):
        old, g = m, curvature * point
        m = shares[t] * old + g
        back = rates[t] * shares[t] * old
        point = point + back - rates[t] * m - rates[t + 1] * shares[t + 1] * m
        path.append(point)
    return np.array(path)


def _shifted(
    shift=lambda lrs, mus, t: lrs[t + 1] * mus[t + 1],
    use=lambda lrs, mus: (lrs, mus),
    inside=False,
    share=False,
    undo=True,
    shown="ahead",
):
    """A wrong `shifted_path`: theta and its shift apart, with one thing changed.

    shift: how far ahead of theta the next gradient is taken, in units of m.
    """

    def run(theta0, curvature, lrs, mus):
        lrs, mus = ([float(x) for x in values] for values in use(lrs, mus))
        theta, m = np.array(theta0), np.zeros_like(theta0)
        ahead, path = theta, [theta]
        for t in range(len(lrs) - 1):
            g = curvature * ahead
            fresh = (1 - mus[t] if share else 1.0) * g
            m = mus[t] * m + (lrs[t] * fresh if inside else fresh)
            theta = (theta if undo else ahead) - (m if inside else lrs[t] * m)
            ahead = theta - (mus[t + 1] if inside else shift(lrs, mus, t)) * m
            path.append(ahead if shown == "ahead" else theta)
        return np.array(path)

    return run


def _one_line(rule):
    """A wrong `shifted_path` that knows only the shifted point, as the libraries' rule does."""

    def run(theta0, curvature, lrs, mus):
        lrs, mus = lrs.tolist(), mus.tolist()
        point, m, path = np.array(theta0), np.zeros_like(theta0), [np.array(theta0)]
        for t in range(len(lrs) - 1):
            g = curvature * point
            m = mus[t] * m + g
            point = point - lrs[t] * rule(g, m, mus[t], mus[t + 1])
            path.append(point)
        return np.array(path)

    return run


def _start(rng, shape, dtype=float, size=0.0):
    """theta0 and curvatures; with a size, units in which theta is large and the loss flat."""
    theta0 = rng.uniform(0.5, 2, shape).round(2) * rng.choice([-1, 1], shape)
    curvature = rng.uniform(0.2, 2, shape).round(2)
    scale = 10.0**size
    return np.asarray(theta0 * scale, dtype), np.asarray(curvature / scale**2, dtype)


def _count(rng):
    return int(rng.integers(6, 11))


def _varied(rng, low, high, count):
    return rng.uniform(low, high, count).round(2)


def _nesterov_constant(rng):
    cases = []
    for shape, count in (((2,), 3), ((), _count(rng)), ((2, 3), _count(rng))):
        lr, mu = between(rng, 0.1, 0.4), between(rng, 0.5, 0.9)
        cases.append((*_start(rng, shape), np.full(count, lr), np.full(count, mu)))
    return cases


def _nesterov_momentum(rng):
    cases = []
    for shape, count in (((2,), 3), ((3,), _count(rng)), ((), _count(rng))):
        lrs = np.full(count, between(rng, 0.1, 0.4))
        cases.append((*_start(rng, shape), lrs, _varied(rng, 0.3, 0.95, count)))
    return cases


def _nesterov_rate(rng):
    cases = []
    for shape, dtype, size in (
        ((2,), float, 0),
        ((2, 2), np.float32, 0),
        ((), float, 6),
        ((3,), float, -2),
    ):
        count = 3 if shape == (2,) else _count(rng)
        theta0, curvature = _start(rng, shape, dtype, size)
        lrs = _varied(rng, 0.1, 0.5, count) * 10.0 ** (2 * size)
        cases.append((theta0, curvature, lrs, _varied(rng, 0.3, 0.95, count)))
    cases[-1][0][1] = 0.0
    return cases


shifted_question = FunctionQuestion(
    key="nadam.1",
    title="One gradient a step",
    kind="implement",
    difficulty=2,
    minutes=18,
    needs=("From the look-ahead point to the parameters",),
    name="shifted_path",
    reference=shifted_path,
    parts=(
        Part(name="constant rate and momentum", points=1, draw=_nesterov_constant),
        Part(name="a momentum that changes", points=1, draw=_nesterov_momentum),
        Part(name="both change; units and float32", points=1, draw=_nesterov_rate),
    ),
    rtol=1e-8,
    atol=1e-6,
    mistakes=(
        Mistake(
            name="heavy-ball",
            hint=(
                "Your gradients are taken where theta is: that is momentum without the look ahead. "
                "Where would the next step lead if its gradient were zero?"
            ),
            answer=_shifted(lambda lrs, mus, t: 0.0),
        ),
        Mistake(
            name="looks-back",
            hint=(
                "Your gradients are taken behind theta. The step subtracts the momentum: on which "
                "side of theta does it lead?"
            ),
            answer=_shifted(lambda lrs, mus, t: -lrs[t + 1] * mus[t + 1]),
        ),
        Mistake(
            name="whole-momentum",
            hint="You look a whole momentum ahead. How much of m does the next step keep?",
            answer=_shifted(lambda lrs, mus, t: lrs[t + 1]),
        ),
        Mistake(
            name="shows-theta",
            hint=(
                "Your run is right and shows theta itself. The points at which the gradients are "
                "taken are asked for."
            ),
            answer=_shifted(shown="theta"),
        ),
        Mistake(
            name="not-undone",
            hint=(
                "Your step starts from the point ahead, which has the old momentum in it already: "
                "it is subtracted twice."
            ),
            answer=_shifted(undo=False),
        ),
        Mistake(
            name="average",
            hint="Your momentum is an average, with a factor of 1 - mu; here it is a sum.",
            answer=_shifted(share=True),
        ),
        Mistake(
            name="momentum-of-now",
            hint=(
                "Right while the momentum is constant. You look ahead with the momentum of the "
                "step that has just been made: which step is the look ahead for?"
            ),
            answer=_shifted(lambda lrs, mus, t: lrs[t] * mus[t]),
        ),
        Mistake(
            name="one-late",
            hint=(
                "Right while the momentum is constant: your step t uses the momentum of step t + 1 "
                "from its start."
            ),
            answer=_shifted(use=lambda lrs, mus: (lrs, [*mus[1:], mus[-1]])),
        ),
        Mistake(
            name="rate-of-now",
            hint=(
                "Right while the rate is constant. The next step will multiply m by a rate of its "
                "own, and the look ahead is for that step."
            ),
            answer=_shifted(lambda lrs, mus, t: lrs[t] * mus[t + 1]),
        ),
        Mistake(
            name="libraries-momentum",
            hint=(
                "Right while the momentum is constant, and the rule of the libraries. Write the "
                "definition of the shifted point down for two steps: whose momentum is in each?"
            ),
            answer=_one_line(lambda g, m, now, after: g + now * m),
        ),
        Mistake(
            name="libraries-rate",
            hint=(
                "Right while the rate is constant. Write the definition of the shifted point down "
                "for two steps: which rate is in each? Your rule has only one of them."
            ),
            answer=_one_line(lambda g, m, now, after: g + after * m),
        ),
        Mistake(
            name="rate-inside",
            hint=(
                "Right while the rate is constant. You have the rate inside the momentum; here "
                "the rate of a step multiplies the whole sum."
            ),
            answer=_shifted(inside=True),
        ),
    ),
)

# 2. NAdam with a momentum of its own for every step, as in the paper


def nadam_final(theta0, gradients, lr, mus, beta2, epsilon):
    """theta after all gradients; step t averages with mus[t - 1] and looks ahead with mus[t]."""
    theta, left = np.array(theta0), 1.0
    m, v = np.zeros_like(theta), np.zeros_like(theta)
    shares = mus.tolist()
    for t, gradient in enumerate(gradients, start=1):
        mu, mu_next = shares[t - 1], shares[t]
        left = left * mu
        m = mu * m + (1 - mu) * gradient
        v = beta2 * v + (1 - beta2) * np.square(gradient)
        above = mu_next * m / (1 - left * mu_next) + (1 - mu) * gradient / (1 - left)
        theta = theta - lr * above / (np.sqrt(v / (1 - beta2**t)) + epsilon)
    return theta


def _above(m, g, now, after, zero, zero_next):
    return after * m / (1 - zero_next) + (1 - now) * g / (1 - zero)


def _final(
    above=_above,
    use=lambda mus: mus,
    keep=lambda mus, t: mus[t - 1],
    zero=lambda mus, t: np.prod(mus[:t]),
    root=lambda v, unbiased, epsilon: np.sqrt(v / unbiased) + epsilon,
):
    """A wrong `nadam_final`. above: what stands above the root; use: other mus for all of it;
    keep: the share of m that step t keeps; zero: what t steps are said to leave of the start."""

    def run(theta0, gradients, lr, mus, beta2, epsilon):
        theta, m, v = np.array(theta0), np.zeros_like(theta0), np.zeros_like(theta0)
        mus = [float(mu) for mu in use(mus)]
        for t, g in enumerate(gradients, start=1):
            kept = keep(mus, t)
            m, v = kept * m + (1 - kept) * g, beta2 * v + (1 - beta2) * g * g
            zeros = float(zero(mus, t)), float(zero(mus, t + 1))
            up = above(m, g, mus[t - 1], mus[t], *zeros)
            theta = theta - lr * up / root(v, 1 - beta2**t, epsilon)
        return theta

    return run


def _nadam_constant(rng):
    def mus(count):
        return np.full(count, between(rng, 0.5, 0.9))

    return [
        adam_run(rng, (2,), mus(3), ahead=1),
        adam_run(rng, (), mus(_count(rng)), ahead=1),
        adam_run(rng, (2, 3), mus(_count(rng)), ahead=1),
    ]


def _nadam_changing(rng):
    def rising(count):
        return between(rng, 0.8, 0.95) * (1 - 0.5 * between(rng, 0.4, 0.8) ** np.arange(count))

    return [
        adam_run(rng, (2,), _varied(rng, 0.3, 0.9, 3), ahead=1),
        adam_run(rng, (3,), rising(_count(rng)), ahead=1),
        adam_run(rng, (), _varied(rng, 0.3, 0.9, 7), ahead=1),
    ]


final_question = FunctionQuestion(
    key="nadam.2",
    title="A momentum for every step",
    kind="implement",
    difficulty=2,
    minutes=18,
    needs=("The same in Adam's average", "Bias correction with products", "The algorithm"),
    name="nadam_final",
    reference=nadam_final,
    parts=(
        Part(name="a constant momentum", points=1, draw=_nadam_constant),
        Part(name="a momentum that changes", points=2, draw=_nadam_changing),
        Part(
            name="epsilon, extreme gradients, float32",
            points=1,
            draw=lambda rng: adam_extremes(rng, _count, ahead=1),
        ),
    ),
    rtol=1e-7,
    atol=1e-6,
    mistakes=(
        Mistake(
            name="adam",
            hint="That is Adam: what stands above your root is its average, without a look ahead.",
            answer=_final(lambda m, g, now, after, zero, zero_next: m / (1 - zero)),
        ),
        Mistake(
            name="one-divisor",
            hint=(
                "Both of your parts have the same divisor. Which gradients are in the part that "
                "looks ahead, and whose momentum has multiplied them?"
            ),
            answer=_final(
                lambda m, g, now, after, zero, zero_next: (after * m + (1 - now) * g) / (1 - zero)
            ),
        ),
        Mistake(
            name="one-later-divisor",
            hint=(
                "Both of your parts are divided as if one more step had been made. That is so for "
                "the part that looks ahead; the newest gradient is of this step."
            ),
            answer=_final(
                lambda m, g, now, after, zero, zero_next: (
                    (after * m + (1 - now) * g) / (1 - zero_next)
                )
            ),
        ),
        Mistake(
            name="divisors-swapped",
            hint="Your two parts have the right divisors, each the other's.",
            answer=_final(
                lambda m, g, now, after, zero, zero_next: _above(m, g, now, after, zero_next, zero)
            ),
        ),
        Mistake(
            name="uncorrected",
            hint=(
                "What stands above your root is not corrected for the start at zero, and your "
                "first steps are too short."
            ),
            answer=_final(
                lambda m, g, now, after, zero, zero_next: _above(m, g, now, after, 0.0, 0.0)
            ),
        ),
        Mistake(
            name="v-uncorrected",
            hint="Your v is not corrected for its start at zero: your first steps are too long.",
            answer=_final(root=lambda v, unbiased, epsilon: np.sqrt(v) + epsilon),
        ),
        Mistake(
            name="uphill",
            hint="You go up: the gradient points uphill, and a step is subtracted.",
            answer=lambda theta0, gradients, lr, mus, beta2, epsilon: nadam_final(
                theta0, gradients, -lr, mus, beta2, epsilon
            ),
        ),
        Mistake(
            name="whole-gradient",
            hint=(
                "Your newest gradient enters whole. Gradients that are all the same should in the "
                "end make steps as long as the rate: count the shares."
            ),
            answer=_final(
                lambda m, g, now, after, zero, zero_next: _above(m, g, 0.0, after, zero, zero_next)
            ),
        ),
        Mistake(
            name="momentum-of-now",
            hint=(
                "Right while the momentum is constant. You look ahead with the momentum of the "
                "present step: for which step is the look ahead?"
            ),
            answer=_final(
                lambda m, g, now, after, zero, zero_next: _above(m, g, now, now, zero, zero * now)
            ),
        ),
        Mistake(
            name="power",
            hint=(
                "Right while the momentum is constant. You correct with powers of one momentum: "
                "how much of the zero at the start have all the steps left over?"
            ),
            answer=_final(zero=lambda mus, t: mus[t - 1] ** t),
        ),
        Mistake(
            name="average-of-the-libraries",
            hint=(
                "Right while the momentum is constant. Your average m goes on with the first "
                "momentum, and only the look ahead follows the list."
            ),
            answer=_final(keep=lambda mus, t: mus[0]),
        ),
        Mistake(
            name="one-late",
            hint="Right while the momentum is constant: your step t begins with mus[t].",
            answer=_final(use=lambda mus: [*mus[1:], mus[-1]]),
        ),
        Mistake(
            name="epsilon-inside",
            hint=(
                "Right as long as epsilon does not count. The question adds epsilon to the root: "
                "is yours under it?"
            ),
            answer=_final(root=lambda v, unbiased, epsilon: np.sqrt(v / unbiased + epsilon)),
        ),
        Mistake(
            name="epsilon-hat",
            hint=(
                "Right as long as epsilon does not count. You add epsilon before v is corrected; "
                "the question adds it after."
            ),
            answer=_final(
                root=lambda v, unbiased, epsilon: (np.sqrt(v) + epsilon) / np.sqrt(unbiased)
            ),
        ),
    ),
)

# 3. Find the bug: the notes' rule, whose old gradients carry the learning rate twice


def rate_once(gradients, lrs, beta1, beta2, epsilon):
    """Where all gradients lead from 0; the rate of a step multiplies all of it, once."""
    theta, m, v = (np.zeros_like(gradients[0]) for _ in range(3))
    for t, (gradient, lr) in enumerate(zip(gradients, lrs.tolist(), strict=True), start=1):
        m = beta1 * m + (1 - beta1) * gradient
        v = beta2 * v + (1 - beta2) * np.square(gradient)
        above = beta1 * m + (1 - beta1) * gradient
        theta = theta - lr * above / (np.sqrt(v / (1 - beta2**t)) + epsilon)
    return theta


def _rate(
    enters=lambda g, lr, beta1: (1 - beta1) * g,
    above=lambda u, g, lr, beta1: lr * (beta1 * u + (1 - beta1) * g),
    use=lambda lrs: lrs,
    correct=False,
    inside=False,
):
    """A wrong `rate_once`. enters: what a gradient adds to u; above: what is over the root."""

    def run(gradients, lrs, beta1, beta2, epsilon):
        theta, u, v = (np.zeros_like(gradients[0]) for _ in range(3))
        for t, (g, lr) in enumerate(zip(gradients, map(float, use(lrs)), strict=True), start=1):
            u = beta1 * u + enters(g, lr, beta1)
            v = beta2 * v + (1 - beta2) * g * g
            v_hat = v / (1 - beta2**t)
            root = np.sqrt(v_hat + epsilon) if inside else np.sqrt(v_hat) + epsilon
            up = above(u, g, lr, beta1)
            if correct:
                up = lr * _above(u, g, beta1, beta1, beta1**t, beta1 ** (t + 1))
            theta = theta - up / root
        return theta

    return run


def _divided_first(gradients, lrs, beta1, beta2, epsilon):
    """Every gradient is divided by the root of its own step, and then averaged."""
    theta, u, v = (np.zeros_like(gradients[0]) for _ in range(3))
    for t, (g, lr) in enumerate(zip(gradients, lrs.tolist(), strict=True), start=1):
        v = beta2 * v + (1 - beta2) * g * g
        scaled = (1 - beta1) * g / (np.sqrt(v / (1 - beta2**t)) + epsilon)
        u = beta1 * u + scaled
        theta = theta - lr * (beta1 * u + scaled)
    return theta


def _rates_of(rng, count, changing=False):
    if changing:
        return rng.uniform(0.02, 0.8, count).round(3)
    return np.full(count, between(rng, 0.02, 0.5))


def _betas(rng):
    return between(rng, 0.6, 0.95), between(rng, 0.9, 0.99)


def _steady(rng):
    cases = []
    for shape, count in (((2,), 2), ((), 12), ((2, 3), 60)):
        slope = signed_gradients(rng, 1, shape)[0] * 10.0 ** rng.integers(-6, 7)
        lrs = _rates_of(rng, count)
        cases.append((np.broadcast_to(slope, (count, *shape)).copy(), lrs, *_betas(rng), 1e-16))
    return cases


def _unsteady(rng):
    cases = []
    for shape, dtype in (((2,), float), ((), float), ((2, 3), np.float32), ((3,), float)):
        count = 3 if shape == (2,) else int(rng.integers(8, 14))
        gradients = signed_gradients(rng, count, shape, dtype)
        cases.append((gradients, _rates_of(rng, count), *_betas(rng), 1e-12))
    return cases


def _changing_rates(rng):
    cases = []
    for shape, dtype in (((2,), float), ((), float), ((2, 2), np.float32)):
        count = 3 if shape == (2,) else int(rng.integers(8, 14))
        gradients = signed_gradients(rng, count, shape, dtype)
        lrs = _rates_of(rng, count, changing=True)
        cases.append((gradients, lrs, *_betas(rng), between(rng, 0.05, 0.3)))
    return cases


bug_question = FunctionQuestion(
    key="nadam.3",
    title="Repair a rate that counts twice",
    kind="find the bug",
    difficulty=2,
    minutes=14,
    needs=("The learning rate, twice",),
    name="rate_once",
    reference=rate_once,
    parts=(
        Part(name="a steady slope", points=1, draw=_steady),
        Part(name="gradients that change", points=1, draw=_unsteady),
        Part(name="a rate that changes, epsilon", points=1, draw=_changing_rates),
    ),
    rtol=1e-6,
    atol=1e-7,
    mistakes=(
        Mistake(
            name="as-shipped",
            hint=(
                "That is the shipped rule: old gradients are multiplied by a rate when they enter "
                "and by a rate when they are used. What should enter?"
            ),
            answer=_rate(enters=lambda g, lr, beta1: lr * g),
        ),
        Mistake(
            name="wrong-one-removed",
            hint=(
                "Old gradients now meet a rate once, and the newest one meets none: its part of "
                "the step does not become shorter with the rate."
            ),
            answer=_rate(
                enters=lambda g, lr, beta1: lr * g,
                above=lambda u, g, lr, beta1: beta1 * u + (1 - beta1) * g,
            ),
        ),
        Mistake(
            name="sum",
            hint=(
                "Your steps are in proportion to the rate now, and on a steady slope they become "
                "several rates long: is yours a sum or an average?"
            ),
            answer=_rate(enters=lambda g, lr, beta1: g),
        ),
        Mistake(
            name="share-and-rate",
            hint=(
                "Yours is an average now, of gradients that are still multiplied by a rate as they "
                "enter, and once more when they are used."
            ),
            answer=_rate(enters=lambda g, lr, beta1: lr * (1 - beta1) * g),
        ),
        Mistake(
            name="no-look-ahead",
            hint="You took the look ahead out with the second rate: what is left is an average.",
            answer=_rate(above=lambda u, g, lr, beta1: lr * u),
        ),
        Mistake(
            name="corrected",
            hint=(
                "You correct the average of gradients, as the chapter does. The function of this "
                "question leaves it as it is; only v is corrected."
            ),
            answer=_rate(correct=True),
        ),
        Mistake(
            name="divides-first",
            hint=(
                "Right on a steady slope. You divide each gradient by the root of its own step "
                "before it is averaged; the question divides afterwards."
            ),
            answer=_divided_first,
        ),
        Mistake(
            name="rate-inside",
            hint=(
                "Right while the rate is constant. Your old gradients carry the rate with which "
                "they came; the question wants the rate of the present step for all of it."
            ),
            answer=_rate(
                enters=lambda g, lr, beta1: lr * (1 - beta1) * g,
                above=lambda u, g, lr, beta1: beta1 * u + lr * (1 - beta1) * g,
            ),
        ),
        Mistake(
            name="first-rate",
            hint="Right while the rate is constant: your run uses the first one throughout.",
            answer=_rate(use=lambda lrs: np.full_like(lrs, lrs[0])),
        ),
        Mistake(
            name="epsilon-inside",
            hint="Right where epsilon does not count. It is added to the root, not under it.",
            answer=_rate(inside=True),
        ),
    ),
)

# 4. When Adam and NAdam turn round


def turning(beta1, before, ratio):
    """The steps after the change at which Adam and NAdam first go the other way."""
    m, found = 1 - beta1**before, [0, 0]
    k = 0
    while 0 in found:
        k += 1
        t = before + k
        m = beta1 * m - (1 - beta1) * ratio
        ahead = beta1 * m / (1 - beta1 ** (t + 1)) - (1 - beta1) * ratio / (1 - beta1**t)
        found = [was or (k if up < 0 else 0) for was, up in zip(found, (m, ahead), strict=True)]
    return found


def _turning(
    ahead=lambda m, beta1, ratio, t: (
        beta1 * m / (1 - beta1 ** (t + 1)) - (1 - beta1) * ratio / (1 - beta1**t)
    ),
    start=lambda beta1, before: 1 - beta1**before,
    slope=lambda ratio: ratio,
    result=lambda adam, nadam, before: [adam, nadam],
):
    """A wrong `turning`. ahead: what stands above NAdam's root; start: m at the change."""

    def run(beta1, before, ratio):
        ratio, m, k, adam, nadam = slope(ratio), start(beta1, before), 0, 0, 0
        while not (adam and nadam):
            k += 1
            m = beta1 * m - (1 - beta1) * ratio
            adam = adam or (k if m < 0 else 0)
            nadam = nadam or (k if ahead(m, beta1, ratio, before + k) < 0 else 0)
        return result(adam, nadam, before)

    return run


def _plain(m, beta1, ratio, t):
    return beta1 * m - (1 - beta1) * ratio


_uncorrected = _turning(_plain)
_settled = _turning(start=lambda beta1, before: 1.0)
_forever = _turning(_plain, start=lambda beta1, before: 1.0)


def _change(rng, low, high, keep):
    """A beta1, steps before the change and a ratio; no answer hangs on a rounded digit."""
    while True:
        ratio = round(float(np.exp(rng.uniform(np.log(0.15), np.log(1.8)))), 3)
        case = between(rng, 0.8, 0.985), int(rng.integers(low, high)), ratio
        near = [turning(*case[:2], ratio * factor) for factor in (1, 0.999, 1.001)]
        if near[0] == near[1] == near[2] and keep(case, near[0]):
            return case


def _long_runs(rng):
    return [_change(rng, 1000, 3000, lambda case, found: found[0] > 5) for _ in range(4)]


def _short_runs(rng):
    """In the first two of these NAdam turns two steps before Adam."""

    def two(case, found):
        return found != _uncorrected(*case) and found[0] > 3 and _settled(*case) != _forever(*case)

    def any_gap(case, found):
        return found not in (_settled(*case), _forever(*case)) and found[0] > 3

    return [_change(rng, 3, 13, keep) for keep in (two, two, any_gap, any_gap)]


turning_question = FunctionQuestion(
    key="nadam.4",
    title="Who turns round first",
    kind="predict",
    difficulty=2,
    minutes=14,
    needs=("The same in Adam's average", "Bias correction with products"),
    name="turning",
    reference=turning,
    check="form",
    parts=(
        Part(name="after a long run", points=1, draw=_long_runs),
        Part(name="after a short run", points=2, draw=_short_runs),
    ),
    rtol=1e-6,
    mistakes=(
        Mistake(
            name="forever",
            hint=(
                "Right after a long run. After a few steps no divisor is 1 yet, and the average "
                "has not reached the slope: there is less to turn round."
            ),
            answer=_forever,
        ),
        Mistake(
            name="settled",
            hint=(
                "Right after a long run. You correct an average that starts at the whole slope at "
                "the change. After a few steps m itself is smaller than what it is corrected to."
            ),
            answer=_settled,
        ),
        Mistake(
            name="one-divisor",
            hint=(
                "Right after a long run. After a few steps NAdam is not always one step earlier: "
                "its two parts have divisors of their own, and one of the parts gains by it."
            ),
            answer=_uncorrected,
        ),
        Mistake(
            name="same",
            hint="Your two methods always turn together. What does NAdam add above the root?",
            answer=_turning(result=lambda adam, nadam, before: [adam, adam]),
        ),
        Mistake(
            name="swapped",
            hint="Both numbers are right, in the wrong order: Adam's comes first.",
            answer=_turning(result=lambda adam, nadam, before: [nadam, adam]),
        ),
        Mistake(
            name="from-zero",
            hint="You count from 0. The step with the first gradient of the new sign is step 1.",
            answer=_turning(result=lambda adam, nadam, before: [adam - 1, nadam - 1]),
        ),
        Mistake(
            name="from-the-start",
            hint="You count all steps of the run. Count from the change.",
            answer=_turning(
                result=lambda adam, nadam, before: [before + adam, before + nadam],
            ),
        ),
        Mistake(
            name="no-ratio",
            hint="Yours is the answer for a slope that only changes its sign. It changes its size.",
            answer=_turning(slope=lambda ratio: 1.0),
        ),
        Mistake(
            name="whole-gradient",
            hint=(
                "Your Adam is right. In your NAdam the newest gradient enters whole: what is its "
                "share?"
            ),
            answer=_turning(
                lambda m, beta1, ratio, t: (
                    beta1 * m / (1 - beta1 ** (t + 1)) - ratio / (1 - beta1**t)
                )
            ),
        ),
    ),
)

# 5. The gradients with which Adam's average is what NAdam has above its root


def adam_sees(gradients, mus):
    """x such that the average of x with mus[t - 1] is mus[t] m + (1 - mus[t - 1]) g in step t."""
    m = above = np.zeros_like(gradients[0])
    seen, shares = [], mus.tolist()
    for t, gradient in enumerate(gradients):
        mu, last = shares[t], above
        m = mu * m + (1 - mu) * gradient
        above = shares[t + 1] * m + (1 - mu) * gradient
        seen.append((above - mu * last) / (1 - mu))
    return np.array(seen)


def _seen(
    look=lambda mus, t: mus[t + 1],
    use=lambda mus: mus,
    result=lambda above, last, mu: (above - mu * last) / (1 - mu),
):
    """A wrong `adam_sees`. look: the momentum ahead; result: from what is above the root."""

    def run(gradients, mus):
        m = above = np.zeros_like(gradients[0])
        seen, mus = [], [float(mu) for mu in use(mus)]
        for t, g in enumerate(gradients):
            last, m = above, mus[t] * m + (1 - mus[t]) * g
            above = look(mus, t) * m + (1 - mus[t]) * g
            seen.append(result(above, last, mus[t]))
        return np.array(seen)

    return run


def _extrapolated(factor, first=0.0):
    """A wrong `adam_sees`: the gradient and a factor times its change.

    first: the share of the first gradient that its own predecessor is taken for.
    """

    def run(gradients, mus):
        old = np.concatenate([first * gradients[:1], gradients[:-1]])
        return np.array(
            [
                g + float(factor(mus, t)) * (g - last)
                for t, (g, last) in enumerate(zip(gradients, old, strict=True))
            ],
            dtype=gradients.dtype,
        )

    return run


def _streams(changing):
    def draw(rng):
        cases = []
        for shape, dtype in (((2,), float), ((), float), ((2, 3), np.float32), ((3,), float)):
            count = 3 if shape == (2,) else _count(rng)
            low = 0.0 if changing else 0.3
            mus = _varied(rng, low, 0.9, count)
            gradients = signed_gradients(rng, count - 1, shape, dtype)
            if shape == (3,):
                gradients = gradients * np.array([1e9, 1.0, 0.0])
            cases.append((gradients, mus if changing else np.full(count, mus[0])))
        return cases

    return draw


seen_question = FunctionQuestion(
    key="nadam.5",
    title="What Adam would have to see",
    kind="analyze",
    difficulty=3,
    minutes=14,
    needs=("Momentum one step ahead", "The same in Adam's average"),
    name="adam_sees",
    reference=adam_sees,
    parts=(
        Part(name="a constant momentum", points=1, draw=_streams(False)),
        Part(name="a momentum that changes", points=2, draw=_streams(True)),
    ),
    rtol=1e-7,
    atol=1e-5,
    mistakes=(
        Mistake(
            name="unchanged",
            hint=(
                "With the gradients themselves Adam's average is m. What NAdam has above its root "
                "is m one step ahead."
            ),
            answer=lambda gradients, mus: gradients.copy(),
        ),
        Mistake(
            name="above-the-root",
            hint=(
                "Those are NAdam's numbers above the root. Adam averages what it sees: which "
                "gradients have these averages?"
            ),
            answer=_seen(result=lambda above, last, mu: above),
        ),
        Mistake(
            name="not-divided",
            hint=(
                "Your numbers are what each gradient adds to the average. Adam multiplies a "
                "gradient by something before it adds it."
            ),
            answer=_seen(result=lambda above, last, mu: above - mu * last),
        ),
        Mistake(
            name="divided-only",
            hint="You forget that Adam's average keeps a share of what it was one step before.",
            answer=_seen(result=lambda above, last, mu: above / (1 - mu)),
        ),
        Mistake(
            name="plain-first",
            hint=(
                "Look at your first gradient. Before it both averages are zero: for which earlier "
                "gradient does that stand?"
            ),
            answer=_extrapolated(lambda mus, t: mus[t], first=1.0),
        ),
        Mistake(
            name="lags",
            hint="You weaken the newest gradient. Does a look ahead make it count more or less?",
            answer=_extrapolated(lambda mus, t: -mus[t]),
        ),
        Mistake(
            name="whole-difference",
            hint="You carry the whole change of the gradient on. A look ahead keeps a share of it.",
            answer=_extrapolated(lambda mus, t: 1.0),
        ),
        Mistake(
            name="formula-now",
            hint=(
                "Right while the momentum is constant. Write the two averages down with mus[t - 1] "
                "and mus[t] where they belong, and go step by step instead of using a formula."
            ),
            answer=_extrapolated(lambda mus, t: mus[t]),
        ),
        Mistake(
            name="formula-next",
            hint=(
                "Right while the momentum is constant. Yours is its formula with the momentum of "
                "the next step: when the momentum changes, all of m enters."
            ),
            answer=_extrapolated(lambda mus, t: mus[t + 1]),
        ),
        Mistake(
            name="momentum-of-now",
            hint=(
                "Right while the momentum is constant. In what NAdam has above its root, m is "
                "multiplied by the momentum of another step than yours."
            ),
            answer=_seen(look=lambda mus, t: mus[t]),
        ),
        Mistake(
            name="one-late",
            hint="Right while the momentum is constant: your step t begins with mus[t].",
            answer=_seen(use=lambda mus: [*mus[1:], mus[-1]]),
        ),
    ),
)

# 6. A momentum that rises so that no early step is much too long


def gentle(beta1, steps, limit):
    """The momentum of steps 1 to steps + 1; every step is longer by the same share."""
    return beta1 * np.arange(steps + 1) / steps


def lengths(mus):
    """The lengths of the steps on a constant slope, in units of the rate; epsilon is 0."""
    m, left, found = 0.0, 1.0, []
    for mu, mu_next in itertools.pairwise(mus):
        left = left * mu
        m = mu * m + (1 - mu)
        found.append(mu_next * m / (1 - left * mu_next) + (1 - mu) / (1 - left))
    return np.array(found)


def _judge_gentle(arguments, output):
    beta1, _, limit = arguments
    mus = np.asarray(output, float)
    if np.any(mus < 0) or np.any(mus > beta1 * (1 + 1e-9)):
        return "No momentum is below 0 or above beta1."
    if abs(mus[-1] - beta1) > 1e-6:
        return "The last momentum has to be beta1."
    if lengths(mus).max() <= limit * (1 + 1e-9):
        return None
    return "At least one of your steps is longer than the limit."


def _limits(excess):
    def draw(rng):
        cases = []
        for _ in range(3):
            beta1, steps = between(rng, 0.75, 0.92), int(rng.integers(15, 31))
            limit = 1 + excess(beta1, steps)
            cases.append((beta1, steps, float(f"{limit:.5f}")))
        return cases

    return draw


def _below_constant(beta1, steps):
    """Between the first step of a constant momentum and that of half of it, rising."""
    return 0.85 * (lengths(np.full(2, beta1))[0] - 1)


def _matches(test):
    """Whether momenta from 0 to beta1 that end there have a property; x is their share of it."""

    def matches(arguments, output):
        x = np.asarray(output, float) / arguments[0]
        allowed = x.min() >= 0 and x.max() < 1 + 1e-5 and x[-1] > 1 - 1e-5
        return bool(allowed and test(x, len(x) - 1))

    return matches


gentle_question = FunctionQuestion(
    key="nadam.6",
    title="A start without a jolt",
    kind="tune",
    difficulty=3,
    minutes=15,
    needs=("Bias correction with products", "Dozat's warm schedule"),
    name="gentle",
    reference=gentle,
    check="form",
    judge=_judge_gentle,
    parts=(
        Part(name="better than a constant", points=1, draw=_limits(_below_constant)),
        Part(name="much better", points=1, draw=_limits(lambda b, n: 2.3 * b / n)),
        Part(
            name="hardly longer than the rate", points=2, draw=_limits(lambda b, n: 1.012 * b / n)
        ),
    ),
    mistakes=(
        tuning_mistake(
            "constant",
            "Your momentum is the same in every step: the first step is the longest. Let it rise.",
            lambda beta1, steps, limit: np.full(steps + 1, beta1),
            _matches(lambda x, n: np.allclose(x, 1, atol=1e-3)),
        ),
        tuning_mistake(
            "at-once",
            "Your momentum rises to beta1 in one go. The step before the rise looks ahead with "
            "all of it.",
            lambda beta1, steps, limit: np.r_[0.0, np.full(steps, beta1)],
            _matches(lambda x, n: x[0] < 0.5 and np.max(np.diff(x)) > 0.9),
        ),
        tuning_mistake(
            "starts-halfway",
            "Your momentum rises, and the first of it is large already: the first step is the "
            "longest. How small may the first momentum be?",
            lambda beta1, steps, limit: np.linspace(beta1 / 2, beta1, steps + 1),
            _matches(lambda x, n: 0.2 < x[0] < 0.99),
        ),
        tuning_mistake(
            "fast-then-slow",
            "Your momentum rises fast at first and slowly later. Print the lengths of all steps: "
            "where is the longest one, and where is room?",
            lambda beta1, steps, limit: beta1 * np.sqrt(np.arange(steps + 1) / steps),
            _matches(
                lambda x, n: (
                    x[0] <= 0.2
                    and x[n // 2] > 0.55
                    and x[n - 1] < 0.9999
                    and np.diff(x).max() <= 0.9
                )
            ),
        ),
        tuning_mistake(
            "slow-then-fast",
            "Your momentum rises slowly at first and fast later. Print the lengths of all steps: "
            "where is the longest one, and where is room?",
            lambda beta1, steps, limit: beta1 * (np.arange(steps + 1) / steps) ** 2,
            _matches(lambda x, n: x[n // 2] < 0.45 and np.max(np.diff(x)) <= 0.9),
        ),
        tuning_mistake(
            "arrives-early",
            "Your momentum arrives before the last step and then stays. Use all the steps to rise.",
            lambda beta1, steps, limit: np.minimum(
                beta1, beta1 * np.arange(steps + 1) / (steps // 2)
            ),
            _matches(lambda x, n: x[0] <= 0.2 and x[n - 1] >= 0.9999 and np.max(np.diff(x)) <= 0.9),
        ),
        tuning_mistake(
            "small-but-not-zero",
            "Your rise is even, and the first step is still longer than the others: it feels two "
            "momenta, its own and the next.",
            lambda beta1, steps, limit: np.linspace(beta1 / (steps + 1), beta1, steps + 1),
            _matches(
                lambda x, n: 1e-6 < x[0] <= 0.2 and np.ptp(np.diff(x)) < 0.1 * np.diff(x).max()
            ),
        ),
        tuning_mistake(
            "never-arrives",
            "Your last momentum is not beta1: the schedule has not arrived after these steps.",
            lambda beta1, steps, limit: beta1 * (1 - 0.5 * 0.96 ** np.arange(1, steps + 2)),
            lambda arguments, output: 0.05 < 1 - output[-1] / arguments[0] < 0.999,
        ),
    ),
)

# Practice: the notebook shows these solutions

by_hand = ValueQuestion(
    key="nadam.p1",
    title="Two steps by hand",
    kind="predict",
    difficulty=1,
    minutes=5,
    needs=("Bias correction with products",),
    name="bar_m",
    graded=False,
    points=0,
    value=[8.0, 0.25 / 0.875 - 1 / 0.75],
    rtol=1e-3,
    mistakes=(
        Mistake(
            name="adam",
            hint="Those are the corrected averages of Adam, without a look ahead.",
            answer=[6.0, 2 / 3],
        ),
        Mistake(
            name="one-divisor",
            hint="You divide both parts by the same number. Each has the divisor of its own step.",
            answer=[9.0, -1.0],
        ),
        Mistake(
            name="uncorrected",
            hint="Those are not corrected yet: how much of the zero at the start is left?",
            answer=[4.5, -0.75],
        ),
    ),
)


def _momentum_at(beta1, psi, t):
    return beta1 * (1 - 0.5 * 0.96 ** (psi * t))


def _schedules(rng):
    cases = []
    for low, high in ((0.001, 0.01), (0.1, 1), (0.001, 0.01), (0.5, 2)):
        cases.append(
            (between(rng, 0.7, 0.99), between(rng, low, high, 4), int(rng.integers(2, 99)))
        )
    return cases


schedule_question = FunctionQuestion(
    key="nadam.p2",
    title="The momentum of a step",
    kind="predict",
    difficulty=1,
    minutes=4,
    needs=("Dozat's warm schedule",),
    name="momentum_at",
    graded=False,
    reference=_momentum_at,
    parts=(Part(name="schedules", points=0, draw=_schedules),),
    mistakes=(
        Mistake(
            name="constant",
            hint="That is where the schedule ends. Where is it on its way there?",
            answer=lambda beta1, psi, t: beta1,
        ),
        Mistake(
            name="from-zero",
            hint="Your first step is t = 0. The first step is t = 1.",
            answer=lambda beta1, psi, t: _momentum_at(beta1, psi, t - 1),
        ),
        Mistake(
            name="no-half",
            hint="Your schedule starts near 0. What share of beta1 does it start with?",
            answer=lambda beta1, psi, t: beta1 * (1 - 0.96 ** (psi * t)),
        ),
        Mistake(
            name="psi-in-front",
            hint="Your psi multiplies the power. It belongs in the exponent, with t.",
            answer=lambda beta1, psi, t: beta1 * (1 - 0.5 * psi * 0.96**t),
        ),
    ),
)

gradients_question = ValueQuestion(
    key="nadam.p3",
    title="How many gradients",
    kind="choice",
    difficulty=1,
    minutes=3,
    needs=("From the look-ahead point to the parameters",),
    name="choice",
    graded=False,
    points=0,
    options=("a", "b", "c"),
    value="b",
    mistakes=(
        Mistake(
            name="two",
            hint="Go through the step: where is the gradient at the first of your points used?",
            answer="a",
        ),
        Mistake(
            name="at-theta",
            hint="That is momentum. What would then be different from it?",
            answer="c",
        ),
    ),
)

EXERCISE = Exercise(
    name="nadam",
    title="NAdam",
    questions=(
        by_hand,
        schedule_question,
        gradients_question,
        shifted_question,
        final_question,
        bug_question,
        turning_question,
        seen_question,
        gentle_question,
    ),
)
