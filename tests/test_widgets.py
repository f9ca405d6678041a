"""The surface widget: what the page is given is what lecture_code computes."""

import gzip
import html.parser
import json
import re

import numpy as np
import pytest

from lecture_code import figures, widgets
from lecture_code.adagrad import AdaGrad
from lecture_code.gradient_descent import GradientDescent
from lecture_code.minimize import minimize
from lecture_code.objectives import Beale, Bowl, Saddle
from lecture_code.widgets import Slider, SurfaceWidget, Toggle, number, pack, unpack

START, STEPS = (-1.0, 0.8), 12
WIDGET = "application/vnd.jupyter.widget-view+json"


def bowl_widget(**changes):
    """A small grid of three sliders and a toggle, with runs that diverge and runs that do not."""
    arguments = {
        "title": "Two methods </script><b>on a bowl",
        "controls": [
            Slider("curvature", "Condition number", np.geomspace(1, 100, 10), default=10),
            Slider("lr", "Learning rate", np.geomspace(0.01, 1, 10), default=0.1),
            Slider("epsilon", "ε", np.logspace(-8, 1, 10), default=1e-8),
            Toggle("inside", "ε inside the root"),
        ],
        "surface": lambda curvature: Bowl(condition=curvature),
        "runs": {
            "gradient_descent": lambda lr: GradientDescent(lr),
            "adagrad": lambda lr, epsilon, inside: AdaGrad(lr, epsilon, inside),
        },
        "start": START,
        "steps": STEPS,
        "caption": "Which path bends? <em>One</em>.",
        "alt": "Two paths to the minimum of a bowl.",
    }
    return SurfaceWidget(**arguments | changes)


def one_slider(**changes):
    lr = Slider("lr", "Learning rate", np.geomspace(0.01, 1, 10))
    plain = {
        "controls": [lr],
        "surface": Bowl(condition=10.0),
        "runs": {"adagrad": lambda lr: AdaGrad(lr)},
    }
    return bowl_widget(**plain | changes)


@pytest.fixture(scope="module")
def widget():
    return bowl_widget()


@pytest.fixture(scope="module")
def grid(widget):
    return widget.grid()


def look_up(grid, spec, choice):
    """The frame at these positions, by the rule that `grid` states and live.js follows."""
    sizes = {control["name"]: control["count"] for control in spec["controls"]}
    frame = {}
    for part, table in grid.items():
        place = 0
        for name in table["on"]:
            place = place * sizes[name] + choice[name]
        frame[part] = table["items"][table["pick"][place]]
    return frame


def positions(widget, rng, count):
    controls = widget.spec["controls"]
    for _ in range(count):
        yield {c["name"]: int(rng.integers(c["count"])) for c in controls}


def optimizers(values):
    return {
        "gradient_descent": GradientDescent(values["lr"]),
        "adagrad": AdaGrad(values["lr"], values["epsilon"], values["inside"]),
    }


def test_paths_of_the_grid_are_those_of_minimize(widget, grid):
    """Within half of a window's 4096th part, up to where they are three windows away."""
    window = np.array(Bowl().domain)
    low, size = window[:, 0], np.ptp(window, axis=1)
    left = 0
    for choice in positions(widget, np.random.default_rng(1), 60):
        values = {c.name: c.at(choice[c.name]) for c in widget._controls.values()}
        frame = look_up(grid, widget.spec, choice)
        for name, optimizer in optimizers(values).items():
            bowl = Bowl(condition=values["curvature"])
            points = minimize(bowl, optimizer, START, STEPS, on_divergence="record").points
            units = (points - low) / size * widgets.UNIT
            far = np.any(np.abs(units) > widgets.FAR, axis=1)
            end = int(np.argmax(far)) if far.any() else len(points)
            drawn = unpack(frame[f"path.{name}"])
            assert np.abs(drawn[:end] - units[:end]).max() <= 0.5 + 1e-6
            if far.any():
                left += 1
                assert len(drawn) == end + 1  # one more, on the border
                assert np.abs(drawn[end]).max() == widgets.FAR
                step, last = units[end] - units[end - 1], units[end - 1]
                turn = np.cross([*(drawn[end] - last), 0], [*step, 0])[2]
                assert abs(turn) <= np.hypot(*step)  # at most a unit beside the true segment
            else:
                assert len(drawn) == STEPS + 1
    assert 5 < left < 60


