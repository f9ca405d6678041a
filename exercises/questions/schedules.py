"""The questions on schedules: references, hidden inputs and the mistakes that get a hint.

The references are written here a second time, apart from `lecture_code.schedules`, because each is
a variant of what is there; the tests compare the two where they must agree. Every function is
called with plain data and gives plain data.
"""

import math
from functools import lru_cache
from itertools import pairwise

import numpy as np

from exercises.questions import (
    Exercise,
    FunctionQuestion,
    Mistake,
    Part,
    ValueQuestion,
    between,
)

# 1. Cycles that lean and shrink


def cycle_rates(k, low, high, up, down, keep):
    """`up` steps from low up, `down` steps down; each height is `keep` times the one before."""
    cycle, phase = np.divmod(k, up + down)
    share = np.where(phase < up, phase / up, (up + down - phase) / down)
    return low + (high - low) * keep**cycle * share


def _cycles(clock=lambda k: k, share=None, lean=True, height=None, turn=False, whole=False):
    """A wrong `cycle_rates`: each keyword changes one thing."""

    def rates(k, low, high, up, down, keep):
        k, down = clock(k), down if lean else up
        cycle, phase = np.divmod(k, up + down)
        rise = share(k, up) if share else np.minimum(phase / up, (up + down - phase) / down)
        rise = 1 - rise if turn else rise
        a = height(keep, cycle, k) if height else keep**cycle
        return (low + (high - low) * rise) * a if whole else low + (high - low) * a * rise

    return rates


def _bounds(rng):
    return between(rng, 0.01, 0.1), between(rng, 0.3, 2)


def _even_cycles(rng):
    low, high = _bounds(rng)
    small = (np.array([1, 3, 5]), low, high, 2, 2, 1.0)
    cases = [small]
    for shape in ((), (8,)):
        half = int(rng.integers(5, 12))
        k = half + 2 + rng.integers(0, 6 * half, shape) if shape else 2 * half + half // 2
        cases.append((np.asarray(k), *_bounds(rng), half, half, 1.0))
    return cases


def _lengths(rng):
    """Two lengths of which either may be the longer one."""
    short = int(rng.integers(3, 7))
    pair = [short, short + int(rng.integers(2, 9))]
    return [int(length) for length in rng.permutation(pair)]


def _leaning_cycles(rng):
    cases = []
    for shape in ((6,), (), (2, 5)):
        up, down = _lengths(rng)
        k = rng.integers(0, 4 * (up + down), shape) if shape else up + down + 1
        cases.append((np.asarray(k), *_bounds(rng), up, down, 1.0))
    return cases


def _shrinking_cycles(rng):
    cases = []
    for shape, scale in (((7,), 1.0), ((3, 4), 1e-4), ((), 1.0)):
        (up, down), (low, high) = _lengths(rng), _bounds(rng)
        k = rng.integers(0, 5 * (up + down), shape) if shape else 2 * (up + down) + 1
        cases.append((np.asarray(k), scale * low, scale * high, up, down, between(rng, 0.5, 0.9)))
    up, down = _lengths(rng)
    k = np.arange(0, 3 * (up + down), 2, dtype=np.float32)
    return [*cases, (k, 0.0, _bounds(rng)[1], up, down, between(rng, 0.5, 0.9))]


