"""What the proofs of the questions share: the course, its seeds, its cells, and ways to answer."""

import importlib
import re
from functools import lru_cache

import nbformat

from exercises.questions import load, names, try_answer
from exercises.student import ROOT
from lecture_code.answers import answers, obtain

PUBLIC, OTHERS = 0, (1, 2, 3, 4, 5)
SEEDS = (PUBLIC, *OTHERS)
EXERCISES = {name: load(name) for name in names()}
QUESTIONS = [question for exercise in EXERCISES.values() for question in exercise.questions]
GRADED = [question for question in QUESTIONS if question.graded]


def exercise_of(question):
    return EXERCISES[question.key.split(".")[0]]


@lru_cache
def cells(name):
    notebook = nbformat.read(ROOT / "exercises" / f"{name}.ipynb", as_version=4)
    return notebook.cells


def source(question, tag):
    """The source of a question's cell with this tag; of a practice solution by its name."""
    name = exercise_of(question).name
    tagged = [c.source for c in cells(name) if tag in c.metadata.get("tags", ())]
    if tag == "practice":
        (found,) = [text for text in tagged if re.search(rf"\b{question.name}\b", text)]
        return found
    (found,) = answers(tagged)[question.key]
    return found


def run(text, question):
    """What an answer cell binds, as the check and the grader would find it."""
    answer, trouble = obtain(
        text, exercise_of(question).allowed, question.name, hasattr(question, "reference")
    )
    assert trouble is None, trouble
    return answer


def run_anywhere(text, module=None):
    """The names that a text of Python binds, among those of `module`."""
    names = {} if module is None else dict(vars(module))
    exec(compile(text, "pasted", "exec"), names)
    return names


def scores_of_the_book(key, adapter):
    """The scores under every seed of an answer made of the chapter's whole module.

    adapter: the text of a function with the question's name that calls what the module has.
    """
    name = key.split(".")[0]
    question = EXERCISES[name].question(key)
    module = importlib.import_module(f"lecture_code.{name}")
    answer = run_anywhere(adapter, module)[question.name]
    return [try_answer(question, answer, seed) for seed in SEEDS]


def record(method, theta0, gradients):
    """theta and the state after all gradients."""
    theta, state = theta0, method.init(theta0)
    for gradient in gradients:
        theta, state = method.step(theta, state, gradient)
    return theta, state
