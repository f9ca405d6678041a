"""AMSGrad: by hand, the maximum, the problem that Adam loses, every corrected number."""

import nbformat
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from exercises.questions import amsgrad as questions
from exercises.questions import examples
from lecture_code.adagrad import AdaGrad
from lecture_code.adam import Adam
from lecture_code.amsgrad import AMSGrad, Projected, RareSpike
from lecture_code.gradient_descent import GradientDescent
from lecture_code.minimize import follow, minimize
from lecture_code.objectives import Bowl
from scripts.site import ROOT
from tests.proofs import PUBLIC, SEEDS, cells, record, run_anywhere

SHOWN = [AMSGrad]
EQUATIONS = {
    r"m_t = \beta_1 m_{t-1} + (1 - \beta_1) g_t, \quad m_0 = 0": (
        lambda beta1, m, g: beta1 * m + (1 - beta1) * g
    ),
    r"v_t = \beta_2 v_{t-1} + (1 - \beta_2) g_t \odot g_t, \quad v_0 = 0": (
        lambda beta2, v, g: beta2 * v + (1 - beta2) * g**2
    ),
    r"v^{\max}_t = \max(v^{\max}_{t-1}, v_t), \quad v^{\max}_0 = 0": max,
    r"\theta_t = \theta_{t-1} - \frac{\eta_t}{\sqrt{v^{\max}_t} + \epsilon} \odot m_t": (
        lambda theta, eta, v_max, epsilon, m: theta - eta / (v_max**0.5 + epsilon) * m
    ),
}

gradients = arrays(float, (8, 2), elements=st.floats(-100, 100).map(lambda x: round(x, 6)))


def moves(method, stream):
    return -np.diff(follow(method, np.asarray(stream, float)[:, None]).points[:, 0])


@pytest.mark.parametrize(
    ("correction", "expected"),
    [
        # beta1 1/2, beta2 3/4; g = 4, 0: m = 2, 1; v = 4, 3; v max 4, 4.
        ("none", [2 / 2, 1 / 2]),
        # v hat = 16, 48/7: max 16, 16; m hat = 4, 4/3.
        ("before", [4 / 4, (4 / 3) / 4]),
        # max of v = 4, 4 over 1/4, 7/16: 16, 64/7.
        ("after", [4 / 4, (4 / 3) / (64 / 7) ** 0.5]),
    ],
)
def test_two_steps_by_hand(correction, expected):
    method = AMSGrad(0.1, 0.5, 0.75, 0.0, correction)
    np.testing.assert_allclose(moves(method, [4.0, 0.0]), 0.1 * np.array(expected), rtol=1e-14)


@given(gradients)
def test_equations_of_the_page_in_plain_python(stream):
    points = follow(AMSGrad(lambda t: 0.3 / t, 0.8, 0.9, 1e-3), stream).points
    first, second, largest, move = EQUATIONS.values()
    for j in range(2):
        m = v = v_max = theta = 0.0
        for t in range(1, 9):
            g = float(stream[t - 1, j])
            m, v = first(0.8, m, g), second(0.9, v, g)
            v_max = largest(v_max, v)
            theta = move(theta, 0.3 / t, v_max, 1e-3, m)
            assert points[t, j] == pytest.approx(theta, rel=1e-12, abs=1e-14)


@given(gradients, st.sampled_from(["none", "before"]))
def test_the_rate_never_rises(stream, correction):
    rates = follow(AMSGrad(0.1, correction=correction), stream).rates
    assert (np.diff(rates, axis=0) <= 0).all()


def test_while_v_rises_it_is_adam_without_correction():
    stream = np.arange(1.0, 9.0)
    one, other = AMSGrad(0.1), Adam(0.1, correct_bias=False)
    np.testing.assert_allclose(moves(one, stream), moves(other, stream), rtol=1e-14)


def test_the_maximum_is_over_all_averages_of_each_parameter():
    """Erratum E34 (D32): v = 1, 0.5, 0.7, 0.2, 0.1 gives 1 throughout; not 1, 1, 0.7, 0.7, 0.2."""
    method = AMSGrad(1.0, beta1=0.0, beta2=0.0, epsilon=0.0)
    stream = np.sqrt([[1.0, 0.1], [0.5, 0.2], [0.7, 0.3], [0.2, 0.4], [0.1, 0.5]])
    v_max = follow(method, stream).rates ** -2
    np.testing.assert_allclose(v_max[:, 0], 1)
    np.testing.assert_allclose(v_max[:, 1], [0.1, 0.2, 0.3, 0.4, 0.5])


