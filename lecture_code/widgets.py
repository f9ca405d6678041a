"""Interactive figures: computed here over a grid of slider values, drawn in the page.

A widget has two lives. In a static page it is a `<figure>` with the whole grid as JSON, which
`live.js` reads; there is no kernel. In Jupyter it is an anywidget: the page sends the positions of
the controls, Python answers with one frame. Both are drawn by the same module, `surface.js`, which
never computes a step of an optimizer.
"""

import gzip
import inspect
import itertools
import json
import sys
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

import anywidget
import contourpy
import numpy as np
import traitlets
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from lecture_code import figures
from lecture_code.minimize import Record, minimize

UNIT = 4096  # the window is UNIT x UNIT: a path in the page is at most half a unit off
FAR = 3 * UNIT  # a path ends where it leaves the square from -FAR to FAR
MAX_BYTES = 400_000  # of a figure's data, gzipped
MAX_SLIDERS, MIN_VALUES = 3, 10
SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
MINUS, TIMES = "\u2212", "\u202f\u00d7\u202f"  # with narrow spaces that do not break
FINE = 0.1  # of the distance between two values: a slider's step where a kernel answers


def number(value: float) -> str:
    """`value` to three significant digits as one writes it by hand.

    >>> number(0.25), number(12345.6), number(1e-8)
    ('0.25', '12346', '10⁻⁸')
    """
    if np.isnan(value):
        return "not a number"
    size = abs(value)
    if np.isinf(value):
        text = "∞"
    elif size == 0 or 1e-3 <= size < 1e5:
        text = f"{size:.0f}" if size >= 100 else f"{size:.3g}"
    else:
        digits, power = f"{size:.2e}".split("e")
        digits = digits.rstrip("0").rstrip(".")
        power = "10" + str(int(power)).translate(SUPERSCRIPT)
        text = power if digits == "1" else f"{digits}{TIMES}{power}"
    return MINUS + text if value < 0 else text


@dataclass(frozen=True)
class Slider:
    """At least ten increasing values. default: the value to start at, the middle one if None.

    format: a format string such as "{:.2f} s", or a function of the value.

    >>> Slider("lr", "Learning rate", values=np.geomspace(0.001, 1, 10)).text(9)
    '1'
    """

    name: str
    label: str
    values: Sequence[float]
    default: float | None = None
    format: str | Callable[[float], str] = number
    kind = "slider"

    def __post_init__(self):
        if len(self.values) < MIN_VALUES:
            raise ValueError(
                f"slider {self.name!r} has {len(self.values)} values: "
                f"give it at least {MIN_VALUES}, or make it a Toggle"
            )
        if np.any(np.diff(self.values) <= 0):
            raise ValueError(f"the values of slider {self.name!r} must increase: sort them")

    @property
    def count(self) -> int:
        return len(self.values)

    @property
    def start(self) -> int:
        if self.default is None:
            return self.count // 2
        return int(np.argmin(np.abs(np.asarray(self.values) - self.default)))

    def at(self, position: float) -> float:
        """The value at a position from 0 to count - 1, geometric between two positive values."""
        low = min(int(position), self.count - 2)
        a, b, part = float(self.values[low]), float(self.values[low + 1]), position - low
        if part in (0, 1):
            return b if part else a
        return a * (b / a) ** part if a > 0 else a + (b - a) * part

    def text(self, position: float) -> str:
        value = self.at(position)
        return self.format.format(value) if isinstance(self.format, str) else self.format(value)


@dataclass(frozen=True)
class Toggle:
    """A choice between off (False) and on (True).

    >>> Toggle("inside", "ε inside the root").at(1)
    True
    """

    name: str
    label: str
    default: bool = False
    kind = "toggle"
    count = 2

    @property
    def start(self) -> int:
        return int(self.default)

    def at(self, position: float) -> bool:
        return bool(position)

    def text(self, position: float) -> str:
        return "on" if position else "off"


def final_loss(record: Record) -> str:
    """The loss after the last step."""
    return number(record.losses[-1])


