"""The questions on second-order methods: references, hidden inputs and mistakes with hints.

The references are variants of what `lecture_code.second_order` has; the tests compare the two
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
from lecture_code.objectives import Beale, Bowl

# 1. Conjugate gradients that know the diagonal


def scaled_cg(A, b, theta0, steps, tolerance):
    """Conjugate gradients on A theta = b, each gradient divided by the diagonal of A."""
    theta, diagonal = np.array(theta0, float), np.diag(A)
    g = A @ theta - b
    scaled = g / diagonal
    p = -scaled
    for _ in range(steps):
        if np.linalg.norm(g) <= tolerance:
            return theta
        Ap, before = A @ p, g @ scaled
        length = before / (p @ Ap)
        theta, g = theta + length * p, g + length * Ap
        scaled = g / diagonal
        p = -scaled + (g @ scaled) / before * p
    return theta


def _cg(
    divide=lambda g, diagonal: g / diagonal,
    later=None,
    product=lambda g, scaled: (g @ scaled, g @ scaled),
    turn=lambda new, old: new / old,
    done=lambda g, scaled, tolerance: np.linalg.norm(g) <= tolerance,
    from_zero=False,
    more=0,
    away=False,
):
    """A wrong `scaled_cg`. later: how gradients after the first are divided, if otherwise;
    product: what stands in the length and in beta; turn: beta of the new and the old."""

    def run(A, b, theta0, steps, tolerance):
        theta, diagonal = np.array(theta0, float) * (not from_zero), np.diag(A)
        g = A @ theta - b
        scaled = divide(g, diagonal)
        p = scaled if away else -scaled
        for _ in range(steps + more):
            if done(g, scaled, tolerance):
                break
            (top, old), Ap = product(g, scaled), A @ p
            length = top / (p @ Ap)
            theta, g = theta + length * p, g + length * Ap
            scaled = (later or divide)(g, diagonal)
            p = (scaled if away else -scaled) + turn(product(g, scaled)[1], old) * p
        return theta

    return run


def _matrix(rng, d, scale=0.0):
    """Symmetric positive definite; the diagonal is 1, or spans `scale` powers of ten."""
    B = rng.normal(size=(d, d + 3))
    A = B @ B.T
    size = 10 ** rng.permutation(np.linspace(-scale / 2, scale / 2, d))
    size = size / np.diag(A) ** 0.5 if scale == 0 else (size / np.diag(A)) ** 0.5
    A = A * np.outer(size, size)
    A = (A + A.T) / 2
    if scale == 0:
        np.fill_diagonal(A, 1.0)
    return A


def _system(rng, d, steps, scale):
    A = _matrix(rng, d, scale)
    theta0, b = rng.normal(size=d).round(2) + 0.5, (3 * rng.normal(size=d)).round(2)
    return A, b, theta0, steps, 0.0


def _ones(rng):
    return [_system(rng, 2, 1, 0.0), _system(rng, 5, 4, 0.0), _system(rng, 8, 4, 0.0)]


def _one_step(rng):
    return [_system(rng, d, 1, scale) for d, scale in ((2, 1.0), (4, 2.0), (6, 4.0))]


def _several_steps(rng):
    return [_system(rng, d, steps, scale) for d, steps, scale in ((3, 2, 1), (6, 4, 2), (10, 5, 4))]


def _met_on_the_way(rng, d, stop):
    """The tolerance is first met after `stop` steps; s is far smaller than g."""
    while True:
        A, b, theta0, _, _ = _system(rng, d, 0, 2.0)
        A, b, theta0 = 40 * A, 1600 * b, 40 * theta0
        *before, last = (
            float(np.linalg.norm(A @ scaled_cg(A, b, theta0, steps, 0.0) - b))
            for steps in range(stop + 1)
        )
        if last < 0.5 * min(before):
            return A, b, theta0, d, float(np.sqrt(last * min(before)).round(1))


def _stops(rng):
    """A tolerance that is met on the way, twice; a start that is exact; one dimension."""
    cases = [_met_on_the_way(rng, 6, 2), _met_on_the_way(rng, 8, 3)]
    A = np.array([[4.0, 1, 0], [1, 3, 1], [0, 1, 5]]) * int(rng.integers(1, 4))
    theta0 = rng.integers(1, 6, 3).astype(float)
    curvature, right = rng.uniform(0.5, 3, (1, 1)), rng.uniform(1, 2, 1)
    cases.append((A, A @ theta0, theta0, 4, 0.0))
    cases.append((1e6 * curvature, right, right, 5, 1e-6))
    return cases


def _norm_squared(g, s, tolerance):
    return g @ g <= tolerance


def _norm_of_s(g, s, tolerance):
    return np.linalg.norm(s) <= tolerance


cg_question = FunctionQuestion(
    key="second_order.1",
    title="Conjugate gradients that know the diagonal",
    kind="implement",
    difficulty=2,
    minutes=20,
    needs=("Conjugate gradients",),
    name="scaled_cg",
    reference=scaled_cg,
    parts=(
        Part(name="a diagonal of ones", points=1, draw=_ones),
        Part(name="one step", points=1, draw=_one_step),
        Part(name="several steps", points=1, draw=_several_steps),
        Part(name="stopping in time", points=1, draw=_stops),
    ),
    rtol=1e-6,
    atol=1e-9,
    mistakes=(
        Mistake(
            name="plain",
            hint=(
                "Right where the diagonal is 1: this is the chapter's method, and the diagonal "
                "of A does not enter."
            ),
            answer=_cg(divide=lambda g, diagonal: g),
        ),
        Mistake(
            name="root",
            hint=(
                "Right where the diagonal is 1: you divide by the roots of the diagonal. s has to "
                "be a Newton step for each coordinate alone."
            ),
            answer=_cg(divide=lambda g, diagonal: g / np.sqrt(diagonal)),
        ),
        Mistake(
            name="multiplied",
            hint=(
                "Right where the diagonal is 1. Your s is largest where the curvature is large: "
                "should the step be long there?"
            ),
            answer=_cg(divide=lambda g, diagonal: g * diagonal),
        ),
        Mistake(
            name="only-at-the-start",
            hint=(
                "Your first step is right. The directions after it are built from the gradient "
                "as it is: s belongs to every step."
            ),
            answer=_cg(
                later=lambda g, diagonal: g,
                product=lambda g, s: (g @ s, g @ s),
            ),
        ),
        Mistake(
            name="beta-without-s",
            hint=(
                "Your first step is right and your second direction is not conjugate to it: look "
                "at the two products in your beta."
            ),
            answer=_cg(product=lambda g, s: (g @ s, g @ g)),
        ),
        Mistake(
            name="products-without-s",
            hint=(
                "Right where the diagonal is 1. Your first step has the right direction and the "
                "wrong length: which product stands above the product of p and A p?"
            ),
            answer=_cg(product=lambda g, s: (g @ g, g @ g)),
        ),
        Mistake(
            name="no-beta",
            hint=(
                "Your first step is right. After it you go along -s alone: the direction before "
                "has no part in the new one."
            ),
            answer=_cg(turn=lambda new, old: 0.0),
        ),
        Mistake(
            name="beta-upside-down",
            hint=(
                "Your first step is right. Your beta grows when the gradient shrinks: which of "
                "the two products belongs above?"
            ),
            answer=_cg(turn=lambda new, old: old / new),
        ),
        Mistake(
            name="away",
            hint="Your first direction leads uphill: the first p is -s, as the gradient points up.",
            answer=_cg(away=True),
        ),
        Mistake(
            name="from-zero",
            hint="Your run starts at zero, wherever theta0 is.",
            answer=_cg(from_zero=True),
        ),
        Mistake(
            name="one-step-less",
            hint="You make one step less than `steps` asks for.",
            answer=_cg(more=-1),
        ),
        Mistake(
            name="one-step-more",
            hint="You make one step more than `steps` asks for.",
            answer=_cg(more=1),
        ),
        Mistake(
            name="squared-norm",
            hint=(
                "You stop at the wrong step: the tolerance is for the length of the gradient. "
                "The product of g with itself is its square."
            ),
            answer=_cg(done=_norm_squared),
        ),
        Mistake(
            name="norm-of-s",
            hint=(
                "You stop at the wrong step: the tolerance is for g. You compare the length of "
                "what the division by the diagonal makes of it."
            ),
            answer=_cg(done=_norm_of_s),
        ),
        Mistake(
            name="strictly-below",
            hint=(
                "Where the gradient and the tolerance are both exactly zero, your run goes on and "
                "divides zero by zero: `at most` includes `equal`."
            ),
            answer=_cg(done=lambda g, s, tolerance: np.linalg.norm(g) < tolerance),
        ),
        Mistake(
            name="never-stops",
            hint=(
                "Your run does not stop when the tolerance is met. Where the gradient is exactly "
                "zero, the next step is 0/0."
            ),
            answer=_cg(done=lambda g, s, tolerance: False),
        ),
    ),
)

# 2. Leaving a saddle


def leaving(h, damping, lr, y0, distance):
    """What a step multiplies y by where the curvature is -h, and after which step it is away."""
    factor = 1 - lr * h / (h - damping)
    return [float(factor), _steps(factor, y0, distance)]


def _steps(factor, y0, distance, ceil=math.ceil):
    if abs(factor) <= 1:
        return -1
    return int(ceil(math.log(distance / abs(y0)) / math.log(abs(factor))))


def _without_test(factor, y0, distance):
    return math.ceil(math.log(distance / abs(y0)) / math.log(abs(factor)))


def _without_absolute(h, damping, lr, y0, distance):
    """Waits until y itself is at +distance or, from a negative start, at -distance."""
    factor, steps = leaving(h, damping, lr, y0, distance)
    return [factor, steps + (factor < 0 and steps % 2)]


def _leaving(factor, count=_steps):
    def run(h, damping, lr, y0, distance):
        each = float(factor(h, damping, lr))
        return [each, count(each, y0, distance)]

    return run


def _right(h, damping, lr):
    return 1 - lr * h / (h - damping)


def _start(rng, factor, steps=None):
    """A start and a distance which the given number of steps reaches, and is not close to."""
    steps = int(rng.integers(3, 40)) if steps is None else steps
    y0 = float(rng.choice([-1, 1])) * between(rng, 0.0001, 0.01, 5)
    growth = abs(factor) if abs(factor) > 1 else 4.0
    return y0, float(abs(y0) * growth ** (steps - rng.uniform(0.3, 0.7)))


def _above(rng):
    cases = []
    for ratio, lr in ((2, 1.0), (5, 0.5), (50, 1.0)):
        h = between(rng, 0.3, 6)
        damping = round(h * ratio * float(rng.uniform(0.8, 1.2)), 3)
        cases.append((h, damping, lr, *_start(rng, _right(h, damping, lr))))
    return cases


def _below(rng):
    """Escapes with an odd and an even number of steps, and three that are attracted."""
    cases = []
    escapes = ((0.6, 0.8, 1.0, 5), (0.85, 0.95, 0.4, 6))
    for low, high, lr, least in (*escapes, (0.1, 0.4, 1.0, 5), (0.62, 0.75, 0.4, 5)):
        h = between(rng, 0.3, 6)
        damping = round(h * float(rng.uniform(low, high)), 3)
        steps = least + 2 * int(rng.integers(0, 4))
        cases.append((h, damping, lr, *_start(rng, _right(h, damping, lr), steps)))
    return cases


leaving_question = FunctionQuestion(
    key="second_order.2",
    title="Leaving a saddle",
    kind="predict",
    difficulty=3,
    minutes=12,
    needs=("The saddle attracts",),
    name="leaving",
    reference=leaving,
    check="form",
    parts=(
        Part(name="damping above h", points=1, draw=_above),
        Part(name="damping below h", points=2, draw=_below),
    ),
    rtol=1e-6,
    mistakes=(
        Mistake(
            name="always-attracted-below",
            hint=(
                "You take every damping below h for attraction. The factor tells: how large is "
                "it when the damping comes near h, and what does its sign mean for the distance?"
            ),
            answer=lambda h, damping, lr, y0, distance: (
                leaving(h, damping, lr, y0, distance)
                if damping > h
                else [_right(h, damping, lr), -1]
            ),
        ),
        Mistake(
            name="without-the-absolute-value",
            hint=(
                "Where y jumps from side to side you miss the steps on the other side. The "
                "distance from the saddle has no sign."
            ),
            answer=_without_absolute,
        ),
        Mistake(
            name="never-tested",
            hint=(
                "Your count is right where y gets away, and negative where it does not: test "
                "first whether the distance grows at all."
            ),
            answer=_leaving(_right, _without_test),
        ),
        Mistake(
            name="absolute-factor",
            hint=(
                "Your factor has lost its sign: with damping below h, on which side of the saddle "
                "is y after the step?"
            ),
            answer=_leaving(lambda h, damping, lr: abs(_right(h, damping, lr))),
        ),
        Mistake(
            name="damping-as-in-a-bowl",
            hint=(
                "You add the damping to h. The curvature along y is -h: which number is the "
                "gradient divided by?"
            ),
            answer=_leaving(lambda h, damping, lr: 1 - lr * h / (h + damping)),
        ),
        Mistake(
            name="uphill",
            hint=(
                "The change has the right size and the wrong sign: the step is minus the rate "
                "times the gradient, divided by the curvature with its damping."
            ),
            answer=_leaving(lambda h, damping, lr: 1 + lr * h / (h - damping)),
        ),
        Mistake(
            name="gradient-descent",
            hint="That is what gradient descent does. Newton's method divides by the curvature.",
            answer=_leaving(lambda h, damping, lr: 1 + lr * h),
        ),
        Mistake(
            name="undamped",
            hint="Your factor does not depend on the damping, and so y never gets away.",
            answer=_leaving(lambda h, damping, lr: 1 - lr),
        ),
        Mistake(
            name="step-not-factor",
            hint=(
                "Your first number is the step divided by y. The factor is the new y divided by "
                "the old one."
            ),
            answer=_leaving(lambda h, damping, lr: -lr * h / (h - damping)),
        ),
        Mistake(
            name="one-less",
            hint=(
                "Your factors are right and your count is one too small: after that many steps y "
                "is not there yet."
            ),
            answer=_leaving(_right, lambda *given: _steps(*given, ceil=math.floor)),
        ),
        Mistake(
            name="one-more",
            hint=(
                "Your factors are right and your count is one too large: y is there one step "
                "earlier."
            ),
            answer=_leaving(_right, lambda *given: _steps(*given, ceil=lambda n: math.ceil(n) + 1)),
        ),
    ),
)

# 3. Find the bug: a shift that is meant to make every curvature positive


def shifted_newton(theta, g, H, lr, floor):
    """A Newton step with the smallest damping that lifts every curvature to `floor`."""
    damping = np.maximum(0, floor - np.linalg.eigvalsh(H)[..., :1])
    lifted = H + damping[..., None] * np.eye(theta.shape[-1])
    return theta - lr * np.linalg.solve(lifted, g[..., None])[..., 0]


def _smallest(H):
    return np.linalg.eigvalsh(H)[..., 0]


def _shifted(shift, sign=-1):
    """A wrong `shifted_newton`. shift(H, floor): the damping of each run."""

    def run(theta, g, H, lr, floor):
        damping = np.asarray(shift(H, floor))[..., None, None]
        step = np.linalg.solve(H + damping * np.eye(theta.shape[-1]), g[..., None])[..., 0]
        return theta + sign * lr * step

    return run


def _absolute(theta, g, H, lr, floor):
    """Every curvature made positive in place: the chapter's way."""
    values, Q = np.linalg.eigh(H)
    along = np.swapaxes(Q, -1, -2) @ g[..., None]
    along = along / np.maximum(np.abs(values), floor)[..., None]
    return theta - lr * (Q @ along)[..., 0]


