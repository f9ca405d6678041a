"""A student's answers: found in a notebook's cells, run alone and called.

Whatever an answer does comes back as a `Reply`, in the student's notebook as in grading.
"""

from __future__ import annotations

import builtins
import contextlib
import copy
import io
import json
import re
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lecture_code.wire import clean, decode, encode, from_tree, to_tree, type_name

FILENAME = "<answer cell>"
MARKER = re.compile(r"\s*#\s*answer\s*:\s*(\w+\.\w+)\s*$", re.ASCII)


# --- the notebook's answer cells ------------------------------------------------------------------


def read_notebook(path) -> list[str]:
    """The sources of the code cells of a notebook file; ValueError when it is no notebook."""
    return code_cells(Path(path).read_bytes())


def code_cells(data: bytes) -> list[str]:
    """The sources of the code cells in a notebook's bytes, nbformat 3 or 4.

    Everything but the code is ignored: outputs, metadata, tags, ids and kernel names. ValueError,
    in one line, when the bytes are no notebook.
    """
    if not data.strip():
        raise ValueError("the file is empty; save the notebook and hand it in again")
    try:
        notebook = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ValueError(
            "the file is not valid JSON, so it is no notebook; download it again as .ipynb"
        ) from error
    if not isinstance(notebook, dict) or not isinstance(notebook.get("nbformat"), int):
        raise ValueError("the file is JSON but no notebook; hand in the .ipynb file")
    if notebook["nbformat"] not in (3, 4):
        version = notebook["nbformat"] if abs(notebook["nbformat"]) < 1000 else "unknown"
        raise ValueError(f"notebook format {version} is not supported; save it as format 4")
    cells = notebook.get("cells")
    if cells is None:  # nbformat 3
        sheets = notebook.get("worksheets")
        sheets = sheets if isinstance(sheets, list) else []
        cells = [cell for sheet in sheets if isinstance(sheet, dict) for cell in _list(sheet)]
    if not isinstance(cells, list):
        raise ValueError("the notebook has no list of cells; download it again as .ipynb")
    sources = []
    for cell in cells:
        if not isinstance(cell, dict) or cell.get("cell_type") != "code":
            continue
        source = cell.get("source", cell.get("input", ""))
        if isinstance(source, list) and all(isinstance(line, str) for line in source):
            source = "".join(source)
        if isinstance(source, str):
            sources.append(source.replace("\r\n", "\n").replace("\r", "\n"))
    return sources


def _list(sheet):
    cells = sheet.get("cells")
    return cells if isinstance(cells, list) else []


def answers(cells) -> dict[str, list[str]]:
    """The answer cells by question key, in the notebook's order. The last one counts.

    A cell is an answer when its first line that is not blank is its marker.

    >>> answers(["# answer: adagrad.1\\nx = 1", "x = 2"])
    {'adagrad.1': ['# answer: adagrad.1\\nx = 1']}
    """
    found: dict[str, list[str]] = {}
    for source in cells:
        first = next((line for line in source.lstrip("\ufeff").split("\n") if line.strip()), "")
        marker = MARKER.match(first)
        if marker:
            found.setdefault(marker[1], []).append(source)
    return found


# --- running an answer ----------------------------------------------------------------------------


class Refused(ImportError):
    """An answer imports a module that its exercise does not allow."""


@dataclass(frozen=True)
class Reply:
    """What came of running or calling an answer.

    status: "value", "error", "timeout" or "refused".
    value: the output, plain data; None where there is none.
    arguments: the arguments after the call, or None where they were not sent back.
    error, line: name of a built-in exception ("" for others) and the line in the answer cell.
    text: one line for the student with what the answer itself says, such as the exception's
        message. It may contain inputs of the call, so it is never shown where these are secret.
    """

    status: str
    value: object = None
    arguments: tuple | None = None
    error: str = ""
    line: int | None = None
    text: str = ""


