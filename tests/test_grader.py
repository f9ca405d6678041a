"""The grader with a real sandbox: a sample class, attacks, odd files, the command line."""

import csv
import functools
import json
import os
import platform
import re
import shutil
import signal
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from exercises import questions, student
from exercises.__main__ import main
from exercises.grader import exports, feedback, grade, sandbox, seccomp, submissions
from exercises.grader import run as runner
from exercises.grader.gradebook import Gradebook
from exercises.grader.sandbox import Sandbox, SandboxError
from exercises.questions import (
    Exercise,
    PartScore,
    names,
    try_answer,
)
from scripts import notebooks
from tests.attacks.collection import PRELUDE, Harmless, assert_harmless
from tests.attacks.tiny import CASES, LIMITS, SEED, TINY, tiny
from tests.grading import as_ordinary_user, contents, grade_class, grade_one, known, page_of, store
from tests.submissions import make

POINTS = make.EXERCISE.points
ROOT = os.geteuid() == 0


# --- the sample class


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """The class graded with two workers: (results by student, OUT, the submissions' folder)."""
    folder, out = tmp_path_factory.mktemp("class"), tmp_path_factory.mktemp("out")
    make.write(folder)
    found = submissions.find(folder, make.NAME)
    with Sandbox(LIMITS) as box:
        graded = grade_class(found, make.EXERCISE, SEED, box, out, workers=2)
    return {one.result.submission.student: one.result for one in graded}, out, folder