def _hessian(rng, curvatures):
    Q, _ = np.linalg.qr(rng.normal(size=(len(curvatures), len(curvatures))))
    H = Q @ np.diag(curvatures) @ Q.T
    return (H + H.T) / 2


def _at_a_saddle(rng, d, floor):
    """Some curvatures below -floor, which the diagonal shows, the others well above it."""
    while True:
        down = rng.uniform(1, 3, d // 2)
        up = rng.uniform(4, 8, d - d // 2)
        H = _hessian(rng, np.r_[-down, up])
        if np.diag(H).min() < -floor:
            return H


def _at_a_flat_saddle(rng, d, floor):
    """The negative curvature is smaller than `floor`, and the smallest in absolute value too."""
    return _hessian(rng, np.r_[-floor * rng.uniform(0.3, 0.6), rng.uniform(4, 8, d - 1)])


def _saddles(rng):
    cases = []
    for d, lr, draw in (
        (2, 1.0, _at_a_saddle),
        (3, 1.0, _at_a_flat_saddle),
        (5, 0.5, _at_a_saddle),
    ):
        floor = between(rng, 0.1, 0.4)
        H, theta = draw(rng, d, floor), rng.normal(size=d).round(2)
        cases.append((theta, rng.normal(size=d).round(2), H, lr, floor))
    return cases


def _many_runs(rng):
    """A steep bowl, a bowl too flat, a flat direction and saddles, each one run of several."""
    d, floor = 3, between(rng, 0.2, 0.5)
    bowls = [rng.uniform(1, 6, d), np.r_[floor * rng.uniform(0.2, 0.7), rng.uniform(1, 6, d - 1)]]
    flat = np.r_[0.0, rng.uniform(1, 6, d - 1)]
    hessians = np.stack(
        [
            *(_hessian(rng, curvatures) for curvatures in (*bowls, flat)),
            *(_at_a_saddle(rng, d, floor) for _ in range(2)),
        ]
    )
    order = rng.permutation(5)
    theta, g = rng.normal(size=(2, 5, d)).round(2)
    first = theta, g, hessians[order], between(rng, 0.3, 1), floor
    size = 10 ** rng.uniform(5, 7)
    second = theta[:2], size * g[:2], size * hessians[[0, 3]], 1.0, size * floor
    narrow = tuple(np.asarray(x, np.float32) for x in (theta[2:], g[2:], hessians[[4, 1, 0]]))
    return [first, second, (*narrow, 0.5, floor)]


bug_question = FunctionQuestion(
    key="second_order.3",
    title="Repair a Newton step that shifts the curvatures",
    kind="find the bug",
    difficulty=2,
    minutes=12,
    needs=("The saddle attracts",),
    name="shifted_newton",
    reference=shifted_newton,
    parts=(
        Part(name="at a saddle", points=2, draw=_saddles),
        Part(name="bowls, flat directions and saddles in one call", points=1, draw=_many_runs),
    ),
    rtol=1e-6,
    atol=1e-9,
    mistakes=(
        Mistake(
            name="shipped",
            hint=(
                "At a saddle your shift is too small or none, and the step still goes to the "
                "saddle. What do you do to the curvatures before you take the smallest?"
            ),
            answer=_shifted(
                lambda H, floor: np.maximum(0, floor - np.abs(np.linalg.eigvalsh(H)).min(axis=-1))
            ),
        ),
        Mistake(
            name="always-shifts",
            hint=(
                "At a saddle this is right. A bowl that is steep enough needs no shift, and yours "
                "makes it flatter: the shift is never negative."
            ),
            answer=_shifted(lambda H, floor: floor - _smallest(H)),
        ),
        Mistake(
            name="only-if-negative",
            hint=(
                "At a saddle this is right. A curvature that is zero or positive and below "
                "`floor` has to be lifted as well."
            ),
            answer=_shifted(
                lambda H, floor: np.where(
                    _smallest(H) < -1e-3 * floor, floor - _smallest(H), 1e-9 * floor
                )
            ),
        ),
        Mistake(
            name="one-shift-for-all",
            hint=(
                "One run alone is right. Of several runs each has its own matrix and needs its "
                "own shift; yours is the same for all."
            ),
            answer=_shifted(
                lambda H, floor: np.full(H.shape[:-2], max(0.0, floor - np.min(_smallest(H))))
            ),
        ),
        Mistake(
            name="no-floor",
            hint=(
                "Your smallest curvature is lifted to zero and not to `floor`: the matrix is then "
                "singular, or all but."
            ),
            answer=_shifted(lambda H, floor: np.maximum(0, -_smallest(H)) + 1e-9 * floor),
        ),
        Mistake(
            name="no-shift",
            hint="This is Newton's plain step: at a saddle it goes to the saddle.",
            answer=_shifted(lambda H, floor: np.full(H.shape[:-2], 1e-9 * floor)),
        ),
        Mistake(
            name="smallest-of-the-diagonal",
            hint=(
                "You take the smallest number on the diagonal for the smallest curvature. On a "
                "turned saddle they differ, and the diagonal may hide the negative one."
            ),
            answer=_shifted(
                lambda H, floor: np.maximum(
                    0, floor - np.diagonal(H, axis1=-2, axis2=-1).min(axis=-1)
                )
            ),
        ),
        Mistake(
            name="absolute-curvatures",
            hint=(
                "You take each curvature's absolute value, as the chapter's damped method does. "
                "Here all curvatures of a matrix are shifted by one and the same number."
            ),
            answer=_absolute,
        ),
        Mistake(
            name="uphill",
            hint="The shift is right and the step goes the wrong way: look at its sign.",
            answer=_shifted(lambda H, floor: np.maximum(0, floor - _smallest(H)), sign=1),
        ),
    ),
)

# 4. Which method sees a linear map of the parameters?


def gaps(condition, angle, M, theta0, lr, damping, steps):
    """The largest distance between a run in theta and one in z, of three methods."""
    bowl = Bowl(condition, angle)
    H = bowl.hessian(np.zeros(2))
    result = []
    for method in ("newton", "descent", "adagrad"):
        theta, z = np.array(theta0, float), np.linalg.solve(M, theta0)
        sums, largest = np.zeros((2, 2)), 0.0
        for _ in range(steps):
            moves = []
            for row, (g, curvature) in enumerate(
                (
                    (bowl.gradient(theta), H),
                    (M.T @ bowl.gradient(M @ z), M.T @ H @ M),
                )
            ):
                sums[row] += g * g
                if method == "newton":
                    g = np.linalg.solve(curvature + damping * np.eye(2), g)
                elif method == "adagrad":
                    g = g / (np.sqrt(sums[row]) + 1e-10)
                moves.append(lr * g)
            theta, z = theta - moves[0], z - moves[1]
            largest = max(largest, float(np.linalg.norm(theta - M @ z)))
        result.append(largest)
    return result


def _gaps(
    down=lambda M, g: M.T @ g,
    around=lambda M, H: M.T @ H @ M,
    start=lambda M, theta: np.linalg.solve(M, theta),
    back=lambda M, z: M @ z,
    size=np.linalg.norm,
    over=max,
    damp=lambda M, mapped: np.eye(2),
    full=False,
    shared=False,
):
    """A wrong `gaps`. down, around: the gradient and the Hessian in z; back: z in theta's units."""

    def path(bowl, M, theta0, lr, damping, steps, method, mapped):
        point = start(M, theta0) if mapped else np.array(theta0)
        H, s, points = bowl.hessian(np.zeros(2)), np.zeros(2), []
        H = around(M, H) if mapped else H
        for _ in range(steps):
            g = down(M, bowl.gradient(M @ point)) if mapped else bowl.gradient(point)
            s = s + (np.sum(g * g) if shared else g * g)
            if method == 0:
                g = np.linalg.solve(H + damping * damp(M, mapped), g)
            if method == 2:
                g = g / (np.sqrt(s) + 1e-10)
            point = point - (1.0 if full and method == 0 else lr) * g
            points.append(back(M, point) if mapped else point)
        return points

    def run(condition, angle, M, theta0, lr, damping, steps):
        result = []
        for method in range(3):
            given = Bowl(condition, angle), M, theta0, lr, damping, steps, method
            pairs = zip(path(*given, False), path(*given, True), strict=True)
            result.append(float(over([size(one - other) for one, other in pairs])))
        return result

    return run


def _turn(angle):
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s], [s, c]])


