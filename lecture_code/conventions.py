r"""Who computes what: each method as the paper, PyTorch, Keras, TensorFlow and optax have it.

`convention` gives the optimizer that computes exactly what one of them does, `concordance` the
table of all, `difference` how far two of them come apart on one run. tests/test_oracles.py holds
each row but the papers' to what the library itself computed. The variants that no chapter needs
are here, as small subclasses.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from lecture_code.adadelta import AdaDelta
from lecture_code.adagrad import AdaGrad
from lecture_code.adam import Adam
from lecture_code.adaptive_rates import DeltaBarDelta
from lecture_code.amsgrad import AMSGrad
from lecture_code.gradient_descent import GradientDescent
from lecture_code.minimize import minimize
from lecture_code.momentum import Momentum, MomentumState, Nesterov, ShiftedNesterov
from lecture_code.nadam import NAdam
from lecture_code.norms import AdaMax
from lecture_code.objectives import Beale
from lecture_code.optimizer import Optimizer, learning_rate, require_decay, require_not_negative
from lecture_code.rmsprop import RMSprop, RMSpropMomentum, RMSpropNesterov, Rprop
from lecture_code.strategies import WeightDecay


@dataclass(frozen=True)
class DampenedMomentum(Momentum):
    r"""PyTorch's `SGD(lr, momentum, dampening)`: the first gradient counts in full.

    With dampening for $\tau$ in [0, 1), the rest as in `Momentum`:

        $m_1 = g_1, \quad m_t = \gamma m_{t-1} + (1 - \tau) g_t$
        $\theta_t = \theta_{t-1} - \eta_t m_t$

    With $\tau = \gamma$ it is therefore not an average. dampening: 0 in PyTorch. Raises ValueError
    for one outside [0, 1).

    >>> method = DampenedMomentum(lr=0.1, gamma=0.5, dampening=0.5)
    >>> theta, state = method.step(np.zeros(1), method.init(np.zeros(1)), np.array([2.0]))
    >>> method.step(theta, state, np.array([2.0]))[1].m
    array([2.])
    """

    dampening: float | np.ndarray = 0.0

    def __post_init__(self):
        super().__post_init__()
        require_decay("dampening", self.dampening)

    def step(self, theta, state, gradient):
        t = state.t + 1
        m = gradient if t == 1 else self.gamma * state.m + (1 - self.dampening) * gradient
        return theta - learning_rate(self.lr, t) * m, MomentumState(t, m)


@dataclass(frozen=True)
class OneCorrectionNAdam(Adam):
    r"""TensorFlow's kernel `ResourceApplyAdam(use_nesterov=True)`: one correction for both parts.

    With the symbols of `Adam`, epsilon added before the correction:

        $\theta_t = \theta_{t-1} - \eta_t \dfrac{\sqrt{1 - \beta_2^t}}{1 - \beta_1^t}
            \cdot \dfrac{\beta_1 m_t + (1 - \beta_1) g_t}{\sqrt{v_t} + \epsilon}$

    >>> method = OneCorrectionNAdam(lr=1.0, epsilon_hat=True)
    >>> method.step(np.zeros(1), method.init(np.zeros(1)), np.array([2.0]))[0].round(6)
    array([-1.9])
    """

    def step(self, theta, state, gradient):
        _, state = super().step(theta, state, gradient)
        ahead = self.beta1 * state.m + (1 - self.beta1) * gradient
        return theta - self.rate(state) * (ahead / (1 - self.beta1**state.t)), state


@dataclass(frozen=True)
class EpsilonHatAMSGrad(AMSGrad):
    r"""Keras's and TensorFlow's AMSGrad: epsilon is added before the bias correction.

    With the symbols of `AMSGrad`:

        $\theta_t = \theta_{t-1} - \eta_t \dfrac{\sqrt{1 - \beta_2^t}}{1 - \beta_1^t}
            \cdot \dfrac{m_t}{\sqrt{v^{\max}_t} + \epsilon}$

    >>> method = EpsilonHatAMSGrad(lr=1.0, beta2=0.75, epsilon=1.0, correction="after")
    >>> method.step(np.zeros(1), method.init(np.zeros(1)), np.array([2.0]))[0]
    array([-0.5])
    """

    def rate(self, state):
        lr = learning_rate(self.lr, state.t) * (1 - self.beta2**state.t) ** 0.5
        return lr / (np.sqrt(state.v_max) + self.epsilon)


@dataclass(frozen=True)
class StartedAdaGrad(AdaGrad):
    r"""`AdaGrad` whose sum starts at another value than zero, $s_0$ = initial.

    initial: zero or positive, in units of the squared gradient; 0.1 in Keras, TensorFlow and optax.
    Raises ValueError for a negative one.

    >>> method = StartedAdaGrad(lr=1.0, epsilon=0.0, initial=9.0)
    >>> method.step(np.zeros(1), method.init(np.zeros(1)), np.array([4.0]))[0]
    array([-0.8])
    """

    initial: float = 0.0

    def __post_init__(self):
        super().__post_init__()
        require_not_negative("initial", self.initial)

    def init(self, theta):
        state = super().init(theta)
        return state._replace(s=state.s + self.initial)


def decayed_adagrad(lr, lr_decay, **others):
    r"""PyTorch's `Adagrad(lr, lr_decay)`: at the rate $\eta_t / (1 + \lambda (t - 1))$.

    lr_decay for $\lambda$, zero or positive, per step; the rest goes to `StartedAdaGrad`.
    Raises ValueError for a negative lr_decay and for what that refuses.

    >>> decayed_adagrad(lr=0.1, lr_decay=1.0).lr(4)
    0.025
    """
    require_not_negative("lr_decay", lr_decay)
    plain = StartedAdaGrad(lr, **others)
    if not np.any(lr_decay):
        return plain
    return replace(plain, lr=lambda t: learning_rate(lr, t) / (1 + lr_decay * (t - 1)))


def adamw(weight_decay, **adam):
    """Adam with decoupled weight decay: `WeightDecay(Adam(...), weight_decay)`.

    weight_decay: zero or positive, a share of theta per unit of learning rate; the rest goes to
    `Adam`. Raises ValueError for what either refuses.

    >>> adamw(0.1, lr=0.01).optimizer.lr
    0.01
    """
    return WeightDecay(Adam(**adam), weight_decay)


def paper_adamw(weight_decay, lr, **adam):
    """AdamW as in the paper, where the decay is not multiplied by the learning rate.

    weight_decay: zero or positive, the share of theta that goes in each step; lr: a number or an
    array, ValueError for a function of t (the paper's schedule multiplies both).

    >>> paper_adamw(0.001, lr=0.01).decay
    0.1
    """
    if callable(lr):
        raise ValueError("lr is a function of t: the paper's AdamW has a number; pass one")
    return WeightDecay(Adam(lr, **adam), weight_decay / lr)


def amsgrad(correct_bias, **others):
    """optax's `amsgrad`: with correct_bias the maximum is of corrected averages, else the paper's.

    >>> amsgrad(False).correction
    'none'
    """
    return AMSGrad(correction="before" if correct_bias else "none", **others)


class Convention(NamedTuple):
    """One row: what a library, or the paper, computes, and the call that computes it here.

    computes: in words and formulas; build: what makes the optimizer; needs: hyperparameters
    without a default there; defaults: those with one; fixed: what makes the variant.
    """

    method: str
    library: str
    computes: str
    build: Callable[..., Optimizer]
    needs: tuple[str, ...]
    defaults: dict[str, Any]
    fixed: dict[str, Any]

    @property
    def call(self):
        """The call that gives it here, as Python; what has no default stands as its name."""
        values = self.defaults | self.fixed
        given = [f"{name}={name}" for name in self.needs]
        given += [f"{name}={values[name]!r}" for name in values if values[name] is not False]
        return f"{self.build.__name__}({', '.join(given)})"


def _rows(method, *rows):
    found = [
        Convention(method, name, computes, build, tuple(needs.split()), defaults, dict(*fixed))
        for libraries, computes, build, needs, defaults, *fixed in rows
        for name in libraries.split()
    ]
    return sorted(found, key=lambda row: _LIBRARIES.index(row.library))


def _adam(lr, epsilon, **others):
    return {"lr": lr, "beta1": 0.9, "beta2": 0.999, "epsilon": epsilon} | others


_LIBRARIES = ("paper", "pytorch", "keras", "tensorflow", "optax")
_INSIDE = {"epsilon_inside": True}
_OWN = "lr beta1 beta2 epsilon"
_KERAS = {"lr": 0.001, "beta": 0.9, "epsilon": 1e-7, "centered": False}
_TENSORFLOW = {"beta": 0.9, "epsilon": 1e-10, "centered": False}
_OPTAX = {"beta": 0.9, "epsilon": 1e-8, **_INSIDE, "centered": False, "correct_bias": False}
_OPTAX |= {"initial": 0.0}
_TORCH = {"lr": 0.01, "beta": 0.99, "epsilon": 1e-8, "centered": False}
_ROOT_OUTSIDE = r"$g_t / (\sqrt{v_t} + \epsilon)$"
_ROOT_INSIDE = r"$g_t / \sqrt{v_t + \epsilon}$"
_SUM = r"$m_t = \gamma m_{t-1} + g_t$, the learning rate outside: $\theta$ moves by $\eta_t m_t$"
_SUM_INSIDE = r"$m_t = \gamma m_{t-1} + \eta_t g_t$, the learning rate inside"
_SHIFTED = r"gradient at the iterate, $\theta$ moves by $\eta_t (g_t + \gamma m_t)$"
_HAT = r"$\epsilon$ added to $\sqrt{v_t}$ before the bias correction"
_CORRECTED = r"$\epsilon$ added to the corrected $\sqrt{\hat v_t}$"
_SCALED = r"momentum of $g_t / (\sqrt{v_t} + \epsilon)$, the learning rate outside"
_SCALED_INSIDE = r"momentum of $\eta_t g_t / \sqrt{v_t + \epsilon}$, the learning rate inside"

# For each method: libraries, what they compute, what makes it here, what has no default there,
# what has one, and what makes the variant. The order is that of the pages.
_TABLE = [
    *_rows(
        "gradient descent",
        ("paper tensorflow optax", r"$\theta$ moves by $\eta_t g_t$", GradientDescent, "lr", {}),
        ("pytorch", r"$\theta$ moves by $\eta_t g_t$", GradientDescent, "", {"lr": 0.001}),
        ("keras", r"$\theta$ moves by $\eta_t g_t$", GradientDescent, "", {"lr": 0.01}),
    ),
    *_rows(
        "momentum",
        ("paper", _SUM_INSIDE, Momentum, "lr gamma", {}, {"lr_inside": True}),
        ("tensorflow optax", _SUM, Momentum, "lr gamma", {}),
        ("pytorch", _SUM, Momentum, "gamma", {"lr": 0.001}),
        ("keras", _SUM_INSIDE, Momentum, "gamma", {"lr": 0.01}, {"lr_inside": True}),
    ),
    *_rows(
        "dampened momentum",
        ("pytorch", r"$m_1 = g_1$, then $m_t = \gamma m_{t-1} + (1 - \tau) g_t$",
         DampenedMomentum, "gamma dampening", {"lr": 0.001}),
    ),
    *_rows(
        "averaged momentum",
        ("optax", r"$m_t = \gamma m_{t-1} + (1 - \gamma) g_t$ from 0 (`ema` without `debias`)",
         Momentum, "lr gamma", {}, {"average": True}),
    ),
    *_rows(
        "nesterov",
        ("paper", r"gradient at the look-ahead point $\theta_{t-1} - \gamma m_{t-1}$",
         Nesterov, "lr gamma", {}),
        ("pytorch", _SHIFTED, ShiftedNesterov, "gamma", {"lr": 0.001}),
        ("keras", _SHIFTED + ", the learning rate inside $m_t$", ShiftedNesterov, "gamma",
         {"lr": 0.01}, {"lr_inside": True}),
        ("tensorflow optax", _SHIFTED, ShiftedNesterov, "lr gamma", {}),
    ),
    *_rows(
        "delta-bar-delta",
        ("paper", "a rate for each parameter, up by a constant, down by a factor",
         DeltaBarDelta, "lr increase decrease beta", {}),
    ),
    *_rows(
        "adagrad",
        ("paper", r"$g_t / (\sqrt{s_t} + \epsilon)$, the sum from 0", AdaGrad, "lr epsilon", {}),
        ("pytorch", r"$g_t / (\sqrt{s_t} + \epsilon)$, the sum from 0; $\eta / (1 + \lambda k)$",
         decayed_adagrad, "", {"lr": 0.01, "epsilon": 1e-10, "initial": 0.0, "lr_decay": 0.0}),
        ("keras", r"$g_t / \sqrt{s_t + \epsilon}$, the sum from 0.1", StartedAdaGrad, "",
         {"lr": 0.001, "epsilon": 1e-7, "initial": 0.1}, _INSIDE),
        ("tensorflow", r"$g_t / \sqrt{s_t}$, the sum from 0.1 (its second kernel adds $\epsilon$)",
         StartedAdaGrad, "lr", {"epsilon": 0.0, "initial": 0.1}),
        ("optax", r"$g_t / \sqrt{s_t + \epsilon}$, the sum from 0.1", StartedAdaGrad, "lr",
         {"epsilon": 1e-7, "initial": 0.1}, _INSIDE),
    ),
    *_rows(
        "rmsprop",
        ("paper", r"$g_t / \sqrt{v_t}$, no $\epsilon$", RMSprop, "lr", {"beta": 0.9},
         {"epsilon": 0.0}),
        ("pytorch", _ROOT_OUTSIDE, RMSprop, "", _TORCH),
        ("keras", _ROOT_INSIDE, RMSprop, "", _KERAS, _INSIDE),
        ("tensorflow", _ROOT_INSIDE + ", $v_0 = 1$", RMSprop, "lr", _TENSORFLOW,
         _INSIDE | {"initial": 1.0}),
        ("optax", _ROOT_INSIDE + ", or outside, or corrected", RMSprop, "lr", _OPTAX),
    ),
    *_rows(
        "rmsprop momentum",
        ("paper", _SCALED_INSIDE + ", centered (Graves)", RMSpropMomentum, "",
         {"lr": 1e-4, "beta": 0.95, "gamma": 0.9, "epsilon": 1e-4},
         _INSIDE | {"centered": True, "lr_inside": True}),
        ("pytorch", _SCALED, RMSpropMomentum, "gamma", _TORCH),
        ("keras", _SCALED_INSIDE, RMSpropMomentum, "gamma", _KERAS, _INSIDE | {"lr_inside": True}),
        ("tensorflow", _SCALED_INSIDE + ", $v_0 = 1$", RMSpropMomentum, "lr gamma", _TENSORFLOW,
         _INSIDE | {"initial": 1.0, "lr_inside": True}),
        ("optax", _SCALED_INSIDE, RMSpropMomentum, "lr gamma", _OPTAX, {"lr_inside": True}),
    ),
    *_rows(
        "rmsprop nesterov",
        ("paper", r"gradient at the look-ahead point; $\epsilon$ in the denominator is ours",
         RMSpropNesterov, "lr beta gamma", {"epsilon": 1e-8}),
        ("optax", _SCALED_INSIDE + r", $\theta$ moves by $\eta_t g_t / \sqrt{v_t + \epsilon}"
         r" + \gamma m_t$", RMSpropMomentum, "lr gamma", _OPTAX,
         {"nesterov": True, "lr_inside": True}),
    ),
    *_rows(
        "rprop",
        ("paper", "a change of sign takes the last move back", Rprop, "",
         {"lr": 0.1, "increase": 1.2, "decrease": 0.5, "smallest": 1e-6, "largest": 50.0},
         {"backtracking": True}),
        ("pytorch", "after a change of sign the parameter rests for a step", Rprop, "",
         {"lr": 0.01, "increase": 1.2, "decrease": 0.5, "smallest": 1e-6, "largest": 50.0}),
    ),
    *_rows(
        "adadelta",
        *((library, r"$\epsilon$ inside both roots, the update times $\eta$", AdaDelta, needs,
           defaults)
          for library, needs, defaults in (
              ("paper", "", {"lr": 1.0, "beta": 0.95, "epsilon": 1e-6}),
              ("pytorch", "", {"lr": 1.0, "beta": 0.9, "epsilon": 1e-6}),
              ("keras", "", {"lr": 0.001, "beta": 0.95, "epsilon": 1e-7}),
              ("tensorflow", "", {"lr": 0.001, "beta": 0.95, "epsilon": 1e-8}),
              ("optax", "lr", {"beta": 0.9, "epsilon": 1e-6}),
          )),
    ),
    *_rows(
        "adam",
        ("paper pytorch", _CORRECTED, Adam, "", _adam(0.001, 1e-8)),
        ("keras", _HAT, Adam, "", _adam(0.001, 1e-7), {"epsilon_hat": True}),
        ("tensorflow", _HAT, Adam, "", _adam(0.001, 1e-8), {"epsilon_hat": True}),
        ("optax", _CORRECTED, Adam, "lr", {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}),
    ),
    *_rows(
        "adamw",
        ("paper", r"$\theta$ also shrinks by $\lambda \theta_{t-1}$, without the learning rate",
         paper_adamw, "weight_decay", _adam(0.001, 1e-8)),
        ("pytorch", r"$\theta$ also shrinks by $\eta_t \lambda \theta_{t-1}$", adamw, "",
         _adam(0.001, 1e-8, weight_decay=0.01)),
        ("keras", r"$\theta$ also shrinks by $\eta_t \lambda \theta_{t-1}$; " + _HAT, adamw, "",
         _adam(0.001, 1e-7, weight_decay=0.004), {"epsilon_hat": True}),
        ("optax", r"$\theta$ also shrinks by $\eta_t \lambda \theta_{t-1}$", adamw, "lr",
         {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weight_decay": 1e-4}),
    ),
    *_rows(
        "adamax",
        ("paper", r"$u_t = \max(\beta_2 u_{t-1}, |g_t|)$, no $\epsilon$", AdaMax, "",
         {"lr": 0.002, "beta1": 0.9, "beta2": 0.999}, {"epsilon": 0.0}),
        ("pytorch", r"$u_t = \max(\beta_2 u_{t-1}, |g_t| + \epsilon)$", AdaMax, "",
         _adam(0.002, 1e-8), _INSIDE),
        ("keras", r"$u_t + \epsilon$ in the denominator", AdaMax, "", _adam(0.001, 1e-7)),
        ("tensorflow", r"$u_t + \epsilon$ in the denominator", AdaMax, _OWN, {}),
        ("optax", r"$u_t = \max(\beta_2 u_{t-1}, |g_t| + \epsilon)$", AdaMax, "lr",
         {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}, _INSIDE),
    ),
    *_rows(
        "nadam",
        ("paper", r"$\mu_t = \beta_1 (1 - \frac12 0.96^{t/250})$ (Dozat 2015; in 2016 $\mu_t$ for"
         r" $\beta_1$ in $m_t$ too)", NAdam, _OWN, {"psi": 0.004}),
        ("pytorch", r"$\mu_t = \beta_1 (1 - \frac12 0.96^{\psi t})$", NAdam, "",
         _adam(0.002, 1e-8, psi=0.004)),
        ("keras", r"$\mu_t = \beta_1 (1 - \frac12 0.96^t)$", NAdam, "", _adam(0.001, 1e-7),
         {"psi": 1.0}),
        ("tensorflow", r"$\mu_t = \beta_1$, one correction for both parts; " + _HAT,
         OneCorrectionNAdam, _OWN, {}, {"epsilon_hat": True}),
        ("optax", r"$\mu_t = \beta_1$", NAdam, "lr",
         {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}, {"psi": None}),
    ),
    *_rows(
        "amsgrad",
        ("paper", r"no bias correction, no $\epsilon$", AMSGrad, "lr beta1 beta2", {},
         {"epsilon": 0.0}),
        ("pytorch", "maximum first, then the bias correction", AMSGrad, "", _adam(0.001, 1e-8),
         {"correction": "after"}),
        ("keras", "maximum first, then the bias correction; " + _HAT, EpsilonHatAMSGrad, "",
         _adam(0.001, 1e-7), {"correction": "after"}),
        ("tensorflow", "maximum first, then the bias correction; " + _HAT, EpsilonHatAMSGrad,
         _OWN, {}, {"correction": "after"}),
        ("optax", "maximum of the corrected averages", amsgrad, "lr",
         {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "correct_bias": True}),
    ),
]  # fmt: skip
_BY_NAME = {(row.method, row.library): row for row in _TABLE}


def concordance():
    """The rows of the table, in the order of the book's pages: a list of `Convention`.

    >>> row = concordance()[0]
    >>> row.method, row.library, row.call
    ('gradient descent', 'paper', 'GradientDescent(lr=lr)')
    """
    return list(_TABLE)


def convention(method, library, **hyperparameters):
    """The optimizer that computes exactly what `library` computes under the name `method`.

    method: as in `concordance`, such as "adam" or "rmsprop momentum"; library: "paper", "pytorch",
    "keras", "tensorflow" (the kernels, with the defaults of tf.compat.v1.train) or "optax". The
    hyperparameters have this book's names and, where not given, the library's defaults. Raises a
    ValueError that lists the known ones for an unknown method, library or hyperparameter, and one
    that names what is missing where the library has no default.

    >>> convention("adadelta", "keras", lr=1.0)
    AdaDelta(lr=1.0, beta=0.95, epsilon=1e-07)
    >>> convention("rprop", "keras", lr=1.0)
    Traceback (most recent call last):
    ValueError: rprop of 'keras' is not known: pass one of paper, pytorch
    """
    row = _row(method, library)
    known = [*row.needs, *row.defaults]
    for name in hyperparameters:
        if name not in known:
            raise ValueError(f"{method} of {library} takes no {name}: pass only {', '.join(known)}")
    missing = [name for name in row.needs if name not in hyperparameters]
    if missing:
        raise ValueError(f"{method} of {library} has no default: pass {', '.join(missing)}")
    return row.build(**row.defaults | row.fixed | hyperparameters)


def difference(method, library, other, steps=200, lr=0.01, **hyperparameters):
    """How far two conventions come apart: the largest difference of a coordinate in any step.

    On Beale's function from (-0.3, -0.3), `steps` steps, at the learning rate lr (a number or a
    function of t) and with the hyperparameters given, which go to both. The rest are each one's
    defaults: part of its convention. What only one has a default for, the other gets from it;
    where neither has one, gamma, beta1, beta2 and epsilon are 0.9, 0.9, 0.999 and 1e-8. Raises
    ValueError as `convention` does and, as `minimize`, FloatingPointError for a run that diverges.

    >>> difference("momentum", "pytorch", "keras") < 1e-12
    True
    >>> difference("momentum", "pytorch", "keras", lr=lambda t: 0.01 if t <= 20 else 0.005) > 1e-3
    True
    """
    rows = _row(method, library), _row(method, other)
    usual = {"gamma": 0.9, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
    usual |= rows[0].defaults | rows[1].defaults
    paths = []
    for row in rows:
        given = {name: usual[name] for name in row.needs if name in usual}
        optimizer = convention(method, row.library, **given | hyperparameters | {"lr": lr})
        paths.append(minimize(Beale(), optimizer, (-0.3, -0.3), steps).points)
    return float(np.abs(paths[0] - paths[1]).max())


def _row(method, library):
    methods = dict.fromkeys(row.method for row in _TABLE)
    if method not in methods:
        raise ValueError(f"{method!r} is not known: pass one of {', '.join(methods)}")
    if (method, library) not in _BY_NAME:
        libraries = ", ".join(row.library for row in _TABLE if row.method == method)
        raise ValueError(f"{method} of {library!r} is not known: pass one of {libraries}")
    return _BY_NAME[method, library]