def first_step(record: Record) -> str:
    """How far the first step went in each coordinate."""
    return ", ".join(number(length) for length in np.abs(record.points[1] - record.points[0]))


class Live(anywidget.AnyWidget):
    """What every live figure is: controls, a frame for their positions, and a page without Python.

    A subclass says what stands behind the lines (`_ground`), where a line runs and what is told
    of it (`_run_entries`), which controls either needs, and draws the picture for print.
    """

    _esm = Path(__file__).with_name("surface.js")
    spec = traitlets.Dict().tag(sync=True)  # what never changes: texts, styles, ticks
    choice = traitlets.Dict().tag(sync=True)  # the position of every control, set by the page
    frame = traitlets.Dict().tag(sync=True)  # what to draw and to say, set here
    step = traitlets.Float(FINE).tag(sync=True)
    caption = traitlets.Unicode().tag(sync=True)

    def _take(self, controls):
        sliders = [control for control in controls if control.kind == "slider"]
        if len(sliders) > MAX_SLIDERS:
            raise ValueError(
                f"{len(sliders)} sliders: a reader follows at most {MAX_SLIDERS}; "
                "make the others toggles or fix them"
            )
        self._controls = {control.name: control for control in controls}

    def _begin(self, *, title, kind, runs, labels, readout, axes, alt, caption, play=False):
        """Everything a page is told once; the window must be known."""
        if play not in (False, True, "once"):
            raise ValueError(f'play is {play!r}: it is True, False or "once"')
        for name in runs:
            if name not in figures.STYLE:
                known = ", ".join(figures.STYLE)
                raise ValueError(f"run {name!r} has no style: use one of {known}")
        self._runs = {name: self._part(f"run {name!r}", run) for name, run in runs.items()}
        self._alt = alt
        controls = self._controls.values()
        choice = {control.name: control.start for control in controls}
        styles = {name: {**figures.STYLE[name], "name": name} for name in runs}
        spec = {
            "title": title,
            "kind": kind,
            "controls": [
                {"name": c.name, "label": c.label, "kind": c.kind, "count": c.count}
                for c in controls
            ],
            "runs": [{**look, "label": labels.get(n, look["label"])} for n, look in styles.items()],
            "readout": list(readout),
            "axes": [{"name": name, "ticks": self._ticks(axis)} for axis, name in enumerate(axes)],
            "aspect": self._aspect(),
            "unit": UNIT,
            "play": play,
            "default": choice,
        }
        super().__init__(spec=spec, choice=choice, caption=caption, frame=self._frame(choice))
        self.observe(self._answer, "choice")

    def __repr__(self):
        return f"{type(self).__name__}({self.spec['title']!r})"

    @property
    def values(self) -> dict[str, float | bool]:
        """The value of every control now."""
        return self._values(self.choice)

    # -- with a kernel: one frame at a time

    @traitlets.validate("choice")
    def _within(self, proposal):
        choice = dict(proposal["value"])
        if set(choice) != set(self._controls):
            known = ", ".join(self._controls)
            raise traitlets.TraitError(f"choice names {', '.join(choice)}: it must name {known}")
        ends = {name: control.count - 1 for name, control in self._controls.items()}
        return {name: min(max(choice[name], 0), ends[name]) for name in choice}

    def _answer(self, change):
        self.frame = self._frame(change["new"])

    def _frame(self, choice):
        values = self._values(choice)
        frame = {f"text.{name}": c.text(choice[name]) for name, c in self._controls.items()}
        frame["surface"] = self._ground(values)
        for name in self._runs:
            [(frame[f"path.{name}"], frame[f"told.{name}"])] = self._run_entries(name, [values])
        return frame

    # -- without: every frame of the grid, as tables of what is distinct

    def grid(self) -> dict[str, dict]:
        """A table for every part of a frame: {"on": names of controls, "items": ..., "pick": ...}.

        The positions of the controls in "on", the last one running fastest, give the place in
        "pick", and that the place of the part in "items".
        """
        tables = {}
        for name, control in self._controls.items():
            texts = [control.text(position) for position in range(control.count)]
            tables[f"text.{name}"] = _table([name], texts)
        needs = self._ordered(self._ground_needs)
        tables["surface"] = _table(needs, [self._ground(values) for values in self._every(needs)])
        for name, run in self._runs.items():
            needs = self._ordered(run.needs | self._ground_needs)
            paths, told = zip(*self._run_entries(name, self._every(needs)), strict=True)
            tables[f"path.{name}"] = _table(needs, paths)
            tables[f"told.{name}"] = _table(needs, told)
        return tables

    def html(self) -> str:
        """The figure for a page without a kernel: a picture, the grid as JSON and the caption."""
        state = {"spec": self.spec, "choice": self.spec["default"], "step": 1, "grid": self.grid()}
        text = json.dumps(state, ensure_ascii=False, separators=(",", ":"))
        size = len(gzip.compress(text.encode(), mtime=0))
        if size > MAX_BYTES:
            raise ValueError(
                f"{self!r} needs {size} bytes of data, gzipped: a figure may have {MAX_BYTES}; "
                "take fewer slider values, steps or toggles"
            )
        # "<" only stands inside strings, so no text can close the script element.
        text = text.replace("<", "\\u003c")
        return (
            '<figure class="lc-live">'
            f'<div class="lc-live-static">{figures.svg(self.picture(), self._alt)}</div>'
            f'<script type="application/json">{text}</script>'
            f"<figcaption>{self.caption}</figcaption></figure>"
        )

    def picture(self) -> Figure:
        """The figure at the default values, for print and for pages without JavaScript."""
        said = self._said(self.spec["default"])
        lines = [self.spec["title"], *(", ".join(said[i : i + 2]) for i in range(0, len(said), 2))]
        height, title = 5.6 * min(max(self.spec["aspect"], 0.5), 1), 0.17 * len(lines) + 0.12
        figure, axes = figures.panel(5.6, height + title, top=title)
        self._draw(axes, self._values(self.spec["default"]))
        across, up = (axis["name"] for axis in self.spec["axes"])
        axes.set(xlim=self._window[0], ylim=self._window[1], xlabel=across, ylabel=up)
        axes.grid(False)
        axes.legend(fontsize="small", frameon=False, labelcolor=figures.INK)
        axes.set_title("\n".join(lines), loc="left", fontsize="small")
        return figure

    def _repr_mimebundle_(self, **kwargs):
        data, metadata = super()._repr_mimebundle_(**kwargs)
        if sys.platform != "emscripten":  # in the browser a kernel answers, and the grid is slow
            data["text/html"] = self.html()
        return data, metadata

    # -- the window

    def _aspect(self):
        return float(np.ptp(self._window[1]) / np.ptp(self._window[0]))

    def _inside(self, points):
        """The points up to the first that is far out, and where the path crosses that border."""
        low, size = self._window[:, 0], np.ptp(self._window, axis=1)
        reach = FAR / UNIT * size
        far = ~np.all(np.abs(points - low) <= reach, axis=-1)  # what is not a number is far, too
        if not far.any():
            return points
        end = int(np.argmax(far))
        last, step = points[end - 1], points[end] - points[end - 1]
        if not np.isfinite(step).all():
            return points[:end]
        moved = step != 0
        part = np.min(((low + np.sign(step) * reach - last)[moved]) / step[moved])
        return np.vstack([points[:end], last + part * step])

    def _units(self, points):
        low, size = self._window[:, 0], np.ptp(self._window, axis=1)
        return np.rint((points - low) / size * UNIT).astype(int)

    def _ticks(self, axis):
        low, high = self._window[axis]
        marks = MaxNLocator(5, steps=[1, 2, 5, 10]).tick_values(low, high)
        marks = [round(float(m), 12) + 0.0 for m in marks if low <= m <= high]
        return [[round((m - low) / (high - low) * UNIT), number(m)] for m in marks]

    # -- controls

    def _part(self, what, value):
        if not callable(value):
            return _Part(lambda: value, frozenset())
        asked = inspect.signature(value).parameters
        for name, parameter in asked.items():
            if name not in self._controls:
                known = ", ".join(self._controls)
                raise ValueError(f"{what} asks for {parameter}: the controls are {known}")
        return _Part(value, frozenset(asked))

    def _values(self, choice):
        return {name: c.at(choice[name]) for name, c in self._controls.items()}

    def _said(self, choice):
        return [f"{c.label} {c.text(choice[name])}" for name, c in self._controls.items()]

    def _ordered(self, needs):
        return [name for name in self._controls if name in needs]

    def _every(self, needs):
        """The values at every combination of the positions of these controls."""
        sides = [[c.at(i) for i in range(c.count)] for c in map(self._controls.get, needs)]
        return [dict(zip(needs, values, strict=True)) for values in itertools.product(*sides)]


