"""The module that draws live figures, on a page of its own: styles, the kernel, playing."""

import re

import numpy as np
import pytest

from lecture_code import figures
from lecture_code.adagrad import AdaGrad
from lecture_code.gradient_descent import GradientDescent
from lecture_code.minimize import minimize
from lecture_code.objectives import Bowl
from lecture_code.widgets import UNIT, CurveWidget, Slider, SurfaceWidget, Toggle, number
from tests.browser.live import SHOWN, LiveFigure, drawn

LR = Slider("lr", "Learning rate", np.geomspace(0.01, 1, 10), default=0.1)


def surface(runs=("gradient_descent",), **changes):
    """One path of gradient descent on a bowl for each of these styles."""
    plain = {
        "title": "Paths on a bowl",
        "controls": [LR],
        "surface": Bowl(10.0),
        "runs": {name: lambda lr: GradientDescent(lr) for name in runs},
        "start": (-1.0, 0.6),
        "steps": 20,
        "caption": "Where does it end? At the minimum.",
        "alt": "A path to the minimum of a bowl.",
    }
    return SurfaceWidget(**plain | changes)


def curves(runs):
    x = np.arange(1.0, 21)
    return CurveWidget(
        title="Falling rates",
        controls=[LR],
        x=x,
        runs={name: lambda lr: lr / np.sqrt(x) for name in runs},
        window=((1, 20), (0, 1)),
        axes=("step", "rate"),
        readout={"last": lambda x, y: number(y[-1])},
        caption="Do they fall? They do.",
        alt="Falling curves.",
    )


@pytest.mark.parametrize("kind", [surface, curves])
def test_every_style_is_drawn(draw, kind):
    page = draw(kind(figures.STYLE))
    drawn = page.locator(".lc-surface-run svg path:last-child").evaluate_all(
        "(marks) => marks.map((mark) => [mark.getAttribute('d'), mark.getBBox().width])"
    )
    assert len({outline for outline, _ in drawn}) == len(figures.STYLE)
    assert all(6 <= width <= 13 for _, width in drawn)
    for name in figures.STYLE:
        assert page.locator(f"path[data-run={name}]").bounding_box()["width"] > 50


START, STEPS = (-1.0, 0.6), 40


def ravine():
    """Two methods, three sliders, a toggle, and runs that leave the view."""
    return SurfaceWidget(
        title="Two methods in a ravine",
        controls=[
            Slider("condition", "Condition number", np.geomspace(1, 100, 10), default=15),
            Slider("lr", "Learning rate", np.geomspace(0.01, 2, 10), default=0.1),
            Toggle("inside", "ε under the root"),
            Slider("epsilon", "ε", np.geomspace(1e-8, 10, 10), default=1e-8),
        ],
        surface=lambda condition: Bowl(condition),
        runs={
            "gradient_descent": lambda lr: GradientDescent(lr),
            "adagrad": lambda lr, epsilon, inside: AdaGrad(lr, epsilon, inside),
        },
        start=START,
        steps=STEPS,
        caption="Which path is the shorter? AdaGrad's.",
        alt="In a ravine AdaGrad heads for the minimum.",
    )


def assert_is_what_minimize_gives(shown, values):
    """The drawn paths and the words beside them, from the optimizers themselves."""
    methods = {
        "gradient_descent": GradientDescent(values["lr"]),
        "adagrad": AdaGrad(values["lr"], values["epsilon"], values["inside"]),
    }
    surface = Bowl(values["condition"])
    low, size = np.array(surface.domain)[:, 0], np.ptp(surface.domain, axis=1)
    for name, method in methods.items():
        record = minimize(surface, method, START, STEPS, on_divergence="record")
        loss, first, _ = shown["runs"][name]["told"]
        assert loss == number(record.losses[-1])
        assert first == ", ".join(map(number, np.abs(record.points[1] - record.points[0])))
        points, true = drawn(shown, name), (record.points - low) / size
        same = len(points) - (len(points) < len(true))  # the last one is on the border, if any is
        off = np.abs(points[:same] - true[:same]) * shown["size"]
        assert same > 0
        assert (
            off.max() <= 0.5 * max(shown["size"]) / UNIT + 0.06
        )  # half a unit, a tenth of a pixel


def test_paths_are_those_of_minimize(draw):
    widget = ravine()
    figure = LiveFigure(draw(widget))
    rng, left = np.random.default_rng(1), 0
    for _ in range(25):
        widget.choice = {n: int(rng.integers(c["count"])) for n, c in figure.controls.items()}
        figure.move(widget.choice)
        shown = figure.shows(widget.choice)
        assert_is_what_minimize_gives(shown, widget.values)
        left += "left the view" in shown["runs"]["gradient_descent"]["told"][-1]
    assert left > 2  # some of them diverge, and the page says so


def test_the_text_below_never_jumps_up(draw):
    """What a move says may be longer than before, and is followed by shorter words. The figure is
    as low again only once the page has another width."""
    page = draw(surface(figures.STYLE, play=True), width=700)
    slider, below = page.locator("input[type=range]"), page.locator("figcaption")
    top = "(node) => new Promise(requestAnimationFrame).then(() => node.getBoundingClientRect().y)"
    tops = [below.evaluate(top)]
    slider.press("ArrowRight")
    tops.append(below.evaluate(top))
    page.get_by_role("button", name="Play").click()
    tops.append(below.evaluate(top))
    assert page.locator("[aria-live=polite]").inner_text() == "Playing 20 steps."
    assert tops[0] + 50 < tops[1] == tops[2]
    page.set_viewport_size({"width": 690, "height": 900})
    low = "(top) => document.querySelector('figcaption').getBoundingClientRect().y < top"
    page.wait_for_function(low, arg=tops[1] - 50)


