"""The command line of the exercises' private side: `python -m exercises --help`."""

from __future__ import annotations

import argparse
import contextlib
import math
import os
import signal
import sqlite3
import sys
import time
from collections import Counter
from pathlib import Path

from exercises import questions
from exercises.grader import classroom, exports, report
from exercises.grader.feedback import number
from exercises.grader.grade import Answer
from exercises.grader.gradebook import Gradebook, versions
from exercises.grader.run import Workers
from exercises.grader.sandbox import Limits, Sandbox, SandboxError
from exercises.grader.submissions import (
    ROSTER,
    Policy,
    Unreadable,
    find,
    hidden,
    moment,
    nobodys,
    read,
    stamp,
    table,
)
from lecture_code.answers import answers, code_cells
from lecture_code.checks import check_answer
from lecture_code.wire import clean

UNSAFE = """\
WARNING: --unsafe runs the students' code without a sandbox. It can read and delete your files, read
the questions and other submissions, use the network and change its own grade. Memory, CPU time and
wall-clock time are still limited. Use it only for code that you have read."""

TIDYING = 5.0  # seconds in which a stopped run ends its workers


def main(arguments=None) -> int:
    """Run a command; 0, or 2 with one line on stderr when it could not be carried out.

    1: `check` found an answer that does not pass; a submission or a page is still missing.
    130 and 143: it was stopped by Ctrl-C or SIGTERM.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    options = _parser().parse_args(arguments or ["--help"])
    kept = "what was graded is kept" if options.run is _grade else "nothing is lost"
    then = "--resume goes on from there" if options.run is _grade else "run the command again"
    status = 2
    try:
        with _stoppable():
            return options.run(options)
    except (ValueError, SandboxError) as error:
        told = f"error: {error}"
    except BrokenPipeError:  # who reads what is printed has seen enough, as `head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        told = f"error: {error.filename}: {error.strerror}" if error.filename else f"error: {error}"
        if error.errno in exports.FULL:
            told += f"; {kept}: make room, then {then}"
    except sqlite3.OperationalError as error:
        told = f"error: {Gradebook.place(options.out)}: {error}; {kept}: mend this, then {then}"
    except KeyboardInterrupt as stop:
        told = f"stopped: {kept}; {then}"
        status = 128 + stop.args[0]
    print(told, file=sys.stderr)
    return status


@contextlib.contextmanager
def _stoppable():
    """Ctrl-C and SIGTERM raise KeyboardInterrupt with the signal's number, in this process only.

    More of them, from an impatient user, do not disturb the tidying up.
    """
    owner, last = os.getpid(), -math.inf

    def stop(number, frame):
        nonlocal last
        if os.getpid() != owner:
            os._exit(128 + number)  # a worker that was forked a moment ago
        if time.monotonic() - last > TIDYING:
            last = time.monotonic()
            raise KeyboardInterrupt(number)

    before = {
        one: signal.signal(one, stop)
        for one in (signal.SIGINT, signal.SIGTERM)
        if signal.getsignal(one) != signal.SIG_IGN  # as in a script's background
    }
    try:
        yield
    except KeyboardInterrupt:
        before = dict.fromkeys(before, signal.SIG_IGN)  # the process is about to end
        raise
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m exercises",
        description="The instructor's side of the exercises, with the questions and references.",
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    listing = commands.add_parser(
        "list",
        help="show every question: type, points, minutes",
        description="Show the course at a glance: every question with its type, points, minutes.",
    )
    listing.set_defaults(run=_list)
    check = commands.add_parser(
        "check",
        help="run the public checks on a notebook",
        description=(
            "Run the public checks of a student's NOTEBOOK, in the sandbox, and print what the "
            "checks in the notebook would. Ends with 1 if an answer does not pass."
        ),
    )
    check.add_argument("notebook", metavar="NOTEBOOK", type=Path)
    check.add_argument("-k", metavar="KEY", dest="key", help="this question only, as adagrad.3")
    check.set_defaults(run=_check)
    grade = commands.add_parser(
        "grade",
        help="grade a folder of submitted notebooks",
        description=(
            "Grade SUBMISSIONS/<student>/<exercise>.ipynb (also <student>/<assignment>/, or "
            "<student>/<time>/ for each attempt). Every answer runs in a sandbox. Results go into "
            "OUT/gradebook.sqlite as they come; from it are made OUT/report.html (what to teach "
            "again), grades.csv, totals.csv, summary.csv and feedback/<student>/<exercise>.html. "
            "Ends with 1 if a submission could not be graded, with 130 after Ctrl-C and with 143 "
            "after SIGTERM. Whatever stops it, --resume goes on from there to the same grades."
        ),
    )
    grade.add_argument("submissions", metavar="SUBMISSIONS", type=Path)
    _out(grade)
    _exercise(grade, "grade this exercise only; by default all that were handed in")
    grade.add_argument(
        "--resume", action="store_true", help="go on with a run that was stopped, if there is one"
    )
    grade.add_argument(
        "--seed",
        metavar="N",
        type=int,
        help="seed of the hidden inputs; by default drawn once and kept in the gradebook",
    )
    dates = grade.add_argument_group("attempts and dates (times such as 2026-11-30T23:59+01:00)")
    dates.add_argument(
        "--manifest",
        metavar="CSV",
        type=Path,
        help="what was handed in: student, time, file below SUBMISSIONS, perhaps exercise",
    )
    dates.add_argument(
        "--roster",
        metavar="CSV",
        type=Path,
        help="who is in the class: student (the folder), perhaps name, id, login, email, section",
    )
    dates.add_argument("--due", metavar="TIME", help="the newest attempt by then counts")
    dates.add_argument(
        "--extensions", metavar="CSV", type=Path, help="other due dates: student, due"
    )
    dates.add_argument(
        "--late-penalty",
        metavar="PERCENT",
        type=float,
        help="count the newest attempt after the due date too, for so much less each begun day",
    )
    _where(grade)
    limits = grade.add_argument_group("limits of one question")
    plain = Limits()
    limits.add_argument(
        "--cpu", metavar="SECONDS", type=int, default=plain.cpu, help="CPU time (%(default)s)"
    )
    limits.add_argument(
        "--wall",
        metavar="SECONDS",
        type=float,
        default=plain.wall,
        help="time on the clock (%(default)s); who exceeds it is tried once more alone",
    )
    limits.add_argument(
        "--memory",
        metavar="MB",
        type=int,
        default=plain.memory >> 20,
        help="address space (%(default)s)",
    )
    grade.set_defaults(run=_grade)
    regrade = commands.add_parser(
        "regrade",
        help="after a question was corrected: grade the stored answers anew",
        description=(
            "Grade the answers in the gradebook with the questions as they are now, on the same "
            "hidden inputs, and show who gains and who loses. Nothing changes without --write."
        ),
    )
    _out(regrade)
    _exercise(regrade, "this exercise only; by default all that were graded")
    regrade.add_argument("--write", action="store_true", help="make the new grades count")
    _where(regrade)
    regrade.set_defaults(run=_regrade)
    adjust = commands.add_parser(
        "adjust",
        help="take in points and comments given by hand",
        description=(
            "Take in CSV, with the columns student, exercise, question, points, comment. Points "
            "replace the grader's; a row without points only comments, one without question "
            "comments on the whole, one without both takes an earlier row back. They stay through "
            "every regrade."
        ),
    )
    adjust.add_argument("table", metavar="CSV", type=Path)
    _out(adjust)
    adjust.set_defaults(run=_adjust)
    told = commands.add_parser(
        "report",
        help="write the page on the class: what to teach again",
        description=(
            "Write OUT/report.html, as grade, regrade and adjust do: how each question went, which "
            "mistakes were made how often, and the slowest, failed and late submissions. With "
            "--anonymous it is OUT/report-anonymous.html, which names nobody."
        ),
    )
    _out(told)
    _exercise(told, "this exercise only; by default all that were graded")
    told.add_argument("--anonymous", action="store_true", help="pseudonyms in place of names")
    told.set_defaults(run=_report)
    export = commands.add_parser(
        "export",
        help="write the grades for a spreadsheet or a learning platform",
        description=(
            "Write grades as csv, for Canvas or Moodle, or as Gradescope's results.json (one for "
            "each submission)."
        ),
    )
    export.add_argument("format", choices=exports.FORMATS)
    _out(export)
    export.add_argument(
        "--to", metavar="FOLDER", type=Path, help="where to (default: OUT/<format>)"
    )
    export.add_argument("--anonymous", action="store_true", help="pseudonyms in place of names")
    export.set_defaults(run=_export)
    return parser


def _out(parser):
    parser.add_argument("--out", metavar="OUT", type=Path, required=True, help="folder for results")


def _exercise(parser, words):
    known = ", ".join(questions.names()) or "none yet"
    parser.add_argument("--exercise", metavar="NAME", help=f"{words} (known: {known})")


def _where(parser):
    workers = parser.add_argument_group("workers")
    workers.add_argument(
        "--workers",
        metavar="N",
        type=int,
        default=os.cpu_count() or 1,
        help="processes on this machine (%(default)s)",
    )
    workers.add_argument(
        "--dask", metavar="ADDRESS", default="", help="the workers of this Dask scheduler instead"
    )
    workers.add_argument(
        "--unsafe", action="store_true", help="run without the sandbox code that you have read"
    )


def _list(options) -> int:
    rows = []
    for name in questions.names():
        exercise = questions.load(name)
        for one in exercise.questions:
            points = str(one.points) if one.graded else "practice"
            rows.append((one.key, one.title, one.kind, points, str(one.minutes)))
        minutes = sum(one.minutes for one in exercise.questions)
        rows.append((name, "all questions", "", str(exercise.points), str(minutes)))
    header = ("question", "title", "type", "points", "minutes")
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    for row in (header, *rows):
        texts = [cell.ljust(width) for cell, width in zip(row[:3], widths[:3], strict=True)]
        numbers = [cell.rjust(width) for cell, width in zip(row[3:], widths[3:], strict=True)]
        print("  ".join([*texts, *numbers]))
    return 0


def _check(options) -> int:
    try:
        found = answers(code_cells(read(options.notebook.resolve())))
    except (ValueError, Unreadable) as error:
        raise ValueError(f"{options.notebook}: {error}") from None
    known = [name for name in questions.names() if any(key.startswith(f"{name}.") for key in found)]
    if not known:
        raise ValueError(
            f"{options.notebook} has no answer cell: one starts with a line such as "
            "'# answer: adagrad.1'"
        )
    exercise = questions.load(known[0])
    if options.key:
        exercise.question(options.key)
    checks = questions.build_checks(exercise)
    passed = True
    with Sandbox() as sandbox:
        sandbox.preflight()
        for question in exercise.questions:
            if options.key not in (None, question.key):
                continue
            ok, lines = False, [f"no cell starts with '# answer: {question.key}'"]
            if question.key in found:

                def run(source, allowed, name, function, cases, question=question):
                    answer = Answer(question, source, allowed, sandbox, public=True)
                    with contextlib.closing(answer):
                        answer.begin()
                        replies = answer.collect(cases)
                    return answer.early, replies

                source, entry = found[question.key][-1], checks["questions"][question.key]
                ok, lines = check_answer(entry, source, exercise.allowed, run)
            print("\n  ".join([f"{question.key} · {question.title}", *lines]))
            passed = passed and ok
    return 0 if passed else 1


def _grade(options) -> int:
    root, out = options.submissions.resolve(), options.out.resolve()
    if out.is_relative_to(root):
        raise ValueError(f"--out {out} lies in the submissions folder; choose a folder outside it")
    _check_place(options.out)
    if options.seed is not None and options.seed <= questions.PUBLIC_SEED:
        raise ValueError(
            f"--seed {options.seed}: use a positive number; 0 is that of public checks"
        )
    limits, policy, roster = _limits(options), _policy(options), _people(options.roster, ROSTER, 1)
    manifest = _rows(options.manifest, ("student", "time", "file", "exercise"), 3)
    for row in manifest or ():
        _moment(row["time"], f"{options.manifest}, {row['student']}")
        if row["exercise"]:
            questions.load(row["exercise"])
    names = [questions.load(options.exercise).name] if options.exercise else questions.names()
    for name in () if manifest is not None else hidden(options.submissions):
        told = f"{clean(name, 100)}: passed over, as its name begins with a dot"
        print(f"{told}; rename the folder if it is a student's", file=sys.stderr)
    if manifest is None and (loose := nobodys(options.submissions)):
        told = f"{clean(loose[0], 100)}: passed over, as it is in no student's folder"
        more = f" (and {len(loose) - 1} more)" if loose[1:] else ""
        print(f"{told}{more}; --manifest says whose a file is", file=sys.stderr)
    expected = [row["student"] for row in roster or ()]
    found = {name: find(options.submissions, name, policy, expected, manifest) for name in names}
    if not options.exercise:  # those of which at least one file was handed in
        found = {
            name: of_class
            for name, of_class in found.items()
            if any(one.status != "missing" for one in of_class)
        }
        if not found:
            raise ValueError(
                f"{options.submissions} has no notebook of a known exercise ({', '.join(names)}); "
                f"expected {options.submissions}/<student>/<exercise>.ipynb"
            )
    of_all = {one.student for of_class in found.values() for one in of_class}
    _tell_strangers(of_all if roster else (), expected, options.roster)
    _tell_strangers(policy.extensions, of_all, f"{options.submissions} or the roster")
    settings = {
        "limits": {"cpu": limits.cpu, "wall": limits.wall, "memory": limits.memory},
        "unsafe": options.unsafe,
        "due": policy.due and stamp(policy.due),
        "extensions": {name: stamp(due) for name, due in policy.extensions.items()},
        "penalty": policy.penalty,
    }
    with _workers(options, limits) as workers, Gradebook(out, create=True) as book:
        if roster is not None:
            book.set_roster(roster)
        seeds = {name: book.seed(name, options.seed) for name in found}
        runs, before = {}, {name: book.current(name) for name in book.exercises()}
        for name, of_class in found.items():
            known = versions(name, workers.sandbox)
            runs[name] = book.begin(name, seeds[name], settings, known, options.resume)
            classroom.grade(book, runs[name], of_class, seeds[name], workers)
        failed = _write(book, out, runs)
        counts = classroom.outcome(book, runs.values())
        for name in (name for name, run in runs.items() if before.get(name, run) != run):
            print(f"{name} was graded before: {_changes(book, before[name], runs[name])}")
    said = ", ".join(f"{count} {status}" for status, count in sorted(counts.items()))
    print(f"{said}; wrote {', '.join(exports.TABLES)} and feedback/ in {options.out}")
    print(f"what to teach again: {options.out / report.NAME}")
    if counts["not graded"] or failed:
        print("some are not graded yet: mend what is said above, then --resume", file=sys.stderr)
    return 1 if counts["not graded"] or failed else 0


def _write(book, out, runs) -> int:
    """Write all files of these runs, and of the exercises that were graded earlier, then let the
    runs count; how many pages could not be written."""
    failed = exports.write_feedback(book, out / "feedback", runs)
    others = {name: book.current(name) for name in book.exercises() if name not in runs}
    exports.write(book, out, {**others, **runs})
    report.write(book, out / report.NAME, {**others, **runs})
    for run in runs.values():
        book.finish(run)
    return failed


def _regrade(options) -> int:
    with Gradebook(options.out) as book:
        names = _graded(book, options)
        limits = {
            name: Limits(**book.about(book.current(name))["settings"]["limits"]) for name in names
        }
        runs, before = {}, {}
        for name in names:
            with _workers(options, limits[name]) as workers:
                before[name] = book.current(name)
                runs[name] = book.propose(name, versions(name, workers.sandbox))
                classroom.regrade(book, name, runs[name], workers)
        for name in names:
            print(_changes(book, before[name], runs[name], show=True))
        if not options.write:
            print("nothing was changed; --write makes the new grades count")
            return 0
        failed = _write(book, options.out, runs)
    return 1 if failed else 0


def _changes(book, before, after, show=False) -> str:
    """How many answers gain and lose between two runs; show: print which."""
    gain = lose = 0
    for student, key, old, new in classroom.changes(book, before, after):
        if show:
            print(f"{student}  {key}  {number(old)} -> {number(new)}  {number(new - old):+}")
        gain, lose = gain + (new > old), lose + (new < old)
    return f"{gain} answers gain, {lose} lose points"


def _adjust(options) -> int:
    columns = ("student", "exercise", "question", "points", "comment")
    rows = table(options.table, columns)
    with Gradebook(options.out) as book:
        runs = {name: book.current(name) for name in _graded(book)}
        known = {
            (one.result.submission.student, name): {s.key: s for s in one.result.scores}
            for name, run in runs.items()
            for one in book.graded(run)
        }
        decisions = []
        for place, row in enumerate(rows, 2):
            where = f"{options.table}, row {place}"
            scores = known.get((row["student"], row["exercise"]))
            if scores is None:
                raise ValueError(
                    f"{where}: no submission of {row['student']} to {row['exercise']}; "
                    "write both as in totals.csv"
                )
            if row["question"] and row["question"] not in scores:
                raise ValueError(
                    f"{where}: {row['exercise']} has no question {row['question']!r}; "
                    f"it has {', '.join(scores)}"
                )
            decisions.append((*list(row.values())[:3], _points(row, scores, where), row["comment"]))
        book.decide(decisions)
        failed = _write(book, options.out, runs)
    print(f"rows taken in: {len(decisions)}; wrote the tables and feedback/ in {options.out}")
    return 1 if failed else 0


def _points(row, scores, where) -> float | None:
    if not row["points"]:
        return None
    if not row["question"]:
        raise ValueError(f"{where}: points are for a question; name it, as {next(iter(scores))}")
    most = scores[row["question"]].max_points
    try:
        points = float(row["points"])
    except ValueError:
        points = math.nan
    if not 0 <= points <= most:
        raise ValueError(
            f"{where}: {row['points']!r} points for {row['question']}; use a number from 0 to "
            f"{most}, with a decimal point"
        )
    return points


def _graded(book, options=None) -> list[str]:
    """The exercise that was asked for, or all that were graded: one at least, or ValueError."""
    if options and options.exercise:
        return [questions.load(options.exercise).name]
    names = book.exercises()
    if not names:
        raise ValueError(
            f"no exercise has been graded to its end in {book.path.parent}; "
            "grade, with --resume if a run was stopped"
        )
    return names


def _report(options) -> int:
    with Gradebook(options.out) as book:
        runs = {name: book.current(name) for name in _graded(book, options)}
        path = options.out / (report.ANONYMOUS if options.anonymous else report.NAME)
        report.write(book, path, runs, exports.pseudonyms(book) if options.anonymous else None)
    print(f"wrote {path}")
    return 0


def _export(options) -> int:
    to = options.to or options.out / options.format
    with Gradebook(options.out) as book:
        runs = {name: book.current(name) for name in _graded(book)}
        names = exports.pseudonyms(book) if options.anonymous else None
        exports.export(book, options.format, to, runs, names)
    print(f"wrote {to}")
    return 0


@contextlib.contextmanager
def _workers(options, limits):
    if options.workers < 1:
        raise ValueError(f"--workers is {options.workers}; at least 1 is needed")
    with Sandbox(limits, options.unsafe) as sandbox:
        if options.unsafe:
            print(UNSAFE, file=sys.stderr)
        workers = Workers(sandbox, options.workers, options.dask)
        workers.preflight()
        yield workers


def _limits(options) -> Limits:
    for name in ("cpu", "wall", "memory"):
        if not getattr(options, name) > 0:
            raise ValueError(f"--{name} {getattr(options, name)}: use a positive number")
    return Limits(options.cpu, options.wall, options.memory << 20)


def _policy(options) -> Policy:
    if options.late_penalty is not None and not 0 <= options.late_penalty <= 100:
        raise ValueError(f"--late-penalty {options.late_penalty}: use a percentage from 0 to 100")
    rows = _people(options.extensions, ("student", "due"), 2) or ()
    extensions = {
        row["student"]: _moment(row["due"], f"{options.extensions}, {row['student']}")
        for row in rows
    }
    due = _moment(options.due, "--due") if options.due else None
    if options.late_penalty is not None and not (due or extensions):
        raise ValueError("--late-penalty needs a due date: add --due")
    return Policy(due, extensions, options.late_penalty)


def _moment(text, where):
    try:
        return moment(text)
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from None


def _rows(path, columns, required):
    """The rows of an instructor's table, or None without one."""
    return table(path, columns[:required], columns[required:]) if path else None


def _people(path, columns, required):
    """The same where each student has one row."""
    rows = _rows(path, columns, required)
    for name, count in Counter(row["student"] for row in rows or ()).items():
        if count > 1:
            raise ValueError(f"{path} has {count} rows for {name}; leave one")
    return rows


def _tell_strangers(names, known, where):
    """Say on stderr who is not where a misspelled name would be missed."""
    strangers = ", ".join(sorted(set(names) - set(known)))
    if strangers:
        print(f"{strangers}: not in {where}; is the name misspelled?", file=sys.stderr)


def _check_place(out: Path) -> None:
    """ValueError where no results could be written to `out`."""
    there = next(path for path in (out.resolve(), *out.resolve().parents) if os.path.lexists(path))
    if not there.is_dir():
        raise ValueError(f"--out {out}: {there} is a file; choose a folder")
    if not os.access(there, os.W_OK | os.X_OK):
        raise ValueError(f"--out {out}: you may not write to {there}; choose another folder")


if __name__ == "__main__":
    sys.exit(main())
