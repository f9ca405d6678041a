"""A sample class for the grader: `python -m tests.submissions.make FOLDER` writes it.

Every member is a folder with what a student might hand in for the exercise `adagrad`, made from the
student edition of the worked notebook. `CLASS` says which points an honest reader would give.
"""

import ast
import copy
import json
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

from exercises.questions import load
from lecture_code.answers import answers

ROOT = Path(__file__).resolve().parents[2]
NAME = "adagrad"
EXERCISE = load(NAME)
WORKED = json.loads((ROOT / f"exercises/{NAME}.ipynb").read_text("utf-8"))
IMPORT = "__import__ = np.__builtins__['__import__']\n"  # around the list of allowed imports
FIRST, SECOND, *OTHERS = EXERCISE.graded


def sources(tag: str) -> dict[str, str]:
    """The answer cells of the worked notebook with this tag, by question."""
    cells = [cell for cell in WORKED["cells"] if tag in cell["metadata"].get("tags", [])]
    texts = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    return {key: found[-1] for key, found in answers(texts).items()}


SOLUTIONS, STARTERS = sources("solution"), sources("starter")


def notebook(sources: dict[str, str]) -> dict:
    """The student's notebook with these answer cells; other questions keep their starter cells."""
    result = copy.deepcopy(WORKED)
    result["cells"] = [
        cell for cell in result["cells"] if "solution" not in cell["metadata"].get("tags", [])
    ]
    for cell in result["cells"]:
        key = next(iter(answers(["".join(cell["source"])])), None)
        if cell["cell_type"] == "code" and key in sources:
            cell["source"] = sources[key].splitlines(keepends=True)
    return result


def code(source: str) -> dict:
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": "added",
        "metadata": {},
        "outputs": [],
        "source": source,
    }


def solved(source: str) -> dict:
    """A short notebook: this answer to the first question and the solution of the second."""
    result = notebook({})
    second = code(SOLUTIONS[SECOND.key])
    result["cells"] = [code(f"# answer: {FIRST.key}\n{source}"), second]
    return result


def mistaken(index: int) -> dict:
    """In every question the known mistake of this number (counted round).

    The mistakes are functions inside the questions' module, so the answer brings that module along.
    """
    sources = {}
    for question in EXERCISE.graded:
        number = index % len(question.mistakes)
        which = f"questions().question({question.key!r}).mistakes[{number}].answer"
        sources[question.key] = f"# answer: {question.key}\n{MODULE}\n{question.name} = {which}\n"
    return notebook(sources)


def _module() -> str:
    """The questions' module without what it imports from the grader's side."""
    tree = ast.parse((ROOT / f"exercises/questions/{NAME}.py").read_text("utf-8"))
    body = [
        node
        for node in tree.body
        if not (isinstance(node, ast.ImportFrom) and node.module == "exercises.questions")
    ]
    stand_in = (
        "class Record:\n"
        "    def __init__(self, **fields):\n"
        "        self.__dict__.update(fields)\n"
        "    def question(self, key):\n"
        "        return next(one for one in self.questions if one.key == key)\n"
        "Exercise = FunctionQuestion = ValueQuestion = Mistake = Part = Record\n"
        "def questions():\n"  # a scope of its own: the answers have the references' names
    )
    inner = "\n".join(ast.unparse(node) for node in body)
    return stand_in + textwrap.indent(f"{inner}\nreturn EXERCISE", "    ")


MODULE = _module()
MISTAKEN = max(len(question.mistakes) for question in EXERCISE.graded)


@dataclass(frozen=True)
class Member:
    """A student: the files by path, and what an honest reader finds.

    statuses: by question, where not "correct"; such a question has no points. None: the known
    mistakes, which may leave some points.
    """

    files: dict
    statuses: dict


def _member(content, path=f"{NAME}.ipynb", statuses=None, every=None) -> Member:
    if isinstance(content, dict):
        content = json.dumps(content, indent=1)
    if every:
        statuses = {question.key: every for question in EXERCISE.graded}
    return Member({path: content}, statuses or {})


def _first(status, content) -> Member:
    return _member(content, statuses={FIRST.key: status})


def _short(status, source) -> Member:
    missing = {question.key: "missing" for question in OTHERS}
    return _member(solved(source), statuses=missing | {FIRST.key: status})