def _map_case(rng, M, damping=0.0, steps=None):
    theta0 = rng.choice([-1, 1], 2) * rng.uniform(0.5, 1.5, 2)
    return (
        *(between(rng, 2, 6), between(rng, 0.2, 1.2)),
        *(np.asarray(M, float).round(3), theta0.round(2)),
        *(between(rng, 0.08, 0.12), damping),
        int(rng.integers(15, 30)) if steps is None else steps,
    )


def _exact(rng, angle, damping=0.0, steps=None):
    """A rotation that is not rounded: 0 is 0."""
    case = list(_map_case(rng, np.eye(2), damping, steps))
    case[2] = _turn(angle)
    return tuple(case)


def _rotations(rng):
    return [
        _exact(rng, between(rng, *span), steps=n) for span, n in (((0.4, 1.2), 2), ((1.9, 2.7), 40))
    ]


def _stretches(rng):
    pairs = (
        [rng.uniform(0.4, 0.7), rng.uniform(1.1, 1.5)],
        [rng.uniform(1.1, 1.5), rng.uniform(0.4, 0.7)],
    )
    return [_map_case(rng, np.diag(pair), steps=n) for pair, n in zip(pairs, (2, 40), strict=True)]


def _damped_maps(rng):
    shears = [
        np.array([[rng.uniform(0.8, 1.2), rng.uniform(0.4, 0.7)], [0, rng.uniform(0.5, 0.9)]])
        for _ in range(2)
    ]
    return [
        _map_case(rng, shears[0], between(rng, 0.5, 2)),
        _map_case(rng, shears[1].T, between(rng, 0.5, 2), 60),
        _exact(rng, between(rng, 0.4, 1.2), between(rng, 0.5, 2)),
    ]


