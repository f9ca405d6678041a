"""What was handed in: the notebooks of a class, their attempts and times, and reading them."""

from __future__ import annotations

import csv
import errno
import hashlib
import io
import math
import os
import re
import stat
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath

from exercises.questions import names
from lecture_code.wire import clean

MAX_FILE = 25_000_000  # bytes; notebooks with enormous outputs are normal
MAX_BRACKETS = 1_000_000  # a small file of nested empty lists would fill the memory
MARKED = re.compile(r"-[0-9a-f]{8}$| \([0-9a-f]{8}\)$", re.IGNORECASE)  # as `named` marks names
ARCHIVES = (".zip", ".7z", ".rar", ".tar", ".gz", ".tgz")
RUBBISH = ("__MACOSX", ".git", ".ipynb_checkpoints")  # left over by programs
TIME = re.compile(
    r"(\d{4}-?\d\d-?\d\d)[T _](\d\d)[:.-]?(\d\d)(?:[:.-]?(\d\d)(?:\.\d+)?)?"
    r" ?(Z|UTC|[+-]\d\d:?\d\d)?"
)
ROSTER = ("student", "name", "id", "login", "email", "section")


class Unreadable(OSError):
    """The machine, not the student, is why a file could not be read."""


@dataclass(frozen=True)
class Submission:
    """One attempt of one student at one exercise.

    student: the folder's name, made harmless. folder: a name for files about the student, unique.
    path: the notebook, or None with the reason in `problem`. status: "missing" or "unreadable"
    where there is a problem, else "". time: when it was handed in, as `2026-11-30T21:14:05Z`, or ""
    where nothing says it. days_late: begun days after the due date, where those cost points.
    counts: whether this is the attempt that is graded.
    """

    student: str
    folder: str
    exercise: str
    path: Path | None
    status: str = ""
    problem: str = ""
    time: str = ""
    days_late: int = 0
    counts: bool = True


@dataclass(frozen=True)
class Policy:
    """Which attempt counts: the newest by the due date; with a penalty the newest of all.

    due: None for no due date. extensions: other due dates, by student. penalty: percent of the
    points that each begun day costs, or None where late attempts do not count.
    """

    due: datetime | None = None
    extensions: dict[str, datetime] = field(default_factory=dict)
    penalty: float | None = None

    def apply(self, attempts: list[Submission]) -> list[Submission]:
        """One student's attempts with what counts, the oldest first.

        An attempt whose time is not known is the oldest, and in time.
        """
        attempts = sorted(attempts, key=lambda one: one.time)
        due = self.extensions.get(attempts[0].student, self.due)
        late = [0 if due is None else self._days(one.time, due) for one in attempts]
        usable = [i for i, days in enumerate(late) if not days or self.penalty is not None]
        if usable:
            return [
                replace(one, counts=i == usable[-1], days_late=late[i])
                for i, one in enumerate(attempts)
            ]
        last = attempts[-1]
        words = f"Handed in at {last.time}, after the due date {stamp(due)}."
        nothing = replace(last, path=None, status="missing", problem=words)
        return [*(replace(one, counts=False) for one in attempts[:-1]), nothing]

    @staticmethod
    def _days(time, due):
        return max(0, math.ceil((moment(time) - due) / timedelta(days=1))) if time else 0


def moment(text: str) -> datetime:
    """A point in time; without an offset it is in UTC. ValueError unless date and time are there.

    >>> stamp(moment("2026-11-30 23:59+01:00"))
    '2026-11-30T22:59:00Z'
    """
    found = TIME.fullmatch(text.strip())
    if not found:
        raise ValueError(f"{clean(text, 60)!r} is no time; write it as 2026-11-30T23:59+01:00")
    day, hour, minute, second, zone = found.groups(default="")
    day, zone = day.replace("-", ""), zone.replace(":", "").replace("UTC", "")
    try:
        time = datetime.fromisoformat(f"{day}T{hour}{minute}{second or '00'}{zone or 'Z'}")
        return time.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"{clean(text, 60)!r} is no time: there is no such day or hour") from None


