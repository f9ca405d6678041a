"""A live figure in a page: what it was given, what it shows, and a hand on its controls."""

import json
import re

import numpy as np

from lecture_code.widgets import UNIT, unpack
from tests.test_widgets import look_up

FIGURE = "figure.lc-live"
SHOWN = """(node) => {
  const text = (selector, root = node) =>
    [...root.querySelectorAll(selector)].map((found) => found.textContent);
  const runs = {};
  for (const card of node.querySelectorAll(".lc-surface-run")) {
    const name = card.dataset.run;
    const line = node.querySelector(`path[data-run="${name}"]`);
    runs[name] = { told: text("dd", card), d: line.getAttribute("d") };
  }
  const box = node.querySelector(".lc-surface clipPath rect");
  return { runs, outputs: text("output"), said: text("[aria-live=polite]").join(),
    label: node.querySelector(".lc-surface-plot").getAttribute("aria-label"),
    size: [Number(box.getAttribute("width")), Number(box.getAttribute("height"))] };
}"""
# Puts the controls at positions as a reader does.
MOVE = """(node, positions) => {
  node.querySelectorAll(".lc-surface input").forEach((input, index) => {
    const range = input.type === "range";
    input[range ? "value" : "checked"] = positions[index];
    input.dispatchEvent(new Event(range ? "input" : "change", { bubbles: true }));
  });
}"""


def drawn(shown, name):
    """The points of a run as fractions of the frame, y upwards, shape (points, 2)."""
    pixels = np.array(re.findall(r"-?[\d.]+", shown["runs"][name]["d"]), float).reshape(-1, 2)
    return pixels / shown["size"] * [1, -1] + [0, 1]


class LiveFigure:
    """The figure at `index` of a page, with the data that the page carries for it."""

    def __init__(self, page, index=0):
        assert page.locator(FIGURE).count() > index, f"{page.path} has no live figure {index}"
        self.page = page
        self.node = page.locator(FIGURE).nth(index)
        data = json.loads(self.node.locator("script[type='application/json']").text_content())
        self.spec, self.grid, self.start = data["spec"], data["grid"], data["spec"]["default"]
        # As they stand in the figure: sliders first.
        order = sorted(self.spec["controls"], key=lambda control: control["kind"])
        self.controls = {control["name"]: control for control in order}
        self.names = [run["name"] for run in self.spec["runs"]]

    def kind(self, kind):
        return [control for control in self.controls.values() if control["kind"] == kind]

    def move(self, choice):
        self.node.evaluate(MOVE, [choice[name] for name in self.controls])

    def shown(self):
        return self.node.evaluate(SHOWN)

    def frame(self, choice):
        """What the data say of a choice: a dict, as `widget.frame`."""
        return look_up(self.grid, self.spec, choice)

    def shows(self, choice):
        """What is shown, after a comparison with what is to be shown for this choice."""
        shown, frame = self.shown(), self.frame(choice)
        texts = [frame[f"text.{control['name']}"] for control in self.kind("slider")]
        assert shown["outputs"] == texts
        for name in self.names:
            told = frame[f"told.{name}"]
            assert shown["runs"][name]["told"] == told
            assert f"{self.spec['readout'][0]} {told[0]}" in shown["label"]
            points, true = drawn(shown, name), unpack(frame[f"path.{name}"]) / UNIT
            assert points.shape == true.shape
            assert np.all(np.abs(points - true) * shown["size"] <= 0.051)  # written to 0.1 pixels
        return shown
