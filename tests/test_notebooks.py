"""The stored notebooks: canonical files, meaningful outputs, and proof that nbval looks."""

import json
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import nbformat
import pytest

from scripts import notebooks as nb
from scripts.notebooks import ROOT

STUDENT = sorted((ROOT / "_build" / "student").glob("*/*.ipynb"))
SOURCES = nb.notebooks()
NOTEBOOKS = SOURCES + STUDENT
LINES = 12
FOLDED = {"hide-input", "remove-input", "hide-cell", "remove-cell"}
NO_NUMBERS = {"index", "reading", "notation", "glossary", "bibliography", "status"}
NO_NUMBERS |= {"syllabus", "grading", "sources", "corrections", "hosting", "downloads", "changelog"}


def name(path):
    return path.relative_to(ROOT).as_posix()


every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
every_source = pytest.mark.parametrize("path", SOURCES, ids=name)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_there_is_a_student_edition_of_every_exercise():
    exercises = {path.name for path in SOURCES if path.parent.name == "exercises"}
    assert exercises == {path.name for path in STUDENT}


@every_source
def test_file_is_canonical(path):
    stored = path.read_text("utf-8")
    assert stored == nb.text(nb.clean(nb.read(path))), "run `make notebooks`"


@every_notebook
def test_no_pictures_or_volatile_data_are_stored(path):
    notebook = nb.read(path)
    assert set(notebook.metadata) <= {"kernelspec", "language_info", "mystnb"}
    for cell in notebook.cells:
        folded = cell.cell_type == "code" and nb.FOLDED & set(cell.metadata.get("tags", ()))
        assert cell.metadata.get("jupyter") == ({"source_hidden": True} if folded else None)
        assert set(cell.metadata) <= {"tags", "mystnb", "jupyter"}
    for cell in code_cells(notebook):
        for output in cell.outputs:
            assert output["output_type"] in {"stream", "execute_result", "display_data", "error"}
            assert not nb.draws(output), f"{cell.source[:80]!r} stores {set(output['data'])}"
    assert not re.search(r"/(?:home|tmp|root)/|0x[0-9a-f]{8}", path.read_text("utf-8"))


@every_source
def test_code_cells_are_short(path):
    for cell in code_cells(nb.read(path)):
        lines = [line for line in cell.source.splitlines() if line.strip()]
        limit = 3 * LINES if FOLDED & set(cell.metadata.get("tags", ())) else LINES
        assert len(lines) <= limit, f"{len(lines)} lines in {cell.source[:80]!r}"


@every_notebook
def test_what_prints_is_stored_and_compared(path):
    """nbval passes over a cell without an execution count, so none may print or go missing."""
    now = nb.executed(path)
    for stored, run in zip(code_cells(nb.read(path)), code_cells(now), strict=True):
        expected = nb.comparable(run)
        where = f"{stored.source[:80]!r}: run `make notebooks`"
        assert (stored.execution_count is None) == (expected is None), where
        assert len(stored.outputs) == len(expected or ()), where


@every_notebook
def test_ignored_outputs_are_rare(path):
    ignored = [
        cell for cell in code_cells(nb.read(path)) if nb.IGNORED in cell.metadata.get("tags", ())
    ]
    assert not ignored or path.stem == "status"


def first_number(notebook):
    """The first output that stores a number, or None."""
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            shown = output.get("text") or output.get("data", {}).get("text/plain", "")
            shown += output.get("data", {}).get("text/markdown", "")
            if re.search(r"\d", shown):
                return output
    return None


def change_first_digit(output):
    """Add one to the first digit that the output stores."""

    def change(text):
        return re.sub(r"\d", lambda digit: str((int(digit[0]) + 1) % 10), text, count=1)

    if "text" in output:
        output["text"] = change(output["text"])
        return
    for kind in ("text/markdown", "text/plain"):
        if re.search(r"\d", output["data"].get(kind, "")):
            output["data"][kind] = change(output["data"][kind])
            return


def nbval(folder, *options):
    """nbval over the notebooks of a folder, each named once a failed or passed cell."""
    command = [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env", "-q", *options]
    command += ["-rA", "-c", "/dev/null", "--rootdir", folder, "-p", "no:cacheprovider", folder]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        command, capture_output=True, text=True, cwd=folder, env=environment, timeout=600
    )


@pytest.fixture(scope="module")
def corrupted(tmp_path_factory):
    """What nbval says of all notebooks, each with one number changed: lines such as
    'FAILED book/adagrad.ipynb::Cell 3'."""
    folder = tmp_path_factory.mktemp("corrupted")
    for path in NOTEBOOKS:
        notebook = nb.read(path)
        output = first_number(notebook)
        if output is None:
            continue
        copy = folder / name(path)
        copy.parent.mkdir(parents=True, exist_ok=True)
        for data in path.parent.glob(f"{path.stem}.*.json"):
            shutil.copy(data, copy.parent)
        change_first_digit(output)
        nbformat.write(notebook, copy)
    done = nbval(folder, "-p", "conftest")
    assert done.returncode == 1, done.stdout
    details, _ = done.stdout.split("short test summary info")  # in CI it says all once more
    assert details.count("Cell outputs differ") == len(list(folder.rglob("*.ipynb")))
    return done.stdout.splitlines()


