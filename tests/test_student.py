"""The student edition: derived, checked, without a solution in it, and running on its own."""

import html
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from functools import lru_cache
from pathlib import Path

import nbformat
import pytest

from exercises import student
from exercises.leaks import leaks, read_secrets
from exercises.questions import load, names
from exercises.student import ROOT, StudentError
from lecture_code.answers import answers, read_notebook
from scripts import notebooks

SECRETS = read_secrets()
WORKED = ROOT / "exercises" / "adagrad.ipynb"
every_exercise = pytest.mark.parametrize("name", names())


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("built") / "student"
    student.build(folder)
    return folder


def worked(name="adagrad"):
    return nbformat.read(WORKED.with_stem(name), as_version=4)


def tagged(notebook, tag):
    return [cell for cell in notebook.cells if tag in cell.metadata.get("tags", ())]


def solution_cells(name="adagrad"):
    return [cell for cell in tagged(worked(name), "solution") if cell.cell_type == "code"]


# What is in it


def test_every_exercise_has_a_folder_and_a_zip(out):
    wanted = {f"{name}{ending}" for name in names() for ending in ("", ".zip")}
    assert {path.name for path in out.iterdir()} == wanted


@every_exercise
def test_files(out, name):
    folder = out / name
    (wheel,) = folder.glob("*.whl")
    files = {f"{name}.ipynb", f"{name}.checks.json", "README.md", "requirements.txt", wheel.name}
    assert {path.name for path in folder.iterdir()} == files
    with zipfile.ZipFile(out / f"{name}.zip") as bundle:
        assert set(bundle.namelist()) == {f"{name}/{file}" for file in files}
        for file in files:
            assert bundle.read(f"{name}/{file}") == (folder / file).read_bytes()
    readme = (folder / "README.md").read_text("utf-8")
    assert wheel.name in readme and f"hand in `{name}.ipynb`" in readme


def test_a_later_wheel_replaces_an_earlier_one(out, tmp_path):
    """All wheels have the same version: the README's command installs the newer code anyway."""
    readme = (out / "adagrad" / "README.md").read_text("utf-8")
    (command,) = re.findall(r"^    python -m (pip install .*\.whl)$", readme, re.MULTILINE)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "env"], check=True)
    python = tmp_path / "env" / "bin" / "python"
    for text in ("old", "new"):
        folder = tmp_path / text
        folder.mkdir()
        (wheel,) = (out / "adagrad").glob("*.whl")
        with zipfile.ZipFile(wheel) as built, zipfile.ZipFile(folder / wheel.name, "w") as made:
            for name in built.namelist():
                changed = f"print({text!r})" if name == "lecture_code/__init__.py" else None
                made.writestr(name, changed or built.read(name))
        pip, install, *rest = command.split()
        subprocess.run(
            [sys.executable, "-m", pip, "--python", python, install, "--no-index", *rest],
            cwd=folder,
            check=True,
            capture_output=True,
        )
        done = subprocess.run(
            [python, "-Ic", "import lecture_code"], capture_output=True, text=True
        )
        assert done.stdout == f"{text}\n"


@every_exercise
def test_requirements_are_the_pins_of_the_project(out, name):
    lines = (out / name / "requirements.txt").read_text("utf-8").splitlines()
    pinned = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    assert set(lines) <= set(pinned)
    assert {line.split("==")[0] for line in lines} == set(student.PACKAGES)


def test_wheel_holds_the_package_and_nothing_else(out):
    wheel, *others = (path for name in names() for path in (out / name).glob("*.whl"))
    source = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "lecture_code").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
        assert held == source
        for name in held:
            assert archive.read(name) == (ROOT / name).read_bytes()
    for other in others:
        assert (other.name, other.read_bytes()) == (wheel.name, wheel.read_bytes())


@every_exercise
def test_untouched_notebook_says_not_done_yet_for_every_question(out, name):
    notebook = nbformat.read(out / name / f"{name}.ipynb", as_version=4)
    said = {}
    for cell in tagged(notebook, "check"):
        (key,) = re.findall(r'check\("(.+)"\)', cell.source)
        said[key] = "".join(output["text"] for output in cell.outputs)
    assert sorted(said) == sorted(question.key for question in load(name).questions)
    for key, text in said.items():
        assert text.startswith(f"{key} · ")
        assert text.endswith(": not done yet\n")


