"""Submissions and frames spoiled at random: a row for each, and no failure of the grader's own."""

import csv
import hashlib
import os
from collections import Counter
from contextlib import suppress

import numpy as np
import pytest

from exercises import questions
from exercises.__main__ import main
from exercises.grader import feedback, sandbox, submissions
from exercises.grader.sandbox import Limits, Session, Stopped
from lecture_code.answers import Reply
from lecture_code.wire import decode, encode
from tests.attacks import mutations
from tests.attacks.collection import HONEST, assert_harmless
from tests.attacks.tiny import CASES, SEED, TINY, notebook
from tests.grading import known, said

FIRST, _ = TINY.questions
thorough = pytest.mark.thorough


def write_class(folder, seed, count):
    """Honest students and `count` others, whose submissions are spoiled."""
    rng = np.random.default_rng(seed)
    for name, answers in HONEST.items():
        (folder / name).mkdir(parents=True)
        (folder / name / "tiny.ipynb").write_text(notebook(*answers))
    for number in range(count):
        student = folder / mutations.name(rng, number)
        student.mkdir()
        mutations.submit(rng, student)


@pytest.mark.parametrize(
    ("seed", "count"), [(1, 250), *(pytest.param(k, 1000, marks=thorough) for k in range(2, 12))]
)
def test_spoiled_submissions(tmp_path, capfd, seed, count):
    """As one class with the real command: all are graded, honest students as ever."""
    folder, out = tmp_path / "in", tmp_path / "out"
    write_class(folder, seed, count)
    options = ("--seed", str(SEED), "--workers", "2", "--cpu", "1", "--wall", "3")
    with known(TINY):
        status = main(["grade", str(folder), "--out", str(out), *options])
    # The grader's own trouble: a traceback, a judge that failed, a submission that was not graded.
    assert said(capfd.readouterr().err) == []
    assert status == 0

    with open(out / "grades.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    names = submissions.named(submissions.students(folder))
    assert len(names) == count + len(HONEST) and len(rows) == 2 * len(names)
    found = {}
    for row in rows:
        found.setdefault(row["student"].replace("'", ""), []).append(row)
    for name, (shown, file) in names.items():
        first, second = found.pop(shown.replace("'", ""))
        assert (first["question"], second["question"]) == ("tiny.1", "tiny.2")
        for row in (first, second):
            assert row["status"] in feedback.WORDS and row["status"] != "not graded"
            assert (row["status"] == "correct") == (row["points"] == row["max_points"])
            assert row["message"] or row["status"] == "correct"
        page = (out / "feedback" / file / "tiny.html").read_text("utf-8")
        assert_harmless(page)
        if name in HONEST:
            statuses = HONEST_STATUSES[name]
            assert (first["status"], second["status"]) == statuses
    assert found == {}
    assert len({row["status"] for row in rows}) >= 7


HONEST_STATUSES = {
    "ann": ("correct", "correct"),
    "ben": ("partial", "correct"),
    "kim": ("not done yet", "not done yet"),
    "mia": ("wrong", "correct"),
    "zoe": ("correct", "wrong"),
}


def test_the_same_seed_spoils_the_same(tmp_path):
    digests = []
    for place, seed in (("a", 3), ("b", 3), ("c", 4)):
        write_class(tmp_path / place, seed, 60)
        digest = hashlib.sha256()
        for path in sorted((tmp_path / place).rglob("*")):
            digest.update(os.fsencode(path.relative_to(tmp_path / place)))
            digest.update(path.read_bytes() if path.is_file() else b"")
        digests.append(digest.hexdigest())
    assert digests[0] == digests[1] != digests[2]


MANIFEST = b"""student,time,file,exercise
ann,2026-11-30T10:00,ann/tiny.ipynb,tiny
"Ben, B.",20261130 100001+01:00,b/tiny.ipynb,
ann,2026-11-29 23:59Z,old/tiny.ipynb,tiny
"""


@pytest.mark.parametrize(("seed", "count"), [(1, 500), pytest.param(2, 10_000, marks=thorough)])
def test_spoiled_tables(tmp_path, seed, count):
    """An instructor's manifest is understood, or refused in one line."""
    rng = np.random.default_rng(seed)
    path, outcomes = tmp_path / "manifest.csv", Counter()
    for _ in range(count):
        path.write_bytes(mutations.spoil_bytes(rng, MANIFEST))
        try:
            manifest = submissions.table(path, ("student", "time", "file"), ("exercise",))
            with known(TINY):
                found = submissions.find(tmp_path, "tiny", submissions.Policy(), (), manifest)
        except ValueError as error:
            outcomes["refused", str(error).count("\n")] += 1
            continue
        outcomes["read", 0] += 1
        for one in found:
            with suppress(ValueError, submissions.Unreadable):
                submissions.read(one.path or tmp_path)
        counting = [one.student for one in found if one.counts]
        assert len(set(counting)) == len(counting) == len({row["student"] for row in manifest})
    assert set(outcomes) == {("read", 0), ("refused", 0)}
    assert min(outcomes.values()) > count / 20


# --- the channel


class Spoken:
    """In place of a sandbox with its warm interpreter: says what it is given, then hangs up."""

    limits, closed = Limits(cpu=1, wall=3.0), False

    def __init__(self, said: bytes):
        self.said = said

    def warm(self):
        return self

    def start(self, channel):
        read, write = channel
        self.read = os.dup(read)  # whoever says something listens too
        ready = encode("ready")
        os.write(write, len(ready).to_bytes(4, "big") + ready + self.said)

    def end(self, process, patient=False):
        os.close(self.read)
        return 0, 0.0


NONCE = "0123456789abcdef"


def heard(said: bytes) -> Reply:
    session = Session(Spoken(said))
    try:
        return session.call(CASES["tiny.1"][0][0].arguments)
    except Stopped as stopped:
        return stopped.reply
    finally:
        session.close()


@pytest.mark.parametrize(
    ("seed", "count"), [(1, 2000), *(pytest.param(k, 5000, marks=thorough) for k in (2, 3))]
)
def test_spoiled_frames(monkeypatch, seed, count):
    """Whatever stands on the channel, a reply comes of it that can be judged, and nothing else."""
    monkeypatch.setattr(sandbox.secrets, "token_hex", lambda size: NONCE)
    rng = np.random.default_rng(seed)
    outcomes = Counter()
    for _ in range(count):
        reply = heard(mutations.frame(rng, NONCE))
        assert reply.status in ("value", "error", "refused") and reply.text == ""
        others = [[Reply("value", 1.0)] * len(part) for part in CASES["tiny.1"]]
        others[0][0] = reply
        score = questions.score(FIRST, CASES["tiny.1"], others)
        assert score.status in feedback.WORDS and score.points == 0
        outcomes[reply.status, reply.error] += 1
    assert min(outcomes["value", ""], outcomes["error", "channel"], outcomes["error", "exit"]) > 50


@pytest.mark.parametrize(("seed", "count"), [(1, 3000), pytest.param(2, 30_000, marks=thorough)])
def test_spoiled_bytes_decode_or_raise_value_error(seed, count):
    rng = np.random.default_rng(seed)
    decoded = 0
    for _ in range(count):
        data = mutations.frame(rng, NONCE)[4:]
        try:
            encode(decode(data))
            decoded += 1
        except ValueError:
            pass
    assert count / 10 < decoded < count * 9 / 10