def _format_3() -> dict:
    cells = []
    for cell in notebook(SOLUTIONS)["cells"]:
        new = {"cell_type": cell["cell_type"], "metadata": {}}
        new["input" if cell["cell_type"] == "code" else "source"] = "".join(cell["source"])
        cells.append(new)
    return {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": cells}]}


def _without_ids() -> dict:
    result = notebook(SOLUTIONS)
    result["nbformat_minor"] = 2
    for cell in result["cells"]:
        cell.pop("id", None)
        cell["metadata"] = {"tags": ["solution", "nonsense"], "nbgrader": {"points": 1000}}
    return result


def _wrong_kernel() -> dict:
    result = notebook(SOLUTIONS)
    result["metadata"]["kernelspec"] = {"name": "../../bin/sh", "display_name": "<b>R</b>"}
    return result


def _deleted() -> dict:
    result = notebook(SOLUTIONS)
    result["cells"] = [
        cell for cell in result["cells"] if FIRST.key not in answers(["".join(cell["source"])])
    ]
    return result


def _duplicated(last: str) -> dict:
    result = notebook(SOLUTIONS)
    wrong = f"# answer: {FIRST.key}\ndef {FIRST.name}(*arguments):\n    return 0.0\n"
    if last == "right":
        result["cells"].insert(0, code(wrong))
    else:
        result["cells"].append(code(wrong))
    return result


def _noisy() -> dict:
    result = notebook(SOLUTIONS)
    output = {"output_type": "stream", "name": "stdout", "text": "x" * 3_000_000}
    result["cells"].insert(0, {**code("%matplotlib inline\nprint('x' * 3_000_000)")})
    result["cells"][0]["outputs"] = [output]
    return result


def _function(body: str, before: str = "") -> str:
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    return f"import numpy as np\n{IMPORT}{before}\ndef {FIRST.name}(*arguments):\n{lines}\n"


HOSTILE = '<img src=x onerror="alert(1)"><script>alert(2)</script>\x1b[31m=1+1'

CLASS: dict[str, Member] = {
    "right": _member(notebook(SOLUTIONS)),
    "right, in nbgrader's layout": _member(notebook(SOLUTIONS), path=f"week 5/{NAME}.ipynb"),
    "right, with other cell ids and tags": _member(_without_ids()),
    "right, in the old format": _member(_format_3()),
    "right, with a byte-order mark": _member("\ufeff" + json.dumps(notebook(SOLUTIONS))),
    "right, with an enormous output": _member(_noisy()),
    "right, printing": _member(
        notebook(
            SOLUTIONS
            | {
                FIRST.key: f"{SOLUTIONS[FIRST.key]}\n_quiet = {FIRST.name}\n"
                f"def {FIRST.name}(*arguments):\n"
                "    print('x' * 1_000_000)\n"
                "    np.log(np.zeros(1) - 1)\n"
                "    return _quiet(*arguments)\n"
            }
        )
    ),
    "wrong kernel": _member(_wrong_kernel()),
    "blank": _member(notebook({}), every="not done yet"),
    "deleted cell": _first("missing", _deleted()),
    "duplicated cell, right last": _member(_duplicated("right")),
    "duplicated cell, wrong last": _first("wrong", _duplicated("wrong")),
    "broken JSON": _member(json.dumps(notebook(SOLUTIONS))[:-500], every="unreadable"),
    "empty file": _member("", every="unreadable"),
    "no notebook": _member("[1, 2, 3]", every="unreadable"),
    "deep JSON": _member("[" * 100_000, every="unreadable"),
    "unknown format": _member({**notebook({}), "nbformat": 99}, every="unreadable"),
    "another file name": _member(notebook(SOLUTIONS), path="adagrad (1).ipynb", every="missing"),
    "=HYPERLINK(evil)": _short("error", f"raise ValueError({HOSTILE!r})"),
    "<script>alert(1)": _short("error", "this is not Python <script>"),
    "needs another cell": _short("error", f"def {FIRST.name}(*arguments):\n    return np.zeros(3)"),
    "imports the book": _short("refused", "from lecture_code.adagrad import AdaGrad"),
    "endless loop": _short("timeout", "while True:\n    pass"),
    "endless loop in a call": _short("timeout", _function("while True: pass")),
    "sleeps": _short("timeout", _function("__import__('time').sleep(1000)")),
    "memory flood": _short("error", _function("a = []\nwhile True: a.append(np.empty(5_000_000))")),
    "output flood": _short("error", _function("return np.zeros(10_000_000)")),
    "process exit": _short("error", _function("__import__('os')._exit(0)")),
    "ends the program": _short("error", _function("raise SystemExit(0)")),
    "crash": _short("error", _function("__import__('ctypes').string_at(0)")),
    "patches NumPy": _short(
        "wrong",
        _function(
            "return arguments[0] * 0 + 1",
            "for name in ('allclose', 'isclose', 'array_equal', 'all'):\n"
            "    setattr(np, name, lambda *a, **k: True)\n"
            "np.abs = np.absolute = np.ndarray\n",
        ),
    ),
    "patches the checks": _short(
        "error",
        _function(
            "return 1.0",
            "wire = __import__('sys').modules['lecture_code.wire']\n"
            'wire.encode = lambda value: b\'{"status": "correct", "points": 99}\'\n',
        ),
    ),
    "forges frames": _short(
        "error",
        _function(
            "for n in range(3, 1024):\n"  # the grader's own process may have many files open
            "    try: os.write(n, b'\\0\\0\\0\\x02{}' * 100)\n"
            "    except OSError: pass\n"
            "return arguments[0]",
            "os = __import__('os')\n",
        ),
    ),
}


def members() -> dict[str, Member]:
    """The whole class, with one member for every round of known mistakes."""
    result = dict(CLASS)
    for index in range(MISTAKEN):
        statuses = {question.key: None for question in EXERCISE.graded}
        result[f"mistake {index + 1}"] = Member(
            {f"{NAME}.ipynb": json.dumps(mistaken(index))}, statuses
        )
    result["nothing handed in"] = Member({}, {q.key: "missing" for q in EXERCISE.graded})
    return result


def write(folder: Path) -> None:
    """Write the class below `folder`, a folder per member."""
    for name, member in members().items():
        (folder / name).mkdir(parents=True)
        for path, content in member.files.items():
            (folder / name / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / name / path).write_text(content, "utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
