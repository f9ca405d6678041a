"""Run notebooks and store what they print: `python -m scripts.notebooks [name]`.

Without a name: every notebook of the book and of the exercises. What is stored is what nbval can
compare: printed text and plain or Markdown results. Pictures and HTML are never stored; a cell
that draws keeps no output at all, so a cell either prints or draws, never both. The metadata is
what the book needs, and a cell's id follows from its text.

A notebook runs once for each state of its cells and of the code below it: the student edition, the
site, the tests and nbval all read the same run from `_build/cache`.
"""

import asyncio
import copy
import fcntl
import hashlib
import os
import re
import shutil
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from lecture_code.page import SITE

ROOT = Path(__file__).resolve().parents[1]
RUNS = ROOT / "_build" / "cache"
AT_ONCE = 2  # notebooks that run at the same time: each has a kernel, and this is for two cores
IGNORED = "nbval-ignore-output"  # the tag of a cell whose output differs from run to run
COMPARED = {"text/plain", "text/markdown", "text/latex"}
FOLDED = {"hide-input", "remove-input", "practice"}  # tags of cells whose code Jupyter folds, too
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
ADDRESS = re.compile(r"\bat 0x[0-9a-f]{6,}")


class NotebookError(Exception):
    """A notebook, or what it prints, cannot be stored."""


def notebooks(name=None):
    """The paths of the notebooks called `name` (such as "adagrad"), or of all."""
    found = sorted((ROOT / "book").glob("*.ipynb")) + sorted((ROOT / "exercises").glob("*.ipynb"))
    chosen = [path for path in found if name in (None, path.stem)]
    if not chosen:
        known = ", ".join(sorted({path.stem for path in found}))
        raise NotebookError(f"there is no notebook {name!r}: choose from {known}")
    return chosen


def read(path):
    """The notebook at `path`, which has to be in format 4."""
    return nbformat.read(path, as_version=4)


def runs():
    """The folder with the runs of this state of the code, as the book's builder reads it."""
    digest = hashlib.sha256(sys.version.encode())
    files = [ROOT / "requirements.txt", ROOT / "pyproject.toml"]
    files += [path for path in (ROOT / "lecture_code").rglob("*") if path.is_file()]
    for path in sorted(files):
        if "__pycache__" not in path.parts:
            digest.update(str(path.relative_to(ROOT)).encode())
            digest.update(path.read_bytes())
    return RUNS / digest.hexdigest()[:16]


