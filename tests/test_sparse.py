import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lecture_code import datasets
from lecture_code.adagrad import AdaGrad, SparseAdaGrad
from lecture_code.gradient_descent import GradientDescent
from lecture_code.sparse import (
    LogisticRegression,
    SoftmaxRegression,
    SparseGradientDescent,
    SparseRows,
    Sweep,
    sweep,
    train,
)

MODELS = [(LogisticRegression(), 2), (SoftmaxRegression(3), 3)]
RUNS = [(), (4,)]


def random_rows(rng, rows, columns):
    """Sparse rows with at least one entry each, the first columns far more frequent."""
    chance = 1 / (1 + np.arange(columns))
    ones = [np.flatnonzero(rng.random(columns) < chance) for _ in range(rows)]
    ones = [one if one.size else np.array([0]) for one in ones]
    return SparseRows(np.cumsum([0] + [len(one) for one in ones]), np.concatenate(ones), columns)


def problem(model, classes, runs, seed=0, rows=20, columns=30):
    rng = np.random.default_rng(seed)
    x = random_rows(rng, rows, columns)
    weights = rng.normal(size=model.init(columns, runs).shape)
    return weights, x, rng.integers(classes, size=rows)


# The rows


@st.composite
def row_sets(draw):
    columns = draw(st.integers(1, 8))
    ones = st.sets(st.integers(0, columns - 1), min_size=1)
    return columns, draw(st.lists(ones, min_size=1, max_size=8))


@settings(max_examples=80, deadline=None)
@given(row_sets(), st.data())
def test_rows_behave_as_the_dense_matrix(case, data):
    columns, sets = case
    dense = np.array([[j in ones for j in range(columns)] for ones in sets], float)
    indptr = np.cumsum([0] + [len(ones) for ones in sets])
    rows = SparseRows(indptr, np.concatenate([sorted(ones) for ones in sets]), columns)
    assert (rows.dense() == dense).all()
    assert (rows.counts() == dense.sum(axis=0)).all()
    bounds = st.integers(-10, 10) | st.none()
    part = slice(data.draw(bounds), data.draw(bounds), data.draw(st.sampled_from([None, 1, 2, -1])))
    assert (rows[part].dense() == dense[part]).all()
    n = len(sets)
    chosen = np.array(data.draw(st.lists(st.integers(-n, n - 1), max_size=5)), int)
    assert (rows[chosen].dense() == dense[chosen]).all()
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    assert (rows[mask].dense() == dense[mask]).all()
    index, matrix = rows.active()
    assert (index == np.flatnonzero(dense.any(axis=0))).all()
    assert (matrix == dense[:, index]).all()


def test_rows_can_be_cut_again():
    rows = random_rows(np.random.default_rng(0), 20, 10)
    assert (rows[5:][2:4].dense() == rows.dense()[7:9]).all()
    assert (rows[::-1][[0, 3]].dense() == rows.dense()[[19, 16]]).all()


@pytest.mark.parametrize(
    ("indptr", "indices", "message"),
    [
        ([0, 2], [0], "indptr must go from 0 to the number of indices, 1"),
        ([1, 2], [0, 1], "indptr must go from 0"),
        ([0, 1, 1], [0], "a row has no ones"),
        ([0, 1], [5], "a column number is outside 0 to 4"),
        ([0, 1], [-1], "a column number is outside 0 to 4"),
        ([0, 2], [1, 1], "the column numbers of a row must increase"),
        ([0, 2], [3, 1], "the column numbers of a row must increase"),
        ([0, 2], [[0, 1]], "indptr and indices must have one dimension"),
        ([0, 1], [0.5], "indptr and indices must be integers"),
    ],
)
def test_rows_refuse_parts_that_do_not_fit(indptr, indices, message):
    with pytest.raises(ValueError, match=f"^{message}") as error:
        SparseRows(indptr, indices, columns=5)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("seed", range(3))
