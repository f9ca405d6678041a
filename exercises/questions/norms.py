"""The questions on p-norms and AdaMax: references, hidden inputs and the mistakes with a hint.

The references are variants of what `lecture_code.norms` has; the tests compare the two where they
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

# 1. The share that each gradient has in the decayed p-norm


def shares(gradients, beta2, p):
    """The share of each gradient in the p-th power of the last decayed p-norm."""
    return _shared(_faded(gradients, beta2), p)


def _faded(gradients, factor):
    """The sizes, each times the factor to the power of its age."""
    sizes = np.abs(np.asarray(gradients, float))
    return sizes * factor ** _ages(sizes)


def _ages(gradients):
    return np.arange(len(gradients))[::-1].reshape(-1, *[1] * (np.ndim(gradients) - 1))


def _shared(sizes, p):
    largest = sizes.max(axis=0)
    terms = (sizes / np.where(largest > 0, largest, 1)) ** p
    return terms / np.where(largest > 0, terms.sum(axis=0), 1)


def _naive(gradients, beta2, p):
    terms = _faded(gradients, beta2) ** p
    return terms / terms.sum(axis=0)


def _decay_of_the_norm(gradients, beta2, p):
    return _shared(_faded(gradients, beta2 ** (1 / p)), p)


def _across(gradients, beta2, p):
    faded = _faded(gradients, beta2)
    return _shared(faded.ravel(), p).reshape(faded.shape)


def _terms(gradients, beta2, p):
    return (1 - beta2**p) * _faded(gradients, beta2) ** p


def _signed(gradients, beta2, p):
    faded = np.asarray(gradients, float) * beta2 ** _ages(gradients)
    terms = (faded / np.abs(faded).max(axis=0)) ** p
    return terms / terms.sum(axis=0)


def _largest_of_all(gradients, beta2, p):
    return shares(gradients, 1.0 if p == np.inf else beta2, p)


def _no_limit(gradients, beta2, p):
    return shares(gradients, beta2, p) if p < np.inf else np.full(np.shape(gradients), np.nan)


def _zero_by_zero(gradients, beta2, p):
    faded = _faded(gradients, beta2)
    terms = (faded / faded.max(axis=0)) ** p
    return terms / terms.sum(axis=0)


def _clear_gradients(rng, steps, shape, dtype=float):
    """Gradients of either sign, none of them zero."""
    sizes = rng.uniform(0.2, 2, (steps, *shape)).round(2)
    return np.asarray(sizes * rng.choice([-1, 1], (steps, *shape)), dtype)


def _small_powers(rng):
    return [
        (_clear_gradients(rng, steps, shape), between(rng, 0.7, 0.95), p)
        for steps, shape, p in ((2, (2,), 3), (6, (3,), between(rng, 1.2, 2.5)), (5, (2, 2), 5))
    ]


def _large_powers(rng):
    """Sizes whose powers leave the range of float64, in either direction, and are alike."""
    cases = []
    for steps, shape, size in ((2, (2,), 1), (5, (3,), -1), (6, (), 1)):
        p, beta2 = 2 * int(rng.integers(125, 400)) + 1, between(rng, 0.8, 0.95)
        signs = rng.choice([-1, 1], (steps, *shape))
        sizes = 50.0**size * np.exp(rng.uniform(-2, 2, (steps, *shape)) / p)
        if steps > 2:
            sizes[0] *= beta2  # next to nothing by step T; before it faded as large as the second
        cases.append((signs * sizes / beta2 ** _ages(signs), beta2, p))
    return cases


def _limits(rng):
    """p = inf, where the largest gradient of the first parameter has faded; zeros; float32."""
    cases = []
    for steps, shape in ((7, (2,)), (9, (2, 3))):
        gradients = np.sign(_clear_gradients(rng, steps, shape)) * rng.uniform(
            0.6, 1, (steps, *shape)
        ).round(3)
        gradients[0].flat[0], gradients[steps - 3].flat[1] = 2, -5
        cases.append((gradients, between(rng, 0.7, 0.8), np.inf))
    silent = _clear_gradients(rng, 4, (3,))
    silent[:, int(rng.integers(3))] = 0
    narrow = _clear_gradients(rng, 6, (2, 2), np.float32)
    cases.append((silent, between(rng, 0.7, 0.95), between(rng, 1.5, 4)))
    cases.append((narrow, between(rng, 0.7, 0.95), between(rng, 1.5, 4)))
    return cases


shares_question = FunctionQuestion(
    key="norms.1",
    title="Whose norm it is",
    kind="implement",
    difficulty=2,
    minutes=14,
    needs=("A norm over time", "Large p"),
    name="shares",
    reference=shares,
    parts=(
        Part(name="small p", points=1, draw=_small_powers),
        Part(name="large p", points=1, draw=_large_powers),
        Part(name="p = inf, silent parameters, float32", points=1, draw=_limits),
    ),
    rtol=1e-6,
    atol=1e-10,
    mistakes=(
        Mistake(
            name="no-limit",
            hint=(
                "Right for finite p. With p = inf your terms are no numbers: which gradient has "
                "the whole sum when p grows?"
            ),
            answer=_no_limit,
        ),
        Mistake(
            name="largest-of-all",
            hint=(
                "Right for finite p. With p = inf you compare the gradients as they were; by "
                "step T the older ones have faded."
            ),
            answer=_largest_of_all,
        ),
        Mistake(
            name="zero-by-zero",
            hint=(
                "Where all gradients of a parameter are zero you divide zero by zero. The "
                "question says what its shares are."
            ),
            answer=_zero_by_zero,
        ),
        Mistake(
            name="naive",
            hint=(
                "Your powers leave the range of floating-point numbers. By what can you divide "
                "all sizes beforehand so that no share changes?"
            ),
            answer=_naive,
        ),
        Mistake(
            name="decay-of-the-norm",
            hint=(
                "Your terms fade too slowly: a step takes beta2 from the norm, and the sum is that "
                "of the p-th powers."
            ),
            answer=_decay_of_the_norm,
        ),
        Mistake(
            name="no-decay",
            hint="Your shares do not depend on when a gradient came. Older ones have faded.",
            answer=lambda gradients, beta2, p: shares(gradients, 1.0, p),
        ),
        Mistake(
            name="sizes",
            hint=(
                "You share out the sum of the sizes themselves. What is summed in the p-norm, "
                "before the root?"
            ),
            answer=lambda gradients, beta2, p: shares(gradients, beta2, 1),
        ),
        Mistake(
            name="backwards",
            hint="Your oldest gradient is the one that has not faded. Its age is T - 1, not 0.",
            answer=lambda gradients, beta2, p: shares(gradients[::-1], beta2, p)[::-1],
        ),
        Mistake(
            name="across-parameters",
            hint=(
                "Your shares add up to 1 over all parameters together. Each parameter has a norm "
                "of its own, over time."
            ),
            answer=_across,
        ),
        Mistake(
            name="terms",
            hint="Those are the terms. A share is a term divided by their sum.",
            answer=_terms,
        ),
        Mistake(
            name="signed",
            hint="Some of your shares are negative or NaN. A norm is made of sizes.",
            answer=_signed,
        ),
    ),
)

# 2. AdaMax with a window


def windowed_adamax(theta0, gradients, lr, beta1, beta2, window, epsilon):
    """theta after all gradients; u looks at the last `window` of them."""
    theta, m = np.array(theta0), np.zeros_like(theta0)
    for t, gradient in enumerate(gradients, start=1):
        m = beta1 * m + (1 - beta1) * gradient
        recent = np.abs(gradients[max(0, t - window) : t])
        u = np.max([beta2**k * size for k, size in enumerate(recent[::-1])], axis=0)
        theta = theta - lr / (1 - beta1**t) * m / (u + epsilon)
    return theta


def _largest(faded):
    return np.max(faded, axis=0)


def _windowed(
    look=lambda t, window: min(t, window),
    size=np.abs,
    fade=lambda beta2, k: beta2**k,
    combine=_largest,
    u=lambda u, beta2, t: u,
    correct=True,
    inside=False,
    counts=True,
    sign=-1,
):
    """A wrong `windowed_adamax`: each keyword changes one thing."""

    def run(theta0, gradients, lr, beta1, beta2, window, epsilon):
        theta, m = np.array(theta0), np.zeros_like(theta0)
        epsilon = epsilon if counts else 0.0
        for t, g in enumerate(gradients, start=1):
            m = beta1 * m + (1 - beta1) * g
            recent = size(gradients[t - look(t, window) : t])[::-1]
            recent = recent + epsilon if inside else recent
            divisor = combine(np.array([fade(beta2, k) * g for k, g in enumerate(recent)]))
            divisor = u(divisor, beta2, t) + (0.0 if inside else epsilon)
            theta = theta + sign * lr * m / (1 - beta1**t if correct else 1.0) / divisor
        return theta

    return run


def _shared_by_all(faded):
    return np.max(faded)


def _mean_square(theta0, gradients, lr, beta1, beta2, window, epsilon):
    """Adam's root of a corrected average of squares, within the window."""
    theta, m = np.array(theta0), np.zeros_like(theta0)
    for t, g in enumerate(gradients, start=1):
        m = beta1 * m + (1 - beta1) * g
        squares = np.square(gradients[max(0, t - window) : t])[::-1]
        weights = beta2 ** np.arange(len(squares))
        root = np.sqrt(np.average(squares, axis=0, weights=weights))
        theta = theta - lr / (1 - beta1**t) * m / (root + epsilon)
    return theta