@every_exercise
def test_introduction_says_what_the_questions_say(name):
    exercise = load(name)
    said = student.introduction(exercise)
    assert f"{len(exercise.graded)} graded questions ({exercise.points} points)" in said
    hours, minutes = re.search(r"about (?:(\d+) h)? ?(?:(\d+) min)?\.", said).groups()
    wanted = sum(question.minutes for question in exercise.questions)
    assert abs(60 * int(hours or 0) + int(minutes or 0) - wanted) <= 2.5
    recorded = re.findall(r"\d+", (re.findall(r"The check of (.*) looks only", said) or [""])[0])
    forms = [question.key for question in exercise.graded if question.check == "form"]
    assert [f"{name}.{number}" for number in recorded] == forms
    assert all(f"`{module}`" in said for module in exercise.allowed)


@every_exercise
def test_notebook_is_the_worked_one_without_solutions(out, name):
    notebook = nbformat.read(out / name / f"{name}.ipynb", as_version=4)
    cells = worked(name).cells
    kept = [cell.source for cell in cells if "solution" not in cell.metadata.get("tags", ())]
    shown = [cell.source.removeprefix(student.SOLVED) for cell in notebook.cells]
    below = shown[0].removeprefix(kept[0])
    assert below.strip() == student.introduction(load(name)).strip()
    assert shown[1:] == kept[1:]
    assert len(kept) < len(cells)
    assert all(cell.source.startswith(student.SOLVED) for cell in tagged(notebook, "practice"))
    assert len(tagged(notebook, "practice")) >= 2
    assert all("hide-input" in cell.metadata.tags for cell in tagged(notebook, "practice"))


def test_two_builds_give_the_same_bytes(out):
    """The other build is the one that is published."""
    published = ROOT / "_build/student"
    for path in sorted(out.rglob("*")):
        if path.is_file():
            again = published / path.relative_to(out)
            message = f"{path.name} differs in {published}; if that is old, run make student"
            assert again.read_bytes() == path.read_bytes(), message


@every_exercise
def test_checks_lie_beside_the_worked_notebook_for_authors(out, name):
    beside = ROOT / "exercises" / f"{name}.checks.json"
    assert beside.read_bytes() == (out / name / f"{name}.checks.json").read_bytes()


# It runs to its end with the student's packages and no network

ALONE = r"""
import importlib.metadata, json, re, socket, sys
from importlib.machinery import BuiltinImporter, FrozenImporter, PathFinder
folder, wheel, solutions = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])

def names_of(distribution, seen):
    key = re.sub(r"[-_.]+", "-", distribution).lower()
    if key in seen:
        return
    seen.add(key)
    try:
        requires = importlib.metadata.requires(distribution) or ()
    except importlib.metadata.PackageNotFoundError:
        return
    for line in requires:
        if "extra ==" not in line:
            names_of(re.match(r"[\w.-]+", line)[0], seen)

wanted = set()
for package in ("numpy", "matplotlib", "ipywidgets", "anywidget"):
    names_of(package, wanted)
allowed = {
    module
    for module, distributions in importlib.metadata.packages_distributions().items()
    if {re.sub(r"[-_.]+", "-", name).lower() for name in distributions} & wanted
}

class Visible:  # finds the standard library, the student's packages and the wheel only
    @staticmethod
    def find_spec(name, path=None, target=None):
        top = name.partition(".")[0]
        if top in allowed or top in sys.stdlib_module_names or top == "lecture_code":
            return PathFinder.find_spec(name, path, target)
        return None

def offline(*arguments, **options):
    raise OSError("no network in this test")

socket.socket.connect = socket.create_connection = socket.getaddrinfo = offline
sys.meta_path[:] = [BuiltinImporter, FrozenImporter, Visible]
sys.path.insert(0, wheel)

import os
os.chdir(folder)
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
cells = json.load(open(os.path.basename(folder) + ".ipynb", encoding="utf-8"))["cells"]
sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
checks = ["".join(cell["source"]) for cell in cells if "check" in cell["metadata"].get("tags", ())]
for source in [*sources, "print('SOLVED')", *solutions, *checks]:
    if not shell.run_cell(source, store_history=True).success:
        sys.exit(1)
import lecture_code
assert wheel in lecture_code.__file__, lecture_code.__file__
assert not set(sys.modules) & {"exercises", "scipy", "pandas", "pytest", "torch"}
try:
    import nbformat
except ImportError as error:
    print(error)
"""


@lru_cache
def run_alone(folder):
    """What the notebook in `folder` prints untouched, and what its checks print of its solutions.

    Both in one process: most of the time goes into its start.
    """
    (wheel,) = folder.glob("*.whl")
    solutions = [cell.source for cell in solution_cells(folder.name)]
    command = [sys.executable, "-I", "-c", ALONE, folder, wheel, json.dumps(solutions)]
    with tempfile.TemporaryDirectory() as home:
        environment = {"HOME": home, "IPYTHONDIR": home, "PATH": "/usr/bin:/bin"}
        done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("No module named 'nbformat'\n")  # it is installed, and hidden
    return done.stdout.split("SOLVED\n")


