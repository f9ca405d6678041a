"""AdaDelta: the order of its five operations by hand, its units, every corrected number."""

import nbformat
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from exercises.questions import adadelta as questions
from exercises.questions import examples, try_answer
from lecture_code.adadelta import AdaDelta
from lecture_code.gradient_descent import GradientDescent
from lecture_code.minimize import follow, minimize
from lecture_code.objectives import Beale, Bowl, Quadratic
from lecture_code.rmsprop import RMSprop
from scripts.site import ROOT
from tests.proofs import PUBLIC, SEEDS, cells, record, run_anywhere

gradients = arrays(float, (6, 2), elements=st.floats(-100, 100).map(lambda x: round(x, 6)))

# What the chapter's algorithm box shows, and its formulas in plain Python, of a loss x^4 / 4.
SHOWN = [AdaDelta]
EQUATIONS = {
    r"g_t = \nabla \mathcal L(\theta_{t-1})": lambda theta: theta**3,
    r"v_t = \beta v_{t-1} + (1 - \beta) g_t \odot g_t, \quad v_0 = 0": (
        lambda v, g, beta: beta * v + (1 - beta) * g**2
    ),
    r"\Delta_t = -\dfrac{\sqrt{r_{t-1} + \epsilon}}{\sqrt{v_t + \epsilon}} \odot g_t": (
        lambda r, v, g, epsilon: -((r + epsilon) ** 0.5) / (v + epsilon) ** 0.5 * g
    ),
    r"r_t = \beta r_{t-1} + (1 - \beta) \Delta_t \odot \Delta_t, \quad r_0 = 0": (
        lambda r, update, beta: beta * r + (1 - beta) * update**2
    ),
    r"\theta_t = \theta_{t-1} + \eta_t \Delta_t": lambda theta, update, eta: theta + eta * update,
}


@given(
    st.floats(-3, 3).map(lambda x: round(x, 6)),
    st.floats(0, 0.999),
    st.floats(1e-8, 1),
    st.floats(0.1, 1),
)
def test_the_equations_of_the_page_in_their_order(start, beta, epsilon, lr):
    gradient, average, update_of, updates, step = EQUATIONS.values()
    method = AdaDelta(lr, beta, epsilon)
    point, theta, v, r = np.array([start]), start, 0.0, 0.0
    state = method.init(point)
    for _ in range(5):
        point, state = method.step(point, state, point**3)
        g = gradient(theta)
        v = average(v, g, beta)
        update = update_of(r, v, g, epsilon)
        r = updates(r, update, beta)
        theta = step(theta, update, lr)
        assert point[0] == pytest.approx(theta, rel=1e-6, abs=1e-9)
        assert state.r[0] == pytest.approx(r, rel=1e-6, abs=1e-12)


@given(gradients)
def test_equations_of_the_page_in_plain_python(stream):
    """v from g, the update from the old r, r from the update, in this order."""
    points = follow(AdaDelta(0.7, 0.8, 1e-3), stream).points
    for j in range(2):
        v = r = theta = 0.0
        for t in range(6):
            g = float(stream[t, j])
            v = 0.8 * v + 0.2 * g**2
            update = -((r + 1e-3) ** 0.5) / (v + 1e-3) ** 0.5 * g
            r = 0.8 * r + 0.2 * update**2
            theta = theta + 0.7 * update
            assert points[t + 1, j] == pytest.approx(theta, rel=1e-12, abs=1e-15)


def test_bowl_of_the_chapter():
    end = minimize(Bowl(10), AdaDelta(), (1.0, 1.0), steps=3).points[-1]
    np.testing.assert_allclose(end, (0.986465, 0.986464), atol=5e-7)


@pytest.mark.parametrize(("beta", "first"), [(0.95, 0.004472), (0.9, 0.003162)])
def test_the_first_step(beta, first):
    """Errata E16 and E20 (D18): sqrt(epsilon / (1 - beta)) for g = 1, neither 1 nor 0.001."""
    assert -follow(AdaDelta(beta=beta), np.ones((1, 1))).points[1, 0] == pytest.approx(
        first, abs=1e-6
    )


def test_the_rate_is_what_the_gradient_was_multiplied_by():
    record = minimize(Bowl(10), AdaDelta(lr=0.5), (1.0, 1.0), steps=20)
    np.testing.assert_allclose(
        np.diff(record.points, axis=0), -record.rates * record.gradients, rtol=1e-12
    )


