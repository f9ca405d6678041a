"""What a class made of an exercise, counted: for `summary.csv` and for the instructor's report."""

from __future__ import annotations

from collections import Counter, defaultdict

from exercises.grader.feedback import FILE_STATUSES, WORDS, file_problem
from exercises.grader.grade import Result
from exercises.grader.gradebook import Graded
from exercises.questions import Exercise, Score

FREQUENT = 5  # messages that summary.csv has of a question
SUMMARY = (
    *("exercise", "question", "notebooks", "mean_points", "max_points", *WORDS),
    *(f"{what}_{i}" for i in range(1, FREQUENT + 1) for what in ("count", "message")),
)
Said = dict[str, list[str]]  # who was told what: students by message


class Summary:
    """The class at a glance: counts over all questions and of each.

    Means and counts are of the notebooks that could be read; files that were missing, unreadable or
    not graded are counted once each, with the reason. A message counts once a student. Points are
    the grader's, without penalties and without what was decided by hand.

    anonymous: without messages that may quote a student, since those can hold names.
    """

    def __init__(self, exercise: Exercise, anonymous: bool = False):
        self.exercise, self.anonymous = exercise, anonymous
        self.files: list[tuple[str, str, str]] = []  # student, status, reason
        self.notebooks, self.points = 0, 0
        # A question that was dropped since is in the results and is not told of.
        self.statuses: dict[str, Counter] = defaultdict(Counter)
        self.said: dict[str, Said] = defaultdict(lambda: defaultdict(list))
        self.undiagnosed: Counter = Counter()  # answers with wrong values by no known mistake
        self.sums: Counter = Counter()
        self._hints = {
            one.key: sorted((mistake.hint for mistake in one.mistakes), key=len, reverse=True)
            for one in exercise.questions
        }

    def add(self, graded: Graded) -> None:
        student, problem = graded.result.submission.student, file_problem(graded.result)
        if problem:
            self.files.append((student, problem.status, self.message(graded.result, problem)))
            return
        self.notebooks += 1
        self.points += graded.result.points
        for score in graded.result.scores:
            self.sums[score.key] += score.points
            self.statuses[score.key][score.status] += 1
            told = [part.message for part in score.parts] or [self.message(graded.result, score)]
            said = {one for message in told for one in self._apart(score.key, message)}
            for message in said - {"", *WORDS}:
                self.said[score.key][message].append(student)
            differs = any(call.startswith("wrong") for part in score.parts for call in part.calls)
            known = said & set(self._hints.get(score.key, ()))
            self.undiagnosed[score.key] += differs and not known

    def message(self, result: Result, score: Score) -> str:
        return "" if self.anonymous and quotes(result, score) else score.message

    def _apart(self, key, message) -> list[str]:
        """A message as a known mistake's hint, if it starts with one, and what else it says."""
        for hint in self._hints.get(key, ()):
            if f"{message} ".startswith(f"{hint} "):
                return [hint, message.removeprefix(hint).strip()]
        return [message]

    def frequent(self, key: str) -> tuple[Said, Said]:
        """What was said of a question, the most frequent first: known mistakes, and the rest."""
        said = dict(sorted(self.said[key].items(), key=lambda item: (-len(item[1]), item[0])))
        known = {text: who for text, who in said.items() if text in self._hints[key]}
        return known, {text: who for text, who in said.items() if text not in known}

    def rows(self) -> list[tuple]:
        """The rows of `SUMMARY`: one for all questions and one for each."""
        statuses, reasons = (Counter(row[i] for row in self.files) for i in (1, 2))
        first = (self.exercise.name, "all questions", self.notebooks, self._mean(self.points))
        cells = (statuses[one] if one in FILE_STATUSES else "" for one in WORDS)
        rows = [(*first, self.exercise.points, *cells, *_cells(reasons))]
        for question in self.exercise.graded:
            key = question.key
            row = (self.exercise.name, key, self.notebooks, self._mean(self.sums[key]))
            cells = (self.statuses[key][status] for status in WORDS)
            counts = {message: len(who) for message, who in self.said[key].items()}
            rows.append((*row, question.points, *cells, *_cells(counts)))
        return rows

    def _mean(self, points) -> str:
        return f"{points / self.notebooks:.2f}" if self.notebooks else ""


def quotes(result: Result, score: Score) -> bool:
    """Whether a message may hold a student's own words or names of files: anonymous tables do not
    show it."""
    early = not score.parts and score.status in ("error", "refused")
    return early or file_problem(result) is not None


def _cells(counts) -> tuple:
    """The cells of the most frequent messages, each after its count."""
    told = sorted((-count, message) for message, count in counts.items() if message)[:FREQUENT]
    cells = [cell for count, message in told for cell in (-count, message)]
    return (*cells, *[""] * (2 * FREQUENT - len(cells)))