def test_not_the_largest_square_but_the_largest_average():
    """Erratum E34 (D32): one gradient of 10 among 0.1: the largest square is 100, v max 0.101."""
    stream = np.r_[np.full(50, 0.1), 10.0, np.full(50, 0.1)]
    state = follow(AMSGrad(), stream[:, None]).state
    assert state.v_max[0] == pytest.approx(0.101, abs=2e-3)


def test_the_rate_falls_while_the_step_grows():
    """Erratum E34: constant gradient, t = 1 to 10: steps of 3.16 to 6.53, rates of 31.6 to 10.0."""
    trace = follow(AMSGrad(1.0, epsilon=0.0), np.ones((10, 1)))
    steps = -np.diff(trace.points[:, 0])
    assert steps[[0, 9]] == pytest.approx([3.16, 6.53], abs=5e-3)
    assert trace.rates[[0, 9], 0] == pytest.approx([31.6, 10.0], abs=0.05)


@pytest.mark.parametrize(
    ("spike", "adam", "amsgrad"), [(3.0, 0.644, 0.063), (4.0, 1.286, 0.061), (10.0, 5.15, 0.105)]
)
def test_adam_goes_to_the_worst_point_and_amsgrad_to_the_best(spike, adam, amsgrad):
    """Erratum E35 (D31): beta1 = 0, beta2 = 1 / (1 + C^2), 0.1 / sqrt(t); mean regret at 3000."""
    problem, beta2 = RareSpike(spike), 1 / (1 + spike**2)
    rate = lambda t: 0.1 / t**0.5  # noqa: E731
    options = dict(beta1=0.0, beta2=beta2, epsilon=0.0)
    lost = problem.play(Adam(rate, **options, correct_bias=False), 3000)
    won = problem.play(AMSGrad(rate, **options), 3000)
    assert lost[-1] == pytest.approx(1.0, abs=1e-3)
    assert problem.regret(lost[:-1])[-1] / 3000 == pytest.approx(adam, rel=0.02)
    assert problem.regret(won[:-1])[-1] / 3000 == pytest.approx(amsgrad, rel=0.02)
    if spike == 3:
        assert lost[[300, 1000, 3000]] == pytest.approx([0.674, 0.997, 1.0], abs=1e-3)
        assert won[[300, 1000, 3000]] == pytest.approx([-0.443, -0.779, -0.999], abs=1e-3)


def drift(spike, period, beta2):
    """Equations amsgrad-cycle and amsgrad-drift of the page, term by term."""
    total = 0.0
    for k in range(period):
        share = (1 - beta2) * beta2**k / (1 - beta2**period)
        v = 1 + (spike**2 - 1) * share
        total += (-spike if k == 0 else 1) / v**0.5
    return total


@pytest.mark.parametrize(("spike", "period"), [(3.0, 3), (15.0, 11), (150.0, 101)])
@pytest.mark.parametrize("beta2", [0.0, 0.3, 0.6, 0.9, 0.97])
def test_a_period_moves_adam_as_the_formula_says(spike, period, beta2):
    warm = 1000 // period + 1  # whole periods until the start is forgotten
    slopes = RareSpike(spike, period).slopes((warm + 1) * period)[:, None]
    adam = Adam(1.0, 0.0, beta2, 0.0, correct_bias=False)
    x = follow(adam, slopes).points[:, 0]
    moved = x[(warm + 1) * period] - x[warm * period]
    assert moved == pytest.approx(drift(spike, period, beta2), rel=1e-6, abs=1e-9)


def test_the_beta2_at_which_adam_turns_round():
    """Period 3, spike 3: 0.4723; runs at a constant rate on both sides end at opposite borders."""
    assert drift(3, 3, 0.4723) > 0 > drift(3, 3, 0.4724)
    for beta2, end in ((0.45, 1), (0.5, -1)):
        x = RareSpike(3.0).play(Adam(0.05, 0.0, beta2, 0.0), 4000)
        assert x[-1] == pytest.approx(end, abs=0.1)


