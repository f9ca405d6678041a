"""Every live figure of the book: it shows the data that the page carries, to everybody.

That the data are what `minimize` computes is for `tests/test_widgets.py`, and that a page draws
that, too, for `test_surface.py`.
"""

import json
import re

import numpy as np
import pytest

from scripts.site import ROOT
from tests.browser.live import FIGURE, LiveFigure
from tests.browser.pages import PAGES, look
from tests.browser.test_accessibility import COLORS

COLOURS = """(node, selector) => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgb = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const page = rgb(getComputedStyle(node).backgroundColor);
  return [...node.querySelectorAll(selector)].map((text) => {
    const style = getComputedStyle(text);
    return [rgb(text instanceof SVGElement ? style.fill : style.color), page];
  });
}"""
FITS = """(figure) => {
  const right = figure.getBoundingClientRect().right;
  return figure.scrollWidth <= figure.clientWidth
    && [...figure.querySelectorAll(".lc-surface *")]
      // The box of a group takes in what a group inside it clips.
      .filter((node) => !node.closest("clipPath, g[clip-path]"))
      .filter((node) => node.tagName !== "g" || !node.querySelector("[clip-path]"))
      .every((node) => node.getBoundingClientRect().right <= right);
}"""
FOLLOWS = """([figure, index]) => {
  const plot = document.querySelectorAll(figure)[index].querySelector(".lc-surface-plot");
  return plot.viewBox.baseVal.width === Math.round(plot.getBoundingClientRect().width);
}"""


