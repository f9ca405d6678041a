"""The nbgrader course: what its notebooks say, and nbgrader itself where it is installed."""

import json
import os
import re
import shutil
import subprocess
from types import SimpleNamespace

import nbformat
import pytest

from exercises import in_notebook, nbgrader, student
from exercises.leaks import leaks, read_secrets
from exercises.questions import load, names
from lecture_code.answers import answers
from scripts import notebooks
from tests.submissions.make import NAME, ROOT, SOLUTIONS, STARTERS

PEER = ROOT / ".venv-nbgrader" / "bin" / "nbgrader"
SECRETS = read_secrets()
EXERCISE = load(NAME)
REGION = re.compile(r"\n?### BEGIN (SOLUTION|HIDDEN TESTS)\n.*?### END \1", re.DOTALL)
# Of each kind one: it earns a part of the points, and nothing.
PARTLY = "# answer: adagrad.6\ndef learning_rate(width, height):\n    return width / height"
NOTHING = "# answer: adagrad.6\ndef learning_rate(width, height):\n    return 0.01"
every_exercise = pytest.mark.parametrize("name", names())


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    out = tmp_path_factory.mktemp("nbgrader")
    nbgrader.build(out)
    return out


def source(course, name):
    return nbformat.read(course / "source" / name / f"{name}.ipynb", as_version=4)


def roles(notebook):
    return [
        (cell, cell.metadata.nbgrader) for cell in notebook.cells if "nbgrader" in cell.metadata
    ]


@every_exercise
def test_every_graded_question_has_an_answer_and_a_test_cell(course, name):
    notebook, exercise = source(course, name), load(name)
    nbformat.validate(notebook)
    found = roles(notebook)
    assert len({role.grade_id for _, role in found}) == len(found) == 2 * len(exercise.graded)
    assert all(re.fullmatch(r"[\w-]+", role.grade_id) for _, role in found)
    assert all((role.schema_version, role.task) == (3, False) for _, role in found)
    given = [cell for cell, role in found if role.solution]
    tests = [(cell, role) for cell, role in found if role.grade]
    for question, cell in zip(exercise.graded, given, strict=True):
        assert list(answers([cell.source])) == [question.key]
        role = cell.metadata.nbgrader
        assert not role.grade and not role.locked and "points" not in role
    for question, (cell, role) in zip(exercise.graded, tests, strict=True):
        assert f'check("{question.key}")\n### BEGIN HIDDEN TESTS\n' in cell.source
        assert f'\npoints("{question.key}", seed=1)\n### END HIDDEN TESTS' in cell.source
        assert role.locked and not role.solution and role.points == question.points


@every_exercise
def test_without_what_nbgrader_removes_it_is_the_student_edition(course, name, tmp_path):
    notebook = source(course, name)
    for cell in notebook.cells:
        cell.source = REGION.sub("", cell.source)
    worked = notebooks.read(ROOT / "exercises" / f"{name}.ipynb")
    wanted = student.introduce(student.derive(worked), load(name))
    assert [cell.source for cell in notebook.cells] == [cell.source for cell in wanted.cells]
    nbformat.write(notebook, tmp_path / "released.ipynb")
    shutil.copy(course / "source" / name / f"{name}.checks.json", tmp_path)
    assert leaks([tmp_path], SECRETS) == []
    assert leaks([course / "source" / name], SECRETS)  # the search finds what is to be removed


def test_the_same_course_again_keeps_what_is_there(course):
    before = {path: path.read_bytes() for path in course.rglob("*") if path.is_file()}
    (course / "gradebook.db").write_bytes(b"grades")
    nbgrader.build(course)
    (course / "gradebook.db").unlink()  # it is there still
    assert {path: path.read_bytes() for path in course.rglob("*") if path.is_file()} == before


def test_the_settings_are_python_and_name_the_kernel(course):
    compile((course / "nbgrader_config.py").read_text("utf-8"), "nbgrader_config.py", "exec")
    spec = json.loads((course / "kernels/sandboxed/kernel.json").read_text("utf-8"))
    assert spec["argv"][-2:] == ["exercises.sandboxed_kernel", "{connection_file}"]
    assert spec["env"] == {"PYTHONPATH": str(ROOT)}


