"""Every optimizer and schedule against what other people's implementations computed.

tests/oracles holds what scripts/record_oracles.py recorded from PyTorch, Keras, TensorFlow and
optax on given gradients (`make oracles` records anew). A case without a counterpart here fails.
"""

import json
import math
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lecture_code.conventions import concordance, convention
from lecture_code.minimize import follow
from lecture_code.schedules import (
    Cosine,
    ExponentialDecay,
    InverseRoot,
    MultiStep,
    OneCycle,
    Polynomial,
    Sequence,
    StepDecay,
    TimeBased,
    Triangular,
    WarmRestarts,
    WarmUp,
)

ORACLES = Path(__file__).parent / "oracles"
LIBRARIES = ("pytorch", "keras", "tensorflow", "optax")
GIVEN = json.loads((ORACLES / "sequences.json").read_text())
RECORDED = {name: json.loads((ORACLES / f"{name}.json").read_text()) for name in LIBRARIES}

# The pairs that must be on record: conventions with a library that can vouch for them.
PAIRS = {
    "gradient descent": "pytorch keras tensorflow optax",
    "momentum": "pytorch keras tensorflow optax",
    "dampened momentum": "pytorch",
    "averaged momentum": "optax",
    "nesterov": "pytorch keras tensorflow optax",
    "adagrad": "pytorch keras tensorflow optax",
    "rmsprop": "pytorch keras tensorflow optax",
    "rmsprop momentum": "pytorch keras tensorflow optax",
    "rmsprop nesterov": "optax",
    "adadelta": "pytorch keras tensorflow optax",
    "adam": "pytorch keras tensorflow optax",
    "adamw": "pytorch keras optax",
    "adamax": "pytorch keras tensorflow optax",
    "nadam": "pytorch keras tensorflow optax",
    "amsgrad": "pytorch keras tensorflow optax",
    "rprop": "pytorch",
}
# Variants within a pair: the settings that make them, to be found among its cases.
VARIANTS = [
    ("adagrad", "pytorch", {"lr_decay": 0.1}),
    ("adagrad", "tensorflow", {"epsilon": 1e-7}),
    ("rmsprop", "pytorch", {"centered": True}),
    ("rmsprop", "keras", {"centered": True}),
    ("rmsprop", "tensorflow", {"centered": True}),
    ("rmsprop", "optax", {"centered": True}),
    ("rmsprop", "optax", {"epsilon_inside": False}),
    ("rmsprop", "optax", {"correct_bias": True}),
    ("rmsprop nesterov", "optax", {"epsilon_inside": False}),
    ("amsgrad", "optax", {"correct_bias": False}),
]