def made(path):
    """How many live figures the notebook of a page makes."""
    file = (ROOT / path).with_suffix(".ipynb")
    if not path.startswith("book/") or not file.is_file():
        return 0
    cells = json.loads(file.read_text("utf-8"))["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    return len(re.findall(r"\b(?:Surface|Curve)Widget\(", code))


FIGURES = {path: made(path) for path in PAGES if made(path)}
each = [(path, index) for path, count in FIGURES.items() for index in range(count)]
every_figure = pytest.mark.parametrize(("path", "index"), each)


@pytest.fixture(scope="module", params=each, ids=lambda one: f"{one[0]}-{one[1]}")
def shared_page(request, load):
    path, index = request.param
    with load(path) as page:
        page.index = index
        yield page


@pytest.fixture
def figure(page):
    """The figure as a reader finds it."""
    look(page)
    figure = LiveFigure(page, page.index)
    figure.node.get_by_role("button", name="Reset").click()
    return figure


def test_every_figure_of_the_page_is_live(page):
    assert page.locator(FIGURE).count() == FIGURES[page.path]
    assert page.locator(f"{FIGURE}[data-ready]").count() == FIGURES[page.path]


def test_it_shows_the_default(figure):
    assert figure.node.locator(".lc-surface-plot").is_visible()
    assert not figure.node.locator(".lc-live-static").is_visible()
    figure.shows(figure.start)


def test_the_keyboard_moves_every_slider(figure):
    choice, before = dict(figure.start), figure.shown()
    for index, control in enumerate(figure.kind("slider")):
        slider = figure.node.get_by_role("slider", name=control["label"], exact=True)
        slider.focus()
        last = choice[control["name"]] == control["count"] - 1
        figure.page.keyboard.press("ArrowLeft" if last else "ArrowRight")
        choice[control["name"]] += -1 if last else 1
        after = figure.shows(choice)
        text = figure.frame(choice)[f"text.{control['name']}"]
        assert slider.get_attribute("aria-valuetext") == text
        assert f"{control['label']} from {before['outputs'][index]} to {text}." in after["said"]
        for run in figure.spec["runs"]:
            old, new = (shown["runs"][run["name"]]["told"] for shown in (before, after))
            label = run["label"][0].upper() + run["label"][1:]
            word = f"{label}: unchanged." if old == new else f"{label}: "
            assert word in after["said"]
            if old[0] != new[0]:
                assert f"{figure.spec['readout'][0]} from {old[0]} to {new[0]}" in after["said"]
        figure.page.keyboard.press("End")
        choice[control["name"]] = control["count"] - 1
        before = figure.shows(choice)


def test_any_combination_shows_its_data(figure):
    rng = np.random.default_rng(1)
    pictures, all_choices = set(), np.prod([c["count"] for c in figure.controls.values()])
    for _ in range(25):
        choice = {n: int(rng.integers(c["count"])) for n, c in figure.controls.items()}
        figure.move(choice)
        shown = figure.shows(choice)
        pictures.add(json.dumps([shown["runs"], shown["label"]]))
    assert len(pictures) > min(5, all_choices - 1)


def test_toggles_and_reset_work_by_keyboard(figure):
    choice = dict(figure.start)
    for control in figure.kind("toggle"):
        box = figure.node.get_by_role("checkbox", name=control["label"], exact=True)
        box.focus()
        figure.page.keyboard.press("Space")
        choice[control["name"]] = 1 - choice[control["name"]]
        assert box.is_checked() == bool(choice[control["name"]])
        words = ("off to on", "on to off")[figure.start[control["name"]]]
        assert f"{control['label']} from {words}" in figure.shows(choice)["said"]
    for slider in figure.node.get_by_role("slider").all()[:1]:
        slider.focus()
        figure.page.keyboard.press("Home")
    figure.node.get_by_role("button", name="Reset").focus()
    figure.page.keyboard.press("Enter")
    figure.shows(figure.start)
    for control in figure.kind("toggle"):
        box = figure.node.get_by_role("checkbox", name=control["label"], exact=True)
        assert box.is_checked() == bool(figure.start[control["name"]])


def test_controls_have_labels_and_a_size_for_fingers(figure):
    for control in figure.controls.values():
        role = "slider" if control["kind"] == "slider" else "checkbox"
        found = figure.node.get_by_role(role, name=control["label"], exact=True)
        assert found.count() == 1
        target = found if role == "slider" else found.locator("xpath=..")
        assert target.bounding_box()["height"] >= 24
    for button in figure.node.get_by_role("button").all():
        assert button.bounding_box()["height"] >= 24
    name = figure.node.locator(".lc-surface-plot").get_attribute("aria-label")
    assert name.startswith(figure.spec["title"])
    ids = figure.page.evaluate(
        "() => [...document.querySelectorAll('[id]')].map((node) => node.id)"
    )
    assert len(ids) == len(set(ids))


def luminance(colour):
    part = np.array(colour) / 255
    part = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    return part @ [0.2126, 0.7152, 0.0722]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_can_be_read_in_both_themes(figure, theme):
    look(figure.page, theme=theme)
    words = ["-title", "-plot text", "-slider label", " output", "-run dt", "-run dd", "-said"]
    pairs = figure.node.evaluate(COLOURS, ", ".join(f".lc-surface{w}" for w in words))
    assert len(pairs) > 12
    for ink, ground in pairs:
        assert (luminance(ground) > 0.5) == (theme == "light")
        dark, light = sorted([luminance(ink), luminance(ground)])
        assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_axe_finds_nothing_after_a_change(figure, violations):
    figure.move({name: control["count"] - 1 for name, control in figure.controls.items()})
    figure.node.evaluate("(node) => { node.dataset.changed = ''; }")
    off = {rule: {"enabled": False} for rule in COLORS}
    assert violations(figure.page, "[data-changed]", rules=off) == []


def test_print_shows_the_drawing_and_the_values_without_sliders(figure):
    figure.page.emulate_media(media="print")
    assert figure.node.locator(".lc-surface-plot").is_visible()
    assert not figure.node.locator(".lc-live-static").is_visible()
    assert all(output.is_visible() for output in figure.node.locator("output").all())
    for hidden in ("input[type=range]", "button", ".lc-surface-said"):
        assert not figure.node.locator(hidden).first.is_visible()


@pytest.mark.parametrize(
    "width",
    [320, 1280, *(pytest.param(width, marks=pytest.mark.thorough) for width in (360, 400, 768))],
)
def test_the_figure_fits_the_screen_and_follows_it(figure, width):
    look(figure.page, width=width)
    figure.page.wait_for_function(FOLLOWS, arg=[FIGURE, figure.page.index])
    plot = figure.node.locator(".lc-surface-plot").bounding_box()
    assert 0.6 * min(width, 400) < plot["width"] < width
    assert figure.node.evaluate(FITS)
    figure.shows(figure.start)


@every_figure
def test_without_scripts_there_is_a_picture(open_page, path, index):
    page = open_page(path, javascript=False)
    figure = page.locator(FIGURE).nth(index)
    picture = figure.locator(".lc-live-static > svg")
    for media in ("screen", "print"):
        page.emulate_media(media=media)
        assert picture.is_visible()
        assert picture.bounding_box()["width"] > 300
    assert len(picture.get_attribute("aria-label")) > 30
    assert figure.locator("input").count() == 0
    assert "?" in figure.locator("figcaption").inner_text()