@every_notebook
def test_nbval_notices_a_corrupted_number(path, corrupted):
    if first_number(nb.read(path)) is None:
        assert path.stem in NO_NUMBERS, "no number is stored"
        return
    failed = [line for line in corrupted if line.startswith(f"FAILED {name(path)}::")]
    assert len(failed) == 1, failed
    assert any(line.startswith(f"PASSED {name(path)}::") for line in corrupted)


def test_nbval_of_a_recorded_run_says_what_a_kernel_says(tmp_path):
    """`conftest.Recorded` stands in for the kernel: the outcome is the same, right or wrong."""
    sources = ["x = 1", "print(x)\nx + 1", "raise ValueError(x)", "print('a'); print('b')"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(s) for s in sources])
    notebook.cells[2].metadata["tags"] = ["raises-exception"]
    path = tmp_path / "a.ipynb"
    nbformat.write(nb.execute(notebook, tmp_path), path)
    assert nbval(tmp_path).returncode == nbval(tmp_path, "-p", "conftest").returncode == 0
    notebook.cells[3].outputs[0]["text"] = "a\nc\n"
    nbformat.write(notebook, path)
    said = [nbval(tmp_path, *options).stdout for options in ((), ("-p", "conftest"))]
    for text in said:
        assert "Cell outputs differ" in text and "1 failed, 3 passed" in text


def test_a_run_is_used_again_and_not_for_other_cells_or_checks(tmp_path, monkeypatch):
    ran = []
    monkeypatch.setattr(nb, "RUNS", tmp_path / "runs")
    monkeypatch.setattr(nb, "execute", lambda notebook, folder: ran.append(folder))
    path, checks = tmp_path / "a.ipynb", tmp_path / "a.checks.json"
    for text, data in (("1", "x"), ("1", "x"), ("2", "x"), ("2", "y"), ("1", "x")):
        cells = [nbformat.v4.new_code_cell(text)]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
        checks.write_text(data)
        nb.executed(path)
    assert len(ran) == 3


def test_two_notebooks_may_open_a_new_cache_at_once(tmp_path):
    for attempt in range(5):
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(nb.open_cache, [tmp_path / str(attempt)] * 4))


def test_a_changed_formula_runs_the_notebooks_anew(tmp_path, monkeypatch):
    monkeypatch.setattr(nb, "ROOT", tmp_path)
    for name in ("requirements.txt", "pyproject.toml"):
        (tmp_path / name).write_text("numpy==2.4.6\n")
    module = tmp_path / "lecture_code" / "adagrad.py"
    module.parent.mkdir()
    module.write_text("s + g**2\n")
    before = nb.runs()
    assert nb.runs() == before
    module.write_text("s + g**3\n")
    assert nb.runs() != before


def small(**output):
    """A notebook of one cell that prints 2 and stores `output`."""
    cell = nbformat.v4.new_code_cell("print(1 + 1)", **output)
    return nbformat.v4.new_notebook(cells=[cell])


def test_nbval_passes_over_a_cell_without_execution_count(tmp_path):
    """The reason for `test_what_prints_is_stored_and_compared`."""
    for notebook, status in ((small(), 0), (small(execution_count=1), 1)):
        nbformat.write(notebook, tmp_path / "a.ipynb")
        assert nbval(tmp_path).returncode == status


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("from IPython.display import HTML\nprint(1)\nHTML('<p>1</p>')", "prints and draws"),
        ("object()", "address"),
        ("import sys\nprint(1, file=sys.stderr)", "stderr"),
    ],
)
def test_a_cell_that_cannot_be_compared_is_refused(tmp_path, source, reason):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    with pytest.raises(nb.NotebookError, match=reason):
        nb.store_outputs(nb.execute(notebook, tmp_path))


def test_ids_and_metadata_are_deterministic():
    def made():
        cells = [nbformat.v4.new_markdown_cell("Same."), nbformat.v4.new_markdown_cell("Same.")]
        cells[0].metadata = {"tags": ["x"], "collapsed": True}
        return nbformat.v4.new_notebook(cells=cells, metadata={"widgets": {}})

    first, second = (nb.text(nb.clean(made())) for _ in range(2))
    assert first == second
    assert len({cell["id"] for cell in json.loads(first)["cells"]}) == 2
    assert "collapsed" not in first
    assert "widgets" not in first
