"""Reads the collection, hands it in as a class and grades it.

Everything that these tests know of the grader's interface is here.
"""

import html.parser
import os
import re
import runpy
import socket
import unicodedata
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from exercises.grader import feedback, grade, submissions
from exercises.grader.gradebook import Graded
from exercises.grader.sandbox import Sandbox
from tests.attacks.tiny import CASES, CHOICE, LIMITS, RIGHT, SEED, TINY, notebook
from tests.grading import grade_class, grade_one

HERE = Path(__file__).parent
ROOMS = ("answers", "files")
PRELUDE = (HERE / "prelude.py").read_text("utf-8")
FAMILIES = {
    "libraries": "patching the libraries that tests use",
    "machinery": "changing the notebook machinery",
    "reading": "reading solutions, tests, other students' work or the environment",
    "writing": "writing outside, or into the gradebook",
    "liars": "objects that lie about equality, shape, type or value",
    "protocol": "forging the grader's own protocol",
    "network": "network",
    "ending": "ending, hanging, ignoring signals",
    "floods": "floods of memory, processes, files, output",
    "notebooks": "cell metadata, tags and ids",
    "names": "hostile names of folders and files",
    "malformed": "malformed files of every kind",
    "text": "hostile text in names and output: HTML, CSV formulas, terminal escapes",
    "links": "symbolic links and archives in the submissions folder",
    "state": "timing and state kept between calls or between submissions",
}
HONEST = {  # students' folders; their names come before, amid and after the attackers'
    "ann": (RIGHT, CHOICE),
    "ben": ("def double(x):\n    return float(x) * 2", CHOICE),
    "kim": ("def double(x):\n    ...", "choice = ..."),
    "mia": ("def double(x):\n    return x * x", CHOICE),
    "zoe": (RIGHT, 'choice = "a"'),
}


# --- reading --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Attack:
    """A file of the collection. then: question -> (status, points). unsafe: the status of tiny.1
    without the sandbox, or "" where nothing is claimed."""

    path: Path
    wish: str
    then: dict[str, tuple[str, int]]
    says: str = ""
    unsafe: str = ""
    root_only: bool = False
    seconds: float = 10.0

    @property
    def family(self) -> str:
        return self.path.parent.name

    @property
    def name(self) -> str:
        return f"{self.family}-{self.path.stem}"


FIRST, *_ = TINY.questions
HEAD = re.compile(r'"""Wish: (?P<wish>\S.*?)\n\n(?P<fields>.*?)"""\n', re.DOTALL)
FIELD = re.compile(r"(Then|Says|Without the sandbox|Seconds): (\S.*)|(Root only)\.")
THEN = re.compile(r"(?:(tiny\.[12]) )?([a-z ]+), (\d) points?")


def parse(path: Path, text: str) -> Attack:
    """The attack behind a file's text; ValueError where its docstring is not of the form."""

    def require(condition, problem):
        if not condition:
            raise ValueError(f"{path}: {problem}; tests/attacks/__init__.py shows the form")

    head = HEAD.match(text)
    require(head, "no docstring with a wish, an empty line and what happens then")
    found = {}
    for line in head["fields"].split("\n"):
        field = FIELD.fullmatch(line)
        require(field or not line, f"{line!r} is no line of a docstring")
        if field:
            name = field[1] or field[3]
            require(name not in found, f"{name!r} stands twice")
            found[name] = field[2] or ""
    require("Then" in found, "no line 'Then: '")
    require("Root only" not in found or "Without the sandbox" in found, "'Root only' of what")
    then = {question.key: ("correct", question.points) for question in TINY.questions}
    for part in found["Then"].removesuffix(".").split("; "):
        match = THEN.fullmatch(part)
        require(match, f"{part!r} is no status with points")
        key, status, points = match[1] or FIRST.key, match[2], int(match[3])
        of = TINY.question(key).points
        fits = {
            "correct": points == of,
            "partial": 0 < points < of,
            "timeout": 0 <= points < of,
        }.get(status, points == 0)
        require(status in feedback.WORDS and fits, f"{part!r} cannot be")
        then[key] = (status, points)
    unsafe = found.get("Without the sandbox", "").removesuffix(".")
    require(unsafe in ("", *feedback.WORDS), f"{unsafe!r} is no status")
    require(unsafe != then[FIRST.key][0], "the same with and without the sandbox")
    wish = " ".join(head["wish"].split())
    seconds = float(found.get("Seconds", Attack.seconds))
    return Attack(path, wish, then, found.get("Says", ""), unsafe, "Root only" in found, seconds)


