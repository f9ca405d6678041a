"""A class through the gradebook: attempts and dates, deaths and resumption, regrading, exports."""

import csv
import json
import os
import shutil
import signal
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from exercises import __main__ as commandline
from exercises import questions
from exercises.__main__ import main
from exercises.grader import classroom, exports, grade, submissions
from exercises.grader import run as runner
from exercises.grader.gradebook import Gradebook, Manual, versions
from exercises.grader.submissions import ROSTER, Policy, Submission, find, moment, table
from exercises.questions import PartScore, Score
from tests.attacks.tiny import SEED, TINY, notebook
from tests.grading import known

DUE = datetime(2026, 11, 30, 12, tzinfo=UTC)
ANSWERS = {name: f"def double(x):\n    return {k} * x" for k, name in enumerate("abcdefgh")}


@pytest.fixture
def students(tmp_path):
    """Eight students, of whom c alone is right."""
    for name, source in ANSWERS.items():
        (tmp_path / "in" / name).mkdir(parents=True)
        (tmp_path / "in" / name / "tiny.ipynb").write_text(notebook(source))
    return tmp_path / "in"


def run(folder, out, *options, exercise=TINY, status=0):
    with known(exercise):
        command = ["grade", str(folder), "--out", str(out), "--seed", str(SEED), *options]
        assert main(command) == status


