"""What every optimizer promises: the contract, any shape, both precisions, grids, schedules.

One table, one row a method. The methods' own equations are in their own test files.
"""

import dataclasses
import inspect
import pkgutil
import re
from importlib import import_module

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import lecture_code
from lecture_code import (
    adadelta,
    adagrad,
    adam,
    adaptive_rates,
    amsgrad,
    conventions,
    datasets,
    gradient_descent,
    momentum,
    nadam,
    norms,
    rmsprop,
    second_order,
    strategies,
)
from lecture_code.minibatch import minibatches
from lecture_code.minimize import follow, minimize
from lecture_code.objectives import Beale, Bowl
from lecture_code.optimizer import Optimizer, Wrapper
from lecture_code.perceptron import Perceptron

# Methods that need nothing but gradients, each with a learning rate that trains the perceptron.
METHODS = {
    "gradient descent": lambda lr=0.5: gradient_descent.GradientDescent(lr),
    "normalized": lambda lr=0.1: gradient_descent.NormalizedDescent(lr),
    "momentum": lambda lr=0.1: momentum.Momentum(lr),
    "momentum, averaged": lambda lr=0.5: momentum.Momentum(lr, average=True),
    "momentum, rate inside": lambda lr=0.1: momentum.Momentum(lr, lr_inside=True),
    "Nesterov": lambda lr=0.1: momentum.Nesterov(lr),
    "Nesterov, shifted": lambda lr=0.1: momentum.ShiftedNesterov(lr),
    "Nesterov, shifted, rate inside": lambda lr=0.1: momentum.ShiftedNesterov(lr, lr_inside=True),
    "sparsity factor": lambda lr=0.5: adaptive_rates.SparsityFactor(lr),
    "AdaGrad": lambda lr=0.05: adagrad.AdaGrad(lr),
    "AdaGrad, epsilon inside": lambda lr=0.05: adagrad.AdaGrad(lr, epsilon_inside=True),
    "RMSprop": lambda lr=0.005: rmsprop.RMSprop(lr),
    "RMSprop, inside": lambda lr=0.005: rmsprop.RMSprop(lr, epsilon_inside=True),
    "RMSprop, centered": lambda lr=0.002: rmsprop.RMSprop(lr, centered=True, epsilon=1e-3),
    "RMSprop, corrected": lambda lr=0.005: rmsprop.RMSprop(lr, correct_bias=True),
    "RMSprop, momentum": lambda lr=0.002: rmsprop.RMSpropMomentum(lr),
    "RMSprop, momentum, inside": lambda lr=0.002: rmsprop.RMSpropMomentum(lr, lr_inside=True),
    "RMSprop, Nesterov at the iterate": lambda lr=0.002: rmsprop.RMSpropMomentum(lr, nesterov=True),
    "RMSprop, Nesterov": lambda lr=0.002: rmsprop.RMSpropNesterov(lr),
    "AdaDelta": lambda lr=1.0: adadelta.AdaDelta(lr, epsilon=1e-4),
    "Adam": lambda lr=0.01: adam.Adam(lr),
    "Adam, epsilon hat": lambda lr=0.01: adam.Adam(lr, epsilon_hat=True),
    "Adam, uncorrected": lambda lr=0.005: adam.Adam(lr, correct_bias=False),
    "AdaMax": lambda lr=0.01: norms.AdaMax(lr, epsilon=1e-8),
    "AdaMax, epsilon inside": lambda lr=0.01: norms.AdaMax(lr, epsilon=1e-8, epsilon_inside=True),
    "Adam in the norm p": lambda lr=0.01: norms.AdamLp(lr, p=4.0),
    "Adam in the norm infinity": lambda lr=0.01: norms.AdamLp(lr, p=np.inf),
    "the notes' Adam Max": lambda lr=0.005: norms.NotesAdamMax(lr),
    "NAdam": lambda lr=0.01: nadam.NAdam(lr),
    "NAdam, constant": lambda lr=0.01: nadam.NAdam(lr, psi=None),
    "AMSGrad": lambda lr=0.01: amsgrad.AMSGrad(lr),
    "AMSGrad, before": lambda lr=0.01: amsgrad.AMSGrad(lr, correction="before"),
    "AMSGrad, after": lambda lr=0.01: amsgrad.AMSGrad(lr, correction="after"),
    "projected": lambda lr=0.01: amsgrad.Projected(adam.Adam(lr), -9.0, 9.0),
    "clipped by value": lambda lr=0.5: strategies.ClipByValue(
        gradient_descent.GradientDescent(lr), 0.1
    ),
    "clipped by norm": lambda lr=0.5: strategies.ClipByNorm(
        gradient_descent.GradientDescent(lr), 1.0
    ),
    "AdamW": lambda lr=0.01: strategies.WeightDecay(adam.Adam(lr), 0.01),
    "AdaGrad, started": lambda lr=0.05: conventions.StartedAdaGrad(lr, initial=0.1),
    "dampened": lambda lr=0.1: conventions.DampenedMomentum(lr, dampening=0.5),
    "NAdam, one correction": lambda lr=0.01: conventions.OneCorrectionNAdam(lr, epsilon_hat=True),
    "AMSGrad, epsilon hat": lambda lr=0.01: conventions.EpsilonHatAMSGrad(lr, correction="after"),
    "stale": lambda lr=0.1: strategies.Stale(gradient_descent.GradientDescent(lr), 2),
}
# The learning rate is where each parameter's own begins; only its first value counts. For full
# batches.
OWN_RATES = {
    "delta-bar-delta": lambda lr=0.3: adaptive_rates.DeltaBarDelta(lr, increase=0.05),
    "Rprop-": lambda lr=0.01: rmsprop.Rprop(lr),
    "Rprop+": lambda lr=0.01: rmsprop.Rprop(lr, backtracking=True),
}
# Methods that need a vector: the whole gradient or the history of one run.
SINGLE = {
    "full-matrix AdaGrad": lambda lr=0.05: adagrad.FullMatrixAdaGrad(lr),
}
# Methods that hold functions of their objective.
BEALE = Beale()
INFORMED = {
    "line search": lambda: gradient_descent.LineSearch(BEALE),
    "trust region": lambda: gradient_descent.TrustRegion(BEALE),
    "Newton": lambda: second_order.Newton(BEALE.hessian, damping=20.0),
    "damped Newton": lambda: second_order.DampedNewton(BEALE.hessian, smallest=20.0),
    "nonlinear conjugate gradient": lambda: second_order.NonlinearConjugateGradient(BEALE),
    "L-BFGS": lambda: second_order.LBFGS(BEALE),
}
EVERY = METHODS | OWN_RATES | SINGLE
ELSEWHERE = {"CoordinateDescent"}