@every_exercise
def test_untouched_it_runs_to_its_end_on_its_own(out, name):
    untouched, _ = run_alone(out / name)
    assert untouched.count(": not done yet") == len(load(name).questions)


@every_exercise
def test_checks_of_solved_questions_work_on_their_own(out, name):
    _, solved = run_alone(out / name)
    exercise = load(name)
    for question in exercise.graded:
        verdict = {"cases": "public checks passed", "form": "recorded: "}[question.check]
        assert re.search(rf"{re.escape(question.key)} · [^\n]*\n  {verdict}", solved)
    assert solved.count("Save the notebook: ") == len(exercise.graded)  # the file was not saved


# Nothing leaks


def test_nothing_leaks(out):
    assert leaks([out], SECRETS) == []


@every_exercise
def test_secrets_are_those_of_all_graded_questions(name):
    secrets, graded = read_secrets([WORKED.with_stem(name)]), load(name).graded
    assert len(secrets.canaries) >= 2 * len(graded)  # the code and its explanation
    assert len(secrets.bodies) >= len(graded)
    assert len(secrets.lines) >= 10 * len(graded)
    assert len(secrets.sentences) >= len(graded)


@lru_cache
def canaries(name):
    return set(read_secrets([WORKED.with_stem(name)]).canaries)


@every_exercise
def test_no_two_exercises_share_a_canary(name):
    assert canaries(name) <= set(SECRETS.canaries)
    for other in names():
        assert other == name or not canaries(name) & canaries(other), other


def first_solution():
    return solution_cells()[0].source


def renamed(source):
    source = re.sub(r"\bs\b", "total", source.replace("theta", "weights").replace("eta", "rate"))
    lines = [line for line in source.splitlines() if not line.startswith("#")]
    return "\n".join(f"{line}  # mine" if "=" in line else line for line in lines)


def page(source):
    """Code as a highlighted page shows it."""
    spans = re.sub(r"(\w+)", r"<span class='n'>\1</span>", html.escape(source))
    return f"<html><pre><span></span>{spans}</pre></html>".replace("#39", "x27")


def middle(source):
    """Three lines of a solution, out of their function."""
    return "\n".join(line.strip() for line in source.splitlines()[7:10])


def as_notebook(text):
    return nbformat.writes(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text)]))


def without_canary(source):
    return "\n".join(line for line in source.splitlines() if "canary" not in line)


PLANTS = {
    "canary in a script": ("a.js", lambda: f"x = '{next(iter(SECRETS.canaries))}'", "canary"),
    "whole solution in a notebook": (
        "a.ipynb", lambda: as_notebook(without_canary(first_solution())), "function",
    ),
    "renamed function in a page": ("a.html", lambda: page(renamed(first_solution())), "function"),
    "renamed function in prose": (
        "a.md", lambda: "Look:\n\n" + renamed(first_solution()) + "\n\nDone: it's 1.", "function",
    ),
    "three lines in a page": ("a.html", lambda: page(middle(first_solution())), "three lines"),
    "three lines in JSON": ("a.json", lambda: json.dumps([middle(first_solution())]), "three"),
    "a sentence of the explanation": (
        "a.txt", lambda: f"He said: {next(iter(SECRETS.sentences))}", "sentence",
    ),
    "a reference of questions/": (
        "a.py", lambda: (ROOT / "exercises/questions/adagrad.py").read_text("utf-8"), "function",
    ),
}  # fmt: skip


@pytest.mark.parametrize("plant", PLANTS)
def test_a_planted_leak_is_found(plant, tmp_path):
    name, make, kind = PLANTS[plant]
    (tmp_path / name).write_text(make(), "utf-8")
    found = leaks([tmp_path], SECRETS)
    assert any(f"{name} has " in line and kind in line for line in found), found


def test_a_leak_inside_archives_is_found(tmp_path):
    inner = tmp_path / "inner.whl"
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("a.py", renamed(first_solution()))
    with zipfile.ZipFile(tmp_path / "outer.zip", "w") as archive:
        archive.write(inner, "deep/inner.whl")
    inner.unlink()
    (found,) = leaks([tmp_path], SECRETS)
    assert "outer.zip/deep/inner.whl/a.py has a function" in found


def test_public_code_is_no_leak():
    public = [ROOT / "lecture_code", ROOT / "book"]
    assert leaks(public, SECRETS) == []


# Mistakes of authors


