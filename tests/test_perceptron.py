import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lecture_code import datasets
from lecture_code.adagrad import AdaGrad
from lecture_code.gradient_descent import GradientDescent
from lecture_code.minimize import minimize
from lecture_code.perceptron import Perceptron


def problem(sizes, activation, seed=0, m=7):
    rng = np.random.default_rng(seed)
    net = Perceptron(sizes, activation)
    theta = net.init(rng) + rng.normal(0, 0.1, net.size)
    return net, theta, rng.normal(size=(m, sizes[0])), rng.integers(sizes[-1], size=m)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(1, 4), min_size=1, max_size=4),
    st.integers(2, 4),
    st.sampled_from(["tanh", "relu"]),
    st.integers(0, 1000),
)
def test_gradient_matches_finite_differences(before, classes, activation, seed):
    net, theta, X, y = problem((*before, classes), activation, seed)
    gradient, step = net.gradient(theta, X, y), 1e-6
    slopes = [
        (net.loss(theta + change, X, y) - net.loss(theta - change, X, y)) / (2 * step)
        for change in step * np.eye(net.size)
    ]
    kinks = np.abs(gradient - slopes) > 1e-7
    assert kinks.sum() <= (0 if activation == "tanh" else 1)  # relu: a unit may sit on its kink
    assert gradient.shape == theta.shape == (net.size,)


def test_layers_are_views_of_theta():
    net = Perceptron((3, 4, 2))
    theta = net.init(0)
    (W1, b1), (W2, b2) = net.unpack(theta)
    assert (W1.shape, b1.shape, W2.shape, b2.shape) == ((4, 3), (4,), (2, 4), (2,))
    assert net.size == theta.size == 26
    b2[:] = 5
    W1[0, 0] = 7
    assert (theta[-2:] == 5).all()
    assert theta[0] == 7
    assert np.concatenate([W1.ravel(), b1, W2.ravel(), b2]) == pytest.approx(theta)


def test_forward_is_the_notation():
    net, theta, X, _ = problem((3, 4, 5, 2), "tanh")
    (W1, b1), (W2, b2), (W3, b3) = net.unpack(theta)
    h, last = net.forward(theta, X)
    assert len(h) == 3
    for k in range(len(X)):
        h1 = np.tanh(W1 @ X[k] + b1)
        h2 = np.tanh(W2 @ h1 + b2)
        assert h[0][k] == pytest.approx(X[k])
        assert h[1][k] == pytest.approx(h1)
        assert h[2][k] == pytest.approx(h2)
        assert last[k] == pytest.approx(W3 @ h2 + b3)


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_an_absent_input_has_no_derivative_at_all(activation):
    """Erratum E6: a feature that is zero everywhere has a derivative of zero, not a small one."""
    net, theta, X, y = problem((3, 4, 2), activation)
    X[:, 1] = 0
    dW1 = net.unpack(net.gradient(theta, X, y))[0].W
    assert not dW1[:, 1].any()
    assert dW1[:, 0].any()


def test_the_gradient_is_a_mean_over_instances():
    net, theta, X, y = problem((3, 4, 2), "tanh")
    gradient = net.gradient(theta, X, y)
    assert net.gradient(theta, np.tile(X, (3, 1)), np.tile(y, 3)) == pytest.approx(gradient)
    one_by_one = [net.gradient(theta, X[k : k + 1], y[k : k + 1]) for k in range(len(y))]
    assert np.mean(one_by_one, axis=0) == pytest.approx(gradient)


def test_nothing_is_mutated():
    net, theta, X, y = problem((3, 4, 2), "relu")
    before = theta.copy(), X.copy(), y.copy()
    net.gradient(theta, X, y)
    net.loss(theta, X, y)
    for now, then in zip((theta, X, y), before, strict=True):
        assert (now == then).all()


def test_initial_weights_keep_their_variance():
    for activation, gain in (("tanh", 1), ("relu", 2)):
        net = Perceptron((200, 300, 10), activation)
        (W, b), _ = net.unpack(net.init(np.random.default_rng(0)))
        assert W.var() == pytest.approx(gain / 200, rel=0.02)
        assert not b.any()
    assert (net.init(3) == net.init(np.random.default_rng(3))).all()


def test_loss_of_undecided_and_of_certain_networks():
    net, theta, X, y = problem((3, 4), "tanh")
    assert net.loss(0 * theta, X, y) == pytest.approx(np.log(4))
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        assert net.loss(1e4 * theta, X, y) > 100
    assert np.isfinite(net.gradient(1e4 * theta, X, y)).all()


def test_single_precision_stays_single():
    net, theta, X, y = problem((3, 4, 2), "relu")
    theta, X = theta.astype(np.float32), X.astype(np.float32)
    assert net.gradient(theta, X, y).dtype == net.loss(theta, X, y).dtype == np.float32


@pytest.mark.parametrize("optimizer", [GradientDescent(lr=0.5), AdaGrad(lr=0.05)])
def test_it_learns_the_digits(optimizer):
    rng = np.random.default_rng(0)
    fit, held_out = datasets.digits().split(rng)
    net = Perceptron((64, 32, 10))
    theta = net.init(rng)
    state = optimizer.init(theta)
    for _ in range(10):
        order = rng.permutation(len(fit.labels))
        for batch in np.array_split(order, len(order) // 32):
            gradient = net.gradient(theta, fit.inputs[batch], fit.labels[batch])
            theta, state = optimizer.step(theta, state, gradient)
    assert net.accuracy(theta, *held_out) > 0.95
    assert net.predict(theta, held_out.inputs).shape == (360,)


def test_minimize_trains_it():
    net, theta, X, y = problem((3, 4, 2), "tanh")
    record = minimize(net.objective(X, y), GradientDescent(lr=0.5), theta, steps=300)
    assert record.points.shape == (301, net.size)
    assert record.losses[-1] < 0.1 * record.losses[0]
    assert record.losses[-1] == pytest.approx(net.loss(record.points[-1], X, y))


@pytest.mark.parametrize("sizes", [(), (3,), (3, 0, 2), (3, 1), (0, 2)])
def test_impossible_sizes(sizes):
    with pytest.raises(ValueError, match=r"^sizes = \(") as error:
        Perceptron(sizes)
    assert "\n" not in str(error.value)


def test_unknown_activation():
    with pytest.raises(ValueError, match=r'^activation = "sigmoid" is not known: pass "tanh"'):
        Perceptron((3, 2), activation="sigmoid")


@pytest.mark.parametrize("function", ["loss", "gradient", "accuracy"])
def test_bad_input_gets_one_line(function):
    net, theta, X, y = problem((3, 4, 2), "tanh")
    for bad, message in [
        ((theta[:-1], X, y), "^theta has the shape"),
        ((theta[None], X, y), "^theta has the shape"),
        ((theta, X[:, :2], y), "^X has the shape"),
        ((theta, X[0], y[:3]), "^X has the shape"),
        ((theta, X[:0], y[:0]), "^X has the shape"),
        ((theta, X, y[:-1]), "^y has the shape"),
        ((theta, X, y + 1), "^y must be integers from 0 to 1"),
        ((theta, X, y - 1), "^y must be integers from 0 to 1"),
        ((theta, X, y + 0.5), "^y must be integers from 0 to 1"),
    ]:
        with pytest.raises(ValueError, match=message) as error:
            getattr(net, function)(*bad)
        assert "\n" not in str(error.value)