@pytest.mark.parametrize("q", [1.1, 1.5, 3.0])
def test_the_memory_that_adam_needs_in_a_long_period(q):
    """Equation amsgrad-memory: the drift changes sign where (e^(a/2) - 1) / (a/2) = q."""
    low, high = 1e-9, 20.0
    for _ in range(80):
        a = (low + high) / 2
        low, high = (low, a) if np.expm1(a / 2) / (a / 2) > q else (a, high)
    period = 3000
    assert drift(q * period, period, 1 - 0.99 * a / period) < 0
    assert drift(q * period, period, 1 - 1.01 * a / period) > 0


@pytest.mark.parametrize("beta2", [0.0, 0.5, 0.9, 0.99, 0.999, 0.9999])
@pytest.mark.parametrize("period", [3, 11, 101])
def test_for_every_beta2_some_spike_fools_adam_and_longer_memory_mends_it(beta2, period):
    """At spike = period - 1 the drift is positive, so it is for a spike a little above it."""
    assert drift(period - 1, period, beta2) > 0
    slightly = (period - 1) * (1 + 1e-9)
    assert drift(slightly, period, beta2) > 0
    assert drift(1.2 * (period - 1), period, 1 - 1e-9) < 0


@pytest.mark.parametrize(
    ("changes", "end"),
    [
        ({}, 1),
        ({"correct_bias": False}, 1),
        ({"lr": 0.01}, 1),
        ({"beta1": 0.9}, -1),
        ({"beta2": 0.9}, -1),
        ({"beta1": 0.9, "beta2": 0.999}, -1),
    ],
)
def test_what_makes_adam_fail_is_the_short_memory_of_squares(changes, end):
    options = {"lr": lambda t: 0.1 / t**0.5, "beta1": 0.0, "beta2": 0.1, "epsilon": 0.0}
    x = RareSpike().play(Adam(**(options | changes)), 3000)
    assert x[-1] == pytest.approx(end, abs=0.02)


@pytest.mark.parametrize(("betas", "end"), [((0, 0.95), 1), ((0.9, 0.95), 1), ((0.9, 0.99), -1)])
def test_momentum_does_not_mend_it_where_the_period_is_long(betas, end):
    x = RareSpike(150.0, 101).play(Adam(0.02, *betas, 0.0), 4000)
    assert x[-1] == pytest.approx(end, abs=0.05)


def test_two_readings_of_the_words_are_other_methods():
    """Erratum E34 in the game: the larger of the last two averages climbs toward +1."""

    class LastTwo(AMSGrad):
        def step(self, theta, state, g):
            return super().step(theta, state._replace(v_max=state.v), g)

    class LargestSquare(AMSGrad):
        def step(self, theta, state, g):
            largest = np.maximum(state.v_max, g * g)
            return super().step(theta, state._replace(v_max=largest), g)

    short = dict(beta1=0.0, beta2=0.1, epsilon=0.0)
    ends = {k: RareSpike().play(k(0.01, **short), 6000)[-1] for k in (AMSGrad, LastTwo)}
    assert ends[AMSGrad] < -0.98 and ends[LastTwo] > 0.98
    # By hand, beta2 = 0: v = 1, .5, .7, .2, .1.
    stream = np.sqrt([[1.0], [0.5], [0.7], [0.2], [0.1]])
    found = follow(LastTwo(1.0, 0.0, 0.0, 0.0), stream).rates[:, 0] ** -2
    np.testing.assert_allclose(found, [1, 1, 0.7, 0.7, 0.2])
    outlier = np.r_[np.full(50, 0.1), 10.0, np.full(50, 0.1)][:, None]
    assert follow(LargestSquare(1.0), outlier).state.v_max[0] == pytest.approx(100)
    assert follow(AMSGrad(1.0), outlier).state.v_max[0] == pytest.approx(0.1005, abs=1e-4)


def test_a_large_epsilon_mends_adam_too():
    options = dict(beta1=0.0, beta2=0.1)
    for epsilon, sign in ((0.0, 1), (1.0, 1), (3.0, -1)):
        x = RareSpike().play(Adam(0.1, epsilon=epsilon, **options), 3000)
        assert sign * x[-1] > 0.9


@pytest.fixture(scope="module")
def live():
    """The live figure from the chapter's own cells, and the mean of the last 30 steps of a run."""
    notebook = nbformat.read(ROOT / "book" / "amsgrad.ipynb", as_version=4)
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    names = {"best_beta2": 0.4723}
    for mark in ("from functools", "def playing(", "CurveWidget(\n"):
        [text] = [text for text in code if mark in text]
        text = text.replace("CurveWidget(\n", "widget = CurveWidget(\n", 1)
        exec(compile(text, "amsgrad", "exec"), names)
    widget = names["widget"]
    return widget, lambda name, **to: widget._line(name, widget.values | to)[1][-30:].mean()