def _windowed_run(rng, gradients, window, epsilon=0.0):
    theta0 = np.asarray(rng.normal(size=gradients[0].shape), gradients.dtype).round(2)
    betas = between(rng, 0.5, 0.9), between(rng, 0.91, 0.98)
    return theta0, gradients, between(rng, 0.05, 0.5), *betas, window, epsilon


def _with_spikes(rng, steps, shape, first):
    """Gradients with one ten times as large, early, of either sign."""
    gradients = _clear_gradients(rng, steps, shape)
    gradients[first] = rng.choice([-1, 1], shape) * rng.uniform(10, 20, shape).round(1)
    return gradients


def _wide_windows(rng):
    return [
        _windowed_run(rng, _clear_gradients(rng, steps, shape), steps + int(rng.integers(1, 5)))
        for steps, shape in ((2, (2,)), (int(rng.integers(5, 9)), ()), (6, (2, 3)))
    ]


def _narrow_windows(rng):
    return [
        _windowed_run(rng, _with_spikes(rng, steps, shape, first), window)
        for steps, shape, first, window in (
            (4, (2,), 1, 2),
            (int(rng.integers(9, 12)), (), 2, int(rng.integers(3, 6))),
            (10, (2, 3), 1, int(rng.integers(3, 6))),
        )
    ]


