"""The Jupyter in the reader's browser: any notebook runs to its end, and answers are kept."""

import json
import os
import shutil
from contextlib import contextmanager

import pytest

from exercises import questions
from lecture_code.answers import answers, code_cells
from scripts import lite
from scripts.serve import Server
from scripts.site import HTML
from tests.browser.conftest import nothing_went_wrong

LAUNCHED = lite.launched()
RUN_ALL = "window.jupyterapp.commands.execute('notebook:run-all-cells')"
RUN_CELL = "window.jupyterapp.commands.execute('notebook:run-cell')"
SAVE = "window.jupyterapp.commands.execute('docmanager:save')"
CELLS = """() => window.jupyterapp.shell.currentWidget.content.widgets.map(({ model }) => {
  const text = (value) => (Array.isArray(value) ? value.join("") : value ?? "");
  return {
    code: model.type === "code",
    source: model.sharedModel.getSource(),
    ran: model.type === "code" && model.executionCount !== null && model.executionState === "idle",
    outputs: model.type !== "code" ? [] : model.outputs.toJSON().map((output) => ({
      type: output.output_type,
      text: [text(output.text), text(output.ename), text(output.evalue)].join(""),
      kinds: Object.keys(output.data ?? {}),
    })),
  };
})"""
SHOW = """(index) => {
  const notebook = window.jupyterapp.shell.currentWidget.content;
  notebook.activeCellIndex = index;
  return notebook.scrollToItem(index, "center");
}"""
DARK = "document.body.dataset.jpThemeLight === 'false'"
NO_DECAY = """# answer: adagrad.1
import numpy as np


def adagrad_final(theta0, gradients, lr, lr_decay, accumulator0, epsilon):
    theta = np.array(theta0)
    squares = np.full_like(theta, accumulator0)
    for gradient in gradients:
        squares = squares + gradient**2
        theta = theta - lr * gradient / (np.sqrt(squares) + epsilon)
    return theta
"""


class Lab:
    """A notebook in the browser's Jupyter."""

    def __init__(self, page):
        self.page = page
        self.wait()

    def wait(self):
        self.page.wait_for_function(lite.SHOWN, timeout=120_000)

    def cells(self):
        return self.page.evaluate(CELLS)

    def find(self, start):
        """The number of the cell that begins with `start`."""
        (found,) = (i for i, cell in enumerate(self.cells()) if cell["source"].startswith(start))
        return found

    def go(self, index):
        self.page.evaluate(SHOW, index)
        return self.page.locator(f".jp-Notebook-cell[data-windowed-list-index='{index}']")

    def type(self, index, text):
        self.go(index).locator(".cm-content").click()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(text)

    def run(self, index):
        """Run a cell. Returns what it printed."""
        self.go(index)
        self.page.evaluate(RUN_CELL)
        assert self.cells()[index]["ran"]
        return "".join(output["text"] for output in self.cells()[index]["outputs"])

    def save(self):
        self.page.evaluate(SAVE)

    def reload(self):
        self.page.reload()
        self.wait()


@pytest.fixture
def launch(load):
    """with launch("book/adagrad") as lab: the notebook of a page, opened by the page's link."""

    @contextmanager
    def launch(page_name, at="", theme="light"):
        with load(f"{page_name}.html", workers="allow", at=at, theme=theme) as page:
            page.get_by_role("link", name="Run it", exact=True).click()
            yield Lab(page)
            nothing_went_wrong(page)

    return launch


def run_all(lab):
    """Run a notebook to its last cell, without an error."""
    lab.page.evaluate(RUN_ALL)
    code = [cell for cell in lab.cells() if cell["code"]]
    assert [cell["source"] for cell in code if not cell["ran"]] == []
    outputs = [output for cell in code for output in cell["outputs"]]
    assert outputs
    assert [output for output in outputs if output["type"] == "error"] == []