def test_the_live_figure_shows_what_its_alternative_text_says(live):
    widget, _ = live
    assert widget.values == {"spike": 1.5, "period": 3, "beta2": 0.1}
    x, adam = widget._line("adam", widget.values)
    played = RareSpike().play(Adam(0.08, 0.0, 0.1, 0.0), 112)
    np.testing.assert_allclose(adam, played, atol=6e-4)
    assert adam.max() == 1 and (np.diff(adam) < 0).any()
    assert widget._line("amsgrad", widget.values)[1].min() == -1


def test_what_the_caption_of_the_live_figure_says(live):
    widget, end = live
    assert end("adam") > 0.9 and end("amsgrad") < -0.9
    for beta2 in widget._controls["beta2"].values:
        assert (end("adam", beta2=beta2) > 0) == (beta2 < 0.4723)
        assert (end("adam", beta2=beta2, period=12) > 0) == (beta2 < 0.9)
    every = [
        end("amsgrad", spike=spike, period=period, beta2=beta2)
        for spike in widget._controls["spike"].values
        for period in widget._controls["period"].values
        for beta2 in widget._controls["beta2"].values
    ]
    assert max(every) < 0
    spikes = widget._controls["spike"].values
    after_30 = [widget._line("amsgrad", widget.values | {"spike": s})[1][30] for s in spikes]
    assert (np.diff(after_30) < 0).all()


def test_between_two_positions_the_live_figure_plays_the_game_of_the_whole_period(live):
    widget, _ = live
    between = widget.values | {"period": 4.3, "beta2": 0.15}
    expected = RareSpike(4.5, 4).play(Adam(0.08, 0.0, 0.15, 0.0), 112)
    np.testing.assert_allclose(widget._line("adam", between)[1], expected)


def test_with_the_correction_after_the_maximum_the_rate_can_rise():
    stream = np.r_[1.0, np.full(1999, 0.1)][:, None]
    rates = {c: follow(AMSGrad(1.0, correction=c), stream).rates[:, 0] for c in ("before", "after")}
    assert rates["before"] == pytest.approx(1, rel=1e-6)
    assert rates["after"][[0, 99, 1999]] == pytest.approx([1, 7.18, 9.92], abs=5e-3)
    spike = np.r_[1.0, np.zeros(20_000)][:, None]
    rates = follow(AMSGrad(1.0, epsilon=0.0, correction="after"), spike).rates[:, 0]
    assert rates[-1] == pytest.approx(1 / 0.001**0.5, rel=1e-6)


def test_an_outlier_holds_the_rate_down_for_good():
    """Gradients of 0.1 and one of 10: Adam comes back to 10 learning rates, AMSGrad does not."""
    accident = np.full((6000, 1), 0.1)
    accident[999] = 10
    adam = follow(Adam(1.0), accident).rates[:, 0]
    amsgrad = follow(AMSGrad(1.0, correction="before"), accident).rates[:, 0]
    assert adam[998] == pytest.approx(10, rel=1e-4)
    assert adam[999] == pytest.approx(amsgrad[999]) == pytest.approx(2.44, abs=0.01)
    assert adam[-1] > 9 and amsgrad[-1] == amsgrad[999]


def test_adagrad_falls_on_a_steady_slope_and_amsgrad_settles():
    ones = np.ones((5000, 1))
    assert follow(AdaGrad(1.0), ones).rates[-1, 0] == pytest.approx(5000**-0.5)
    assert follow(AMSGrad(1.0), ones).rates[-1, 0] == pytest.approx(1, abs=0.01)


def test_in_the_ravine_the_maximum_changes_no_count():
    """Best of forty rates: AMSGrad needs 63 steps, exactly as Adam without corrections."""
    found = []
    for method in (AMSGrad, lambda lr: Adam(lr, correct_bias=False)):
        runs = minimize(Bowl(20), method(np.geomspace(1e-3, 3, 40)[:, None]), (-1.0, 0.6), 400)
        above = runs.losses[::-1] >= 1e-3
        needed = np.where(above[0], 401, 401 - above.argmax(axis=0))
        found.append((needed.min(), needed.argmin()))
    assert found[0] == found[1] and found[0][0] == 63


