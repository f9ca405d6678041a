"""A class of ten, small enough to count by hand, in a gradebook: for the report and the pages."""

from dataclasses import replace

from exercises.grader import grade
from exercises.grader.gradebook import Gradebook
from exercises.grader.submissions import ROSTER, Submission, named
from exercises.questions import PartScore, Score
from tests.attacks.tiny import TINY

HOSTILE = '<img src="https://x.example/" onerror="alert(1)">'
SQUARE, NOT_A = "You square.", "Not a."
CHANGES = "The function changes its arguments; leave them as they are and work on a copy."
DIFFER = "The values differ from the expected ones."
LATE = "The answer took too long and was stopped; does every loop end?"
SETTINGS = {
    "limits": {"cpu": 5, "wall": 15.0, "memory": 512 << 20},
    "due": "2026-11-30T12:00:00Z",
    "extensions": {"Dora D": "2026-12-01T12:00:00Z"},
    "penalty": 25.0,
}
VERSIONS = {"python": "3.11.2", "questions": "f" * 64}
SEED = 987654321


def double(points, status, *messages, calls=("wrong value",)):
    """What became of tiny.1, by the message of each of its two parts ("" where it is right)."""
    parts = tuple(
        PartScore(name, 0 if message else most, most, message, calls if message else ("right",))
        for name, most, message in zip(("numbers", "arrays"), (1, 2), messages, strict=True)
    )
    return Score("tiny.1", points, 3, status, " ".join(messages), parts)


def choice(message=""):
    call = "wrong value" if message else "right"
    part = PartScore("answer", int(not message), 1, message, (call,))
    return Score("tiny.2", part.points, 1, "wrong" if message else "correct", message, (part,))


def own(message):
    """tiny.1 of an answer that stopped with an error in its own words."""
    return Score("tiny.1", 0, 3, "error", message)


EMPTY = Score("tiny.2", 0, 1, "not done yet", "not done yet")
# Seven notebooks that could be read, with 4, 0, 2, 0, 1, 0 and 0 points of 4.
SCORES = {
    "Ann A": (double(3, "correct", "", ""), choice()),
    "Ben B": (double(0, "wrong", SQUARE, SQUARE), choice(NOT_A)),
    "Cem C": (double(1, "partial", "", SQUARE), choice()),
    "Dora D": (double(0, "wrong", f"{SQUARE} {CHANGES}", DIFFER), choice(NOT_A)),
    "Eve E": (double(0, "wrong", DIFFER, DIFFER), choice()),
    "Finn F": (double(0, "timeout", LATE, LATE, calls=("timeout",)), EMPTY),
    HOSTILE: (own(f"ValueError: {HOSTILE} by Gil Gray (line 1 of the answer cell)."), EMPTY),
}
FILES = {
    "Hal H": ("missing", "There is no tiny.ipynb, but tiny_Hal_Holm.ipynb: rename the file."),
    "Ida I": ("unreadable", "The file is empty; save the notebook and hand it in again."),
    "Jón J": ("not graded", "Your instructor could not read the file: it is gone."),
}
NAMES = {"Cem C": "Cem Çelik", HOSTILE: f"Gil & {HOSTILE}"}
SPENT = {"Finn F": {"tiny.1": 12.5, "tiny.2": 0.5}}


def fill(book: Gradebook) -> None:
    """Store the class as graded: Cem is two days late, Eve has points by hand."""
    shown = named([*SCORES, *FILES])
    book.set_roster(
        dict.fromkeys(ROSTER, "") | {"student": shown[student][0], "name": name}
        for student, name in NAMES.items()
    )
    run = book.begin("tiny", SEED, SETTINGS, VERSIONS)
    for student in [*SCORES, *FILES]:
        one = Submission(*shown[student], "tiny", None, days_late=2 * (student == "Cem C"))
        if student in FILES:
            status, message = FILES[student]
            if status == "missing":
                one = replace(one, status=status, problem=message)
            result = grade.without_notebook(one, TINY, status, message)
        else:
            spent = SPENT.get(student, {"tiny.1": 0.25})
            result = grade.Result(one, SCORES[student], spent=spent)
        book.add(run, result, "digest")
    comment = f"Well tried, Eve E. {HOSTILE}"
    book.decide([("Eve E", "tiny", "tiny.1", 1.5, comment), ("Ann A", "tiny", "", None, "!")])
    book.finish(run)