class SurfaceWidget(Live):
    """Paths of one or more optimizers on a surface with contour lines.

    controls: at most three `Slider` and any number of `Toggle`. surface, start and each of runs
    (a dict from a name of `figures.STYLE` to an optimizer) are either fixed or a function whose
    arguments are names of controls; what a function does not name does not change with it.
    readout: dict from a label to a function of the `Record` of one run that returns a text; the
    first one is the one that is spoken. window: ((x_lo, x_hi), (y_lo, y_hi)), the surface's domain
    if None. caption: HTML, asks a question and answers it; alt: what is seen at the default values.
    play: True for a button that draws the paths step by step, in four seconds; "once" to do so
    by itself, too, when the figure first comes into view, unless the reader has asked the system
    for less motion. A path that has left the view waits there for the others.

    Raises ValueError in one line for more than three sliders, unknown names and too much data.

    >>> from lecture_code.adagrad import AdaGrad
    >>> from lecture_code.objectives import Bowl
    >>> widget = SurfaceWidget(
    ...     title="AdaGrad on a bowl",
    ...     controls=[Slider("lr", "Learning rate", np.geomspace(0.01, 1, 11), default=0.1)],
    ...     surface=Bowl(condition=10),
    ...     runs={"adagrad": lambda lr: AdaGrad(lr)},
    ...     start=(1.0, 1.0), steps=3, caption="?", alt="a path",
    ... )
    >>> widget.frame["told.adagrad"]
    ['3.35', '0.1, 0.1', '(0.78, 0.78)']
    """

    def __init__(
        self,
        *,
        title: str,
        controls: Sequence[Slider | Toggle],
        surface,
        runs: Mapping[str, object],
        start,
        caption: str,
        alt: str,
        steps: int = 40,
        readout: Mapping[str, Callable[[Record], str]] | None = None,
        window=None,
        axes: tuple[str, str] = ("x", "y"),
        play: bool | str = False,
    ):
        self._take(controls)
        self._surface = self._part("surface", surface)
        self._start = self._part("start", start)
        self._ground_needs = self._surface.needs | self._start.needs
        self._steps = steps
        self._readout = readout or {
            f"loss after {steps} steps": final_loss,
            "first step": first_step,
        }
        objective = self._surface.at(
            {control.name: control.at(control.start) for control in controls}
        )
        self._window = np.array(objective.domain if window is None else window, dtype=float)
        self._drawn = {}
        self._begin(
            title=title,
            kind="paths on a contour plot",
            runs=runs,
            labels={},
            readout=[*self._readout, "end"],
            axes=axes,
            alt=alt,
            caption=caption,
            play=play,
        )

    def _draw(self, axes, values):
        objective = self._surface.at(values)
        for polygons in contours(objective, self._window):
            for polygon in polygons:
                axes.fill(*polygon.T, color=figures.INK, alpha=0.035)
                axes.plot(*polygon.T, color=figures.INK, alpha=0.25, linewidth=0.7)
        for name in self._runs:
            [record] = self._records(name, [values])
            figures.draw_path(axes, replace(record, points=self._inside(record.points)), name)
        axes.plot(*self._start.at(values), "o", mfc="none", mec=figures.INK, ms=9, label="start")
        if objective.minimum is not None:
            look = {"marker": "*", "markersize": 12, "color": figures.INK, "linestyle": "none"}
            axes.plot(*objective.minimum, label="minimum", **look)

    def _ground(self, values):
        key = tuple(values[name] for name in self._ordered(self._surface.needs))
        if key not in self._drawn:  # the last one only: contours are the dear part of a frame
            objective = self._surface.at(values)
            levels = contours(objective, self._window)
            lines = [_svg_path(map(self._units, outlines)) for outlines in levels]
            low = objective.minimum
            low = None if low is None else self._units(np.array(low)).tolist()
            self._drawn = {key: {"contours": lines, "minimum": low}}
        start = self._units(np.array(self._start.at(values))).tolist()
        return {**self._drawn[key], "start": start}

    def _run_entries(self, name, choices):
        for record in self._records(name, choices):
            told = [tell(record) for tell in self._readout.values()]
            yield pack(self._units(self._inside(record.points))), [*told, self._outcome(record)]

    def _records(self, name, choices):
        """The record of each choice; the ones on the same surface run together where they can."""
        batches = {}
        for place, values in enumerate(choices):
            optimizer = self._runs[name].at(values)
            shared = self._ordered(self._surface.needs)
            key = (*(values[n] for n in shared), type(optimizer), *_not_floats(optimizer))
            batches.setdefault(key, []).append((place, values, optimizer))
        records = {}
        for batch in batches.values():
            places, values, optimizers = zip(*batch, strict=True)
            starts = np.array([self._start.at(v) for v in values], dtype=float)
            surface = self._surface.at(values[0])
            all_runs = minimize(surface, _stacked(optimizers), starts, self._steps, "record")
            for i, place in enumerate(places):
                columns = (all_runs.points, all_runs.losses, all_runs.gradients, all_runs.rates)
                records[place] = Record(*(c[:, i] for c in columns), all_runs.diverged[i])
        return [records[place] for place in range(len(records))]

    def _outcome(self, record):
        if record.diverged >= 0:
            return f"diverged at step {record.diverged}"
        outside = np.any(
            (record.points < self._window[:, 0]) | (record.points > self._window[:, 1]), axis=-1
        )
        if outside.all():
            return "outside the view"
        if outside[-1]:
            return f"left the view at step {len(outside) - np.argmin(outside[::-1])}"
        return f"({', '.join(number(round(x, 3) + 0.0) for x in record.points[-1])})"