def test_regret_by_hand():
    """Three steps at 0, 1, -1 with slopes 3, -1, -1: pays 0, -1, 1 and at -1 all along -3, 1, 1."""
    assert RareSpike(3.0).regret(np.array([0.0, 1.0, -1.0])).tolist() == [3, 1, 1]


@given(gradients)
def test_projected_stays_in_its_box_and_is_a_clip(stream):
    method = Projected(GradientDescent(1.0), low=-1.0, high=2.0)
    points = follow(method, stream).points
    assert (points >= -1).all() and (points <= 2).all()
    theta = np.zeros(2)
    for gradient, point in zip(stream, points[1:], strict=True):
        theta = np.minimum(np.maximum(theta - gradient, -1), 2)
        np.testing.assert_array_equal(point, theta)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: AMSGrad(correction="later"), "correction = 'later' is not known: pass one of"),
        (lambda: Projected(GradientDescent(), low=1.0, high=0.0), "low = 1.0, high = 0.0"),
        (lambda: RareSpike(2.0), "spike = 2.0, period = 3"),
    ],
)
def test_bad_arguments_are_refused_in_one_line(make, message):
    with pytest.raises(ValueError, match=message) as caught:
        make()
    assert "\n" not in str(caught.value)


# The questions of the exercise

ADAPTERS = {
    "amsgrad.1": """
def amsgrad_final(theta0, gradients, lr, beta1, beta2, epsilon, keep):
    method = AMSGrad(lr=lr, beta1=beta1, beta2=beta2, epsilon=epsilon)
    theta, state = np.array(theta0), method.init(np.array(theta0))
    for gradient in gradients:
        theta, state = method.step(theta, state, gradient)
    return theta
""",
    "amsgrad.3": """
def amsgrad_box(theta0, gradients, lr, beta1, fade, beta2, low, high):
    rate = lambda t: lr / np.sqrt(t)
    method = Projected(AMSGrad(rate, beta1=beta1, beta2=beta2, epsilon=0.0), low, high)
    theta, state = theta0, method.init(theta0)
    for gradient in gradients:
        theta, state = method.step(theta, state, gradient)
    return theta
""",
}
every_seed = pytest.mark.parametrize("seed", SEEDS)


def cases_of(question, seed):
    return [case for cases in examples(question, seed) for case in cases]


def averages(beta, values):
    """The averages of a sequence that start at zero, as weighted sums over all that came before."""
    values = np.asarray(values, float)
    rows = range(1, len(values) + 1)
    weights = [(1 - beta) * beta ** np.arange(t)[::-1] for t in rows]
    return np.array([np.tensordot(w, values[: len(w)], axes=1) for w in weights])


@every_seed
def test_a_maximum_without_a_leak_is_the_chapter_s(seed):
    for case in examples(questions.final_question, seed)[0]:
        theta0, gradients, lr, beta1, beta2, epsilon, keep = case.arguments
        assert keep == 1
        theta, _ = record(AMSGrad(lr, beta1, beta2, epsilon), theta0, gradients)
        np.testing.assert_allclose(case.expected, theta, rtol=1e-9)


@every_seed
def test_a_leaking_maximum_is_the_largest_of_discounted_averages(seed):
    for case in cases_of(questions.final_question, seed):
        theta, gradients, lr, beta1, beta2, epsilon, keep = case.arguments
        m, v = averages(beta1, gradients), averages(beta2, np.asarray(gradients, float) ** 2)
        for t in range(len(m)):
            top = np.max([keep ** (t - i) * v[i] for i in range(t + 1)], axis=0)
            theta = theta - lr * m[t] / (np.sqrt(top) + epsilon)
        np.testing.assert_allclose(case.expected, theta, rtol=1e-4, atol=1e-5)


def test_a_leak_as_fast_as_the_memory_makes_it_adam():
    """What the explanation says: keep up to beta2 is Adam without correction."""
    theta0, gradients, lr, beta1, beta2, _, _ = questions._run(np.random.default_rng(1), (3,), 9)
    adam = Adam(lr, beta1, beta2, 1e-3, correct_bias=False)
    theta, _ = record(adam, theta0, gradients)
    for keep in (0.0, 0.5 * beta2, beta2):
        own = questions.amsgrad_final(theta0, gradients, lr, beta1, beta2, 1e-3, keep)
        np.testing.assert_allclose(own, theta, rtol=1e-12)
    own = questions.amsgrad_final(theta0, gradients, lr, beta1, beta2, 1e-3, 0.99)
    assert np.abs(own - theta).max() > 1e-3