def test_the_class_is_complete(sample):
    results, out, _ = sample
    assert len(results) == len(make.members()) >= 15
    with open(out / "grades.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == list(exports.GRADES)
    assert len(rows) == len(results) * len(make.EXERCISE.graded)
    for result in results.values():
        assert (out / "feedback" / result.submission.folder / "adagrad.html").is_file()
    with open(out / "totals.csv", newline="", encoding="utf-8") as file:
        totals = {row["student"]: int(row["points"]) for row in csv.DictReader(file)}
    assert totals["right"] == POINTS
    assert sum(totals.values()) == sum(int(row["points"]) for row in rows)


@pytest.mark.parametrize("name", make.CLASS)
def test_an_honest_reader_would_agree(sample, name):
    """Full points for right answers, none for others, and nobody else's grade changes."""
    result = sample[0][name]
    assert [score.key for score in result.scores] == [q.key for q in make.EXERCISE.graded]
    for score in result.scores:
        status = make.CLASS[name].statuses.get(score.key, "correct")
        assert (score.key, score.status) == (score.key, status), score.message
        assert score.points == (score.max_points if status == "correct" else 0)
        assert (score.message != "") == (status != "correct")
        assert "\n" not in score.message


@pytest.mark.parametrize(
    ("key", "index"),
    [(q.key, index) for q in make.EXERCISE.graded for index in range(len(q.mistakes))],
)
def test_every_mistake_is_named(sample, key, index):
    """A submission with a known mistake loses points and gets that mistake's own hint."""
    question = make.EXERCISE.question(key)
    scores = {score.key: score for score in sample[0][f"mistake {index + 1}"].scores}
    mistake = question.mistakes[index]
    assert mistake.hint in scores[key].message
    assert scores[key].points < question.points
    assert scores[key] == try_answer(question, mistake.answer, SEED)


def test_what_students_read(sample):
    results, out, folder = sample
    pages = {
        name: (out / "feedback" / result.submission.folder / "adagrad.html").read_text("utf-8")
        for name, result in results.items()
    }
    assert "All questions are correct." in pages["right"]
    assert f"{POINTS} of {POINTS} points" in pages["right"]
    assert pages["blank"].count("Not done yet") == len(make.EXERCISE.graded)
    assert "2 cells start with &#39;# answer" in pages["duplicated cell, right last"]
    assert "adagrad (1).ipynb: rename the file" in pages["another file name"]
    assert "import and define in it everything" in pages["needs another cell"]
    for page in pages.values():
        assert str(folder) not in page and str(make.ROOT) not in page


def test_what_is_wrong_with_a_file_is_said_once(sample):
    results, out, _ = sample
    for name, words in {
        "empty file": "The file is empty",
        "nothing handed in": "There is no",
    }.items():
        folder = out / "feedback" / results[name].submission.folder
        page = (folder / "adagrad.html").read_text("utf-8")
        assert page.count(words) == 1 and f"0 of {POINTS} points" in page
        assert "<section" not in page and "For every question" not in page


def test_only_a_function_is_asked_to_return():
    scores = tuple(grade.Score(one.key, 0, one.points, "not done yet") for one in TINY.questions)
    page = page_of(TINY, grade.Result(submissions.Submission("x", "x", "tiny", None), scores))
    assert page.count("The answer is empty or gives None.") == 2
    assert page.count("Does it return its result?") == 1


def test_parts_with_one_message_share_a_line():
    messages = ("", "You square.", "You square.")
    parts = tuple(
        PartScore(name, 1 - bool(message), 1, message)
        for name, message in zip("abc", messages, strict=True)
    )
    one = grade.Score("tiny.1", 1, 3, "partial", "b, c: You square.", parts)
    result = grade.Result(submissions.Submission("x", "x", "tiny", None), (one,))
    page = page_of(TINY, result)
    assert page.count("You square.") == 1
    assert "<li>a (1 of 1):\ncorrect</li>" in page
    assert "<li>b (0 of 1), c (0 of 1):\nYou square.</li>" in page


def test_pages_are_self_contained_and_escaped(sample):
    pages = list((sample[1] / "feedback").rglob("*.html"))
    assert len(pages) == len(sample[0])
    for page in pages:
        assert_harmless(page.read_text("utf-8"))
    hostile = sample[0]["=HYPERLINK(evil)"].submission.folder
    assert (
        "&lt;script&gt;alert(2)" in (sample[1] / "feedback" / hostile / "adagrad.html").read_text()
    )
    with pytest.raises(AssertionError):
        Harmless().feed("<p onclick=x>")


def test_cells_are_no_formulas(sample):
    with open(sample[1] / "grades.csv", newline="", encoding="utf-8") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert "'=HYPERLINK(evil)" in cells
    assert not any(cell.lstrip()[:1] in tuple("=+-@") for cell in cells)
    rows = [("+1", "\t=1", "＝1", "-1", "@x", "a\rb\x1b", 3)]
    assert exports.table(("h",), rows) == "h\n'+1,\\t=1,'＝1,'-1,'@x,a\\rb\\x1b,3\n"
    rows = [("a;=1", 'a; "=1', "a|＋1", "a;b-1")]  # where a semicolon separates
    assert exports.table((), rows) == '\na;\'=1,"a; ""\'=1",a|\'＋1,a;b-1\n'


def test_the_same_bytes_whatever_the_workers(sample, tmp_path):
    """Part of the class once more, with one worker: grades and pages do not change."""
    names = ("right", "mistake 4", "broken JSON", "needs another cell")
    found = [one for one in submissions.find(sample[2], make.NAME) if one.student in names]
    with Sandbox(LIMITS) as box:
        grade_class(found, make.EXERCISE, SEED, box, tmp_path)
    lines = (sample[1] / "grades.csv").read_text("utf-8").splitlines()
    again = (tmp_path / "grades.csv").read_text("utf-8").splitlines()
    assert again == [line for line in lines if line.split(",")[0] in ("student", *names)]
    for page in (tmp_path / "feedback").rglob("*.html"):
        assert page.read_bytes() == (sample[1] / page.relative_to(tmp_path)).read_bytes()


def test_other_seeds_give_the_same_grades(tmp_path):
    for name, member in {"right": make.CLASS["right"], "blank": make.CLASS["blank"]}.items():
        for path, content in member.files.items():
            (tmp_path / name).mkdir()
            (tmp_path / name / path).write_text(content)
    found = submissions.find(tmp_path, make.NAME)
    with Sandbox(LIMITS) as box:
        for seed in (1, 987_654_321_987):
            out = tmp_path.with_name(f"{tmp_path.name}-{seed}")
            blank, right = grade_class(found, make.EXERCISE, seed, box, out, workers=2)
            assert (blank.points, right.points) == (0, POINTS)


# --- every exercise


@pytest.mark.parametrize("name", names())
def test_worked_and_untouched_notebooks(name, tmp_path):
    """The worked notebook gets full points, the student edition none, and both are told why."""
    exercise, worked = questions.load(name), notebooks.read(make.ROOT / f"exercises/{name}.ipynb")
    for who, notebook in {"untouched": student.derive(worked), "worked": worked}.items():
        path = tmp_path / who / f"{name}.ipynb"
        path.parent.mkdir()
        path.write_text(notebooks.text(notebook), "utf-8")
    with Sandbox() as box:
        found = submissions.find(tmp_path, name)
        cases = grade.prepare(exercise, SEED)
        untouched, solved = (grade_one(one, exercise, cases, box) for one in found)
    for score in solved.scores:
        assert (score.status, score.points) == ("correct", score.max_points), score
    assert solved.points == solved.max_points == exercise.points
    assert [score.key for score in untouched.scores] == [one.key for one in exercise.graded]
    assert {(score.status, score.points) for score in untouched.scores} == {("not done yet", 0)}
    assert "All questions are correct." in page_of(exercise, solved)
    page = page_of(exercise, untouched)
    assert page.count("Not done yet") == len(exercise.graded)


# --- attacks, on a small exercise


@pytest.fixture(scope="module")
def box():
    with Sandbox(LIMITS) as box:
        yield box


@pytest.fixture(scope="module")
def unsafe():
    with Sandbox(LIMITS, unsafe=True) as box:
        yield box


def attack(folder, box, source):
    """The score of the attacked question; the other one must not suffer."""
    first, second = grade_one(tiny(folder, source), TINY, CASES, box).scores
    assert second.status == "correct"
    return first


def test_the_environment_is_empty(tmp_path, box, monkeypatch):
    monkeypatch.setenv("GRADER_SECRET", "x" * 40)
    source = PRELUDE + (
        "def double(x):\n"
        "    assert 'x' * 40 not in str(os.environ) and len(sys.argv) == 1\n"
        "    assert os.uname().nodename == 'sandbox'\n"
        "    assert [m for m in sys.modules if m.startswith(('exercises', 'tests'))] == []\n"
        "    return 2 * x\n"
    )
    assert attack(tmp_path, box, source).status == "correct"


@pytest.mark.parametrize(
    ("choice", "status"),
    [
        ("choice = 'b'", "correct"),
        ("choice = 'a'", "wrong"),
        ("choice = 'c'", "wrong"),
        ("choice = ['b']", "wrong"),
        ("choice = None", "not done yet"),
        ("choice = ...", "not done yet"),
        ("choice = lambda: 'b'", "error"),
        ("class S(str):\n    __eq__ = lambda a, b: True\nchoice = S('a')", "error"),
        ("", "error"),
    ],
)
def test_choices(tmp_path, box, choice, status):
    found = tiny(tmp_path, "def double(x):\n    return 2 * x", choice)
    first, second = grade_one(found, TINY, CASES, box).scores
    assert (first.status, second.status) == ("correct", status)
    assert second.points == (1 if status == "correct" else 0)


@pytest.mark.parametrize(
    "statement",
    [
        "raise ValueError(repr(x))",
        "raise type(f'Secret{x}', (Exception,), {})(x)",
        "__import__(f'secret{x}')",
        "exec(compile('\\n' * int(abs(np.sum(x)) * 10) + '1 / 0', '<answer cell>', 'exec'))",
        "return {str(x): 1.0}",
        "return [str(x)] * 3",
        "return np.zeros(int(abs(np.sum(x)) * 1e5))",
        "print(x, file=sys.stderr); os.write(2, str(x).encode()); return x",
    ],
)
def test_hidden_inputs_stay_hidden(tmp_path, box, statement, capfd):
    """What an answer says about the inputs that it saw reaches neither feedback nor terminal."""
    result = grade_one(
        tiny(tmp_path, f"{PRELUDE}def double(x):\n    {statement}"), TINY, CASES, box
    )
    assert result.scores[0].points == 0
    shown = page_of(TINY, result).replace("1e5", "") + str(result.scores)
    shown += "".join(capfd.readouterr())
    for case in (case for part in CASES["tiny.1"] for case in part):
        for number in np.atleast_1d(case.arguments[0]):
            assert str(number)[:6] not in shown
            assert " in line " not in shown
            assert str(int(abs(number) * 1e5)) not in shown


def test_messages_of_the_cell_itself_are_shown(tmp_path, box):
    score = attack(tmp_path, box, "raise ValueError('no \\x1b[31m secret\\n here')")
    assert score.message == r"ValueError: no \x1b[31m secret here (line 2 of the answer cell)."


def test_what_a_later_process_says_is_not_shown(tmp_path, box, monkeypatch):
    """It may know by the clock what an earlier one was asked (attacks/answers/text/secret_time)."""
    real, started = sandbox.Session.start, []

    def start(session, source, *rest):
        later = "\n\nraise ValueError('the time')" if source in started else ""
        started.append(source)
        return real(session, source + later, *rest)

    monkeypatch.setattr(sandbox.Session, "start", start)
    score = attack(tmp_path, box, f"{PRELUDE}def double(x):\n    os._exit(0)")
    assert score.message == "ValueError."


def adagrad(folder):
    """The only submission below `folder`: the solutions of a real exercise."""
    (folder / "someone").mkdir()
    path = folder / "someone/adagrad.ipynb"
    path.write_text(json.dumps(make.notebook(make.SOLUTIONS)), "utf-8")
    (found,) = submissions.find(folder, make.NAME)
    return found


def test_all_cells_run_before_the_first_call(tmp_path, box, monkeypatch):
    """What a cell says is shown, and the clock could tell it what another answer was asked."""
    happened, start, call = [], sandbox.Session.start, sandbox.Session.call
    patch = functools.partial(monkeypatch.setattr, sandbox.Session)
    patch("start", lambda *given: happened.append("start") or start(*given))
    patch("call", lambda *given: happened.append("call") or call(*given))
    cases = grade.prepare(make.EXERCISE, SEED)
    result = grade_one(adagrad(tmp_path), make.EXERCISE, cases, box)
    cells = len(make.EXERCISE.graded)
    calls = sum(len(part) for parts in cases.values() for part in parts)
    assert result.points == POINTS and cells > 1
    assert happened == ["start"] * cells + ["call"] * calls
    assert result.spent.keys() == cases.keys()


def test_what_a_cell_says_the_second_time_is_not_shown(tmp_path, box):
    """After the clock had stopped some questions, whose calls had been sent inputs by then."""
    given = {"tiny.1": "raise ValueError('the time')", "tiny.2": "1 / 0"}
    grades = [
        grade.grade_answers(tiny(tmp_path), given, {}, TINY, CASES, box, only)
        for only in (None, ("tiny.1",))
    ]
    said = [[score.message for score in one.scores] for one in grades]
    assert said[0][0] == "ValueError: the time (line 1 of the answer cell)."
    assert said[1] == ["ValueError."]


def test_parts_that_work_keep_their_points(tmp_path, box):
    broken = "def double(x):\n    if np.ndim(x) == {}: os._exit(0)\n    return 2 * x"
    scores = [attack(tmp_path, box, PRELUDE + broken.format(ndim)) for ndim in (0, 1)]
    assert [score.points for score in scores] == [2, 1]
    assert {score.status for score in scores} == {"partial"}
    assert scores[0].message == "numbers: The answer ended the Python process."


def test_what_the_wall_clock_stopped_is_tried_again_alone(tmp_path, monkeypatch):
    """A first kill may be the machine's load: only the second counts."""
    found = tiny(tmp_path / "in", "def double(x):\n    return 2 * x")
    real = grade.grade_answers

    def loaded(submission, sources, notes, exercise, cases, box, only=None):
        result = real(submission, sources, notes, exercise, cases, box, only)
        if only is None:
            bad = grade.Score("tiny.1", 0, 3, "timeout", "stopped")
            return replace(result, scores=(bad, *result.scores[1:]), again=frozenset({"tiny.1"}))
        assert only == {"tiny.1"} and len(result.scores) == 1
        return result

    monkeypatch.setattr(grade, "grade_answers", loaded)
    monkeypatch.setattr(runner, "grade_answers", loaded)
    with Sandbox(LIMITS) as box:
        (graded,) = grade_class([found], TINY, SEED, box, tmp_path / "out")
    assert [score.points for score in graded.result.scores] == [3, 1]


def test_a_judge_that_fails_costs_one_question(tmp_path, box, monkeypatch, capsys):
    monkeypatch.setattr(grade, "score", lambda *a: 1 / 0)
    found = tiny(tmp_path, "def double(x):\n    return 2 * x")
    result = grade_one(found, TINY, CASES, box)
    assert [score.status for score in result.scores] == ["error", "error"]
    assert "tiny.1: the question's own code failed: ZeroDivisionError" in capsys.readouterr().err


# --- the sandbox itself


def test_the_filter_is_a_valid_program():
    for machine in seccomp.NUMBERS:
        program = seccomp.program(machine)
        lines = [program[i : i + 8] for i in range(0, len(program), 8)]
        assert lines[-1] == seccomp._line(seccomp.RETURN, seccomp.REFUSE)
        for i, line in enumerate(lines[:-2]):
            assert i + 1 + max(line[2], line[3]) < len(lines)
            if line[0] in (seccomp.EQUAL, seccomp.AT_LEAST) and line[2]:
                assert i + 1 + line[2] == len(lines) - 1
    assert seccomp.program("pdp11") is None


def test_the_box_holds_what_the_worker_needs_only(box):
    source = (
        "import os, sys\n"
        "files = sorted(os.listdir('/box/lecture_code'))\n"
        "loaded = [sorted(n for n in sys.modules if n.startswith('lecture_code')), files]"
    )
    session = sandbox.Session(box)
    loaded, files = session.start(source, ("os", "sys"), "loaded", False).value
    session.close()
    assert loaded == ["lecture_code", "lecture_code.answers", "lecture_code.wire"]
    assert files == ["__init__.py", "__pycache__", "answers.py", "objectives.py", "wire.py"]


def test_each_answer_has_namespaces_of_its_own(box):
    """It sees neither the warm interpreter that forked it nor anything of the answer before."""
    source = PRELUDE + (
        "def look(x):\n    return [os.getpid(), os.getppid(), os.listdir('/'), os.uname().nodename]"
    )
    seen = []
    for _ in range(2):
        session = sandbox.Session(box)
        session.start(source, ("numpy",), "look", True)
        pid = session._warm._process.pid
        seen.append((session.call((1,)).value, namespaces(descendants(pid)[-1])))
        ours = [namespaces(os.getpid()), *map(namespaces, descendants(pid)[:-1])]
        for name, value in seen[-1][1].items():
            assert value not in [one[name] for one in ours], name
        session.close()
    (first, _), (second, _) = seen
    assert first == second and first[:2] == [1, 0]


def descendants(pid):
    """A process and all that it has started, by depth."""
    found = [pid]
    for one in found:
        with open(f"/proc/{one}/task/{one}/children") as file:
            found += map(int, file.read().split())
    return found


def namespaces(pid):
    names = ("user", "pid", "mnt", "net", "ipc", "uts", "cgroup")
    return {name: os.readlink(f"/proc/{pid}/ns/{name}") for name in names}


def test_without_a_filter_the_other_walls_stand(monkeypatch):
    """On a machine whose system calls have no table: limits, namespaces, no privileges."""
    monkeypatch.setattr(seccomp, "program", lambda: None)
    source = PRELUDE + (
        "def attempt(x):\n"
        "    libc, done = ctypes.CDLL(None), []\n"
        "    for name, flags in (('user', 0x10000000), ('mounts', 0x20000), ('net', 0x40000000)):\n"
        "        if libc.unshare(flags) == 0: done.append(name)\n"
        "    if libc.mount(b'none', b'/box', b'tmpfs', 0, None) == 0: done.append('mount')\n"
        "    if libc.chroot(b'/box') == 0: done.append('chroot')\n"
        "    try: os.fork()\n"
        "    except OSError: return done\n"
        "    return 'forked'\n"
    )
    with Sandbox(LIMITS) as box:
        session = sandbox.Session(box)
        session.start(source, ("numpy",), "attempt", True)
        assert session.call((1,)).value == []
        session.close()


HOLD = """
fcntl, struct = map(__import__, ("fcntl", "struct"))
libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p
shared = open("/box/worker.py")

def done(call, *arguments):
    try:
        return call(shared, *arguments)
    except OSError as error:
        return type(error).__name__

def lock(kind):
    return struct.pack("hhqqi4x", kind, 0, 0, 0, 0)

def hold(futex):
    page = ctypes.c_void_p(libc.mmap(None, 4096, 1, 1, shared.fileno(), 0))
    return {
        "flock": done(fcntl.flock, fcntl.LOCK_EX | fcntl.LOCK_NB),
        "lock": done(lambda *one: fcntl.fcntl(*one) and None, fcntl.F_SETLK, lock(fcntl.F_RDLCK)),
        "notice": libc.inotify_init1(0) < 0 and "PermissionError" or None,
        "futex": libc.syscall(futex, page, 1, 1, None, None, 0) < 0 and "PermissionError" or None,
    }

def feel(futex):
    other = done(fcntl.fcntl, fcntl.F_GETLK, lock(fcntl.F_WRLCK))
    if type(other) is bytes:
        other = struct.unpack("hhqqi4x", other)[0] == fcntl.F_RDLCK
    return {"flock": done(fcntl.flock, fcntl.LOCK_EX | fcntl.LOCK_NB), "lock": other}
"""


def test_answers_that_run_at_once_cannot_signal_each_other(monkeypatch):
    """Without the filter one feels the locks that the other holds on a file that both see."""
    if platform.machine() not in seccomp.NUMBERS:
        pytest.skip("this kind of machine has no filter of system calls")
    futex = seccomp.NUMBERS[platform.machine()][2]["futex"]

    def ask(box, name):
        session = sandbox.Session(box)
        session.start(PRELUDE + HOLD, ("numpy",), name, True)
        return session, session.call((futex,)).value

    def both():
        with Sandbox(LIMITS) as box, ThreadPoolExecutor(1) as thread:  # with a sandbox of its own
            one, held = ask(box, "hold")
            other, felt = thread.submit(ask, box, "feel").result()
            for session in (one, other):
                session.close()
        return held, felt

    held, felt = both()
    assert set(held.values()) | set(felt.values()) == {"PermissionError"}
    monkeypatch.setattr(seccomp, "program", lambda: None)
    held, felt = both()
    assert set(held.values()) == {None} and felt == {"flock": "BlockingIOError", "lock": True}


def kill(warm):
    """Kill a warm interpreter; bubblewrap, which is its parent, then ends."""
    os.kill(descendants(warm._process.pid)[1], signal.SIGKILL)
    warm._process.wait()


def test_a_warm_interpreter_that_dies_is_replaced(tmp_path):
    found = tiny(tmp_path, "def double(x):\n    return 2 * x")
    with Sandbox(LIMITS) as box:
        for _ in range(2):
            first, _ = grade_one(found, TINY, CASES, box).scores
            assert first.status == "correct"
            kill(box.warm())


@pytest.mark.parametrize("cells", [2, len(make.EXERCISE.graded)])
def test_one_that_dies_amid_a_submission_costs_no_points(tmp_path, monkeypatch, cells):
    """The answers that wait in it are lost, whether the next cell or the first call finds out."""
    real, started = sandbox.Session.start, []

    def start(session, *given):
        reply = real(session, *given)
        started.append(session)
        if len(started) == cells:
            kill(session._warm)
        return reply

    monkeypatch.setattr(sandbox.Session, "start", start)
    submission, cases = adagrad(tmp_path), grade.prepare(make.EXERCISE, SEED)
    with Sandbox(LIMITS) as box:
        with pytest.raises(SandboxError):
            grade_one(submission, make.EXERCISE, cases, box)
        assert grade_one(submission, make.EXERCISE, cases, box).points == POINTS


def test_answers_wait_beside_each_other_and_end_one_by_one(box):
    """Each in its own process; the wall clock of one stands still while others are asked."""
    sessions = [sandbox.Session(box) for _ in range(3)]
    for i, session in enumerate(sessions):
        session.start(f"def answer(x):\n    return x + {i}", (), "answer", True)
    pid = sessions[0]._warm._process.pid
    before = len(descendants(pid))
    with pytest.MonkeyPatch.context() as patch:
        real = time.monotonic
        patch.setattr(sandbox.time, "monotonic", lambda: real() + 1000)
        assert [session.call((10,)).value for session in sessions] == [10, 11, 12]
    sessions[1].close()
    assert len(descendants(pid)) == before - 1
    assert [sessions[i].call((20,)).value for i in (0, 2)] == [20, 22]
    box.warm().close()  # which ends the others
    assert not os.path.exists(f"/proc/{pid}")
    with pytest.raises(SandboxError, match="ended before its answers"):
        sessions[0].call((1,))
    for i in (0, 2):
        sessions[i].close()


@pytest.mark.skipif(not ROOT, reason="the other tests run as an ordinary user already")
def test_the_sandbox_works_for_an_ordinary_user(tmp_path):
    """Everything above runs as root here; this is the other of the two ways in."""
    script = (
        "import os\n"
        "from exercises.grader.sandbox import Sandbox, Session, Stopped\n"
        "with Sandbox() as box:\n"
        "    box.preflight()\n"
        "    session = Session(box)\n"
        "    session.start('import os, ctypes', ('os', 'ctypes'), 'os', False)\n"
        "    session.close()\n"
        "    session = Session(box)\n"
        "    source = '''import os, ctypes\n"
        "def f(x):\n"
        "    try: os.fork()\n"
        "    except OSError: pass\n"
        "    else: return 'forked'\n"
        "    if ctypes.CDLL(None).unshare(0x10000000) == 0: return 'unshared'\n"
        "    for path in ('/x', '/tmp/x', '/box/x'):\n"
        "        try: open(path, 'w')\n"
        "        except OSError: pass\n"
        "        else: return 'wrote'\n"
        "    return [os.getpid(), sorted(os.listdir('/'))]'''\n"
        "    session.start(source, ('os', 'ctypes'), 'f', True)\n"
        "    print(session.call((1,)).value)\n"
        "    session.close()\n"
    )
    done = subprocess.run(
        [*as_ordinary_user(), sys.executable, "-c", script], capture_output=True, text=True
    )
    assert done.stderr == ""
    assert done.stdout.startswith("[1, ['bin', 'box', 'etc', 'lib'")
    assert "'tmp'" not in done.stdout and "'home'" not in done.stdout


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        ("bwrap: setting up uid map: Permission denied", "apparmor_restrict_unprivileged_userns=0"),
        ("bwrap: Unknown option --as-pid-1", "too old; install 0.7"),
        ("unshare: Operation not permitted", "apparmor_restrict_unprivileged_userns=0"),
        ("bwrap: something \x1b[31m else", r"(bwrap: something \x1b[31m else)"),
    ],
)
def test_a_forbidden_sandbox_names_the_remedy(tmp_path, monkeypatch, words, remedy):
    fake = tmp_path / "bwrap"
    fake.write_text(f"#!/bin/sh\necho '{words}' >&2\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setattr(sandbox.shutil, "which", lambda name: str(fake))
    with Sandbox() as box, pytest.raises(SandboxError) as caught:
        box.preflight()
    assert remedy in str(caught.value) and "\n" not in str(caught.value)


def test_a_project_inside_the_system_is_refused(monkeypatch):
    monkeypatch.setattr(sandbox, "PROJECT", Path("/usr/lib/course"))
    with pytest.raises(SandboxError, match="move it"):
        sandbox.bubblewrap({"/box": Path("/box")})


# --- files


def test_links_and_odd_files_are_not_followed(tmp_path):
    secret = tmp_path / "outside.ipynb"
    secret.write_text(json.dumps(make.notebook(make.SOLUTIONS)))
    root = tmp_path / "class"
    for name in ("linked", "fifo", "folder", "large", "bomb", "two", "preferred"):
        (root / name).mkdir(parents=True)
    (root / "linked/adagrad.ipynb").symlink_to(secret)
    (root / "linked folder").symlink_to(tmp_path)
    os.mkfifo(root / "fifo/adagrad.ipynb")
    (root / "folder/adagrad.ipynb").mkdir()
    with open(root / "large/adagrad.ipynb", "wb") as file:
        file.truncate(submissions.MAX_FILE + 1)
    (root / "bomb/adagrad.ipynb").write_text("[" + "[]," * 1_000_000 + "[]]")
    for place in ("two/a", "two/b", "preferred/a", "preferred/adagrad"):
        (root / place).mkdir()
        (root / place / "adagrad.ipynb").write_text("{}")
    (root / ".hidden").mkdir()
    (root / "__MACOSX").mkdir()
    (root / "notes.txt").write_text("")
    messages = {}
    for found in submissions.find(root, "adagrad"):
        result = grade_one(found, make.EXERCISE, {}, None)
        (message,) = {score.message for score in result.scores}
        assert {score.status for score in result.scores} == {"unreadable"}
        messages[found.student] = message
    assert messages == {
        "linked": "The file is a symbolic link; hand in the file itself.",
        "linked folder": "The student's folder is a symbolic link; hand in a folder.",
        "fifo": "This is not a plain file; hand in the .ipynb file.",
        "folder": "This is not a plain file; hand in the .ipynb file.",
        "large": "The file has more than 25 MB; clear all outputs and hand it in again.",
        "bomb": "The file has too many parts; clear all outputs and hand it in again.",
        "two": "There are 2 files adagrad.ipynb; hand in one.",
        "preferred": "The file is JSON but no notebook; hand in the .ipynb file.",
    }


HOSTILE_NAMES = (
    "plain",
    "Plain",
    "Zoë Müller 李",
    "%..%2f..",
    "=cmd|' calc'!A0",
    "-rf",
    "a\nb",
    "\x1b[2Jred",
    "\u202egnp.exe",
    "<b>&amp;\"'",
    "a,b;c",
    "x" * 200,
    "x" * 199 + "y",
    os.fsdecode(b"latin-\xe9"),
    "{{ 7 * 7 }}",
    "%s%n",
)


def test_hostile_names(tmp_path):
    root, out = tmp_path / "class", tmp_path / "out"
    for name in HOSTILE_NAMES:
        (root / name).mkdir(parents=True)
    found = submissions.find(root, "tiny")
    results = [grade_one(one, TINY, CASES, None) for one in found]
    store(out, TINY, results)
    assert len({one.student for one in found}) == len(HOSTILE_NAMES)
    assert len({one.folder.casefold() for one in found}) == len(HOSTILE_NAMES)
    pages = sorted((out / "feedback").iterdir())
    assert len(pages) == len(HOSTILE_NAMES)
    assert all(re.fullmatch(r"[\w.-]+", page.name) and page.name[0] not in ".-" for page in pages)
    for name in ("grades.csv", "totals.csv"):
        text = (out / name).read_bytes().decode("utf-8")
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202e\ud800-\udfff]", text)
        cells = [cell for row in csv.reader(text.splitlines()) for cell in row]
        assert not any(cell.lstrip()[:1] in tuple("=+-@") for cell in cells)
    everything = "".join(page.read_text("utf-8") for page in (out / "feedback").rglob("*.html"))
    Harmless().feed(everything)
    assert "{{ 7 * 7 }}" in everything and "&lt;b&gt;" in everything and "Zoë" in everything


