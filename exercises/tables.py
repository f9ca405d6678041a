"""The tables of the instructors' pages, from the definitions: `python -m exercises.tables`.

The pages hold them as text, so that a reader without the questions and the grader sees them too; a
test compares.
"""

from exercises.grader import grade, submissions, worker
from exercises.grader.sandbox import Limits
from exercises.questions import load
from lecture_code import wire
from scripts import notebooks

ROOT = notebooks.ROOT
# weeks -> what is read in each. Every chapter is in the longer course.
COURSES = {
    6: (
        ("gradient_descent", "minibatch"),
        ("momentum", "adaptive_rates"),
        ("adagrad", "rmsprop"),
        ("adam", "amsgrad"),
        ("schedules",),
        ("tuning", "strategies"),
    ),
    12: (
        ("gradient_descent",),
        ("minibatch",),
        ("momentum",),
        ("adaptive_rates",),
        ("adagrad",),
        ("rmsprop", "adadelta"),
        ("adam",),
        ("norms", "nadam"),
        ("amsgrad",),
        ("schedules",),
        ("tuning",),
        ("strategies", "second_order"),
    ),
}


def course(weeks):
    """The table of a course: a week a row, with the graded points and the minutes they take."""
    rows = ["| Week | Read | Then do | Points | Minutes |", "|--:|:--|:--|--:|--:|"]
    total = [0, 0]
    for week, chapters in enumerate(COURSES[weeks], start=1):
        exercises = [load(name) for name in chapters]
        points = sum(exercise.points for exercise in exercises)
        minutes = sum(one.minutes for exercise in exercises for one in exercise.graded)
        total = [total[0] + points, total[1] + minutes]
        read = ", ".join(f"{{doc}}`{name}`" for name in chapters)
        do = ", ".join(f"{{doc}}`../exercises/{name}`" for name in chapters)
        rows.append(f"| {week} | {read} | {do} | {points} | {minutes} |")
    rows.append(f"| | | **all** | **{total[0]}** | **{total[1]}** |")
    return "\n".join(rows)


def questions():
    """The table of the exercises: how many questions of which kind, points and minutes."""
    rows = [
        "| Exercise | Graded questions | Points | Minutes | For practice |",
        "|:--|:--|--:|--:|--:|",
    ]
    names = dict.fromkeys(name for week in COURSES[12] for name in week)
    for exercise in map(load, names):
        kinds = [one.kind for one in exercise.graded]
        counted = ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds))
        minutes = sum(one.minutes for one in exercise.graded)
        practice = len(exercise.questions) - len(kinds)
        rows.append(
            f"| {{doc}}`../exercises/{exercise.name}` | {counted} | {exercise.points} "
            f"| {minutes} | {practice} |"
        )
    return "\n".join(rows)


def limits():
    """The table of the grader's limits: what, how much, where to change it."""
    plain, fixed = Limits(), worker.LIMITS
    fields = (
        ("computing time for a question", f"{plain.cpu} s", "the option `--cpu`"),
        ("time on the clock for a question", f"{plain.wall:g} s", "the option `--wall`"),
        ("memory of its process", f"{plain.memory >> 20} MB", "the option `--memory`"),
        ("bytes in files", fixed["FSIZE"], "`LIMITS` in `worker.py`"),
        ("open files", fixed["NOFILE"], "`LIMITS` in `worker.py`"),
        ("processes and threads", fixed["NPROC"], "`LIMITS` in `worker.py`"),
        ("an answer cell", f"{grade.MAX_SOURCE:,} characters", "`MAX_SOURCE` in `grade.py`"),
        ("what a call returns", f"{wire.MAX_BYTES / 1e6:g} MB", "`MAX_BYTES` in `wire.py`"),
        ("items in what it returns", f"{wire.MAX_ITEMS:,}", "`MAX_ITEMS` in `wire.py`"),
        ("lists inside lists", f"{wire.MAX_DEPTH} deep", "`MAX_DEPTH` in `wire.py`"),
        ("a notebook file", f"{submissions.MAX_FILE / 1e6:g} MB", "`MAX_FILE` in `submissions.py`"),
    )
    rows = ["| What | At most | Change it in |", "|:--|--:|:--|"]
    return "\n".join(rows + [f"| {what} | {most} | {where} |" for what, most, where in fields])


