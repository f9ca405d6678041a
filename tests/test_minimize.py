"""The runner: the record's shapes, divergence, grids of runs, bad input."""

import numpy as np
import pytest

from lecture_code.adagrad import AdaGrad
from lecture_code.gradient_descent import GradientDescent
from lecture_code.minimize import follow, minimize
from lecture_code.objectives import Beale, Bowl

methods = [GradientDescent(0.01), AdaGrad(0.1)]


@pytest.mark.parametrize("method", methods)
@pytest.mark.parametrize("theta0", [np.ones(2), np.ones((5, 2)), np.ones((3, 5, 2))])
def test_record_shapes(method, theta0):
    record = minimize(Beale(), method, theta0, steps=7)
    assert record.points.shape == (8, *theta0.shape)
    assert record.losses.shape == (8, *theta0.shape[:-1])
    assert record.gradients.shape == record.rates.shape == (7, *theta0.shape)
    assert record.diverged.shape == theta0.shape[:-1]
    assert (record.diverged == -1).all()


@pytest.mark.parametrize("method", methods)
def test_every_move_is_minus_rate_times_gradient(method):
    record = minimize(Beale(), method, (1.0, 1.5), steps=20)
    np.testing.assert_allclose(
        np.diff(record.points, axis=0), -record.rates * record.gradients, rtol=1e-9, atol=1e-15
    )
    np.testing.assert_array_equal(record.losses, Beale().value(record.points))


def test_a_grid_of_runs_equals_the_runs_one_by_one():
    lr = np.geomspace(0.01, 1, 6)[:, None]
    condition = np.geomspace(1, 100, 6)
    grid = minimize(Bowl(condition), AdaGrad(lr), (1.0, 0.5), steps=25)
    for run in range(6):
        one = minimize(Bowl(condition[run]), AdaGrad(lr[run, 0]), (1.0, 0.5), steps=25)
        np.testing.assert_array_equal(grid.points[:, run], one.points)
        np.testing.assert_array_equal(grid.losses[:, run], one.losses)


def test_the_callers_array_is_untouched():
    theta0 = np.ones(2)
    for method in methods:
        minimize(Bowl(), method, theta0, steps=3)
    assert theta0.tolist() == [1, 1]


def test_divergence_stops_with_one_line():
    with pytest.raises(FloatingPointError, match="after step .* lower the learning rate") as caught:
        minimize(Bowl(10), GradientDescent(lr=1e200), (1.0, 1.0), steps=5)
    assert "\n" not in str(caught.value)


def test_divergence_is_recorded_per_run():
    lr = np.array([[0.1], [1e200]])
    record = minimize(Bowl(10), GradientDescent(lr), (1.0, 1.0), 5, on_divergence="record")
    assert record.diverged.tolist() == [-1, 1]
    assert np.isfinite(record.points[:, 0]).all()


@pytest.mark.parametrize("steps", [0, -1, 2.5])
def test_steps_must_be_a_positive_whole_number(steps):
    with pytest.raises(ValueError, match="steps = .*at least 1"):
        minimize(Bowl(), GradientDescent(0.1), (1, 1), steps)


def test_an_unknown_policy_is_refused():
    with pytest.raises(ValueError, match='on_divergence = .*"raise" or "record"'):
        minimize(Bowl(), GradientDescent(0.1), (1, 1), 3, on_divergence="ignore")


def test_a_hyperparameter_of_the_wrong_shape_is_explained():
    with pytest.raises(ValueError, match=r"shape \(runs, 1\)"):
        minimize(Bowl(), GradientDescent(np.full(3, 0.1)), (1.0, 1.0), 3)


def test_numbers_become_floats_integer_arrays_are_refused_and_float32_stays():
    assert minimize(Bowl(), AdaGrad(0.1), (1, 1), 2).points.dtype == np.float64
    single = minimize(Bowl(), AdaGrad(0.1), np.ones(2, np.float32), 2)
    assert single.points.dtype == single.rates.dtype == np.float32
    for method in methods:
        with pytest.raises(ValueError, match="dtype int64: .*astype"):
            minimize(Bowl(), method, np.array([1, 1]), 2)


class LooksAhead(GradientDescent):
    def gradient_at(self, theta, state):
        return theta + 1


def test_the_gradient_is_taken_where_the_method_wants_it():
    record = minimize(Bowl(1), LooksAhead(lr=0.5), (2.0, 0.0), steps=1)
    assert record.gradients[0].tolist() == [3, 1]
    assert record.points[1].tolist() == [0.5, -0.5]


def test_following_given_gradients_is_minimizing_without_looking():
    record = minimize(Beale(), AdaGrad(0.1), (1.0, 1.5), steps=20)
    trace = follow(AdaGrad(0.1), record.gradients, theta0=record.points[0])
    np.testing.assert_array_equal(trace.points, record.points)
    np.testing.assert_array_equal(trace.rates, record.rates)
    assert trace.state.t == 20


@pytest.mark.parametrize("shape", [(4,), (2, 2), ()])
def test_a_gradient_that_does_not_fit_is_refused(shape):
    with pytest.raises(ValueError, match="one number for each parameter"):
        follow(GradientDescent(0.1), np.ones((3, *shape)), theta0=np.ones(3))


def test_no_gradients_are_refused():
    with pytest.raises(ValueError, match=r"gradients has the shape \(0, 2\)"):
        follow(GradientDescent(0.1), np.ones((0, 2)))