gaps_question = FunctionQuestion(
    key="second_order.4",
    title="Which method sees a linear map of the parameters?",
    kind="analyze",
    difficulty=2,
    minutes=18,
    needs=("Angles and scales drop out",),
    name="gaps",
    reference=gaps,
    parts=(
        Part(name="rotations", points=1, draw=_rotations),
        Part(name="stretched axes", points=1, draw=_stretches),
        Part(name="damping, and any map", points=1, draw=_damped_maps),
    ),
    rtol=1e-6,
    atol=1e-9,
    mistakes=(
        Mistake(
            name="gradient-not-mapped",
            hint=(
                "You use the gradient at M z as it is. With respect to z it is another one: the "
                "chain rule brings in M once."
            ),
            answer=_gaps(down=lambda M, g: g),
        ),
        Mistake(
            name="not-transposed",
            hint=(
                "Right for stretched axes, where M equals its transpose. The chain rule "
                "multiplies the gradient by which of the two?"
            ),
            answer=_gaps(down=lambda M, g: M @ g, around=lambda M, H: M @ H @ M.T),
        ),
        Mistake(
            name="hessian-not-mapped",
            hint=(
                "Only Newton's gap is wrong: the Hessian with respect to z is not the one with "
                "respect to theta. The chain rule brings in M twice."
            ),
            answer=_gaps(around=lambda M, H: H),
        ),
        Mistake(
            name="start-not-mapped",
            hint=(
                "Your two runs start at different points of the surface: the start in z is the "
                "one that M takes to theta0."
            ),
            answer=_gaps(start=lambda M, theta: np.array(theta)),
        ),
        Mistake(
            name="not-mapped-back",
            hint=(
                "You subtract z from theta. They are coordinates of different kinds: compare "
                "where they are on the surface."
            ),
            answer=_gaps(back=lambda M, z: z),
        ),
        Mistake(
            name="last-step-only",
            hint=(
                "You compare the ends of the runs. All of them come near the minimum: the largest "
                "distance lies on the way."
            ),
            answer=_gaps(over=lambda sizes: sizes[-1]),
        ),
        Mistake(
            name="largest-coordinate",
            hint=(
                "You take the larger of the two coordinates' differences. The distance between "
                "two points is the length of their difference."
            ),
            answer=_gaps(size=lambda difference: np.max(np.abs(difference))),
        ),
        Mistake(
            name="one-sum-for-both",
            hint=(
                "AdaGrad's gap is wrong: both coordinates share one sum of squares, and such a "
                "method does not see a rotation. Each coordinate has its own."
            ),
            answer=_gaps(shared=True),
        ),
        Mistake(
            name="undamped",
            hint=(
                "Right without damping. With it your two Newton runs still agree: each has to add "
                "the same multiple of the identity to the Hessian of its own coordinates."
            ),
            answer=_gaps(damp=lambda M, mapped: 0.0),
        ),
        Mistake(
            name="damped-in-theta-only",
            hint=(
                "Right without damping. With it, one of your two Newton runs is damped and the "
                "other is not."
            ),
            answer=_gaps(damp=lambda M, mapped: 0.0 if mapped else np.eye(2)),
        ),
        Mistake(
            name="full-step",
            hint=(
                "Right without damping, where any rate gives Newton's method the same gap. With "
                "damping it shows: your Newton step does not have the rate `lr`."
            ),
            answer=_gaps(full=True),
        ),
    ),
)

