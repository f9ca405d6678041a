"""Run notebooks and store what they print: `python scripts/notebooks.py [name]`.

Without a name: every notebook of the book and of the exercises. What is stored is what nbval can
compare: printed text and plain or Markdown results. Pictures and HTML are never stored; a cell
that draws keeps no output at all, so a cell either prints or draws, never both. The metadata is
what the book needs, and a cell's id follows from its text.
"""

import hashlib
import os
import re
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

ROOT = Path(__file__).resolve().parents[1]
IGNORED = "nbval-ignore-output"  # the tag of a cell whose output differs from run to run
COMPARED = {"text/plain", "text/markdown", "text/latex"}
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


def execute(notebook, folder, **environment):
    """Run `notebook` (changed in place) in `folder`, with these variables added. Returns it."""
    if not any(cell.cell_type == "code" for cell in notebook.cells):
        return notebook
    client = NotebookClient(
        notebook,
        timeout=120,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        record_timing=False,
        coalesce_streams=True,
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
    )
    return client.execute(env={**os.environ, **environment})


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
        cell.metadata = nbformat.from_dict(
            {key: value for key, value in cell.metadata.items() if key in ("tags", "mystnb")}
        )
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
        notebook = clean(store_outputs(execute(read(path), path.parent)))
    except (NotebookError, CellExecutionError) as error:
        raise NotebookError(f"{path.relative_to(ROOT)}: {error}") from None
    new = text(notebook)
    if new != path.read_text("utf-8"):
        path.write_text(new, "utf-8")
    return time.perf_counter() - start


def main(arguments):
    try:
        for path in notebooks(*arguments[:1]):
            print(f"{path.relative_to(ROOT)}: {refresh(path):.1f} s", flush=True)
    except NotebookError as error:
        raise SystemExit(f"error: {error}") from None


if __name__ == "__main__":
    main(sys.argv[1:])
