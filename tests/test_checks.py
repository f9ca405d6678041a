"""The questions as they are shipped, and the student's check of an answer."""

import ast
import json
import re
import sys
import types
from pathlib import Path

import numpy as np
import pytest

import lecture_code
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
from lecture_code.checks import case, check, renew
from lecture_code.wire import dump, encode


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
            parts=(
                Part(name="numbers", points=1, draw=lambda rng: [(float(rng.normal()),)]),
                Part(name="zero", points=1, draw=lambda rng: [(0.0,)]),
            ),
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
    one, again, other = (
        encode([case.arguments for case in examples(question, seed)[1]]) for seed in (5, 5, 6)
    )
    assert one == again != other


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
    text = dump(build_checks(PUBLIC))
    assert text == dump(build_checks(PUBLIC))
    assert "SECRET HINT" not in text and '"You add."' in text
    form = json.loads(text)["questions"]["tiny.2"]
    assert [case["expected"] for part in form["parts"] for case in part["cases"]] == [0.0, 0.0]
    choice = json.loads(text)["questions"]["tiny.3"]["parts"][0]["cases"][0]
    assert choice["expected"] == "" and choice["wrong"] == []


@pytest.fixture
def student(tmp_path, monkeypatch, capsys):
    """Run cells as in a notebook beside tiny.checks.json and return what check prints."""
    (tmp_path / "tiny.checks.json").write_text(dump(build_checks(PUBLIC)))
    monkeypatch.chdir(tmp_path)
    history = [""]
    shell = types.SimpleNamespace(history_manager=types.SimpleNamespace(input_hist_raw=history))
    import IPython

    monkeypatch.setattr(IPython, "get_ipython", lambda: shell)

    def ask(key, *cells, saved=None):
        history.extend(cells)
        if saved is not None:
            notebook = {"nbformat": 4, "cells": [{"cell_type": "code", "source": s} for s in saved]}
            (tmp_path / "tiny.ipynb").write_text(json.dumps(notebook))
        check(key)
        return capsys.readouterr().out.rstrip("\n")

    return ask


RIGHT = "# answer: tiny.1\ndef scaled(factor, vector):\n    return factor * vector"
STUB = "# answer: tiny.1\ndef scaled(factor, vector):\n    ..."


def test_check_of_a_right_answer(student):
    expected = "tiny.1 · Scale: public checks passed (3 points); grading uses other inputs."
    assert student("tiny.1", RIGHT) == expected
    assert student("tiny.1", STUB) == "tiny.1 · Scale: not done yet"
    assert student("tiny.1", RIGHT.replace("return ", "print(1.0); x = ")) == (
        "tiny.1 · Scale: not done yet: the function returns None (printing is not returning)"
    )
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
    said = student("tiny.1", RIGHT.replace("scaled", "Scaled"))
    assert said == "tiny.1 · Scale: the cell does not define scaled."
    said = student("tiny.1", RIGHT + "\nimport os")
    assert "Import of os is not allowed in an answer" in said and "(line 4 of" in said


def test_the_first_wrong_case_can_be_called(student):
    """The last line of the check is a call that shows what went wrong."""
    wrong = RIGHT.replace(
        "return factor * vector", "return vector * factor * (np.ndim(vector) < 1)"
    )
    wrong = wrong.replace("def", "import numpy as np\ndef")
    last = 'See it: from lecture_code.checks import case; scaled(**case("tiny.1", {}))'
    said = student("tiny.1", wrong).splitlines()[-1].strip()
    assert said == last.format(2)
    namespace = {}
    exec(
        wrong + "\n" + said.removeprefix("See it: ").replace("scaled(", "out = scaled("), namespace
    )
    assert namespace["out"].tolist() == [0, 0, 0]
    assert student("tiny.1", RIGHT + "[0]").endswith(last.format(1))  # raises in the first case
    changing = RIGHT.replace("return", "vector *= factor; return").replace(
        "factor * vector", "vector"
    )
    assert student("tiny.1", changing).endswith(last.format(2))
    unsteady = "n = []\n" + RIGHT.replace("return", "n.append(0); 1 / (len(n) < 4); return")
    assert student("tiny.1", unsteady.replace("n = []\n", "", 1) + "\nn = []").endswith(
        last.format(4)
    )
    half = RIGHT.replace("return factor * vector", "if hasattr(vector, 'shape'): return 1.0")
    said = student("tiny.1", half)
    assert "\n  numbers: the function returns None\n  vectors: " in said
    assert said.endswith(last.format(1))
    later = half.replace("return 1.0", "return 1.0\n    raise NotImplementedError")
    assert "\n  numbers: not done yet\n  vectors: " in student("tiny.1", later)
    number = "# answer: tiny.2\ndef number(n):\n    return [n]"
    assert student("tiny.2", number).endswith('case; number(**case("tiny.2", 1))')
    for key, source in {
        "tiny.1": RIGHT,
        "tiny.3": "choice = 'c'",
        "tiny.p1": "value = 1.25",
    }.items():
        assert "case(" not in student(key, f"# answer: {key}\n{source}")


