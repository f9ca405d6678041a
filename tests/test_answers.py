"""Finding answers in notebooks, and running them."""

import json
import math

import numpy as np
import pytest

from lecture_code.answers import Refused, answers, call, code_cells, obtain, run

# --- the notebook's cells


def test_markers_are_found_and_others_are_not():
    found = answers(
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
    assert code_cells(data) == ["a\nb", "c\nd"]


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
        code_cells(data)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 120


# --- running

ALLOWED = ("numpy", "math", "lecture_code.objectives")


def test_an_answer_runs_alone():
    namespace = run("import numpy as np\nimport math\ny = np.sqrt(4.0) + math.pi", ALLOWED)
    assert namespace["y"] == 2 + math.pi
    with pytest.raises(NameError):
        run("y = np.sqrt(4.0)", ALLOWED)
    assert "y" not in run("pass", ALLOWED)


@pytest.mark.parametrize(
    "source",
    [
        "import os",
        "import lecture_code",
        "from lecture_code.adagrad import AdaGrad",
        "from lecture_code import objectives, adagrad",
        "from lecture_code import *",
        "import numpyy",
        "from . import secret",
        "__import__('subprocess')",
        "def f(): import sys\nf()",
    ],
)
def test_other_imports_are_refused(source):
    with pytest.raises(Refused, match="not allowed in an answer; allowed: numpy, math"):
        run(source, ALLOWED)


@pytest.mark.parametrize(
    "source",
    [
        "import numpy.linalg",
        "from lecture_code.objectives import Bowl",
        "from lecture_code import objectives\nobjectives.Bowl",
        "from __future__ import annotations",
    ],
)
def test_other_forms_of_allowed_imports_are_allowed(source):
    run(source, ALLOWED)


def outcome(source, arguments=(1.0,)):
    answer, reply = obtain(source, ALLOWED, "f", True)
    return reply or call(answer, arguments)


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
