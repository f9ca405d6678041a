"""An nbgrader course: `python -m exercises.nbgrader [--out _build/nbgrader]` (`make nbgrader`).

For those who stay with nbgrader. From every worked notebook it makes the source version of an
assignment, whose release version is the notebook of the student edition. The answer cell of a
graded question holds the solution in a region that nbgrader removes, and its check is the test
cell, with a hidden call of the question's own scoring on a fixed seed. Every question is scored by
it, so nothing is left to grade by hand. The same inputs give the same bytes.

An existing course stays: only the files named here are written.
"""

import argparse
import os
from pathlib import Path

from exercises import sandboxed_kernel
from exercises.questions import load
from exercises.student import ROOT, StudentError, derive, introduce, validate, write_checks
from lecture_code.answers import answers
from scripts import notebooks

OUT = ROOT / "_build" / "nbgrader"
SEED = 1  # of the hidden tests; that of public checks is 0

SOLUTION = """\
{starter}
### BEGIN SOLUTION
{solution}
### END SOLUTION"""

HIDDEN_TEST = """\
{check}
### BEGIN HIDDEN TESTS
from exercises.in_notebook import points
points("{key}", seed={seed})
### END HIDDEN TESTS"""

CONFIG = '''\
"""The course's settings. nbgrader reads them in this folder; keep your own here too."""

import os
from pathlib import Path

from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
from nbgrader.preprocessors import ClearHiddenTests, GetGrades

c = get_config()  # noqa: F821
c.CourseDirectory.course_id = "adaptive_learning_rates"
# What stands around a solution is the student's starter, and enough.
c.ClearSolutions.code_stub = {{"python": ""}}
# Students see what their answers earned and why, and no hidden test.
c.GenerateFeedback.preprocessors = [GetGrades, ClearHiddenTests, CSSHTMLHeaderPreprocessor]
# Hidden tests import the questions from the repository.
os.environ["PYTHONPATH"] = {root!r}
# Notebooks run in a sandbox. Without bubblewrap, take out these two lines.
os.environ["JUPYTER_PATH"] = str(Path(__file__).parent)
c.ExecutePreprocessor.kernel_name = "{kernel}"
'''

README = """\
# The exercises as an nbgrader course

For those who stay with nbgrader. The grader of this project, `make grade`, runs each answer in a \
process without questions, references or other students' work; nbgrader runs the tests in the \
student's own process, where a clever notebook can give itself any points.

* `source/`: the assignments, with solutions and hidden tests. Never publish this folder.
* `nbgrader_config.py`: the settings of the course.
* `kernels/{kernel}`: a kernel in a sandbox (bubblewrap 0.7 or newer, Linux). It protects the \
machine from the notebooks, not the score.

`make nbgrader` writes these again and leaves everything else, your gradebook for instance. The \
settings and the kernel name the repository's folder: make them anew when it has moved.

## From release to feedback

Install nbgrader and what the notebooks need, with the repository's `requirements-nbgrader.txt`, \
and work in this folder:

    nbgrader generate_assignment adagrad     # release/adagrad, for the students
    nbgrader autograde adagrad               # submitted/<student>/adagrad/adagrad.ipynb
    nbgrader generate_feedback adagrad       # feedback/<student>/adagrad/adagrad.html
    nbgrader export                          # grades.csv

Students need the package `lecture_code`, whose wheel is in every download of the student edition.

Every question is scored by its hidden test, with partial credit; nothing is graded by hand. \
`points("adagrad.1", seed={seed})` draws the hidden inputs: choose seeds of your own in `source/` \
if students could know this one.
"""


def convert(worked, exercise):
    """The source version of an assignment, from a worked notebook."""
    solutions = {
        key: cells[-1]
        for cell in worked.cells
        if cell.cell_type == "code" and "solution" in cell.metadata.get("tags", [])
        for key, cells in answers([cell.source]).items()
    }
    notebook = introduce(derive(worked), exercise)
    for question in exercise.graded:
        starter, check = (
            next(cell for cell in notebook.cells if _is(cell, tag, line))
            for tag, line in (
                ("starter", f"# answer: {question.key}"),
                ("check", f'check("{question.key}")'),
            )
        )
        name = question.key.replace(".", "-")
        starter.metadata["nbgrader"] = _role(f"{name}-answer", solution=True)
        _, _, solution = solutions[question.key].partition("\n")
        starter.source = SOLUTION.format(starter=starter.source, solution=solution)
        check.metadata["nbgrader"] = _role(f"{name}-test", points=question.points)
        check.source = HIDDEN_TEST.format(check=check.source, key=question.key, seed=SEED)
    return notebook


def _is(cell, tag, line):
    return tag in cell.metadata.get("tags", []) and line in cell.source.splitlines()


def _role(grade_id, solution=False, points=None):
    """nbgrader's metadata of an answer cell, or of a test cell with these points."""
    role = {"grade_id": grade_id, "schema_version": 3, "task": False, "solution": solution}
    role |= {"grade": points is not None, "locked": points is not None}
    return role if points is None else {**role, "points": points}


def build(out=OUT, sources=None):
    """Write the course into `out`; the folders of its assignments. Raises StudentError.

    sources: the worked notebooks, by default `exercises/*.ipynb`.
    """
    out = Path(out).resolve()
    sources = sorted((ROOT / "exercises").glob("*.ipynb")) if sources is None else sources
    folders = []
    for path in sources:
        exercise, worked = load(path.stem), notebooks.read(path)
        validate(worked, exercise, path.name)
        folder = out / "source" / path.stem
        folder.mkdir(parents=True, exist_ok=True)
        (folder / path.name).write_text(notebooks.text(convert(worked, exercise)), "utf-8")
        write_checks(exercise, folder)
        folders.append(folder)
    kernel = sandboxed_kernel.NAME
    sandboxed_kernel.write_spec(out / "kernels")
    config = CONFIG.format(root=str(ROOT), kernel=kernel)
    (out / "nbgrader_config.py").write_text(config, "utf-8")
    (out / "README.md").write_text(README.format(kernel=kernel, seed=SEED), "utf-8")
    return folders


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m exercises.nbgrader", description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT, help="default: _build/nbgrader")
    try:
        out = parser.parse_args(arguments).out
        folders = build(out)
    except (StudentError, ValueError, OSError) as error:
        raise SystemExit(f"error: {error}") from None
    print(f"{os.path.relpath(out)}: {len(folders)} assignments; its README.md says what to do next")


if __name__ == "__main__":
    main()
