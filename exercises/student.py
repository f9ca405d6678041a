"""The student edition: `python -m exercises.student [--out _build/student]` (`make student`).

From every worked notebook `exercises/<name>.ipynb` it derives a folder and a zip of it with the
notebook without its solutions and with how to work on it, the data of its checks, the wheel of
`lecture_code`, a README and the requirements. The notebook is run in that state, so its stored
outputs are those of an untouched copy. `leaks` then searches every byte for the solutions; nothing
is written if it finds one. The same inputs give the same bytes.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
from nbclient.exceptions import CellExecutionError

from exercises.leaks import CANARY, leaks, read_secrets
from exercises.questions import build_checks, load
from lecture_code.answers import answers
from lecture_code.wire import dump
from scripts import notebooks

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "_build" / "student"
TAGS = {
    *("introduction", "starter", "solution", "check", "practice"),
    *("hide-input", "remove-input", "hide-cell", "remove-cell", "raises-exception"),
}
PACKAGES = ("numpy", "matplotlib", "ipywidgets", "anywidget")
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip file can hold

SOLVED = "# The solution. Open it when you have tried.\n"  # what Jupyter shows of a folded cell

INTRODUCTION = """\
**{graded} graded questions ({points} points) and {practice} for practice, about {time}.**

How to work:

1. Write each answer into its **answer cell**, the one that begins with a line such as \
`# answer: {name}.1`. Keep that line at the top: the grader reads these cells, and nothing else.
2. An answer cell **runs alone**, in the check as in grading. Import in it what it uses: {allowed}.
3. Run the cell, then the `check` below it, which tries your answer on public inputs and says what \
is wrong. Grading uses other inputs.
{recorded}5. Save the notebook and hand in this file, `{name}.ipynb`.
"""
RECORDED = """\
4. The check of {questions} looks only at the form of your answer and says `recorded`. Grading \
decides whether it is right.
"""

# In the folder of a notebook; `book/reading.ipynb` says the same.
INSTALL = """\
Install, with Python 3.11 or newer, in this folder:

    python3 -m venv .venv
    source .venv/bin/activate
    python -m pip install -r requirements.txt
    python -m pip install --force-reinstall --no-deps {wheel}
    python -m pip install notebook

On Windows the first two lines are `py -m venv .venv` and `.venv\\Scripts\\activate`.
"""
README = (
    """\
# {title}: exercises

In this folder:

* `{name}.ipynb`, the notebook you work in and hand in
* `{name}.checks.json`, the data of its checks; keep it beside the notebook
* `{wheel}`, the code of the book
* `requirements.txt`, the versions of the other packages that it was tried with

"""
    + INSTALL
    + """
The line with `--force-reinstall` also replaces the code that came with an earlier exercise. The
last is Jupyter; leave it out if you work in VS Code. Then

    python -m notebook {name}.ipynb

Write your answers into the cells that begin with `# answer:`, run them and the check below each.
The checks need no network. Save, and hand in `{name}.ipynb`. The notebook says the rest.