def test_no_two_students_share_a_name(tmp_path):
    """Not even when one takes the name that another is given."""
    names = ["Ana Li", "ana_li", "O=x", "\x1b", r"\x1b", "=x", "'=x"]
    for _ in range(2):
        for name in names:
            (tmp_path / name).mkdir(exist_ok=True)
        found = submissions.find(tmp_path, "tiny")
        assert len({one.folder.casefold() for one in found}) == len(found) == len(set(names))
        assert len({exports.table((), [(one.student,)]) for one in found}) == len(found)
        names += [one.folder for one in found] + [one.student for one in found]
        names = list(dict.fromkeys(names))


def test_names_that_differ_in_capitals_are_both_marked(tmp_path):
    """Where capitals do not count neither replaces the other's page, and choosing a name gives
    nobody the plain one."""
    for name in ("ANN", "ann", "bob"):
        (tmp_path / name).mkdir()
    found = {one.student: one.folder for one in submissions.find(tmp_path, "tiny")}
    assert list(found) == ["ANN", "ann", "bob"] and found["bob"] == "bob"
    assert re.fullmatch("ANN-[0-9a-f]{8}", found["ANN"])
    assert re.fullmatch("ann-[0-9a-f]{8}", found["ann"])


def test_a_shared_name_stops_before_anything_is_written(tmp_path, monkeypatch):
    for name in ("a b", "a?b"):
        (tmp_path / name).mkdir()
    same = submissions.hashlib.sha256()
    monkeypatch.setattr(submissions.hashlib, "sha256", lambda data: same)
    with pytest.raises(ValueError, match="rename one of the folders 'a b' and 'a[?]b'"):
        submissions.find(tmp_path, "tiny")