def _counting(rng):
    """epsilon counts: float32 with zeros; rows twenty powers of ten apart and a silent one."""
    size = float(10 ** rng.uniform(9, 11))
    extreme = signed_gradients(rng, 5, (3, 2)) * np.array([[size], [1 / size], [0.0]])
    narrow = signed_gradients(rng, 6, (4,), np.float32)
    return [
        _windowed_run(rng, signed_gradients(rng, 3, (2,)), 5, between(rng, 0.1, 0.4)),
        _windowed_run(rng, narrow, 7 + int(rng.integers(3)), between(rng, 0.1, 0.4)),
        _windowed_run(rng, extreme, 6, 0.1 / size),
    ]


window_question = FunctionQuestion(
    key="norms.2",
    title="A maximum with a window",
    kind="implement",
    difficulty=2,
    minutes=18,
    needs=("The algorithm",),
    name="windowed_adamax",
    reference=windowed_adamax,
    parts=(
        Part(name="a window longer than the run", points=1, draw=_wide_windows),
        Part(name="a shorter window", points=2, draw=_narrow_windows),
        Part(name="zeros, epsilon, float32", points=1, draw=_counting),
    ),
    rtol=1e-7,
    atol=1e-6,
    mistakes=(
        Mistake(
            name="never-forgets",
            hint=(
                "Right while the window is longer than the run. After that your u still knows "
                "gradients that have left it."
            ),
            answer=_windowed(look=lambda t, window: t),
        ),
        Mistake(
            name="one-more",
            hint=(
                "Right while the window is longer than the run. Yours holds one gradient too many: "
                "the newest belongs to it."
            ),
            answer=_windowed(look=lambda t, window: min(t, window + 1)),
        ),
        Mistake(
            name="one-less",
            hint=(
                "Right while the window is longer than the run. Yours drops a gradient one step "
                "too soon."
            ),
            answer=_windowed(look=lambda t, window: min(t, window - 1)),
        ),
        Mistake(
            name="starts-afresh",
            hint=(
                "Right while the window is longer than the run. Yours is emptied when it is full; "
                "it should slide."
            ),
            answer=_windowed(look=lambda t, window: (t - 1) % window + 1),
        ),
        Mistake(
            name="emptied-in-time",
            hint=(
                "Right while the window is longer than the run. In every step that is a multiple "
                "of the window, yours forgets all that came before; it should slide."
            ),
            answer=_windowed(look=lambda t, window: t if t < window else t % window + 1),
        ),
        Mistake(
            name="no-decay",
            hint="Within the window your gradients keep their size. Older ones have faded.",
            answer=_windowed(fade=lambda beta2, k: 1.0),
        ),
        Mistake(
            name="decays-the-newest",
            hint="Your newest gradient has faded by a step already: its age is 0.",
            answer=_windowed(fade=lambda beta2, k: beta2 ** (k + 1)),
        ),
        Mistake(
            name="one-factor",
            hint="Every gradient but the newest has faded by beta2 once. It fades in every step.",
            answer=_windowed(fade=lambda beta2, k: beta2 ** min(k, 1)),
        ),
        Mistake(
            name="corrected",
            hint=(
                "Your first steps are too short or too long: u is corrected for a start at zero. "
                "How large is u after the first gradient?"
            ),
            answer=_windowed(u=lambda u, beta2, t: u / (1 - beta2**t)),
        ),
        Mistake(
            name="uncorrected",
            hint="Your first steps are too short: m starts at zero, and nothing makes up for it.",
            answer=_windowed(correct=False),
        ),
        Mistake(
            name="mean-square",
            hint="You divide by the root of a mean of squares, as Adam does. u is a maximum.",
            answer=_mean_square,
        ),
        Mistake(
            name="across-parameters",
            hint="All parameters have the same u. Each has a maximum of its own, over time.",
            answer=_windowed(combine=_shared_by_all),
        ),
        Mistake(
            name="signed",
            hint="A large negative gradient does not count in your maximum, or your u is negative.",
            answer=_windowed(size=np.array),
        ),
        Mistake(
            name="uphill",
            hint="Your steps have the right length and lead uphill.",
            answer=_windowed(sign=1),
        ),
        Mistake(
            name="epsilon-inside",
            hint=(
                "Right without an epsilon. Yours is added to the gradients, within the maximum; "
                "the question adds it to u."
            ),
            answer=_windowed(inside=True),
        ),
        Mistake(
            name="no-epsilon",
            hint="Right without an epsilon. The question has one, added to u.",
            answer=_windowed(counts=False),
        ),
    ),
)

