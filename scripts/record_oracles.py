"""Record what PyTorch, Keras, TensorFlow and optax compute into tests/oracles, a file a library.

Runs in the environment of requirements-peers.txt (`make oracles` makes it) and reads nothing of
lecture_code. Every optimizer is fed the same gradients, wherever it stands: in closed loop a
rounding error can grow a millionfold. All in float64, on one thread; recording anew on the same
machine gives the same bytes.

The first settings of a variant are as few as the library allows, so that its own defaults are on
record; the second change everything and halve the learning rate every 20 steps, which tells
whether the momentum keeps it. Settings carry the names of `lecture_code.conventions`.
"""

import os

os.environ.update(
    JAX_ENABLE_X64="1",
    JAX_PLATFORMS="cpu",
    KERAS_BACKEND="torch",
    TF_CPP_MIN_LOG_LEVEL="3",
    TF_ENABLE_ONEDNN_OPTS="0",
    TF_NUM_INTRAOP_THREADS="1",
    TF_NUM_INTEROP_THREADS="1",
    OMP_NUM_THREADS="1",
    XLA_FLAGS="--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
)

import inspect
import json
import platform
import re
from functools import partial
from importlib.metadata import version
from pathlib import Path

import jax.numpy as jnp
import keras
import numpy as np
import optax
import tensorflow as tf
import torch

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "tests" / "oracles"
STEPS, HALVE_EVERY, UPDATES = 60, 20, 120
KEPT = [*range(1, 11), *range(20, STEPS + 1, 10)]
torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
keras.config.set_floatx("float64")


def sequences():
    """Gradients of five parameters, and where those start, for three kinds of trouble."""
    rng = np.random.default_rng(20)
    t = np.arange(1, STEPS + 1)[:, None]
    noisy = rng.normal(size=(STEPS, 5)) * [100, 1, 0.01, 1e-4, 1e-7]
    shrinking = [3, -1, 0.5, -0.2, 100] * np.array([0.5, 0.7, 0.8, 0.95, 0.3]) ** t
    signs = rng.normal(size=(STEPS, 5))
    signs[:, 0] = 0
    signs[15:40, 1] = 0
    signs[:8, 2] = 0
    signs[:, 3] = np.where(t[:, 0] % 2, 0.5, -0.5)
    signs[:, 4] = 1 - t[:, 0] // 7 % 3
    starts = {"noisy": [0.0] * 5, "shrinking": [1.0, -0.5, 0.25, 2.0, -1.0]}
    starts["zeros and signs"] = [0.0, 0.1, -0.1, 1.0, -1.0]
    gradients = {"noisy": noisy, "shrinking": shrinking, "zeros and signs": signs}
    return {name: {"start": starts[name], "gradients": gradients[name].tolist()} for name in starts}


