"""The chapter's live figure in a browser: it shows what lecture_code computes, to everybody."""

import ast
import json
import re

import numpy as np
import pytest

from lecture_code.adagrad import AdaGrad
from lecture_code.gradient_descent import GradientDescent
from lecture_code.minimize import minimize
from lecture_code.objectives import Bowl
from lecture_code.widgets import UNIT, number
from scripts.site import ROOT

PATH = "book/adagrad.html"
FIGURE = "figure.lc-live"
RUNS = ("gradient_descent", "adagrad")

# Puts a control at a position as a reader does, and hands back what stands there at once.
MOVE = """([figure, index, position]) => {
  const input = document.querySelectorAll(`${figure} .lc-surface input`)[index];
  if (input.type === "range") input.value = position; else input.checked = position;
  input.dispatchEvent(new Event(input.type === "range" ? "input" : "change", { bubbles: true }));
}"""
SHOWN = """(figure) => {
  const node = document.querySelector(figure);
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
COLOURS = """(selector) => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgb = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  return [...document.querySelectorAll(selector)].map((node) => {
    const style = getComputedStyle(node);
    const page = getComputedStyle(node.closest("figure")).backgroundColor;
    return [rgb(node instanceof SVGElement ? style.fill : style.color), rgb(page)];
  });
}"""


@pytest.fixture(scope="module")
def widget():
    """The widget of the chapter, made by the chapter's own cell."""
    notebook = json.loads((ROOT / "book" / "adagrad.ipynb").read_text("utf-8"))
    cells = ["".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "code"]
    [cell] = [source for source in cells if "SurfaceWidget(\n" in source]
    imports = [
        node
        for source in cells
        for node in ast.parse(re.sub(r"^[%!].*$", "", source, flags=re.MULTILINE)).body
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    *body, last = ast.parse(cell).body
    body = [*imports, *body, ast.Assign([ast.Name("widget", ast.Store())], last.value)]
    namespace = {}
    exec(compile(ast.fix_missing_locations(ast.Module(body, [])), "adagrad", "exec"), namespace)
    return namespace["widget"]


def expected(widget, choice):
    """What `minimize` gives for both methods at these positions: a dict of records."""
    condition, lr, epsilon, inside = (
        control.at(choice[name]) for name, control in widget._controls.items()
    )
    methods = {
        "gradient_descent": GradientDescent(lr=lr),
        "adagrad": AdaGrad(lr=lr, epsilon=epsilon, epsilon_inside=inside),
    }
    start = widget._start.at({})
    return {
        name: minimize(Bowl(condition), method, start, widget._steps, on_divergence="record")
        for name, method in methods.items()
    }


def assert_shows(shown, widget, choice):
    texts = [control.text(choice[name]) for name, control in widget._controls.items()]
    assert shown["outputs"] == texts[:3]
    low, size = widget._window[:, 0], np.ptp(widget._window, axis=1)
    width, height = shown["size"]
    for name, record in expected(widget, choice).items():
        run = shown["runs"][name]
        assert run["told"][0] == number(record.losses[-1])
        step = np.abs(record.points[1] - record.points[0])
        assert run["told"][1] == ", ".join(map(number, step))
        assert f"{widget.spec['readout'][0]} {run['told'][0]}" in shown["label"]
        drawn = np.array(re.findall(r"-?[\d.]+", run["d"]), dtype=float).reshape(-1, 2)
        true = (record.points - low) / size * [width, -height] + [0, height]
        same = len(drawn) - (len(drawn) < len(true))  # the last one is on the border, if any is
        assert same > 0
        off = np.abs(drawn[:same] - true[:same]).max()
        assert off <= 0.5 * max(width, height) / UNIT + 0.06  # half a unit, then a tenth of a pixel


@pytest.fixture
def page(open_page):
    return open_page(PATH)


def test_the_figure_is_live_and_shows_the_default(page, widget):
    figure = page.locator(FIGURE)
    assert figure.count() == 1
    assert figure.get_attribute("data-ready") is not None
    assert figure.locator(".lc-surface-plot").is_visible()
    assert not figure.locator(".lc-live-static").is_visible()
    assert_shows(page.evaluate(SHOWN, FIGURE), widget, widget.spec["default"])


def test_the_keyboard_moves_a_slider(page, widget):
    before = page.evaluate(SHOWN, FIGURE)
    slider = page.get_by_role("slider", name=re.compile("Learning rate"))
    slider.focus()
    page.keyboard.press("ArrowRight")
    choice = {**widget.spec["default"], "lr": widget.spec["default"]["lr"] + 1}
    after = page.evaluate(SHOWN, FIGURE)
    assert_shows(after, widget, choice)
    text = widget._controls["lr"].text(choice["lr"])
    assert slider.get_attribute("aria-valuetext") == text
    for name in RUNS:
        assert after["runs"][name]["d"] != before["runs"][name]["d"]
    loss = number(expected(widget, choice)["adagrad"].losses[-1])
    assert f"from {before['outputs'][1]} to {text}." in after["said"]
    assert f"from {before['runs']['adagrad']['told'][0]} to {loss}" in after["said"]
    page.keyboard.press("End")
    last = {**choice, "lr": widget._controls["lr"].count - 1}
    assert_shows(page.evaluate(SHOWN, FIGURE), widget, last)


def test_every_combination_is_the_one_that_lecture_code_computes(page, widget):
    rng = np.random.default_rng(1)
    left = 0
    for _ in range(25):
        choice = {n: int(rng.integers(c.count)) for n, c in widget._controls.items()}
        for index, position in enumerate(choice.values()):
            page.evaluate(MOVE, [FIGURE, index, position])
        shown = page.evaluate(SHOWN, FIGURE)
        assert_shows(shown, widget, choice)
        left += "left the view" in shown["runs"]["gradient_descent"]["told"][-1]
    assert left > 2  # some of them diverge, and the page says so


def test_toggle_and_reset_work_by_keyboard(page, widget):
    page.get_by_role("slider").last.focus()
    page.keyboard.press("End")
    [toggle] = [c for c in widget._controls.values() if c.kind == "toggle"]
    page.get_by_role("checkbox", name=toggle.label).focus()
    page.keyboard.press("Space")
    choice = {**widget.spec["default"], "epsilon": widget._controls["epsilon"].count - 1}
    shown = page.evaluate(SHOWN, FIGURE)
    assert_shows(shown, widget, {**choice, toggle.name: 1})
    assert f"{toggle.label} from off to on" in shown["said"]
    assert "Gradient descent: unchanged" in shown["said"]
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert_shows(page.evaluate(SHOWN, FIGURE), widget, widget.spec["default"])
    assert not page.get_by_role("checkbox", name=toggle.label).is_checked()


def test_controls_have_labels_and_a_size_for_fingers(page, widget):
    figure = page.locator(FIGURE)
    for control in widget._controls.values():
        role = "slider" if control.kind == "slider" else "checkbox"
        found = figure.get_by_role(role, name=control.label, exact=True)
        assert found.count() == 1
        target = found if role == "slider" else found.locator("xpath=..")
        assert target.bounding_box()["height"] >= 24
    assert figure.get_by_role("img").get_attribute("aria-label").startswith(widget.spec["title"])
    ids = page.evaluate("() => [...document.querySelectorAll('[id]')].map((node) => node.id)")
    assert len(ids) == len(set(ids))


def luminance(colour):
    part = np.array(colour) / 255
    part = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    return part @ [0.2126, 0.7152, 0.0722]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_can_be_read_in_both_themes(open_page, theme):
    page = open_page(PATH, theme=theme)
    words = ["-title", "-plot text", "-slider label", " output", "-run dt", "-run dd", "-said"]
    selector = ", ".join(f"{FIGURE} .lc-surface{w}" for w in words)
    pairs = page.evaluate(COLOURS, selector)
    assert len(pairs) > 20
    for ink, ground in pairs:
        assert (luminance(ground) > 0.5) == (theme == "light")
        dark, light = sorted([luminance(ink), luminance(ground)])
        assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_axe_finds_nothing_after_a_change(page, violations):
    page.evaluate(MOVE, [FIGURE, 1, 9])
    assert violations(page) == []


@pytest.mark.parametrize("media", ["screen", "print"])
def test_without_scripts_there_is_a_picture(open_page, media):
    page = open_page(PATH, javascript=False)
    page.emulate_media(media=media)
    figure = page.locator(FIGURE)
    picture = figure.locator(".lc-live-static > svg")
    assert picture.is_visible()
    assert picture.bounding_box()["width"] > 300
    assert len(picture.get_attribute("aria-label")) > 30
    assert figure.locator("input").count() == 0
    assert "?" in figure.locator("figcaption").inner_text()


def test_print_shows_the_drawing_and_the_values_without_sliders(page, widget):
    page.emulate_media(media="print")
    figure = page.locator(FIGURE)
    assert figure.locator(".lc-surface-plot").is_visible()
    assert not figure.locator(".lc-live-static").is_visible()
    assert figure.locator("output").first.is_visible()
    for hidden in ("input[type=range]", "button", ".lc-surface-said"):
        assert not figure.locator(hidden).first.is_visible()


@pytest.mark.parametrize("width", [320, 360, 768, 1280])
def test_the_figure_fits_the_screen_and_follows_it(open_page, widget, width):
    page = open_page(PATH, width=width)
    fits = f"""() => {{
      const figure = document.querySelector("{FIGURE}");
      const right = figure.getBoundingClientRect().right;
      return figure.scrollWidth <= figure.clientWidth
        && [...figure.querySelectorAll(".lc-surface *")]
          .filter((node) => !node.closest("clipPath, g[clip-path]"))
          .every((node) => node.getBoundingClientRect().right <= right);
    }}"""
    assert page.evaluate(fits)
    page.set_viewport_size({"width": 400, "height": 800})
    box = page.locator(f"{FIGURE} .lc-surface-plot").bounding_box()
    page.wait_for_function(
        f"""() => {{
          const plot = document.querySelector("{FIGURE} .lc-surface-plot");
          return plot.viewBox.baseVal.width === Math.round(plot.getBoundingClientRect().width);
        }}"""
    )
    assert 250 < box["width"] < 400
    assert page.evaluate(fits)
    assert_shows(page.evaluate(SHOWN, FIGURE), widget, widget.spec["default"])


def test_the_same_module_asks_a_kernel(page, widget):
    """The model of Jupyter, played by Python: the page sends a choice and draws the answer."""
    asked = []

    def answer(choice):
        asked.append(choice)
        widget.choice = choice
        return widget.frame

    page.expose_function("answer", answer)
    state = {name: getattr(widget, name) for name in ("spec", "choice", "frame", "step", "caption")}
    page.evaluate(
        """async (state) => {
          const loader = document.querySelector('script[src*="live.js"]').src;
          const { default: module } = await import(new URL("surface.js", loader));
          const listeners = [];
          const model = {
            get: (name) => state[name],
            set: (name, value) => (state[name] = value),
            on: (event, listener) => event === "change:frame" && listeners.push(listener),
            off() {},
            save_changes: async () => {
              state.frame = await window.answer(state.choice);
              listeners.forEach((listener) => listener());
            },
          };
          const el = document.createElement("div");
          el.id = "kernel";
          document.querySelector("main").append(el);
          module.render({ model, el });
        }""",
        state,
    )
    slider = page.locator("#kernel").get_by_role("slider").nth(1)
    slider.focus()
    page.keyboard.press("ArrowRight")
    said = "document.querySelector('#kernel [aria-live]').textContent"
    page.wait_for_function(f"() => !{said}.startsWith('Move')")
    [choice] = asked
    assert choice["lr"] == pytest.approx(widget.spec["default"]["lr"] + widget.step)
    assert_shows(page.evaluate(SHOWN, "#kernel"), widget, choice)
    assert page.locator("#kernel .lc-surface-caption").inner_text().count("?") >= 1