def test_readout_of_the_grid_is_what_lecture_code_computes(widget, grid):
    seen = set()
    for choice in positions(widget, np.random.default_rng(2), 60):
        values = {c.name: c.at(choice[c.name]) for c in widget._controls.values()}
        frame = look_up(grid, widget.spec, choice)
        assert frame["text.lr"] == number(values["lr"])
        assert frame["text.inside"] == ("on" if values["inside"] else "off")
        for name, optimizer in optimizers(values).items():
            record = minimize(
                Bowl(condition=values["curvature"]), optimizer, START, STEPS, "record"
            )
            loss, first, end = frame[f"told.{name}"]
            assert loss == number(record.losses[-1])
            step = np.abs(record.points[1] - record.points[0])
            assert first == ", ".join(map(number, step))
            outside = np.any(np.abs(record.points) > 1.2, axis=1)
            if outside[-1]:
                seen.add("left")
                step = int(re.fullmatch(r"left the view at step (\d+)", end)[1])
                assert outside[step:].all()
                assert not outside[step - 1]
            else:
                seen.add("stayed")
                x, y = record.points[-1].round(3) + 0.0
                assert end == f"({number(x)}, {number(y)})"
    assert seen == {"left", "stayed"}


def test_a_frame_of_the_kernel_is_the_frame_of_the_grid(widget, grid):
    for choice in positions(widget, np.random.default_rng(3), 20):
        widget.choice = choice
        assert widget.frame == look_up(grid, widget.spec, choice)


def test_a_run_is_stored_only_for_the_controls_it_names(grid):
    assert grid["path.gradient_descent"]["on"] == ["curvature", "lr"]
    assert grid["surface"]["on"] == ["curvature"]
    assert len(grid["path.adagrad"]["pick"]) == 10 * 10 * 10 * 2
    # A tiny epsilon moves nothing that can be drawn: paths are stored once.
    assert len(grid["path.adagrad"]["items"]) < 0.6 * len(grid["path.adagrad"]["pick"])


def test_divergence_is_said():
    fast = Slider("lr", "Learning rate", np.geomspace(1, 1e3, 10), default=1e3)
    widget = one_slider(
        controls=[fast], surface=Beale(), runs={"gradient_descent": lambda lr: GradientDescent(lr)}
    )
    record = minimize(Beale(), GradientDescent(1e3), START, STEPS, on_divergence="record")
    assert record.diverged > 0
    end = widget.frame["told.gradient_descent"][-1]
    assert end == f"diverged at step {record.diverged}"
    assert len(unpack(widget.frame["path.gradient_descent"])) == 2


def test_moving_a_control_from_the_page_recomputes(widget):
    """As a front end does: a message that sets the trait, at a place between two values."""
    widget.choice = widget.spec["default"]
    before = widget.frame
    at = widget.choice["lr"] + 0.5
    widget.set_state({"choice": {**widget.choice, "lr": at}})
    low, high = widget._controls["lr"].at(int(at)), widget._controls["lr"].at(int(at) + 1)
    assert widget.values["lr"] == pytest.approx(np.sqrt(low * high))
    assert widget.frame["text.lr"] == number(widget.values["lr"])
    record = minimize(
        Bowl(condition=widget.values["curvature"]),
        GradientDescent(widget.values["lr"]),
        START,
        STEPS,
        on_divergence="record",
    )
    assert widget.frame["told.gradient_descent"][0] == number(record.losses[-1])
    assert widget.frame != before
    assert widget.frame["surface"] == before["surface"]


def test_choices_out_of_range_are_moved_to_the_end(widget):
    widget.choice = {**widget.choice, "lr": 1e9, "epsilon": -4}
    assert (widget.values["lr"], widget.values["epsilon"]) == (1.0, 1e-8)


def test_runs_that_cannot_share_a_batch_are_computed_one_by_one():
    """Functions of t are no numbers to stack."""
    widget = one_slider(
        runs={"gradient_descent": lambda lr: GradientDescent(lambda t: lr / np.sqrt(t))}
    )
    items = widget.grid()["told.gradient_descent"]["items"]
    for lr, told in zip(widget._controls["lr"].values, items, strict=True):
        slowing = GradientDescent(lambda t, lr=lr: lr / np.sqrt(t))
        record = minimize(Bowl(condition=10), slowing, START, STEPS, on_divergence="record")
        assert told[0] == number(record.losses[-1])


