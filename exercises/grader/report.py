"""The report on a class: self-contained HTML that says what to teach again."""

from __future__ import annotations

import statistics
from collections import Counter
from pathlib import Path
from urllib.parse import quote

from exercises import questions
from exercises.grader.exports import Names, write_file
from exercises.grader.feedback import FILE_STATUSES, TEMPLATES, WORDS, file_problem, number
from exercises.grader.gradebook import Gradebook, Graded
from exercises.grader.summary import Summary
from exercises.questions import Question
from lecture_code.wire import clean

NAME, ANONYMOUS = "report.html", "report-anonymous.html"
TEACH = 5  # mistakes to teach again
OTHER = 8  # messages of a question that are no known mistake
SLOWEST = 5
BINS = 10  # of the totals, at most


def write(book: Gradebook, path: Path, runs: dict[str, int], names: Names | None = None) -> None:
    """Write the page on these runs, by exercise; it appears at once or not at all.

    Its links go to the pages of feedback in `feedback/` beside it. The same gradebook gives the
    same bytes.

    names: pseudonyms, for a page without names, links, comments and students' own words.
    """
    classes = [_Class(book, name, run, names).page() for name, run in runs.items()]
    template = TEMPLATES.get_template("report.html")
    write_file(path, template.render(classes=classes, anonymous=names is not None, number=number))


class _Class:
    """What the page says of one exercise."""

    def __init__(self, book: Gradebook, name: str, run: int, names: Names | None):
        self.exercise, self.about, self.names = questions.load(name), book.about(run), names
        self.summary = Summary(self.exercise, anonymous=names is not None)
        self.people: dict[str, dict] = {}  # name and link, by student
        self.totals: list[float] = []
        self.most = self.exercise.points
        self.stopped: dict[str, list[dict]] = {"timeout": [], "error": []}
        self.seconds: list[tuple[float, str, dict[str, float]]] = []
        self.late, self.manual = [], []
        for graded in book.graded(run):
            self._add(graded)

    def _add(self, graded: Graded) -> None:
        result, one = graded.result, graded.result.submission
        self.summary.add(graded)
        who = self.people[one.student] = self._person(graded)
        if file_problem(result) is None:
            self.totals.append(graded.total)
            self.most = max(self.most, result.max_points)
            self.seconds.append((result.seconds, one.student, result.spent))
            for score in result.scores:
                cut = any("timeout" in part.calls for part in score.parts)
                status = "timeout" if cut else score.status
                if status in self.stopped:
                    message = clean(self.summary.message(result, score), 300)
                    row = {"who": who, "key": score.key, "message": message}
                    self.stopped[status].append(row)
        if one.days_late:
            points, total = number(graded.points), number(graded.total)
            self.late.append({"who": who, "days": one.days_late, "points": points, "total": total})
        given = {score.key: score.points for score in result.scores}
        for key, decided in sorted(graded.manual.items()):
            comment = "" if self.names else clean(decided.comment, 2000, keep="\n")
            points = None if decided.points is None else number(decided.points)
            row = {"who": who, "key": key, "points": points, "comment": comment}
            self.manual.append(row | {"before": given.get(key)})

    def _person(self, graded) -> dict:
        one = graded.result.submission
        if self.names:
            return {"name": self.names(one.student), "link": ""}
        name = clean(graded.person["name"], 100)
        shown = f"{name} ({one.student})" if name and name != one.student else one.student
        return {"name": shown, "link": quote(f"feedback/{one.folder}/{one.exercise}.html")}

    def page(self) -> dict:
        """The values of the template, in which all texts of unknown origin are clean."""
        summary, totals = self.summary, self.totals or [0]
        rows = [self._question(question) for question in self.exercise.graded]
        mistakes = [(row, one) for row in rows for one in row["mistakes"] if one["count"] > 1]
        mistakes.sort(key=lambda pair: -pair[1]["count"])
        ranges = bins(self.totals, self.most)
        highest = max(one["count"] for one in ranges)
        files: dict[str, list] = {status: [] for status in FILE_STATUSES}
        for student, status, reason in summary.files:
            row = {"who": self.people[student], "message": clean(reason, 300)}
            files[status].append(row)
        return {
            "exercise": self.exercise,
            "students": len(self.people),
            "notebooks": summary.notebooks,
            "most": self.most,
            "mean": statistics.fmean(totals),
            "median": statistics.median(totals),
            "bins": ranges,
            "half": sum(total >= self.most / 2 for total in self.totals),
            "peak": {
                "count": highest,
                "labels": [one["label"] for one in ranges if one["count"] == highest],
            },
            "teach": mistakes[:TEACH],
            "undiagnosed": max(rows, key=lambda row: row["undiagnosed"], default=None),
            "questions": rows,
            "files": {status: _by_name(found) for status, found in files.items()},
            "stopped": {status: _by_name(found) for status, found in self.stopped.items()},
            "seconds": sum(seconds for seconds, *_ in self.seconds),
            "median_seconds": statistics.median([row[0] for row in self.seconds] or [0]),
            "slowest": self._slowest(),
            "late": _by_name(self.late),
            "manual": _by_name(self.manual),
            "about": self.about,
        }

    def _question(self, question: Question) -> dict:
        key, summary = question.key, self.summary
        known, others = summary.frequent(key)
        counts, begin, bar = summary.statuses[key], 0.0, []
        for status, word in WORDS.items():
            if counts[status]:
                share = 100 * counts[status] / summary.notebooks
                bar.append(
                    {
                        "kind": status.replace(" ", "-"),
                        "word": word.lower(),
                        "count": counts[status],
                        "begin": round(begin, 3),
                        "width": round(share, 3),
                    }
                )
                begin += share
        shown = list(others.items())[:OTHER]
        return {
            "key": key,
            "title": question.title,
            "points": question.points,
            "mean": summary.sums[key] / summary.notebooks if summary.notebooks else 0,
            "bar": bar,
            "mistakes": [self._message(*item) for item in known.items()],
            "others": [self._message(*item) for item in shown],
            "rest": len(others) - len(shown),
            "undiagnosed": summary.undiagnosed[key],
        }

    def _message(self, text, students) -> dict:
        rows = _by_name({"who": self.people[student]} for student in students)
        return {"text": clean(text, 600), "count": len(rows), "rows": rows}

    def _slowest(self) -> list[dict]:
        """The slowest submissions, with the questions that took a tenth of the time or more."""
        slowest = sorted(self.seconds, key=lambda row: (-row[0], row[1]))[:SLOWEST]
        return [
            {
                "who": self.people[student],
                "seconds": seconds,
                "spent": sorted(
                    ((key, one) for key, one in spent.items() if one >= seconds / 10),
                    key=lambda item: -item[1],
                ),
            }
            for seconds, student, spent in slowest
            if seconds
        ]


def bins(totals: list[float], most: int) -> list[dict]:
    """How many totals there are in each of at most `BINS` ranges, with its label and count."""
    width = -(-(most + 1) // BINS)
    counts = Counter(int(total // width) for total in totals)
    whole = all(total == int(total) for total in totals)
    found = []
    for i, low in enumerate(range(0, most + 1, width)):
        high = min(low + width - whole, most)
        under = "" if whole or low + width > most else "under "
        label = str(low) if low == high else f"{low} to {under}{high}"
        found.append({"label": label, "count": counts[i]})
    return found


def _by_name(rows) -> list[dict]:
    """In the order of the names that are shown: that of the folders would tell who has which
    pseudonym."""
    return sorted(rows, key=lambda row: row["who"]["name"])