# 5. Coordinate descent between bounds


def bounded_descent(A, b, theta0, low, high, sweeps):
    """Each coordinate in turn to its lowest point between its bounds."""
    theta = np.array(theta0, float)
    low, high = (np.broadcast_to(bound, A.shape[:1]) for bound in (low, high))
    for _ in range(sweeps):
        for i in range(len(A)):
            slope = theta @ A[i] - b[i]
            theta[..., i] = np.clip(theta[..., i] - slope / A[i, i], low[i], high[i])
    return theta


def _bounded(
    at_once=False,
    keep=lambda new, old, low, high: np.clip(new, low, high),
    unclipped=False,
    at_the_end=False,
    coordinates=lambda d, sweep: range(d),
    sign=-1,
    curvature=lambda A, i: A[i, i],
    less=0,
):
    """A wrong `bounded_descent`. keep: what becomes of a new coordinate; unclipped: the slopes
    do not see the bounds; coordinates: those that a sweep visits."""

    def run(A, b, theta0, low, high, sweeps):
        theta, d = np.array(theta0, float), len(A)
        low, high = np.zeros(d) + low, np.zeros(d) + high
        slopes = theta @ A + sign * b
        for sweep in range(sweeps - less):
            for i in coordinates(d, sweep):
                old = theta[..., i].copy()
                new = old - slopes[..., i] / curvature(A, i)
                theta[..., i] = new if at_the_end else keep(new, old, low[i], high[i])
                moved = new - old if unclipped else theta[..., i] - old
                slopes = slopes + (0 if at_once else moved[..., None] * A[i])
            if at_once:
                slopes = theta @ A + sign * b
        return np.clip(theta, low, high) if at_the_end else theta

    return run