def stamp(time: datetime) -> str:
    """A point in time as text that sorts."""
    return f"{time.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def named(folders: Iterable[str]) -> dict[str, tuple[str, str]]:
    """For each folder's name a name to show and one for files.

    No two students share a name: a name that is changed, not unique or looks marked gets a mark.
    So does one with spaces around it, which tables that an instructor writes would lose.
    Of names for files that differ in capitals only all get one, so that a student who calls the
    folder ANN changes the name of ann's feedback folder, but neither gets nor replaces her page.
    """
    folders = sorted(folders)
    shown = [clean(_composed(name).strip() or "_", 100) for name in folders]
    files = [_file_name(name) for name in folders]
    result, owners = {}, {}
    # A name that stays as it is yields to none that becomes like it.
    count_files = Counter(
        file.casefold() for name, file in zip(folders, files, strict=True) if file == name
    )
    count_shown = Counter(_without_guards(show) for show in shown)
    plain = {
        name for name, show in zip(folders, shown, strict=True) if _without_guards(show) == name
    }
    for name, show, file in zip(folders, shown, files, strict=True):
        mark = hashlib.sha256(os.fsencode(name)).hexdigest()[:8]
        if file != name or count_files[file.casefold()] > 1 or MARKED.search(file):
            file = f"{file}-{mark}"
        shared = count_shown[_without_guards(show)] > 1 and name not in plain
        if shared or MARKED.search(show) or name != name.strip():
            show = f"{show} ({mark})"
        for final in (("file", file.casefold()), ("shown", _without_guards(show))):
            other = owners.setdefault(final, name)
            if other != name:
                both = f"{clean(other, 100)!r} and {clean(name, 100)!r}"
                raise ValueError(
                    f"two students would share a name; rename one of the folders {both}"
                )
        result[name] = (show, file)
    return result


def students(root: Path) -> list[str]:
    """The names of the students' folders.

    ValueError when `root` is no folder, cannot be read or has no folders.
    """
    found = [name for name in _folders(root) if not name.startswith(".")]
    if not found:
        raise ValueError(
            f"{root} has no student folders; expected {root}/<student>/<exercise>.ipynb, "
            "or --manifest, which says whose a file is"
        )
    return found


def hidden(root: Path) -> list[str]:
    """The names of folders that `students` passes over since they begin with a dot."""
    return [name for name in _folders(root) if name.startswith(".")]


def nobodys(root: Path) -> list[str]:
    """The names of notebooks that lie beside the students' folders."""
    found = {entry.name for entry in os.scandir(root)} - {*_folders(root)}
    return sorted(name for name in found if Path(name).suffix.lower() == ".ipynb")


def _folders(root) -> list[str]:
    try:
        return sorted(
            entry.name
            for entry in os.scandir(root)
            if (entry.is_symlink() or entry.is_dir(follow_symlinks=False))
            and entry.name not in RUBBISH
        )
    except (FileNotFoundError, NotADirectoryError):
        raise ValueError(
            f"{root} is not a folder; give the folder that has one folder per student"
        ) from None
    except OSError as error:
        raise ValueError(
            f"{root} cannot be read ({error.strerror}); give yourself the right to read it"
        ) from None


def _composed(name: str) -> str:
    """A name with each accent in its letter: a Mac's archives have them apart, tables do not."""
    return unicodedata.normalize("NFC", name)


def _without_guards(name: str) -> str:
    """A shown name without what keeps a cell of grades.csv from being a formula."""
    return name.replace("'", "")


def _file_name(name: str) -> str:
    """A folder name that is one everywhere: letters, digits, dot, dash and underscore."""
    return re.sub(r"[^\w.-]", "_", name.encode("utf-8", "replace").decode()).strip(".-")[:60] or "_"


