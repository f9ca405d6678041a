"""The gradebook: one SQLite file with every run, its submissions and results, and manual points."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import os
import platform
import secrets
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from exercises import questions
from exercises.grader.grade import Result
from exercises.grader.sandbox import Sandbox
from exercises.grader.submissions import ROSTER, Submission, stamp
from exercises.questions import PartScore, Score
from lecture_code import judging
from lecture_code.wire import clean

VERSION = 2
NAME = "gradebook.sqlite"
SCHEMA = """
CREATE TABLE run (  -- of one exercise, with state running, proposed, current or replaced
  id INTEGER PRIMARY KEY, exercise TEXT NOT NULL, seed INTEGER NOT NULL, state TEXT NOT NULL,
  settings TEXT NOT NULL, versions TEXT NOT NULL, started TEXT NOT NULL, finished TEXT);
CREATE TABLE submission (  -- an attempt, which has no scores where it does not count
  id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
  student TEXT NOT NULL, folder TEXT NOT NULL, time TEXT NOT NULL, days_late INTEGER NOT NULL,
  counts INTEGER NOT NULL, file TEXT NOT NULL, digest TEXT NOT NULL,
  status TEXT NOT NULL, problem TEXT NOT NULL,
  UNIQUE (run, student, time));
CREATE TABLE score (
  submission INTEGER NOT NULL REFERENCES submission ON DELETE CASCADE, number INTEGER NOT NULL,
  question TEXT NOT NULL, points INTEGER NOT NULL, max_points INTEGER NOT NULL,
  status TEXT NOT NULL, message TEXT NOT NULL, note TEXT NOT NULL, answer TEXT,
  seconds REAL NOT NULL,
  PRIMARY KEY (submission, number)) WITHOUT ROWID;
CREATE TABLE part (
  submission INTEGER NOT NULL REFERENCES submission ON DELETE CASCADE, question TEXT NOT NULL,
  number INTEGER NOT NULL, name TEXT NOT NULL, points INTEGER NOT NULL,
  max_points INTEGER NOT NULL, message TEXT NOT NULL,
  PRIMARY KEY (submission, question, number)) WITHOUT ROWID;
CREATE TABLE call (
  submission INTEGER NOT NULL REFERENCES submission ON DELETE CASCADE, question TEXT NOT NULL,
  part INTEGER NOT NULL, number INTEGER NOT NULL, outcome TEXT NOT NULL,
  PRIMARY KEY (submission, question, part, number)) WITHOUT ROWID;
CREATE TABLE manual (
  student TEXT NOT NULL, exercise TEXT NOT NULL, question TEXT NOT NULL,
  points REAL, comment TEXT NOT NULL, PRIMARY KEY (student, exercise, question)) WITHOUT ROWID;
