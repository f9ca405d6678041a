"""What counts as a secret: the solutions of an exercise, less what that exercise gives away."""

import nbformat
import pytest

from exercises.leaks import leaks, read_secrets

SOLUTION = """\
def heavy_ball(theta, gradients, lr, gamma):
    momentum = 0 * theta
    for gradient in gradients:
        momentum = gamma * momentum + gradient
        theta = theta - lr * momentum
    return theta
"""


def exercise(path, **tagged):
    cells = [
        nbformat.v4.new_code_cell(text, metadata={"tags": [tag]}) for tag, text in tagged.items()
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


@pytest.mark.parametrize("elsewhere", ["starter", "practice"])
def test_what_another_exercise_gives_away_stays_a_secret_of_this_one(tmp_path, elsewhere):
    one = exercise(tmp_path / "one.ipynb", solution=SOLUTION)
    two = exercise(tmp_path / "two.ipynb", **{elsewhere: SOLUTION})
    page = tmp_path / "page.html"
    page.write_text(f"<pre>{SOLUTION}</pre>")
    assert leaks([page], read_secrets([one, two]))


def test_what_an_exercise_gives_away_itself_is_no_secret(tmp_path):
    one = exercise(tmp_path / "one.ipynb", solution=SOLUTION, starter=SOLUTION)
    assert leaks([one], read_secrets([one])) == []
