"""A tiny exercise, its hidden cases, and notebooks for it: what attackers hand in."""

import json
from pathlib import Path

from exercises.grader import grade, submissions
from exercises.grader.sandbox import Limits
from exercises.questions import Exercise, FunctionQuestion, Mistake, Part, ValueQuestion
from tests.submissions.make import code

SEED = 20_260_101
LIMITS = Limits(cpu=1, wall=3.0)
RIGHT = "def double(x):\n    return 2 * x"
CHOICE = 'choice = "b"'


def _numbers(rng):
    return [(float(x),) for x in rng.normal(size=3)]


def _arrays(rng):
    return [(rng.normal(size=n),) for n in (1, 4, 7)]


TINY = Exercise(
    name="tiny",
    title="Tiny",
    allowed=("numpy", "math"),
    questions=(
        FunctionQuestion(
            key="tiny.1",
            title="Double",
            kind="implement",
            difficulty=1,
            minutes=1,
            name="double",
            reference=lambda x: 2 * x,
            parts=(
                Part(name="numbers", points=1, draw=_numbers),
                Part(name="arrays", points=2, draw=_arrays),
            ),
            mistakes=(Mistake(name="square", hint="You square.", answer=lambda x: x * x),),
        ),
        ValueQuestion(
            key="tiny.2",
            title="Choice",
            kind="choice",
            difficulty=1,
            minutes=1,
            name="choice",
            value="b",
            options=("a", "b"),
            mistakes=(Mistake(name="a", hint="Not a.", answer="a"),),
        ),
    ),
)
CASES = grade.prepare(TINY, SEED)


def notebook(source: str = RIGHT, choice: str = CHOICE) -> str:
    """A notebook with these two answers, as the text of a file."""
    cells = [code(f"# answer: tiny.1\n{source}"), code(f"# answer: tiny.2\n{choice}")]
    return json.dumps({"nbformat": 4, "cells": cells})


def tiny(folder: Path, source: str = RIGHT, choice: str = CHOICE) -> submissions.Submission:
    """The only submission below `folder`, with these two answers."""
    path = folder / "someone/tiny.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(notebook(source, choice), "utf-8")
    (found,) = submissions.find(folder, "tiny")
    return found