def _clipped_move(new, old, low, high):
    return old + np.clip(new - old, low, high)


def _program(rng, d, sweeps, shape=(), bounds=None, coupling=0.7):
    """A dense matrix with unequal diagonal, a start within the bounds, which a minimum is not."""
    C = rng.normal(size=(d, d + 1))
    C = C @ C.T
    C = C / np.sqrt(np.outer(np.diag(C), np.diag(C)))
    size = rng.uniform(1, 2, d)
    A = ((coupling * C + (1 - coupling) * np.eye(d)) * np.outer(size, size)).round(3)
    b = (rng.choice([-1, 1], d) * rng.uniform(1, 4, d)).round(2)
    theta0 = rng.uniform(-0.3, 0.3, (*shape, d)).round(2)
    low, high = bounds(d) if bounds else (-1e9, 1e9)
    case = A, b, theta0, low, high, sweeps
    theta = bounded_descent(*case)
    stopped = ((theta == low) | (theta == high)).mean()
    if bounds and not 0.2 <= stopped <= 0.7:
        return _program(rng, d, sweeps, shape, bounds, coupling)
    return case


def _unbounded(rng):
    return [_program(rng, d, sweeps) for d, sweeps in ((2, 2), (5, 3), (9, 4))]


def _one_interval(rng):
    def bounds(d):
        return -between(rng, 0.6, 1.4), between(rng, 0.6, 1.4)

    return [_program(rng, d, sweeps, bounds=bounds) for d, sweeps in ((3, 2), (5, 5), (8, 6))]


def _own_intervals(rng):
    def bounds(d):
        return -rng.uniform(0.4, 1.8, d).round(2), rng.uniform(0.4, 1.8, d).round(2)

    A, b, theta0, low, high, sweeps = _program(rng, 4, 2, bounds=bounds)
    size = float(10 ** rng.integers(5, 8))
    return [
        _program(rng, 5, 5, (3,), bounds),
        _program(rng, 6, 4, (2, 2), bounds),
        (A * size, b, theta0 / size, low / size, high / size, sweeps),
    ]


bounded_question = FunctionQuestion(
    key="second_order.5",
    title="Coordinate descent between bounds",
    kind="implement",
    difficulty=2,
    minutes=15,
    needs=("Coordinate descent",),
    name="bounded_descent",
    reference=bounded_descent,
    parts=(
        Part(name="bounds far away", points=1, draw=_unbounded),
        Part(name="bounds that are felt", points=1, draw=_one_interval),
        Part(name="bounds for each coordinate, several runs", points=1, draw=_own_intervals),
    ),
    rtol=1e-8,
    atol=1e-12,
    mistakes=(
        Mistake(
            name="no-bounds",
            hint=(
                "Right where the bounds are far away: this is the chapter's method, and nothing "
                "keeps a coordinate between its bounds."
            ),
            answer=_bounded(keep=lambda new, old, low, high: new),
        ),
        Mistake(
            name="clipped-at-the-end",
            hint=(
                "Right where the bounds are far away. Your point lies between the bounds and is "
                "not the lowest there: the others have to see at once where one was stopped."
            ),
            answer=_bounded(at_the_end=True),
        ),
        Mistake(
            name="unclipped-slopes",
            hint=(
                "Right where the bounds are far away. Your slopes take a coordinate that was "
                "stopped at its bound to be where it wanted to go."
            ),
            answer=_bounded(unclipped=True),
        ),
        Mistake(
            name="clipped-move",
            hint=(
                "Right where the bounds are far away. The bounds are for the place of a "
                "coordinate; you keep its move between them."
            ),
            answer=_bounded(keep=_clipped_move),
        ),
        Mistake(
            name="jacobi",
            hint=(
                "All your coordinates move with the slopes from the start of the sweep. Each has "
                "to see where those before it have gone."
            ),
            answer=_bounded(at_once=True),
        ),
        Mistake(
            name="backwards",
            hint="You go through the coordinates from the last to the first.",
            answer=_bounded(coordinates=lambda d, sweep: range(d)[::-1]),
        ),
        Mistake(
            name="two-variables",
            hint=(
                "Only your first two coordinates move. The method is not limited to two: a sweep "
                "visits all."
            ),
            answer=_bounded(coordinates=lambda d, sweep: range(min(d, 2))),
        ),
        Mistake(
            name="one-coordinate-a-sweep",
            hint=(
                "You move one coordinate and call it a sweep. A sweep moves every coordinate once."
            ),
            answer=_bounded(coordinates=lambda d, sweep: (sweep % d,)),
        ),
        Mistake(
            name="sign-of-b",
            hint="The slope is that of the quadratic as it is written: look at the sign of b.",
            answer=_bounded(sign=1),
        ),
        Mistake(
            name="not-divided",
            hint=(
                "You step by the slope itself. How far is it along coordinate i to the point "
                "where the slope is zero?"
            ),
            answer=_bounded(curvature=lambda A, i: 1.0),
        ),
        Mistake(
            name="one-sweep-less",
            hint="You make one sweep less than `sweeps` asks for.",
            answer=_bounded(less=1),
        ),
    ),
)