def test_kept_columns_are_those_of_the_dense_matrix(seed):
    rng = np.random.default_rng(seed)
    rows = random_rows(rng, 20, 30)
    kept = rng.random(30) < 0.5
    kept[0] = True  # which every row has
    part = rows.keep(kept)
    assert part.columns == 30
    assert (part.dense() == rows.dense() * kept).all()


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ([True], "columns must be 3 booleans"),
        ([0, 1, 2], "columns must be 3 booleans"),
        ([True, False, True], "a row has no ones"),
    ],
)
def test_keeping_refuses_what_does_not_fit(columns, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        SparseRows([0, 1, 3], [1, 0, 2], columns=3).keep(np.array(columns))


def test_rows_copy_what_they_are_given():
    indices = np.array([0, 1])
    rows = SparseRows([0, 1, 2], indices, 2)
    indices[0] = 1
    assert rows.indices[0] == 0


# The models


@pytest.mark.parametrize("runs", RUNS)
@pytest.mark.parametrize(("model", "classes"), MODELS)
def test_gradient_matches_finite_differences(model, classes, runs):
    weights, rows, labels = problem(model, classes, runs)
    gradient = model.gradient(weights, rows, labels)
    assert gradient.shape == weights.shape
    step = 1e-5
    for position in np.ndindex(weights.shape):
        up, down = weights.copy(), weights.copy()
        up[position] += step
        down[position] -= step
        change = model.value(up, rows, labels) - model.value(down, rows, labels)
        slope = change / (2 * step)
        run = position[-1:] if runs else ()
        assert gradient[position] == pytest.approx(slope[run], abs=1e-9)


@pytest.mark.parametrize("runs", RUNS)
@pytest.mark.parametrize(("model", "classes"), MODELS)
def test_values_match_the_dense_formulas(model, classes, runs):
    weights, rows, labels = problem(model, classes, runs, rows=1001)  # two chunks and one row
    scores = np.tensordot(rows.dense(), weights, axes=1)
    assert model.scores(weights, rows) == pytest.approx(scores, abs=1e-12)
    if model == LogisticRegression():
        scores = np.stack([np.zeros_like(scores), scores], axis=1)
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    expected = -np.log(p[np.arange(1001), labels]).mean(axis=0)
    assert model.value(weights, rows, labels) == pytest.approx(expected, rel=1e-12)
    hits = (labels == p.argmax(axis=1).T).T
    assert model.accuracy(weights, rows, labels) == pytest.approx(hits.mean(axis=0))


@pytest.mark.parametrize(("model", "classes"), MODELS)
def test_sparse_gradient_names_each_active_feature_once(model, classes):
    weights, rows, labels = problem(model, classes, ())
    index, gradient = model.sparse_gradient(weights, rows, labels)
    assert (index == np.flatnonzero(rows.counts())).all()
    dense = model.gradient(weights, rows, labels)
    assert (dense[index] == gradient).all()
    absent = np.setdiff1d(np.arange(rows.columns), index)
    assert absent.size > 0
    assert not dense[absent].any()


@pytest.mark.parametrize("dtype", [np.int32, np.int64, np.uint64])
def test_features_whose_numbers_end_in_the_same_bits_stay_apart(dtype):
    """Numbers are sorted 16 bits at a time: 1, 2**16 and 2**16 + 1 share their low or high bits."""
    indices = np.array([1, 2**16, 2**16 + 1, 1, 2**16 + 1, 0], dtype)
    rows, labels = SparseRows([0, 3, 5, 6], indices, columns=2**16 + 2), [1, 1, 0]
    index, gradient = LogisticRegression().sparse_gradient(np.zeros(rows.columns), rows, labels)
    assert index.tolist() == [0, 1, 2**16, 2**16 + 1]
    assert gradient == pytest.approx(np.array([0.5, -1, -0.5, -1]) / 3)  # (p - y) / 3, p = 1/2


def test_a_feature_of_several_rows_is_summed_before_it_is_squared():
    """Three rows share a feature: AdaGrad squares their sum, it does not add three squares."""
    model, rows = LogisticRegression(), SparseRows([0, 1, 2, 3], [7, 7, 7], 10)
    weights, method = np.zeros(10), SparseAdaGrad(lr=0.1)
    state = method.init(weights)
    method.step(weights, state, *model.sparse_gradient(weights, rows, [1, 1, 1]))
    assert state.s[7] == 0.5**2  # three times 0.25 / 9 would be 0.083
    assert weights[7] == pytest.approx(0.1)


@pytest.mark.parametrize("scale", [1e2, 1e30])
@pytest.mark.parametrize(("model", "classes"), MODELS)
def test_large_scores_do_not_overflow(model, classes, scale):
    weights, rows, labels = problem(model, classes, ())
    weights = (scale * weights).astype(np.float32)
    assert np.isfinite(model.value(weights, rows, labels))
    assert np.isfinite(model.gradient(weights, rows, labels)).all()


@pytest.mark.parametrize(("model", "classes"), MODELS)
def test_bad_input_gets_one_line(model, classes):
    weights, rows, labels = problem(model, classes, ())
    for function in (model.value, model.gradient, model.sparse_gradient, model.accuracy):
        for bad, message in [
            ((weights[:-1], rows, labels), "^weights of shape .* do not fit"),
            ((weights[..., None, None], rows, labels), "^weights of shape .* do not fit"),
            ((weights, rows, labels[:-1]), "^labels have the shape"),
            ((weights, rows, labels + 1), "^labels must be integers from 0 to"),
            ((weights, rows, labels - 1), "^labels must be integers from 0 to"),
            ((weights, rows, labels + 0.5), "^labels must be integers from 0 to"),
            ((weights, rows[:0], labels[:0]), "^there are no rows"),
        ]:
            with pytest.raises(ValueError, match=message) as error:
                function(*bad)
            assert "\n" not in str(error.value)


def test_bad_hyperparameters_get_one_line():
    with pytest.raises(ValueError, match=r"^classes = 1"):
        SoftmaxRegression(1)
    with pytest.raises(ValueError, match=r"^lr = 0"):
        SparseGradientDescent(lr=0)
    with pytest.raises(ValueError, match=r"^lr = "):
        SparseAdaGrad(lr=np.array([1.0, -1.0]))
    with pytest.raises(ValueError, match=r"^epsilon = -1"):
        SparseAdaGrad(lr=1, epsilon=-1)


# The lazy steps

PAIRS = [
    (SparseGradientDescent(0.5), GradientDescent(0.5)),
    (SparseAdaGrad(0.3, epsilon=1e-6), AdaGrad(0.3, epsilon=1e-6)),
]


@pytest.mark.parametrize("runs", RUNS)
@pytest.mark.parametrize(("lazy", "dense"), PAIRS)
@pytest.mark.parametrize(("model", "classes"), MODELS)
def test_lazy_is_dense_to_the_bit(model, classes, lazy, dense, runs):
    weights, rows, labels = problem(model, classes, runs, rows=160, columns=60)
    theta = weights.copy()
    lazy_state, dense_state = lazy.init(weights), dense.init(theta)
    for i in range(0, 160, 8):
        batch = rows[i : i + 8], labels[i : i + 8]
        lazy.step(weights, lazy_state, *model.sparse_gradient(weights, *batch))
        theta, dense_state = dense.step(theta, dense_state, model.gradient(theta, *batch))
        assert (weights == theta).all()
    if isinstance(lazy, SparseAdaGrad):
        assert (lazy_state.s == dense_state.s).all()


def test_lazy_momentum_would_not_be_momentum():
    """Momentum moves a weight while its feature is absent; a step on active rows cannot."""
    gradients, beta, lr = [1.0, 0.0, 0.0], 0.9, 0.1
    dense = lazy = dense_m = lazy_m = 0.0
    for gradient in gradients:
        dense_m = beta * dense_m + gradient
        dense -= lr * dense_m
        if gradient != 0:
            lazy_m = beta * lazy_m + gradient
            lazy -= lr * lazy_m
    assert (dense, lazy) == (pytest.approx(-0.271), pytest.approx(-0.1))


@pytest.mark.parametrize(("lazy", "dense"), PAIRS)
def test_a_step_touches_only_active_rows(lazy, dense):
    weights = np.ones((6, 3))
    state = lazy.init(weights)
    update = lazy.step(weights, state, np.array([1, 4]), np.full((2, 3), 2.0))
    assert (weights[[0, 2, 3, 5]] == 1).all()
    assert (weights[[1, 4]] == 1 + update).all()
    assert (update < 0).all()


@pytest.mark.parametrize("method", [SparseGradientDescent, SparseAdaGrad])
@pytest.mark.parametrize(("model", "classes"), MODELS)
def test_a_grid_of_runs_is_the_runs_one_by_one(model, classes, method):
    _, rows, labels = problem(model, classes, (), rows=100)
    rates = np.array([0.01, 0.1, 1.0])
    together = train(model, rows, labels, method(rates), rng=3, batch=8, passes=2, travel=True)
    assert together.losses.shape == (26, 3)  # 13 batches a pass, the last of 4 rows
    for run, lr in enumerate(rates):
        alone = train(model, rows, labels, method(lr), rng=3, batch=8, passes=2, travel=True)
        for name in ("weights", "losses", "travel"):
            one, grid = getattr(alone, name), getattr(together, name)
            assert grid[..., run] == pytest.approx(one, rel=1e-4, abs=1e-5), name


@pytest.mark.parametrize("rates", [1.0, np.array([1.0, 8.0])])
def test_a_schedule_gives_the_rate_of_each_step(rates):
    """Derivatives of 2 and the rates 1, 1/2, 1/4: moves of 2, 1 and 1/2."""
    method = SparseGradientDescent(lr=lambda t: rates / 2 ** (t - 1))
    weights = np.zeros((3, *np.shape(rates)))
    state, index = method.init(weights), np.array([1])
    gradient = np.full((1, *np.shape(rates)), 2.0)
    moves = [-method.step(weights, state, index, gradient)[0] for _ in range(3)]
    assert (np.array(moves) == [2 * rates, rates, rates / 2]).all()
    assert (weights[1] == -3.5 * rates).all()


# Training


@pytest.mark.parametrize("lr", [0.1, np.float64(0.1), np.array([0.1, 1.0])])
@pytest.mark.parametrize("method", [SparseGradientDescent, SparseAdaGrad])
def test_training_stays_in_single_precision(method, lr):
    model, classes = MODELS[1]
    _, rows, labels = problem(model, classes, ())
    run = train(model, rows, labels, method(lr), rng=0, travel=True)
    assert run.weights.dtype == run.losses.dtype == run.travel.dtype == np.float32
    index, gradient = model.sparse_gradient(run.weights, rows, labels)
    update = method(lr).step(run.weights, method(lr).init(run.weights), index, gradient)
    assert update.dtype == gradient.dtype == np.float32


def test_training_is_reproducible_and_leaves_the_data_alone():
    model, classes = MODELS[1]
    _, rows, labels = problem(model, classes, (), rows=100)
    before = rows.dense()
    runs = [train(model, rows, labels, SparseAdaGrad(0.1), rng, batch=8) for rng in (5, 5, 6)]
    assert (runs[0].weights == runs[1].weights).all()
    assert (runs[0].weights != runs[2].weights).any()
    assert runs[0].losses[0] == pytest.approx(np.log(3))  # zero weights: three equal chances
    assert (runs[0].counts == rows.counts()).all()
    assert runs[0].travel is None
    assert (rows.dense() == before).all()


def test_each_pass_visits_every_row_once():
    """With one column a row and tiny steps, every weight travels its own gradient per pass."""
    rows = SparseRows(np.arange(41), np.arange(40), 40)
    method = SparseGradientDescent(1e-6)
    run = train(LogisticRegression(), rows, np.arange(40) % 2, method, 0, 3, batch=4, travel=True)
    assert run.travel == pytest.approx(np.full(40, 3 * 1e-6 * 0.5 / 4), rel=1e-4)
    assert len(run.losses) == 30


def test_travel_adds_the_sizes_of_the_moves():
    rows = SparseRows([0, 1, 2], [1, 1], 3)  # labels that disagree: the weight goes to and fro
    run = train(LogisticRegression(), rows, [0, 1], SparseGradientDescent(1.0), 0, 5, 1, True)
    assert run.travel[1] > 4 * abs(run.weights[1])
    assert run.travel[0] == run.travel[2] == run.weights[0] == 0


@pytest.mark.parametrize(("passes", "batch"), [(0, 32), (1, 0)])
def test_training_refuses_nothing_to_do(passes, batch):
    model, classes = MODELS[0]
    _, rows, labels = problem(model, classes, ())
    with pytest.raises(ValueError, match=f"^passes = {passes}, batch = {batch}: "):
        train(model, rows, labels, SparseGradientDescent(1), 0, passes, batch)


def best(data, model, method, rates, train_size):
    rng = np.random.default_rng(0)
    fit, held_out = data.split(rng, train_size, 4000)
    run = train(model, *fit, method(np.array(rates)), rng, travel=True)
    losses = model.value(run.weights, *held_out)
    lowest = losses.argmin()
    assert 0 < lowest < len(rates) - 1, "the best rate is at the end of the grid: widen it"
    return losses[lowest], run.travel[..., lowest], run.counts


def test_rare_features_that_matter_words():
    """On the words AdaGrad at its best beats gradient descent at its best by 0.08 or more."""
    model = SoftmaxRegression(10)
    descent, *_ = best(
        datasets.words(), model, SparseGradientDescent, [0.5, 1.0, 1.4, 2.0, 4.0], 8000
    )
    adagrad, *_ = best(datasets.words(), model, SparseAdaGrad, [0.02, 0.06, 0.08, 0.1, 0.4], 8000)
    assert adagrad < descent - 0.08


def test_rare_features_that_do_not_matter_flights():
    """On the flights AdaGrad moves rare weights ten times as far, and it buys nothing."""
    data, model = datasets.flights(), LogisticRegression()
    descent, short, counts = best(
        data, model, SparseGradientDescent, [0.02, 0.1, 0.2, 0.5, 2.0], 50_000
    )
    adagrad, far, _ = best(data, model, SparseAdaGrad, [0.01, 0.03, 0.05, 0.1, 0.5], 50_000)
    assert adagrad == pytest.approx(descent, abs=0.005)
    rare = (counts > 0) & (counts <= 10)
    assert 10 < np.median(far[rare]) / np.median(short[rare]) < 60


# The sweep over learning rates and splits


def test_a_sweep_is_its_trainings_one_by_one():
    data, model, rates = datasets.words(), SoftmaxRegression(10), np.array([0.5, 2.0])
    methods = {
        "gradient_descent": SparseGradientDescent(lambda t: rates / np.sqrt(t)),
        "adagrad": SparseAdaGrad(rates / 10),
    }
    found = sweep(data, model, methods, train_size=64, test_size=100, splits=3, passes=2)
    assert list(found) == list(methods)
    assert found["gradient_descent"].rates.tolist() == [0.5, 2.0]
    for name, method in methods.items():
        for split in range(3):
            fit, held_out = data.split(split, 64, 100)
            run = train(model, *fit, method, rng=[split, 1], passes=2)
            assert (found[name].losses[:, split] == model.value(run.weights, *held_out)).all()
    assert not np.allclose(found["adagrad"].losses[:, 0], found["adagrad"].losses[:, 1])


def test_a_split_does_not_choose_its_own_rate():
    """Splits 0 and 1 have their lowest losses at rates that the other two splits do not choose."""
    losses = np.array([[1, 9, 5], [9, 1, 5], [2, 2, 2]])
    found = Sweep(rates=np.array([0.1, 0.2, 0.4]), losses=losses)
    assert found.best == 0.4 and found.at_edge
    assert found.picked.tolist() == [2, 2, 2]
    assert found.scores.tolist() == [2, 2, 2]
    assert str(found) == "log loss 2.0000, best lr 0.4 (edge)"
    alone = Sweep(rates=np.array([0.1, 0.2]), losses=np.array([[1, 9], [2, 2]]))
    assert alone.picked.tolist() == [1, 0]
    assert alone.scores.tolist() == [2, 9]


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_rate_that_diverged_is_never_the_best(bad):
    found = Sweep(np.array([0.1, 0.2, 0.3]), np.array([[3, 3], [2, 2], [bad, 0]]))
    assert found.best == 0.2 and not found.at_edge


def test_a_sweep_needs_a_spread():
    with pytest.raises(ValueError, match=r"^splits = 1: "):
        sweep(datasets.words(), SoftmaxRegression(10), {}, train_size=9, test_size=9, splits=1)