When the exercise is corrected later, unpack the new one into another folder, put its
`{name}.checks.json` in place of yours and run in your notebook
`from lecture_code.checks import renew; renew("{name}", "../new/{name}.ipynb")`
"""
)


class StudentError(Exception):
    """A worked notebook from which no student edition can be made."""


def first_line(cell):
    return next((line.strip() for line in cell.source.splitlines() if line.strip()), "")


def validate(notebook, exercise, name):
    """Raise StudentError unless the cells of a worked notebook are tagged as they have to be."""
    found = {"starter": [], "solution": [], "check": []}
    for number, cell in enumerate(notebook.cells, start=1):
        where = f"{name}, cell {number} ({first_line(cell)[:40]!r})"
        tags = cell.metadata.get("tags", [])
        for tag in tags:
            if tag not in TAGS:
                known = ", ".join(sorted(TAGS))
                raise StudentError(f"{where}: unknown tag {tag!r}; the known tags are {known}")
        if "solution" in tags and not CANARY.search(cell.source):
            raise StudentError(f"{where}: a solution needs a line with 'canary: <24 hex digits>'")
        if "solution" not in tags and CANARY.search(cell.source):
            raise StudentError(f"{where}: has a canary and not the tag 'solution'; add the tag")
        if cell.cell_type != "code":
            continue
        role = next((role for role in found if role in tags), None)
        keys = list(answers([cell.source]))
        if keys and role not in ("starter", "solution"):
            raise StudentError(f"{where}: an answer cell needs the tag 'starter' or 'solution'")
        if role == "check":
            keys = re.findall(r'^check\("([\w.]+)"\)$', cell.source, re.MULTILINE)
        if role:
            found[role] += keys
    places = [
        i for i, c in enumerate(notebook.cells) if "introduction" in c.metadata.get("tags", [])
    ]
    if places != [0]:
        raise StudentError(
            f"{name}: the first cell, and no other, needs the tag 'introduction': "
            "how to work on the exercise is written below it"
        )
    for question in exercise.questions:
        for role, keys in found.items():
            wanted = 0 if role == "solution" and not question.graded else 1
            if keys.count(question.key) != wanted:
                raise StudentError(
                    f"{name}: {question.key} has {keys.count(question.key)} {role} cells; "
                    f"it needs {wanted}"
                )
    extra = {key for keys in found.values() for key in keys} - {q.key for q in exercise.questions}
    if extra:
        raise StudentError(f"{name}: {min(extra)} is not among the questions of {exercise.name}")


def introduction(exercise):
    """What every exercise says below its own first sentences, as Markdown."""
    hours, minutes = divmod(5 * round(sum(q.minutes for q in exercise.questions) / 5), 60)
    forms = [q.key.partition(".")[2] for q in exercise.graded if q.check == "form"]
    which = f"question{'s' * (len(forms) > 1)} {listed(forms)}"
    return INTRODUCTION.format(
        name=exercise.name,
        graded=len(exercise.graded),
        points=exercise.points,
        practice=len(exercise.questions) - len(exercise.graded),
        time=" ".join([f"{hours} h"] * (hours > 0) + [f"{minutes} min"] * (minutes > 0)),
        allowed=listed([f"`{module}`" for module in exercise.allowed]),
        recorded=RECORDED.format(questions=which) if forms else "",
    )


def listed(items):
    return " and ".join([", ".join(items[:-1])] * (len(items) > 1) + items[-1:])


def introduce(notebook, exercise):
    """Write how to work below the introduction of `notebook` (changed in place). Returns it."""
    notebook.cells[0].source += "\n\n" + introduction(exercise).rstrip()
    return notebook


def derive(notebook):
    """A copy of a worked notebook without its solutions and without outputs."""
    student = notebooks.clean(nbformat.from_dict(notebook))
    student.cells = [c for c in student.cells if "solution" not in c.metadata.get("tags", [])]
    for cell in student.cells:
        if "practice" in cell.metadata.get("tags", []):
            cell.source = SOLVED + cell.source
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return student


def run_untouched(path, code):
    """Run the student notebook at `path` with `lecture_code` from `code`. Returns its run."""
    notebook = notebooks.executed(path, PYTHONPATH=str(code))
    notebooks.clean(notebooks.store_outputs(notebook))
    for cell in notebook.cells:
        if "check" in cell.metadata.get("tags", []):
            printed = "".join(output.get("text", "") for output in cell.outputs)
            if not printed.strip().endswith("not done yet"):
                raise StudentError(f"untouched, {cell.source} prints {printed.strip()[:200]!r}")
    return notebook


def build_wheel(folder):
    """Build the wheel of `lecture_code` into `folder` and return its path."""
    with tempfile.TemporaryDirectory() as work:
        for name in ("pyproject.toml", "LICENSE"):
            if (ROOT / name).exists():
                shutil.copy(ROOT / name, work)
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "lecture_code", Path(work, "lecture_code"), ignore=ignored)
        for path in Path(work).rglob("*"):
            path.chmod(0o755 if path.is_dir() else 0o644)
        done = subprocess.run(
            [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, work],
            env={**os.environ, "SOURCE_DATE_EPOCH": "315532800"},
            capture_output=True,
            text=True,
        )
    if done.returncode:
        reason = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise StudentError(f"the wheel of lecture_code cannot be built: {' '.join(reason)}")
    (wheel,) = Path(folder).glob("*.whl")
    return wheel


def requirements():
    """The pinned lines of `requirements.txt` for the packages that a student needs."""
    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    chosen = [line for line in lines if line.split("==")[0] in PACKAGES]
    for package in PACKAGES:
        if not any(line.startswith(f"{package}==") for line in chosen):
            raise StudentError(f"requirements.txt has no line {package}==...; run `make lock`")
    return "\n".join(chosen) + "\n"


def zip_folder(folder, archive):
    """Write `folder` into the zip file `archive`: the same files give the same bytes."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as bundle:
        for path in sorted(folder.iterdir()):
            info = zipfile.ZipInfo(f"{folder.name}/{path.name}", EPOCH)
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            info.create_system = 3
            bundle.writestr(info, path.read_bytes())