def forget_old_runs():
    """Keep the runs of the newest two states of the code."""
    if RUNS.exists():
        newest = sorted(RUNS.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in newest[2:]:
            shutil.rmtree(path)


def keyed(notebook, checks):
    """A copy of `notebook` that the cache takes for another one when the file `checks` changes."""
    notebook = copy.deepcopy(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    if code and checks.is_file():
        code[0].metadata["checks"] = hashlib.sha256(checks.read_bytes()).hexdigest()[:16]
    return notebook


def open_cache(folder):
    """The cache in `folder`, whose tables are made by one process at a time."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        store = get_cache(folder)
        store.list_cache_records()
    return store


def executed(path, **environment):
    """The notebook at `path` as it is when run in its folder, from the cache where it ran before.

    environment: variables to add; they must not change what it prints.
    """
    notebook = keyed(read(path), path.with_suffix(".checks.json"))
    if not any(cell.cell_type == "code" for cell in notebook.cells):
        return notebook
    store = open_cache(runs())
    try:
        return store.merge_match_into_notebook(notebook)[1]
    except KeyError:
        start = time.perf_counter()
        execute(notebook, path.parent, **environment)
        seconds = {"execution_seconds": time.perf_counter() - start}
        run = CacheBundleIn(notebook, str(path), data=seconds)
        store.cache_notebook_bundle(run, check_validity=False, overwrite=True)
        return notebook


def execute_all(paths):
    """Run the notebooks at `paths` into the cache, two at a time. Returns their runs in order."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(executed, paths))


def execute(notebook, folder, **environment):
    """Run `notebook` (changed in place) for the site in `folder`, with these variables added.

    Returns it.
    """
    client = NotebookClient(
        notebook,
        timeout=120,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        record_timing=False,
        coalesce_streams=True,
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
    )
    # In a thread of its own with an event loop of its own, which is closed at the end: nbclient
    # leaves its sockets to the collector, and the caller may have a loop that runs (Playwright's).
    with ThreadPoolExecutor(1) as thread:
        run = client.async_execute(env={**os.environ, SITE: "1", **environment})
        return thread.submit(asyncio.run, run).result()


def draws(output):
    """Whether an output is a picture, HTML or a widget."""
    return "data" in output and not set(output["data"]) <= COMPARED


def comparable(cell):
    """The outputs of an executed cell that are stored, or None where nothing is compared.

    Raises NotebookError for a cell that prints and draws, or prints what changes with every run.
    """
    if IGNORED in cell.metadata.get("tags", ()):
        return None
    outputs = []
    for output in cell.outputs:
        if output["output_type"] == "stream" and output["name"] == "stderr":
            raise NotebookError(f"writes to stderr: {output['text'].strip()[:200]!r}")
        if not draws(output):
            outputs.append(output)
    if len(outputs) < len(cell.outputs):
        if outputs:
            raise NotebookError("prints and draws: make it two cells")
        return None
    for output in outputs:
        text = output.get("text") or output.get("data", {}).get("text/plain", "")
        if ADDRESS.search(text):
            raise NotebookError(f"shows an address that changes with every run: {text.strip()!r}")
        if "metadata" in output:
            output["metadata"] = {}
    return outputs


def clean(notebook):
    """Give `notebook` (changed in place) its canonical metadata and ids. Returns it."""
    kept = {key: value for key, value in notebook.metadata.items() if key == "mystnb"}
    notebook.metadata = nbformat.from_dict(
        {"kernelspec": KERNEL, "language_info": {"name": "python"}, **kept}
    )
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    seen = set()
    for cell in notebook.cells:
        kept = {key: value for key, value in cell.metadata.items() if key in ("tags", "mystnb")}
        if cell.cell_type == "code" and FOLDED & set(kept.get("tags", ())):
            kept["jupyter"] = {"source_hidden": True}
        cell.metadata = nbformat.from_dict(kept)
        cell.source = cell.source.strip("\n")
        name, again = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest(), 0
        while f"{name[:8]}{again or ''}" in seen:
            again += 1
        cell.id = f"{name[:8]}{again or ''}"
        seen.add(cell.id)
    return notebook


def store_outputs(notebook):
    """Reduce the outputs of an executed `notebook` (changed in place) to what nbval compares."""
    number = 0
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        number += 1
        try:
            outputs = comparable(cell)
        except NotebookError as error:
            raise NotebookError(f"code cell {number} ({cell.source[:60]!r}) {error}") from None
        # nbval compares the outputs of exactly the cells that have an execution count.
        cell.execution_count = None if outputs is None else number
        cell.outputs = outputs or []
        for output in cell.outputs:
            if "execution_count" in output:
                output["execution_count"] = number
    return notebook


def text(notebook):
    """The bytes of a notebook's file, as a string."""
    return nbformat.writes(notebook) + "\n"


def refresh(path):
    """Run the notebook at `path` and store it in canonical form. Returns the seconds it took."""
    start = time.perf_counter()
    try:
        notebook = clean(store_outputs(executed(path)))
    except (NotebookError, CellExecutionError) as error:
        raise NotebookError(f"{path.relative_to(ROOT)}: {error}") from None
    new = text(notebook)
    if new != path.read_text("utf-8"):
        path.write_text(new, "utf-8")
    return time.perf_counter() - start


def main(arguments):
    paths = notebooks(*arguments[:1])
    try:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for path, seconds in zip(paths, pool.map(refresh, paths), strict=True):
                print(f"{path.relative_to(ROOT)}: {seconds:.1f} s", flush=True)
    except NotebookError as error:
        raise SystemExit(f"error: {error}") from None


if __name__ == "__main__":
    main(sys.argv[1:])