@every_seed
def test_the_longest_step_is_that_of_the_chapter_s_amsgrad(seed):
    first, later = examples(questions.longest_question, seed)
    for case in (*first, *later):
        beta1, beta2 = case.arguments
        lengths = np.abs(moves(AMSGrad(1.0, beta1, beta2, 0.0), np.full(400, -0.3)))
        assert case.expected == pytest.approx([lengths.argmax() + 1, lengths.max()], rel=1e-9)
        assert (case.expected[0] == 1) == (case in first)
    assert questions.longest_step(0.8, 0.96) == [7, pytest.approx(1.585165, abs=5e-7)]


def test_with_the_rate_of_the_theorem_the_steps_fall():
    lengths = moves(AMSGrad(lambda t: t**-0.5, epsilon=0.0), np.ones(2000))
    assert (np.diff(lengths) < 0).all()


@every_seed
def test_a_box_without_fading_is_the_chapter_s_and_with_it_the_paper_s(seed):
    for case in cases_of(questions.bug_question, seed):
        theta, gradients, lr, beta1, fade, beta2, low, high = case.arguments
        v_max = np.maximum.accumulate(averages(beta2, np.asarray(gradients, float) ** 2))
        betas = beta1 * fade ** np.arange(len(gradients))
        for t in range(1, len(gradients) + 1):
            weights = [(1 - betas[i]) * np.prod(betas[i + 1 : t]) for i in range(t)]
            m = np.tensordot(weights, np.asarray(gradients[:t], float), axes=1)
            theta = np.clip(theta - lr / t**0.5 * m / v_max[t - 1] ** 0.5, low, high)
        np.testing.assert_allclose(case.expected, theta, rtol=1e-4, atol=1e-6)
    for case in examples(questions.bug_question, seed)[0]:
        theta0, gradients, lr, beta1, _, beta2, low, high = case.arguments
        rate = lambda t, lr=lr: lr / t**0.5  # noqa: E731
        method = Projected(AMSGrad(rate, beta1, beta2, 0.0), low, high)
        theta, _ = record(method, theta0, gradients)
        np.testing.assert_allclose(case.expected, theta, rtol=1e-9)


def test_the_shipped_maximum_goes_back_into_the_average():
    [text] = [c.source for c in cells("amsgrad") if "def shipped(" in c.source]
    shipped, wrong = run_anywhere(text)["shipped"], questions.bug_question.mistakes[0]
    assert wrong.name == "as-shipped"
    for case in cases_of(questions.bug_question, PUBLIC):
        np.testing.assert_allclose(
            shipped(*case.arguments), wrong.answer(*case.arguments), rtol=1e-4, atol=1e-6
        )
    options = 1.0, 0.0, 1.0, 0.5, -9.0, 9.0
    for function, second in ((shipped, 2 / 3**0.5), (questions.amsgrad_box, 2**0.5)):
        gradients = np.array([2.0, *[0.0] * 30, 2.0])
        step = function(0.0, gradients[:-1], *options) - function(0.0, gradients, *options)
        assert step * 32**0.5 == pytest.approx(second, rel=1e-6)


@every_seed
def test_a_drift_is_that_of_the_chapter_s_methods_when_they_have_settled(seed):
    for case in cases_of(questions.drift_question, seed):
        slopes, beta2, maximum = case.arguments
        options = dict(beta1=0.0, beta2=beta2, epsilon=0.0)
        method = AMSGrad(1.0, **options) if maximum else Adam(1.0, **options, correct_bias=False)
        # The settled averages, which the methods could reach only after some 10,000 steps.
        period = len(slopes)
        long = int(40 / (1 - beta2)) // period + 2
        weights = (1 - beta2) * beta2 ** np.arange(long * period, dtype=float)
        ages = weights.reshape(long, period).sum(axis=0)
        squares = (np.asarray(slopes, float) ** 2)[::-1]
        v = np.tensordot(ages, squares, axes=1)
        top = np.max(
            [np.tensordot(ages, np.roll(squares, k, axis=0), axes=1) for k in range(period)], axis=0
        )
        theta, state = np.zeros_like(v), method.init(np.zeros_like(v))
        state = state._replace(v=v, **({"v_max": top} if maximum else {}))
        for slope in slopes:
            theta, state = method.step(theta, state, slope)
        np.testing.assert_allclose(case.expected, theta, rtol=1e-7, atol=1e-9)
        if maximum:
            assert np.array_equal(np.sign(case.expected), -np.sign(slopes.sum(axis=0)))