def test_files_appear_at_once(tmp_path, monkeypatch):
    path = tmp_path / "grades.csv"
    path.write_text("old")
    monkeypatch.setattr(
        exports.os, "replace", lambda *a: (_ for _ in ()).throw(OSError(28, "full"))
    )
    with pytest.raises(OSError, match=r"full: .*/grades\.csv"):
        exports.write_file(path, "new")
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_what_a_kill_left_half_written_does_not_stay(tmp_path, monkeypatch):
    class Killed(BaseException):
        pass

    def kill(*paths, **options):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(exports.os, "replace", kill)
        patch.setattr(Path, "unlink", kill)
        with pytest.raises(Killed):
            exports.write_file(tmp_path / "grades.csv", "half")
    assert len(list(tmp_path.iterdir())) == 1
    exports.write_file(tmp_path / "grades.csv", "whole")
    assert contents(tmp_path) == {"grades.csv": b"whole"}


def test_the_notebook_of_another_exercise_is_told(tmp_path, box):
    """One that has answers to both is graded."""
    other = replace(TINY, name="other", questions=())
    told = []
    for keys in (["other.1", "other.2"], ["other.1", "tiny.1"]):
        cells = [make.code(f"# answer: {key}\nx = 1") for key in keys]
        path = tmp_path / "tiny.ipynb"
        path.write_text(json.dumps({"nbformat": 4, "metadata": {}, "cells": cells}))
        one = submissions.Submission("a", "a", "tiny", path)
        with known(TINY, other):
            told.append(grade_one(one, TINY, CASES, box).scores[0])
    assert (told[0].status, told[0].points) == ("unreadable", 0)
    assert told[0].message == "This is the notebook of other; hand in that of tiny."
    assert told[1].status == "error"