def halved(lr):
    return lambda t: lr * 0.5 ** ((t - 1) // GIVEN["halve_every"])


def name_of(library, name, settings, *others):
    return "-".join([library, name, *(f"{key}={settings[key]}" for key in settings), *others])


def optimizer_cases():
    for library in LIBRARIES:
        for case in RECORDED[library]["optimizers"]:
            others = ["halved"] if case["halved"] else []
            name = name_of(library, case["method"], case["settings"], *others)
            yield pytest.param(library, case, id=name)


@pytest.mark.parametrize(("library", "case"), [*optimizer_cases()])
def test_the_points_are_those_of_the_library(library, case):
    """To 1e-12 of how far the parameter went, after 1 to 60 steps on all the sequences."""
    settings = dict(case["settings"])
    if case["halved"]:
        settings["lr"] = halved(settings["lr"])
    optimizer = convention(case["method"], library, **settings)
    assert case["points"].keys() == GIVEN["sequences"].keys()
    for name, given in GIVEN["sequences"].items():
        path = follow(optimizer, np.array(given["gradients"]), np.array(given["start"])).points
        expected = np.array(case["points"][name])
        size = np.abs(path).max(axis=0)
        error = np.abs(path[GIVEN["kept_steps"]] - expected) / np.where(size > 0, size, 1)
        assert (error <= 1e-12).all(), f"{name}: off by {error.max():.1e} of the path"


def test_every_pair_is_on_record():
    """At least two settings for each pair, none without a row of the concordance, no other."""
    recorded = Counter(
        (case["method"], library)
        for library in LIBRARIES
        for case in RECORDED[library]["optimizers"]
    )
    pairs = {(method, library) for method in PAIRS for library in PAIRS[method].split()}
    assert recorded.keys() == pairs
    assert min(recorded.values()) >= 2
    rows = {(row.method, row.library) for row in concordance() if row.library != "paper"}
    assert rows == pairs
    for method, library, settings in VARIANTS:
        assert any(
            case["method"] == method and case["settings"].items() >= settings.items()
            for case in RECORDED[library]["optimizers"]
        )


def test_the_gradients_hold_what_troubles_optimizers():
    """Scales from 100 to 1e-7, a shrinking gradient, one never there, stretches of zeros, signs."""
    noisy, shrinking, signs = (
        np.array(GIVEN["sequences"][name]["gradients"])
        for name in ("noisy", "shrinking", "zeros and signs")
    )
    scales = np.abs(noisy).mean(axis=0)
    assert scales.max() / scales.min() > 1e8
    assert (np.abs(shrinking[1:]) < np.abs(shrinking[:-1])).all()
    assert (signs[:, 0] == 0).all()
    assert (signs[15:40, 1] == 0).all() and (signs[:15, 1] != 0).all()
    assert (signs[1:, 3] * signs[:-1, 3] < 0).all()


@pytest.mark.parametrize(
    ("method", "library", "changed"),
    [
        ("rmsprop", "keras", {"epsilon_inside": False}),
        ("adam", "pytorch", {"epsilon_hat": True}),
        ("adamax", "pytorch", {"epsilon_inside": False}),
        ("adagrad", "keras", {"initial": 0.0}),
        ("momentum", "keras", {"lr_inside": False}),
        ("nadam", "pytorch", {"psi": None}),
        ("amsgrad", "pytorch", {"correction": "before"}),
    ],
)
def test_another_convention_would_be_found_out(method, library, changed, monkeypatch):
    """The comparison is sharp: with one choice of the convention changed, it fails."""

    as_it_is = convention

    def other(*arguments, **settings):
        return replace(as_it_is(*arguments, **settings), **changed)

    monkeypatch.setitem(globals(), "convention", other)
    case = next(
        case
        for case in RECORDED[library]["optimizers"]
        if case["method"] == method and case["halved"]
    )
    with pytest.raises(AssertionError, match="of the path"):
        test_the_points_are_those_of_the_library(library, case)


# How each recorded schedule is written here; the settings carry the names of the script.


def exponential(lr, factor, every=1):
    return ExponentialDecay(lr, -math.log(factor) / every)


def late_milestones(values, milestones):
    """Keras's: the old value holds at the milestone, too."""
    (first, second), (one, two, three) = milestones, values
    return Sequence(one, first + 1, Sequence(two, second - first, three))


def unclamped_cosine(lr, end, steps):
    """PyTorch's: after its last step the cosine rises again."""
    cosine = Cosine(lr, steps, end)
    return lambda t: cosine(1 + steps - abs(steps - (t - 1) % (2 * steps)))


def later_one_cycle(high, steps):
    """optax's: it counts moves and PyTorch points, so that it peaks and ends a step later."""
    return OneCycle(high, steps + 1, share=(0.3 * steps + 1) / (steps + 1))


SCHEDULES = {
    "step": StepDecay,
    "milestones": lambda lr, factor, milestones: MultiStep(lr, tuple(milestones), factor),
    "late milestones": late_milestones,
    "exponential": exponential,
    "time based": lambda lr, decay: TimeBased(lr, decay),
    "inverse root": InverseRoot,
    "constant warm-up": lambda lr, factor, steps: Sequence(lr * factor, steps, lr),
    "linear warm-up": lambda lr, factor, steps: WarmUp(lr, steps, factor),
    "polynomial": lambda lr, end, power, steps: Polynomial(lr, steps, end, power),
    "cyclic": lambda low, high, half, mode, factor=1.0: Triangular(high, half, low, mode, factor),
    "cosine": lambda lr, end, steps: Cosine(lr, steps, end),
    "unclamped cosine": unclamped_cosine,
    "restarts": lambda lr, end, first, growth: WarmRestarts(lr, first, growth, end),
    "warm-up, cosine": lambda lr, factor, warm, steps, end: WarmUp(
        Cosine(lr, steps, end), warm, factor
    ),
    "one cycle": lambda high, **others: OneCycle(high, **others),
    "later one cycle": later_one_cycle,
}


def schedule_cases():
    for library in LIBRARIES:
        for case in RECORDED[library].get("schedules", []):
            name = name_of(library, case["schedule"], case["settings"])
            yield pytest.param(case, id=name)


@pytest.mark.parametrize("case", [*schedule_cases()])
def test_the_rates_are_those_of_the_library(case):
    """To 1e-12 of the largest rate, for the first 120 steps."""
    schedule = SCHEDULES[case["schedule"]](**case["settings"])
    rates = np.array([schedule(t) for t in range(1, len(case["rates"]) + 1)])
    np.testing.assert_allclose(rates, case["rates"], rtol=0, atol=1e-12 * rates.max())


def test_every_schedule_is_on_record():
    recorded = {
        case["schedule"] for library in LIBRARIES for case in RECORDED[library].get("schedules", [])
    }
    assert recorded == SCHEDULES.keys()


@pytest.mark.parametrize("library", LIBRARIES)
def test_the_record_says_what_made_it(library):
    versions = RECORDED[library]["versions"]
    assert {"numpy", "python"} < versions.keys()
    pinned = (ORACLES.parents[1] / "requirements-peers.txt").read_text()
    for package, version in versions.items():
        assert package == "python" or f"{package}=={version.split('+')[0]}" in pinned
