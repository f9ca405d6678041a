"""`python -m exercises list` and `check`: the course at a glance, and the public checks."""

import nbformat
import pytest

from exercises import questions
from exercises.__main__ import main
from scripts.site import ROOT

EXERCISE = questions.load("adagrad")


def notebook(path, *sources):
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return str(path)


def starters(name):
    """The answer cells as a student finds them."""
    worked = nbformat.read(ROOT / "exercises" / f"{name}.ipynb", as_version=4)
    return [cell.source for cell in worked.cells if "starter" in cell.metadata.get("tags", ())]


def test_the_list_has_every_question_and_the_sums(capsys):
    assert main(["list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    for name in questions.names():
        exercise = questions.load(name)
        for question in exercise.questions:
            [line] = [line for line in lines if line.startswith(f"{question.key} ")]
            assert question.title in line and question.kind in line
            assert line.split()[-1] == str(question.minutes)
        [line] = [line for line in lines if line.startswith(f"{name} ")]
        assert line.split()[-2] == str(sum(question.points for question in exercise.graded))


def test_the_worked_answers_pass_or_are_recorded(capsys):
    for question in EXERCISE.graded:
        path = ROOT / "exercises" / "adagrad.ipynb"
        assert main(["check", str(path), "-k", question.key]) == 0
        said = capsys.readouterr().out
        assert said.startswith(f"{question.key} · {question.title}\n")
        assert ("recorded" if question.check == "form" else "public checks passed") in said


def test_an_untouched_notebook_is_not_done(tmp_path, capsys):
    path = notebook(tmp_path / "adagrad.ipynb", *starters("adagrad"))
    assert main(["check", path]) == 1
    said = capsys.readouterr().out
    assert said.count("· ") == len(EXERCISE.questions)
    assert said.count("not done yet") == len(EXERCISE.questions)


def test_a_missing_answer_is_said(tmp_path, capsys):
    path = notebook(tmp_path / "adagrad.ipynb", *starters("adagrad")[:1])
    assert main(["check", path, "-k", "adagrad.1"]) == 1
    assert "no cell starts with '# answer: adagrad.1'" in capsys.readouterr().out


def test_errors_in_a_public_case_are_told_as_in_the_notebook(tmp_path, capsys):
    source = (
        "# answer: adagrad.1\n"
        "def adagrad_final(theta0, gradients, lr, lr_decay, accumulator0, epsilon):\n"
        "    raise ValueError(f'{lr_decay} is no rate')\n"
    )
    assert main(["check", notebook(tmp_path / "a.ipynb", source), "-k", "adagrad.1"]) == 1
    said = capsys.readouterr().out
    rate = questions.examples(EXERCISE.question("adagrad.1"), questions.PUBLIC_SEED)
    rate = rate[0][0].arguments[3]
    assert f"ValueError: {rate} is no rate (line 3 of the answer cell)." in said


def test_answers_cannot_write_here(tmp_path, capsys):
    target = tmp_path / "written"
    source = (
        "# answer: adagrad.1\n"
        "def adagrad_final(theta0, gradients, lr, lr_decay, accumulator0, epsilon):\n"
        f"    open({str(target)!r}, 'w').write('x')\n    return theta0\n"
    )
    assert main(["check", notebook(tmp_path / "a.ipynb", source), "-k", "adagrad.1"]) == 1
    assert "adagrad.1" in capsys.readouterr().out
    assert not target.exists()


def test_what_is_no_notebook_is_named(tmp_path, capsys):
    (tmp_path / "all.zip").write_text("PK")
    for name, words in {"no.ipynb": "No such file", "all.zip": "no notebook"}.items():
        assert main(["check", str(tmp_path / name)]) == 2
        said = capsys.readouterr().err
        assert said.startswith(f"error: {tmp_path / name}: ") and words in said


@pytest.mark.parametrize(
    ("sources", "key", "words"),
    [
        (["x = 1"], None, "has no answer cell"),
        (["# answer: adagrad.1\nx = 1"], "adagrad.99", "unknown question 'adagrad.99'"),
    ],
)
def test_bad_input_is_one_line(tmp_path, capsys, sources, key, words):
    path = notebook(tmp_path / "a.ipynb", *sources)
    assert main(["check", path, *(["-k", key] if key else [])]) == 2
    said = capsys.readouterr()
    assert said.out == "" and words in said.err and said.err.count("\n") == 1