def test_the_start_may_depend_on_a_control():
    widget = one_slider(start=lambda lr: (-lr, lr))
    table = widget.grid()["surface"]
    assert table["on"] == ["lr"]
    assert len({tuple(item["start"]) for item in table["items"]}) == 10


def test_mimebundle_has_the_widget_and_the_page(widget):
    data, _ = widget._repr_mimebundle_()
    assert set(data) == {"text/plain", WIDGET, "text/html"}
    assert data["text/html"] == bowl_widget()._repr_mimebundle_()[0]["text/html"]
    assert "0x" not in data["text/plain"]


def test_no_grid_is_computed_in_the_browser(widget, monkeypatch):
    monkeypatch.setattr(widgets.sys, "platform", "emscripten")
    data, _ = widget._repr_mimebundle_()
    assert set(data) == {"text/plain", WIDGET}


class Reader(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.scripts, self.words = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data):
        (self.scripts if self.tags[-1][0] == "script" else self.words).append(data)


def test_no_text_can_close_the_script(widget):
    text = widget.html()
    reader = Reader(text)
    assert [tag for tag, _ in reader.tags].count("script") == 1
    assert "b" not in [tag for tag, _ in reader.tags]
    state = json.loads(reader.scripts[0])
    assert state["spec"]["title"] == "Two methods </script><b>on a bowl"
    assert state["grid"] == json.loads(json.dumps(widget.grid()))


def test_the_figure_has_a_picture_with_a_name_and_a_caption(widget):
    reader = Reader(widget.html())
    picture = next(attributes for tag, attributes in reader.tags if tag == "svg")
    assert picture["role"] == "img"
    assert picture["aria-label"] == "Two paths to the minimum of a bowl."
    assert "<figcaption>Which path bends? <em>One</em>.</figcaption>" in widget.html()
    words = " ".join(reader.words)
    for label in ("gradient descent", "AdaGrad", "start", "minimum", "Learning rate"):
        assert label in words


def test_methods_differ_in_more_than_colour(widget):
    runs = widget.spec["runs"]
    assert [run["name"] for run in runs] == ["gradient_descent", "adagrad"]
    for key in ("color", "dash", "marker"):
        assert len({run[key] for run in runs}) == len(runs)
    assert all(run["color"] == figures.STYLE[run["name"]]["color"] for run in runs)


def test_data_is_small(widget):
    [text] = Reader(widget.html()).scripts
    assert len(gzip.compress(text.encode())) < 100_000


def test_too_much_data_is_refused(monkeypatch, widget):
    monkeypatch.setattr(widgets, "MAX_BYTES", 1000)
    with pytest.raises(
        ValueError, match=r"\d+ bytes of data, gzipped: a figure may have 1000; take"
    ):
        widget.html()


def slider(name, count=10):
    return Slider(name, name, np.arange(1.0, count + 1))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: slider("lr", 9), "slider 'lr' has 9 values: give it at least 10"),
        (lambda: Slider("lr", "", [1.0] * 10), "the values of slider 'lr' must increase: sort"),
        (
            lambda: bowl_widget(controls=[*map(slider, ("curvature", "lr", "epsilon", "inside"))]),
            "4 sliders: a reader follows at most 3; make the others toggles",
        ),
        (
            lambda: one_slider(runs={"adagrad": lambda eta: AdaGrad(eta)}),
            "run 'adagrad' asks for eta: the controls are lr",
        ),
        (
            lambda: one_slider(surface=lambda curvature: Bowl(curvature)),
            "surface asks for curvature: the controls are lr",
        ),
        (
            lambda: one_slider(runs={"adagrda": AdaGrad(0.1)}),
            "run 'adagrda' has no style: use one of gradient_descent, momentum",
        ),
        (lambda: setattr(one_slider(), "choice", {"eta": 1}), "choice names eta: it must name lr"),
        (lambda: one_slider(alt=" ").html(), "alt is empty"),
        (lambda: one_slider(play="twice"), "play is 'twice': it is True, False or \"once\""),
    ],
)
def test_mistakes_are_told_in_one_line(wrong, message):
    with pytest.raises(Exception, match=re.escape(message)) as caught:
        wrong()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("play", [False, True, "once"])