def steps_to_half(epsilon):
    losses = minimize(Quadratic([[1.0]]), AdaDelta(epsilon=epsilon), np.array([5.0]), 6000).points[
        :, 0
    ]
    return int(np.argmax(np.abs(losses) < 0.5))


def test_epsilon_sets_the_speed():
    """Errata E18 and E19 (D18): steps from 5 to 0.5; gradient descent at 0.1 needs 22."""
    found = [steps_to_half(epsilon) for epsilon in (1e-8, 1e-6, 1e-4, 1e-2)]
    assert found == pytest.approx([5672, 1087, 180, 20], abs=1)
    points = minimize(Quadratic([[1.0]]), GradientDescent(0.1), np.array([5.0]), 40).points
    assert np.argmax(np.abs(points[:, 0]) < 0.5) == 22


def test_it_does_not_see_the_scale_of_the_loss_but_that_of_theta():
    """Erratum E18 (D18): 4.0429 after 200 steps, also for 100 f; not for 100 x."""
    end = {}
    for name, curvature, start in (("f", 1.0, 5.0), ("100 f", 100.0, 5.0), ("100 x", 1e-4, 500.0)):
        record = minimize(Quadratic([[curvature]]), AdaDelta(), np.array([start]), 200)
        end[name] = record.points[-1, 0]
    assert end["f"] == pytest.approx(4.0429, abs=5e-5)
    assert end["100 f"] == pytest.approx(end["f"], abs=2e-4)
    assert end["100 x"] / 100 == pytest.approx(4.9896, abs=2e-3)


def test_the_formula_of_the_schedule_section_is_gradient_descent_with_rate_one():
    """Erratum E17 (D17): gradients above and below; the real method does not see the curvature."""
    for curvature, steps, end in ((3.0, 60, -5.4e6), (10.0, 30, -3.6e12)):
        objective = Quadratic([[curvature]])
        real = minimize(objective, AdaDelta(), np.array([1.0]), 60).points
        assert real[-1, 0] == pytest.approx(0.7424, abs=5e-4)
        x, v = 1.0, 0.0
        for _ in range(steps):
            g, before = curvature * x, v
            v = 0.95 * v + 0.05 * g * g
            x = x - ((before + 1e-6) / (v + 1e-6)) ** 0.5 * g
        assert x == pytest.approx(end, rel=0.01)


def test_it_is_far_from_done_on_beale():
    """Erratum E19 (D30): after 20,000 steps still at 0.066."""
    record = minimize(Beale(), AdaDelta(), (1.0, 1.5), steps=20_000)
    assert record.losses[-1] == pytest.approx(0.066, abs=5e-4)


def test_without_epsilon_nothing_ever_moves():
    points = follow(AdaDelta(epsilon=0.0), np.ones((5, 1))).points
    assert (points == 0).all()


# The laws that the chapter states


def moves_on_a_slope(method, g=1.0, steps=10_000):
    return -np.diff(follow(method, np.full((steps, 1), g)).points[:, 0])


@pytest.mark.parametrize(("beta", "epsilon"), [(0.95, 1e-6), (0.9, 1e-4)])
def test_the_slow_start_and_the_law_of_a_steady_slope(beta, epsilon):
    """Updates grow like the root of (1 - beta) epsilon t, the way like t to the power 3/2."""
    moves = moves_on_a_slope(AdaDelta(beta=beta, epsilon=epsilon), g=10.0, steps=30_000)
    assert moves[0] == pytest.approx(np.sqrt(epsilon / (1 - beta)), rel=1e-4)
    assert moves[-1] == pytest.approx(np.sqrt((1 - beta) * epsilon * 30_000), rel=0.02)
    needed = (9 * moves.sum() ** 2 / (4 * (1 - beta) * epsilon)) ** (1 / 3)
    assert needed == pytest.approx(30_000, rel=0.02)
    assert moves[round(1 / (1 - beta) ** 2) - 1] < 1.5 * moves[0]


def test_steps_go_like_epsilon_to_a_power_between_a_third_and_a_half():
    steps = [steps_to_half(epsilon) for epsilon in (1e-8, 1e-6, 1e-4)]
    powers = np.diff(np.log(steps)) / np.log(100)
    assert (powers < -1 / 3).all() and (powers > -1 / 2).all()


@given(gradients, st.floats(0.01, 10))
def test_a_learning_rate_is_a_unit_of_length(stream, lr):
    """With eta the run is eta times that on eta times the gradients: only epsilon is not scaled."""
    one = follow(AdaDelta(lr, 0.9, 1e-4), stream).points
    other = lr * follow(AdaDelta(1.0, 0.9, 1e-4), stream).points
    np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)