# family of tests/attacks -> what they try, what stops them
THREATS = {
    "libraries": (
        "patching NumPy, Python or the comparison",
        "answers are compared in the grader's process, which never imports a student's code",
    ),
    "machinery": (
        "changing hooks, streams and the machinery of notebooks",
        "no notebook is run: only the answer cells are, without IPython",
    ),
    "reading": (
        "reading questions, other students' work, memory, processes, the environment",
        "none of it is in the sandbox, and each answer sees no process but its own",
    ),
    "writing": (
        "writing to files, the gradebook, the clock, shared memory",
        "all is read-only, and files may not grow",
    ),
    "liars": (
        "objects that lie about equality, shape, type or value",
        "only plain numbers, texts, lists and arrays cross, rebuilt on the other side",
    ),
    "protocol": (
        "forging replies of the sandbox",
        "each request has a secret number, each field of a reply is checked, pickle is never used",
    ),
    "network": ("calling out, or a service of this machine", "there is no network, and no socket"),
    "ending": (
        "hanging, crashing, ignoring signals",
        "the clock is outside, and the kernel ends the process and all it has started",
    ),
    "floods": (
        "floods of memory, processes, files, output",
        "limits of the kernel, and limits on what is read from an answer",
    ),
    "notebooks": (
        "cell tags, ids, metadata, doubles",
        "cells are found by their first line alone; the last one counts, and the page says so",
    ),
    "names": (
        "hostile names of folders and files",
        "names are made harmless, and no two students share one",
    ),
    "malformed": ("files that are no notebooks", "a row and a page that say what is wrong"),
    "text": (
        "HTML, CSV formulas, terminal codes; hidden inputs in messages",
        "everything is escaped, all cells run before the first call, and what an answer says after "
        "that is dropped",
    ),
    "links": ("symbolic links, devices, archives", "only plain files are opened, and no links"),
    "state": (
        "counting calls, keeping state, changing the inputs",
        "a fresh process for each question, and inputs that change by the seed",
    ),
}


def threats():
    """The table of the families of attack, with the number of submissions of each."""
    rows = ["| Family | They try | What stops it | Attacks |", "|:--|:--|:--|--:|"]
    total = 0
    for family, (attempt, wall) in THREATS.items():
        count = len(list((ROOT / "tests/attacks").glob(f"*/{family}/*.py")))
        rows.append(f"| {family} | {attempt} | {wall} | {count} |")
        total += count
    return "\n".join([*rows, f"| | | **all** | **{total}** |"])


# what stands between an answer and the rest, and the test (of tests/test_*.py) that shows it
WALLS = (
    (
        "bubblewrap: no network, no home, an empty environment, the system read-only",
        "test_the_environment_is_empty",
    ),
    (
        "namespaces for each answer: users, processes, mounts, network, IPC, host name, groups",
        "test_each_answer_has_namespaces_of_its_own",
    ),
    ("no privileges, and an unprivileged user", "test_the_sandbox_works_for_an_ordinary_user"),
    ("a filter of system calls", "test_the_filter_is_a_valid_program"),
    ("the other walls, when that filter is missing", "test_without_a_filter_the_other_walls_stand"),
    (
        "no locks, leases or notices by which answers that run at once could talk",
        "test_answers_that_run_at_once_cannot_signal_each_other",
    ),
    ("nothing of the grader in the sandbox", "test_the_box_holds_what_the_worker_needs_only"),
    ("plain data between the two", "test_any_bytes_decode_or_raise_value_error"),
    ("no hidden input in feedback", "test_no_hidden_input_is_told"),
    (
        "all cells of a submission, whose words are shown, before its first hidden input",
        "test_all_cells_run_before_the_first_call",
    ),
    ("other students' grades and pages, to the byte", "test_nobody_else_is_hurt"),
    ("the files around", "test_nothing_around_has_changed"),
    ("no sandbox, no grading", "test_without_the_sandbox_only_when_asked"),
)


def walls():
    """The table of walls, each with the test that shows it."""
    rows = ["| Wall | The test that shows it |", "|:--|:--|"]
    return "\n".join(rows + [f"| {wall} | `{test}` |" for wall, test in WALLS])


# page -> tag of a cell -> its text
PAGES = {
    "syllabus": {
        "six-weeks": lambda: course(6),
        "twelve-weeks": lambda: course(12),
        "all-questions": questions,
    },
    "grading": {"limits": limits, "threats": threats, "walls": walls},
}


def path(page):
    return ROOT / "book" / f"{page}.ipynb"


def main():
    for page, tables in PAGES.items():
        notebook = notebooks.read(path(page))
        for cell in notebook.cells:
            for tag in tables.keys() & set(cell.metadata.get("tags", ())):
                cell.source = tables[tag]()
        path(page).write_text(notebooks.text(notebooks.clean(notebook)), "utf-8")


if __name__ == "__main__":
    main()