def test_a_figure_of_curves_plays_when_it_is_told_to(play):
    def curve(**changes):
        lr = Slider("lr", "Learning rate", np.geomspace(0.01, 1, 10))
        plain = {"title": "t", "controls": [lr], "x": np.arange(3), "window": ((0, 2), (0, 1))}
        plain |= {"runs": {"adam": lambda lr: lr * np.ones(3)}, "readout": {}, "axes": ("x", "y")}
        return widgets.CurveWidget(caption="?", alt="a line", **plain | changes)

    assert curve(play=play).spec["play"] == play
    assert curve().spec["play"] is False
    with pytest.raises(ValueError, match="play is 'twice'"):
        curve(play="twice")


def test_slider_values_and_default():
    lr = Slider("lr", "Learning rate", np.geomspace(0.01, 1, 11), default=0.1)
    assert lr.start == 5
    assert lr.at(10) == 1.0
    assert [lr.at(position) for position in range(11)] == list(lr.values)
    steps = [lr.at(position) for position in np.arange(0, 10.01, 0.1)]
    assert np.all(np.diff(steps) > 0)
    zero = Slider("x", "x", np.linspace(-1, 8, 10), format="{:.1f} s")
    assert (zero.at(0.5), zero.text(2.5)) == (-0.5, "1.4 s")
    assert zero.start == 5


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (-0.25, "\u22120.25"),
        (1.23456, "1.23"),
        (123.4, "123"),
        (1e-8, "10⁻⁸"),
        (-1.5e-7, "\u22121.5\u202f\u00d7\u202f10⁻⁷"),
        (2e12, "2\u202f\u00d7\u202f10¹²"),
        (np.nan, "not a number"),
        (-np.inf, "\u2212∞"),
    ],
)
def test_numbers(value, text):
    assert number(value) == text


def test_pack_and_unpack_are_inverse():
    rng = np.random.default_rng(4)
    for size in (1, 20, 5000, 15000):
        points = rng.integers(-size, size, (41, 2))
        assert np.array_equal(unpack(pack(points)), points)
        assert set(pack(points)) <= set(widgets._DIGITS)


def test_contours_are_level_lines_and_spread_evenly():
    bowl = Bowl(condition=4.0)
    levels = widgets.contours(bowl, bowl.domain)
    radii = []
    for outlines in levels[:5]:  # these are closed inside the window
        [outline] = outlines
        values = bowl.value(outline)
        assert np.ptp(values) < 0.05 * values.mean()
        radii.append(np.sqrt(2 * values.mean()))
    assert np.ptp(np.diff(radii)) < 0.06 * np.diff(radii).mean()


def test_contours_go_through_the_page_as_an_svg_path():
    widget = one_slider(surface=Beale())
    low, size = widget._window[:, 0], np.ptp(widget._window, axis=1)
    levels = widgets.contours(Beale(), widget._window)
    assert max(map(len, levels)) > 1  # a level in pieces
    for text, outlines in zip(widget.frame["surface"]["contours"], levels, strict=True):
        pieces, at = [], np.zeros(2, dtype=int)
        for piece in re.findall(r"m([^z]*)z", text):
            moves = np.array(re.findall(r"-?\d+", piece), dtype=int).reshape(-1, 2)
            pieces.append(at + np.cumsum(moves, axis=0))
            at = pieces[-1][0]  # where SVG continues after a z
        assert len(pieces) == len(outlines)
        for piece, outline in zip(pieces, outlines, strict=True):
            units = (outline - low) / size * widgets.UNIT
            assert np.abs(piece[:, None] - units).max(-1).min(1).max() <= 0.5 + 1e-6


def test_outlines_have_few_points_and_stay_where_they_were():
    angle = np.linspace(0, 2 * np.pi, 2000)
    circle = 1000 * np.column_stack([np.cos(angle), np.sin(angle)])
    fewer = widgets._simpler(circle, 1.0)
    assert len(fewer) < 150
    middles = (fewer[1:] + fewer[:-1]) / 2
    assert np.hypot(*middles.T).min() >= 999


def test_a_surface_without_a_minimum_is_drawn():
    widget = one_slider(surface=Saddle())
    assert widget.frame["surface"]["minimum"] is None
    assert "minimum" not in " ".join(Reader(widget.html()).words)


def test_the_grid_has_every_combination_once(widget, grid):
    sizes = {control["name"]: control["count"] for control in widget.spec["controls"]}
    for table in grid.values():
        assert len(table["pick"]) == np.prod([sizes[name] for name in table["on"]])
        texts = [json.dumps(item) for item in table["items"]]
        assert len(set(texts)) == len(texts)
        assert set(table["pick"]) == set(range(len(texts)))