# 3. Find the bug: one memory for each row, fed with the average of gradients


def row_adamax(gradients, lr, beta1, beta2, epsilon):
    """Where all gradients lead from 0; the parameters of a row, the last axis, share one u."""
    theta = m = np.zeros_like(gradients[0])
    u = np.zeros_like(theta[..., :1])
    for t, gradient in enumerate(gradients, start=1):
        m = beta1 * m + (1 - beta1) * gradient
        u = np.maximum(beta2 * u, np.abs(gradient).max(axis=-1, keepdims=True))
        theta = theta - lr / (1 - beta1**t) * m / (u + epsilon)
    return theta


def _of_gradient(g, m, m_hat):
    return np.abs(g)


def _row_largest(sizes):
    return sizes.max(axis=-1, keepdims=True)


def _rows(fed=_of_gradient, over=_row_largest, keep=np.maximum, correct=True, u_correct=False):
    """A wrong `row_adamax`. fed: what u sees; over: how a row's is made one; keep: how u keeps."""

    def run(gradients, lr, beta1, beta2, epsilon):
        theta = m = np.zeros_like(gradients[0])
        u = np.zeros_like(over(np.abs(theta)))
        for t, g in enumerate(gradients, start=1):
            m = beta1 * m + (1 - beta1) * g
            m_hat = m / (1 - beta1**t)
            u = keep(beta2 * u, over(fed(g, m, m_hat)))
            divisor = u / (1 - beta2**t) if u_correct else u
            theta = theta - lr * (m_hat if correct else m) / (divisor + epsilon)
        return theta

    return run


def _no_fading(gradients, lr, beta1, beta2, epsilon):
    return row_adamax(gradients, lr, beta1, 1.0, epsilon)


def _row_squares(gradients, lr, beta1, beta2, epsilon):
    """The notes' average of the squared largest entry, for each row and corrected."""
    theta = m = np.zeros_like(gradients[0])
    v = np.zeros_like(theta[..., :1])
    for t, g in enumerate(gradients, start=1):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * _row_largest(np.abs(g)) ** 2
        root = np.sqrt(v / (1 - beta2**t))
        theta = theta - lr / (1 - beta1**t) * m / (root + epsilon)
    return theta


def _row_options(rng):
    return between(rng, 0.05, 0.5), between(rng, 0.6, 0.9), between(rng, 0.92, 0.99)


def _same_gradients(rng):
    """Rows of different size whose gradients never change."""
    cases = []
    for steps, shape in ((2, (2,)), (int(rng.integers(5, 9)), (3, 2)), (6, (2, 2, 3))):
        sizes = 10.0 ** rng.integers(-3, 4, (*shape[:-1], 1))
        gradient = (sizes * _clear_gradients(rng, 1, shape)[0]).round(6)
        cases.append((np.repeat(gradient[None], steps, axis=0), *_row_options(rng), 1e-12))
    return cases


def _other_gradients(rng):
    cases = []
    for steps, shape, dtype in ((3, (2,), float), (8, (3, 2), float), (6, (2, 4), np.float32)):
        gradients = signed_gradients(rng, steps, shape, dtype)
        gradients[1] = -gradients[0] / 2
        if len(shape) > 1:
            gradients[:, int(rng.integers(shape[0]))] = 0
        cases.append((gradients, *_row_options(rng), between(rng, 0.1, 0.4)))
    return cases