def rows(out, name="grades.csv"):
    with open(out / name, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


# --- attempts and dates


def attempt(time):
    return Submission("ann", "ann", "tiny", None, time=time)


@pytest.mark.parametrize(
    ("policy", "counts", "days"),
    [
        (Policy(), "2026-12-02T11:00:00Z", 0),
        (Policy(DUE), "2026-11-30T12:00:00Z", 0),
        (Policy(DUE, penalty=10), "2026-12-02T11:00:00Z", 2),
        (Policy(DUE, {"ann": moment("2026-12-01 13:00")}), "2026-12-01T13:00:00Z", 0),
    ],
)
def test_which_attempt_counts(policy, counts, days):
    times = ["2026-12-01T13:00:00Z", "2026-11-30T12:00:00Z", "2026-12-02T11:00:00Z"]
    (one,) = [one for one in policy.apply([attempt(time) for time in times]) if one.counts]
    assert (one.time, one.days_late) == (counts, days)


def test_nothing_in_time():
    (one,) = Policy(DUE).apply([attempt("2026-11-30T12:00:01Z")])
    assert one.status == "missing" and "after the due date" in one.problem


@pytest.mark.parametrize("text", ["2026-11-30", "tomorrow", "2026-13-01T00:00", "12:00"])
def test_what_is_no_time(text):
    with pytest.raises(ValueError, match="is no time"):
        moment(text)


def test_attempts_in_folders(tmp_path):
    for time, source in {"2026-11-29T08-00": "x = 1", "20261130T235959": "x = 2"}.items():
        (tmp_path / "ann" / time).mkdir(parents=True)
        (tmp_path / "ann" / time / "tiny.ipynb").write_text(notebook(source))
    old, new = find(tmp_path, "tiny", roster=["ann"])
    assert (old.time, old.counts) == ("2026-11-29T08:00:00Z", False)
    assert (new.time, new.counts) == ("2026-11-30T23:59:59Z", True)
    (absent,) = [one for one in find(tmp_path, "tiny", roster=["bob"]) if one.student == "bob"]
    assert (absent.status, absent.problem) == ("missing", "Nothing was handed in.")


def test_folders_with_an_impossible_time_are_no_attempts(tmp_path):
    """They stop nobody's class, whoever named them."""
    for student, time in {"ann": "2026-13-01T10-00", "bob": "0001-01-01T00-00+23:59"}.items():
        (tmp_path / student / time).mkdir(parents=True)
        (tmp_path / student / time / "tiny.ipynb").write_text(notebook())
    assert [(one.time, one.status) for one in find(tmp_path, "tiny")] == [("", "")] * 2


def test_two_attempts_of_one_time_are_told(tmp_path):
    """Neither takes the other's place in the gradebook."""
    for time in ("2026-11-30T10-00", "20261130T1000", "2026-11-29T10-00"):
        (tmp_path / "ann" / time).mkdir(parents=True)
        (tmp_path / "ann" / time / "tiny.ipynb").write_text(notebook())
    (one,) = find(tmp_path, "tiny")
    assert (one.path, one.status) == (None, "unreadable")
    assert one.problem == "There are 2 attempts of 2026-11-30T10:00:00Z; hand in one."


def test_a_manifest_stays_in_its_folder(tmp_path):
    manifest = [
        {"student": "ann", "time": "2026-11-30T10:00", "file": "a/tiny.ipynb", "exercise": "tiny"},
        {"student": "bob", "time": "2026-11-30T10:00", "file": "../x.ipynb", "exercise": "tiny"},
    ]
    ann, bob = find(tmp_path, "tiny", manifest=manifest)
    assert ann.path == tmp_path / "a/tiny.ipynb"
    assert (bob.path, bob.status) == (None, "unreadable")


def test_a_late_penalty_takes_points_of_the_total(tmp_path, students):
    (students / "c" / "2026-12-01T13:00").mkdir()
    (students / "c/tiny.ipynb").rename(students / "c/2026-12-01T13:00/tiny.ipynb")
    out = tmp_path / "out"
    run(students, out, "--due", "2026-11-30T12:00", "--late-penalty", "25")
    (late,) = [row for row in rows(out, "totals.csv") if row["student"] == "c"]
    assert (late["points"], late["days_late"], late["total"]) == ("4", "2", "2")


@pytest.mark.parametrize(
    ("table", "options", "said"),
    [
        ("", ["--due", "30.11.2026"], "--due: '30.11.2026' is no time; write it as 2026-"),
        ("", ["--late-penalty", "10"], "--late-penalty needs a due date: add --due"),
        ("student,due\na,1.12.2026\n", ["--extensions"], "x.csv, a: '1.12.2026' is no time"),
        ("student,name\na,Ann\nb,Bo\na,Al\n", ["--roster"], "x.csv has 2 rows for a; leave one"),
        ("student,time,file\na,now,x\n", ["--manifest"], "x.csv, a: 'now' is no time"),
        (
            "student,time,file,exercise\na,2026-11-30T12:00,x.ipynb,adm\n",
            ["--manifest"],
            "unknown exercise 'adm'; known exercises: gradient_descent,",
        ),
    ],
)
def test_a_slip_in_dates_or_names_is_told_with_its_place(
    tmp_path, students, capsys, table, options, said
):
    path = tmp_path / "x.csv"
    path.write_text(table)
    options = [*options, str(path)] if table else options
    assert main(["grade", str(students), "--out", str(tmp_path / "out"), *options]) == 2
    told = capsys.readouterr().err
    assert said in told and told.count("\n") == 1 and not (tmp_path / "out").exists()


def test_an_instructors_table_is_read_or_told(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("\ufeffStudent,due\nann, x \n\n")
    assert table(path, ("student",), ("due", "name")) == [
        {"student": "ann", "due": "x", "name": ""}
    ]
    path.write_text("student,due\nann\n")
    with pytest.raises(ValueError, match=r"row 2: 1 cells, the header has 2; .* between quotes"):
        table(path, ("student",))
    path.write_text("student;due\nann;x\n")
    with pytest.raises(ValueError, match=r"first line is 'student;due'; .* with commas between"):
        table(path, ("student",))


def test_a_roster_finds_names_whose_accents_stand_apart(tmp_path):
    """As a Mac writes them. A student who takes another's name so gets a marked one."""
    apart, together = "Zoe\u0308", "Zo\u00eb"
    (tmp_path / "class" / apart).mkdir(parents=True)
    (tmp_path / "roster.csv").write_text(f"student\n{apart}\n", "utf-8")
    [row] = table(tmp_path / "roster.csv", ("student",))
    [one] = find(tmp_path / "class", "tiny", roster=[row["student"]])
    assert one.student == row["student"] == together
    assert one.problem == "There is no tiny.ipynb."
    (tmp_path / "class" / together).mkdir()
    two = [one.student for one in find(tmp_path / "class", "tiny", roster=[together])]
    assert two[0] == together and two[1].startswith(f"{together} (")


# --- nothing lost


class Killed(BaseException):
    pass


@pytest.mark.parametrize("after", [1, 4, 7])
def test_a_run_that_was_stopped_goes_on(tmp_path, students, monkeypatch, after):
    """Whenever it is stopped, the files are those of a run that nothing disturbed."""
    run(students, tmp_path / "whole")
    real, added = Gradebook.add, []

    def add(book, run, result, digest):
        if len(added) == after:
            raise Killed
        added.append(result.submission.student)
        real(book, run, result, digest)

    out = tmp_path / "stopped"
    with monkeypatch.context() as patch:
        patch.setattr(Gradebook, "add", add)
        with pytest.raises(Killed):
            run(students, out)
    assert not (out / "grades.csv").exists()
    again = []
    monkeypatch.setattr(Gradebook, "add", lambda *a: again.append(a[2]) or real(*a))
    run(students, out, "--resume")
    assert sorted(added + [one.submission.student for one in again]) == list(ANSWERS)
    (tmp_path / "whole/report.html").unlink()  # it tells times
    for path in (tmp_path / "whole").rglob("*.[ch][st][vm]*"):
        assert path.read_bytes() == (out / path.relative_to(tmp_path / "whole")).read_bytes()


def test_a_resumed_run_has_the_same_settings(tmp_path, students, monkeypatch, capsys):
    with monkeypatch.context() as patch:
        patch.setattr(exports, "write", lambda *a: (_ for _ in ()).throw(OSError("full")))
        run(students, tmp_path / "out", status=2)
    run(students, tmp_path / "out", "--resume", "--cpu", "2", status=2)
    assert "to resume had other limits, due dates or questions" in capsys.readouterr().err
    with monkeypatch.context() as patch:
        patch.setattr(commandline, "versions", lambda *a: versions(*a) | {"questions": "new"})
        run(students, tmp_path / "out", "--resume", status=2)
    assert "to resume had other limits, due dates or questions" in capsys.readouterr().err


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_worker_that_dies_takes_nobody_along(tmp_path, students, monkeypatch, capsys, workers):
    """The submission that kills each worker is not graded; all others are. It alone is left to
    resume, and then the run is as good as one that nothing disturbed."""
    run(students, tmp_path / "whole")
    capsys.readouterr()
    real = grade.grade_notebook

    def deadly(submission, *rest):
        if submission.student == "d":
            os.kill(os.getpid(), signal.SIGKILL)
        return real(submission, *rest)

    monkeypatch.setattr(runner, "grade_notebook", deadly)
    out = tmp_path / "out"
    run(students, out, "--workers", workers, status=1)
    told = capsys.readouterr()
    assert "d: not graded: a worker process died" in told.err
    assert told.out.startswith("7 graded, 1 not graded; wrote")
    statuses = {row["student"]: row["status"] for row in rows(out) if row["question"] == "tiny.1"}
    assert statuses == {name: "wrong" for name in "abdefgh"} | {"c": "correct", "d": "not graded"}
    monkeypatch.setattr(runner, "grade_notebook", real)
    add, again = Gradebook.add, []
    monkeypatch.setattr(Gradebook, "add", lambda *a: again.append(a[2]) or add(*a))
    run(students, out, "--workers", workers, "--resume")
    assert [one.submission.student for one in again] == ["d"]
    assert (out / "grades.csv").read_bytes() == (tmp_path / "whole/grades.csv").read_bytes()


def become_a_folder(path):
    path.unlink()
    path.mkdir()


def be_in_a_link(path):
    path.parent.rename(path.parent.with_name("real"))
    path.parent.symlink_to("real")


def become_a_link(path):
    path.rename(path.with_name("real"))
    path.symlink_to("real")


@pytest.mark.parametrize(
    ("happen", "status", "message"),
    [
        (os.unlink, "not graded", "the file cannot be opened: No such file"),
        (lambda path: shutil.rmtree(path.parent), "not graded", "cannot be opened: No such file"),
        (become_a_folder, "unreadable", "This is not a plain file"),
        (become_a_link, "unreadable", "The file is a symbolic link"),
        (be_in_a_link, "unreadable", "A folder on the way is a symbolic link"),
    ],
    ids=["no file", "no folder", "a folder", "a link", "in a link"],
)
def test_a_file_that_changes_once_it_was_found(
    tmp_path, students, monkeypatch, capsys, happen, status, message
):
    """What is the machine's fault is told and not graded; all others are graded."""
    real = classroom.read

    def read(path):
        if path.parent.name == "e":
            happen(path)
        return real(path)

    monkeypatch.setattr(classroom, "read", read)
    out = tmp_path / "out"
    run(students, out, status=1 if status == "not graded" else 0)
    statuses = {row["student"]: row["status"] for row in rows(out) if row["question"] == "tiny.1"}
    assert statuses == {name: "wrong" for name in "abdfgh"} | {"c": "correct", "e": status}
    (told,) = {row["message"] for row in rows(out) if row["student"] == "e"}
    assert message in told
    assert ("e: the file cannot" in capsys.readouterr().err) == (status == "not graded")


def test_a_folder_that_vanishes_once_it_was_listed(tmp_path, students, monkeypatch, capsys):
    listed = submissions.students

    def list_and_lose(root):
        names = listed(root)
        shutil.rmtree(root / "e")
        return names

    monkeypatch.setattr(submissions, "students", list_and_lose)
    run(students, tmp_path / "out", status=1)
    assert "e: The folder cannot be read: No such file" in capsys.readouterr().err
    assert len(rows(tmp_path / "out", "totals.csv")) == len(ANSWERS)


def test_a_gradebook_gives_back_what_it_took(tmp_path):
    """Each result with its own attempts, name and decisions, in queries over the whole class."""
    students = [f"s{i:02}" for i in range(20)]
    with Gradebook(tmp_path, create=True) as book:
        book.set_roster([dict.fromkeys(ROSTER, "Seven") | {"student": "s07"}])
        book.decide(
            [
                ("s07", "tiny", "tiny.1", 2.0, "seen"),
                ("s08", "other", "tiny.1", 3.0, "of another exercise"),
                ("s075", "tiny", "tiny.1", 1.0, "of nobody here"),
            ]
        )
        stored(book, [made("s01", points=0), older("s08", "t00")])  # another run
        run = stored(book, [*(made(name) for name in reversed(students)), older("s08", "t0")])
        queries = []
        book._db.set_trace_callback(queries.append)
        found = list(book.graded(run))
        assert len(queries) < 10
    assert [one.result for one in found] == [made(name) for name in students]
    assert {one.result.submission.student: one.others for one in found if one.others} == {
        "s08": ("t0",)
    }
    (seven,) = [one for one in found if one.manual]
    assert seven.manual == {"tiny.1": Manual(2.0, "seen")}
    assert seven.person == dict.fromkeys(ROSTER, "Seven") | {"student": "s07"}
    others = {tuple(one.person.values())[1:] for one in found if one is not seven}
    assert others == {("",) * (len(ROSTER) - 1)}


def made(name, points=1):
    """A result of the tiny exercise in which everything says whose it is; s00 has no notebook."""
    one = Submission(name, f"{name}'s folder", "tiny", Path(name), time=f"t{name}", days_late=1)
    if name == "s00":
        one = replace(one, path=None, status="missing", problem="Nothing was handed in.")
        return grade.without_notebook(one, TINY, one.status, one.problem)
    first = PartScore("numbers", points, 1, "", ("right", "right"))
    second = PartScore("arrays", 0, 2, f"hint for {name}", ("wrong value",) * 12)
    answer = PartScore("answer", 1, 1, "", ("right",))
    scores = (
        Score("tiny.2", 1, 1, "correct", "", (answer,)),
        Score("tiny.1", points, 3, "partial", f"arrays: hint for {name}", (first, second)),
    )
    sources, notes = {"tiny.1": f"# {name}"}, {"tiny.2": f"a note for {name}"}
    return grade.Result(one, scores, sources, notes, spent={"tiny.1": 0.5, "tiny.2": 0.25})


def older(name, time):
    return grade.Result(Submission(name, name, "tiny", None, time=time, counts=False), ())


def stored(book, results) -> int:
    run = book.begin("tiny", 1, {"penalty": 10}, {})
    for result in results:
        book.add(run, result, "digest")
    book.finish(run)
    return run


def test_a_gradebook_of_the_first_version_is_taken_over(tmp_path):
    with Gradebook(tmp_path, create=True) as book:
        run = stored(book, [made("s01")])
        book._db.execute("ALTER TABLE score DROP COLUMN seconds")
        book._db.execute("ALTER TABLE submission ADD COLUMN seconds REAL NOT NULL DEFAULT 9")
        book._db.execute("PRAGMA user_version = 1")
    for _ in range(2):
        with Gradebook(tmp_path) as book:
            (one,) = book.graded(run)
        assert one.result == replace(made("s01"), spent={})


def test_hidden_folders_are_named(tmp_path, students, capsys):
    """A student may be called so; what programs leave behind is nobody."""
    for name in (".eve", ".ipynb_checkpoints", "__MACOSX"):
        (students / name).mkdir()
    (students / ".DS_Store").write_text("")
    run(students, tmp_path / "out")
    said = capsys.readouterr().err.splitlines()
    assert said[0].startswith(".eve: passed over, as its name begins with a dot; rename")
    assert [line for line in said if "passed over" in line] == said[:1]
    assert len(rows(tmp_path / "out", "totals.csv")) == len(ANSWERS)


def test_notebooks_in_nobodys_folder_are_named(tmp_path, students, capsys):
    (students / "tiny.ipynb").write_text(notebook())
    run(students, tmp_path / "out")
    said = "tiny.ipynb: passed over, as it is in no student's folder; --manifest says whose"
    assert capsys.readouterr().err.startswith(said)
    (students / "Tiny (1).ipynb").write_text(notebook())
    run(students, tmp_path / "out")
    assert "Tiny (1).ipynb: passed over, as it is in no student's folder (and 1 more);" in (
        capsys.readouterr().err
    )


def test_names_that_fit_to_nobody_are_told(tmp_path, students, capsys):
    roster, longer = tmp_path / "roster.csv", tmp_path / "longer.csv"
    roster.write_text("student\n" + "\n".join("abcdefz"))
    longer.write_text("student,due\nz,2026-12-01T12:00\nzz,2026-12-01T12:00\n")
    run(students, tmp_path / "out", "--extensions", str(longer), "--roster", str(roster))
    said = capsys.readouterr().err.splitlines()
    assert said[0] == f"g, h: not in {roster}; is the name misspelled?"
    assert said[1] == f"zz: not in {students} or the roster; is the name misspelled?"


def test_a_timeout_is_told_whatever_else_passed(tmp_path, students):
    loop = "import numpy as np\ndef double(x):\n    while np.ndim(x): pass\n    return 2 * x"
    (students / "a/tiny.ipynb").write_text(notebook(loop))
    run(students, tmp_path / "out", "--cpu", "1")
    row = rows(tmp_path / "out")[0]
    assert (row["points"], row["status"]) == ("1", "timeout")
    assert row["message"].startswith("arrays: The answer took too long and was stopped")


def test_one_replaced_run_is_kept(tmp_path, students):
    out = tmp_path / "out"
    runs = []
    for _ in range(4):
        run(students, out)
        with Gradebook(out) as book:
            runs.append(book.current("tiny"))
    with closing(sqlite3.connect(Gradebook.place(out))) as db:
        kept = db.execute("SELECT id, state FROM run ORDER BY id").fetchall()
        assert kept == [(runs[2], "replaced"), (runs[3], "current")]
        tables = {"submission": "run", "score": "submission", "part": "submission"}
        for table, to in {**tables, "call": "submission"}.items():
            orphans = f"SELECT * FROM {table} WHERE {to} NOT IN (SELECT id FROM {to})"
            assert db.execute(orphans).fetchall() == []


# --- after grading


@pytest.fixture(scope="module")
def by_hand(tmp_path_factory):
    """The results of a class of one."""
    folder = tmp_path_factory.mktemp("by hand")
    (folder / "in/a").mkdir(parents=True)
    (folder / "in/a/tiny.ipynb").write_text(notebook(ANSWERS["a"]))
    run(folder / "in", folder / "out")
    return folder / "out"


def changed() -> object:
    """The exercise after its question was found to be wrong: three times, not twice."""
    first, second = TINY.questions
    return replace(TINY, questions=(replace(first, reference=lambda x: 3 * x), second))


def test_grading_again_tells_what_it_changed(tmp_path, students, capsys):
    out = tmp_path / "out"
    run(students, out)
    assert "graded before" not in capsys.readouterr().out
    (students / "c/tiny.ipynb").write_text(notebook(ANSWERS["d"]))
    shutil.rmtree(students / "a")
    run(students, out)
    assert "tiny was graded before: 0 answers gain, 1 lose points\n" in capsys.readouterr().out
    run(students, out)
    assert "tiny was graded before: 0 answers gain, 0 lose points\n" in capsys.readouterr().out


def test_regrading_shows_before_it_writes(tmp_path, students, capsys):
    out = tmp_path / "out"
    run(students, out)
    before = rows(out)
    grade.prepared.cache_clear()
    try:
        with known(changed()):
            assert main(["regrade", "--out", str(out)]) == 0
            said = capsys.readouterr().out
            assert "c  tiny.1  3 -> 0  -3\nd  tiny.1  0 -> 3  +3\n" in said
            assert "1 answers gain, 1 lose points" in said and rows(out) == before
            assert main(["regrade", "--out", str(out), "--write"]) == 0
    finally:
        grade.prepared.cache_clear()
    points = {row["student"]: row["points"] for row in rows(out, "totals.csv")}
    assert (points["c"], points["d"]) == ("1", "4")


def adjust(out, *rows, status=0):
    """Take in these rows of points and comments; gives the table's path."""
    path = out.parent / "by hand.csv"
    path.write_text("\n".join(["student,exercise,question,points,comment", *rows]))
    with known(TINY):
        assert main(["adjust", str(path), "--out", str(out)]) == status
    return path


def test_what_was_decided_by_hand_stays(tmp_path, students):
    out = tmp_path / "out"
    run(students, out)
    adjust(out, "a,tiny,tiny.1,2.5,=nice try")
    run(students, out)
    row = rows(out)[0]
    assert (row["student"], row["points"], row["comment"]) == ("a", "2.5", "'=nice try")
    assert rows(out, "totals.csv")[0]["points"] == "3.5"
    page = (out / "feedback/a/tiny.html").read_text("utf-8")
    assert "given by hand" in page and "=nice try" in page
    adjust(out, "a,tiny,tiny.1,4,", status=2)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("ann,tiny,tiny.1,2,", "no submission of ann to tiny; write both as in totals.csv"),
        ("a,tiny,1,2,", "tiny has no question '1'; it has tiny.1, tiny.2"),
        ("a,tiny,,2,", "points are for a question; name it, as tiny.1"),
        ('a,tiny,tiny.1,"2,5",', "'2,5' points for tiny.1; use a number from 0 to 3, with a"),
        ("a,tiny,tiny.1,4,", "'4' points for tiny.1; use a number from 0 to 3, with a decimal"),
        ("a,tiny,tiny.1,nan,", "'nan' points for tiny.1; use a number from 0 to 3"),
    ],
)
def test_a_slip_in_points_by_hand_is_told_with_its_remedy(by_hand, capsys, row, said):
    path = adjust(by_hand, row, status=2)
    told = capsys.readouterr().err
    assert told.startswith(f"error: {path}, row 2: {said}") and told.count("\n") == 1


