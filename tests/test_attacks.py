"""The collection of hostile submissions, graded as one class with a few honest students in it."""

import csv
import html
import os
import re
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from exercises.grader import feedback, submissions
from exercises.grader.sandbox import Sandbox
from tests.attacks import collection
from tests.attacks.tiny import CASES, LIMITS, TINY, notebook
from tests.grading import USER, as_ordinary_user, said

ATTACKS = collection.collect()
ROOT = os.geteuid() == 0


def by_name(attack) -> str:
    return f"{attack.path.parents[1].name}/{attack.family}/{attack.path.stem}"


@dataclass(frozen=True)
class Class:
    """Students' folders: of all (`graded`), and of the attacks by `by_name` (`folders`)."""

    graded: dict
    folders: dict
    out: Path
    rows: dict  # of grades.csv, by the student's name as it is shown without apostrophes
    before: dict
    after: dict


def rows_of(out):
    found = {}
    with open(out / "grades.csv", newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["student"].replace("'", ""), []).append(row)
    return found


def graded_class(base, attacks) -> Class:
    with collection.surroundings(base) as known:
        folders = {by_name(attack): collection.hand_in(attack, known) for attack in attacks}
        before = collection.snapshot(base)
        graded = collection.grade_everybody(base / "class", base / "out")
        after = collection.snapshot(base)
    return Class(graded, folders, base / "out", rows_of(base / "out"), before, after)


@pytest.fixture(scope="module")
def attacked(tmp_path_factory):
    return graded_class(tmp_path_factory.mktemp("attacked"), ATTACKS)


@pytest.fixture(scope="module")
def peaceful(tmp_path_factory):
    return graded_class(tmp_path_factory.mktemp("peaceful"), [])


@pytest.fixture(scope="module")
def unsafe():
    with Sandbox(LIMITS, unsafe=True) as box:
        yield box


@pytest.mark.parametrize("attack", ATTACKS, ids=by_name)
def test_an_attack_gets_what_it_deserves(attacked, attack):
    """The score of an honest reader, a row and a page that say what happened, in its time."""
    one = attacked.graded[attacked.folders[by_name(attack)]]
    scores = {score.key: (score.status, score.points) for score in one.result.scores}
    messages = {score.key: score.message for score in one.result.scores}
    assert scores == attack.then, messages
    for key, (status, _) in scores.items():
        assert (messages[key] == "") == (status == "correct")
        assert "\n" not in messages[key]
    student = one.result.submission.student
    rows = attacked.rows[student.replace("'", "")]
    assert [(row["question"], row["status"], int(row["points"])) for row in rows] == [
        (key, *score) for key, score in scores.items()
    ]
    assert all((row["message"] == "") <= (row["status"] == "correct") for row in rows)
    path = attacked.out / "feedback" / one.result.submission.folder / f"{TINY.name}.html"
    page = path.read_text("utf-8")
    collection.assert_harmless(page)
    shown = html.unescape(page)
    for score in one.result.scores:
        assert feedback.WORDS[score.status] in shown
        if score.status != "not done yet":
            for message in [part.message for part in score.parts] or [score.message]:
                assert message in shown
    told = re.sub("<details>.*?</details>", "", page, flags=re.DOTALL)  # not in its own source
    assert attack.says in messages["tiny.1"] or attack.says in told
    assert one.result.seconds < attack.seconds


@pytest.mark.parametrize("attack", [one for one in ATTACKS if one.unsafe], ids=by_name)
def test_the_attack_is_real(attack, tmp_path, unsafe):
    """Without the sandbox the wish comes true."""
    if attack.root_only and not ROOT:
        pytest.skip("this attack needs root's rights, and the tests run as an ordinary user")
    with collection.surroundings(tmp_path) as known:
        name = collection.hand_in(attack, known)
        score, *_ = collection.grade_single(tmp_path / "class", name, unsafe).scores
    assert score.status == attack.unsafe, score.message