# 6. A damping with the right units

START, FIRST, LAST, TARGET = (1.0, 1.0), 15, 8, 1e-12


def dampings(width, height):
    """A curvature is a height over a width squared; at the end none is needed."""
    return [45.0 * height / width**2, 0.0]


def newton_losses(width, height, values, starts):
    """The final losses over `height` of Newton's method on height * Beale(theta / width)."""
    beale, theta = Beale(), width * np.asarray(starts)
    with np.errstate(all="ignore"):
        for damping in np.repeat(values, (FIRST, LAST)):
            H = height / width**2 * beale.hessian(theta / width) + damping * np.eye(2)
            g = height / width * beale.gradient(theta / width)
            # By Cramer's rule: a singular matrix gives infinity, not an exception.
            (a, b), (c, d) = np.moveaxis(H, (-2, -1), (0, 1))
            solved = np.stack([d * g[..., 0] - b * g[..., 1], a * g[..., 1] - c * g[..., 0]], -1)
            theta = theta - solved / (a * d - b * c)[..., None]
        return beale.value(theta / width)


def _judge_dampings(arguments, output):
    values = np.asarray(output, float)
    if np.any(values < 0):
        return "A damping is zero or positive."
    rng = np.random.default_rng(np.array(arguments).view(np.uint32))  # starts of its own per case
    starts = np.array(START) + rng.uniform(-0.03, 0.03, (3, 2))
    if np.all(newton_losses(*arguments, values, starts) < TARGET):
        return None
    return f"After {FIRST + LAST} steps at least one of three runs is not below the target."


def _surface(rng, width_power, height_power):
    powers = np.array([width_power, height_power])
    powers = powers + rng.uniform(-0.05, 0.05, 2) * (powers != 0)
    return tuple(float(x) for x in 10**powers)


def _widths(rng):
    return [_surface(rng, 0.8, 0), _surface(rng, -0.8, 0)]


def _heights(rng):
    return [_surface(rng, 0, -1.5), _surface(rng, 0, 1.5)]


def _widths_and_heights(rng):
    return [
        _surface(rng, *powers) for powers in ((1.3, -2.5), (-1.3, 2.5), (1.4, 1.4), (-1.4, -1.4))
    ]


def _unit(unit):
    """The mistake of a first damping about `unit(width, height)`, far from the right unit."""

    def matches(arguments, output):
        (width, height), wrong = arguments, unit(*arguments)
        right = height / width**2
        return 15 < output[0] / wrong < 150 and not 1 / 3 < wrong / right < 3

    return matches


def _first_in(low, high):
    """The mistake of a first damping in a range, in units of the curvature at width 1."""

    def matches(arguments, output):
        width, height = arguments
        return low < output[0] * width**2 / height < high

    return matches


def _wrong_unit(name, hint, unit):
    return tuning_mistake(name, hint, lambda w, h: [45.0 * unit(w, h), 0.0], _unit(unit))


damping_question = FunctionQuestion(
    key="second_order.6",
    title="A damping with the right units",
    kind="tune",
    difficulty=3,
    minutes=15,
    needs=("The algorithm", "The saddle attracts"),
    name="dampings",
    reference=dampings,
    check="form",
    judge=_judge_dampings,
    parts=(
        Part(name="wide and narrow valleys", points=1, draw=_widths),
        Part(name="tall and flat surfaces", points=1, draw=_heights),
        Part(name="both", points=1, draw=_widths_and_heights),
    ),
    mistakes=(
        tuning_mistake(
            "plain-newton",
            (
                "Without damping at the start every run goes to the saddle. What does the first "
                "damping have to exceed?"
            ),
            lambda width, height: [0.0, 0.0],
            lambda arguments, output: output[0] == 0,
        ),
        tuning_mistake(
            "damped-to-the-end",
            (
                "Your damping is never taken away. Near the minimum it keeps Newton's method from "
                "squaring the error: the last digits do not come."
            ),
            lambda width, height: [45.0 * height / width**2] * 2,
            lambda arguments, output: (
                output[1] >= 0.1 * output[0] and _first_in(0.1, 1e4)(arguments, output)
            ),
        ),
        _wrong_unit(
            "height-only",
            (
                "Your damping does not change with the width. Which derivatives is the curvature "
                "made of, and what do they do when the surface is stretched?"
            ),
            lambda width, height: height,
        ),
        _wrong_unit(
            "width-only",
            (
                "Your damping does not change with the height. Multiply the loss by ten: what "
                "becomes of the curvatures?"
            ),
            lambda width, height: width**-2,
        ),
        _wrong_unit(
            "constant",
            (
                "Your damping is the same on every surface. It is compared with the curvatures: "
                "how do they change with the height, and with the width?"
            ),
            lambda width, height: 1.0,
        ),
        _wrong_unit(
            "units-of-the-gradient",
            (
                "Your damping has the units of a gradient. The curvature is the change of the "
                "gradient over a length: the width enters once more."
            ),
            lambda width, height: height / width,
        ),
        _wrong_unit(
            "upside-down",
            (
                "Your damping grows where the curvatures shrink. Those are the units of a "
                "learning rate, one over a curvature."
            ),
            lambda width, height: width**2 / height,
        ),
        tuning_mistake(
            "too-small",
            (
                "The units are right and your first damping is too small for every start: compare "
                "it with the most negative curvature there."
            ),
            lambda width, height: [3.0 * height / width**2, 0.0],
            _first_in(0, 15),
        ),
        tuning_mistake(
            "too-large",
            (
                "The units are right and your first damping is too large: the steps are so short "
                "that the runs are still far away when the damping is lowered."
            ),
            lambda width, height: [1000.0 * height / width**2, 0.0],
            _first_in(150, 1e5),
        ),
    ),
)