def write_checks(exercise, folder):
    """Write `<exercise>.checks.json` into `folder`, where the notebook looks for it."""
    path = Path(folder, f"{exercise.name}.checks.json")
    text = dump(build_checks(exercise))
    if not path.exists() or path.read_text("utf-8") != text:
        with tempfile.NamedTemporaryFile("w", dir=folder, encoding="utf-8", delete=False) as file:
            file.write(text)
        Path(file.name).chmod(0o644)
        os.replace(file.name, path)


def prepare(path, folder):
    """Put the student notebook of the worked one at `path`, and its checks, into a new `folder`."""
    exercise, worked = load(path.stem), notebooks.read(path)
    validate(worked, exercise, path.name)
    folder.mkdir()
    write_checks(exercise, folder)
    # The checks of a notebook compare with the saved file.
    student = introduce(derive(worked), exercise)
    (folder / path.name).write_text(notebooks.text(student), "utf-8")


def complete(path, folder, wheel, code):
    """Run the notebook that `prepare` put into `folder`, and add the other files."""
    target = folder / path.name
    try:
        student = run_untouched(target, code)
    except (StudentError, CellExecutionError, notebooks.NotebookError) as error:
        raise StudentError(f"{path.name}: {error}") from None
    target.write_text(notebooks.text(student), "utf-8")
    shutil.copy(wheel, folder)
    text = README.format(title=load(path.stem).title, name=path.stem, wheel=wheel.name)
    (folder / "README.md").write_text(text, "utf-8")
    (folder / "requirements.txt").write_text(requirements(), "utf-8")
    for file in folder.iterdir():
        file.chmod(0o644)


def build(out=OUT, sources=None):
    """Make the student edition of all exercises in `out`, or leave `out` as it was.

    sources: the worked notebooks, by default `exercises/*.ipynb`. Raises StudentError.
    """
    out = Path(out).resolve()
    sources = sorted((ROOT / "exercises").glob("*.ipynb")) if sources is None else sources
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".student-") as work:
        made, code = Path(work, "student"), Path(work, "code")
        made.mkdir()
        wheel = build_wheel(Path(work, "wheel"))
        zipfile.ZipFile(wheel).extractall(code)
        for path in sources:
            prepare(path, made / path.stem)
        with ThreadPoolExecutor(notebooks.AT_ONCE) as pool:
            list(pool.map(lambda path: complete(path, made / path.stem, wheel, code), sources))
        for path in sources:
            zip_folder(made / path.stem, made / f"{path.stem}.zip")
        found = leaks([made], read_secrets(sources))
        if found:
            raise StudentError(f"a solution would be published: {found[0]}")
        made.chmod(0o755)
        if out.exists():
            os.replace(out, Path(work, "old"))
        os.replace(made, out)
    for path in sources:  # authors run the worked notebook, and its checks need the same data
        write_checks(load(path.stem), path.parent)
    return [out / path.stem for path in sources]


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m exercises.student", description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT, help="default: _build/student")
    try:
        for folder in build(parser.parse_args(arguments).out):
            size = folder.with_suffix(".zip").stat().st_size
            print(f"{os.path.relpath(folder)}: ready, and {folder.name}.zip ({size / 1e6:.1f} MB)")
    except (StudentError, ValueError, OSError) as error:
        raise SystemExit(f"error: {error}") from None


if __name__ == "__main__":
    main()
