"""NAdam: by hand, from Nesterov step by step, every corrected number."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lecture_code.adam import Adam
from lecture_code.minimize import follow
from lecture_code.nadam import NAdam

gradients = arrays(float, (6, 2), elements=st.floats(-100, 100).map(lambda x: round(x, 6)))


def moves(method, stream):
    return -np.diff(follow(method, np.asarray(stream, float)[:, None]).points[:, 0])


@pytest.mark.parametrize("psi", [None, 0.0, 0.004, 1.0])
@given(stream=gradients)
def test_equations_of_the_page_in_plain_python(psi, stream):
    mu = lambda t: 0.8 if psi is None else 0.8 * (1 - 0.5 * 0.96 ** (t * psi))  # noqa: E731
    points = follow(NAdam(0.3, 0.8, 0.9, 1e-3, psi), stream).points
    for j in range(2):
        m = v = theta = 0.0
        for t in range(1, 7):
            g = float(stream[t - 1, j])
            m, v = 0.8 * m + 0.2 * g, 0.9 * v + 0.1 * g**2
            so_far = np.prod([mu(i) for i in range(1, t + 1)])
            ahead = mu(t + 1) * m / (1 - so_far * mu(t + 1)) + (1 - mu(t)) * g / (1 - so_far)
            theta = theta - 0.3 * ahead / ((v / (1 - 0.9**t)) ** 0.5 + 1e-3)
            assert points[t, j] == pytest.approx(theta, rel=1e-9, abs=1e-12)


def test_first_and_steady_step_of_a_constant_gradient():
    """Erratum E32 (D13): 28/19 = 1.473684 eta at first, 1 eta in the end, for every eta."""
    for lr in (0.001, 0.01, 0.1):
        found = moves(NAdam(lr, psi=None, epsilon=0.0), np.ones(3000)) / lr
        assert found[0] == pytest.approx(28 / 19)
        assert found[-1] == pytest.approx(1.0)


def test_the_notes_multiply_by_the_rate_twice():
    """Erratum E32 (D13): their step over eta depends on eta: 0.109, 0.190, 1.000."""
    for lr, ratio in ((0.001, 0.109), (0.01, 0.190), (0.1, 1.0)):
        u = v = 0.0
        for t in range(1, 3001):
            u, v = 0.9 * u + lr * 1.0, 0.999 * v + 0.001
            step = lr * (0.9 * u + 0.1) / (v / (1 - 0.999**t)) ** 0.5
        assert step / lr == pytest.approx(ratio, abs=5e-4)


def test_momentum_of_the_schedule():
    assert NAdam().mu(1) == pytest.approx(0.45007, abs=5e-6)
    assert NAdam().mu(10_000) == pytest.approx(0.9, abs=0.1)
    assert NAdam(psi=None).mu(7) == 0.9


@given(gradients)
def test_without_momentum_it_is_adam(stream):
    one = follow(NAdam(0.1, beta1=0.0, psi=None), stream).points
    np.testing.assert_allclose(one, follow(Adam(0.1, beta1=0.0), stream).points, atol=1e-12)


def test_it_turns_one_step_before_adam():
    """Curriculum C10: gradients of 1 and then of -1; the update flips at the sixth against the
    seventh."""
    stream = np.r_[np.ones(200), -np.ones(20)]
    for method, at in ((NAdam(1.0, psi=None), 6), (Adam(1.0), 7)):
        assert np.argmax(moves(method, stream)[200:] < 0) + 1 == at


def test_the_product_runs_along():
    state = follow(NAdam(), np.ones((3, 1))).state
    assert state.product == pytest.approx(NAdam().mu(1) * NAdam().mu(2) * NAdam().mu(3))


def test_psi_must_not_be_negative():
    with pytest.raises(ValueError, match="psi = -1: must be zero or"):
        NAdam(psi=-1)


# The questions of the exercise
