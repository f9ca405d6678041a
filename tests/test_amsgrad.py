"""AMSGrad: by hand, the maximum, the problem that Adam loses, every corrected number."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lecture_code.adam import Adam
from lecture_code.amsgrad import AMSGrad, Projected, RareSpike
from lecture_code.gradient_descent import GradientDescent
from lecture_code.minimize import follow

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
    points = follow(AMSGrad(0.3, 0.8, 0.9, 1e-3), stream).points
    for j in range(2):
        m = v = v_max = theta = 0.0
        for t in range(8):
            g = float(stream[t, j])
            m, v = 0.8 * m + 0.2 * g, 0.9 * v + 0.1 * g**2
            v_max = max(v_max, v)
            theta = theta - 0.3 / (v_max**0.5 + 1e-3) * m
            assert points[t + 1, j] == pytest.approx(theta, rel=1e-12, abs=1e-14)


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