@pytest.mark.thorough
@pytest.mark.parametrize("page_name", LAUNCHED)
def test_a_notebook_runs_to_its_last_cell(launch, page_name):
    with launch(page_name) as lab:
        lab.page.set_default_timeout(600_000)
        run_all(lab)


@pytest.mark.thorough
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(launch, load, violations, theme):
    """In the notebook of a chapter that ran, at its top and in its middle, and among the files."""
    with launch("book/adagrad", theme=theme) as lab:
        lab.page.set_default_timeout(600_000)
        run_all(lab)
        for place in (0, len(lab.cells()) // 2):
            lab.go(place)
            assert violations(lab.page) == []
        assert lab.page.evaluate(DARK) == (theme == "dark")
    with load("lite/tree/index.html", theme=theme, workers="allow") as page:
        page.get_by_text("adagrad.ipynb").wait_for(timeout=120_000)
        assert violations(page) == []


def test_an_answer_is_checked_kept_and_handed_in(launch, violations):
    question = questions.load("adagrad").questions[3]
    with launch("exercises/adagrad") as lab:
        lab.page.set_default_timeout(120_000)
        run_all(lab)
        answer, check = lab.find("# answer: adagrad.1"), lab.find('check("adagrad.1")')
        assert lab.run(answer) == ""
        assert lab.run(check).strip().endswith("not done yet")

        lab.type(answer, NO_DECAY)
        lab.run(answer)
        said = lab.run(check)
        (hint,) = [m.hint for m in question.mistakes if m.hint in said]
        assert "decay" in hint
        assert "Save the notebook" in said
        lab.save()
        assert "Save the notebook" not in lab.run(check)
        lab.save()
        assert violations(lab.page) == []

        lab.reload()
        assert lab.cells()[answer]["source"].strip() == NO_DECAY.strip()
        with lab.page.expect_download() as download:
            lab.page.evaluate("window.jupyterapp.commands.execute('docmanager:download')")
        assert download.value.suggested_filename == "adagrad.ipynb"
        data = download.value.path().read_bytes()
        assert answers(code_cells(data))["adagrad.1"][-1].strip() == NO_DECAY.strip()
        assert json.loads(data)["nbformat"] == 4


def corrected(notebook):
    """The exercise with a cell more, as the student edition would have it."""
    cell = {"cell_type": "markdown", "id": "corrected", "metadata": {}, "source": "Corrected."}
    return {**notebook, "cells": [*notebook["cells"], cell]}


@pytest.mark.thorough
def test_answers_go_over_to_a_corrected_exercise_and_a_deleted_notebook_comes_back(
    launch, tmp_path
):
    copy = tmp_path / "site"
    shutil.copytree(HTML, copy, copy_function=os.link)
    with Server(copy) as server, launch("exercises/adagrad", at=server.url) as lab:
        first = lab.find("from lecture_code.checks import check")
        answer, check = lab.find("# answer: adagrad.1"), lab.find('check("adagrad.1")')
        lab.type(answer, NO_DECAY)
        lab.save()
        for name in ("adagrad.ipynb", "released/adagrad.ipynb"):
            file = copy / "lite" / "files" / name
            text = json.dumps(corrected(json.loads(file.read_text("utf-8"))))
            file.unlink()  # it is a link to the site's own
            file.write_text(text, "utf-8")

        lab.reload()
        lab.run(first)
        lab.run(answer)
        assert 'renew("adagrad")' in lab.run(check)
        lab.type(first, 'from lecture_code.checks import renew; renew("adagrad")')
        assert "adagrad.1: carried over" in lab.run(first)
        lab.reload()
        assert lab.cells()[-1]["source"] == "Corrected."
        assert lab.cells()[answer]["source"].strip() == NO_DECAY.strip()
        assert lab.cells()[first]["source"] == "from lecture_code.checks import check"

        lab.page.evaluate("window.jupyterapp.serviceManager.contents.delete('adagrad.ipynb')")
        lab.reload()
        assert lab.cells()[answer]["source"].strip() != NO_DECAY.strip()
