"""Measure the grader beside nbgrader's autograde on the same class, and print tables and targets.

The class has the tiny exercise of the tests: a function that is called six times and a choice, in
two cells. Its notebooks do nothing else, so grading is what is compared. nbgrader pays most for the
start of a kernel, ours for a process of each question: a larger exercise brings them nearer to each
other. Half of the answers are right. Ours is the whole command, with its start, its
gradebook, pages and tables; nbgrader, which has no parallel mode, runs in as many processes, each
with a course of its own, and its start is not counted. Both take turns and medians count. Seconds
depend on the machine and on what else it does; CPU seconds do so less.
"""

import ctypes
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import nbformat
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scripts.tables import print_table
from tests.attacks import tiny

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "_build" / "bench_grader.json"
NBGRADER = ROOT / ".venv-nbgrader" / "bin" / "nbgrader"
SIZES = (250, 500, 1_000)
FEW, SOME = 4, 16  # submissions of an nbgrader process; what the others cost is its speed
ROUNDS = 3
CORES = len(os.sched_getaffinity(0))
PR_SET_CHILD_SUBREAPER = 36
WRONG = "def double(x):\n    return x * x"
# The command itself, which knows the tiny exercise only.
GRADE = """
import sys
from exercises.__main__ import main
from tests.attacks.tiny import TINY
from tests.grading import known
with known(TINY):
    sys.exit(main(sys.argv[1:]))
"""
TESTS = {
    "tiny.1": "import numpy as np\n"
    "for x in (0.5, -1.5, 2.0, np.ones(1), np.arange(4.0), np.arange(7.0)):\n"
    "    assert np.allclose(double(x), 2 * x, rtol=1e-9)",
    "tiny.2": 'assert choice == "b"',
}
TARGETS = {
    "times nbgrader": (60, "at least"),
    "a second and core": (30, "at least"),
    "memory of 1,000 / of 250": (1.1, "at most"),
    "seconds of 1,000 / of 500": (2.2, "at most"),
}


@dataclass(frozen=True)
class Cost:
    """Seconds on the clock, CPU seconds of all processes, and MB of the largest."""

    seconds: float
    cpu: float
    memory: float


def run(*commands, **options) -> Cost:
    """Run commands, each in a folder, at the same time to their end, with all that they start."""
    start = time.perf_counter()
    with tempfile.TemporaryFile("w+") as said:
        running = {}
        for command, folder in commands:
            process = subprocess.Popen(command, cwd=folder, stdout=said, stderr=said, **options)
            running[process.pid] = process
        cpu = memory = 0.0
        while True:
            try:  # orphans, such as warm interpreters, come to this process too
                pid, status, usage = os.wait4(-1, 0)
            except ChildProcessError:
                break
            cpu += usage.ru_utime + usage.ru_stime
            memory = max(memory, usage.ru_maxrss / 1024)
            if pid in running:
                seconds = time.perf_counter() - start
                running[pid].returncode = os.waitstatus_to_exitcode(status)
                if status:
                    said.seek(0)
                    raise SystemExit(f"{said.read()[-2000:]}\nerror: {commands} failed")
    return Cost(seconds, cpu, memory)


def members(count):
    """(student, answer to the first question) of a class, the right ones first."""
    return [(f"s{i:04}", tiny.RIGHT if i % 2 == 0 else WRONG) for i in range(count)]


def ours(folder, count) -> Cost:
    for student, answer in members(count):
        path = folder / "class" / student / "tiny.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(tiny.notebook(answer), "utf-8")
    words = ["grade", folder / "class", "--out", folder / "out", "--workers", str(CORES)]
    cost = run(([sys.executable, "-c", GRADE, *words], ROOT))
    grades = (folder / "out" / "totals.csv").read_text("utf-8").splitlines()
    assert sum(line.split(",")[3] == "4" for line in grades) == (count + 1) // 2
    return cost


def source(answer, release):
    """The notebook that nbgrader grades: as students have it, or with the tests."""
    cells = []
    for (key, test), text in zip(TESTS.items(), (answer, tiny.CHOICE), strict=True):
        name, common = key.replace(".", "-"), {"schema_version": 3, "task": False}
        for role, code in (("answer", f"# answer: {key}\n{text}"), ("test", test)):
            cell = nbformat.v4.new_code_cell(code, id=f"{name}-{role}")
            graded = role == "test"
            cell.metadata["nbgrader"] = {
                **common,
                **{"grade_id": cell.id, "solution": not graded, "grade": graded, "locked": graded},
                **({"points": 1} if graded else {}),
            }
            if graded and release:
                cell.source = ""
            elif graded:
                cell.source = f"### BEGIN HIDDEN TESTS\n{test}\n### END HIDDEN TESTS"
            else:
                cell.source += "\n### BEGIN SOLUTION\n### END SOLUTION" * (not release)
            cells.append(cell)
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {
        **{"display_name": "Python 3", "language": "python", "name": "python3"}
    }
    return nbformat.writes(notebook)