def test_files_of_other_exercises_are_not_offered(tmp_path, monkeypatch):
    """A student who did not hand in one exercise is not told to rename another."""
    course = ["adagrad", "dummy", "nonesuch", "sum"]
    monkeypatch.setattr(submissions, "names", lambda: course)
    handed_in = {
        "ann": ["adagrad.ipynb", "dummy.ipynb"],
        "bob": ["adagrad.ipynb"],
        "cem": ["adagrad.ipynb", "week 3/Dummy (1).ipynb"],
        "dan": ["Adagrad-dan.ipynb", "nonesuch_final.ipynb"],
        "eve": ["adagrad.ipynb", "homework.ipynb"],
        "fay": ["adagrad/adagrad.ipynb", "adagrad/README.md", "everything.zip", "sum.zip"],
        "gus": ["dummy.ipynb.txt", "dummy.html", "notes.txt"],
    }
    for name, paths in handed_in.items():
        for path in paths:
            (tmp_path / name / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name / path).write_text("{}")
    assert [one.problem for one in submissions.find(tmp_path, "dummy")] == [
        "",
        "There is no dummy.ipynb.",
        "There is no dummy.ipynb, but Dummy (1).ipynb: rename the file and hand it in again.",
        "There is no dummy.ipynb.",
        "There is no dummy.ipynb, but homework.ipynb: rename the file and hand it in again.",
        "There is no dummy.ipynb, but everything.zip: hand in the notebook.",
        "There is no dummy.ipynb, but dummy.html, dummy.ipynb.txt: hand in the notebook.",
    ]
    # "nonesuch_final" names the longest of the exercises whose names are in it.
    monkeypatch.setattr(submissions, "names", lambda: [*course, "none", "such"])
    assert submissions.find(tmp_path, "such")[3].problem == "There is no such.ipynb."
    assert "nonesuch_final.ipynb: rename" in submissions.find(tmp_path, "nonesuch")[3].problem