def test_axe_finds_nothing(draw, violations):
    assert violations(draw(ravine(), curves(["adam"]))) == []


def test_the_same_module_asks_a_kernel(draw):
    """The model of Jupyter, played by Python: the page sends a choice and draws the answer."""
    page, widget, asked = draw(ravine()), ravine(), []

    def answer(choice):
        asked.append(choice)
        widget.choice = choice
        return widget.frame

    page.expose_function("answer", answer)
    state = {name: getattr(widget, name) for name in ("spec", "choice", "frame", "step", "caption")}
    page.evaluate(
        """async (state) => {
          const { default: module } = await import(new URL("surface.js", location.href));
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
    kernel = page.locator("#kernel")
    kernel.get_by_role("slider", name="Learning rate").focus()
    page.keyboard.press("ArrowRight")
    kernel.locator("[aria-live]", has_text=re.compile("Learning rate from")).wait_for()
    [choice] = asked
    assert choice["lr"] == pytest.approx(widget.spec["default"]["lr"] + widget.step)
    shown = kernel.evaluate(SHOWN)
    assert shown["outputs"][1] == number(widget.values["lr"])
    assert_is_what_minimize_gives(shown, widget.values)
    assert "?" in kernel.locator(".lc-surface-caption").inner_text()


class Player:
    """A figure with a path of 20 steps, and a clock that stands still until it is told to run."""

    def __init__(self, page):
        page.clock.install()
        page.clock.pause_at("2100-01-01")
        self.page, self.figure = page, LiveFigure(page)
        self.whole = self.points()
        self.count = page.locator(".lc-surface-step")

    def points(self):
        return drawn(self.figure.shown(), "gradient_descent")

    def button(self, name):
        return self.page.get_by_role("button", name=name, exact=True)

    def said(self):
        return self.figure.shown()["said"]

    def run(self, milliseconds):
        """Let time pass. Returns the points that are drawn then."""
        self.page.clock.run_for(milliseconds)
        return self.points()

    def shows_everything(self):
        return np.array_equal(self.points(), self.whole) and self.count.inner_text() == ""


@pytest.fixture
def player(draw):
    """player(play, motion, height) -> a Player."""
    return lambda play=True, motion="no-preference", height=900: Player(
        draw(surface(play=play), motion=motion, height=height)
    )


def test_play_draws_the_path_step_by_step(player):
    player = player()
    assert len(player.whole) == 21
    player.button("Play").click()
    assert player.said() == "Playing 20 steps."
    lengths = []
    for _ in range(3):
        points = player.run(1000)
        lengths.append(len(points))
        np.testing.assert_array_equal(points[:-1], player.whole[: len(points) - 1])
        before, after = player.whole[len(points) - 2 : len(points)]
        assert np.hypot(*(points[-1] - before)) <= np.hypot(*(after - before)) + 1e-3
        assert player.count.inner_text() == f"step {len(points) - 2} of 20"
        head = player.page.locator(".lc-surface-plot g[clip-path] > path").last.bounding_box()
        line = player.page.locator("path[data-run=gradient_descent]").bounding_box()
        assert head["x"] + head["width"] / 2 == pytest.approx(line["x"] + line["width"], abs=2)
    assert lengths == sorted(set(lengths)) and 5 <= lengths[0] <= 8
    player.run(1100)
    assert player.shows_everything()
    assert player.said() == "Played: all 20 steps are shown."
    assert player.button("Play").is_visible()


def test_play_works_by_key_pauses_and_goes_on(player):
    player = player()
    player.button("Play").focus()
    player.page.keyboard.press("Enter")
    player.run(1000)
    player.page.keyboard.press("Space")
    still = player.points()
    assert re.fullmatch(r"Paused at step \d+ of 20\.", player.said())
    assert 2 < len(still) < 21
    assert np.array_equal(player.run(5000), still)
    player.page.keyboard.press("Enter")
    assert player.button("Pause").is_visible()
    assert len(player.run(500)) > len(still)
    player.run(3000)
    assert player.shows_everything()


@pytest.mark.parametrize("control", ["slider", "button"])
def test_a_control_ends_it(player, control):
    player = player()
    player.button("Play").click()
    assert len(player.run(1000)) < 21
    if control == "slider":
        player.page.get_by_role("slider").press("End")
    else:
        player.button("Reset").click()
    after = player.points()
    assert player.button("Play").is_visible()
    assert player.count.inner_text() == ""
    assert np.array_equal(player.run(1000), after)
    player.figure.shows({"lr": LR.count - 1} if control == "slider" else {"lr": LR.start})


def test_reduced_motion_has_whole_steps_and_only_on_demand(player):
    player = player(play="once", motion="reduce")
    for _ in range(3):
        player.run(500)
        assert player.shows_everything()
    player.button("Play").click()
    for _ in range(3):
        points = player.run(730)
        assert 1 < len(points) < 21
        assert np.array_equal(points, player.whole[: len(points)])
    player.run(2500)
    assert player.shows_everything()


def test_once_plays_by_itself_when_it_comes_into_view(player):
    player = player(play="once", height=120)
    player.run(500)
    assert player.shows_everything()
    said = player.said()
    player.page.set_viewport_size({"width": 1280, "height": 900})
    player.button("Pause").wait_for()
    assert len(player.run(1000)) < 21
    player.run(3900)  # less than five seconds in all
    assert player.shows_everything()
    player.page.set_viewport_size({"width": 1280, "height": 120})
    player.page.set_viewport_size({"width": 1280, "height": 900})
    player.run(500)
    assert player.shows_everything()
    assert player.said() == said  # nobody asked


def test_without_play_there_is_no_button(player):
    player = player(play=False)
    assert player.page.get_by_role("button").all_inner_texts() == ["Reset"]
