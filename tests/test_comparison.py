"""The comparison: its stored losses are those of the code, and it is read as it says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lecture_code.comparison import (
    BUDGETS,
    METHODS,
    RATES,
    SEEDS,
    TASKS,
    race,
    ranks,
    stored,
    tuned,
)
from lecture_code.figures import STYLE
from lecture_code.objectives import Bowl

names = list(METHODS)
SHAPE = (len(METHODS), len(RATES), SEEDS, len(BUDGETS))


def test_every_method_of_the_book_ran_on_every_task():
    assert names == list(STYLE)[: list(STYLE).index("newton")]
    assert list(stored()) == list(TASKS)
    for table in stored().values():
        assert table.shape == SHAPE
        assert np.all(table >= 0)
        # At some rate every method does something that does not diverge.
        assert np.all(np.isfinite(table).any(axis=1))


@pytest.mark.parametrize(
    ("task", "method", "seed"),
    [
        *((task, method, 3) for task in ("ravine", "beale") for method in METHODS),
        ("digits", "nesterov", 1),
        ("flights", "adagrad", 7),
        ("flights", "adamax", 0),
        ("words", "gradient_descent", 9),
    ],
)
def test_what_is_stored_is_what_the_code_gives(task, method, seed):
    """At the rates whose runs did not grow: others differ between processors."""
    kept, again = stored()[task][names.index(method), :, seed], race(task, method, seed)
    calm = kept[:, -1] < min(2.5, kept[0, 0])
    assert calm.sum() >= 3
    np.testing.assert_allclose(again[calm], kept[calm], rtol=0.01, atol=1e-12)


def test_the_ravine_by_hand():
    """Gradient descent on a bowl multiplies each coordinate by 1 - lr c in each step."""
    start = np.random.default_rng([2026, 4]).uniform(-2, 2, size=2)
    losses = race("ravine", "gradient_descent", seed=4)
    for place, lr in enumerate(RATES[:8]):
        for steps, loss in zip((30, 90, 300), losses[place], strict=True):
            end = start * (1 - lr * np.array([1.0, 20.0])) ** steps
            assert loss == pytest.approx(end @ (end * [1.0, 20.0]) / 2, rel=1e-9, abs=1e-300)
    assert Bowl(20).value(np.zeros(2)) == 0


def test_only_known_names_race():
    for task, method in (("word", "adam"), ("words", "adamw")):
        with pytest.raises(ValueError, match="known are"):
            race(task, method, 0)


tables = arrays(float, (3, 5, 6), elements=st.floats(0, 100))


@given(tables, st.integers(0, 5), st.floats(0, 100))
def test_a_seed_has_no_part_in_the_choice_of_its_rate(losses, seed, other):
    scores, picked = tuned(losses)
    changed = losses.copy()
    changed[..., seed] = other
    assert np.array_equal(tuned(changed)[1][..., seed], picked[..., seed])
    for method in range(3):
        assert scores[method, seed] == losses[method, picked[method, seed], seed]


def test_tuning_needs_seeds_to_tune_on():
    for count in (0, 6):
        with pytest.raises(ValueError, match="tuning_seeds"):
            tuned(np.zeros((2, 4, 6)), count)


@given(arrays(float, (7, 4), elements=st.sampled_from([0.0, 1.0, 2.0, np.inf])))
def test_places_add_up_and_keep_the_order(scores):
    places = ranks(scores)
    assert np.all(places.sum(axis=0) == 28)
    for i in range(7):
        for j in range(7):
            assert np.array_equal(places[i] < places[j], scores[i] < scores[j])