def run(source: str, allowed) -> dict:
    """Run an answer cell alone in a fresh namespace and return the namespace.

    Its imports are limited to the modules in `allowed` and what lies below them (`Refused`
    otherwise), so that what runs here also runs in grading. This keeps checks consistent; it is no
    protection. Whatever the cell raises is passed on.
    """

    def permitted(name):
        known = ("__future__", *allowed)
        return any(name == module or name.startswith(module + ".") for module in known)

    def guarded(name, globals=None, locals=None, fromlist=(), level=0):
        parts = [f"{name}.{item}" for item in fromlist or ()]
        if level or not (permitted(name) or (parts and all(map(permitted, parts)))):
            raise Refused(
                f"import of {'.' * level}{name} is not allowed in an answer; "
                f"allowed: {', '.join(allowed)}"
            )
        return builtins.__import__(name, globals, locals, fromlist, level)

    namespace = {
        "__name__": "__main__",
        "__builtins__": {**vars(builtins), "__import__": guarded},
    }
    source = source.lstrip("\ufeff")
    exec(compile(source, FILENAME, "exec", dont_inherit=True), namespace)
    return namespace


def obtain(source: str, allowed, name: str, function: bool):
    """Run an answer cell and take its answer: (answer, None), or (None, Reply) without one."""
    try:
        with _quiet():
            namespace = run(source, allowed)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return None, failure(error, source)
    if name not in namespace:
        return None, Reply("error", error="NameError", text=f"the cell does not define {name}")
    answer = namespace[name]
    if function and answer is not None and answer is not Ellipsis and not callable(answer):
        text = f"{name} is not a function but of type {type_name(answer)}"
        return None, Reply("error", error="TypeError", text=text)
    return answer, None


def call(function, arguments) -> Reply:
    """Call an answer with fresh copies of the arguments.

    >>> call(abs, (-2.0,))
    Reply(status='value', value=2.0, arguments=(-2.0,), error='', line=None, text='')
    """
    if function is None or function is Ellipsis:
        return Reply("value")
    fresh = copy.deepcopy(tuple(arguments))
    try:
        with _quiet():
            value = function(*fresh)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return failure(error)
    reply = plain(value)
    if reply.status != "value":
        return reply
    try:
        after = from_tree(to_tree(fresh))
    except (TypeError, ValueError):
        after = ()  # an argument was changed into something else
    return Reply("value", value=reply.value, arguments=after)


def plain(value) -> Reply:
    """A value as it arrives on the other side of `encode`; Ellipsis counts as None."""
    if value is Ellipsis:
        return Reply("value")
    try:
        return Reply("value", value=decode(encode(value)))
    except (TypeError, ValueError) as error:
        text = clean(f"the answer gives no plain data: {error}")
        return Reply("error", error="output", text=text)


@contextlib.contextmanager
def _quiet():
    """The answer's prints and warnings do not belong into the check's report."""
    sink = _Sink()
    with (
        contextlib.redirect_stdout(sink),
        contextlib.redirect_stderr(sink),
        warnings.catch_warnings(),
        np.errstate(all="ignore"),
    ):
        warnings.simplefilter("ignore")
        yield


class _Sink(io.TextIOBase):
    def write(self, text):
        return len(text)


def failure(error: BaseException, source: str = "") -> Reply:
    """What an answer raised, in one line with the line number in its cell."""
    line, frame = None, error.__traceback__
    while frame is not None:
        if frame.tb_frame.f_code.co_filename == FILENAME:
            line = frame.tb_lineno
        frame = frame.tb_next
    if isinstance(error, SyntaxError) and error.filename == FILENAME:
        line = error.lineno
    kind = type(error)
    # Of a library's own exceptions, such as NumPy's for memory, the built-in one that they are.
    bases = (base for base in kind.__mro__ if getattr(builtins, base.__name__, None) is base)
    builtin = next(bases, Exception)
    known = "" if builtin in (Exception, BaseException) else builtin.__name__
    try:
        message = str(error.msg if isinstance(error, SyntaxError) else error)
    except BaseException:
        message = ""
    message = clean(" ".join(message.split())) if isinstance(message, str) else ""
    if isinstance(error, Refused):
        text = message
    else:
        text = clean(kind.__name__, 60) + (f": {message}" if message else "")
    if isinstance(error, SyntaxError) and re.search(r"^\s*[%!]", source, re.MULTILINE):
        text += " (notebook commands with % or ! do not belong in an answer cell)"
    if line is not None:
        text += f" (line {line} of the answer cell)"
    status = "refused" if isinstance(error, Refused) else "error"
    return Reply(status, error=known, line=line, text=text)
