"""Surfaces: hand values, gradients against finite differences, broadcasting, bad input."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lecture_code.objectives import Beale, Bowl, Quadratic, Rosenbrock, Saddle

coordinate = st.floats(-2, 2)
surfaces = st.sampled_from(
    [Bowl(1), Bowl(100), Bowl(10, angle=0.7), Beale(), Rosenbrock(), Saddle()]
)


def finite_difference(value, theta, h=1e-6):
    steps = h * np.eye(len(theta))
    return np.array([(value(theta + d) - value(theta - d)) / (2 * h) for d in steps])


@given(surfaces, coordinate, coordinate)
def test_gradient_is_the_derivative_of_value(surface, x, y):
    theta = np.array([x, y])
    expected = finite_difference(surface.value, theta)
    np.testing.assert_allclose(surface.gradient(theta), expected, rtol=1e-5, atol=1e-5)


@given(surfaces, coordinate, coordinate)
def test_hessian_is_the_derivative_of_gradient(surface, x, y):
    theta = np.array([x, y])
    expected = finite_difference(surface.gradient, theta)
    np.testing.assert_allclose(surface.hessian(theta), expected, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("surface", [Bowl(50, angle=0.3), Beale(), Rosenbrock(), Saddle()])
def test_a_hessian_for_each_run(surface):
    theta = np.random.default_rng(2).normal(size=(3, 5, 2))
    hessian = surface.hessian(theta)
    assert hessian.shape == (3, 5, 2, 2)
    np.testing.assert_array_equal(hessian[1, 4], surface.hessian(theta[1, 4]))


def test_quadratic_of_any_dimension():
    rng = np.random.default_rng(3)
    A = rng.normal(size=(4, 4))
    surface, theta = Quadratic(A + A.T, rng.normal(size=4)), rng.normal(size=(6, 4))
    for point in theta:
        np.testing.assert_allclose(
            surface.gradient(point), finite_difference(surface.value, point), atol=1e-6
        )
    np.testing.assert_allclose(surface.value(theta)[2], surface.value(theta[2]))
    np.testing.assert_allclose(surface.gradient(surface.minimum), 0, atol=1e-12)
    assert surface.hessian(theta).shape == (6, 4, 4)
    assert Quadratic([[1.0, 0.0], [0.0, 0.0]]).minimum is None


@pytest.mark.parametrize(
    "arguments", [([[1.0, 2.0]],), ([[1.0, 2.0], [0.0, 1.0]],), (np.eye(2), np.ones(3))]
)
def test_a_quadratic_that_is_none_is_refused(arguments):
    with pytest.raises(ValueError, match="of shape .*pass"):
        Quadratic(*arguments)


@pytest.mark.parametrize(
    ("surface", "theta", "value"),
    [
        (Bowl(10), (1, 1), 5.5),
        (Bowl(10, angle=np.pi / 2), (2, 1), 20.5),  # turned a quarter: x is the steep axis
        # 1.5 - 1 + 1.5 = 2; 2.25 - 1 + 2.25 = 3.5; 2.625 - 1 + 3.375 = 5
        (Beale(), (1, 1.5), 2**2 + 3.5**2 + 5**2),
        (Beale(), (0, 0), 1.5**2 + 2.25**2 + 2.625**2),
        (Rosenbrock(), (0, 1), 101),
        (Saddle(), (3, 1), 8),
    ],
)
def test_values_by_hand(surface, theta, value):
    assert surface.value(np.array(theta, float)) == pytest.approx(value)


@pytest.mark.parametrize("surface", [Bowl(50, angle=0.3), Beale(), Rosenbrock()])
def test_minimum_is_stationary_and_lowest_nearby(surface):
    at = np.array(surface.minimum)
    assert surface.value(at) == 0
    np.testing.assert_allclose(surface.gradient(at), 0, atol=1e-12)
    around = at + np.random.default_rng(0).normal(size=(100, 2))
    assert (surface.value(around) > 0).all()


def test_rotation_moves_the_point_and_keeps_the_value():
    rng = np.random.default_rng(1)
    theta, angle = rng.normal(size=(20, 2)), 0.6
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    straight, turned = Bowl(30), Bowl(30, angle=angle)
    np.testing.assert_allclose(turned.value(theta @ turn.T), straight.value(theta))
    np.testing.assert_allclose(turned.gradient(theta @ turn.T), straight.gradient(theta) @ turn.T)


def test_runs_broadcast_over_leading_axes_and_condition_over_runs():
    theta = np.ones((4, 3, 2))
    for surface in (Bowl(), Beale(), Rosenbrock(), Saddle()):
        assert surface.value(theta).shape == (4, 3)
        assert surface.gradient(theta).shape == (4, 3, 2)
    condition = np.array([1.0, 10.0, 100.0])
    assert Bowl(condition).value(np.ones(2)).tolist() == [1.0, 5.5, 50.5]
    assert Bowl(condition).gradient(np.ones((3, 2)))[:, 1].tolist() == condition.tolist()


def test_float32_stays_float32():
    theta = np.ones(2, np.float32)
    for surface in (Bowl(), Beale(), Rosenbrock(), Saddle()):
        assert surface.value(theta).dtype == np.float32
        assert surface.gradient(theta).dtype == np.float32


@pytest.mark.parametrize("theta", [1.0, np.ones(3), np.ones((2, 1))])
def test_wrong_shapes_are_refused_in_one_line(theta):
    with pytest.raises(ValueError, match=r"shape .* two coordinates .* pass") as caught:
        Beale().value(theta)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("condition", [0, -1, np.array([1, 0])])
def test_a_bowl_needs_positive_curvature(condition):
    with pytest.raises(ValueError, match="positive curvature"):
        Bowl(condition)