every_method = pytest.mark.parametrize("name", EVERY)
elementwise = pytest.mark.parametrize("name", METHODS | OWN_RATES)


def optimizers_of_the_package():
    for module in pkgutil.iter_modules(lecture_code.__path__):
        if module.name == "widgets":
            continue
        for name, value in inspect.getmembers(import_module(f"lecture_code.{module.name}")):
            if inspect.isclass(value) and issubclass(value, Optimizer) and name[0] != "_":
                yield value


PUBLIC = sorted(
    {value for value in optimizers_of_the_package() if value not in (Optimizer, Wrapper)},
    key=lambda value: value.__name__,
)


def test_the_table_is_complete():
    """Every optimizer of the package is in a table above, so that nothing escapes these tests."""
    rows = [make() for table in (METHODS, OWN_RATES, SINGLE, INFORMED) for make in table.values()]
    tested = {type(row).__name__ for row in rows} | ELSEWHERE
    assert {method.__name__ for method in PUBLIC} == tested


@pytest.mark.parametrize("method", PUBLIC, ids=lambda method: method.__name__)
def test_docstrings_map_every_field_and_name_their_source(method):
    own, fields = method.__dict__.get("__doc__"), dataclasses.fields(method)
    assert own and ">>>" in own
    if method.__module__ == "lecture_code.conventions":  # a variant: what it inherits is told there
        fields = [field for field in fields if field.name in method.__annotations__]
    else:
        assert "Raises" in own
        assert re.search(r"\b(18|19|20)\d\d\b", own)
    for field in fields:
        assert re.search(rf"\b{field.name}\b", own), field.name