bug_question = FunctionQuestion(
    key="norms.3",
    title="Repair one memory for each row",
    kind="find the bug",
    difficulty=2,
    minutes=14,
    needs=("The algorithm", "Over time, not across parameters"),
    name="row_adamax",
    reference=row_adamax,
    parts=(
        Part(name="gradients that stay the same", points=1, draw=_same_gradients),
        Part(name="gradients that change, epsilon, float32", points=2, draw=_other_gradients),
    ),
    rtol=1e-6,
    atol=1e-7,
    mistakes=(
        Mistake(
            name="as-shipped",
            hint=(
                "That is still the function as shipped, whose first step is too long. Which of the "
                "two, m or u, should start at its full size?"
            ),
            answer=_rows(fed=lambda g, m, m_hat: np.abs(m)),
        ),
        Mistake(
            name="correction-dropped",
            hint=(
                "Right while the gradients stay the same. You removed the symptom, and the "
                "correction of m with it: what does your u see where gradients cancel?"
            ),
            answer=_rows(fed=lambda g, m, m_hat: np.abs(m), correct=False),
        ),
        Mistake(
            name="fed-with-the-corrected",
            hint=(
                "Right while the gradients stay the same. Where they cancel in m, your u hardly "
                "sees them."
            ),
            answer=_rows(fed=lambda g, m, m_hat: np.abs(m_hat)),
        ),
        Mistake(
            name="no-fading",
            hint="Right while the gradients stay the same. Your u never becomes smaller.",
            answer=_no_fading,
        ),
        Mistake(
            name="average",
            hint=(
                "Right while the gradients stay the same. Your u is the root of an average; the "
                "question has the maximum over time."
            ),
            answer=_row_squares,
        ),
        Mistake(
            name="newest-only",
            hint="Right while the gradients stay the same. Your u has no memory of earlier steps.",
            answer=_rows(keep=lambda old, new: new),
        ),
        Mistake(
            name="element-by-element",
            hint="Yours is the chapter's AdaMax. Here the parameters of a row share one u.",
            answer=_rows(over=lambda sizes: sizes),
        ),
        Mistake(
            name="one-for-all",
            hint=(
                "All parameters share one u, so rows with small gradients hardly move. One for "
                "each row is asked for."
            ),
            answer=_rows(over=lambda sizes: sizes.max(keepdims=True)),
        ),
        Mistake(
            name="two-norm",
            hint="You take the 2-norm of a row. Its largest entry is meant.",
            answer=_rows(over=lambda sizes: np.sqrt(np.sum(sizes**2, axis=-1, keepdims=True))),
        ),
        Mistake(
            name="signed",
            hint="Negative gradients do not count in your u. It is about sizes.",
            answer=_rows(fed=lambda g, m, m_hat: g),
        ),
        Mistake(
            name="u-corrected",
            hint=(
                "You correct u for a start at zero. After the first gradient, does the maximum "
                "still know that zero?"
            ),
            answer=_rows(u_correct=True),
        ),
    ),
)

# 4. How long a spike is held


def back_after(method, height, factor, beta2):
    """The first step after a spike at which the denominator is at most `factor` again."""
    return math.ceil(_delay(method, height, factor, beta2))


def _delay(method, height, factor, beta2):
    """The same, not rounded."""
    if method == "adamax":
        excess = height / factor
    else:
        excess = (1 - beta2) * (height**2 - 1) / (factor**2 - 1)
    return math.log(excess) / -math.log(beta2)


def _back(excess, methods=("adamax", "adam"), rounded=math.ceil, rate=lambda b: -math.log(b)):
    """A wrong `back_after` for the methods; excess: by how much too large it is at first."""

    def run(method, height, factor, beta2):
        if method not in methods:
            return back_after(method, height, factor, beta2)
        time = math.log(max(1.0, excess(method, height, factor, beta2))) / rate(beta2)
        return rounded(time)

    return run


def _right_excess(method, height, factor, beta2):
    return beta2 ** -_delay(method, height, factor, beta2)


def _spikes(methods, memories):
    """Spikes whose step is clear: nowhere does the denominator come within a hair of the limit."""

    def draw(rng):
        cases = []
        for method in methods:
            beta2 = 1 - 1 / rng.uniform(*memories)
            beta2 = float(f"{beta2:.5g}")
            height, factor = between(rng, 60, 400, 0), between(rng, 1.1, 1.6, 2)
            while not 0.1 < _delay(method, height, factor, beta2) % 1 < 0.9:
                height += 1
            cases.append((method, height, factor, beta2))
        return cases

    return draw


spike_question = FunctionQuestion(
    key="norms.4",
    title="Back from a spike",
    kind="predict",
    difficulty=2,
    minutes=12,
    needs=("Zeros and spikes",),
    name="back_after",
    reference=back_after,
    check="form",
    parts=(
        Part(name="AdaMax, a long memory", points=1, draw=_spikes(["adamax"] * 3, (600, 2000))),
        Part(name="Adam, a long memory", points=1, draw=_spikes(["adam"] * 3, (600, 2000))),
        Part(
            name="both, a short memory",
            points=1,
            draw=_spikes(["adamax", "adam"] * 2, (4, 8)),
        ),
    ),
    rtol=2e-3,
    mistakes=(
        Mistake(
            name="approximate",
            hint=(
                "Right where the memory is long. Where it is short, what one step takes away is "
                "not 1 - beta2 in the exponent."
            ),
            answer=_back(_right_excess, rate=lambda beta2: 1 - beta2),
        ),
        Mistake(
            name="one-early",
            hint=(
                "Right to a thousandth where the memory is long. Where it is short your step is "
                "one too early: the denominator is still too large."
            ),
            answer=_back(_right_excess, rounded=math.floor),
        ),
        Mistake(
            name="one-late",
            hint=(
                "Right to a thousandth where the memory is long. Where it is short your step is "
                "one too late: the spike itself is step 0."
            ),
            answer=_back(_right_excess, rounded=lambda time: math.ceil(time) + 1),
        ),
        Mistake(
            name="time-constant",
            hint=(
                "That is the time constant, in which a memory falls to 37 percent. How far does "
                "this one have to fall?"
            ),
            answer=lambda method, height, factor, beta2: round(1 / (1 - beta2)),
        ),
        Mistake(
            name="all-the-way",
            hint="You wait until the maximum is back at 1. It may be larger by the factor.",
            answer=_back(lambda method, height, factor, beta2: height, ("adamax",)),
        ),
        Mistake(
            name="adam-as-adamax",
            hint=(
                "Your Adam is right for a maximum that falls by beta2 in each step. Adam keeps an "
                "average of squares: how much of the spike does it take in, and what fades?"
            ),
            answer=_back(lambda method, height, factor, beta2: height / factor, ("adam",)),
        ),
        Mistake(
            name="adam-takes-in-all",
            hint="Your Adam takes in the square of the spike as a whole. It is an average.",
            answer=_back(
                lambda method, height, factor, beta2: (height**2 - 1) / (factor**2 - 1), ("adam",)
            ),
        ),
        Mistake(
            name="adam-from-zero",
            hint=(
                "Your Adam forgets that the gradients between are 1: only what exceeds 1 in the "
                "average of squares fades."
            ),
            answer=_back(
                lambda method, height, factor, beta2: (1 - beta2) * height**2 / factor**2,
                ("adam",),
            ),
        ),
        Mistake(
            name="adam-no-root",
            hint=(
                "Your Adam waits until the average of squares is at most the factor. The "
                "denominator is its root."
            ),
            answer=_back(
                lambda method, height, factor, beta2: (1 - beta2) * (height**2 - 1) / (factor - 1),
                ("adam",),
            ),
        ),
        Mistake(
            name="adam-twice-as-long",
            hint=(
                "Your Adam falls by the root of beta2 in each step. That is so where only zeros "
                "follow and v tends to 0; here it tends to 1."
            ),
            answer=_back(
                lambda method, height, factor, beta2: (
                    (math.sqrt(1 - beta2) * (height - 1) / (factor - 1)) ** 2
                ),
                ("adam",),
            ),
        ),
    ),
)

