"""The command line of the exercises' private side: `python -m exercises --help`."""

from __future__ import annotations

import argparse
import json
import os
import secrets
import sys
from pathlib import Path

from exercises import questions
from exercises.grader import report
from exercises.grader.grade import collect, grade_all
from exercises.grader.sandbox import Sandbox, SandboxError
from exercises.grader.submissions import find, read
from lecture_code.answers import answers, code_cells
from lecture_code.checks import check_answer

UNSAFE = """\
WARNING: --unsafe runs the students' code without a sandbox. It can read and delete your files, read
the questions and other submissions, use the network and change its own grade. Memory, CPU time and
wall-clock time are still limited. Use it only for code that you have read."""


def main(arguments=None) -> int:
    """Run a command; 0, or 2 with one line on stderr when it could not be carried out.

    `check` gives 1 where an answer does not pass.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    options = _parser().parse_args(arguments or ["--help"])
    try:
        return options.run(options)
    except (ValueError, OSError, SandboxError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped: no grades were written; the same command starts again", file=sys.stderr)
        return 130


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
            "Grade SUBMISSIONS/<student>/<exercise>.ipynb (or nbgrader's "
            "SUBMISSIONS/<student>/<assignment>/<exercise>.ipynb). Every answer runs in a sandbox. "
            "Writes OUT/grades.csv, OUT/totals.csv, OUT/summary.csv (the class at a glance), "
            "OUT/feedback/<student>/<exercise>.html and OUT/seed.json, the secret seed of the "
            "hidden inputs. Results of exercises not graded now stay as they are."
        ),
    )
    grade.add_argument("submissions", metavar="SUBMISSIONS", type=Path)
    grade.add_argument("--out", metavar="OUT", type=Path, required=True, help="folder for results")
    grade.add_argument(
        "--exercise",
        metavar="NAME",
        help=f"grade this exercise only (known: {', '.join(questions.names()) or 'none yet'}); "
        "by default all that were handed in",
    )
    grade.add_argument(
        "--seed",
        metavar="N",
        type=int,
        help="seed of the hidden inputs; by default the one in OUT/seed.json, or a new one",
    )
    grade.add_argument(
        "--workers",
        metavar="N",
        type=int,
        default=os.cpu_count() or 1,
        help="submissions graded at the same time (default: %(default)s)",
    )
    grade.add_argument(
        "--unsafe", action="store_true", help="run without the sandbox code that you have read"
    )
    grade.set_defaults(run=_grade)
    return parser


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
    found = answers(code_cells(read(options.notebook)))
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
                    replies, early, _ = collect(question, source, allowed, cases, sandbox, True)
                    return early, replies

                source, entry = found[question.key][-1], checks["questions"][question.key]
                ok, lines = check_answer(entry, source, exercise.allowed, run)
            print("\n  ".join([f"{question.key} · {question.title}", *lines]))
            passed = passed and ok
    return 0 if passed else 1


def _grade(options) -> int:
    if options.workers < 1:
        raise ValueError(f"--workers is {options.workers}; at least 1 is needed")
    root, out = options.submissions.resolve(), options.out.resolve()
    if out.is_relative_to(root):
        raise ValueError(f"--out {out} lies in the submissions folder; choose a folder outside it")
    _check_place(options.out)
    report.earlier(out)
    names = [questions.load(options.exercise).name] if options.exercise else questions.names()
    found = {name: find(options.submissions, name) for name in names}
    if not options.exercise:  # those of which at least one file was handed in
        found = {
            name: of_class
            for name, of_class in found.items()
            if any(submission.status != "missing" for submission in of_class)
        }
        if not found:
            raise ValueError(
                f"{options.submissions} has no notebook of a known exercise ({', '.join(names)}); "
                f"expected {options.submissions}/<student>/<exercise>.ipynb"
            )
    classes = [(questions.load(name), of_class) for name, of_class in found.items()]
    seed = _seed(out, options.seed)
    with Sandbox(unsafe=options.unsafe) as sandbox:
        if options.unsafe:
            print(UNSAFE, file=sys.stderr)
        sandbox.preflight()
        # The seed first: a run that is stopped and repeated gives the same grades.
        report.write_file(out / "seed.json", json.dumps({"seed": seed}) + "\n", mode=0o600)
        results = [
            (exercise, grade_all(found, exercise, seed, sandbox, options.workers))
            for exercise, found in classes
        ]
    report.write(out, results)
    count = sum(len(of_class) for _, of_class in results)
    files = f"{', '.join(report.TABLES)} and feedback/"
    print(f"graded {count} submissions; wrote {files} in {options.out}")
    print(f"the class at a glance: {options.out}/summary.csv")
    return 0


def _check_place(out: Path) -> None:
    """ValueError where no results could be written to `out`."""
    there = next(path for path in (out.resolve(), *out.resolve().parents) if os.path.lexists(path))
    if not there.is_dir():
        raise ValueError(f"--out {out}: {there} is a file; choose a folder")
    if not os.access(there, os.W_OK | os.X_OK):
        raise ValueError(f"--out {out}: you may not write to {there}; choose another folder")


def _seed(out: Path, asked: int | None) -> int:
    """The assignment's seed: asked for, stored with earlier results, or drawn."""
    if asked is not None and asked <= questions.PUBLIC_SEED:
        raise ValueError(f"--seed {asked}: use a positive number; 0 is the seed of public checks")
    path = out / "seed.json"
    if not path.exists():
        return secrets.randbelow(2**62) + 1 if asked is None else asked
    try:
        stored = json.loads(path.read_text())["seed"]
        if type(stored) is not int or stored < 1:
            raise ValueError
    except (ValueError, KeyError, TypeError):
        raise ValueError(f"{path} holds no seed; delete it to draw a new one") from None
    if asked not in (None, stored):
        raise ValueError(
            f"--seed {asked}, but {path} says {stored}; leave --seed out or use another --out"
        )
    return stored


if __name__ == "__main__":
    sys.exit(main())
