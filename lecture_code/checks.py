"""Checks of exercise answers: shared by the student's notebook and by the grader.

`check("adagrad.3")` in a notebook takes the answer cell as it was last run, runs it alone in a
fresh namespace and tries it on the public inputs of `adagrad.checks.json`. The grader uses the same
extractor (`answers`), the same runner (`run`, `call`) and the same judgement (`judge`) on other
inputs. Values cross between processes as plain data only (`encode`, `decode`), never as pickles.
"""

from __future__ import annotations

import base64
import binascii
import builtins
import contextlib
import copy
import io
import json
import math
import re
import unicodedata
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np

MAX_BYTES = 4_000_000  # of one encoded value
MAX_DEPTH = 16
MAX_ITEMS = 200_000
DTYPES = ("|b1", "|i1", "|u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "<f2", "<f4", "<f8")
DTYPES += ("<c8", "<c16")
FLOAT32_RTOL = 1e-4
FILENAME = "<answer cell>"
MARKER = re.compile(r"\s*#\s*answer\s*:\s*(\w+\.\w+)\s*$", re.ASCII)


# --- values as plain data -------------------------------------------------------------------------


def encode(value) -> bytes:
    """Plain data as bytes: a JSON tree in which arrays are base64 and types are exact.

    Allowed are bool, int (64 bits), float, str, None, list, tuple, dict with str keys and ndarray
    of kinds b i u f c. NumPy scalars become 0-d arrays. TypeError for anything else, ValueError
    beyond the limits `MAX_BYTES`, `MAX_DEPTH` and `MAX_ITEMS`.

    >>> decode(encode((1, 2.5, [True, None])))
    (1, 2.5, [True, None])
    """
    data = json.dumps(to_tree(value), separators=(",", ":"), allow_nan=False).encode("ascii")
    if len(data) > MAX_BYTES:
        raise ValueError(f"the value takes {len(data)} bytes; at most {MAX_BYTES} are allowed")
    return data


def decode(data: bytes):
    """The value behind `encode`'s bytes, with fresh arrays; ValueError for any other bytes."""
    if len(data) > MAX_BYTES:
        raise ValueError(f"{len(data)} bytes; at most {MAX_BYTES} are allowed")
    try:
        tree = json.loads(data, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise ValueError("not an encoded value: no plain JSON") from error
    return from_tree(tree)


def to_tree(value):
    """The JSON tree of a plain value (see `encode`)."""
    return _Tree().write(value, 0)


def from_tree(tree):
    """The plain value of a JSON tree; ValueError where `to_tree` could not have made it."""
    return _Tree().read(tree, 0)


def dump(tree) -> str:
    """A JSON document as text with the same bytes every time: sorted keys, a final newline."""
    return json.dumps(tree, indent=1, sort_keys=True, allow_nan=False) + "\n"


def _refuse_constant(name):
    raise ValueError(f"{name} is no plain JSON")


class _Tree:
    """One conversion, which counts items and bytes against the limits."""

    def __init__(self):
        self.items = 0
        self.bytes = 0

    def count(self, depth, size=0):
        self.items += 1
        self.bytes += size
        if depth > MAX_DEPTH:
            raise ValueError(f"the value is nested more than {MAX_DEPTH} deep")
        if self.items > MAX_ITEMS:
            raise ValueError(f"the value has more than {MAX_ITEMS} items; use an array")
        if self.bytes > MAX_BYTES:
            raise ValueError(f"the value takes more than {MAX_BYTES} bytes")

    def write(self, value, depth):
        kind = type(value)  # exact: a subclass could lie about its own contents
        self.count(depth, len(value) if kind is str else 0)
        if value is None or kind is bool or kind is str:
            return value
        if kind is int:
            if not -(2**63) <= value < 2**63:
                raise ValueError("an integer does not fit into 64 bits; use a float")
            return value
        if kind is float:
            return value if math.isfinite(value) else {"float": repr(value)}
        if kind is list:
            return [self.write(item, depth + 1) for item in value]
        if kind is tuple:
            return {"tuple": [self.write(item, depth + 1) for item in value]}
        if kind is dict:
            if any(type(key) is not str for key in value):
                raise TypeError("a dict has a key that is no str")
            return {"dict": [[key, self.write(item, depth + 1)] for key, item in value.items()]}
        if kind is np.ndarray:
            return {"array": self.write_array(value)}
        if isinstance(value, np.generic):
            return {"array": self.write_array(np.asarray(value))}
        raise TypeError(f"{_type_name(value)} is no plain data: use numbers, arrays, lists, tuples")

    def write_array(self, array):
        little = array.dtype.newbyteorder("<")
        if little.str not in DTYPES:
            raise TypeError(f"an array of dtype {array.dtype} is no plain data: use float64")
        self.count(0, array.nbytes)
        data = base64.b64encode(array.astype(little, copy=False).tobytes()).decode("ascii")
        return [little.str, list(array.shape), data]

    def read(self, tree, depth):
        self.count(depth)
        kind = type(tree)
        if tree is None or kind is bool or kind is str:
            return tree
        if kind is int and -(2**63) <= tree < 2**63:
            return tree
        if kind is float and math.isfinite(tree):
            return tree
        if kind is list:
            return [self.read(item, depth + 1) for item in tree]
        if kind is dict and len(tree) == 1:
            ((tag, body),) = tree.items()
            if tag == "tuple" and type(body) is list:
                return tuple(self.read(item, depth + 1) for item in body)
            if tag == "float" and body in ("nan", "inf", "-inf"):
                return float(body)
            if tag == "dict" and type(body) is list:
                return self.read_dict(body, depth)
            if tag == "array" and type(body) is list and len(body) == 3:
                return self.read_array(*body)
        raise ValueError("not an encoded value")

    def read_dict(self, body, depth):
        result = {}
        for pair in body:
            if type(pair) is not list or len(pair) != 2 or type(pair[0]) is not str:
                raise ValueError("not an encoded dict")
            result[pair[0]] = self.read(pair[1], depth + 1)
        return result

    def read_array(self, dtype, shape, data):
        if type(dtype) is not str or dtype not in DTYPES or type(data) is not str:
            raise ValueError("not an encoded array")
        if type(shape) is not list or len(shape) > 8:
            raise ValueError("not an encoded array")
        if any(type(length) is not int or not 0 <= length < 2**31 for length in shape):
            raise ValueError("not an encoded array")
        try:
            raw = base64.b64decode(data, validate=True)
        except (binascii.Error, ValueError) as error:
            raise ValueError("not an encoded array") from error
        if len(raw) != math.prod(shape) * np.dtype(dtype).itemsize:
            raise ValueError("an encoded array's bytes do not fit its shape")
        if dtype == "|b1" and raw.strip(b"\0\1"):
            raise ValueError("an encoded bool is neither 0 nor 1")
        self.count(0, len(raw))
        native = np.dtype(dtype).newbyteorder("=")
        return np.frombuffer(raw, dtype=dtype).reshape(shape).astype(native)


def _type_name(value) -> str:
    kind = type(value)
    module = getattr(kind, "__module__", "")
    return kind.__name__ if module in ("builtins", "__main__") else f"{module}.{kind.__name__}"


def clean(text: str, limit: int = 300, keep: str = "") -> str:
    """Text of unknown origin made harmless for terminals and files: no control characters, no
    invisible direction marks, no lone surrogates (all shown as escapes), cut to `limit` characters.

    >>> clean("red \\x1b[31m")
    'red \\\\x1b[31m'
    """
    shown = "".join(
        char
        if char in keep or unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
        else char.encode("unicode_escape").decode("ascii")
        for char in text[: limit + 1]
    )
    return shown if len(text) <= limit else shown[: limit - 1] + "…"


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

    def guarded(name, globals=None, locals=None, fromlist=(), level=0):
        if level or not any(name == known or name.startswith(known + ".") for known in allowed):
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
        text = f"{name} is not a function but of type {_type_name(answer)}"
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
    known = getattr(builtins, kind.__name__, None) is kind
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
    return Reply(status, error=kind.__name__ if known else "", line=line, text=text)


# --- judging the outputs --------------------------------------------------------------------------


class _NoOutput:
    def __repr__(self):
        return "NO_OUTPUT"


NO_OUTPUT = _NoOutput()


@dataclass(frozen=True)
class Case:
    """One input: the arguments, the expected output, and the output of each known mistake
    (`NO_OUTPUT` where a mistake has none)."""

    arguments: tuple
    expected: object
    wrong: tuple = ()


@dataclass(frozen=True)
class Difference:
    """How an output differs. `kind` is a key of `DIFFERENCES`; `text` has the values."""

    kind: str
    text: str


DIFFERENCES = {
    "type": "The answer has another type than the question asks for.",
    "shape": "The answer has another shape than the question asks for.",
    "length": "The answer has another number of items than the question asks for.",
    "keys": "The answer has other keys than the question asks for.",
    "nan": "The answer contains NaN (not a number).",
    "infinite": "The answer contains an infinite number.",
    "precision": "The answer is right to about 7 digits only: compute in float64, not in float32.",
    "option": "The answer is none of the options.",
    "value": "The values differ from the expected ones.",
}


@dataclass(frozen=True)
class Verdict:
    """status: correct, wrong, not done yet, error, timeout or refused; why, in one line;
    and details with inputs and values, for public inputs only."""

    status: str
    message: str = ""
    details: str = ""


def compare(answer, expected, *, rtol=1e-9, atol=0.0, values=True) -> Difference | None:
    """How a plain answer differs from what is expected, or None.

    Numbers and arrays are compared elementwise: |answer - expected| <= rtol |expected| + atol, in
    equal shapes; NaN equals NaN, infinity equals infinity of the same sign. A list of numbers
    stands for an array, a list for a tuple. With `values=False` only types and shapes are compared
    and numbers must be finite.

    >>> compare(1.0 + 1e-12, 1.0) is None
    True
    >>> compare(np.zeros(3), np.zeros(4)).text
    'the shape is (3,), expected (4,)'
    """
    return _compare(answer, expected, rtol, atol, values, "")


def _compare(answer, expected, rtol, atol, values, where):
    if expected is None or type(expected) is str:
        if type(answer) is not type(expected):
            return Difference("type", f"{where}{_describe(answer)}, expected {_describe(expected)}")
        if values and answer != expected:
            return Difference("value", f"{where}{_short(answer)}, expected {_short(expected)}")
        return None
    if type(expected) is dict:
        if type(answer) is not dict:
            return Difference("type", f"{where}{_describe(answer)}, expected a dict")
        if set(answer) != set(expected):
            return Difference("keys", f"{where}the keys are {_short(sorted(answer))}")
        pairs = [(answer[key], expected[key], f"[{key!r}]") for key in expected]
    elif type(expected) in (list, tuple):
        if type(answer) not in (list, tuple):
            kind = type(expected).__name__
            return Difference("type", f"{where}{_describe(answer)}, expected a {kind}")
        if len(answer) != len(expected):
            count = f"{len(answer)} items, expected {len(expected)}"
            return Difference("length", f"{where}{count}")
        pairs = [(*pair, f"[{i}]") for i, pair in enumerate(zip(answer, expected, strict=True))]
    else:
        return _compare_numbers(answer, expected, rtol, atol, values, where)
    for one, other, index in pairs:
        found = _compare(one, other, rtol, atol, values, f"{where.removesuffix(': ')}{index}: ")
        if found:
            return found
    return None


def _compare_numbers(answer, expected, rtol, atol, values, where):
    expected = np.asarray(expected)
    array = _numbers(answer)
    if array is None or (array.dtype.kind == "b") != (expected.dtype.kind == "b"):
        return Difference("type", f"{where}{_describe(answer)}, expected {_describe(expected)}")
    if array.dtype.kind == "c" and expected.dtype.kind != "c":
        return Difference("type", f"{where}complex numbers, expected {_describe(expected)}")
    if array.shape != expected.shape:
        return Difference("shape", f"{where}the shape is {array.shape}, expected {expected.shape}")
    wide = np.complex128 if "c" in (array.dtype.kind, expected.dtype.kind) else np.float64
    a, e = array.astype(wide), expected.astype(wide)
    nan = np.isnan(a) & ~np.isnan(e)
    if nan.any():
        return Difference("nan", f"{where}NaN{_at(nan)}")
    if not values:
        infinite = ~np.isfinite(a)
        return Difference("infinite", f"{where}infinite{_at(infinite)}") if infinite.any() else None

    def differ(rtol):
        with np.errstate(all="ignore"):
            close = np.abs(a - e) <= rtol * np.abs(e) + atol
        return ~(close & np.isfinite(e) | (a == e) | np.isnan(a) & np.isnan(e))

    bad = differ(rtol)
    if not bad.any():
        return None
    if array.dtype.str[1:] in ("f4", "f2", "c8") and not differ(FLOAT32_RTOL).any():
        return Difference("precision", f"{where}{array.dtype} has too few digits")
    index = tuple(int(i) for i in np.argwhere(bad)[0])
    text = f"{where}{_number(a[index])}, expected {_number(e[index])}{_at(bad)}"
    if bad.size > 1:
        text += f"; {int(bad.sum())} of {bad.size} numbers differ"
    return Difference("value", text)


def _numbers(answer):
    """The answer as an array of numbers or booleans, or None."""
    if type(answer) not in (bool, int, float, list, tuple, np.ndarray):
        return None
    try:
        array = np.asarray(answer)
    except (ValueError, TypeError, OverflowError):
        return None
    return array if array.dtype.kind in "biufc" else None


def _at(mask) -> str:
    if mask.ndim == 0:
        return ""
    return f" at [{', '.join(str(int(i)) for i in np.argwhere(mask)[0])}]"


def _number(value) -> str:
    return f"{value:.6g}"


def _describe(value) -> str:
    if value is None:
        return "None"
    if isinstance(value, np.ndarray):
        kind = {"b": "bool", "c": "complex number"}.get(value.dtype.kind, "number")
        return f"a {kind}" if value.ndim == 0 else f"an array of shape {value.shape}"
    return {str: "a text", bool: "a bool", int: "a number", float: "a number"}.get(
        type(value), f"a {type(value).__name__}"
    )


def _short(value, width: int = 60) -> str:
    with np.printoptions(precision=4, threshold=6, edgeitems=2, linewidth=1000):
        return clean(" ".join(repr(value).split()), width)


def judge(
    cases,
    replies,
    *,
    rtol=1e-9,
    atol=0.0,
    hints=(),
    matches=(),
    options=(),
    pure=False,
    accept=None,
    values=True,
    parameters=None,
) -> Verdict:
    """The verdict on the replies to the cases of one part.

    cases: list of `Case`; replies: list of `Reply`, as many.
    hints: for every known mistake its hint, in the order of `Case.wrong`. An answer whose outputs
        equal a mistake's on every case gets its hint.
    matches: for every mistake None or `matches(arguments, output) -> bool`, used instead.
    options: the texts that a choice is from. pure: arguments must be left unchanged.
    accept: `accept(arguments, output) -> None or a sentence`, instead of comparing values.
    values: False compares types and shapes only. parameters: names for the details.
    """
    for reply in replies:
        if reply.status != "value":
            return Verdict(*trouble(reply))
    if all(reply.value is None for reply in replies):
        return Verdict("not done yet", "not done yet")
    differences, sentences = [], []
    for case, reply in zip(cases, replies, strict=True):
        tolerance = max(rtol, FLOAT32_RTOL) if _has_float32(case.arguments) else rtol
        exact = values and accept is None
        found = compare(reply.value, case.expected, rtol=tolerance, atol=atol, values=exact)
        if options and found is None and reply.value not in options:
            found = Difference("option", f"{_short(reply.value)} is none of the options")
        if reply.value is None:
            found = Difference("type", "None is returned")
        differences.append((case, found))
    wrong = [(case, found) for case, found in differences if found]
    if accept is not None and not wrong:
        with np.errstate(all="ignore"):
            sentences = [
                sentence
                for case, reply in zip(cases, replies, strict=True)
                if (sentence := accept(copy.deepcopy(case.arguments), reply.value)) is not None
            ]
    changed = pure and any(
        reply.arguments is not None
        and compare(reply.arguments, tuple(case.arguments), rtol=0.0) is not None
        for case, reply in zip(cases, replies, strict=True)
    )
    if not wrong and not sentences and not changed:
        return Verdict("correct")
    messages, details = [], ""
    if wrong or sentences:
        formed = accept is None or not wrong
        hint = _diagnose(cases, replies, hints, matches, rtol, atol) if formed else None
        if hint:
            messages.append(hint)
        elif sentences:
            messages.append(sentences[0])
        else:
            messages.append(DIFFERENCES[wrong[0][1].kind])
        if wrong:
            case, found = wrong[0]
            names = parameters or [None] * len(case.arguments)
            given = ", ".join(
                _short(value) if name is None else f"{name}={_short(value)}"
                for name, value in zip(names, case.arguments, strict=True)
            )
            details = f"{found.text} (for {given})" if given else found.text
    if changed:
        messages.append(
            "The function changes its arguments; leave them as they are and work on a copy."
        )
    return Verdict("wrong", " ".join(messages), details)


def _diagnose(cases, replies, hints, matches, rtol, atol):
    """The hint of the first mistake that explains every output, or None."""
    matches = matches or (None,) * len(hints)
    for i, (hint, matcher) in enumerate(zip(hints, matches, strict=True)):
        for case, reply in zip(cases, replies, strict=True):
            if matcher is not None:
                if not matcher(copy.deepcopy(case.arguments), reply.value):
                    break
                continue
            tolerance = max(rtol, FLOAT32_RTOL) if _has_float32(case.arguments) else rtol
            if i >= len(case.wrong) or case.wrong[i] is NO_OUTPUT:
                break
            if compare(reply.value, case.wrong[i], rtol=tolerance, atol=atol) is not None:
                break
        else:
            return hint
    return None


def _has_float32(value) -> bool:
    if isinstance(value, (list, tuple)):
        return any(_has_float32(item) for item in value)
    if isinstance(value, dict):
        return any(_has_float32(item) for item in value.values())
    return isinstance(value, np.ndarray) and value.dtype.str[1:] in ("f2", "f4", "c8")


ADVICE = {
    "NameError": "An answer cell runs alone: import and define in it everything that it uses.",
    "TypeError": "Compare the function's parameters and types with the question.",
    "SyntaxError": "The cell is not valid Python.",
    "IndentationError": "The cell is not valid Python.",
    "MemoryError": "The answer needs too much memory.",
    "RecursionError": "The function calls itself without an end.",
    "SystemExit": "An answer must not end the program.",
    "output": "The answer gives no plain data or too much: use numbers and arrays of them.",
    "exit": "The answer ended the Python process.",
    "channel": "The answer wrote into the channel of the grader.",
}


def trouble(reply: Reply) -> tuple[str, str, str]:
    """Of a reply without a value: the status, a message without the answer's own words, and one
    with them ("" where there are none) to show instead where no input is secret."""
    if reply.error == "NotImplementedError":
        return "not done yet", "not done yet", ""
    if reply.status == "timeout":
        return "timeout", "The answer took too long and was stopped; does every loop end?", ""
    if reply.status == "refused":
        message = "The answer imports a module that is not allowed here."
        return "refused", message, f"{reply.text}." if reply.text else ""
    advice = ADVICE.get(reply.error, "")
    if reply.error in ("output", "exit", "channel"):
        return "error", advice, reply.text
    where = f" in line {reply.line} of the answer cell" if reply.line else ""
    message = f"{reply.error or 'An exception'}{where}. {advice}".strip()
    return "error", message, f"{reply.text}. {advice}".strip() if reply.text else ""


def overall(statuses) -> str:
    """The status of a question from those of its parts."""
    if all(status == "correct" for status in statuses):
        return "correct"
    if "correct" in statuses:
        return "partial"
    return "wrong" if "wrong" in statuses else statuses[0]


def summary(names, verdicts) -> str:
    """The messages of the parts in one line; a message that all parts share stands once."""
    shown = [(name, verdict.message) for name, verdict in zip(names, verdicts, strict=True)]
    shown = [(name, message) for name, message in shown if message]
    if len(shown) == len(verdicts) and len({message for _, message in shown}) == 1:
        return shown[0][1]
    merged: dict[str, list[str]] = {}
    for name, message in shown:
        merged.setdefault(message, []).append(name)
    return " ".join(f"{', '.join(parts)}: {message}" for message, parts in merged.items())


# --- the check in the notebook --------------------------------------------------------------------


def check(key: str) -> None:
    """Try the answer to a question, such as "adagrad.3", on its public inputs and print the result.

    It takes the answer cell as you ran it last and runs it alone, as grading does, on inputs that
    come with the notebook (`adagrad.checks.json` in the current folder). Grading uses other inputs.
    """
    print(_check(key))


def _check(key: str) -> str:
    exercise = str(key).split(".")[0]
    path = Path(f"{exercise}.checks.json")
    try:
        data = json.loads(path.read_bytes())
        question = data["questions"][key]
    except FileNotFoundError:
        return f"{path} is not in this folder; keep it beside the notebook, as in the download."
    except (OSError, ValueError, TypeError):
        return f"{path} cannot be read; download the exercise again."
    except KeyError:
        known = ", ".join(data.get("questions", ())) if isinstance(data, dict) else ""
        return f"unknown question {key!r}; the questions are: {known}"
    source = _last_run(key)
    title = f"{key} · {question['title']}"
    if source is None:
        return f"{title}: run the cell that starts with '# answer: {key}' first, then this one."
    lines = [title, *_results(question, source, data["allowed"]), *_saved(key, source, exercise)]
    if len(lines) == 2:
        return f"{lines[0]}: {lines[1]}"
    return "\n  ".join(lines)


def _results(question, source, allowed) -> list[str]:
    function = question["parameters"] is not None
    answer, reply = obtain(source, allowed, question["name"], function)
    if reply is not None:
        _, message, words = trouble(reply)
        return [words or message]
    verdicts, form = [], question["check"] == "form"
    for part in question["parts"]:
        cases = [
            Case(
                arguments=from_tree(row["arguments"]),
                expected=from_tree(row["expected"]),
                wrong=tuple(
                    NO_OUTPUT if output is None else from_tree(output["output"])
                    for output in row["wrong"]
                ),
            )
            for row in part["cases"]
        ]
        replies = [call(answer, case.arguments) if function else plain(answer) for case in cases]
        verdicts.append(
            judge(
                cases,
                replies,
                rtol=question["rtol"],
                atol=question["atol"],
                hints=question["hints"],
                options=question["options"],
                pure=question["pure"],
                values=not form,
                parameters=question["parameters"],
            )
        )
    status = overall([verdict.status for verdict in verdicts])
    if status == "not done yet":
        return ["not done yet"]
    if status == "correct":
        if form:
            what = f"the choice {answer!r}" if question["options"] else _form(question)
            return [f"recorded: {what}. Whether it is right is decided in grading."]
        if not question["graded"]:
            return ["right."]
        return [f"public checks passed ({_count(question['points'])}); grading uses other inputs."]
    lines = []
    for part, verdict in zip(question["parts"], verdicts, strict=True):
        text, details = verdict.message or "passed", verdict.details
        if verdict.status != "wrong" and details:
            text, details = details, ""
        lines.append(f"{part['name']}: {text}" if len(verdicts) > 1 else text)
        if details:
            lines.append(f"    {details}")
    if form:
        lines.append("not recorded: the answer does not have the form that the question asks for.")
    elif question["graded"]:
        passed = sum(
            part["points"]
            for part, verdict in zip(question["parts"], verdicts, strict=True)
            if verdict.status == "correct"
        )
        lines.append(f"{passed} of {_count(question['points'])} on the public inputs.")
    return lines


def _count(points) -> str:
    return f"{points} point" if points == 1 else f"{points} points"


def _form(question) -> str:
    expected = from_tree(question["parts"][0]["cases"][0]["expected"])
    verb = "returns" if question["parameters"] is not None else "is"
    return f"{question['name']} {verb} {_describe(expected)}"


def _last_run(key):
    """The answer cell as it was run last in this session, or None."""
    try:
        from IPython import get_ipython

        history = get_ipython().history_manager.input_hist_raw
    except (ImportError, AttributeError):
        return None
    found = answers(history).get(key)
    return found[-1] if found else None


def _saved(key, source, exercise) -> list[str]:
    """A warning where the saved notebook holds another answer than the one that ran."""
    try:
        found = answers(read_notebook(f"{exercise}.ipynb")).get(key, [])
    except (OSError, ValueError):
        return []
    texts = [text.strip() for text in found]
    if texts and texts[-1] == source.strip():
        return []
    if source.strip() in texts:
        count = f"{len(texts)} cells start with '# answer: {key}'"
        return [f"{count}; the last one in the notebook counts, and it is not the one you ran."]
    return ["Save the notebook: the saved answer differs from the one you ran."]