def summarized(results, out):
    store(out, TINY, results)
    with open(out / "summary.csv", newline="", encoding="utf-8") as file:
        return {(row["exercise"], row["question"]): row for row in csv.DictReader(file)}


def test_the_class_at_a_glance(tmp_path):
    """Means and counts are of the notebooks that could be read; files are counted once each."""

    def result(student, *scores):
        status = "missing" if "There is no" in scores[0].message else ""
        return grade.Result(submissions.Submission(student, student, "tiny", None, status), scores)

    def score(points, status, message="", parts=()):
        return grade.Score("tiny.1", points, 3, status, message, tuple(parts))

    def choice(points, status, message=""):
        return grade.Score("tiny.2", points, 1, status, message)

    def file(status, message):
        return (score(0, status, message), choice(0, status, message))

    both = [PartScore("numbers", 0, 1, "You square."), PartScore("arrays", 0, 2, "You square.")]
    half = [PartScore("numbers", 1, 1), PartScore("arrays", 0, 2, "You square.")]
    results = [
        result("a", score(3, "correct"), choice(1, "correct")),
        result("b", score(0, "wrong", "You square.", both), choice(0, "wrong", "=SUM(1)")),
        result("c", score(1, "partial", "arrays: You square.", half), choice(1, "correct")),
        result("d", score(0, "missing", "No cell."), choice(0, "not done yet", "not done yet")),
        *(result(name, *file("unreadable", "The file is empty.")) for name in "ef"),
        result("g", *file("missing", "There is no tiny.ipynb.")),
    ]
    rows = summarized(results, tmp_path)
    assert list(rows) == [("tiny", "all questions"), ("tiny", "tiny.1"), ("tiny", "tiny.2")]
    everything, first, second = rows.values()
    for row in rows.values():
        assert row["notebooks"] == "4"
    assert (everything["mean_points"], everything["max_points"]) == ("1.50", "4")
    assert (everything["missing"], everything["unreadable"]) == ("1", "2")
    assert (everything["count_1"], everything["message_1"]) == ("2", "The file is empty.")
    assert (everything["count_2"], everything["message_2"]) == ("1", "There is no tiny.ipynb.")
    assert (first["mean_points"], first["max_points"]) == ("1.00", "3")
    counts = {name: int(first[name]) for name in feedback.WORDS if first[name] != "0"}
    assert counts == {"correct": 1, "partial": 1, "wrong": 1, "missing": 1}
    assert [first[f"{what}_{i}"] for i in (1, 2, 3) for what in ("count", "message")] == (
        ["2", "You square.", "1", "No cell.", "", ""]
    )
    assert second["mean_points"] == "0.50" and second["not done yet"] == "1"
    assert second["message_1"] == "'=SUM(1)" and second["message_2"] == ""
    nobody = summarized(results[-1:], tmp_path)["tiny", "tiny.1"]
    assert (nobody["notebooks"], nobody["mean_points"]) == ("0", "")