# What a hidden test does


def ran(monkeypatch, *cells):
    """Let these cells be what the notebook has run."""
    shell = SimpleNamespace(history_manager=SimpleNamespace(input_hist_raw=["", *cells]))
    monkeypatch.setattr(in_notebook, "get_ipython", lambda: shell)


@pytest.mark.parametrize("question", EXERCISE.graded, ids=lambda question: question.key)
def test_a_solution_gets_all_points_and_a_starter_none(monkeypatch, capsys, question):
    ran(monkeypatch, STARTERS[question.key], SOLUTIONS[question.key])
    assert in_notebook.points(question.key, seed=1) == question.points
    ran(monkeypatch, SOLUTIONS[question.key], STARTERS[question.key])
    assert in_notebook.points(question.key, seed=1) == 0
    assert capsys.readouterr().out == "correct\nnot done yet\n"


@pytest.mark.parametrize(
    ("cells", "points", "said"),
    [
        ([PARTLY], 3, "Right for height 1 only"),
        ([NOTHING], 0, "0.01 is a library's default"),
        ([], 0, "No cell of the notebook starts with '# answer: adagrad.6'."),
        (["# answer: adagrad.6\nimport os"], 0, "a module that is not allowed"),
    ],
)
def test_an_answer_that_is_not_right_hears_why(monkeypatch, capsys, cells, points, said):
    ran(monkeypatch, *cells)
    assert in_notebook.points("adagrad.6", seed=1) == points
    assert said in capsys.readouterr().out


# The whole way, with nbgrader


def submit(course, who, sources):
    """Hand in the released notebook with these answer cells."""
    notebook = nbformat.read(course / f"release/{NAME}/{NAME}.ipynb", as_version=4)
    for cell in notebook.cells:
        key = next(iter(answers([cell.source])), None)
        if cell.cell_type == "code" and key in sources:
            cell.source = sources[key]
    folder = course / "submitted" / who / NAME
    folder.mkdir(parents=True)
    nbformat.write(notebook, folder / f"{NAME}.ipynb")


@pytest.mark.skipif(
    not PEER.exists(), reason="nbgrader is not installed: `make .venv-nbgrader/.installed` does it"
)
def test_nbgrader_grades_in_the_sandbox(course):
    def run(*words):
        environment = {"PATH": f"{PEER.parent}:{os.environ['PATH']}", "HOME": os.environ["HOME"]}
        done = subprocess.run(
            [PEER, *words], cwd=course, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr

    run("generate_assignment", NAME)
    assert leaks([course / "release"], SECRETS) == []
    submit(course, "honest", SOLUTIONS)
    submit(course, "stub", {})
    submit(course, "partly", {**SOLUTIONS, "adagrad.6": PARTLY})
    submit(course, "nothing", {**SOLUTIONS, "adagrad.6": NOTHING})
    where = "# answer: adagrad.6\nimport os\nprint(os.getcwd(), os.path.exists('/tmp'))"
    submit(course, "curious", {**SOLUTIONS, "adagrad.6": where})
    run("autograde", NAME)
    run("generate_feedback", NAME)
    run("export")
    header, *rows = [line.split(",") for line in (course / "grades.csv").read_text().splitlines()]
    who, score = header.index("student_id"), header.index("score")
    most, last = EXERCISE.points, EXERCISE.question("adagrad.6").points
    assert {row[who]: float(row[score]) for row in rows} == {
        "honest": most,
        "stub": 0,
        "partly": most - last + 3,
        "nothing": most - last,
        "curious": most - last,
    }
    graded = (course / f"autograded/curious/{NAME}/{NAME}.ipynb").read_text("utf-8")
    assert "/work False" in graded
    page = (course / f"feedback/nothing/{NAME}/{NAME}.html").read_text("utf-8")
    assert "0.01 is a library" in page and "in_notebook" not in page