def test_cases_are_the_public_ones(student):
    drawn = [one.arguments for part in examples(PUBLIC.question("tiny.1"), 0) for one in part]
    for number, (factor, vector) in enumerate(drawn, start=1):
        given = case("tiny.1", number)
        assert list(given) == ["factor", "vector"] and given["factor"] == factor
        assert np.array_equal(given["vector"], vector)
    case("tiny.1", 2)["vector"][:] = 0
    assert case("tiny.1", 2)["vector"].all()  # a fresh copy every time


@pytest.mark.parametrize(
    ("key", "number", "message"),
    [
        ("tiny.9", 1, "unknown question 'tiny.9'; the questions are: tiny.1, "),
        ("other.1", 1, "other.checks.json is not in this folder; keep it beside"),
        ("tiny.1", 5, "tiny.1 has no public case 5; choose one from 1 to 4"),
        ("tiny.1", 0, "tiny.1 has no public case 0; choose one from 1 to 4"),
        ("tiny.1", "2", "tiny.1 has no public case '2'; choose one from 1 to 4"),
        ("tiny.3", 1, "tiny.3 asks for a value, not for a function; it has no inputs"),
    ],
)
def test_a_case_that_is_not_there(student, key, number, message):
    with pytest.raises(ValueError, match=re.escape(message)) as error:
        case(key, number)
    assert "\n" not in str(error.value)


def test_check_of_the_form_only(student):
    number = "# answer: tiny.2\ndef number(n):\n    return "
    said = student("tiny.2", number + "1.0")
    assert said.startswith("tiny.2 · Number: recorded: number returns a number.")
    assert said == student("tiny.2", number + "12345.678 * n")
    assert "not recorded" in student("tiny.2", number + "[n]")
    said = student("tiny.2", number + "1 / n")
    assert "\n  numbers: has the form\n  zero: ZeroDivisionError" in said and "passed" not in said
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
    assert student("tiny.1", RIGHT, saved=[RIGHT.split("\n", 1)[1]]).endswith(
        "The saved notebook has no cell that starts with '# answer: tiny.1'; "
        "nothing would be graded."
    )


def test_check_says_that_it_saw_no_answer_in_a_cell_that_begins_otherwise(student):
    """The answer before it is the one that was checked."""
    said = student("tiny.1", RIGHT, "import numpy as np\n" + RIGHT.replace("*", "+"))
    assert "public checks passed" in said
    assert "has other lines above '# answer: tiny.1'" in said
    assert "other lines" not in student("tiny.1", RIGHT)
    assert "other lines" not in student("tiny.1", "x = 1\n# answer: tiny.2\ny = 2")


def notebook(path, **cells):
    """Write a notebook whose code cells have these ids."""
    code = [{"cell_type": "code", "id": name, "source": text} for name, text in cells.items()]
    cells = [{"cell_type": "markdown", "source": ["# Tiny\n"]}, *code]
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "cells": cells}))


VALUE, NO_VALUE = "# answer: tiny.p1\nvalue = 2.5", "# answer: tiny.p1\nvalue = None"
GONE = "# answer: tiny.7\nold = 1"