# 5. Which of two denominators is steadier


def steadier(who, beta2, steps, factor):
    """Gradients on which the other denominator swings at least `factor` times as much."""
    t = np.arange(steps)
    if who == "adam":
        return np.where(t < steps - 1, 1.0, 1e4)
    return np.where(t % _period(beta2) == 0, 1.0, 0.0)


def _period(beta2):
    return round(0.5 / (1 - beta2))


def swings(gradients, beta2):
    """Largest over smallest denominator of AdaMax and of Adam; epsilon is 0."""
    u = v = 0.0
    held, roots = [], []
    for t, g in enumerate(gradients, start=1):
        u = max(beta2 * u, abs(g))
        v = beta2 * v + (1 - beta2) * g * g
        held.append(u)
        roots.append(math.sqrt(v / (1 - beta2**t)))
    return max(held) / min(held), max(roots) / min(roots)


def _judge_stream(arguments, output):
    who, beta2, _, factor = arguments
    g = np.asarray(output, float)
    if g[0] == 0:
        return "The first gradient must not be 0."
    scale = np.max(np.abs(g))
    if np.min(np.abs(g[g != 0])) < 1e-100 * scale:
        return "The gradients are more than a hundred powers of ten apart."
    adamax, adam = swings((g / scale).tolist(), beta2)
    own, other = (adamax, adam) if who == "adamax" else (adam, adamax)
    if other >= factor * own:
        return None
    return "At least one stream does not make the other denominator swing so much more."


def _every(period):
    return lambda steps: (np.arange(steps) % period == 0).astype(float)


def _streams(who, good, share):
    """Settings and a factor that `good` reaches."""

    def draw(rng):
        cases = []
        for _ in range(3):
            beta2, steps = between(rng, 0.98, 0.985, 4), int(rng.integers(250, 400))
            adamax, adam = swings(good(beta2, steps).tolist(), beta2)
            ratio = adam / adamax if who == "adamax" else adamax / adam
            cases.append((who, beta2, steps, float(f"{share * ratio:.4g}")))
        return cases

    return draw


def _stream(who, make):
    """A wrong `steadier` for one of the two."""

    def answer(asked, beta2, steps, factor):
        return make(steps) if asked == who else steadier(asked, beta2, steps, factor)

    return answer


def _looks(who, test):
    """Whether sizes, the largest of them 1, have a property."""

    def matches(arguments, output):
        g = np.abs(np.asarray(output, float))
        return arguments[0] == who and g.max() > 0 and bool(test(g / g.max()))

    return matches


def _constant_stream(who, beta2, steps, factor):
    return np.ones(steps)


def _swapped(who, beta2, steps, factor):
    return steadier("adam" if who == "adamax" else "adamax", beta2, steps, factor)


def _is_early_spike(g):
    return g[0] == 1 and np.all((g[1:] > 0) & (g[1:] < 0.5))


def _is_small_spike(g):
    return g[-1] == 1 and g[:-1].min() > 0.1 and np.allclose(g[:-1], g[0])


def _is_swapped(arguments, output):
    """Equal gradients and a late spike for AdaMax; rare gradients for Adam."""
    g = np.abs(np.asarray(output, float))
    if arguments[0] == "adamax":
        return bool(g[0] > 0 and g[-1] > 3 * g[0] and np.allclose(g[:-1], g[0]))
    return bool(g[0] > 0 and np.mean(g == 0) > 0 and np.all((g == 0) | (g == g[0])))