cycles_question = FunctionQuestion(
    key="schedules.1",
    title="Cycles that lean and shrink",
    kind="implement",
    difficulty=2,
    minutes=15,
    needs=("Cycles",),
    name="cycle_rates",
    reference=cycle_rates,
    parts=(
        Part(name="halves of the same length", points=1, draw=_even_cycles),
        Part(name="up and down of different lengths", points=1, draw=_leaning_cycles),
        Part(name="cycles that shrink", points=1, draw=_shrinking_cycles),
    ),
    rtol=1e-7,
    atol=1e-12,
    mistakes=(
        Mistake(
            name="whole-numbers",
            hint=(
                "Your rates are whole numbers. An array that is made like `k` holds integers, and "
                "what you write into it is cut off."
            ),
            answer=lambda k, *others: cycle_rates(k, *others).astype(k.dtype),
        ),
        Mistake(
            name="one-ramp",
            hint=(
                "Your rate goes up once and stays at `low` for ever after. How long is a whole "
                "cycle, up and down? That is what the rounding has to count."
            ),
            answer=_cycles(
                share=lambda k, up: np.maximum(0, 1 - np.abs(k / up - 2 * (k // up) - 1))
            ),
        ),
        Mistake(
            name="twice-as-fast",
            hint=(
                "Your cycles are half as long as they should be. `up` is the way up alone, not "
                "the whole cycle."
            ),
            answer=_cycles(clock=lambda k: 2 * k),
        ),
        Mistake(
            name="counted-from-one",
            hint=(
                "You are one step ahead: with k = 0, at the first step, the rate should be `low`. "
                "k is the number of steps that are done."
            ),
            answer=_cycles(clock=lambda k: k + 1),
        ),
        Mistake(
            name="one-late",
            hint=(
                "You are one step behind: the peak comes with k = up. k counts the steps that are "
                "done, so nothing has to be taken off."
            ),
            answer=_cycles(clock=lambda k: np.maximum(k - 1, 0)),
        ),
        Mistake(
            name="upside-down",
            hint="Your cycle begins at its peak. The first step has the rate `low`.",
            answer=_cycles(turn=True),
        ),
        Mistake(
            name="height-is-high",
            hint=(
                "Your peaks are above `high`, by `low`. What is the distance from the one to the "
                "other?"
            ),
            answer=lambda k, low, high, up, down, keep: cycle_rates(
                k, low, low + high, up, down, keep
            ),
        ),
        Mistake(
            name="down-as-up",
            hint="Your way down is as long as the way up, whatever `down` is.",
            answer=_cycles(lean=False),
        ),
        Mistake(
            name="like-the-chapter",
            hint=(
                "These are the chapter's cycles: right for up = down and keep = 1, and otherwise "
                "they ignore both arguments."
            ),
            answer=_cycles(lean=False, height=lambda keep, cycle, k: 1.0),
        ),
        Mistake(
            name="no-keep",
            hint="All your cycles have the same height: where does `keep` enter?",
            answer=_cycles(height=lambda keep, cycle, k: 1.0),
        ),
        Mistake(
            name="shrinks-in-every-step",
            hint=(
                "You multiply by `keep` in every step. The height changes from one cycle to the "
                "next, and stays within one."
            ),
            answer=_cycles(height=lambda keep, cycle, k: keep**k),
        ),
        Mistake(
            name="shrinks-too-early",
            hint="Your first cycle is smaller already. It should go up to `high`.",
            answer=_cycles(height=lambda keep, cycle, k: keep ** (cycle + 1)),
        ),
        Mistake(
            name="low-shrinks",
            hint=(
                "Between your later cycles the rate is below `low`. What shrinks is the height "
                "above `low`, not the rate."
            ),
            answer=_cycles(whole=True),
        ),
    ),
)

# 2. Restarts by the epoch


def restart_rates(epoch, lengths, high, low, warm_up):
    """A line from low to high in `warm_up` epochs, then a cosine of each length, then low."""
    ends = np.cumsum([warm_up, *lengths])
    share = np.where(epoch < warm_up, (warm_up - epoch) / max(warm_up, 1), 1.0)
    rates = high + (low - high) * share
    for start, end in pairwise(ends):
        swing = 0.5 + 0.5 * np.cos(np.pi * (epoch - start) / (end - start))
        rates = np.where((start <= epoch) & (epoch < end), low + (high - low) * swing, rates)
    return rates


def _cosine(high, low, share):
    return low + (high - low) * (1 + np.cos(np.pi * share)) / 2


def _restarts(share=None, rise=None, clock=None, late=False, cosine=_cosine):
    """A wrong `restart_rates`.

    share(done, lengths): how far the cosine is, for `done` epochs after the warm-up; None outside.
    """

    def rates(epoch, lengths, high, low, warm_up):
        done = (clock or (lambda epoch, warm_up: epoch - warm_up))(epoch, warm_up)
        after = cosine(high, low, share(done, lengths) if share else _share(done, lengths, late))
        line = rise or (lambda high, low, part: low + (high - low) * part)
        return np.where(epoch < warm_up, line(high, low, epoch / max(warm_up, 1)), after)

    return rates


def _share(done, lengths, late=False, beyond="low"):
    """How far the cosine is that `done` falls in."""
    ends = np.cumsum(lengths)
    index = np.searchsorted(ends, done, side="left" if late else "right")
    inside = np.minimum(index, len(lengths) - 1)
    share = (done - (ends - lengths)[inside]) / np.asarray(lengths)[inside]
    if beyond == "low":
        return np.minimum(share, 1.0)
    return share % 1 if beyond == "again" else share


def _epochs(rng, shape, last, exact=()):
    """Times in eighths of an epoch, which float32 holds exactly; `exact` ones come first."""
    times = rng.integers(1, 8 * last, shape) / 8
    times.flat[: len(exact)] = exact
    return times


def _rates_between(rng):
    return between(rng, 0.3, 2), between(rng, 0.01, 0.1)


def _one_cosine(rng):
    cases = [(np.array([0.5, 1.25]), np.array([2]), *_rates_between(rng), 0)]
    for shape in ((), (6,)):
        length = int(rng.integers(4, 20))
        epoch = np.asarray(_epochs(rng, (1,), length)[0] if shape == () else 0.0)
        epoch = _epochs(rng, shape, length) if shape else epoch
        cases.append((epoch, np.array([length]), *_rates_between(rng), 0))
    return cases


def _several(rng, count=3):
    """Lengths none of which is a multiple of the first."""
    first = int(rng.integers(3, 6))
    return np.array([first, *(first + rng.permutation(np.arange(1, first))[: count - 1])])


def _several_cosines(rng):
    cases = []
    for shape in ((6,), (), (2, 5)):
        lengths = _several(rng)
        ends = np.cumsum(lengths)
        if shape:
            epoch = _epochs(rng, shape, ends[-1], (ends[0], ends[1] + 0.5))
        else:
            epoch = np.asarray(float(ends[0] + 1))
        cases.append((epoch, lengths, *_rates_between(rng), 0))
    return cases


def _whole_runs(rng):
    cases = []
    for shape, dtype in (((9,), float), ((3, 4), float), ((12,), np.float32)):
        lengths, warm_up = _several(rng), int(rng.integers(2, 7))
        end = warm_up + int(lengths.sum())
        exact = (0.0, 0.5, warm_up, warm_up + lengths[0], end + 1.5)
        epoch = _epochs(rng, shape, end + 3, exact).astype(dtype)
        cases.append((epoch, lengths, *_rates_between(rng), warm_up))
    return cases


restarts_question = FunctionQuestion(
    key="schedules.2",
    title="Restarts by the epoch",
    kind="implement",
    difficulty=2,
    minutes=18,
    needs=("Cosines and restarts", "Warm-up"),
    name="restart_rates",
    reference=restart_rates,
    parts=(
        Part(name="one cosine", points=1, draw=_one_cosine),
        Part(name="cosines of several lengths", points=1, draw=_several_cosines),
        Part(name="from the warm-up to after the end", points=1, draw=_whole_runs),
    ),
    rtol=1e-7,
    atol=1e-12,
    mistakes=(
        Mistake(
            name="never-restarts",
            hint=(
                "After the first cosine your rate climbs back the way it came. Which count has to "
                "begin again at a restart?"
            ),
            answer=_restarts(share=lambda done, lengths: done / lengths[0]),
        ),
        Mistake(
            name="one-long-cosine",
            hint=(
                "You have one cosine over the whole run. The rate jumps back to `high` where one "
                "length is over and the next begins."
            ),
            answer=_restarts(share=lambda done, lengths: np.minimum(done / np.sum(lengths), 1)),
        ),
        Mistake(
            name="all-as-the-first",
            hint="All your cosines are as long as the first. Each has a length of its own.",
            answer=_restarts(share=lambda done, lengths: done % lengths[0] / lengths[0]),
        ),
        Mistake(
            name="down-and-up",
            hint=(
                "Each of your cosines comes down and climbs up again. How much of a full turn is "
                "the way down?"
            ),
            answer=_restarts(cosine=lambda high, low, share: _cosine(high, low, 2 * share)),
        ),
        Mistake(
            name="without-pi",
            hint=(
                "Your cosine never arrives at `low`: which angle should it have reached at the "
                "end of a length?"
            ),
            answer=_restarts(cosine=lambda high, low, share: _cosine(high, low, share / np.pi)),
        ),
        Mistake(
            name="without-half",
            hint="Your cosine begins far above `high`: how large is 1 + cos(0)?",
            answer=_restarts(
                cosine=lambda high, low, share: low + (high - low) * (1 + np.cos(np.pi * share))
            ),
        ),
        Mistake(
            name="counted-from-one",
            hint=(
                "You are one epoch ahead. `epoch` is the time that has passed: it is 0 at the "
                "first step."
            ),
            answer=lambda epoch, lengths, high, low, warm_up: restart_rates(
                epoch + 1, lengths, high, low, warm_up
            ),
        ),
        Mistake(
            name="restarts-late",
            hint=(
                "At the very moment of a restart your rate is still `low`. There the old length "
                "is over, and the rate is `high` again."
            ),
            answer=_restarts(late=True),
        ),
        Mistake(
            name="warm-up-not-taken-off",
            hint=(
                "After the warm-up your first cosine is under way already. When does its count "
                "begin?"
            ),
            answer=_restarts(clock=lambda epoch, warm_up: epoch),
        ),
        Mistake(
            name="warm-up-from-zero",
            hint="Your warm-up begins at zero. On which rate does the line begin?",
            answer=_restarts(rise=lambda high, low, part: high * part),
        ),
        Mistake(
            name="no-warm-up",
            hint="During the warm-up your rate is `high` all the time; it should rise in a line.",
            answer=_restarts(rise=lambda high, low, part: high + 0 * part),
        ),
        Mistake(
            name="climbs-after-the-end",
            hint="After the last length your cosine goes on and climbs. The rate stays at `low`.",
            answer=_restarts(share=lambda done, lengths: _share(done, lengths, beyond="climb")),
        ),
        Mistake(
            name="again-after-the-end",
            hint=(
                "After the last length you begin yet another cosine. There are only as many as "
                "there are lengths, and then the rate stays at `low`."
            ),
            answer=_restarts(share=lambda done, lengths: _share(done, lengths, beyond="again")),
        ),
    ),
)

# 3. Divided again and again


def orders_apart(rate, k):
    """log10 of the closed form over the recursion, eta_0 cancels."""
    divisors = 1 + rate * np.arange(k + 1)
    return float(np.sum(np.log10(divisors[:k])) - np.log10(divisors[k]))


def _few_divisions(rng):
    steps = rng.permutation([2, 3, 4, 5, 6])[:4]
    return [(between(rng, 0.2, 3), int(k)) for k in steps]


def _many_divisions(rng):
    return [
        (float(f"{10 ** rng.uniform(-3, 0):.3g}"), int(10 ** rng.uniform(2.3, 3.7)))
        for _ in range(5)
    ]


def _product(rate, first, last):
    """log10 of the product of 1 + rate * j for j from first to last."""
    return float(np.sum(np.log10(1 + rate * np.arange(first, last + 1))))


recursion_question = FunctionQuestion(
    key="schedules.3",
    title="Divided again and again",
    kind="predict",
    difficulty=2,
    minutes=10,
    needs=("Rates that fall",),
    name="orders_apart",
    reference=orders_apart,
    check="form",
    parts=(
        Part(name="up to six steps", points=1, draw=_few_divisions),
        Part(name="thousands of steps", points=1, draw=_many_divisions),
    ),
    rtol=1e-6,
    atol=1e-9,
    mistakes=(
        Mistake(
            name="equal",
            hint=(
                "You say that the two are the same. Write down the rates of both for k = 0, 1, 2, "
                "3 and compare."
            ),
            answer=lambda rate, k: 0.0,
        ),
        Mistake(
            name="natural-logarithm",
            hint="Your number is too large by a factor of 2.3. Orders of magnitude count tens.",
            answer=lambda rate, k: orders_apart(rate, k) * math.log(10),
        ),
        Mistake(
            name="upside-down",
            hint="The size is right. Which of the two rates is on top of the fraction?",
            answer=lambda rate, k: -orders_apart(rate, k),
        ),
        Mistake(
            name="ratio",
            hint="That is how many times larger the one is. Its logarithm is asked for.",
            answer=lambda rate, k: 10 ** min(orders_apart(rate, k), 300.0),
        ),
        Mistake(
            name="one-division-more",
            hint=(
                "At k = 1 you call the two equal. The recursion has divided by 1 only until then, "
                "and the closed form by more."
            ),
            answer=lambda rate, k: _product(rate, 1, k - 1),
        ),
        Mistake(
            name="one-division-less",
            hint=(
                "Your recursion is one division behind: the rate for k = 2 has been divided by "
                "1 + rate."
            ),
            answer=lambda rate, k: _product(rate, 1, k - 2) - math.log10(1 + rate * k),
        ),
        Mistake(
            name="same-divisor",
            hint=(
                "You divide by the same number in every step, as an exponential decay does. The "
                "divisor of the recursion grows."
            ),
            answer=lambda rate, k: k * math.log10(1 + rate) - math.log10(1 + rate * k),
        ),
    ),
)

# 4. Repair a step decay


def epoch_rates(lr, factor, every, lowest, examples, size, steps):
    """The rate of each step; epochs have ceil(examples / size) steps, drops are in epochs."""
    per_epoch = math.ceil(examples / size)
    drops = np.arange(steps) // (per_epoch * every)
    return np.maximum(lr * factor**drops, lowest)


def _by_epoch(drops=lambda epoch, every: epoch // every, epoch=None, floor=True, clip=True):
    """A wrong `epoch_rates`: epoch(k, examples, size) counts, drops(epoch, every) lowers."""

    def rates(lr, factor, every, lowest, examples, size, steps):
        k = np.arange(steps)
        done = epoch(k, examples, size) if epoch else k // math.ceil(examples / size)
        power = drops(done, every).astype(float)
        power = np.maximum(power, 0) if clip else power
        return np.maximum(lr * factor**power, lowest if floor else 0)

    return rates


def _data_set(rng, remainder, lowest=False):
    size, batches = int(rng.integers(5, 40)), int(rng.integers(3, 7))
    examples = size * batches + (int(rng.integers(1, size)) if remainder else 0)
    every, epochs = int(rng.integers(2, 4)), int(rng.integers(9, 14))
    lr, factor = between(rng, 0.05, 2), between(rng, 0.3, 0.7)
    floor = float(f"{lr * factor**2 * rng.uniform(0.4, 0.9):.3g}") if lowest else 0.0
    return lr, factor, every, floor, examples, size, epochs * (batches + 1)


def _whole_batches(rng):
    small = (1.0, between(rng, 0.3, 0.7), 2, 0.0, 6, 2, 16)
    return [small, *(_data_set(rng, False) for _ in range(3))]


def _short_batches(rng):
    small = (1.0, between(rng, 0.3, 0.7), 2, 0.0, 5, 2, 24)
    return [small, *(_data_set(rng, True) for _ in range(3))]


def _lowest_rates(rng):
    return [_data_set(rng, False, lowest=True) for _ in range(3)]


bug_question = FunctionQuestion(
    key="schedules.4",
    title="Repair a step decay",
    kind="find the bug",
    difficulty=2,
    minutes=12,
    needs=("Steps or epochs",),
    name="epoch_rates",
    reference=epoch_rates,
    parts=(
        Part(name="whole batches", points=1, draw=_whole_batches),
        Part(name="a short last batch", points=1, draw=_short_batches),
        Part(name="a lowest rate", points=1, draw=_lowest_rates),
    ),
    rtol=1e-9,
    atol=0.0,
    mistakes=(
        Mistake(
            name="as-shipped",
            hint=(
                "The last step before each drop has the lower rate already. What has `seen` "
                "counted when the rate of a step is computed?"
            ),
            answer=_by_epoch(epoch=lambda k, examples, size: (k + 1) // math.ceil(examples / size)),
        ),
        Mistake(
            name="an-epoch-early",
            hint=(
                "Your first drop comes one whole epoch too early: the first rate should be that "
                "of `every` epochs."
            ),
            answer=_by_epoch(drops=lambda epoch, every: (epoch + 1) // every),
        ),
        Mistake(
            name="an-epoch-late",
            hint=(
                "Your first drop comes one whole epoch too late: the first rate should be that "
                "of `every` epochs."
            ),
            answer=_by_epoch(drops=lambda epoch, every: (epoch - 1) // every),
        ),
        Mistake(
            name="above-the-first",
            hint=(
                "In the first epoch your rate is above `lr`. With an epoch taken off, the exponent "
                "is negative there."
            ),
            answer=_by_epoch(
                epoch=lambda k, examples, size: (k + 1) // math.ceil(examples / size) - 1,
                clip=False,
            ),
        ),
        Mistake(
            name="a-step-late",
            hint=(
                "The first step after each drop still has the rate of before. You went from one "
                "step too early to one too late."
            ),
            answer=_by_epoch(
                epoch=lambda k, examples, size: np.maximum(k - 1, 0) // math.ceil(examples / size)
            ),
        ),
        Mistake(
            name="counts-steps",
            hint="Your rate drops after `every` steps. In which unit is `every`?",
            answer=_by_epoch(epoch=lambda k, examples, size: k),
        ),
        Mistake(
            name="no-drops",
            hint="Within an epoch your rate falls in every step. It stays until the next drop.",
            answer=_by_epoch(
                epoch=lambda k, examples, size: k / math.ceil(examples / size),
                drops=lambda epoch, every: epoch / every,
            ),
        ),
        Mistake(
            name="short-batch-forgotten",
            hint=(
                "Right where the batches divide the examples. Otherwise your epochs are one step "
                "too short: the examples that are left over make a step, too."
            ),
            answer=_by_epoch(epoch=lambda k, examples, size: k // (examples // size)),
        ),
        Mistake(
            name="all-batches-full",
            hint=(
                "Right where the batches divide the examples. Otherwise you count more examples "
                "than there are: how large is the last batch of an epoch?"
            ),
            answer=_by_epoch(epoch=lambda k, examples, size: k * size // examples),
        ),
        Mistake(
            name="no-lowest",
            hint="Your rate falls below `lowest`. That line was right as it was shipped.",
            answer=_by_epoch(floor=False),
        ),
        Mistake(
            name="towards-lowest",
            hint=(
                "Your rate tends to `lowest` and never gets there: each drop multiplies the rate "
                "itself. That line was right as it was shipped."
            ),
            answer=lambda lr, factor, every, lowest, examples, size, steps: (
                lowest + epoch_rates(lr - lowest, factor, every, 0.0, examples, size, steps)
            ),
        ),
    ),
)

# 5. Where a falling rate gets stuck


def stuck(x0, curvature, lr, factor, every):
    """Each level of the rate multiplies x `every` times by the same factor; levels until 1e-18."""
    levels = math.ceil(math.log(1e-18) / math.log(factor))
    left = 1 - curvature * lr * factor ** np.arange(levels)
    return float(x0 * np.prod(left**every))


def _kept(step=lambda z: 1 - z, shift=0, first=0, every=None, steps=None, smooth=False):
    """A wrong `stuck`, step by step: k + shift and every decide the level."""

    def end(x0, curvature, lr, factor, repeat):
        repeat = every or repeat
        count = steps or math.ceil(repeat * math.log(1e-14) / math.log(factor)) + 2 * repeat
        level = (np.arange(count) + shift) / repeat
        level = first + (level if smooth else np.floor(level))
        return float(x0 * np.prod(step(curvature * lr * factor**level)))

    return end


def _no_curvature(x0, curvature, lr, factor, every):
    return stuck(x0, 1.0, lr, factor, every)


def _reach(curvature, lr, factor, every):
    """The sum of all rates, times the curvature."""
    return curvature * lr * every / (1 - factor)


def _decays(rng, factors, repeats, first=None, count=3, curvature=None):
    """first: the range of curvature * lr; by default it follows from how far the steps reach."""
    cases = []
    for _ in range(count):
        factor, every = between(rng, *factors), int(rng.integers(*repeats))
        x0 = float(f"{rng.choice([-1, 1]) * 10 ** rng.uniform(-1, 2):.3g}")
        bowl = curvature or float(f"{10 ** rng.uniform(-2, 0) * rng.choice([1, 30]):.3g}")
        product = rng.uniform(*first) if first else rng.uniform(0.4, 2) * (1 - factor) / every
        cases.append((x0, bowl, float(f"{product / bowl:.4g}"), factor, every))
    return cases


def _single_steps(rng):
    return _decays(rng, (0.6, 0.9), (1, 2), curvature=1.0)


def _overshooting(rng):
    """Only the first level overshoots; the first case an odd number of times."""
    odd = _decays(rng, (0.3, 0.5), (3, 4), first=(1.2, 1.7), count=1)
    return [*odd, *_decays(rng, (0.3, 0.5), (2, 6), first=(1.2, 1.7), count=2)]


def _slow_decays(rng):
    return _decays(rng, (0.985, 0.995), (20, 60))


stuck_question = FunctionQuestion(
    key="schedules.5",
    title="Where a falling rate gets stuck",
    kind="analyze",
    difficulty=3,
    minutes=15,
    needs=("How far the steps reach",),
    name="stuck",
    reference=stuck,
    parts=(
        Part(name="one step with each rate", points=1, draw=_single_steps),
        Part(name="rates that overshoot at first", points=1, draw=_overshooting),
        Part(name="rates that fall slowly", points=1, draw=_slow_decays),
    ),
    rtol=1e-6,
    atol=0.0,
    mistakes=(
        Mistake(
            name="arrives",
            hint=(
                "You say that the run arrives at the minimum. For that the rates would have to "
                "sum to infinity: what is the sum of these?"
            ),
            answer=lambda x0, curvature, lr, factor, every: 0.0,
        ),
        Mistake(
            name="bound",
            hint=(
                "That is the chapter's bound with its exponential. It is near the truth for small "
                "rates; the exact end is asked for."
            ),
            answer=lambda x0, curvature, lr, factor, every: (
                x0 * math.exp(-_reach(curvature, lr, factor, every))
            ),
        ),
        Mistake(
            name="slope-of-the-start",
            hint=(
                "You take every step with the slope at the start. The slope falls with x, so "
                "later steps cover less."
            ),
            answer=lambda x0, curvature, lr, factor, every: (
                x0 * (1 - _reach(curvature, lr, factor, every))
            ),
        ),
        Mistake(
            name="uphill",
            hint="Your x moves away from the minimum: look at the sign of the step.",
            answer=_kept(step=lambda z: 1 + z),
        ),
        Mistake(
            name="no-curvature",
            hint="Your end does not depend on the curvature. What is the gradient at x?",
            answer=_no_curvature,
        ),
        Mistake(
            name="level-too-low",
            hint=(
                "Your first steps have the rate `lr * factor`. The first `every` steps have `lr` "
                "itself."
            ),
            answer=_kept(first=1),
        ),
        Mistake(
            name="one-step-short",
            hint=(
                "Your first drop comes one step too early: `every` steps have the rate `lr`, and "
                "you take one less."
            ),
            answer=_kept(shift=1),
        ),
        Mistake(
            name="every-ignored",
            hint="Your rate drops after each step. How many steps have the same rate?",
            answer=_kept(every=1),
        ),
        Mistake(
            name="no-drops",
            hint=(
                "Your rate falls a little in every step. In a step decay it stays for `every` "
                "steps, and then drops by the whole factor."
            ),
            answer=_kept(smooth=True),
        ),
        Mistake(
            name="way",
            hint="That is how far it moves. Where does it end?",
            answer=lambda x0, curvature, lr, factor, every: (
                x0 - stuck(x0, curvature, lr, factor, every)
            ),
        ),
        Mistake(
            name="side-lost",
            hint=(
                "The distance is right. A step that is too long leads to the other side of the "
                "minimum: on which side does the run end?"
            ),
            answer=_kept(step=lambda z: np.abs(1 - z)),
        ),
        Mistake(
            name="stopped-too-soon",
            hint=(
                "You stop while the rates still count. How many steps does it take until they "
                "are a millionth of the first?"
            ),
            answer=_kept(steps=1000),
        ),
    ),
)

# 6. Rates for a noisy ravine

NOISY, QUIET = 0.75, 2.0  # the loss that is allowed, in losses of the best constant rate
START = (1.0, 1.0)


def _falls_after(wait, steps):
    """1 for a share `wait` of the steps, then half a cosine down to 0."""
    over = np.maximum(np.arange(steps) / steps - wait, 0)
    return 0.5 + 0.5 * np.cos(np.pi * over / (1 - wait))


def rates(condition, sigma, steps):
    """Constant without noise; under noise the first rate stays for a while and then falls."""
    return _searched(condition, sigma, steps, (0.0, 0.5, 0.75, 0.9))


def _searched(condition, sigma, steps, waits):
    if not sigma:
        return _only_constant(condition, sigma, steps)
    first, wait = _best(condition, sigma, steps, waits)
    return first * _falls_after(wait, steps)


@lru_cache
def _best(condition, sigma, steps, waits):
    """The best of a grid of first rates, and of how long they stay."""
    pairs = [(r / condition, wait) for wait in waits for r in np.geomspace(0.02, 1.99, 60)]
    tried = np.array([first * _falls_after(wait, steps) for first, wait in pairs])
    return pairs[np.argmin(_mean_loss(tried, condition, sigma))]


def _only_constant(condition, sigma, steps):
    tried = np.outer(np.r_[np.geomspace(0.02, 1.4, 60), np.arange(1.4, 1.99, 0.01)], np.ones(steps))
    return tried[np.argmin(_mean_loss(tried / condition, condition, sigma))] / condition


@np.errstate(all="ignore")
def _mean_loss(rates, condition, sigma):
    """The loss on average after the last step; rates of shape (..., steps)."""
    total = 0.0
    for curvature, start in zip((1.0, condition), START, strict=True):
        square = np.full(rates.shape[:-1], start**2)
        for rate in np.moveaxis(rates, -1, 0):
            square = (1 - rate * curvature) ** 2 * square + (rate * sigma) ** 2
        total = total + curvature * square / 2
    return total


def _best_constant(condition, sigma, steps):
    """The mean square after T steps is a geometric sum; the best rate of a fine grid."""
    rate, total = np.geomspace(1e-3, 1.999, 4000) / condition, 0.0
    for curvature, start in zip((1.0, condition), START, strict=True):
        keep = (1 - rate * curvature) ** 2
        noise = (rate * sigma) ** 2 * (1 - keep**steps) / (1 - keep)
        total = total + curvature * (keep**steps * start**2 + noise) / 2
    return float(total.min())


def _judge_rates(arguments, output):
    condition, sigma, steps = arguments
    output = np.asarray(output, dtype=float)
    if np.any(output < 0):
        return "A rate may be zero, but not negative."
    allowed = (NOISY if sigma else QUIET) * _best_constant(condition, sigma, steps)
    if _mean_loss(output, condition, sigma) <= allowed:
        return None
    return "At least once the loss after the last step is above what is allowed."


def _ravines(conditions, sigmas, lengths):
    """lengths: the range of the number of steps, in condition numbers.

    Each range is crossed in three draws, so that no rates that ignore the numbers serve all of
    them.
    """

    def draw(rng):
        cases = []
        for place in (0.0, 0.45, 0.9):
            condition, sigma, length = (
                low * (high / low) ** (place + rng.uniform(0, 0.1)) if high else 0.0
                for low, high in (conditions, sigmas, lengths)
            )
            condition = round(condition, 1)
            cases.append((condition, round(sigma, 2), int(condition * length)))
        return cases

    return draw


def _match(test, noise=None):
    """A match for outputs that pass `test(rates, condition)`, with noise, without, or either."""

    def matches(arguments, output):
        if noise is not None and noise != (arguments[1] > 0):
            return False
        return bool(test(np.asarray(output, dtype=float), arguments[0]))

    return matches


def _better(times):
    """A match under noise: with all rates `times` as large the loss would be smaller."""

    def matches(arguments, output):
        condition, sigma, _ = arguments
        both = np.outer([1.0, times], output)
        loss = _mean_loss(both, condition, sigma)
        return sigma > 0 and bool(loss[1] < loss[0])

    return matches


def _falls_too_soon(arguments, output):
    """With noise and few steps; where there are many, it is no mistake."""
    condition, sigma, steps = arguments
    return sigma > 0 and steps < 2 * condition and output[steps // 2] < 0.6 * np.max(output)


def _constant(first):
    return lambda condition, sigma, steps: np.full(steps, first(condition))


def _falls_anyway(condition, sigma, steps):
    return rates(condition, sigma, steps) if sigma else 1.9 / condition * _falls_after(0, steps)


ravine_question = FunctionQuestion(
    key="schedules.6",
    title="Rates for a noisy ravine",
    kind="tune",
    difficulty=3,
    minutes=20,
    needs=("What decay is for", "Cosines and restarts"),
    name="rates",
    reference=rates,
    check="form",
    judge=_judge_rates,
    parts=(
        Part(name="no noise", points=1, draw=_ravines((20, 100), (0, 0), (1, 2.5))),
        Part(name="much noise, many steps", points=1, draw=_ravines((10, 30), (1, 3), (15, 60))),
        Part(name="noise and few steps", points=2, draw=_ravines((30, 100), (0.6, 1.2), (1, 1.6))),
    ),
    mistakes=(
        Mistake(
            name="unstable",
            hint=(
                "Your rates are above 2 over the largest curvature at least half of the time: "
                "in the steep direction every such step makes the distance larger."
            ),
            answer=_constant(lambda condition: 3 / condition),
            matches=_match(lambda output, condition: np.median(output) > 2 / condition),
        ),
        Mistake(
            name="library-default",
            hint="0.001 is a library's default. It knows neither the curvature nor the noise.",
            answer=_constant(lambda condition: 0.001),
            matches=_match(lambda output, condition: np.all(output == 0.001)),
        ),
        Mistake(
            name="constant",
            hint=(
                "Your rate stays as it is. Under noise each constant rate has a floor, and what "
                "is allowed is below the best of them."
            ),
            answer=_only_constant,
            matches=_match(
                lambda output, condition: np.ptp(output) <= 1e-9 * output[0], noise=True
            ),
        ),
        Mistake(
            name="rises",
            hint=(
                "Your rates are largest at the end. The noise of which steps is still there when "
                "the run is over?"
            ),
            answer=lambda condition, sigma, steps: rates(condition, 1.0, steps)[::-1],
            matches=_match(lambda output, condition: output[-1] > 1.5 * output[0]),
        ),
        Mistake(
            name="one-over-t",
            hint=(
                "Your rates fall like 1/t. That is good for one curvature; with two, which of the "
                "directions is far from its minimum when the steps have become short?"
            ),
            answer=lambda condition, sigma, steps: 1 / condition / np.arange(1, steps + 1),
            matches=_match(
                lambda output, condition: np.allclose(
                    output * np.arange(1, len(output) + 1), output[0], rtol=0.01
                )
            ),
        ),
        Mistake(
            name="falls-without-noise",
            hint=(
                "Without noise there is nothing to settle, and your rates fall: what does that "
                "do to the distance the steps can cover?"
            ),
            answer=_falls_anyway,
            matches=_match(lambda output, condition: output[-1] < 0.5 * output[0], noise=False),
        ),
        Mistake(
            name="short-steps",
            hint=(
                "Without noise your rate is far from the largest that is stable, and the flat "
                "direction is still on its way."
            ),
            answer=lambda condition, sigma, steps: (
                rates(condition, sigma, steps) if sigma else np.full(steps, 0.5 / condition)
            ),
            matches=_match(lambda output, condition: np.max(output) < 1.4 / condition, noise=False),
        ),
        Mistake(
            name="balanced-for-ever",
            hint=(
                "Your rate shrinks both directions by the same factor. In the loss the steep one "
                "counts `condition` times as much, and the run is short: a little less is better."
            ),
            answer=lambda condition, sigma, steps: (
                rates(condition, sigma, steps) if sigma else np.full(steps, 2 / (1 + condition))
            ),
            matches=_match(
                lambda output, condition: np.allclose(output, 2 / (1 + condition), rtol=0.003),
                noise=False,
            ),
        ),
        Mistake(
            name="falls-too-soon",
            hint=(
                "There is noise, and there are few steps: half of the way through, your rate has "
                "fallen to about a half or less. When does a decay have to begin, if mainly the "
                "noise of the last steps is left?"
            ),
            answer=lambda condition, sigma, steps: _searched(condition, sigma, steps, (0.0,)),
            matches=_falls_too_soon,
        ),
        Mistake(
            name="too-large",
            hint=(
                "With all of your rates halved the loss would be smaller: the noise that your "
                "rates let in is too much for the rest of the run to settle."
            ),
            answer=lambda condition, sigma, steps: 1.8 / condition * _falls_after(0.75, steps),
            matches=_better(0.5),
        ),
        Mistake(
            name="too-small",
            hint=(
                "With all of your rates doubled the loss would be smaller: the flat direction is "
                "still on its way."
            ),
            answer=lambda condition, sigma, steps: 0.05 / condition * _falls_after(0.75, steps),
            matches=_better(2.0),
        ),
    ),
)

# Practice: the notebook shows these solutions

by_hand = ValueQuestion(
    key="schedules.p1",
    title="A triangle by hand",
    kind="predict",
    difficulty=1,
    minutes=5,
    needs=("Cycles",),
    name="triangle",
    graded=False,
    points=0,
    value=[0.2, 0.8, 1.0, 0.6, 0.2, 0.8],
    atol=1e-6,
    mistakes=(
        Mistake(
            name="one-ramp",
            hint="After the peak your rate falls to its smallest at once and stays there.",
            answer=[0.2, 0.8, 0.2, 0.2, 0.2, 0.2],
        ),
        Mistake(
            name="whole-cycle",
            hint="Your cycle has four steps. Four steps are the way up alone.",
            answer=[0.2, 0.6, 0.2, 1.0, 0.2, 0.6],
        ),
        Mistake(
            name="counted-from-one",
            hint="You are one step ahead: k = 0 is the first step, and it has the smallest rate.",
            answer=[0.4, 1.0, 0.8, 0.4, 0.4, 0.6],
        ),
        Mistake(
            name="from-zero",
            hint="Your rates begin at 0. The smallest is 0.2; how high is the triangle above it?",
            answer=[0.0, 0.75, 1.0, 0.5, 0.0, 0.75],
        ),
    ),
)

clocks = ValueQuestion(
    key="schedules.p2",
    title="Two clocks",
    kind="predict",
    difficulty=1,
    minutes=5,
    needs=("Steps or epochs",),
    name="two_clocks",
    graded=False,
    points=0,
    value=[0.4, 0.8 * 0.5**99],
    rtol=1e-3,
    mistakes=(
        Mistake(
            name="t-for-k",
            hint="In step 400, how many steps are done?",
            answer=[0.2, 0.8 * 0.5**100],
        ),
        Mistake(
            name="swapped",
            hint="You have both, in the other order: which clock runs faster?",
            answer=[0.8 * 0.5**99, 0.4],
        ),
        Mistake(
            name="no-rounding",
            hint="Between two drops the rate stays: the exponent is a whole number.",
            answer=[0.8 * 0.5 ** (399 / 200), 0.8 * 0.5 ** (399 / 4)],
        ),
    ),
)

kinds = ValueQuestion(
    key="schedules.p3",
    title="Which of these is a schedule",
    kind="choice",
    difficulty=1,
    minutes=3,
    needs=("A function of the step",),
    name="choice",
    graded=False,
    points=0,
    options=("a", "b", "c", "d"),
    value="c",
    mistakes=(
        Mistake(
            name="preconditioner",
            hint="The averages are made of gradients: another run would have other ones.",
            answer="a",
        ),
        Mistake(
            name="plateau",
            hint="When does this rule lower the rate? Does the number of the step tell you?",
            answer="b",
        ),
        Mistake(
            name="clipping",
            hint="The factor depends on how long the gradient is.",
            answer="d",
        ),
    ),
)

EXERCISE = Exercise(
    name="schedules",
    title="Learning-rate schedules",
    questions=(
        by_hand,
        clocks,
        kinds,
        cycles_question,
        restarts_question,
        recursion_question,
        bug_question,
        stuck_question,
        ravine_question,
    ),
)