def theirs(folder, count) -> Cost:
    """nbgrader's autograde of `count` submissions in each of as many processes as there are cores,
    after its courses have been made."""
    environment = {**os.environ, "PATH": f"{NBGRADER.parent}:{os.environ['PATH']}"}
    environment.pop("PYTHONPATH", None)
    courses = [folder / f"course{i}" for i in range(CORES)]
    for course in courses:
        (course / "source/tiny").mkdir(parents=True)
        (course / "source/tiny/tiny.ipynb").write_text(source("double = None", False), "utf-8")
        for student, answer in members(count):
            path = course / "submitted" / student / "tiny" / "tiny.ipynb"
            path.parent.mkdir(parents=True)
            path.write_text(source(answer, True), "utf-8")
        (course / "nbgrader_config.py").write_text(
            'c = get_config()\nc.ClearSolutions.code_stub = {"python": ""}\n', "utf-8"
        )
    run(*(([NBGRADER, "generate_assignment", "tiny"], one) for one in courses), env=environment)
    cost = run(*(([NBGRADER, "autograde", "tiny"], one) for one in courses), env=environment)
    run(([NBGRADER, "export"], courses[0]), env=environment)
    header, *rows = [line.split(",") for line in (courses[0] / "grades.csv").read_text().split()]
    scores = [float(row[header.index("score")]) for row in rows]
    assert sorted(scores) == [1.0] * (count // 2) + [2.0] * (count - count // 2)
    return cost


def measure():
    """Costs by what was run, a list of rounds each."""
    found = {name: [] for name in (*SIZES, FEW, SOME)}
    for _ in range(ROUNDS):
        for name, costs in found.items():
            costs.append(_measured(name))
    return {
        name: Cost(*np.median([[c.seconds, c.cpu, c.memory] for c in costs], axis=0))
        for name, costs in found.items()
    }


def _measured(count) -> Cost:
    for tries in (2, 1, 0):
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            try:
                return (ours if count in SIZES else theirs)(Path(folder), count)
            except SystemExit:  # two kernels of nbgrader's at times choose the same port
                if count in SIZES or not tries:
                    raise


def main():
    if not NBGRADER.exists():
        raise SystemExit("error: nbgrader is missing; run `make bench`")
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    before = os.getloadavg()
    found = measure()
    print(__doc__.splitlines()[0])
    rows = [
        {
            "ours": f"{size:,} submissions",
            "s": round(found[size].seconds, 1),
            "a second": round(size / found[size].seconds, 1),
            "CPU ms each": round(1000 * found[size].cpu / size, 1),
            "MB": round(found[size].memory),
        }
        for size in SIZES
    ]
    print_table(rows)
    most = SIZES[-1]
    more = CORES * (SOME - FEW)
    theirs_speed = more / (found[SOME].seconds - found[FEW].seconds)
    theirs_cpu = (found[SOME].cpu - found[FEW].cpu) / more
    peer = {
        "nbgrader": f"{CORES} processes, without their start",
        "a second": round(theirs_speed, 2),
        "CPU ms each": round(1000 * theirs_cpu),
        "MB": round(found[SOME].memory),
    }
    print_table([peer])
    speed = most / found[most].seconds
    reached = {
        "times nbgrader": speed / theirs_speed,
        "a second and core": speed / CORES,
        "memory of 1,000 / of 250": found[most].memory / found[SIZES[0]].memory,
        "seconds of 1,000 / of 500": found[most].seconds / found[SIZES[1]].seconds,
    }
    targets = [
        {"target": name, "reached": round(reached[name], 2), "wanted": f"{how} {limit}"}
        for name, (limit, how) in TARGETS.items()
    ]
    targets.append(
        {
            "target": "times nbgrader, by CPU seconds",
            "reached": round(theirs_cpu / (found[most].cpu / most), 2),
            "wanted": "",
        }
    )
    print_table(targets)
    load = [round(one, 1) for one in (before[0], os.getloadavg()[0])]
    print(f"{CORES} cores; load before and after: {load[0]}, {load[1]}\n")
    about = {"cores": CORES, "load": load, "rounds": ROUNDS}
    tables = {"ours": rows, "nbgrader": peer, "targets": targets}
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps({"about": about, **tables}, indent=1) + "\n")


if __name__ == "__main__":
    main()