steadier_question = FunctionQuestion(
    key="norms.5",
    title="Which denominator is steadier",
    kind="analyze",
    difficulty=3,
    minutes=14,
    needs=("Zeros and spikes",),
    name="steadier",
    reference=steadier,
    check="form",
    judge=_judge_stream,
    parts=(
        Part(
            name="AdaMax is steadier",
            points=1,
            draw=_streams("adamax", lambda beta2, steps: _every(2)(steps), 0.92),
        ),
        Part(
            name="AdaMax is far steadier",
            points=1,
            draw=_streams(
                "adamax", lambda beta2, steps: steadier("adamax", beta2, steps, None), 0.85
            ),
        ),
        Part(
            name="Adam is far steadier",
            points=1,
            draw=_streams("adam", lambda beta2, steps: steadier("adam", beta2, steps, None), 0.85),
        ),
    ),
    mistakes=(
        tuning_mistake(
            "constant",
            "On equal gradients neither denominator swings.",
            _constant_stream,
            lambda arguments, output: bool(np.all(np.abs(output) == np.abs(output[0]))),
        ),
        tuning_mistake(
            "swapped",
            "On your gradients it is the other of the two that is steadier.",
            _swapped,
            _is_swapped,
        ),
        tuning_mistake(
            "every-second",
            "A gradient in every second step shakes the young Adam. What happens to both if the "
            "silence lasts longer?",
            _stream("adamax", _every(2)),
            _looks("adamax", lambda g: np.all(g[::2] == 1) and np.all(g[1::2] == 0)),
        ),
        tuning_mistake(
            "silence-to-the-end",
            "One gradient and then silence: Adam falls fast at first, and AdaMax overtakes it. "
            "How could you keep AdaMax from falling on?",
            _stream("adamax", lambda steps: (np.arange(steps) == 0).astype(float)),
            _looks("adamax", lambda g: g[0] == 1 and not g[1:].any()),
        ),
        tuning_mistake(
            "early-spike",
            "At the first step the correction gives Adam the whole of the gradient, as the maximum "
            "does. When does a spike count for least in the average?",
            _stream("adam", lambda steps: np.where(np.arange(steps) == 0, 1e4, 1.0)),
            _looks("adam", _is_early_spike),
        ),
        tuning_mistake(
            "small-spike",
            "A late spike moves the maximum more than the average. Yours could be higher.",
            _stream("adam", lambda steps: np.where(np.arange(steps) < steps - 1, 1.0, 3.0)),
            _looks("adam", _is_small_spike),
        ),
    ),
)

# 6. A memory between the rare gradients and the outlier


def memory(gap, height):
    """A beta2 that spans the gap and forgets the outlier."""
    return 0.3 ** (1 / gap)


ROUNDS, WEAK = 20, 0.2


def end_of_run(beta2, gap, height, start):
    """The largest distance from 0, in learning rates, in the last five rounds."""
    x, m, u, largest, left = start, 0.0, 0.0, 0.0, 1.0
    for step in range(ROUNDS * gap):
        g = -WEAK / gap
        if step % gap == 0:
            g = math.copysign(1 if step else height, x)
        m = 0.9 * m + 0.1 * g
        left *= 0.9
        u = max(beta2 * u, abs(g))
        x -= m / (1 - left) / u
        if step >= (ROUNDS - 5) * gap:
            largest = max(largest, abs(x))
    return largest


def _judge_memory(arguments, output):
    gap, height = arguments
    beta2 = float(output)
    if not 0 <= beta2 < 1:
        return "beta2 has to be at least 0 and below 1."
    if all(end_of_run(beta2, gap, height, start) < 3 for start in (-8.3, 6.4, 9.7)):
        return None
    return "At least one run is not within three rates of the minimum in its last five rounds."


def _worlds(low, high):
    def draw(rng):
        cases = []
        for gap in ((15, 19), (80, 120), (700, 900)):
            cases.append((int(rng.integers(*gap)), float(int(rng.integers(low, high)))))
        return cases

    return draw


def _near_memory(value):
    """Whether the memory 1 / (1 - beta2) is within a fifth of that of a mistake."""

    def matches(arguments, output):
        return bool(0.8 < (1 - float(output)) / (1 - value(*arguments)) < 1.25)

    return matches


def _memory_mistake(name, hint, value):
    return tuning_mistake(name, hint, value, _near_memory(value))


