"""Finding and reading submitted notebooks in a folder that students filled."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from exercises.questions import names
from lecture_code.wire import clean

MAX_FILE = 25_000_000  # bytes; notebooks with enormous outputs are normal
MAX_BRACKETS = 1_000_000  # a small file of nested empty lists would fill the memory
MARKED = re.compile(r"-[0-9a-f]{8}$| \([0-9a-f]{8}\)$", re.IGNORECASE)  # as `students` marks names
IGNORED = ("__MACOSX",)  # left over by archives; hidden folders are ignored too


@dataclass(frozen=True)
class Submission:
    """One student's notebook of one exercise.

    student: the folder's name, made harmless. folder: a name for files about the student, unique.
    path: the notebook, or None with the reason in `problem`. status: "missing" or "unreadable"
    where there is a problem, else "".
    """

    student: str
    folder: str
    exercise: str
    path: Path | None
    status: str = ""
    problem: str = ""


def students(root: Path) -> dict[str, tuple[Path, str, str]]:
    """The students' folders by name: (path, name to show, name for files).

    No two students share a name: a name that is changed, not unique or looks marked gets a mark.
    ValueError when `root` is no folder, cannot be read or has no folders.
    """
    try:
        names = sorted(
            entry.name
            for entry in os.scandir(root)
            if (entry.is_symlink() or entry.is_dir(follow_symlinks=False))
            and not entry.name.startswith(".")
            and entry.name not in IGNORED
        )
    except (FileNotFoundError, NotADirectoryError):
        raise ValueError(
            f"{root} is not a folder; give the folder that has one folder per student"
        ) from None
    except OSError as error:
        raise ValueError(
            f"{root} cannot be read ({error.strerror}); give yourself the right to read it"
        ) from None
    if not names:
        raise ValueError(
            f"{root} has no student folders; expected {root}/<student>/<exercise>.ipynb"
        )
    shown = [clean(name, 100) for name in names]
    files = [_file_name(name) for name in names]
    result, owners = {}, {}
    count_files = Counter(file.casefold() for file in files)
    count_shown = Counter(_without_guards(show) for show in shown)
    for name, show, file in zip(names, shown, files, strict=True):
        mark = hashlib.sha256(os.fsencode(name)).hexdigest()[:8]
        if file != name or count_files[file.casefold()] > 1 or MARKED.search(file):
            file = f"{file}-{mark}"
        if count_shown[_without_guards(show)] > 1 or MARKED.search(show):
            show = f"{show} ({mark})"
        for final in (("file", file.casefold()), ("shown", _without_guards(show))):
            other = owners.setdefault(final, name)
            if other != name:
                both = f"{clean(other, 100)!r} and {clean(name, 100)!r}"
                raise ValueError(
                    f"two students would share a name; rename one of the folders {both}"
                )
        result[name] = (root / name, show, file)
    return result


def _without_guards(name: str) -> str:
    """A shown name without what keeps a cell of grades.csv from being a formula."""
    return name.replace("'", "")


def _file_name(name: str) -> str:
    """A folder name that is one everywhere: letters, digits, dot, dash and underscore."""
    return re.sub(r"[^\w.-]", "_", name.encode("utf-8", "replace").decode()).strip(".-")[:60] or "_"


def find(root: Path, exercise: str) -> list[Submission]:
    """A submission for every student: <student>/<exercise>.ipynb, or nbgrader's
    <student>/<assignment>/<exercise>.ipynb. Symbolic links are not followed."""
    return [_find(path, show, file, exercise) for path, show, file in students(root).values()]


def _find(folder, student, file, exercise) -> Submission:
    def problem(status, message):
        return Submission(student, file, exercise, None, status, message)

    name = f"{exercise}.ipynb"
    if folder.is_symlink():
        return problem("unreadable", "The student's folder is a symbolic link; hand in a folder.")
    try:
        inner = sorted(
            entry.name
            for entry in os.scandir(folder)
            if entry.is_dir(follow_symlinks=False) and not entry.name.startswith(".")
        )
        places = [folder, *(folder / entry for entry in inner)]
        found = [place / name for place in places if os.path.lexists(place / name)]
        if len(found) > 1:  # the one on top counts, or the one in a folder of the exercise's name
            preferred = [path for path in found if path.parent in (folder, folder / exercise)]
            found = preferred[:1] or found
        if len(found) > 1:
            return problem("unreadable", f"There are {len(found)} files {name}; hand in one.")
        if not found:
            others = sorted(
                path.name
                for place in places
                for path in place.iterdir()
                if path.suffix == ".ipynb" and _named(path.stem) in (exercise, None)
            )
            message = f"There is no {name}."
            if others:
                seen = ", ".join(clean(other, 60) for other in others[:3])
                message = f"There is no {name}, but {seen}: rename the file and hand it in again."
            return problem("missing", message)
    except OSError as error:
        return problem("unreadable", f"The folder cannot be read: {error.strerror}.")
    return Submission(student, file, exercise, found[0])


def _named(stem: str) -> str | None:
    """The known exercise that a file is named after, as "adagrad (1)" or "Adagrad-ann", or None."""
    return max((name for name in names() if name in stem.lower()), key=len, default=None)


def read(path: Path) -> bytes:
    """A submitted file's bytes; ValueError in one line for anything but a plain file of normal
    size, which is refused before it is read."""
    try:
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        descriptor = os.open(path, flags)
    except OSError as error:
        if path.is_symlink():
            raise ValueError("the file is a symbolic link; hand in the file itself") from None
        raise ValueError(f"the file cannot be opened: {error.strerror}") from None
    try:
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
        raise ValueError(f"the file cannot be read: {error.strerror}") from None
    finally:
        os.close(descriptor)
    if data.count(b"[") + data.count(b"{") > MAX_BRACKETS:
        raise ValueError("the file has too many parts; clear all outputs and hand it in again")
    return data
