"""The check in the student's notebook: `check("adagrad.3")` tries an answer on public inputs.

It finds, runs and judges the answer with the code that grading uses, on the data in
`adagrad.checks.json`; `case("adagrad.3", 2)` gives the second of these inputs. `renew("adagrad")`
carries the answers over to an exercise that was corrected.
"""

from __future__ import annotations

import ast
import itertools
import json
from pathlib import Path

from lecture_code.answers import MARKER, answers, call, code_cells, obtain, plain, read_notebook
from lecture_code.judging import NO_OUTPUT, Case, describe, judge, overall, trouble
from lecture_code.wire import from_tree


def check(key: str) -> None:
    """Try the answer to a question, such as "adagrad.3", on its public inputs and print the result.

    It takes the answer cell as you ran it last and runs it alone, as grading does, on inputs that
    come with the notebook (`adagrad.checks.json` in the current folder). Grading uses other inputs.
    """
    print(_check(key))


def case(key: str, number: int) -> dict:
    """The arguments of a public case, by parameter: fresh copies every time.

    Cases count from 1, over all parts of the question. `adagrad_final(**case("adagrad.1", 2))`
    calls your function as the check does. ValueError where there is no such case.
    """
    _, question = _question(key)
    if question["parameters"] is None:
        raise ValueError(f"{key} asks for a value, not for a function; it has no inputs")
    rows = [row for part in question["parts"] for row in part["cases"]]
    if number not in range(1, len(rows) + 1):
        raise ValueError(f"{key} has no public case {number!r}; choose one from 1 to {len(rows)}")
    arguments = from_tree(rows[int(number) - 1]["arguments"])
    return dict(zip(question["parameters"], arguments, strict=True))


def renew(exercise: str, released: str | None = None) -> None:
    """Carry your answers over to an exercise that was corrected, and print what became of each.

    exercise: such as "adagrad", for `adagrad.ipynb` in the current folder, as you saved it last.
    released: the new notebook; in the browser the site has it. The notebook is replaced, and what
    it was is kept in `adagrad.before.ipynb`, the next time in `adagrad.before-2.ipynb`. ValueError
    where one of the two is not there or no notebook.
    """
    path = Path(f"{exercise}.ipynb")
    new = Path(released or f"released/{exercise}.ipynb")
    for file in (path, new):
        if not file.is_file():
            example = f'renew("{exercise}", "where/the/new/one/is.ipynb")'
            raise ValueError(f"there is no {file}; name the new notebook, as in {example}")
    before, source = path.read_bytes(), new.read_bytes()
    mine = {key: found[-1] for key, found in answers(code_cells(before)).items()}
    code_cells(source)  # raises the error of a file that is no notebook
    notebook, told = json.loads(source), []
    for cell in notebook["cells"]:
        for key in answers(["".join(cell["source"])]) if cell["cell_type"] == "code" else ():
            answer = mine.pop(key, None)
            if answer is None or _is_empty(answer):
                told.append(f"{key}: as released")
            else:
                cell["source"] = answer
                told.append(f"{key}: carried over")
    told += [f"{key}: not in the exercise any more" for key in mine]
    kept, numbers = path.with_name(f"{exercise}.before.ipynb"), itertools.count(2)
    while kept.exists():  # from an earlier call, with what the notebook has no more
        kept = path.with_name(f"{exercise}.before-{next(numbers)}.ipynb")
    kept.write_bytes(before)
    # The Jupyter in the browser fails where an .ipynb file is no JSON, were it for the moment in
    # which it is emptied. JSON may end in empty lines.
    with path.open("r+b") as file:
        text = json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"
        file.write(text.encode().ljust(len(before), b"\n"))
    print(*told, f"Your notebook as it was: {kept.name}.", sep="\n")
    print("Now reload the page, without saving, and run the notebook.")


def _question(key: str) -> tuple[dict, dict]:
    """The data of the checks in this folder and those of a question; ValueError without them."""
    path = Path(f"{str(key).split('.')[0]}.checks.json")
    try:
        data = json.loads(path.read_bytes())
        return data, data["questions"][key]
    except FileNotFoundError:
        what = f"{path} is not in this folder; keep it beside the notebook, as in the download."
    except (OSError, ValueError, TypeError):
        what = f"{path} cannot be read; download the exercise again."
    except KeyError:
        known = ", ".join(data.get("questions", ()))
        what = f"unknown question {key!r}; the questions are: {known}"
    raise ValueError(what)


def _check(key: str) -> str:
    try:
        data, question = _question(key)
    except ValueError as error:
        return str(error)
    source = _last_run(key)
    title = f"{key} · {question['title']}"
    if source is None:
        return f"{title}: run the cell that starts with '# answer: {key}' first, then this one."
    _, results = check_answer(question, source, data["allowed"])
    lines = [title, *results, *_misplaced(key), *_saved(key, source), *_corrected(key)]
    if len(lines) == 2:
        return f"{lines[0]}: {lines[1]}"
    return "\n  ".join(lines)


def _here(source, allowed, name, function, cases):
    """Run an answer in this process: (what stopped it before any call, replies by part)."""
    answer, reply = obtain(source, allowed, name, function)
    if reply is not None:
        return reply, []
    replies = [
        [call(answer, case.arguments) if function else plain(answer) for case in part]
        for part in cases
    ]
    return None, replies