def test_a_tenth_of_the_learning_rate_is_a_hundredth_of_epsilon():
    points = minimize(Quadratic([[1.0]]), AdaDelta(lr=0.1), np.array([5.0]), 6000).points[:, 0]
    assert np.argmax(np.abs(points) < 0.5) == steps_to_half(1e-8) == 5672


def test_a_unit_is_an_epsilon():
    """x in centimeters is epsilon over 100 squared, while v is large against epsilon."""
    start = np.array([5.0])
    unit = minimize(Quadratic([[1e-2]]), AdaDelta(), 100 * start, 500).points / 100
    other = minimize(Quadratic([[1e2]]), AdaDelta(epsilon=1e-10), start, 500).points
    np.testing.assert_allclose(unit, other, rtol=1e-5)


def test_the_rate_ends_at_one_or_at_the_border_of_stability():
    rates = minimize(Bowl(20), AdaDelta(), (-1.0, 0.6), 3000).rates[-1]
    assert rates == pytest.approx([1.0, 2 / 20], rel=1e-2)


@pytest.mark.parametrize("beta", [0.9, 0.95])
@pytest.mark.parametrize("curvature", [2.5, 3.0, 20.0])
def test_above_curvature_two_a_cycle_grows_without_end(curvature, beta):
    """Its half width squared by epsilon (1/4 - 1/L^2) a step, whatever beta."""
    run = minimize(Quadratic([[curvature]]), AdaDelta(beta=beta), np.array([0.5]), 12_000)
    x = run.points[:, 0]
    assert (np.sign(x[6000:-1]) == -np.sign(x[6001:])).all()
    growth = (x[-1] ** 2 - x[6000] ** 2) / 6000
    assert growth == pytest.approx(1e-6 * (1 / 4 - 1 / curvature**2), rel=0.01)


def test_the_cycle_is_what_keeps_it_from_arriving_on_beale():
    """The control: with a rate below two over the curvature from step 901 on it arrives."""
    curvature = np.linalg.eigvalsh(Beale().hessian(np.array([3.0, 0.5])))[-1]
    assert curvature == pytest.approx(49, abs=0.5) and 2 / curvature > 0.03
    lowered = AdaDelta(lambda t: 1.0 if t <= 900 else 0.03)
    ends = [minimize(Beale(), m, (1.0, 1.5), 3000).losses[-1] for m in (AdaDelta(), lowered)]
    assert ends[0] > 0.04 and ends[1] < 1e-6


def test_below_curvature_two_it_settles():
    """The control of the growing cycle."""
    for curvature in (0.5, 1.0, 1.9):
        run = minimize(Quadratic([[curvature]]), AdaDelta(), np.array([0.5]), 2000)
        assert abs(run.points[-1, 0]) < 1e-12


def test_a_learning_rate_moves_the_border_to_two_over_it():
    for curvature, settles in ((3.9, True), (4.5, False)):
        objective = Quadratic([[curvature]])
        run = minimize(objective, AdaDelta(lr=0.5), np.array([0.5]), 5000)
        assert (abs(run.points[-1, 0]) < 1e-9) == settles
        assert settles or abs(run.points[-1, 0]) > abs(run.points[3000, 0]) > 1e-3


def test_with_a_large_epsilon_it_is_gradient_descent_with_rate_one():
    objective, start = Quadratic([[0.5]]), np.array([1.0])
    large = minimize(objective, AdaDelta(epsilon=1e8), start, 20).points
    np.testing.assert_allclose(large, minimize(objective, GradientDescent(1.0), start, 20).points)


def test_the_gradient_taken_in_first_is_gradient_descent_with_rate_one():
    """Erratum E16: both averages are the same number, and the first step is 1.0."""
    x, v = 1.0, 0.0
    for step in range(1, 6):
        g = 3.0 * x
        v = 0.95 * v + 0.05 * g * g
        x -= ((v + 1e-6) / (v + 1e-6)) ** 0.5 * g
        assert x == (-2.0) ** step