@every_seed
def test_in_some_of_the_games_adam_drifts_to_the_worse_side(seed):
    """The finding that the question leads to; the sum of a game's slopes is positive."""
    game = examples(questions.drift_question, seed)[0][1]
    assert game.arguments[0].sum() > 0
    assert game.expected > 0


@every_seed
def test_what_a_spike_leaves_behind_is_the_chapter_s_rates(seed):
    for case in cases_of(questions.spike_question, seed):
        usual, spike, beta2, before, after = case.arguments
        gradients = np.r_[np.full(before, usual), spike, np.full(after, usual)]
        _, state = record(AMSGrad(beta2=beta2), np.zeros(1), gradients[:, None])
        expected = [state.v[0] ** -0.5, state.v_max[0] ** -0.5]
        assert case.expected == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda: questions.left_behind(0.5, 4.0, 0.75, 2, 1), [0.565774, 0.494951]),
        (lambda: questions.drift(np.array([2, -1, -0.5]), 0.5, False), -0.008982),
        (lambda: questions.drift(np.array([2, -1, -0.5]), 0.5, True), -0.316228),
    ],
)
def test_the_worked_examples_of_the_text_are_right(call, expected):
    assert call() == pytest.approx(expected, abs=6e-7)
    text = "".join(cell.source for cell in cells("amsgrad") if cell.cell_type == "markdown")
    for number in np.ravel(expected):
        assert str(number) in text


def test_an_early_spike_is_overtaken_and_a_late_one_stays():
    """By hand: v = 1/4; spike 1: 7/16; then 37/64 of 1, so the spike's is not the largest."""
    assert questions.left_behind(1.0, 1.0, 0.75, 1, 1)[1] == pytest.approx((64 / 37) ** 0.5)
    r, beta2 = 50.0, 0.99
    rate = questions.left_behind(1.0, r, beta2, 5000, 5000)[1]
    assert 1 / rate == pytest.approx((1 + (1 - beta2) * (r**2 - 1)) ** 0.5, rel=1e-9)


def test_the_judge_plays_the_chapter_s_game():
    """Box, slopes and regret of the chapter, in its units and in others."""
    spike, period, beta2, lr = 5.0, 4, 0.95, 0.3
    method = AMSGrad(lambda t: lr / t**0.5, beta1=0.0, beta2=beta2, epsilon=0.0)
    game = RareSpike(spike, period)
    points = game.play(method, questions.GAME_STEPS, start=0.05)
    expected = game.regret(points[:-1])[-1] / questions.GAME_STEPS
    found = questions.mean_regrets(np.array([lr]), beta2, spike, period, 0.05)
    assert found == pytest.approx(expected, rel=1e-9)


def test_rates_near_that_of_the_solution_are_good_and_others_are_not():
    question = questions.rate_question
    for seed in range(3):
        for cases in examples(question, seed):
            for factor, good in ((0.5, False), (0.9, True), (1.3, True), (2.0, False)):
                found = [question.judge(c.arguments, factor * c.expected) for c in cases]
                assert (found == [None] * 3) == good
    for cases in examples(question, PUBLIC):
        for lr in np.geomspace(1e-3, 300, 25):
            assert any(question.judge(case.arguments, lr) for case in cases)
    for lr in (0.0, -1.0, 1e300):
        assert question.judge((1.0, 0.9, 1.0), lr) is not None


def test_practice_by_hand_is_the_chapter_s():
    state, found = AMSGrad(beta1=0.0, beta2=0.0).init(np.zeros(1)), []
    for v in questions.AVERAGES:
        _, state = AMSGrad(beta1=0.0, beta2=0.0).step(np.zeros(1), state, np.array([v**0.5]))
        found.append(state.v_max[0])
    assert questions.maxima_question.value == pytest.approx(found)
    game = RareSpike(5.0, 3)
    assert questions.GAME_SLOPES.tolist() == game.slopes(4).tolist()
    assert questions.regret_question.value.tolist() == game.regret(questions.GAME_POINTS).tolist()