def check_answer(question, source, allowed, run=_here) -> tuple[bool, list[str]]:
    """Whether an answer passes its public check, and the lines that say so.

    question: an entry of "questions" in `adagrad.checks.json`; source: the answer cell; run:
    what carries the answer out, with the arguments of `_here`: code that you did not write needs a
    sandbox.
    """
    function = question["parameters"] is not None
    cases = [[_case(row) for row in part["cases"]] for part in question["parts"]]
    early, replies = run(source, allowed, question["name"], function, cases)
    if early is not None:
        _, message, words = trouble(early)
        return False, [words or message]
    verdicts, form = [], question["check"] == "form"
    silent = function and all(reply.status == "value" for part in replies for reply in part)
    for given, answers_given in zip(cases, replies, strict=True):
        verdicts.append(
            judge(
                given,
                answers_given,
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
        if silent and not _is_stub(source, question["name"]):
            what = "the function returns None (printing is not returning)"
            return False, [f"not done yet: {what}"]
        return False, ["not done yet"]
    if status == "correct":
        if form:
            chosen = f"the choice {replies[0][0].value!r}"
            what = chosen if question["options"] else _form(question)
            return True, [f"recorded: {what}. Whether it is right is decided in grading."]
        if not question["graded"]:
            return True, ["right."]
        count = _count(question["points"])
        return True, [f"public checks passed ({count}); grading uses other inputs."]
    lines = []
    for part, verdict in zip(question["parts"], verdicts, strict=True):
        passed = "has the form" if form else "passed"
        text, details = verdict.message or passed, verdict.details
        if set(verdict.cases) == {"nothing"}:
            text = "the function returns None"
        elif verdict.status != "wrong" and details:
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
    key = next(iter(answers([source])), None)
    if function and key is not None:
        part = next(i for i, verdict in enumerate(verdicts) if verdict.status != "correct")
        number = sum(map(len, cases[:part])) + verdicts[part].first + 1
        call_it = f'{question["name"]}(**case("{key}", {number}))'
        lines.append(f"See it: from lecture_code.checks import case; {call_it}")
    return False, lines


def _case(row) -> Case:
    return Case(
        arguments=from_tree(row["arguments"]),
        expected=from_tree(row["expected"]),
        wrong=tuple(
            NO_OUTPUT if output is None else from_tree(output["output"]) for output in row["wrong"]
        ),
    )


def _is_stub(source, name) -> bool:
    """Whether the cell's function does nothing, as in the untouched notebook."""
    found = [
        node
        for node in ast.parse(source.lstrip("\ufeff")).body
        if isinstance(node, ast.FunctionDef) and node.name == name
    ]
    return bool(found) and all(
        isinstance(line, ast.Pass)
        or (isinstance(line, ast.Expr | ast.Return) and _is_constant(line.value))
        for line in found[-1].body
    )


def _is_empty(source) -> bool:
    """Whether an answer cell holds nothing but imports, stubs and names that are None."""
    try:
        body = ast.parse(source.lstrip("\ufeff")).body
    except SyntaxError:
        return False
    return all(
        isinstance(line, ast.Import | ast.ImportFrom)
        or (isinstance(line, ast.Assign) and _is_constant(line.value) and line.value.value is None)
        or (isinstance(line, ast.FunctionDef) and _is_stub(source, line.name))
        for line in body
    )


def _is_constant(node) -> bool:
    return node is None or isinstance(node, ast.Constant)


def _count(points) -> str:
    return f"{points} point" if points == 1 else f"{points} points"


def _form(question) -> str:
    expected = from_tree(question["parts"][0]["cases"][0]["expected"])
    verb = "returns" if question["parameters"] is not None else "is"
    return f"{question['name']} {verb} {describe(expected)}"


def _history():
    """The cells as they were run in this session, in this order."""
    try:
        from IPython import get_ipython

        return get_ipython().history_manager.input_hist_raw
    except (ImportError, AttributeError):
        return []


def _last_run(key):
    """The answer cell as it was run last in this session, or None."""
    found = answers(_history()).get(key)
    return found[-1] if found else None


def _misplaced(key) -> list[str]:
    """A warning where the cell with the marker that was run last has it below other lines."""
    for source in reversed(_history()):
        if key in answers([source]):
            break
        if any((found := MARKER.match(line)) and found[1] == key for line in source.split("\n")):
            return [
                f"A cell that you ran later has other lines above '# answer: {key}'; move it up."
            ]
    return []


def _saved(key, source) -> list[str]:
    """A warning where the saved notebook holds another answer than the one that ran."""
    exercise = key.split(".")[0]
    try:
        found = answers(read_notebook(f"{exercise}.ipynb")).get(key, [])
    except (OSError, ValueError):
        return []
    if not found:
        missing = f"no cell that starts with '# answer: {key}'"
        return [f"The saved notebook has {missing}; nothing would be graded."]
    texts = [text.strip() for text in found]
    if texts[-1] == source.strip():
        return []
    if source.strip() in texts:
        count = f"{len(texts)} cells start with '# answer: {key}'"
        return [f"{count}; the last one in the notebook counts, and it is not the one you ran."]
    return ["Save the notebook: the saved answer differs from the one you ran."]


def _corrected(key) -> list[str]:
    """A line where the exercise beside the notebook, as the site has it, has cells that it lacks.

    The id of a cell follows from the text with which it was released, and stays when it is edited.
    """
    exercise = key.split(".")[0]
    try:
        mine, released = (
            {cell.get("id") for cell in json.loads(Path(path).read_bytes())["cells"]}
            for path in (f"{exercise}.ipynb", f"released/{exercise}.ipynb")
        )
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return []
    if released <= mine:
        return []
    return [
        "The exercise was corrected, or you deleted cells of it. To take your answers over, save, "
        f'then run: from lecture_code.checks import renew; renew("{exercise}")'
    ]