def test_a_corrected_exercise_is_noticed_and_takes_the_answers_over(student, tmp_path, capsys):
    released, mine = tmp_path / "released" / "tiny.ipynb", tmp_path / "tiny.ipynb"
    notebook(released, a=STUB, b=NO_VALUE)
    notebook(mine, a=RIGHT, b=NO_VALUE, mine="1 + 1")
    assert "corrected" not in student("tiny.1", RIGHT)
    notebook(released, a=STUB, b=NO_VALUE, c="print('new')")
    assert 'renew("tiny")' in student("tiny.1", RIGHT)

    notebook(mine, a=RIGHT, b=NO_VALUE, d=GONE)
    before = mine.read_bytes()
    renew("tiny")
    told = capsys.readouterr().out.splitlines()
    assert told[:2] == ["tiny.1: carried over", "tiny.p1: as released"]
    assert told[2] == "tiny.7: not in the exercise any more"
    cells = json.loads(mine.read_text())["cells"]
    assert [cell["source"] for cell in cells[1:]] == [RIGHT, NO_VALUE, "print('new')"]
    assert (tmp_path / "tiny.before.ipynb").read_bytes() == before
    once = mine.read_bytes()
    renew("tiny")
    assert (tmp_path / "tiny.before.ipynb").read_bytes() == before
    assert (tmp_path / "tiny.before-2.ipynb").read_bytes() == mine.read_bytes() == once
    assert "as it was: tiny.before-2.ipynb." in capsys.readouterr().out
    assert "corrected" not in student("tiny.1", RIGHT)


def test_the_last_answer_is_carried_over_and_given_code_kept(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    notebook(tmp_path / "tiny.ipynb", a=STUB, b=RIGHT, c="# answer: tiny.p1\nvalue = (")
    notebook(tmp_path / "new" / "tiny.ipynb", a=STUB, b=VALUE)
    renew("tiny", "new/tiny.ipynb")
    cells = json.loads((tmp_path / "tiny.ipynb").read_text())["cells"]
    assert [cell["source"] for cell in cells[1:]] == [RIGHT, "# answer: tiny.p1\nvalue = ("]


def test_a_shorter_notebook_takes_the_place_of_a_longer_one(tmp_path, monkeypatch):
    """The file is not emptied first, so nothing of the longer one may stay behind."""
    monkeypatch.chdir(tmp_path)
    notebook(tmp_path / "new.ipynb", a=STUB)
    for text, kept in (("1" * 900, "before"), ("2" * 500, "before-2")):
        notebook(tmp_path / "tiny.ipynb", a=RIGHT, b=text)
        before = json.loads((tmp_path / "tiny.ipynb").read_text())
        renew("tiny", "new.ipynb")
        assert json.loads((tmp_path / f"tiny.{kept}.ipynb").read_text()) == before
        cells = json.loads((tmp_path / "tiny.ipynb").read_text())["cells"]
        assert [cell["source"] for cell in cells[1:]] == [RIGHT]


def test_nothing_is_replaced_by_what_is_no_notebook(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    notebook(tmp_path / "tiny.ipynb", a=RIGHT)
    (tmp_path / "new.ipynb").write_text("<html>")
    before = (tmp_path / "tiny.ipynb").read_bytes()
    with pytest.raises(ValueError, match="not valid JSON"):
        renew("tiny", "new.ipynb")
    with pytest.raises(ValueError, match="there is no released/tiny.ipynb; name the new"):
        renew("tiny")
    with pytest.raises(ValueError, match="there is no tinny.ipynb; name the new"):
        renew("tinny", "new.ipynb")
    assert (tmp_path / "tiny.ipynb").read_bytes() == before


def test_check_without_its_needs(student, monkeypatch, tmp_path):
    assert "run the cell that starts with '# answer: tiny.1' first" in student("tiny.1")
    assert "unknown question 'tiny.9'; the questions are: tiny.1" in student("tiny.9")
    assert "other.checks.json is not in this folder" in student("other.1")
    (tmp_path / "tiny.checks.json").write_text("{")
    assert "cannot be read" in student("tiny.1")


@pytest.mark.parametrize("module", ["wire", "answers", "judging", "checks"])
def test_checks_import_each_other_numpy_and_the_standard_library_only(module):
    tree = ast.parse((Path(lecture_code.__file__).parent / f"{module}.py").read_text())
    names = {
        node.module if isinstance(node, ast.ImportFrom) else alias.name
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    }
    shared = {f"lecture_code.{name}" for name in ("wire", "answers", "judging")}
    others = {name for name in names - shared if name.split(".")[0] not in sys.stdlib_module_names}
    assert others <= {"numpy", *({"IPython"} if module == "checks" else ())}