# --- the command line


@pytest.fixture
def two(tmp_path, monkeypatch):
    """A course of two tiny exercises, without a sandbox: Ann hands in both, Bob the first."""
    course = {"one": _renamed("one"), "other": _renamed("other")}
    monkeypatch.setattr(questions, "names", lambda: list(course))
    monkeypatch.setattr(questions, "load", course.__getitem__)
    monkeypatch.setattr(submissions, "names", lambda: list(course))
    for who, exercises in {"ann": course, "=bob": ["one"]}.items():
        for name in exercises:
            cells = [make.code(f"# answer: {name}.1\ndef double(x):\n    return 2 * x")]
            path = tmp_path / "in" / who / f"{name}.ipynb"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps({"nbformat": 4, "cells": cells}))
    return tmp_path / "in", tmp_path / "out"


def _renamed(name) -> Exercise:
    parts = (replace(one, key=one.key.replace("tiny", name)) for one in TINY.questions)
    return replace(TINY, name=name, title=name, questions=tuple(parts))


def run(*arguments, status=0):
    assert main(["grade", *map(str, arguments), "--seed", str(SEED), "--workers", "1"]) == status


def totals(out):
    """What totals.csv says: student, exercise, points/of."""
    with open(out / "totals.csv", newline="", encoding="utf-8") as file:
        return [
            f"{row['student']},{row['exercise']},{row['points']}/{row['max_points']}"
            for row in csv.DictReader(file)
        ]


def test_exercises_of_one_folder(two, capsys):
    folder, out = two
    run(folder, "--out", out)
    assert totals(out) == ["'=bob,one,3/4", "'=bob,other,0/4", "ann,one,3/4", "ann,other,3/4"]
    assert "There is no other.ipynb.,\n" in (out / "grades.csv").read_text()