@pytest.mark.skipif(not ROOT, reason="the other tests run as an ordinary user already")
def test_links_and_rights_for_an_ordinary_user(tmp_path):
    """Links get what they deserve here too; what may not be read is told and not graded."""
    attacks = [attack for attack in ATTACKS if attack.family == "links"]
    with collection.surroundings(tmp_path) as known:
        folders = {collection.hand_in(attack, known): attack for attack in attacks}
        for path in (tmp_path, *tmp_path.rglob("*")):
            os.lchown(path, USER, USER)
        private = {name: tmp_path / "class" / name for name in ("a file", "a folder", "a link")}
        for folder in private.values():
            folder.mkdir()
            (folder / "tiny.ipynb").write_text(notebook())
        private["a file"].joinpath("tiny.ipynb").chmod(0)
        private["a folder"].chmod(0)
        private["a link"].joinpath("tiny.ipynb").rename(tmp_path / "of root")
        (tmp_path / "of root").chmod(0o600)
        os.link(tmp_path / "of root", private["a link"] / "tiny.ipynb")
        command = [sys.executable, "-m", "tests.attacks", "grade", tmp_path / "class"]
        limits = ["--cpu", str(LIMITS.cpu), "--wall", str(LIMITS.wall)]
        done = subprocess.run(
            [*as_ordinary_user(tmp_path), *command, "--out", tmp_path / "out", *limits],
            capture_output=True,
            text=True,
        )
    assert said(done.stderr)[:3] == [
        "a file: the file cannot be opened: Permission denied",
        "a folder: The folder cannot be read: Permission denied.",
        "a link: the file cannot be opened: Permission denied",
    ]
    assert done.returncode == 1
    found = rows_of(tmp_path / "out")
    names = submissions.named(submissions.students(tmp_path / "class"))
    for folder, attack in folders.items():
        row, _ = found[names[folder][0].replace("'", "")]
        assert (row["status"], int(row["points"])) == attack.then["tiny.1"], attack.path
    for folder in private:
        assert {row["status"] for row in found[folder]} == {"not graded"}


def test_nobody_else_is_hurt(attacked, peaceful):
    """Rows and pages of honest students are the same bytes as without attackers."""
    statuses = {
        name: [score.status for score in peaceful.graded[name].result.scores]
        for name in collection.HONEST
    }
    assert statuses == {
        "ann": ["correct", "correct"],
        "ben": ["partial", "correct"],
        "kim": ["not done yet", "not done yet"],
        "mia": ["wrong", "correct"],
        "zoe": ["correct", "wrong"],
    }
    for table in ("grades.csv", "totals.csv"):
        header, *lines = (attacked.out / table).read_bytes().splitlines(keepends=True)
        others = {row["student"] for rows in attacked.rows.values() for row in rows}
        others -= set(collection.HONEST)
        kept = [line for line in lines if next(csv.reader([line.decode()]))[0] not in others]
        assert [header, *kept] == (peaceful.out / table).read_bytes().splitlines(keepends=True)
    for name in collection.HONEST:  # one whose name is taken in capitals gets a marked folder
        pages = [
            one.out / "feedback" / one.graded[name].result.submission.folder / f"{TINY.name}.html"
            for one in (attacked, peaceful)
        ]
        assert pages[0].read_bytes() == pages[1].read_bytes()


def test_nothing_around_has_changed(attacked):
    """Submissions and sockets after grading are as they were before."""
    changed = {path for path, state in attacked.before.items() if attacked.after[path] != state}
    assert changed <= {str(attacked.out)}
    assert {path for path in attacked.after if path not in attacked.before} == {
        path for path in attacked.after if path.startswith(f"{attacked.out}/")
    }
    assert len(attacked.before) > len(ATTACKS)


def test_no_hidden_input_is_told(attacked):
    numbers = {
        str(number)[:6]
        for part in CASES["tiny.1"]
        for case in part
        for number in np.atleast_1d(case.arguments[0])
    }
    for path in [attacked.out / "grades.csv", *(attacked.out / "feedback").rglob("*.html")]:
        told = path.read_text("utf-8")
        assert not [number for number in numbers if number in told], path


