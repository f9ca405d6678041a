"""Scoring inside a notebook: what the hidden tests of the nbgrader course call.

The answer, the questions and the references share a process here, so a clever answer can take any
points. The project's own grader, `exercises.grader`, keeps them apart.
"""

from IPython import get_ipython

from exercises.questions import FunctionQuestion, load, try_answer
from lecture_code.answers import answers, obtain
from lecture_code.judging import trouble


def points(key: str, seed: int) -> int:
    """The points of the answer cell to a question, such as "adagrad.3", that ran last.

    It runs alone, on the inputs that `seed` draws. What is wrong is printed, with nothing secret.
    """
    exercise = load(key.partition(".")[0])
    question = exercise.question(key)
    cells = answers(get_ipython().history_manager.input_hist_raw).get(key)
    if not cells:
        print(f"No cell of the notebook starts with '# answer: {key}'.")
        return 0
    function = isinstance(question, FunctionQuestion)
    answer, early = obtain(cells[-1], exercise.allowed, question.name, function)
    if early is not None:
        print(trouble(early)[1])
        return 0
    score = try_answer(question, answer, seed)
    print(score.message or score.status)
    return score.points
