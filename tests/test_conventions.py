"""The concordance: defaults, calls, errors, how far conventions come apart, the odd variants."""

import numpy as np
import pytest

from lecture_code import conventions
from lecture_code.conventions import (
    DampenedMomentum,
    EpsilonHatAMSGrad,
    OneCorrectionNAdam,
    concordance,
    convention,
    decayed_adagrad,
    difference,
    paper_adamw,
)
from lecture_code.minimize import follow
from lecture_code.rmsprop import RMSprop
from lecture_code.schedules import Constant

USUAL = {
    "lr": 0.01,
    "gamma": 0.9,
    "beta": 0.9,
    "beta1": 0.9,
    "beta2": 0.999,
    "epsilon": 1e-8,
    "dampening": 0.9,
    "increase": 0.001,
    "decrease": 0.1,
    "weight_decay": 0.01,
}
GRADIENTS = [3.0, -1.0, 0.5, 0.0, 2.0]


def needed(row):
    return {name: USUAL[name] for name in row.needs}


def path(method):
    """The points of one parameter from 1, as Python floats."""
    return follow(method, np.array(GRADIENTS)[:, None], np.ones(1)).points[1:, 0].tolist()


def row_id(row):
    return f"{row.library}-{row.method}"


@pytest.mark.parametrize("row", concordance(), ids=row_id)
def test_the_call_of_the_row_is_what_convention_makes(row):
    made = convention(row.method, row.library, **needed(row))
    assert eval(row.call, vars(conventions) | needed(row)) == made
    assert np.isfinite(follow(made, np.array([[1.0], [-2.0]])).points).all()


@pytest.mark.parametrize("row", concordance(), ids=row_id)
def test_every_hyperparameter_of_the_row_can_be_given(row):
    """And changes something: each is set to another value, or the booleans turned over."""
    base = convention(row.method, row.library, **needed(row))
    for name in [*row.needs, *row.defaults]:
        value = (row.defaults | needed(row))[name]
        changed = not value if isinstance(value, bool) else 0.5 * value or 0.25
        changed = 2 * value if name == "increase" else changed
        other = convention(row.method, row.library, **needed(row) | {name: changed})
        assert other != base, name


def test_the_issue_example():
    made = convention("rmsprop", "keras", lr=0.01)
    assert made == RMSprop(0.01, beta=0.9, epsilon=1e-7, epsilon_inside=True)


def test_no_row_stands_twice_and_all_say_something():
    rows = concordance()
    assert len({(row.method, row.library) for row in rows}) == len(rows)
    for row in rows:
        assert row.computes and row.library in ("paper", "pytorch", "keras", "tensorflow", "optax")
        assert not set(row.needs) & row.defaults.keys()
        assert not (set(row.needs) | row.defaults.keys()) & row.fixed.keys()


@pytest.mark.parametrize(
    ("arguments", "settings", "message"),
    [
        (("adamm", "keras"), {}, "'adamm' is not known: pass one of gradient descent, momentum"),
        (("adam", "theano"), {}, "adam of 'theano' is not known: pass one of paper, pytorch"),
        (("rprop", "keras"), {}, "rprop of 'keras' is not known: pass one of paper, pytorch$"),
        (("adam", "keras"), {"eps": 1}, "adam of keras takes no eps: pass only lr, beta1, beta2"),
        (("adam", "optax"), {}, "adam of optax has no default: pass lr$"),
        (("momentum", "paper"), {}, "momentum of paper has no default: pass lr, gamma"),
        (("adam", "keras"), {"lr": -1}, "lr = -1"),
        (("adamw", "paper"), {"weight_decay": 0.1, "lr": Constant(1)}, "lr is a function of t"),
    ],
)
def test_errors_are_one_line_that_says_what_to_do(arguments, settings, message):
    with pytest.raises(ValueError, match=message) as caught:
        convention(*arguments, **settings)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("method", "library", "other", "settings", "low", "high"),
    [
        ("adam", "pytorch", "tensorflow", {}, 1e-9, 1e-6),
        ("adamax", "paper", "pytorch", {}, 1e-11, 1e-6),
        ("adamax", "pytorch", "keras", {"epsilon": 1e-8}, 1e-12, 1e-6),
        ("adagrad", "pytorch", "optax", {}, 3e-4, 1e-1),
        ("nadam", "pytorch", "optax", {}, 5e-3, 5e-1),
        ("amsgrad", "pytorch", "optax", {}, 5e-3, 5e-1),
        ("momentum", "pytorch", "keras", {}, 0, 1e-12),
        ("rmsprop", "pytorch", "optax", {"beta": 0.9}, 1e-9, 1e-6),
        ("gradient descent", "pytorch", "keras", {}, 0, 0),
        ("adam", "pytorch", "paper", {}, 0, 0),
    ],
)
def test_how_far_two_conventions_come_apart(method, library, other, settings, low, high):
    """Within a factor of ten or so of what was measured on another run (lr 0.01, 200 steps)."""
    assert low <= difference(method, library, other, **settings) <= high
    assert difference(method, library, other, **settings) == difference(
        method, other, library, **settings
    )