class CurveWidget(Live):
    """Lines of y against x, one for each of runs, on linear or logarithmic axes.

    runs: dict from a name of `figures.STYLE` to a function whose arguments are names of controls
    and that returns y, an array of the shape of x; what is not a number ends its line. x: the
    shared (points,), or a function of controls, too. labels: what a run is called where that is
    not its method. readout: dict from a label to a function of (x, y) of one run that returns a
    text; the first one is the one that is spoken. window: ((x_lo, x_hi), (y_lo, y_hi)); scale:
    "linear" or "log" for each axis. The other arguments are those of `SurfaceWidget`.

    Raises ValueError in one line for more than three sliders, unknown names and too much data.

    >>> widget = CurveWidget(
    ...     title="A decaying rate",
    ...     controls=[Slider("power", "Power", np.linspace(0, 1, 11))],
    ...     x=np.arange(1, 5), runs={"gradient_descent": lambda power: np.arange(1, 5) ** -power},
    ...     window=((1, 4), (0.1, 1)), axes=("step t", "rate"),
    ...     readout={"last": lambda x, y: number(y[-1])}, caption="?", alt="a line",
    ... )
    >>> widget.frame["told.gradient_descent"]
    ['0.5']
    """

    def __init__(
        self,
        *,
        title: str,
        controls: Sequence[Slider | Toggle],
        x,
        runs: Mapping[str, Callable],
        window,
        axes: tuple[str, str],
        readout: Mapping[str, Callable[[np.ndarray, np.ndarray], str]],
        caption: str,
        alt: str,
        scale: tuple[str, str] = ("linear", "linear"),
        labels: Mapping[str, str] | None = None,
        height: float = 0.62,
        play: bool | str = False,
    ):
        self._take(controls)
        self._x = self._part("x", x)
        self._ground_needs = self._x.needs
        self._scale, self._readout, self._height = scale, readout, height
        self._window = np.array(window, dtype=float)
        for axis, name in enumerate(scale):
            if name == "log":
                self._window[axis] = np.log10(self._window[axis])
        self._begin(
            title=title,
            kind="lines against " + axes[0],
            runs=runs,
            labels=labels or {},
            readout=readout,
            axes=axes,
            alt=alt,
            caption=caption,
            play=play,
        )

    def _aspect(self):
        return self._height

    def _ground(self, values):
        return {"contours": [], "minimum": None, "start": None}

    def _run_entries(self, name, choices):
        for values in choices:
            x, y = self._line(name, values)
            told = [tell(x, y) for tell in self._readout.values()]
            yield pack(self._units(self._inside(self._scaled(x, y)))), told

    def _line(self, name, values):
        return np.asarray(self._x.at(values), float), np.asarray(self._runs[name].at(values), float)

    def _scaled(self, x, y):
        points = np.column_stack([x, y])
        logarithmic = np.array(self._scale) == "log"
        tiny = np.finfo(float).tiny  # a zero ends the line at the lower border
        points[:, logarithmic] = np.log10(np.maximum(points[:, logarithmic], tiny))
        return points

    def _ticks(self, axis):
        if self._scale[axis] == "linear":
            return super()._ticks(axis)
        low, high = self._window[axis]
        every = max(1, round((high - low) / 6))
        marks = [m for m in range(int(np.ceil(low - 1e-9)), int(high + 1e-9) + 1) if m % every == 0]
        return [[round((m - low) / (high - low) * UNIT), number(10.0**m)] for m in marks]

    def _draw(self, axes, values):
        for run in self.spec["runs"]:
            points = self._inside(self._scaled(*self._line(run["name"], values)))
            every = max(1, len(points) // 10)
            look = figures.line_style(run["name"], markevery=every, label=run["label"])
            axes.plot(*points.T, **look)
        for axis, place in ((axes.xaxis, 0), (axes.yaxis, 1)):
            low, high = self._window[place]
            ticks = self.spec["axes"][place]["ticks"]
            axis.set_ticks([low + unit / UNIT * (high - low) for unit, _ in ticks])
            axis.set_ticklabels([text for _, text in ticks])


@dataclass(frozen=True)
class _Part:
    function: Callable
    needs: frozenset

    def at(self, values):
        return self.function(**{name: values[name] for name in self.needs})


def _not_floats(optimizer):
    """What two optimizers must share to run as one."""
    for field in fields(optimizer):
        value = getattr(optimizer, field.name)
        if not isinstance(value, float):
            yield value if isinstance(value, Hashable) else id(value)


def _stacked(optimizers):
    """One optimizer whose float hyperparameters have shape (runs, 1)."""
    first = optimizers[0]
    names = [f.name for f in fields(first) if isinstance(getattr(first, f.name), float)]
    columns = {name: np.array([[getattr(o, name)] for o in optimizers]) for name in names}
    return replace(first, **columns)


def _table(needs, entries):
    places, items = {}, []
    pick = []
    for entry in entries:
        key = json.dumps(entry)
        if key not in places:
            places[key] = len(items)
            items.append(entry)
        pick.append(places[key])
    return {"on": list(needs), "items": items, "pick": pick}


# -- drawing


def contours(objective, window, levels: int = 10, cells: int = 240) -> list[list[np.ndarray]]:
    """For each level, lowest first, the outlines of where the objective is below it.

    Each outline is an array (points, 2). The levels are the (k / levels)^2 quantiles of the values
    in the window, so that the lines of any surface are spread evenly (a bowl's are equally spaced).
    Outlines run a little outside the window, where a drawing clips them.
    """
    (x_lo, x_hi), (y_lo, y_hi) = window
    spread_x, spread_y = 0.02 * (x_hi - x_lo), 0.02 * (y_hi - y_lo)
    x = np.linspace(x_lo - spread_x, x_hi + spread_x, cells + 1)
    y = np.linspace(y_lo - spread_y, y_hi + spread_y, cells + 1)
    z = objective.value(np.stack(np.meshgrid(x, y), axis=-1))
    lines = contourpy.contour_generator(x, y, z, fill_type=contourpy.FillType.OuterOffset)
    close = np.array([x_hi - x_lo, y_hi - y_lo]) / UNIT
    found = []
    for level in np.quantile(z, (np.arange(1, levels) / levels) ** 2):
        outlines = []
        for points, offsets in zip(*lines.filled(z.min() - 1, level), strict=True):
            for a, b in itertools.pairwise(offsets):
                outlines.append(_simpler(points[a:b] / close, 1.0) * close)
        found.append(outlines)
    return found


def _simpler(points, tolerance):
    """Fewer points, none of those left out further than `tolerance` off (Douglas, Peucker 1973)."""
    keep = np.zeros(len(points), dtype=bool)
    keep[[0, -1]] = True
    # A closed line has no chord from end to end: cut it at the point farthest from its start.
    middle = int(np.argmax(np.hypot(*(points - points[0]).T)))
    keep[middle] = True
    spans = [(0, middle), (middle, len(points) - 1)]
    while spans:
        a, b = spans.pop()
        if b - a < 2:
            continue
        chord, arms = points[b] - points[a], points[a + 1 : b] - points[a]
        off = np.abs(chord[0] * arms[:, 1] - chord[1] * arms[:, 0]) / np.hypot(*chord)
        far = int(np.argmax(off))
        if off[far] > tolerance:
            keep[a + 1 + far] = True
            spans += [(a, a + 1 + far), (a + 1 + far, b)]
    return points[keep]


def _svg_path(outlines: Iterable[np.ndarray]) -> str:
    """Closed outlines of whole numbers as one SVG path in relative coordinates."""
    pieces, at = [], np.zeros(2, dtype=int)
    for outline in outlines:
        moves = np.diff(outline[:-1], axis=0)
        moves = moves[np.any(moves != 0, axis=1)]
        if len(moves) < 2:
            continue
        numbers = " ".join(f"{x} {y}" for x, y in [outline[0] - at, *moves]).replace(" -", "-")
        pieces.append(f"m{numbers}z")
        at = outline[0]
    return "".join(pieces)


_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def pack(points: np.ndarray) -> str:
    """Whole-number points (n, 2) as text: all x, then all y, each as second differences.

    A number is written as in a source map (base64 VLQ): five bits to a character, the lowest first,
    the sixth says that more follow; the lowest bit of all is the sign. Smooth paths need about one
    character a coordinate, and gzip sees them.

    >>> pack(np.array([[0, 0], [1, -1], [2, -3]])), unpack("ACAADD").tolist()
    ('ACAADD', [[0, 0], [1, -1], [2, -3]])
    """
    moves = np.diff(np.vstack([[[0, 0], [0, 0]], points]), n=2, axis=0)
    text = []
    for value in moves.T.ravel().tolist():
        value = value << 1 if value >= 0 else -value << 1 | 1
        while value > 31:
            text.append(_DIGITS[value & 31 | 32])
            value >>= 5
        text.append(_DIGITS[value])
    return "".join(text)


def unpack(text: str) -> np.ndarray:
    """The points that were packed, shape (n, 2). The page has the same function."""
    values, value, shift = [], 0, 0
    for digit in map(_DIGITS.index, text):
        value |= (digit & 31) << shift
        shift += 5
        if digit < 32:
            values.append(-(value >> 1) if value & 1 else value >> 1)
            value = shift = 0
    return np.cumsum(np.cumsum(np.reshape(values, (2, -1)), axis=1), axis=1).T