def find(
    root: Path,
    exercise: str,
    policy: Policy | None = None,
    roster: Iterable[str] = (),
    manifest: list[dict[str, str]] | None = None,
) -> list[Submission]:
    """All attempts at an exercise, at least one for every student; one of each counts.

    Layouts: <student>/<exercise>.ipynb, nbgrader's <student>/<assignment>/<exercise>.ipynb, or
    <student>/<time>/<exercise>.ipynb for each attempt. A manifest (rows with student, time and
    file, perhaps exercise) replaces the layout. roster: names of students who are expected.
    Symbolic links below `root` are not followed.
    """
    place = root.resolve()
    if manifest is None:
        found = {name: _find(place / name, name, exercise) for name in students(root)}
    else:
        found = _listed(place, exercise, manifest)
    present = {show for show, _ in named(found).values()}
    for name in roster:
        if name not in present:
            found.setdefault(name, [_missing(name, exercise, "Nothing was handed in.")])
    shown = named(found)
    policy = policy or Policy()
    result = []
    for name, attempts in found.items():
        student, folder = shown[name]
        time, times = max(Counter(one.time for one in attempts).items(), key=lambda item: item[1])
        if times > 1:
            words = f"There are {times} attempts of {time}; hand in one."
            attempts = [Submission(name, name, exercise, None, "unreadable", words)]
        result += policy.apply([replace(one, student=student, folder=folder) for one in attempts])
    return sorted(result, key=lambda one: (one.student, one.time))


def _missing(name, exercise, message) -> Submission:
    return Submission(name, name, exercise, None, "missing", message)


def _listed(root, exercise, manifest) -> dict[str, list[Submission]]:
    """The attempts of a manifest's rows, by student."""
    found: dict[str, list[Submission]] = {}
    for row in manifest:
        name, file = row["student"], PurePosixPath(row["file"])
        attempts = found.setdefault(name, [])
        if (row.get("exercise") or _named(file.stem)) != exercise:
            continue
        one = Submission(name, name, exercise, root / file, time=stamp(moment(row["time"])))
        if file.is_absolute() or ".." in file.parts or _link(root, file):
            words = "The manifest names a file outside the folder, or through a symbolic link."
            one = replace(one, path=None, status="unreadable", problem=words)
        attempts.append(one)
    nothing = f"The manifest names no {exercise}.ipynb."
    return {name: some or [_missing(name, exercise, nothing)] for name, some in found.items()}


def _link(root, file) -> bool:
    return any(os.path.islink(root / parent) for parent in file.parents)


def _find(folder, student, exercise) -> list[Submission]:
    def problem(status, message):
        return [Submission(student, student, exercise, None, status, message)]

    name = f"{exercise}.ipynb"
    if folder.is_symlink():
        return problem("unreadable", "The student's folder is a symbolic link; hand in a folder.")
    try:
        inner = sorted(
            entry.name
            for entry in os.scandir(folder)
            if entry.is_dir(follow_symlinks=False) and not entry.name.startswith(".")
        )
        timed = {entry: time for entry in inner if (time := _time(entry))}
        attempts = [
            Submission(student, student, exercise, folder / entry / name, time=time)
            for entry, time in timed.items()
            if os.path.lexists(folder / entry / name)
        ]
        places = [folder, *(folder / entry for entry in inner if entry not in timed)]
        found = [place / name for place in places if os.path.lexists(place / name)]
        if len(found) > 1:  # the one on top counts, or the one in a folder of the exercise's name
            preferred = [path for path in found if path.parent in (folder, folder / exercise)]
            found = preferred[:1] or found
        if len(found) > 1 and not attempts:
            return problem("unreadable", f"There are {len(found)} files {name}; hand in one.")
        if len(found) == 1:
            attempts.insert(0, Submission(student, student, exercise, found[0]))
        if not attempts:
            others = [
                path
                for place in [*places, *(folder / entry for entry in timed)]
                for path in place.iterdir()
                if (path.suffix and _named(path.stem) == exercise)
                or (path.suffix.lower() in (".ipynb", *ARCHIVES) and _named(path.stem) is None)
            ]
            notebooks = [path for path in others if path.suffix.lower() == ".ipynb"]
            message = f"There is no {name}."
            if others:
                files = sorted(path.name for path in notebooks or others)
                seen = ", ".join(clean(other, 60) for other in files[:3])
                then = (
                    "rename the file and hand it in again" if notebooks else "hand in the notebook"
                )
                message = f"There is no {name}, but {seen}: {then}."
            return problem("missing", message)
    except OSError as error:
        return problem("not graded", f"The folder cannot be read: {error.strerror}.")
    return attempts