def test_rmsprop_has_to_be_told_the_unit_and_ends_in_a_cycle():
    run = minimize(Quadratic([[1.0]]), RMSprop(0.01), np.array([5.0]), 1000).points[:, 0]
    rescaled = minimize(Quadratic([[1e-4]]), RMSprop(1.0), np.array([500.0]), 1000).points[:, 0]
    same = minimize(Quadratic([[1e-4]]), RMSprop(0.01), np.array([500.0]), 1000).points[:, 0]
    np.testing.assert_allclose(rescaled[:500], 100 * run[:500], rtol=1e-4)
    assert same[-1] > 480
    assert np.abs(run[-20:]) == pytest.approx(np.full(20, 0.005), rel=0.02)


# What the live figure says


@pytest.fixture(scope="module")
def live():
    """The steps and the shares of the chapter's live figure, from its own cells."""
    notebook = nbformat.read(ROOT / "book" / "adadelta.ipynb", as_version=4)
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    names = {}
    for mark in ("from itertools", "def descend(", "known_shares = {}", "def step_of_a_tenth("):
        [text] = [text for text in code if mark in text]
        text = text.split("by_epsilon = ")[0].replace("epsilons = np", "_ = np")
        exec(compile(text, "adadelta", "exec"), names)
    [cell] = [text for text in code if "CurveWidget(\n" in text]
    exec(compile(cell.replace("CurveWidget(", "widget = CurveWidget(", 1), "cell", "exec"), names)
    widget = names["widget"]
    return widget, lambda name, **changes: widget._line(name, widget.values | changes)


def test_the_live_figure_shows_what_its_alternative_text_says(live):
    widget, line = live
    assert widget.values == {"epsilon": 1e-6, "beta": 0.95, "factor": 1.0, "small": False}
    assert "about step 1087" in widget._alt
    assert widget.frame["told.adadelta"] == ["about 1087", "0"]
    t, shares = line("adadelta")
    assert shares[t < 200].min() > 0.8 and shares[t > 1400].max() < 1e-3


def test_every_claim_of_the_live_caption_is_true(live):
    widget, line = live
    for claim in ("from 0.1 to 100", "above 2", "10⁻²", "100 times", "more than nine tenths"):
        assert claim in widget.caption
    t, shares = line("adadelta")
    down = shares > 0.01
    for factor in widget._controls["factor"].values:
        other = line("adadelta", factor=factor)[1]
        np.testing.assert_allclose(other[down], shares[down], rtol=0.03)
        if factor == 1:
            continue
        descent = line("gradient_descent", factor=factor)[1]
        assert np.abs(descent - line("gradient_descent")[1]).max() > 0.2
        end = other[t > 2000]
        assert (np.diff(end) > 0).all() if factor > 2 else factor == 2 or end.max() < 1e-6
    for name in ("adadelta", "gradient_descent"):
        assert line(name, small=True)[1][-1] > 0.9
    back = line("adadelta", small=True, epsilon=1e-2, factor=100)[1]
    np.testing.assert_allclose(back, shares, atol=0.02)
    tenth = [np.argmax(line("adadelta", epsilon=10.0**p)[1] < 0.1) for p in (-6, -5, -4, -3, -2)]
    assert (np.diff(tenth) < 0).all()


# The questions of the exercise


ADAPTERS = {
    "adadelta.1": """
def adadelta_final(theta0, gradients, beta, beta_updates, epsilon):
    method = AdaDelta(beta=beta, epsilon=epsilon)
    theta, state = np.array(theta0), method.init(np.array(theta0))
    for gradient in gradients:
        theta, state = method.step(theta, state, gradient)
    return theta
""",
    "adadelta.3": """
def hill_run(theta0, curvature, beta, beta_updates, epsilon, steps):
    method = AdaDelta(beta=beta, epsilon=epsilon)
    theta, state = np.array(theta0), method.init(np.array(theta0))
    for _ in range(steps):
        theta, state = method.step(theta, state, curvature * theta)
    return theta
""",
}
every_seed = pytest.mark.parametrize("seed", SEEDS)


@every_seed
def test_with_one_memory_it_is_the_chapter_s_method(seed):
    for case in examples(questions.final_question, seed)[0]:
        theta0, gradients, beta, _, epsilon = case.arguments
        theta, _ = record(AdaDelta(beta=beta, epsilon=epsilon), theta0, gradients)
        np.testing.assert_allclose(case.expected, theta, rtol=1e-9)
    for case in examples(questions.bug_question, seed)[0]:
        theta, curvature, beta, _, epsilon, steps = case.arguments
        method = AdaDelta(beta=beta, epsilon=epsilon)
        state = method.init(theta)
        for _ in range(steps):
            theta, state = method.step(theta, state, curvature * theta)
        np.testing.assert_allclose(case.expected, theta, rtol=1e-9)