memory_question = FunctionQuestion(
    key="norms.6",
    title="A memory of the right length",
    kind="tune",
    difficulty=3,
    minutes=16,
    needs=("Zeros and spikes", "What each hyperparameter does"),
    name="memory",
    reference=memory,
    check="form",
    judge=_judge_memory,
    parts=(
        Part(name="a low outlier", points=1, draw=_worlds(5, 9)),
        Part(name="a high outlier", points=2, draw=_worlds(500, 1000)),
    ),
    mistakes=(
        tuning_mistake(
            "library-default",
            "0.999 is a library's default, a memory of 1000 steps. How many steps has a run here?",
            lambda gap, height: 0.999,
            lambda arguments, output: abs(float(output) - 0.999) < 1e-9,
        ),
        tuning_mistake(
            "short",
            "Your memory lasts ten steps, whatever the gap. Who rules the maximum toward the end "
            "of a long gap?",
            lambda gap, height: 0.9,
            lambda arguments, output: abs(float(output) - 0.9) < 1e-9,
        ),
        _memory_mistake(
            "as-long-as-the-run",
            "Your memory is as long as the run, so the outlier is held to the end.",
            lambda gap, height: 1 - 1 / (ROUNDS * gap),
        ),
        _memory_mistake(
            "three-gaps",
            "Right for a low outlier. A high one takes several times your memory, and that is "
            "too much of the run.",
            lambda gap, height: 1 - 1 / (3 * gap),
        ),
        _memory_mistake(
            "outlier-within-a-gap",
            "Right for a low outlier. You forget a high one within one gap, and with it the strong "
            "gradients, before the next one comes.",
            lambda gap, height: height ** (-1 / gap),
        ),
        tuning_mistake(
            "never-forgets",
            "Your memory is so long that the outlier is held for most of the run.",
            lambda gap, height: 1 - 1 / (40 * gap),
            lambda arguments, output: 0.9 ** (1 / arguments[0]) < float(output) < 1,
        ),
        tuning_mistake(
            "drifts",
            "Your memory is so short that the weak gradients rule the maximum before a strong one "
            "comes again.",
            lambda gap, height: max(0.0, 1 - 8 / gap),
            lambda arguments, output: float(output) < 0.03 ** (1 / arguments[0]),
        ),
    ),
)

# Practice: the notebook shows these solutions

by_hand = ValueQuestion(
    key="norms.p1",
    title="Three lengths by hand",
    kind="predict",
    difficulty=1,
    minutes=4,
    needs=("Norms",),
    name="lengths",
    graded=False,
    points=0,
    value=[17.0, 11.0, 9.0],
    rtol=1e-6,
    mistakes=(
        Mistake(
            name="signed",
            hint="A norm is made of sizes: the minus sign is lost, before anything is summed.",
            answer=[-1.0, 11.0, 6.0],
        ),
        Mistake(
            name="no-root",
            hint="The sum of squares is not a length yet.",
            answer=[17.0, 121.0, 9.0],
        ),
        Mistake(
            name="backwards",
            hint="You have them in the wrong order. Which p stands first?",
            answer=[9.0, 11.0, 17.0],
        ),
    ),
)

maxima = ValueQuestion(
    key="norms.p2",
    title="Three maxima by hand",
    kind="predict",
    difficulty=1,
    minutes=4,
    needs=("The algorithm",),
    name="held",
    graded=False,
    points=0,
    value=[8.0, 4.0, 5.0],
    rtol=1e-6,
    mistakes=(
        Mistake(
            name="signed",
            hint="The last gradient is large and negative. u sees its size.",
            answer=[8.0, 4.0, 2.0],
        ),
        Mistake(
            name="no-decay",
            hint="What was held fades by beta2 in every step before it is compared.",
            answer=[8.0, 8.0, 8.0],
        ),
        Mistake(
            name="average",
            hint="That is a moving average of sizes. A maximum takes one of the two, whole.",
            answer=[4.0, 2.5, 3.75],
        ),
        Mistake(
            name="newest",
            hint="Those are the sizes themselves. What was held may be larger.",
            answer=[8.0, 1.0, 5.0],
        ),
    ),
)


def _large_enough(count, share):
    return math.log(count) / math.log(1 + share)


def _excesses(rng):
    return [(int(rng.integers(3, 10**6)), between(rng, 0.01, 0.9)) for _ in range(4)]


power_question = FunctionQuestion(
    key="norms.p3",
    title="A power that is large enough",
    kind="predict",
    difficulty=1,
    minutes=5,
    needs=("Norms",),
    name="large_enough",
    graded=False,
    reference=_large_enough,
    parts=(Part(name="powers", points=0, draw=_excesses),),
    mistakes=(
        Mistake(
            name="approximate",
            hint="That is nearly right for a small share. The logarithm of 1 + share is smaller.",
            answer=lambda count, share: math.log(count) / share,
        ),
        Mistake(
            name="upside-down",
            hint="Your power is below 1, and falls with the number of entries. It should rise.",
            answer=lambda count, share: math.log(1 + share) / math.log(count),
        ),
        Mistake(
            name="without-the-one",
            hint="Your power is negative. By which factor may the norm exceed the largest entry?",
            answer=lambda count, share: math.log(count) / math.log(share),
        ),
        Mistake(
            name="no-logarithm",
            hint="The power stands in an exponent. How do you get it down?",
            answer=lambda count, share: count / (1 + share),
        ),
    ),
)

EXERCISE = Exercise(
    name="norms",
    title="Lp norms and AdaMax",
    questions=(
        by_hand,
        maxima,
        power_question,
        shares_question,
        window_question,
        bug_question,
        spike_question,
        steadier_question,
        memory_question,
    ),
)