def break_tag(notebook):
    tagged(notebook, "solution")[0].metadata.tags = ["soluton"]


def drop_tag(notebook):
    tagged(notebook, "solution")[0].metadata.tags = []


def drop_tag_and_canary(notebook):
    cell = tagged(notebook, "solution")[0]
    cell.metadata.tags, cell.source = [], without_canary(cell.source)


def drop_canary(notebook):
    cell = tagged(notebook, "solution")[0]
    cell.source = without_canary(cell.source)


def drop_introduction(notebook):
    del notebook.cells[0]


def drop_check(notebook):
    notebook.cells.remove(tagged(notebook, "check")[-1])


def repeat_starter(notebook):
    notebook.cells.append(tagged(notebook, "starter")[-1])


def unknown_question(notebook):
    cell = nbformat.v4.new_code_cell('check("adagrad.99")', metadata={"tags": ["check"]})
    notebook.cells.append(cell)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (break_tag, r"adagrad.ipynb, cell \d+ \('# answer: adagrad.1'\): unknown tag 'soluton'"),
        (drop_tag, r"cell \d+ .*has a canary and not the tag 'solution'"),
        (drop_tag_and_canary, r"cell \d+ .*an answer cell needs the tag"),
        (drop_canary, r"cell \d+ .*a solution needs a line with 'canary:"),
        (drop_introduction, r"adagrad.ipynb: the first cell, and no other, needs the tag 'intro"),
        (drop_check, r"adagrad.6 has 0 check cells; it needs 1"),
        (repeat_starter, r"adagrad.6 has 2 starter cells; it needs 1"),
        (unknown_question, r"adagrad.99 is not among the questions"),
    ],
)
def test_a_damaged_worked_notebook_is_refused(damage, message):
    notebook = worked()
    damage(notebook)
    with pytest.raises(StudentError, match=message) as error:
        student.validate(notebook, load("adagrad"), "adagrad.ipynb")
    assert "\n" not in str(error.value)


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A worked notebook to damage, and a build that needs no wheel and no kernel."""
    wheel = tmp_path / "lecture_code-0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("lecture_code/__init__.py", "")
    monkeypatch.setattr(student, "build_wheel", lambda folder: wheel)
    monkeypatch.setattr(student, "run_untouched", lambda path, code: notebooks.read(path))
    target = tmp_path / "adagrad.ipynb"
    target.write_bytes(WORKED.read_bytes())
    return target


def test_a_leak_stops_the_build_and_nothing_is_written(copy, tmp_path, monkeypatch):
    out = tmp_path / "out" / "student"
    student.build(out, [copy])
    before = sorted((p, p.read_bytes()) for p in out.rglob("*") if p.is_file())
    monkeypatch.setattr(student, "derive", lambda notebook: notebook)
    with pytest.raises(StudentError, match="a solution would be published: .*canary"):
        student.build(out, [copy])
    assert sorted((p, p.read_bytes()) for p in out.rglob("*") if p.is_file()) == before
    assert [path.name for path in out.parent.iterdir()] == ["student"]


def test_a_mistyped_tag_ends_the_command_with_one_line(copy, tmp_path, monkeypatch):
    notebook = worked()
    break_tag(notebook)
    copy.write_text(nbformat.writes(notebook), "utf-8")
    build = student.build
    monkeypatch.setattr(student, "build", lambda out: build(out, [copy]))
    with pytest.raises(SystemExit) as stop:
        student.main(["--out", str(tmp_path / "out")])
    assert re.fullmatch(
        r"error: adagrad.ipynb, cell \d+ .*unknown tag 'soluton'.*", stop.value.code
    )
    assert not Path(tmp_path, "out").exists()


def test_a_starter_that_is_not_a_stub_is_refused(tmp_path, monkeypatch):
    """`run_untouched` reads what every check prints."""
    notebook = student.derive(worked())
    notebook.cells = [
        cell
        for cell in notebook.cells
        if "import check" in cell.source or "adagrad.p3" in cell.source
    ]
    notebook.cells[1].source = '# answer: adagrad.p3\nchoice = "b"'
    student.write_checks(load("adagrad"), tmp_path)
    path = tmp_path / "adagrad.ipynb"
    nbformat.write(notebook, path)
    with pytest.raises(StudentError, match=r'untouched, check\("adagrad.p3"\) prints .*right'):
        student.run_untouched(path, ROOT)


@every_exercise
def test_the_answers_of_the_notebook_are_found_by_the_grader_s_extractor(name):
    found = answers(read_notebook(WORKED.with_stem(name)))
    assert set(found) == {question.key for question in load(name).questions}
