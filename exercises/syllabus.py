"""The tables of `book/syllabus.ipynb`, from the definitions: `python -m exercises.syllabus`.

The page holds them as text, so that a reader without the questions sees them too; a test compares.
"""

from exercises.questions import load
from scripts import notebooks

PAGE = notebooks.ROOT / "book" / "syllabus.ipynb"
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


# tag of a cell -> its text
TABLES = {
    "six-weeks": lambda: course(6),
    "twelve-weeks": lambda: course(12),
    "all-questions": questions,
}


def main():
    notebook = notebooks.read(PAGE)
    for cell in notebook.cells:
        for tag in TABLES.keys() & set(cell.metadata.get("tags", ())):
            cell.source = TABLES[tag]()
    PAGE.write_text(notebooks.text(notebooks.clean(notebook)), "utf-8")


if __name__ == "__main__":
    main()