def test_everybody_has_rows_and_a_page(attacked):
    assert len(attacked.graded) == len(ATTACKS) + len(collection.HONEST)
    assert len(attacked.rows) == len(attacked.graded)
    pages = list((attacked.out / "feedback").rglob("*.html"))
    assert len(pages) == len(attacked.graded)
    text = (attacked.out / "grades.csv").read_bytes().decode("utf-8")
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202e\ud800-\udfff]", text)
    cells = [cell for row in csv.reader(text.splitlines()) for cell in row]
    assert not any(cell.lstrip()[:1] in tuple("=+-@") for cell in cells)


# --- the collection itself


def test_the_collection_is_complete():
    """At least a hundred attacks, none twice, of every family."""
    assert len(ATTACKS) >= 100
    assert {attack.family for attack in ATTACKS} == set(collection.FAMILIES)
    bodies = Counter(
        "".join(collection.text(attack.path).split('"""', 2)[2].split()) for attack in ATTACKS
    )
    assert [body for body, count in bodies.items() if count > 1] == []
    assert len({attack.wish for attack in ATTACKS}) == len(ATTACKS)


FORM = '"""Wish: w.\n\n{}\n"""\nx = 1\n'


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("x = 1\n", "no docstring"),
        ('"""Wish: w."""\n', "no docstring"),
        (FORM.format("Says: x"), "no line 'Then: '"),
        (FORM.format("Then: wrong, 3 points."), "cannot be"),
        (FORM.format("Then: correct, 2 points."), "cannot be"),
        (FORM.format("Then: nice, 0 points."), "cannot be"),
        (FORM.format("Then: wrong."), "is no status with points"),
        (FORM.format("Then: wrong, 0 points.\nThen: wrong, 0 points."), "stands twice"),
        (FORM.format("Then: wrong, 0 points.\nWho: me"), "is no line of a docstring"),
        (FORM.format("Then: wrong, 0 points.\nRoot only."), "of what"),
        (FORM.format("Then: wrong, 0 points.\nWithout the sandbox: wrong."), "the same"),
        (FORM.format("Then: wrong, 0 points.\nWithout the sandbox: nice."), "is no status"),
    ],
)
def test_malformed_docstrings_are_told(text, problem):
    with pytest.raises(ValueError, match=problem) as caught:
        collection.parse(Path("x.py"), text)
    assert str(caught.value).startswith("x.py: ") and "\n" not in str(caught.value)


def test_docstrings_say_what_is_demanded():
    fields = "Then: tiny.1 partial, 2 points; tiny.2 missing, 0 points.\nSays: a: b.\n"
    fields += "Without the sandbox: wrong.\nRoot only.\nSeconds: 20"
    attack = collection.parse(Path("text/x.py"), FORM.format(fields))
    assert attack == collection.Attack(
        path=Path("text/x.py"),
        wish="w.",
        then={"tiny.1": ("partial", 2), "tiny.2": ("missing", 0)},
        says="a: b.",
        unsafe="wrong",
        root_only=True,
        seconds=20.0,
    )
    plain = collection.parse(Path("text/x.py"), FORM.format("Then: error, 0 points."))
    assert plain.then == {"tiny.1": ("error", 0), "tiny.2": ("correct", 1)}
    assert (plain.seconds, plain.says, plain.unsafe, plain.root_only) == (10.0, "", "", False)


def test_pytest_never_imports_an_attack(tmp_path):
    """A harmless file in the attacks' place would fail the run if it were imported."""
    folder = tmp_path / "attacks"
    rooms = [folder / room / "family" for room in collection.ROOMS]
    for room in rooms:
        room.mkdir(parents=True)
        (room / "test_canary.py").write_text("raise ImportError('imported')\n")
    (folder / "prelude.py").write_text("raise ImportError('imported')\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--doctest-modules", "-q"]

    def imported(*paths):
        done = subprocess.run([*command, *paths], cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode in (2, 4, 5), done.stdout
        return set(re.findall(r"^ERROR (\S+)", done.stdout, re.MULTILINE))

    every = {"attacks/prelude.py"}
    every |= {f"attacks/{room}/family/test_canary.py" for room in collection.ROOMS}
    assert imported() == every
    (folder / "conftest.py").write_bytes((collection.HERE / "conftest.py").read_bytes())
    assert imported() == set()
    assert imported("attacks") == set()