def test_grading_one_exercise_keeps_the_others(two, tmp_path):
    """Whether graded together, one after the other or again: the same bytes."""
    folder, out = two
    run(folder, "--out", out)
    together = contents(out)
    apart = tmp_path / "apart"
    for name in ("other", "one", "one"):
        run(folder, "--out", apart, "--exercise", name)
    assert contents(apart) == together
    assert b"other,other.1,1,3.00,3" in together["summary.csv"]
    shutil.rmtree(folder / "=bob")
    run(folder, "--out", apart, "--exercise", "one")
    assert totals(apart) == ["'=bob,other,0/4", "ann,one,3/4", "ann,other,3/4"]


@pytest.fixture
def classroom(tmp_path):
    """Three members of the class in a folder, and a folder that does not exist yet."""
    for name in ("right", "blank", "=HYPERLINK(evil)"):
        (tmp_path / "in" / name).mkdir(parents=True)
        (tmp_path / "in" / name / "adagrad.ipynb").write_text(
            make.CLASS[name].files["adagrad.ipynb"]
        )
    return tmp_path / "in", tmp_path / "out"


def test_grade_a_folder(classroom, capsys):
    folder, out = classroom
    assert main(["grade", str(folder), "--out", str(out), "--workers", "2"]) == 0
    said = capsys.readouterr()
    assert said.out == (
        f"3 graded; wrote grades.csv, totals.csv, summary.csv and feedback/ in {out}\n"
        f"what to teach again: {out}/report.html\n"
    )
    assert "3/3" in said.err
    assert totals(out) == [
        f"'=HYPERLINK(evil),adagrad,{make.SECOND.points}/{POINTS}",
        f"blank,adagrad,0/{POINTS}",
        f"right,adagrad,{POINTS}/{POINTS}",
    ]
    assert stat.S_IMODE((out / "gradebook.sqlite").stat().st_mode) == 0o600
    with Gradebook(out) as book:
        seed = book.seed("adagrad")
    first = contents(out)
    assert len(first) == 6
    assert main(["grade", str(folder), "--out", str(out), "--workers", "1"]) == 0
    assert contents(out) == first  # the stored seed is used again
    other = out.with_name("other")
    assert main(["grade", str(folder), "--out", str(other), "--seed", str(seed)]) == 0
    assert contents(other) == first
    assert main(["grade", str(folder), "--out", str(out), "--seed", str(seed + 1)]) == 2
    assert "leave --seed out or use another --out" in capsys.readouterr().err


def test_without_the_sandbox_only_when_asked(classroom, capsys, monkeypatch):
    folder, out = classroom
    monkeypatch.setattr(sandbox.shutil, "which", lambda name: None)
    shutil.rmtree(folder / "=HYPERLINK(evil)")
    assert main(["grade", str(folder), "--out", str(out)]) == 2
    assert capsys.readouterr().err == (
        "error: bubblewrap is not installed, and submissions are not run without it: "
        "sudo apt-get install bubblewrap\n"
    )
    assert not out.exists()
    assert main(["grade", str(folder), "--out", str(out), "--unsafe"]) == 0
    assert "WARNING: --unsafe runs the students' code without a sandbox" in capsys.readouterr().err
    assert f"right,adagrad,{POINTS}/{POINTS}" in totals(out)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{empty}"], "has no student folders; expected"),
        (["{nowhere}"], "is not a folder; give the folder"),
        (["{file}"], "is not a folder; give the folder"),
        (["{folder}", "--exercise", "nonesuch"], "unknown exercise 'nonesuch'; known exercises: "),
        (["{folder}", "--seed", "0"], "0 is that of public checks"),
        (["{folder}", "--workers", "0"], "at least 1 is needed"),
        (["{bare}"], f"has no notebook of a known exercise ({', '.join(names())})"),
        (["{folder}", "--out", "{folder}/out"], "lies in the submissions folder"),
        (["{folder}", "--out", "{taken}"], "taken is a file; choose a folder"),
        (["{folder}", "--out", "{taken}/out"], "taken is a file; choose a folder"),
    ],
)
def test_bad_input_gives_one_line_and_writes_nothing(classroom, capsys, arguments, message):
    folder, out = classroom
    places = {"folder": folder, "empty": out.with_name("empty"), "bare": out.with_name("bare")}
    places |= {"nowhere": out.with_name("nowhere"), "file": folder / "right/adagrad.ipynb"}
    places["empty"].mkdir()
    places["taken"] = out.with_name("taken")
    places["taken"].write_text("")
    (places["bare"] / "someone").mkdir(parents=True)
    before = contents(folder.parent)
    arguments = [argument.format(**places) for argument in arguments]
    assert main(["grade", "--out", str(out), *arguments]) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: ") and said.count("\n") == 1 and message in said
    assert not out.exists() and contents(folder.parent) == before


def test_folders_without_rights_are_told(classroom, capsys, monkeypatch):
    folder, out = classroom
    with monkeypatch.context() as patch:
        patch.setattr(os, "access", lambda *a, **k: False)
        assert main(["grade", str(folder), "--out", str(out)]) == 2
    said = capsys.readouterr().err
    assert said == f"error: --out {out}: you may not write to {out.parent}; choose another folder\n"

    real = os.scandir

    def refuse(path):
        if path == folder:
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert main(["grade", str(folder), "--out", str(out)]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"error: {folder} cannot be read (Permission denied); ")
    assert said.count("\n") == 1 and not out.exists()


def test_a_file_that_is_no_gradebook_is_told(classroom, capsys):
    folder, out = classroom
    out.mkdir()
    for content in (b"student,points\n" * 300, b"SQLite format 3\0" + bytes(4080)):
        (out / "gradebook.sqlite").write_bytes(content)
        assert main(["grade", str(folder), "--out", str(out)]) == 2
        said = capsys.readouterr().err
        assert said.endswith("gradebook.sqlite is no gradebook of this grader; move it away\n")
        assert contents(out, everything=True) == {"gradebook.sqlite": content}


def test_help_names_the_commands():
    done = subprocess.run(
        [sys.executable, "-m", "exercises"], capture_output=True, text=True, cwd=make.ROOT
    )
    assert done.returncode == 0 and "grade a folder of submitted notebooks" in done.stdout