@pytest.mark.parametrize("row", concordance(), ids=row_id)
def test_every_two_libraries_can_be_compared(row):
    """Whatever only one of the two has a default for comes from the other."""
    settings = {"dampening": 0.9} if row.method == "dampened momentum" else {}
    if row.method in ("delta-bar-delta", "rmsprop nesterov"):
        settings = {name: USUAL[name] for name in row.needs if name not in ("lr", "gamma")}
    if (row.method, row.library) == ("adamw", "paper"):
        settings = {"weight_decay": 0.01}
    assert difference(row.method, row.library, row.library, steps=5, lr=1e-3, **settings) == 0


def test_a_schedule_tells_where_the_learning_rate_stands():
    assert difference("momentum", "pytorch", "keras", lr=lambda t: 0.01 * 0.5 ** (t // 50)) > 1e-3


def test_the_papers_momentum_is_polyaks_two_step_form():
    """A step of gradient descent plus gamma times the last move, also where the rate changes."""

    def rate(t):
        return 0.1 / t

    before, theta, expected = 1.0, 1.0, []
    for t, g in enumerate(GRADIENTS, start=1):
        before, theta = theta, theta - rate(t) * g + 0.5 * (theta - before)
        expected.append(theta)
    assert path(convention("momentum", "paper", lr=rate, gamma=0.5)) == pytest.approx(expected)


def test_dampening_by_hand():
    """Gradients 3, -1, 0.5, 0, 2, gamma 0.5, dampening 0.75: m = 3, 1.25, 0.75, 0.375, 0.6875."""
    expected = 1 - 0.1 * np.cumsum([3, 1.25, 0.75, 0.375, 0.6875])
    assert path(DampenedMomentum(0.1, 0.5, dampening=0.75)) == pytest.approx(expected, rel=1e-14)


def test_one_correction_nadam_in_plain_python():
    theta, m, v, expected = 1.0, 0.0, 0.0, []
    for t, g in enumerate(GRADIENTS, start=1):
        m = 0.8 * m + 0.2 * g
        v = 0.9 * v + 0.1 * g**2
        scale = 0.1 * (1 - 0.9**t) ** 0.5 / (1 - 0.8**t)
        theta -= scale * (0.8 * m + 0.2 * g) / (v**0.5 + 1e-3)
        expected.append(theta)
    method = OneCorrectionNAdam(0.1, 0.8, 0.9, 1e-3, epsilon_hat=True)
    assert path(method) == pytest.approx(expected, rel=1e-13)


def test_epsilon_hat_amsgrad_in_plain_python():
    theta, m, v, v_max, expected = 1.0, 0.0, 0.0, 0.0, []
    for t, g in enumerate(GRADIENTS, start=1):
        m = 0.8 * m + 0.2 * g
        v = 0.5 * v + 0.5 * g**2
        v_max = max(v_max, v)
        theta -= 0.1 * (1 - 0.5**t) ** 0.5 / (1 - 0.8**t) * m / (v_max**0.5 + 1e-3)
        expected.append(theta)
    method = EpsilonHatAMSGrad(0.1, 0.8, 0.5, 1e-3, correction="after")
    assert path(method) == pytest.approx(expected, rel=1e-13)


def test_decayed_adagrad_by_hand():
    """Gradients 3 and 4, roots 3 and 5, rates 0.1 and 0.1/1.5; a schedule is decayed too."""
    method = decayed_adagrad(lr=0.1, lr_decay=0.5, epsilon=0.0)
    points = follow(method, np.array([[3.0], [4.0]])).points[:, 0]
    assert points.tolist() == pytest.approx([0, -0.1, -0.1 - 0.08 / 1.5])
    assert decayed_adagrad(lr=Constant(0.1), lr_decay=0.5).lr(3) == 0.05
    for arguments in ({"lr": -1, "lr_decay": 0.5}, {"lr": 1, "lr_decay": -0.5}):
        with pytest.raises(ValueError, match="must be"):
            decayed_adagrad(**arguments)


def test_the_papers_decay_does_not_feel_the_learning_rate():
    """Without gradients theta keeps 0.9 a step, whatever lr is; in PyTorch 1 - 0.1 lr."""
    for lr in (0.001, 0.5):
        points = follow(paper_adamw(0.1, lr=lr), np.zeros((3, 1)), np.ones(1)).points[:, 0]
        assert points.tolist() == pytest.approx([1, 0.9, 0.81, 0.729])
    method = convention("adamw", "pytorch", lr=0.5, weight_decay=0.1)
    points = follow(method, np.zeros((2, 1)), np.ones(1)).points[:, 0]
    assert points.tolist() == pytest.approx([1, 0.95, 0.9025])