def text(path: Path) -> str:
    return path.read_bytes().decode("utf-8")  # line ends may be part of an attack


def collect() -> list[Attack]:
    paths = sorted(path for room in ROOMS for path in (HERE / room).rglob("*.py"))
    return [parse(path, text(path)) for path in paths]


# --- handing in -----------------------------------------------------------------------------------


@contextmanager
def surroundings(base: Path):
    """A course below `base`: honest students, results of another exercise, open sockets.

    Gives what an attacker knows of it, by the names that attacks use.
    """
    known = {
        "QUESTIONS": str(HERE.parents[1] / "exercises/questions/adagrad.py"),
        "SUBMISSIONS": str(base / "class"),
        "NEIGHBOR": str(base / "class/ann/tiny.ipynb"),
        "OUT": str(base / "out"),
        "PID": os.getpid(),
        "SOCKET": str(base / "socket"),
        "ABSTRACT": f"\0attacks-{os.getpid()}-{base.name}",
    }
    for name, answers in HONEST.items():
        (base / "class" / name).mkdir(parents=True)
        (base / "class" / name / "tiny.ipynb").write_text(notebook(*answers), "utf-8")
    (base / "out").mkdir()
    with ExitStack() as stack:
        servers = [("127.0.0.1", 0), known["SOCKET"], known["ABSTRACT"]]
        for address in servers:
            family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
            server = stack.enter_context(socket.socket(family))
            server.bind(address)
            server.listen()
            if family == socket.AF_INET:
                known["PORT"] = server.getsockname()[1]
        stack.enter_context(mock.patch.dict(os.environ, GRADER_SECRET="x" * 40))
        yield known


def hand_in(attack: Attack, known: dict) -> str:
    """Write an attacker's submission; the name of the student's folder."""
    folder = Path(known["SUBMISSIONS"]) / attack.name
    if attack.path.is_relative_to(HERE / "files"):
        module = runpy.run_path(str(attack.path))
        folder = folder.with_name(module.get("NAME", attack.name))
        folder.mkdir()
        module["submit"](folder)
    else:
        constants = "".join(f"{name} = {value!r}\n" for name, value in known.items())
        folder.mkdir()
        source = f"{constants}{PRELUDE}\n{text(attack.path)}"
        (folder / "tiny.ipynb").write_text(notebook(source), "utf-8")
    return folder.name


def snapshot(base: Path) -> dict:
    """All files below `base`: mode, size and time of the last change, without following links."""
    found = {}
    for folder, folders, files in os.walk(base):
        for name in (*folders, *files):
            path = os.path.join(folder, name)
            state = os.lstat(path)
            found[path] = (state.st_mode, state.st_size, state.st_mtime_ns)
    return found


# --- grading --------------------------------------------------------------------------------------


def grade_everybody(folder: Path, out: Path) -> dict[str, Graded]:
    """What becomes of the class in `folder`, by the names of the students' folders."""
    found = submissions.find(folder, TINY.name)
    shown = {
        show: name for name, (show, _) in submissions.named(submissions.students(folder)).items()
    }
    with Sandbox(LIMITS) as box:
        graded = grade_class(found, TINY, SEED, box, out, workers=2)
    return {shown[one.result.submission.student]: one for one in graded}


def grade_single(folder: Path, name: str, box: Sandbox) -> grade.Result:
    """What becomes of one student's submission."""
    student, _ = submissions.named(submissions.students(folder))[name]
    (found,) = (one for one in submissions.find(folder, TINY.name) if one.student == student)
    return grade_one(found, TINY, CASES, box)


class Harmless(html.parser.HTMLParser):
    """Fails on anything that a browser would run or fetch."""

    def handle_starttag(self, tag, attributes):
        assert tag not in ("script", "img", "iframe", "link", "object", "base", "svg", "form", "a")
        for name, value in attributes:
            assert not name.startswith("on") and name not in ("src", "href", "style")
            assert not re.search(r"https?:|javascript:", value or "")


def assert_harmless(page: str) -> None:
    """A feedback page is self-contained and everything in it escaped."""
    parser = Harmless()
    parser.feed(page)
    parser.close()
    assert not re.search(r"url\(|@import", page)
    hidden = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
    assert not {char for char in page if unicodedata.category(char) in hidden} - {"\n", "\t"}