def test_gradescope_gets_what_was_decided_by_hand(tmp_path, students):
    out = tmp_path / "out"
    run(students, out)
    adjust(out, "a,tiny,tiny.1,3,Right after all", "a,tiny,,,Nice", "c,tiny,tiny.1,1,Copied")
    with known(TINY):
        assert main(["export", "gradescope", "--out", str(out)]) == 0
    a, c = (json.loads((out / f"gradescope/{name}/tiny.json").read_text()) for name in "ac")
    assert (a["output"], a["tests"][0]["status"]) == ("Nice", "passed")
    assert a["tests"][0]["output"].endswith("\nRight after all")
    assert (c["tests"][0]["status"], c["tests"][0]["output"]) == ("failed", "Correct\nCopied")


def test_a_comment_by_hand_is_in_no_anonymous_table(tmp_path, students):
    out = tmp_path / "out"
    run(students, out)
    adjust(out, "a,tiny,tiny.1,2,Well done Ann")
    with known(TINY):
        for options in ([], ["--anonymous"]):
            to = ["--to", str(out / "x"), *options]
            assert main(["export", "csv", "--out", str(out), *to]) == 0
            given = {row["comment"] for row in rows(out / "x") if row["points"] == "2"}
            assert given == ({""} if options else {"Well done Ann"})


