"""Judging replies: how outputs differ from what is expected, and what that says to the student."""

from __future__ import annotations

import copy
from dataclasses import dataclass

import numpy as np

from lecture_code.answers import Reply
from lecture_code.wire import clean

FLOAT32_RTOL = 1e-4


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
    details with inputs and values, for public inputs only; the index of the first case that went
    wrong; and what came of each case in a word or two, without inputs and values."""

    status: str
    message: str = ""
    details: str = ""
    first: int | None = None
    cases: tuple[str, ...] = ()


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
            return Difference("type", f"{where}{describe(answer)}, expected {describe(expected)}")
        if values and answer != expected:
            return Difference("value", f"{where}{_short(answer)}, expected {_short(expected)}")
        return None
    if type(expected) is dict:
        if type(answer) is not dict:
            return Difference("type", f"{where}{describe(answer)}, expected a dict")
        if set(answer) != set(expected):
            return Difference("keys", f"{where}the keys are {_short(sorted(answer))}")
        pairs = [(answer[key], expected[key], f"[{key!r}]") for key in expected]
    elif type(expected) in (list, tuple):
        if type(answer) not in (list, tuple):
            kind = type(expected).__name__
            return Difference("type", f"{where}{describe(answer)}, expected a {kind}")
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
        return Difference("type", f"{where}{describe(answer)}, expected {describe(expected)}")
    if array.dtype.kind == "c" and expected.dtype.kind != "c":
        return Difference("type", f"{where}complex numbers, expected {describe(expected)}")
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
    if not _is_numeric(answer):  # one long text would give all numbers its length in an array
        return None
    try:
        array = np.asarray(answer)
    except (ValueError, TypeError, OverflowError):
        return None
    return array if array.dtype.kind in "biufc" else None


def _is_numeric(answer) -> bool:
    if type(answer) in (list, tuple):
        return all(map(_is_numeric, answer))
    return type(answer) in (bool, int, float, np.ndarray)


def _at(mask) -> str:
    if mask.ndim == 0:
        return ""
    return f" at [{', '.join(str(int(i)) for i in np.argwhere(mask)[0])}]"


def _number(value) -> str:
    return f"{value:.6g}"


def describe(value) -> str:
    """The kind and shape of a value in words, without its contents."""
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
    for i, reply in enumerate(replies):
        if reply.status != "value":
            told = tuple(
                "answered" if reply.status == "value" else reply.error or reply.status
                for reply in replies
            )
            return Verdict(*trouble(reply), i, told)
    if all(reply.value is None for reply in replies):
        return Verdict("not done yet", "not done yet", first=0, cases=("nothing",) * len(replies))
    exact = values and accept is None
    wrong, sentences, changed = {}, {}, []
    for i, (case, reply) in enumerate(zip(cases, replies, strict=True)):
        tolerance = _tolerance(rtol, case)
        found = compare(reply.value, case.expected, rtol=tolerance, atol=atol, values=exact)
        if options and type(reply.value) is str and reply.value not in options:
            found = Difference("option", f"{_short(reply.value)} is none of the options")
        if reply.value is None:
            found = Difference("type", "None is returned")
        if found:
            wrong[i] = found
        if pure and reply.arguments is not None:
            before = tuple(case.arguments)
            if compare(reply.arguments, before, rtol=0.0) is not None:
                changed.append(i)
    if accept is not None and not wrong:
        with np.errstate(all="ignore"):
            for i, (case, reply) in enumerate(zip(cases, replies, strict=True)):
                sentence = accept(copy.deepcopy(case.arguments), reply.value)
                if sentence is not None:
                    sentences[i] = sentence
    told = ["right"] * len(cases)
    for i in changed:
        told[i] = "changes its arguments"
    for i in sentences:
        told[i] = "not accepted"
    for i, difference in wrong.items():
        told[i] = f"wrong {difference.kind}"
    if not wrong and not sentences and not changed:
        return Verdict("correct", cases=tuple(told))
    first = min(wrong or sentences or changed)
    messages, details = [], ""
    if wrong or sentences:
        formed = accept is None or not wrong
        hint = _diagnose(cases, replies, hints, matches, rtol, atol) if formed else None
        if hint:
            messages.append(hint)
        elif sentences:
            messages.append(sentences[first])
        else:
            messages.append(DIFFERENCES[wrong[first].kind])
            if exact:
                messages.append(facts(cases, [r.value for r in replies], rtol=rtol, atol=atol))
        if wrong:
            case, found = cases[first], wrong[first]
            names = parameters or [None] * len(case.arguments)
            given = ", ".join(
                _short(value) if name is None else f"{name}={_short(value)}"
                for name, value in zip(names, case.arguments, strict=True)
            )
            details = f"{found.text} (for {given})" if given else found.text
    if changed:
        right = "The values are right, but the" if values and not messages else "The"
        messages.append(
            f"{right} function changes its arguments; leave them as they are and work on a copy."
        )
    return Verdict("wrong", " ".join(filter(None, messages)), details, first, tuple(told))


@np.errstate(all="ignore")
def facts(cases, outputs, *, rtol=1e-9, atol=0.0) -> str:
    """What can be said about outputs some of which are wrong, without an input or a value.

    A sentence, or "" where nothing is known.

    >>> facts([Case((1.0,), 2.0), Case((2.0,), 4.0)], [2.0, -4.0])
    'Right for 1 of 2 inputs; for the others only the sign differs.'
    """
    tolerances = [_tolerance(rtol, case) for case in cases]
    found = [
        compare(output, case.expected, rtol=tolerance, atol=atol)
        for case, output, tolerance in zip(cases, outputs, tolerances, strict=True)
    ]
    right = [difference is None for difference in found]
    single = [_is_single(case.expected) for case in cases]
    where = how = ""
    if any(right):
        where = f"right for {sum(right)} of {len(right)} inputs"
        if right == single:
            where = "right for single numbers, wrong for arrays"
        if right == [not one for one in single]:
            where = "right for arrays, wrong for single numbers"
    if all(difference is None or difference.kind == "value" for difference in found):
        pairs = zip(outputs, (case.expected for case in cases), right, strict=True)
        wrong = [(output, expected) for output, expected, one in pairs if not one]
        how = _deviation(wrong, max(tolerances), atol)
    text = f"{where}; for the others {how}" if where and how else where or how
    return text and f"{text[0].upper()}{text[1:]}."


def _is_single(expected) -> bool:
    return isinstance(expected, (int, float)) or (
        isinstance(expected, (np.ndarray, np.generic)) and expected.ndim == 0
    )


def _deviation(pairs, rtol, atol) -> str:
    """What all outputs in pairs (output, expected) have in common, or ""."""
    flat = [(_flat(output), _flat(expected)) for output, expected in pairs]
    if any(a is None or e is None or a.shape != e.shape for a, e in flat):
        return ""
    a, e = (np.concatenate(side) for side in zip(*flat, strict=True))
    if not (np.isfinite(a).all() and np.isfinite(e).all()):
        return ""
    if np.all(np.abs(np.abs(a) - np.abs(e)) <= rtol * np.abs(e) + atol):
        return "only the sign differs"
    largest = np.argmax(np.abs(e))
    factor = a[largest] / e[largest]
    tolerance = np.abs(factor) * (rtol * np.abs(e) + atol)
    several = len(np.unique(np.abs(e[e != 0]))) > 1  # one number is always off by some factor
    if several and factor != 0 and np.all(np.abs(a - factor * e) <= tolerance):
        return "every number is off by the same factor"
    return ""


def _flat(value):
    """The numbers in a value, in one array of floats; None where it holds anything else."""
    if isinstance(value, (list, tuple, dict)):
        items = [value[key] for key in sorted(value, key=str)] if type(value) is dict else value
        parts = [_flat(item) for item in items]
        return None if any(part is None for part in parts) else np.concatenate([[], *parts])
    array = _numbers(value.item() if isinstance(value, np.generic) else value)
    return None if array is None or array.dtype.kind not in "iuf" else array.ravel().astype(float)


@np.errstate(all="ignore")
def _diagnose(cases, replies, hints, matches, rtol, atol):
    """The hint of the first mistake that explains every output, or None."""
    matches = matches or (None,) * len(hints)
    for i, (hint, matcher) in enumerate(zip(hints, matches, strict=True)):
        for case, reply in zip(cases, replies, strict=True):
            if matcher is not None:
                if not matcher(copy.deepcopy(case.arguments), reply.value):
                    break
                continue
            if i >= len(case.wrong) or case.wrong[i] is NO_OUTPUT:
                break
            tolerance = _tolerance(rtol, case)
            if compare(reply.value, case.wrong[i], rtol=tolerance, atol=atol) is not None:
                break
        else:
            return hint
    return None


def _tolerance(rtol, case) -> float:
    """The relative tolerance, wide enough for the digits of the arguments."""
    return max(rtol, FLOAT32_RTOL) if _has_float32(case.arguments) else rtol


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
        words = f"{reply.text[:1].upper()}{reply.text[1:]}." if reply.text else ""
        return "refused", message, words
    if reply.error == "NameError" and reply.text and reply.line is None:  # from `obtain`
        message = "The cell does not define the name that the question asks for."
        return "error", message, f"{reply.text}."
    advice = ADVICE.get(reply.error, "")
    if reply.error in ("output", "exit", "channel"):
        return "error", advice, reply.text
    where = f" in line {reply.line} of the answer cell" if reply.line else ""
    message = f"{reply.error or 'An exception'}{where}. {advice}".strip()
    return "error", message, f"{reply.text}. {advice}".strip() if reply.text else ""


def overall(statuses) -> str:
    """The status of a question from those of its parts; a timeout is always told."""
    if all(status == "correct" for status in statuses):
        return "correct"
    if "timeout" in statuses:
        return "timeout"
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