def _time(name: str) -> str:
    """The time that a folder's name says, or ""."""
    try:
        return stamp(moment(name))
    except ValueError:
        return ""


def _named(stem: str) -> str | None:
    """The known exercise that a file is named after, as "adagrad (1)" or "Adagrad-ann", or None."""
    return max((name for name in names() if name in stem.lower()), key=len, default=None)


def read(path: Path) -> bytes:
    """A submitted file's bytes; ValueError in one line for anything but a plain file of normal
    size, which is refused before it is read, and `Unreadable` where the machine is at fault.

    path: one without symbolic links; if there is one by now, it is not followed.
    """
    try:
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        descriptor = os.open(path, flags)
    except OSError as error:
        if os.path.islink(path):
            raise ValueError("the file is a symbolic link; hand in the file itself") from None
        if error.errno == errno.ENXIO:  # a socket
            raise ValueError("this is not a plain file; hand in the .ipynb file") from None
        raise Unreadable(f"the file cannot be opened: {error.strerror}") from None
    try:
        if os.readlink(f"/proc/self/fd/{descriptor}") != os.fspath(path):
            raise ValueError("a folder on the way is a symbolic link; hand in the file itself")
        state = os.fstat(descriptor)
        if not stat.S_ISREG(state.st_mode):
            raise ValueError("this is not a plain file; hand in the .ipynb file")
        if state.st_size > MAX_FILE:
            raise ValueError(
                f"the file has more than {MAX_FILE // 10**6} MB; "
                "clear all outputs and hand it in again"
            )
        with open(descriptor, "rb", closefd=False) as file:
            data = file.read(MAX_FILE)
    except OSError as error:
        raise Unreadable(f"the file cannot be read: {error.strerror}") from None
    finally:
        os.close(descriptor)
    if data.count(b"[") + data.count(b"{") > MAX_BRACKETS:
        raise ValueError("the file has too many parts; clear all outputs and hand it in again")
    return data


def table(path: Path, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> list[dict]:
    """The rows of an instructor's CSV file with a header; ValueError, in one line, where a column
    is missing or a row has another number of cells. What it has in other columns is left out.
    The first required column is never empty, and it has names as `named` shows them."""
    try:
        text = path.read_text("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not UTF-8; save it as CSV in UTF-8") from None
    except csv.Error as error:
        raise ValueError(f"{path} is no CSV file: {error}") from None
    header = [cell.strip().lower() for cell in rows[0]] if rows else []
    for name in required:
        if name not in header:
            first = clean(text.partition("\n")[0].strip(), 100)
            raise ValueError(
                f"{path} has no column {name!r}: its first line is {first!r}; "
                f"it needs {', '.join(required)}, with commas between"
            )
    result = []
    for number, row in enumerate(rows[1:], 2):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(header):
            raise ValueError(
                f"{path}, row {number}: {len(row)} cells, the header has {len(header)}; "
                "put a cell that holds a comma between quotes"
            )
        cells = dict(zip(header, (cell.strip() for cell in row), strict=True))
        if not cells[required[0]]:
            raise ValueError(f"{path}, row {number}: {required[0]} is empty")
        cells[required[0]] = _composed(cells[required[0]])
        result.append({name: cells.get(name, "") for name in (*required, *optional)})
    return result