CREATE TABLE seed (exercise TEXT PRIMARY KEY, seed INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE roster (
  student TEXT PRIMARY KEY, name TEXT NOT NULL, id TEXT NOT NULL, login TEXT NOT NULL,
  email TEXT NOT NULL, section TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE secret (salt TEXT NOT NULL);
"""
FROM_1 = """  -- seconds were those of a whole submission
ALTER TABLE score ADD COLUMN seconds REAL NOT NULL DEFAULT 0;
ALTER TABLE submission DROP COLUMN seconds;
"""


@dataclass(frozen=True)
class Manual:
    """What an instructor decided: points of a question instead of the grader's, or None to leave
    them; and a comment. Without a question the comment is on the whole exercise."""

    points: float | None
    comment: str


@dataclass(frozen=True)
class Graded:
    """A submission that counts, as the gradebook has it: its result, the names of the roster, what
    was decided by hand (by question), and the times of attempts that do not count."""

    result: Result
    person: dict[str, str]
    manual: dict[str, Manual] = field(default_factory=dict)
    others: tuple[str, ...] = ()
    penalty: float = 0.0

    def points_of(self, score: Score) -> float:
        decided = self.manual.get(score.key)
        return score.points if decided is None or decided.points is None else decided.points

    @property
    def points(self) -> float:
        return sum(self.points_of(score) for score in self.result.scores)

    @property
    def total(self) -> float:
        """The points less the penalty for late days, which takes all of them at most."""
        lost = min(1.0, self.penalty / 100 * self.result.submission.days_late)
        return round(self.points * (1 - lost), 2)


class Gradebook:
    """An open gradebook file. Use it as a context manager.

    create=False: ValueError where there is none yet. What one method writes is there as a whole or
    not at all, whatever happens to the process.
    """

    def __init__(self, out: Path, create: bool = False):
        self.path = self.place(out)
        if not self.path.exists():
            if not create:
                raise ValueError(f"{out} has no {NAME}; grade first, or name another --out")
            out.mkdir(parents=True, exist_ok=True)
            os.close(os.open(self.path, os.O_CREAT | os.O_WRONLY, 0o600))  # it holds the seeds
        self._db = sqlite3.connect(self.path, isolation_level=None, timeout=30)
        try:
            version = self._db.execute("PRAGMA user_version").fetchone()[0]
            tables = self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            if version not in (1, VERSION) and (version or tables):
                raise sqlite3.DatabaseError
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._db.execute("PRAGMA foreign_keys = ON")
            if not tables:
                with self._whole():
                    for statement in SCHEMA.split(";"):
                        self._db.execute(statement)
                    salt = (secrets.token_hex(16),)
                    self._db.execute("INSERT INTO secret VALUES (?)", salt)
                    self._db.execute(f"PRAGMA user_version = {VERSION}")
            elif version == 1:
                with self._whole():
                    for statement in FROM_1.split(";"):
                        self._db.execute(statement)
                    self._db.execute(f"PRAGMA user_version = {VERSION}")
        except sqlite3.DatabaseError as error:
            self._db.close()
            if isinstance(error, sqlite3.OperationalError):
                raise
            raise ValueError(f"{self.path} is no gradebook of this grader; move it away") from None

    @staticmethod
    def place(out: Path) -> Path:
        return out / NAME

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self._db.close()

    @contextlib.contextmanager
    def _whole(self):
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")
            raise

    # --- what is known of the class

    def seed(self, exercise: str, asked: int | None = None) -> int:
        """The secret seed of an exercise's hidden inputs: stored, asked for, or drawn now."""
        drawn = secrets.randbelow(2**62) + 1 if asked is None else asked
        with self._whole():
            new = "INSERT OR IGNORE INTO seed VALUES (?, ?)"
            self._db.execute(new, (exercise, drawn))
            found = "SELECT seed FROM seed WHERE exercise = ?"
            (stored,) = self._db.execute(found, (exercise,)).fetchone()
        if asked not in (None, stored):
            raise ValueError(
                f"--seed {asked}, but {exercise} was graded with another in {self.path}; "
                "leave --seed out or use another --out"
            )
        return stored

    def set_roster(self, rows: Iterable[dict[str, str]]) -> None:
        """Replace the roster: rows with the columns `ROSTER`."""
        with self._whole():
            self._db.execute("DELETE FROM roster")
            for row in rows:
                cells = [row[name] for name in ROSTER]
                self._db.execute("INSERT OR REPLACE INTO roster VALUES (?, ?, ?, ?, ?, ?)", cells)

    def decide(self, rows: Iterable[tuple[str, str, str, float | None, str]]) -> None:
        """Store manual points and comments: (student, exercise, question, points, comment). They
        stay whatever is graded again; a row without both is taken back."""
        with self._whole():
            for row in rows:
                key = "student = ? AND exercise = ? AND question = ?"
                self._db.execute(f"DELETE FROM manual WHERE {key}", row[:3])
                if row[3] is not None or row[4]:
                    self._db.execute("INSERT INTO manual VALUES (?, ?, ?, ?, ?)", row)

    def salt(self) -> str:
        """What the pseudonyms of anonymous exports are made with."""
        return self._db.execute("SELECT salt FROM secret").fetchone()[0]

    # --- runs

    def exercises(self) -> list[str]:
        """The exercises that have been graded, in the order of the book."""
        found = self._db.execute("SELECT exercise FROM run WHERE state = 'current'").fetchall()
        known = [name for (name,) in found]
        return sorted(known, key=lambda name: (_place(name), name))

    def current(self, exercise: str) -> int:
        """The run whose grades count."""
        found = "SELECT id FROM run WHERE exercise = ? AND state = 'current'"
        row = self._db.execute(found, (exercise,)).fetchone()
        if row is None:
            raise ValueError(f"{exercise} has not been graded in {self.path.parent}")
        return row[0]

    def about(self, run: int) -> dict:
        """What a run is of and how it was made: exercise, settings, versions, started."""
        found = "SELECT exercise, settings, versions, started FROM run WHERE id = ?"
        exercise, settings, versions, started = self._db.execute(found, (run,)).fetchone()
        return {
            "exercise": exercise,
            "settings": json.loads(settings),
            "versions": json.loads(versions),
            "started": started,
        }

    def begin(
        self, exercise: str, seed: int, settings: dict, versions: dict, resume: bool = False
    ) -> int:
        """A run to add results to: a new one, or the one to resume, which was stopped or, if it
        counts, has submissions that were not graded.

        ValueError where that one had other settings or questions.
        """
        values = (exercise, seed, json.dumps(settings, sort_keys=True))
        with self._whole():
            unfinished = (
                "SELECT id, settings, versions FROM run WHERE exercise = ? AND (state = 'running' "
                "OR state = 'current' AND EXISTS (SELECT * FROM score JOIN submission AS one "
                "ON submission = one.id WHERE run = run.id AND score.status = 'not graded')) "
                "ORDER BY state DESC LIMIT 1"
            )
            found = self._db.execute(unfinished, (exercise,)).fetchone()
            if resume and found is not None:
                run, *stored = found
                questions_then = json.loads(stored[1])["questions"]
                if (stored[0], questions_then) != (values[2], versions["questions"]):
                    raise ValueError(
                        f"the run of {exercise} to resume had other limits, due dates or "
                        "questions: restore them, or leave --resume out to start anew"
                    )
                return run
            self._db.execute("DELETE FROM run WHERE exercise = ? AND state = 'running'", values[:1])
            new = (
                "INSERT INTO run (exercise, seed, state, settings, versions, started) "
                "VALUES (?, ?, 'running', ?, ?, ?)"
            )
            added = self._db.execute(new, (*values, json.dumps(versions), _now()))
            return added.lastrowid

    def done(self, run: int) -> dict[tuple[str, str], str]:
        """The submissions of a run that need not be graded again: (student, time) to digest."""
        found = (
            "SELECT student, time, digest FROM submission AS one WHERE run = ? AND counts "
            "AND digest != '' AND NOT EXISTS (SELECT * FROM score WHERE submission = one.id "
            "AND status = 'not graded')"
        )
        return {(name, time): digest for name, time, digest in self._db.execute(found, (run,))}

    def keep(self, run: int, submissions: Iterable[Submission]) -> None:
        """Drop what a run has of attempts that are gone."""
        there = {(one.student, one.time) for one in submissions}
        with self._whole():
            found = "SELECT id, student, time FROM submission WHERE run = ?"
            for number, student, time in self._db.execute(found, (run,)).fetchall():
                if (student, time) not in there:
                    self._db.execute("DELETE FROM submission WHERE id = ?", (number,))

    def add(self, run: int, result: Result, digest: str) -> None:
        """Store one result, in place of an earlier one of this attempt in this run."""
        one = result.submission
        with self._whole():
            old = "DELETE FROM submission WHERE run = ? AND student = ? AND time = ?"
            self._db.execute(old, (run, one.student, one.time))
            file = clean(os.fspath(one.path), 1000) if one.path else ""
            values = (run, one.student, one.folder, one.time, one.days_late, one.counts)
            values += (file, digest, one.status, one.problem)
            new = (
                "INSERT INTO submission (run, student, folder, time, days_late, counts, file, "
                "digest, status, problem) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            )
            number = self._db.execute(new, values).lastrowid
            for i, score in enumerate(result.scores):
                self._add_score(number, i, score, result)

    def _add_score(self, submission, i, score, result):
        note, answer = result.notes.get(score.key, ""), result.sources.get(score.key)
        if answer is not None:  # what UTF-8 cannot say, Python cannot run
            answer = answer.encode("utf-8", "replace").decode()
        values = (submission, i, score.key, score.points, score.max_points, score.status)
        values += (score.message, note, answer, result.spent.get(score.key, 0.0))
        self._db.execute("INSERT INTO score VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
        for j, part in enumerate(score.parts):
            values = (submission, score.key, j, part.name, part.points, part.max_points)
            self._db.execute(
                "INSERT INTO part VALUES (?, ?, ?, ?, ?, ?, ?)", (*values, part.message)
            )
            self._db.executemany(
                "INSERT INTO call VALUES (?, ?, ?, ?, ?)",
                ((submission, score.key, j, k, told) for k, told in enumerate(part.calls)),
            )

    def finish(self, run: int) -> None:
        """From now on the grades of this run count. The one before is kept, older ones are not."""
        with self._whole():
            found = self._db.execute("SELECT state FROM run WHERE id = ?", (run,))
            if found.fetchone() == ("current",):  # it did count, and was resumed
                return
            same = "exercise = (SELECT exercise FROM run WHERE id = ?)"
            self._db.execute(f"DELETE FROM run WHERE state = 'replaced' AND {same}", (run,))
            old = f"UPDATE run SET state = 'replaced' WHERE state = 'current' AND {same}"
            self._db.execute(old, (run,))
            new = "UPDATE run SET state = 'current', finished = ? WHERE id = ?"
            self._db.execute(new, (_now(), run))

    def propose(self, exercise: str, versions: dict) -> int:
        """A run with the settings and the seed of the current one, in place of earlier proposals.

        It is for what changed questions would give; `finish` makes it count.
        """
        now = self.current(exercise)
        with self._whole():
            old = "DELETE FROM run WHERE exercise = ? AND state = 'proposed'"
            self._db.execute(old, (exercise,))
            new = (
                "INSERT INTO run (exercise, seed, state, settings, versions, started) "
                "SELECT exercise, seed, 'proposed', settings, ?, ? FROM run WHERE id = ?"
            )
            values = (json.dumps(versions), _now(), now)
            return self._db.execute(new, values).lastrowid

    # --- results

    def attempts(self, run: int) -> Iterator[tuple[Submission, str]]:
        """The attempts of a run with their digests, by student and time."""
        found = (
            "SELECT student, folder, exercise, file, status, problem, time, days_late, counts, "
            "digest FROM submission JOIN run ON run.id = run WHERE run = ? ORDER BY student, time"
        )
        for row in self._db.execute(found, (run,)).fetchall():
            student, folder, exercise, file, *rest, counts, digest = row
            path = Path(file) if file else None
            yield Submission(student, folder, exercise, path, *rest, bool(counts)), digest

    def graded(self, run: int) -> Iterator[Graded]:
        """The submissions of a run that count, by student.

        One is in memory at a time. Nothing may be written before the last one has come.
        """
        about = self.about(run)
        penalty = about["settings"].get("penalty") or 0.0
        scores = self._of_each(
            run,
            "number, question, points, max_points, score.status, message, note, answer, seconds",
            "score ON submission = one.id",
        )
        parts = self._of_each(
            run,
            "question, number, name, points, max_points, message",
            "part ON submission = one.id",
        )
        calls = self._of_each(run, "question, part, number, outcome", "call ON submission = one.id")
        others = self._of_each(
            run,
            "more.time",
            "submission AS more ON more.run = one.run AND more.student = one.student "
            "AND NOT more.counts",
        )
        manual = self._of_each(
            run,
            "question, points, comment",
            "manual ON manual.student = one.student "
            "AND exercise = (SELECT exercise FROM run WHERE id = one.run)",
        )
        columns = ", ".join(f"coalesce(roster.{name}, '')" for name in ROSTER[1:])
        found = (
            "SELECT one.id, student, folder, file, status, problem, time, days_late, "
            f"{columns} FROM submission AS one LEFT JOIN roster USING (student) "
            "WHERE run = ? AND counts ORDER BY student, time"
        )
        for number, student, folder, file, *rest in self._db.execute(found, (run,)):
            path = Path(file) if file else None
            one = Submission(student, folder, about["exercise"], path, *rest[:4])
            person = dict(zip(ROSTER, (student, *rest[4:]), strict=True))
            decided = {key: Manual(points, comment) for key, points, comment in manual(number)}
            times = tuple(time for (time,) in others(number))
            result = _result(one, scores(number), parts(number), calls(number))
            yield Graded(result, person, decided, times, penalty)

    def _of_each(self, run, columns, joined) -> Callable[[int], list[tuple]]:
        """What is joined to each submission of a run that counts, in the order of its columns.

        The answer gives one submission's rows by its id, which are to be asked for in the order of
        `graded`: one query for a whole class, read as it is asked for.
        """
        # CROSS JOIN keeps the order of the loops, so that nothing has to be sorted.
        found = (
            f"SELECT one.id, {columns} FROM submission AS one CROSS JOIN {joined} "
            f"WHERE one.run = ? AND one.counts ORDER BY one.student, one.time, {columns}"
        )
        groups = itertools.groupby(self._db.execute(found, (run,)), key=lambda row: row[0])
        following = next(groups, None)

        def of(number: int) -> list[tuple]:
            nonlocal following
            if following is None or following[0] != number:
                return []
            rows = [row[1:] for row in following[1]]
            following = next(groups, None)
            return rows

        return of


def _result(submission, scores, parts, calls) -> Result:
    """A result from its rows in the gradebook."""
    outcomes, made = defaultdict(list), defaultdict(list)
    for key, part, _, outcome in calls:
        outcomes[key, part].append(outcome)
    for key, number, *rest in parts:
        made[key].append(PartScore(*rest, tuple(outcomes[key, number])))
    told, sources, notes, spent = [], {}, {}, {}
    for _, key, points, most, status, message, note, answer, seconds in scores:
        told.append(Score(key, points, most, status, message, tuple(made[key])))
        if answer is not None:
            sources[key] = answer
        if note:
            notes[key] = note
        if seconds:
            spent[key] = seconds
    return Result(submission, tuple(told), sources, notes, spent=spent)


def _now() -> str:
    return stamp(datetime.now(UTC))


def _place(exercise) -> int:
    known = questions.names()
    return known.index(exercise) if exercise in known else len(known)


def versions(exercise: str, sandbox: Sandbox) -> dict[str, str]:
    """What a run's grades depend on, besides its seed and settings."""
    code = hashlib.sha256()
    here = Path(questions.__file__)
    for path in (here, here.with_name(f"{exercise}.py"), Path(judging.__file__)):
        code.update(path.read_bytes() if path.exists() else b"")
    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "system": platform.platform(),
        "sandbox": sandbox.version(),
        "questions": code.hexdigest(),
    }
