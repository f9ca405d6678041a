"""Gradient descent: a step by hand, the closed form on a bowl, the stability limit."""

import numpy as np
import pytest

from lecture_code.gradient_descent import GradientDescent
from lecture_code.minimize import minimize
from lecture_code.objectives import Bowl


def test_first_step_by_hand():
    method = GradientDescent(lr=0.1)
    theta, state = method.step(np.array([1.0, 1.0]), method.init(np.zeros(2)), np.array([1, 10]))
    assert theta.tolist() == [0.9, 0.0]
    assert state.t == 1


def test_closed_form_on_a_bowl():
    record = minimize(Bowl(10), GradientDescent(lr=0.05), (1.0, 1.0), steps=30)
    k = np.arange(31)[:, None]
    np.testing.assert_allclose(record.points, (1 - 0.05 * np.array([1, 10])) ** k, atol=1e-15)
    assert (record.rates == 0.05).all()


@pytest.mark.parametrize(
    ("lr", "low", "high"), [(0.19, 0, 1e-8), (0.2, 0.99, 1.01), (0.21, 1e8, 9e8)]
)
def test_stable_below_two_over_the_curvature(lr, low, high):
    """Curriculum D24: L = 10, 200 steps, start 1."""
    record = minimize(Bowl(10), GradientDescent(lr), (0.0, 1.0), steps=200)
    assert low <= abs(record.points[-1, 1]) <= high


def test_schedule_sees_t_from_one():
    method = GradientDescent(lr=lambda t: 1 / t)
    theta, state = np.array([0.0]), method.init(np.zeros(1))
    moves = []
    for _ in range(3):
        new, state = method.step(theta, state, np.array([1.0]))
        moves.append(float((theta - new)[0]))
        theta = new
    assert moves == pytest.approx([1, 1 / 2, 1 / 3])


@pytest.mark.parametrize("lr", [0, -0.1, np.nan, np.inf, np.array([0.1, -0.1])])
def test_a_learning_rate_that_is_not_positive_is_refused(lr):
    with pytest.raises(ValueError, match="lr = .*positive.*pass") as caught:
        GradientDescent(lr)
    assert "\n" not in str(caught.value)
