"""The codec, the extractor, the runner, the comparison and the student's check."""

import json
import math
import sys
import types

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from exercises.questions import (
    Exercise,
    FunctionQuestion,
    Mistake,
    Part,
    ValueQuestion,
    build_checks,
    examples,
    try_answer,
)
from lecture_code import checks
from lecture_code.checks import Case, Reply, compare, decode, encode, judge

# --- values as plain data

arrays = hnp.arrays(
    dtype=st.sampled_from([np.dtype(name) for name in checks.DTYPES]),
    shape=hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
)
scalars = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.text()
values = st.recursive(
    scalars | arrays,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)


def same(one, other) -> bool:
    """Equal in every bit, sign of zero, payload of NaN and type included."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and one.shape == other.shape and bits(one) == bits(other)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, float):
        return repr(one) == repr(other)
    return one == other


def bits(array):
    return array.tobytes()


@settings(max_examples=200, deadline=None)
@given(values)
def test_what_is_encoded_comes_back(value):
    assert same(decode(encode(value)), value)


def test_numpy_scalars_become_arrays_and_arrays_are_fresh():
    assert same(decode(encode(np.float32(2.5))), np.asarray(2.5, np.float32))
    array = decode(encode(np.arange(3)[::-1]))
    array[0] = 9
    assert array.tolist() == [9, 1, 0]


class Liar(float):
    def __eq__(self, other):
        return True

    __hash__ = float.__hash__


class Subclass(np.ndarray):
    pass


@pytest.mark.parametrize(
    "value",
    [
        object(),
        Liar(1.0),
        np.zeros(2).view(Subclass),
        np.ma.array([1.0]),
        np.array([1.0, None], dtype=object),
        np.array(["text"]),
        np.array(["2020-01-01"], dtype="datetime64[D]"),
        np.zeros(2, dtype=[("a", float)]),
        np.zeros(1, np.longdouble),
        {1: 2.0},
        {1.0, 2.0},
        1j,
        b"bytes",
        range(3),
        lambda: 1,
        [1, [2, (3, object())]],
    ],
    ids=lambda value: type(value).__name__,
)
def test_nothing_but_plain_data_is_encoded(value):
    with pytest.raises(TypeError):
        encode(value)


def test_encoding_is_limited():
    deep = []
    for _ in range(100):
        deep = [deep]
    loop = []
    loop.append(loop)
    for value in (deep, loop, [0] * 300_000, np.zeros(10**6), "x" * 5_000_000, 2**63):
        with pytest.raises(ValueError, match=r"nested|items|bytes|64 bits"):
            encode(value)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe\x00",
        b"{",
        b"NaN",
        b"[Infinity]",
        b"1e999",
        b"9223372036854775808",
        b"1" * 5000,
        b"{}",
        b'{"tuple": 1}',
        b'{"tuple": [], "list": []}',
        b'{"float": "1"}',
        b'{"float": ["nan"]}',
        b'{"dict": [["a"]]}',
        b'{"dict": [[1, 2]]}',
        b'{"pickle": "gASVBAAAAAAAAABLAS4="}',
        b'{"array": ["|O", [1], "AAAAAAAAAAA="]}',
        b'{"array": ["<f8", [2], "AAAAAAAAAAA="]}',
        b'{"array": ["<f8", [1], "AAAAAAAAAAA"]}',
        b'{"array": ["<f8", [-1], ""]}',
        b'{"array": ["<f8", [true], "AAAAAAAAAAA="]}',
        b'{"array": ["<f8", [0, 99999999999], ""]}',
        b'{"array": ["<f8", [1, 1, 1, 1, 1, 1, 1, 1, 1], "AAAAAAAAAAA="]}',
        b'{"array": [["<f8"], [1], "AAAAAAAAAAA="]}',
        b'{"array": ["|b1", [1], "Ag=="]}',
        b"[" * 30 + b"]" * 30,
        b"[" * 200_000,
        b"[" + b"0," * 300_000 + b"0]",
        b" " * 5_000_000,
    ],
    ids=lambda data: data[:40].decode("latin-1"),
)
def test_forged_bytes_are_refused(data):
    with pytest.raises(ValueError, match=r"encoded|at most|nested|more than"):
        decode(data)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=40) | st.text("[]{}\"':,0123456789.eE-tuplefaryndic<8|", max_size=60))
def test_any_bytes_decode_or_raise_value_error(data):
    data = data.encode() if isinstance(data, str) else data
    try:
        value = decode(data)
    except ValueError:
        return
    assert same(decode(encode(value)), value)


def test_harmless_text():
    assert checks.clean("a\x1b[2J\u202eb\ud800\n") == r"a\x1b[2J\u202eb\ud800\n"
    assert checks.clean("Zoë 李\n", keep="\n") == "Zoë 李\n"
    assert checks.clean("x" * 500) == "x" * 299 + "…"


# --- the notebook's cells


def test_markers_are_found_and_others_are_not():
    found = checks.answers(
        [
            "# answer: a.1\nx = 1",
            "\n\n  #answer :  a.1  \nx = 2",
            "\ufeff# answer: a.2",
            "x = 3\n# answer: a.3",
            "# answer: a.4 please",
            "# Answer: a.5",
            "## answer: a.6",
            "# answer: a",
            "",
        ]
    )
    assert {key: len(sources) for key, sources in found.items()} == {"a.1": 2, "a.2": 1}
    assert found["a.1"][-1].endswith("x = 2")


def cell(source, kind="code"):
    return {"cell_type": kind, "source": source}


@pytest.mark.parametrize(
    "notebook",
    [
        {"nbformat": 4, "cells": [cell(["a\n", "b"]), cell("no", "markdown"), cell("c\r\nd")]},
        {"nbformat": 4, "cells": [cell("a\nb"), 7, {}, cell(None), cell([1]), cell("c\nd")]},
        {
            "nbformat": 3,
            "worksheets": [
                {"cells": [{"cell_type": "code", "input": "a\nb"}]},
                None,
                {},
                {"cells": [{"cell_type": "code", "input": ["c\n", "d"]}]},
            ],
        },
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_notebooks_are_read_tolerantly(notebook, encoding):
    data = json.dumps(notebook).encode(encoding)
    assert checks.code_cells(data) == ["a\nb", "c\nd"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" \n",
        b"{",
        b"\x80\x81",
        b"[]",
        b"{}",
        b'"text"',
        b'{"nbformat": "4"}',
        b'{"nbformat": 2, "cells": []}',
        b'{"nbformat": 4, "cells": {}}',
        b'{"a": ' * 50_000,
        b'{"nbformat": ' + b"9" * 9000 + b"}",
    ],
    ids=lambda data: data[:30].decode("latin-1"),
)
def test_other_files_give_one_line(data):
    with pytest.raises(ValueError, match="notebook") as caught:
        checks.code_cells(data)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 120


# --- running

ALLOWED = ("numpy", "math", "lecture_code.objectives")


def test_an_answer_runs_alone():
    namespace = checks.run("import numpy as np\nimport math\ny = np.sqrt(4.0) + math.pi", ALLOWED)
    assert namespace["y"] == 2 + math.pi
    with pytest.raises(NameError):
        checks.run("y = np.sqrt(4.0)", ALLOWED)
    assert "y" not in checks.run("pass", ALLOWED)


@pytest.mark.parametrize(
    "source",
    [
        "import os",
        "import lecture_code",
        "from lecture_code.adagrad import AdaGrad",
        "from lecture_code import objectives",
        "import numpyy",
        "from . import secret",
        "__import__('subprocess')",
        "def f(): import sys\nf()",
    ],
)
def test_other_imports_are_refused(source):
    with pytest.raises(checks.Refused, match="not allowed in an answer; allowed: numpy, math"):
        checks.run(source, ALLOWED)


@pytest.mark.parametrize(
    "source", ["import numpy.linalg", "from lecture_code.objectives import Bowl"]
)
def test_what_lies_below_an_allowed_module_is_allowed(source):
    checks.run(source, ALLOWED)


def outcome(source, arguments=(1.0,)):
    answer, reply = checks.obtain(source, ALLOWED, "f", True)
    return reply or checks.call(answer, arguments)


@pytest.mark.parametrize(
    ("source", "error", "line", "text"),
    [
        ("# answer\ndef f(x):\n    return 1 / 0", "ZeroDivisionError", 3, "division by zero"),
        ("x =\n", "SyntaxError", 1, "invalid syntax"),
        ("def f(x): pass\n%timeit f(1)", "SyntaxError", 2, "commands with % or !"),
        ("f = 3", "TypeError", None, "f is not a function but of type int"),
        ("g = 3", "NameError", None, "the cell does not define f"),
        ("def f():\n    return 1", "TypeError", None, "takes 0 positional arguments"),
        ("def f(x):\n    raise SystemExit(3)", "SystemExit", 2, "SystemExit: 3"),
        ("class E(Exception): pass\ndef f(x):\n    raise E('a\\nb')", "", 3, "E: a b"),
        ("def f(x):\n    return f(x)", "RecursionError", 2, "maximum recursion"),
        ("def f(x):\n    return object()", "output", None, "object is no plain data"),
    ],
)
def test_errors_take_one_line_with_the_line_in_the_cell(source, error, line, text):
    reply = outcome(source)
    assert (reply.status, reply.error, reply.line) == ("error", error, line)
    assert text in reply.text and "\n" not in reply.text
    if line:
        assert f"(line {line} of the answer cell)" in reply.text


def test_an_exception_that_cannot_be_printed():
    source = "class E(Exception):\n    def __str__(self): raise self\ndef f(x):\n    raise E"
    assert outcome(source).text == "E (line 4 of the answer cell)"


def test_calls_get_fresh_arguments_and_are_quiet(capsys, recwarn):
    source = (
        "import numpy as np\n"
        "def f(x):\n"
        "    print('loud')\n"
        "    x += np.log(np.zeros(1) - 1)\n"
        "    return x.sum()"
    )
    given_ = np.ones(2)
    reply = outcome(source, (given_,))
    assert given_.tolist() == [1, 1] and np.isnan(reply.arguments[0]).all()
    assert reply.status == "value" and type(reply.value) is np.ndarray
    assert capsys.readouterr().out == "" and not recwarn.list


def test_an_interrupt_reaches_the_notebook():
    with pytest.raises(KeyboardInterrupt):
        outcome("def f(x):\n    raise KeyboardInterrupt")


# --- comparing


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (1.0 + 1e-10, 1.0),
        (1, 1.0),
        (np.asarray(2.0), 2.0),
        (2.0, np.float64(2.0)),
        ([1.0, 2.0], np.array([1.0, 2.0])),
        ([[1, 2]], np.array([[1.0, 2.0]])),
        ([1.0, np.zeros(2)], (1.0, np.zeros(2))),
        ({"a": 1.0}, {"a": 1.0}),
        (np.array([np.nan, np.inf]), np.array([np.nan, np.inf])),
        (1e-300, 1e-300 * (1 + 1e-10)),
        (np.array([], float), np.zeros(0)),
        (np.asarray(1 + 1j), np.asarray(1 + 1j + 1e-12)),
        (True, np.bool_(True)),
        ("b", "b"),
    ],
)
def test_equal(answer, expected):
    assert compare(answer, expected) is None


@pytest.mark.parametrize(
    ("answer", "expected", "kind"),
    [
        (1.0 + 1e-8, 1.0, "value"),
        (0.0, 1e-300, "value"),
        (np.inf, 1e308, "value"),
        (-np.inf, np.inf, "value"),
        (1.0, np.nan, "value"),
        (np.nan, 1.0, "nan"),
        (np.array([1.0, np.nan]), np.ones(2), "nan"),
        (np.ones(1), 1.0, "shape"),
        (np.ones((2, 1)), np.ones(2), "shape"),
        (True, 1.0, "type"),
        (1.0, True, "type"),
        ("1.0", 1.0, "type"),
        (None, 1.0, "type"),
        ([1.0, "x"], np.ones(2), "type"),
        ([1.0, [2.0]], np.ones(2), "type"),
        (10**18 * [1][0], np.ones(2), "shape"),
        (1j, 1.0, "type"),
        ((1.0,), (1.0, 2.0), "length"),
        (np.ones(2), (1.0, 1.0), "type"),
        ({"b": 1.0}, {"a": 1.0}, "keys"),
        ({"a": (1.0, 2.0)}, {"a": (1.0, 3.0)}, "value"),
        ("a", "b", "value"),
        (1.0, "b", "type"),
        (np.float32(1 / 3), 1 / 3, "precision"),
    ],
)
def test_different(answer, expected, kind):
    answer = decode(encode(answer)) if type(answer) is not complex else np.asarray(answer)
    difference = compare(answer, expected)
    assert difference.kind == kind and difference.kind in checks.DIFFERENCES


def test_texts_say_where():
    one, other = (1.0, {"a": np.zeros((2, 2))}), (1.0, {"a": np.array([[0, 0], [0, 3.0]])})
    text = "[1]['a']: 0, expected 3 at [1, 1]; 1 of 4 numbers differ"
    assert compare(one, other).text == text
    assert compare(np.zeros(2), np.ones(2), atol=1.0) is None


def test_form_only():
    assert compare(5.0, 0.0, values=False) is None
    assert compare(np.ones(3), np.zeros(3), values=False) is None
    for answer, kind in ((np.nan, "nan"), (np.inf, "infinite"), ([1.0], "shape"), ("5", "type")):
        assert compare(answer, 0.0, values=False).kind == kind


# --- judging


def replies(*values_, arguments=((1.0,), (2.0,))):
    return [Reply("value", value, given_) for value, given_ in zip(values_, arguments, strict=True)]


CASES = [Case((1.0,), 2.0, (1.0, checks.NO_OUTPUT)), Case((2.0,), 4.0, (1.0, 8.0))]


def verdict(given_, **options):
    return judge(CASES, given_, hints=("never one", "always eight"), **options)


def test_judgement():
    assert verdict(replies(2.0, 4.0)).status == "correct"
    assert verdict(replies(None, None)).status == "not done yet"
    assert verdict(replies(2.0, None)).message == checks.DIFFERENCES["type"]
    assert verdict(replies(1.0, 1.0)).message == "never one"
    assert verdict(replies(1.0, 4.0)).message == checks.DIFFERENCES["value"]
    assert verdict(replies(8.0, 8.0)).message == checks.DIFFERENCES["value"]
    assert verdict(replies(2.0, 3.0)).details == "3, expected 4 (for 2.0)"
    error = Reply("error", error="ValueError", line=3, text="ValueError: x = 1.0")
    found = verdict([error, error])
    assert found.status == "error" and found.message == "ValueError in line 3 of the answer cell."
    assert found.details == "ValueError: x = 1.0."
    assert verdict([Reply("error", error="NotImplementedError")] * 2).status == "not done yet"


def test_changed_arguments_are_told():
    changed = replies(2.0, 4.0, arguments=((1.0,), (9.0,)))
    assert verdict(changed).status == "correct"
    found = verdict(changed, pure=True)
    assert found.status == "wrong" and "changes its arguments" in found.message
    assert verdict(replies(2.0, 4.0, arguments=(None, None)), pure=True).status == "correct"


def test_a_judge_replaces_the_comparison():
    def even(arguments, output):
        return None if output % 2 == 0 else "The number is odd."

    assert verdict(replies(8.0, 6.0), accept=even).status == "correct"
    assert verdict(replies(8.0, 7.0), accept=even).message == "The number is odd."
    assert verdict(replies(8.0, np.nan), accept=even).message == checks.DIFFERENCES["nan"]
    matches = (lambda arguments, output: output > 5, None)
    found = verdict(replies(8.0, 7.0), accept=even, matches=matches)
    assert found.message == "never one"


def test_float32_inputs_allow_float32_answers():
    x = np.array([1 / 3], np.float32)
    case = Case((x,), np.asarray(x, float) * 3 + 1e-6)
    assert judge([case], [Reply("value", x * np.float32(3))]).status == "correct"
    wide = Case((x.astype(float),), case.expected)
    found = judge([wide], [Reply("value", x * np.float32(3))])
    assert found.message == checks.DIFFERENCES["precision"]


@pytest.mark.parametrize(
    ("statuses", "overall"),
    [
        (["correct", "correct"], "correct"),
        (["correct", "timeout"], "partial"),
        (["error", "wrong"], "wrong"),
        (["error", "timeout"], "error"),
        (["not done yet"] * 2, "not done yet"),
    ],
)
def test_status_of_a_question(statuses, overall):
    assert checks.overall(statuses) == overall


# --- questions and the student's check


def _draw(rng):
    return [(float(rng.uniform(1, 2)), rng.normal(size=3)) for _ in range(3)]


def scaled(factor, vector):
    return factor * vector


def bad_scale(arguments, output):
    return None if output > 1 else "Too small."


PUBLIC = Exercise(
    name="tiny",
    title="Tiny",
    questions=(
        FunctionQuestion(
            key="tiny.1",
            title="Scale",
            kind="implement",
            difficulty=1,
            minutes=1,
            name="scaled",
            reference=scaled,
            parts=(
                Part(name="numbers", points=1, draw=lambda rng: [(2.0, float(rng.normal()))]),
                Part(name="vectors", points=2, draw=_draw),
            ),
            mistakes=(
                Mistake(
                    name="plus", hint="You add.", answer=lambda factor, vector: factor + vector
                ),
                Mistake(name="fails", hint="Never.", answer=lambda factor, vector: 1 / 0),
            ),
        ),
        FunctionQuestion(
            key="tiny.2",
            title="Number",
            kind="predict",
            difficulty=1,
            minutes=1,
            name="number",
            reference=lambda n: 12345.678 * n,
            check="form",
            parts=(Part(name="numbers", points=1, draw=lambda rng: [(float(rng.normal()),)]),),
            mistakes=(Mistake(name="half", hint="SECRET HINT", answer=lambda n: n / 2),),
        ),
        ValueQuestion(
            key="tiny.3",
            title="Choice",
            kind="choice",
            difficulty=1,
            minutes=1,
            name="choice",
            value="b",
            options=("a", "b"),
        ),
        ValueQuestion(
            key="tiny.p1",
            title="Practice",
            kind="predict",
            difficulty=1,
            minutes=1,
            name="value",
            value=2.5,
            points=0,
            graded=False,
            mistakes=(Mistake(name="half", hint="Twice that.", answer=1.25),),
        ),
    ),
)


def test_draws_depend_on_seed_question_and_part_only():
    question = PUBLIC.question("tiny.1")
    one, again, other = examples(question, 5), examples(question, 5), examples(question, 6)
    assert same([case.arguments for case in one[1]], [case.arguments for case in again[1]])
    assert not same([case.arguments for case in one[1]], [case.arguments for case in other[1]])


def test_try_answer():
    question = PUBLIC.question("tiny.1")
    assert try_answer(question, scaled, 5).points == 3
    wrong = try_answer(question, lambda factor, vector: factor + vector, 5)
    assert (wrong.points, wrong.status, wrong.message) == (0, "wrong", "You add.")
    half = try_answer(question, lambda factor, vector: factor * np.sum(vector), 5)
    assert (half.points, half.status) == (1, "partial") and half.message.startswith("vectors: ")
    choice = PUBLIC.question("tiny.3")
    for value, status in (("b", "correct"), ("a", "wrong"), ("c", "wrong"), (None, "not done yet")):
        assert try_answer(choice, value).status == status


def test_checks_are_deterministic_and_hold_no_secret():
    text = checks.dump(build_checks(PUBLIC))
    assert text == checks.dump(build_checks(PUBLIC))
    assert "SECRET HINT" not in text and '"You add."' in text
    form = json.loads(text)["questions"]["tiny.2"]
    assert [case["expected"] for part in form["parts"] for case in part["cases"]] == [0.0]
    choice = json.loads(text)["questions"]["tiny.3"]["parts"][0]["cases"][0]
    assert choice["expected"] == "" and choice["wrong"] == []


@pytest.fixture
def student(tmp_path, monkeypatch, capsys):
    """Run cells as in a notebook beside tiny.checks.json and return what check prints."""
    (tmp_path / "tiny.checks.json").write_text(checks.dump(build_checks(PUBLIC)))
    monkeypatch.chdir(tmp_path)
    history = [""]
    shell = types.SimpleNamespace(history_manager=types.SimpleNamespace(input_hist_raw=history))
    import IPython

    monkeypatch.setattr(IPython, "get_ipython", lambda: shell)

    def ask(key, *cells, saved=None):
        history.extend(cells)
        if saved is not None:
            notebook = {"nbformat": 4, "cells": [cell(source) for source in saved]}
            (tmp_path / "tiny.ipynb").write_text(json.dumps(notebook))
        checks.check(key)
        return capsys.readouterr().out.rstrip("\n")

    return ask


RIGHT = "# answer: tiny.1\ndef scaled(factor, vector):\n    return factor * vector"
STUB = "# answer: tiny.1\ndef scaled(factor, vector):\n    ..."


def test_check_of_a_right_answer(student):
    expected = "tiny.1 · Scale: public checks passed (3 points); grading uses other inputs."
    assert student("tiny.1", RIGHT) == expected
    assert student("tiny.1", STUB) == "tiny.1 · Scale: not done yet"
    assert student("tiny.1", RIGHT + "\n", saved=[RIGHT]) == expected


def test_check_of_wrong_answers(student):
    said = student("tiny.1", RIGHT.replace("*", "+"))
    assert "\n  You add." in said or ": You add." in said
    assert "0 of 3 points on the public inputs." in said
    said = student("tiny.1", RIGHT.replace("vector\n", "").replace("* vector", "* vector[0]"))
    assert "numbers: TypeError: 'float' object is not subscriptable" in said
    assert "vectors: The answer has another shape" in said
    assert "the shape is (), expected (3,) (for factor=" in said
    said = student("tiny.1", RIGHT.replace("factor *", "np.array(factor) *"))
    assert "NameError: name 'np' is not defined (line 3 of the answer cell)" in said
    assert "import and define in it everything" in said
    said = student("tiny.1", RIGHT + "\nimport os")
    assert "import of os is not allowed in an answer" in said and "(line 4 of" in said


def test_check_of_the_form_only(student):
    number = "# answer: tiny.2\ndef number(n):\n    return "
    said = student("tiny.2", number + "1.0")
    assert said.startswith("tiny.2 · Number: recorded: number returns a number.")
    assert said == student("tiny.2", number + "12345.678 * n")
    assert "not recorded" in student("tiny.2", number + "[n]")
    assert student("tiny.2", number + "None").endswith("not done yet")
    a, b = (student("tiny.3", f"# answer: tiny.3\nchoice = {text!r}") for text in "ab")
    assert a.replace("'a'", "'b'") == b and "recorded: the choice 'b'." in b
    assert "none of the options" in student("tiny.3", "# answer: tiny.3\nchoice = 'c'")


def test_check_of_practice_says_all(student):
    assert student("tiny.p1", "# answer: tiny.p1\nvalue = 2.5").endswith(": right.")
    assert "Twice that." in student("tiny.p1", "# answer: tiny.p1\nvalue = 1.25")


def test_check_compares_with_the_saved_notebook(student):
    assert "Save the notebook" in student("tiny.1", RIGHT, saved=[STUB])
    assert "Save the notebook" not in student("tiny.1", saved=[STUB, RIGHT])
    assert "2 cells start with '# answer: tiny.1'; the last one" in student(
        "tiny.1", saved=[RIGHT, STUB]
    )


def test_check_without_its_needs(student, monkeypatch, tmp_path):
    assert "run the cell that starts with '# answer: tiny.1' first" in student("tiny.1")
    assert "unknown question 'tiny.9'; the questions are: tiny.1" in student("tiny.9")
    assert "other.checks.json is not in this folder" in student("other.1")
    (tmp_path / "tiny.checks.json").write_text("{")
    assert "cannot be read" in student("tiny.1")


def test_checks_import_numpy_and_the_standard_library_only():
    import ast
    from pathlib import Path

    tree = ast.parse(Path(checks.__file__).read_text())
    names = {
        (node.module if isinstance(node, ast.ImportFrom) else alias.name).split(".")[0]
        for node in tree.body
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    }
    assert names - set(sys.stdlib_module_names) == {"numpy"}