@pytest.mark.parametrize("method", PUBLIC, ids=lambda method: method.__name__)
def test_methods_are_frozen_records(method):
    assert dataclasses.is_dataclass(method)
    assert method.__dataclass_params__.frozen


def arrays_of(state):
    """Every array in a state, tuples inside included."""
    if isinstance(state, np.ndarray):
        yield state
    elif isinstance(state, tuple | list):
        for part in state:
            yield from arrays_of(part)


@elementwise
@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 2, 3)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("lr", [0.01, lambda t: np.float64(0.1) / np.sqrt(t)])
def test_any_shape_both_precisions_any_schedule(name, shape, dtype, lr):
    method = (METHODS | OWN_RATES)[name](lr)
    gradients = np.random.default_rng(0).normal(size=(4, *shape)).astype(dtype)
    trace = follow(method, gradients, theta0=np.ones(shape, dtype))
    assert trace.points.shape == (5, *shape) and trace.rates.shape == (4, *shape)
    assert trace.points.dtype == dtype
    assert np.isfinite(trace.points).all()
    assert all(part.dtype == dtype for part in arrays_of(trace.state) if part.dtype.kind == "f")


@every_method
def test_nothing_is_mutated_and_everything_repeats(name):
    """Also an earlier state still gives the same step after later ones were taken from it."""
    method = EVERY[name]()
    gradients = np.random.default_rng(1).normal(size=(6, 4))
    theta, state = np.ones(4), method.init(np.ones(4))
    seen = []
    for gradient in gradients:
        gradient.flags.writeable = theta.flags.writeable = False
        for part in arrays_of(state):
            part.flags.writeable = False
        seen.append((theta, state, gradient))
        theta, state = method.step(theta, state, gradient)
        method.rate(state), method.gradient_at(theta, state)
    points = [theta for theta, _, _ in seen[1:]] + [theta]
    for before, after in zip(seen, points, strict=True):
        np.testing.assert_array_equal(method.step(*before)[0], after)


@every_method
def test_the_state_counts_the_steps(name):
    trace = follow(EVERY[name](), np.ones((5, 2)))
    assert trace.state.t == 5