@every_seed
def test_both_questions_with_two_memories_have_one_reference(seed):
    for case in examples(questions.bug_question, seed)[1]:
        theta0, curvature, beta, updates, epsilon, steps = case.arguments
        path = [
            questions.hill_run(theta0, curvature, beta, updates, epsilon, t) for t in range(steps)
        ]
        gradients = np.array([curvature * theta for theta in path])
        end = questions.adadelta_final(theta0, gradients, beta, updates, epsilon)
        np.testing.assert_allclose(case.expected, end, rtol=1e-4, atol=1e-6)


@every_seed
def test_the_first_move_is_the_chapter_s(seed):
    for cases in examples(questions.first_question, seed):
        for case in cases:
            g, beta, epsilon = case.arguments
            theta, _ = record(AdaDelta(beta=beta, epsilon=epsilon), np.zeros(1), np.array([[g]]))
            assert case.expected == pytest.approx(theta[0], rel=1e-9)
    assert questions.first_move(3.0, 0.75, 4.0) == pytest.approx(-2.4)


def test_the_shipped_quotient_has_gradients_above():
    [text] = [c.source for c in cells("adadelta") if "def shipped(" in c.source]
    shipped, wrong = run_anywhere(text)["shipped"], questions.bug_question.mistakes[0]
    assert wrong.name == "gradients-above"
    for cases in examples(questions.bug_question, PUBLIC):
        for case in cases:
            np.testing.assert_allclose(
                shipped(*case.arguments), wrong.answer(*case.arguments), rtol=1e-5, atol=1e-6
            )


@every_seed
def test_other_units_are_runs_of_the_chapter_s_method(seed):
    for cases in examples(questions.units_question, seed):
        for case in cases:
            start, curvature, height, width, epsilon, steps = case.arguments
            method = AdaDelta(beta=0.95, epsilon=epsilon)
            taller = minimize(Quadratic(np.array([[height * curvature]])), method, [start], steps)
            flatter = Quadratic(np.array([[curvature / width**2]]))
            wider = minimize(flatter, method, [width * start], steps)
            expected = [taller.points[-1, 0], wider.points[-1, 0] / width]
            np.testing.assert_allclose(case.expected, expected, rtol=1e-8)


@every_seed
def test_the_next_rate_is_what_the_chapter_s_method_multiplies_by(seed):
    gradients = np.random.default_rng(seed).normal(size=(7, 3))
    method = AdaDelta(beta=0.8, epsilon=0.1)
    theta, state, updates = np.zeros(3), method.init(np.zeros(3)), []
    for gradient in gradients:
        moved, state = method.step(theta, state, gradient)
        updates.append(moved - theta)
        theta = moved
    rate = questions.next_rate(np.array(updates[:-1]), gradients, 0.8, 0.1)
    np.testing.assert_allclose(rate, method.rate(state), rtol=1e-10)


def test_an_epsilon_between_half_and_ten_squared_steps_arrives():
    """The explanation's claim, with what is outside, over ten draws."""
    question = questions.epsilon_question
    for seed in range(10):
        for case in (case for cases in examples(question, seed) for case in cases):
            distance, steps = case.arguments
            far = 0.3 * steps**2
            for factor, arrives in ((0.5, True), (10, True), (0.02, False), (far, False)):
                sentence = question.judge(case.arguments, factor * (distance / steps) ** 2)
                assert (sentence is None) == arrives, (case.arguments, factor, sentence)


@pytest.mark.parametrize(
    "epsilon",
    [
        lambda distance, steps: distance,
        lambda distance, steps: distance**2 / 10_000,
        lambda distance, steps: 2 / steps**2,
        lambda distance, steps: 2 * distance / steps**2,
        lambda distance, steps: 2 * distance**2 / steps,
    ],
)
def test_an_epsilon_with_wrong_units_or_without_the_steps_earns_nothing(epsilon):
    for seed in range(10):
        assert try_answer(questions.epsilon_question, epsilon, seed).points == 0


def test_practice_by_hand_is_the_chapter_s_method():
    method = AdaDelta(beta=0.5, epsilon=0.5)
    theta, state = method.step(np.zeros(1), method.init(np.zeros(1)), np.ones(1))
    again, _ = method.step(theta, state, np.ones(1))
    np.testing.assert_allclose(questions.by_hand.value, [theta[0], (again - theta)[0]])