def test_exports(tmp_path, students, capsys):
    out, roster = tmp_path / "out", tmp_path / "roster.csv"
    roster.write_text("student,name,login\nc,Chen,chen1\nzoe,Zoe,zoe1\n")
    run(students, out, "--roster", str(roster))
    with known(TINY):
        for kind in exports.FORMATS:
            assert main(["export", kind, "--out", str(out)]) == 0
        assert (
            main(["export", "csv", "--out", str(out), "--anonymous", "--to", str(out / "x")]) == 0
        )
        assert main(["export", "canvas", "--out", str(out), "--anonymous"]) == 2
    canvas = {row["Student"]: row for row in rows(out / "canvas", "canvas.csv")}
    assert canvas["    Points Possible"]["Tiny"] == "4"
    assert (canvas["Chen"]["Tiny"], canvas["Chen"]["SIS Login ID"]) == ("4", "chen1")
    assert canvas["Zoe"]["Tiny"] == "0"
    statuses = {row["student"]: row["status"] for row in rows(out, "totals.csv")}
    assert statuses == {**dict.fromkeys(ANSWERS, "graded"), "zoe": "missing"}
    moodle = {row["Username"]: row["Tiny"] for row in rows(out / "moodle", "moodle.csv")}
    assert moodle["chen1"] == "4" and moodle["a"] == "1"
    result = json.loads((out / "gradescope/c/tiny.json").read_text())
    assert (result["score"], [test["score"] for test in result["tests"]]) == (4, [3, 1])
    hidden = (out / "x/grades.csv").read_text() + (out / "x/totals.csv").read_text()
    assert "Chen" not in hidden and "\nstudent-" in hidden
    assert questions.names()  # the real course again


def test_a_question_that_was_dropped_stays_in_the_grades(tmp_path, students):
    """The results of the run that counts still have it; the class at a glance has no row for it."""
    out = tmp_path / "out"
    run(students, out)
    with known(replace(TINY, questions=TINY.questions[:1])), Gradebook(out) as book:
        exports.write(book, out, {"tiny": book.current("tiny")})
        exports.write_feedback(book, out / "feedback", {"tiny": book.current("tiny")})
    assert [row["question"] for row in rows(out)[:2]] == ["tiny.1", "tiny.2"]
    assert [row["question"] for row in rows(out, "summary.csv")] == ["all questions", "tiny.1"]