# Practice: the notebook shows these solutions

by_hand = ValueQuestion(
    key="second_order.p1",
    title="A Newton step by hand",
    kind="predict",
    difficulty=1,
    minutes=5,
    needs=("Newton's step",),
    name="newton_step",
    graded=False,
    points=0,
    value=[-1.0, 1.0, 5.0],
    atol=1e-9,
    mistakes=(
        Mistake(
            name="gradient-step",
            hint="You subtract the gradient itself: the Hessian's equation is not solved.",
            answer=[2.0, -6.0, 15.0],
        ),
        Mistake(
            name="diagonal",
            hint=(
                "You divide each component by its own curvature. The numbers beside the diagonal "
                "belong to the equation too."
            ),
            answer=[2.0, -3.5, 2.5],
        ),
        Mistake(
            name="plus",
            hint="You add the solution of H d = g. The step is minus that solution.",
            answer=[5.0, -3.0, -20.0],
        ),
        Mistake(
            name="sign-of-the-change",
            hint="The point is right. Newton's step does not always lead down: new minus old.",
            answer=[-1.0, 1.0, -5.0],
        ),
    ),
)


def _kept(d, memory):
    return [d * d, 2 * memory * d, 2 * d]


def _sizes(rng):
    return [(int(10 ** rng.uniform(2, 6)), int(rng.integers(3, 20))) for _ in range(3)]


storage = FunctionQuestion(
    key="second_order.p2",
    title="What each method keeps",
    kind="predict",
    difficulty=1,
    minutes=5,
    needs=("L-BFGS: curvature from the steps", "What it costs"),
    name="numbers_kept",
    graded=False,
    reference=_kept,
    parts=(Part(name="sizes", points=0, draw=_sizes),),
    mistakes=(
        Mistake(
            name="one-vector-a-pair",
            hint="L-BFGS keeps pairs: a pair is the change of the parameters and of the gradient.",
            answer=lambda d, memory: [d * d, memory * d, 2 * d],
        ),
        Mistake(
            name="adam-one",
            hint="Adam keeps two averages for each parameter, not one.",
            answer=lambda d, memory: [d * d, 2 * memory * d, d],
        ),
        Mistake(
            name="matrix-for-l-bfgs",
            hint="L-BFGS never forms a matrix; it keeps vectors only.",
            answer=lambda d, memory: [d * d, memory * d * d, 2 * d],
        ),
        Mistake(
            name="cubed",
            hint="d cubed is the order of the operations. How many numbers has a d x d matrix?",
            answer=lambda d, memory: [d**3, 2 * memory * d, 2 * d],
        ),
    ),
)


def _curvature_along(step, change):
    return float(step @ change / (step @ step))


def _pairs(rng):
    """Pairs of a quadratic; one of them in a direction of negative curvature."""
    cases = []
    for d, curvatures in ((2, (1, 5)), (3, (-4, -1)), (6, (0.1, 9))):
        H, step = _hessian(rng, rng.uniform(*curvatures, d)), rng.normal(size=d).round(2)
        cases.append((step, H @ step))
    return cases


pair_question = FunctionQuestion(
    key="second_order.p3",
    title="What one step measures",
    kind="predict",
    difficulty=1,
    minutes=3,
    needs=("L-BFGS: curvature from the steps",),
    name="curvature_along",
    graded=False,
    reference=_curvature_along,
    parts=(Part(name="pairs", points=0, draw=_pairs),),
    rtol=1e-8,
    mistakes=(
        Mistake(
            name="length-once",
            hint="Twice as long a step must measure the same curvature. Yours doubles.",
            answer=lambda step, change: float(step @ change / np.linalg.norm(step)),
        ),
        Mistake(
            name="lengths",
            hint="A quotient of lengths is never negative, and a curvature may be.",
            answer=lambda step, change: float(np.linalg.norm(change) / np.linalg.norm(step)),
        ),
        Mistake(
            name="upside-down",
            hint="Yours is one over a curvature: a steeper slope must give a larger number.",
            answer=lambda step, change: float(step @ step / (step @ change)),
        ),
        Mistake(
            name="not-divided",
            hint="Twice as long a step must measure the same curvature. Yours is fourfold.",
            answer=lambda step, change: float(step @ change),
        ),
    ),
)

EXERCISE = Exercise(
    name="second_order",
    title="Second-order methods",
    questions=(
        by_hand,
        storage,
        pair_question,
        cg_question,
        leaving_question,
        bug_question,
        gaps_question,
        bounded_question,
        damping_question,
    ),
)