def rates(lr, halved):
    return [lr * 0.5 ** (k // HALVE_EVERY) if halved else lr for k in range(STEPS)]


def optimizer_cases(table, follow):
    """The cases of one library: each settings of each row of its table on every sequence.

    table: (method, what makes it, settings of the first case, of the second, ...), with the rate
    halved in every second case (Rprop's only starts it). follow: from what makes it, the settings,
    whether to halve the rate, start and gradients to the points.
    """
    cases = []
    for method, make, *many in table:
        for number, settings in enumerate(many):
            halved = number % 2 == 1 and method != "rprop"
            points = {}
            for name, given in sequences().items():
                start, gradients = np.array(given["start"]), np.array(given["gradients"])
                path = follow(make, dict(settings), halved, start, gradients)
                points[name] = [path[t - 1].tolist() for t in KEPT]
            cases.append(
                {"method": method, "settings": settings, "halved": halved, "points": points}
            )
    return cases


def schedule_cases(table):
    """table: (schedule, settings, function from k = 0, 1, ... to the rate)."""
    return [
        {"schedule": name, "settings": settings, "rates": [float(rate(k)) for k in range(UPDATES)]}
        for name, settings, rate in table
    ]


def renamed(settings, names):
    """The settings under a library's names; a name (name, place) is that place of a pair."""
    arguments = {}
    for name, value in settings.items():
        name = names.get(name, name)
        if isinstance(name, tuple):
            name, place = name
            arguments.setdefault(name, [None, None])[place] = value
        else:
            arguments[name] = value
    return arguments


SGD = {"lr": 0.05}
MOMENTUM = {"lr": 0.05, "gamma": 0.8}
AVERAGES = {"lr": 0.05, "beta1": 0.8, "beta2": 0.95, "epsilon": 1e-3}
SQUARES = {"lr": 0.05, "beta": 0.8, "epsilon": 1e-3}
ADAGRAD = {"lr": 0.05, "epsilon": 1e-3, "initial": 0.3}
DEFAULTS = {"lr": 0.01, "gamma": 0.9}


def pytorch():
    """torch.optim and its lr_scheduler."""
    names = {
        "gamma": "momentum",
        "epsilon": "eps",
        "beta1": ("betas", 0),
        "beta2": ("betas", 1),
        "decrease": ("etas", 0),
        "increase": ("etas", 1),
        "smallest": ("step_sizes", 0),
        "largest": ("step_sizes", 1),
        "initial": "initial_accumulator_value",
        "psi": "momentum_decay",
    }

    def follow(make, settings, halved, start, gradients):
        theta = torch.nn.Parameter(torch.tensor(start))
        optimizer = make([theta], **renamed(settings, names))
        lr, path = optimizer.param_groups[0]["lr"], []
        for rate, gradient in zip(rates(lr, halved), gradients, strict=True):
            optimizer.param_groups[0]["lr"] = rate
            theta.grad = torch.tensor(gradient)
            optimizer.step()
            path.append(theta.detach().numpy().copy())
        return path

    def rmsprop(theta, **settings):
        return o.RMSprop(theta, **renamed(settings, {"beta": "alpha"}))

    def adadelta(theta, **settings):
        return o.Adadelta(theta, **renamed(settings, {"beta": "rho"}))

    o = torch.optim
    squares_momentum = SQUARES | {"gamma": 0.8}
    table = [
        ("gradient descent", o.SGD, {}, SGD),
        ("momentum", o.SGD, {"gamma": 0.9}, MOMENTUM),
        ("dampened momentum", o.SGD, {"gamma": 0.9, "dampening": 0.9},
         MOMENTUM | {"dampening": 0.3}),
        ("nesterov", partial(o.SGD, nesterov=True), {"gamma": 0.9}, MOMENTUM),
        ("adagrad", o.Adagrad, {}, ADAGRAD, {"lr_decay": 0.1}, ADAGRAD | {"lr_decay": 0.5}),
        ("rmsprop", rmsprop, {}, SQUARES, {"centered": True}, SQUARES | {"centered": True}),
        ("rmsprop momentum", rmsprop, {"gamma": 0.9}, squares_momentum,
         {"gamma": 0.9, "centered": True}, squares_momentum | {"centered": True}),
        ("adadelta", adadelta, {}, SQUARES),
        ("adam", o.Adam, {}, AVERAGES),
        ("adamw", o.AdamW, {}, AVERAGES | {"weight_decay": 0.3}),
        ("adamax", o.Adamax, {}, AVERAGES),
        ("nadam", o.NAdam, {}, AVERAGES | {"psi": 0.1}),
        ("amsgrad", partial(o.Adam, amsgrad=True), {}, AVERAGES),
        ("rprop", o.Rprop, {}, {"lr": 0.3, "decrease": 0.4, "increase": 1.5, "smallest": 0.02,
                                "largest": 1.0}),
    ]  # fmt: skip

    def rate(make, lr=0.1):
        optimizer = o.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)
        scheduler, path = make(optimizer), []
        for _ in range(UPDATES):
            path.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            scheduler.step()
        return path.__getitem__

    s = o.lr_scheduler
    cycle = {"low": 0.01, "high": 0.1, "half": 25}
    # CyclicLR and OneCycleLR would also move a momentum, which gradient descent has not.
    cyclic = partial(s.CyclicLR, base_lr=0.01, max_lr=0.1, step_size_up=25, cycle_momentum=False)
    one = partial(s.OneCycleLR, cycle_momentum=False)

    def warm_cosine(optimizer):
        parts = [s.LinearLR(optimizer, 0.2, total_iters=10), s.CosineAnnealingLR(optimizer, 110)]
        return s.SequentialLR(optimizer, parts, milestones=[10])

    schedules = [
        ("step", {"lr": 0.1, "factor": 0.5, "every": 10}, rate(lambda o: s.StepLR(o, 10, 0.5))),
        ("step", {"lr": 0.1, "factor": 0.1, "every": 33}, rate(lambda o: s.StepLR(o, 33))),
        ("milestones", {"lr": 0.1, "factor": 0.3, "milestones": [10, 50, 90]},
         rate(lambda o: s.MultiStepLR(o, [10, 50, 90], 0.3))),
        ("exponential", {"lr": 0.1, "factor": 0.9}, rate(lambda o: s.ExponentialLR(o, 0.9))),
        ("exponential", {"lr": 0.1, "factor": 0.99}, rate(lambda o: s.ExponentialLR(o, 0.99))),
        ("time based", {"lr": 0.1, "decay": 0.05},
         rate(lambda o: s.LambdaLR(o, lambda k: 1 / (1 + 0.05 * k)))),
        ("inverse root", {"lr": 0.1}, rate(lambda o: s.LambdaLR(o, lambda k: (k + 1) ** -0.5))),
        ("constant warm-up", {"lr": 0.1, "factor": 0.2, "steps": 15},
         rate(lambda o: s.ConstantLR(o, 0.2, 15))),
        ("linear warm-up", {"lr": 0.1, "factor": 0.2, "steps": 15},
         rate(lambda o: s.LinearLR(o, 0.2, total_iters=15))),
        ("linear warm-up", {"lr": 0.1, "factor": 0.01, "steps": 100},
         rate(lambda o: s.LinearLR(o, 0.01, total_iters=100))),
        ("polynomial", {"lr": 0.1, "end": 0.0, "power": 1.0, "steps": 80},
         rate(lambda o: s.PolynomialLR(o, 80, 1.0))),
        ("polynomial", {"lr": 0.1, "end": 0.0, "power": 2.0, "steps": 120},
         rate(lambda o: s.PolynomialLR(o, 120, 2.0))),
        *(("cyclic", cycle | {"mode": mode}, rate(partial(cyclic, mode=mode)))
          for mode in ("triangular", "triangular2")),
        ("cyclic", cycle | {"mode": "exp_range", "factor": 0.99},
         rate(partial(cyclic, mode="exp_range", gamma=0.99))),
        ("cosine", {"lr": 0.1, "end": 0.01, "steps": 120},
         rate(lambda o: s.CosineAnnealingLR(o, 120, 0.01))),
        ("unclamped cosine", {"lr": 0.1, "end": 0.001, "steps": 50},
         rate(lambda o: s.CosineAnnealingLR(o, 50, 0.001))),
        ("restarts", {"lr": 0.1, "end": 0.01, "first": 30, "growth": 1},
         rate(lambda o: s.CosineAnnealingWarmRestarts(o, 30, 1, 0.01))),
        ("restarts", {"lr": 0.1, "end": 0.0, "first": 10, "growth": 2},
         rate(lambda o: s.CosineAnnealingWarmRestarts(o, 10, 2))),
        ("warm-up, cosine", {"lr": 0.1, "factor": 0.2, "warm": 10, "steps": 110, "end": 0.0},
         rate(warm_cosine)),
        ("one cycle", {"high": 0.1, "steps": 120},
         rate(lambda o: one(o, 0.1, total_steps=120))),
        ("one cycle", {"high": 0.2, "steps": 130, "share": 0.4, "up": 10.0, "down": 100.0},
         rate(lambda o: one(o, 0.2, total_steps=130, pct_start=0.4, div_factor=10.0,
                            final_div_factor=100.0))),
    ]  # fmt: skip
    return optimizer_cases(table, follow), schedule_cases(schedules), ["torch"]


def keras_():
    """keras.optimizers and its schedules, on PyTorch: elsewhere some numbers are float32."""
    names = {
        "lr": "learning_rate",
        "gamma": "momentum",
        "beta": "rho",
        "beta1": "beta_1",
        "beta2": "beta_2",
        "initial": "initial_accumulator_value",
    }

    def follow(make, settings, halved, start, gradients):
        optimizer, theta, path = make(**renamed(settings, names)), keras.Variable(start), []
        # Read from the settings where given: the optimizer holds a variable.
        lr = settings.get("lr", float(optimizer.learning_rate))
        for rate, gradient in zip(rates(lr, halved), gradients, strict=True):
            optimizer.learning_rate = rate
            optimizer.apply([keras.ops.convert_to_tensor(gradient)], [theta])
            path.append(keras.ops.convert_to_numpy(theta).copy())
        return path

    o = keras.optimizers
    squares_momentum = SQUARES | {"gamma": 0.8}
    table = [
        ("gradient descent", o.SGD, {}, SGD),
        ("momentum", o.SGD, {"gamma": 0.9}, MOMENTUM),
        ("nesterov", partial(o.SGD, nesterov=True), {"gamma": 0.9}, MOMENTUM),
        ("adagrad", o.Adagrad, {}, ADAGRAD),
        ("rmsprop", o.RMSprop, {}, SQUARES, {"centered": True}, SQUARES | {"centered": True}),
        ("rmsprop momentum", o.RMSprop, {"gamma": 0.9}, squares_momentum,
         {"gamma": 0.9, "centered": True}, squares_momentum | {"centered": True}),
        ("adadelta", o.Adadelta, {}, SQUARES, {"lr": 1.0}),
        ("adam", o.Adam, {}, AVERAGES),
        ("adamw", o.AdamW, {}, AVERAGES | {"weight_decay": 0.3}),
        ("adamax", o.Adamax, {}, AVERAGES),
        ("nadam", o.Nadam, {}, AVERAGES),
        ("amsgrad", partial(o.Adam, amsgrad=True), {}, AVERAGES),
    ]  # fmt: skip
    s = o.schedules
    schedules = [
        ("step", {"lr": 0.1, "factor": 0.5, "every": 10},
         s.ExponentialDecay(0.1, 10, 0.5, staircase=True)),
        ("late milestones", {"values": [0.1, 0.05, 0.02], "milestones": [30, 60]},
         s.PiecewiseConstantDecay([30, 60], [0.1, 0.05, 0.02])),
        ("exponential", {"lr": 0.1, "factor": 0.9}, s.ExponentialDecay(0.1, 1, 0.9)),
        ("exponential", {"lr": 0.1, "factor": 0.5, "every": 25}, s.ExponentialDecay(0.1, 25, 0.5)),
        ("time based", {"lr": 0.1, "decay": 0.05}, s.InverseTimeDecay(0.1, 1, 0.05)),
        ("time based", {"lr": 0.1, "decay": 0.02}, s.InverseTimeDecay(0.1, 25, 0.5)),
        ("polynomial", {"lr": 0.1, "end": 0.01, "power": 1.0, "steps": 80},
         s.PolynomialDecay(0.1, 80, 0.01)),
        ("polynomial", {"lr": 0.1, "end": 0.001, "power": 3.0, "steps": 120},
         s.PolynomialDecay(0.1, 120, 0.001, 3.0)),
        ("cosine", {"lr": 0.1, "end": 0.0, "steps": 100}, s.CosineDecay(0.1, 100)),
        ("cosine", {"lr": 0.1, "end": 0.01, "steps": 50}, s.CosineDecay(0.1, 50, alpha=0.1)),
        ("restarts", {"lr": 0.1, "end": 0.0, "first": 10, "growth": 2},
         s.CosineDecayRestarts(0.1, 10)),
        ("restarts", {"lr": 0.1, "end": 0.01, "first": 25, "growth": 1},
         s.CosineDecayRestarts(0.1, 25, t_mul=1.0, alpha=0.1)),
        ("warm-up, cosine", {"lr": 0.1, "factor": 0.2, "warm": 10, "steps": 60, "end": 0.005},
         s.CosineDecay(0.02, 60, alpha=0.05, warmup_target=0.1, warmup_steps=10)),
    ]  # fmt: skip
    return optimizer_cases(table, follow), schedule_cases(schedules), ["keras", "torch"]


def tensorflow():
    """TensorFlow's kernels; those of tf.compat.v1.train get the defaults of their optimizer."""
    v1 = tf.compat.v1.train

    def kernel(name, *slots, optimizer=None, ones=(), **fixed):
        """slots: the state, which starts at 0, 1 for those in `ones`, or at `initial`."""
        known = inspect.signature(optimizer).parameters.items() if optimizer else ()
        defaults = {
            {"learning_rate": "lr", "decay": "rho", "initial_accumulator_value": "initial"}.get(
                key, key
            ): parameter.default
            for key, parameter in known
            if isinstance(parameter.default, float)
        }
        return name, slots, ones, defaults, fixed

    def follow(make, settings, halved, start, gradients):
        name, slots, ones, defaults, fixed = make
        apply = getattr(tf.raw_ops, name)
        accepted = inspect.signature(apply).parameters
        scalars = defaults | renamed(settings, {"gamma": "momentum", "beta": "rho"})
        initial, lr = scalars.pop("initial", 0.0), scalars.pop("lr")
        theta = tf.Variable(start)
        state = {slot: tf.Variable(np.full(5, 1.0 if slot in ones else initial)) for slot in slots}
        handles = {slot: variable.handle for slot, variable in state.items()}
        path = []
        for t, (rate, gradient) in enumerate(zip(rates(lr, halved), gradients, strict=True), 1):
            powers = {f"{b}_power": scalars[b] ** t for b in ("beta1", "beta2") if b in scalars}
            # Gradient descent has its own names.
            scalars_now = scalars | powers | {"lr": rate, "alpha": rate}
            tensors = {
                key: tf.constant(value, tf.float64)
                for key, value in (scalars_now | {"grad": gradient, "delta": gradient}).items()
                if key in accepted
            }
            apply(var=theta.handle, **handles, **tensors, **fixed)
            path.append(theta.numpy())
        return path

    momentum = kernel("ResourceApplyMomentum", "accum", optimizer=v1.MomentumOptimizer)
    nesterov = kernel(
        "ResourceApplyMomentum", "accum", optimizer=v1.MomentumOptimizer, use_nesterov=True
    )
    squares = {"optimizer": v1.RMSPropOptimizer, "ones": ("ms",)}
    rmsprop = kernel("ResourceApplyRMSProp", "ms", "mom", **squares)
    centered = kernel("ResourceApplyCenteredRMSProp", "mg", "ms", "mom", **squares)
    adagrad = kernel("ResourceApplyAdagrad", "accum", optimizer=v1.AdagradOptimizer)
    adagrad_v2 = kernel("ResourceApplyAdagradV2", "accum", optimizer=v1.AdagradOptimizer)
    adadelta = kernel(
        "ResourceApplyAdadelta", "accum", "accum_update", optimizer=v1.AdadeltaOptimizer
    )
    adam = kernel("ResourceApplyAdam", "m", "v", optimizer=v1.AdamOptimizer)
    nadam = kernel("ResourceApplyAdam", "m", "v", use_nesterov=True)
    adamax = kernel("ResourceApplyAdaMax", "m", "v")
    amsgrad = kernel("ResourceApplyAdamWithAmsgrad", "m", "v", "vhat")
    usual = {"lr": 0.001, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-7}
    lr, is_centered = {"lr": 0.01}, {"centered": True}
    squares_momentum = SQUARES | {"gamma": 0.8}
    table = [
        ("gradient descent", kernel("ResourceApplyGradientDescent"), lr, SGD),
        ("momentum", momentum, DEFAULTS, MOMENTUM),
        ("nesterov", nesterov, DEFAULTS, MOMENTUM),
        ("adagrad", adagrad, lr, {"lr": 0.05, "initial": 0.3}),
        ("adagrad", adagrad_v2, {"lr": 0.01, "epsilon": 1e-7}, ADAGRAD),
        ("rmsprop", rmsprop, lr, SQUARES),
        ("rmsprop", centered, lr | is_centered, SQUARES | is_centered),
        ("rmsprop momentum", rmsprop, DEFAULTS, squares_momentum),
        ("rmsprop momentum", centered, DEFAULTS | is_centered, squares_momentum | is_centered),
        ("adadelta", adadelta, {}, SQUARES),
        ("adam", adam, {}, AVERAGES),
        ("adamax", adamax, usual, AVERAGES),
        ("nadam", nadam, usual, AVERAGES),
        ("amsgrad", amsgrad, usual, AVERAGES),
    ]
    return optimizer_cases(table, follow), [], ["tensorflow-cpu"]


def optax_():
    """optax, and its schedules."""
    names = {
        "gamma": "momentum",
        "epsilon": "eps",
        "beta1": "b1",
        "beta2": "b2",
        "initial": "initial_accumulator_value",
        "epsilon_inside": "eps_in_sqrt",
        "correct_bias": "bias_correction",
    }

    def follow(make, settings, halved, start, gradients):
        lr = settings.pop("lr")
        schedule = (lambda k: lr * 0.5 ** (k // HALVE_EVERY)) if halved else lr
        optimizer = make(schedule, **renamed(settings, names))
        theta, path = jnp.array(start), []
        state = optimizer.init(theta)
        for gradient in gradients:
            updates, state = optimizer.update(jnp.array(gradient), state, theta)
            theta = optax.apply_updates(theta, updates)
            path.append(np.array(theta))
        return path

    def averaged(lr, momentum):
        return optax.chain(optax.ema(momentum, debias=False), optax.scale_by_learning_rate(lr))

    def rmsprop(lr, **settings):
        own_names = {"beta": "decay", "initial_accumulator_value": "initial_scale"}
        return optax.rmsprop(lr, **renamed(settings, own_names))

    def adadelta(lr, **settings):
        return optax.adadelta(lr, **renamed(settings, {"beta": "rho"}))

    def amsgrad(lr, bias_correction=True, **others):
        both = {"bias_correction_mu": bias_correction, "bias_correction_nu": bias_correction}
        return optax.amsgrad(lr, **both, **others)

    lr, variant = {"lr": 0.01}, {"centered": True, "epsilon_inside": False}
    uncorrected = {"correct_bias": False}
    squares_momentum = SQUARES | {"gamma": 0.8}
    table = [
        ("gradient descent", optax.sgd, lr, SGD),
        ("momentum", optax.sgd, DEFAULTS, MOMENTUM),
        ("averaged momentum", averaged, DEFAULTS, MOMENTUM),
        ("nesterov", partial(optax.sgd, nesterov=True), DEFAULTS, MOMENTUM),
        ("adagrad", optax.adagrad, lr, ADAGRAD),
        ("rmsprop", rmsprop, lr, SQUARES, lr | {"epsilon_inside": False},
         SQUARES | {"epsilon_inside": False, "initial": 0.3}, lr | {"centered": True},
         SQUARES | variant, lr | {"correct_bias": True},
         SQUARES | {"epsilon_inside": False, "correct_bias": True}),
        ("rmsprop momentum", rmsprop, DEFAULTS, squares_momentum, DEFAULTS | variant,
         squares_momentum | {"centered": True}),
        ("rmsprop nesterov", partial(rmsprop, nesterov=True), DEFAULTS, squares_momentum,
         DEFAULTS | {"epsilon_inside": False}, squares_momentum | {"epsilon_inside": False}),
        ("adadelta", adadelta, {"lr": 1.0}, SQUARES),
        ("adam", optax.adam, lr, AVERAGES),
        ("adamw", optax.adamw, lr, AVERAGES | {"weight_decay": 0.3}),
        ("adamax", optax.adamax, lr, AVERAGES),
        ("nadam", optax.nadam, lr, AVERAGES),
        ("amsgrad", amsgrad, lr, AVERAGES, lr | uncorrected, AVERAGES | uncorrected),
    ]  # fmt: skip
    s = optax.schedules
    schedules = [
        ("step", {"lr": 0.1, "factor": 0.5, "every": 10},
         s.exponential_decay(0.1, 10, 0.5, staircase=True)),
        ("milestones", {"lr": 0.1, "factor": 0.3, "milestones": [10, 50, 90]},
         s.piecewise_constant_schedule(0.1, {10: 0.3, 50: 0.3, 90: 0.3})),
        ("exponential", {"lr": 0.1, "factor": 0.9}, s.exponential_decay(0.1, 1, 0.9)),
        ("exponential", {"lr": 0.1, "factor": 0.5, "every": 25},
         s.exponential_decay(0.1, 25, 0.5)),
        ("polynomial", {"lr": 0.1, "end": 0.01, "power": 1.0, "steps": 80},
         s.linear_schedule(0.1, 0.01, 80)),
        ("polynomial", {"lr": 0.1, "end": 0.001, "power": 3.0, "steps": 120},
         s.polynomial_schedule(0.1, 0.001, 3, 120)),
        ("linear warm-up", {"lr": 0.1, "factor": 0.2, "steps": 15},
         s.warmup_constant_schedule(0.02, 0.1, 15)),
        ("linear warm-up", {"lr": 0.1, "factor": 0.0, "steps": 60},
         s.linear_schedule(0.0, 0.1, 60)),
        ("cosine", {"lr": 0.1, "end": 0.0, "steps": 100}, s.cosine_decay_schedule(0.1, 100)),
        ("cosine", {"lr": 0.1, "end": 0.01, "steps": 50}, s.cosine_decay_schedule(0.1, 50, 0.1)),
        ("restarts", {"lr": 0.1, "end": 0.0, "first": 10, "growth": 2},
         s.sgdr_schedule([{"init_value": 0.1, "peak_value": 0.1, "warmup_steps": 0,
                           "decay_steps": 10 * 2**i} for i in range(5)])),
        ("warm-up, cosine", {"lr": 0.1, "factor": 0.2, "warm": 10, "steps": 60, "end": 0.005},
         s.warmup_cosine_decay_schedule(0.02, 0.1, 10, 70, 0.005)),
        ("later one cycle", {"high": 0.1, "steps": 100}, s.cosine_onecycle_schedule(100, 0.1)),
    ]  # fmt: skip
    return optimizer_cases(table, follow), schedule_cases(schedules), ["optax", "jax"]


def write(name, content):
    """JSON with a line for each list of numbers."""
    text = json.dumps(content, indent=1, sort_keys=True, allow_nan=False)
    text = re.sub(r"\[[^][{}]*\]", lambda numbers: " ".join(numbers[0].split()), text)
    (OUT / f"{name}.json").write_text(text + "\n")


def main():
    OUT.mkdir(exist_ok=True)
    write("sequences", {"kept_steps": KEPT, "halve_every": HALVE_EVERY, "sequences": sequences()})
    libraries = {"pytorch": pytorch, "keras": keras_, "tensorflow": tensorflow, "optax": optax_}
    for name, record in libraries.items():
        optimizers, schedules, packages = record()
        versions = {package: version(package) for package in [*packages, "numpy"]}
        versions["python"] = platform.python_version()
        found = {"optimizers": optimizers, "schedules": schedules, "versions": versions}
        write(name, {key: value for key, value in found.items() if value})
        print(f"{name}: {len(optimizers)} optimizers, {len(schedules)} schedules")


if __name__ == "__main__":
    main()