@elementwise
def test_a_grid_of_learning_rates_equals_the_runs_one_by_one(name):
    rates = np.geomspace(1e-3, 0.1, 5)
    make = (METHODS | OWN_RATES)[name]
    start = np.random.default_rng(2).uniform(0.5, 1, (5, 2))
    grid = minimize(Bowl(5), make(rates[:, None]), start, steps=12)
    for run, lr in enumerate(rates):
        one = minimize(Bowl(5), make(float(lr)), start[run], steps=12)
        np.testing.assert_allclose(grid.points[:, run], one.points, rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(grid.rates[:, run], one.rates, rtol=1e-12)


NUMBERS = {"beta": 0.7, "beta1": 0.7, "beta2": 0.8, "gamma": 0.7, "epsilon": 1e-3}


@elementwise
def test_every_number_may_differ_from_run_to_run(name):
    method = (METHODS | OWN_RATES)[name]()
    inner = method.optimizer if isinstance(method, Wrapper) else method
    names = [field.name for field in dataclasses.fields(inner) if field.name in NUMBERS]
    start = np.array([[1.0, 0.7], [0.4, 0.9]])
    for field in names:
        values = [getattr(inner, field), NUMBERS[field]]
        both = dataclasses.replace(inner, **{field: np.array(values)[:, None]})
        grid = minimize(Bowl(5), both, start, steps=8)
        for run, value in enumerate(values):
            one = minimize(
                Bowl(5), dataclasses.replace(inner, **{field: value}), start[run], steps=8
            )
            np.testing.assert_allclose(grid.points[:, run], one.points, rtol=1e-9, atol=1e-13)


@elementwise
@settings(max_examples=20, deadline=None)
@given(arrays(float, (5, 3), elements=st.floats(-1e3, 1e3)))
def test_every_step_is_finite_whatever_the_gradients(name, gradients):
    """Zeros, tiny and large gradients, in any order: epsilon keeps every quotient finite."""
    assert np.isfinite(follow((METHODS | OWN_RATES)[name](), gradients).points).all()


@every_method
def test_the_rate_is_not_negative_and_a_number_for_each_parameter(name):
    trace = follow(EVERY[name](), np.random.default_rng(3).normal(size=(6, 4)))
    assert trace.rates.shape == (6, 4)
    assert (trace.rates >= 0).all()


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("lr", [0, -0.1, np.nan, np.inf])
def test_a_learning_rate_that_is_not_positive_is_refused(name, lr):
    with pytest.raises(ValueError, match=rf"^lr = {lr}: .*pass") as caught:
        METHODS[name](lr)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", METHODS)
def test_a_schedule_that_turns_negative_is_refused(name):
    with pytest.raises(ValueError, match="schedule gives -?[0-9.]+ at t = 4"):
        follow(METHODS[name](lambda t: 0.1 * (3.5 - t)), np.ones((8, 2)))


@every_method
@pytest.mark.parametrize("value", [1, -0.1, 1.5, np.nan])
def test_a_decay_outside_its_range_is_refused(name, value):
    method = EVERY[name]()
    decays = [f.name for f in dataclasses.fields(method) if re.fullmatch(r"beta\d?|gamma", f.name)]
    for field in decays:
        with pytest.raises(ValueError, match=f"{field} = .*below 1; pass") as caught:
            dataclasses.replace(method, **{field: value})
        assert "\n" not in str(caught.value)


@every_method
def test_integer_parameters_are_refused(name):
    with pytest.raises(ValueError, match="integers cannot take a step; pass"):
        EVERY[name]().init(np.array([1, 2]))


@every_method
def test_a_gradient_of_another_shape_is_refused(name):
    with pytest.raises(ValueError, match="one number for each parameter"):
        follow(EVERY[name](), np.ones((2, 3)), theta0=np.ones(2))


def test_a_hyperparameter_of_another_shape_is_explained():
    with pytest.raises(ValueError, match=r"has the shape \(runs, 1\)"):
        minimize(Bowl(), adam.Adam(np.full(3, 0.1)), (1.0, 1.0), 3)


@pytest.fixture(scope="module")
def digits():
    return datasets.digits().split(rng=[7, 1], train=1200, test=500)


@pytest.mark.parametrize("name", METHODS | OWN_RATES)
def test_trains_the_perceptron_on_the_digits(name, digits):
    """Four in five right after ten epochs of batch 32, or sixty steps of all, from one in ten."""
    train, test = digits
    net = Perceptron((64, 16, 10))
    method, rng = (METHODS | OWN_RATES)[name](), np.random.default_rng(11)
    theta = net.init(rng)
    state = method.init(theta)
    for _ in range(60 if name in OWN_RATES else 10):
        size = len(train.labels) if name in OWN_RATES else 32
        for X, y in minibatches(train.inputs, train.labels, size, rng):
            gradient = net.gradient(method.gradient_at(theta, state), X, y)
            theta, state = method.step(theta, state, gradient)
    assert net.accuracy(theta, test.inputs, test.labels) > 0.8


@pytest.mark.parametrize("name", INFORMED)
def test_methods_that_know_their_objective_reach_the_minimum(name):
    record = minimize(BEALE, INFORMED[name](), np.array([1.0, 1.5]), steps=300)
    assert record.losses[-1] < 1e-3 and record.losses[-1] < record.losses[0]
    assert record.rates.shape == record.gradients.shape


@pytest.mark.parametrize("name", INFORMED)
def test_methods_that_know_their_objective_mutate_nothing_and_repeat(name):
    method, theta = INFORMED[name](), np.array([1.0, 1.5])
    theta.flags.writeable = False
    state = method.init(theta)
    for _ in range(4):
        gradient = BEALE.gradient(theta)
        again = method.step(theta, state, gradient)[0]
        new, state = method.step(theta, state, gradient)
        np.testing.assert_array_equal(new, again)
        theta = new
        theta.flags.writeable = False
