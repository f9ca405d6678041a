"""Pictures of the book: one look, one color, dash and marker per method, legible in both themes."""

import hashlib
import io
import re
from functools import partial
from html import escape

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullFormatter

# Contrast of at least 3:1 on white and on the dark page; tests/test_figures.py computes it.
STYLE = {
    "gradient_descent": dict(label="gradient descent", color="#0a7abf", dash="6 3", marker="s"),
    "momentum": dict(label="momentum", color="#7d7f85", dash="8 2", marker="v"),
    "nesterov": dict(label="Nesterov", color="#94730a", dash="10 2 2 2", marker="^"),
    "delta_bar_delta": dict(label="delta-bar-delta", color="#0e8a99", dash="16 4 4 4", marker="h"),
    "adagrad": dict(label="AdaGrad", color="#d55e00", dash="", marker="o"),
    "rmsprop": dict(label="RMSprop", color="#0b8a68", dash="4 2", marker="D"),
    "adadelta": dict(label="AdaDelta", color="#a85cc4", dash="2 2", marker="P"),
    "adam": dict(label="Adam", color="#d6336c", dash="12 3", marker="X"),
    "adamax": dict(label="AdaMax", color="#5b7fdb", dash="6 2 2 2", marker="*"),
    "nadam": dict(label="NAdam", color="#5f8a1f", dash="4 2 1 2", marker="<"),
    "amsgrad": dict(label="AMSGrad", color="#a4653f", dash="8 2 2 2 2 2", marker=">"),
    "newton": dict(label="Newton", color="#7a63d8", dash="14 2 2 2", marker="p"),
    "conjugate_gradient": dict(
        label="conjugate gradients", color="#3d8c4a", dash="10 4", marker="d"
    ),
    "lbfgs": dict(label="L-BFGS", color="#b3730c", dash="6 2 6 2 2 2", marker="H"),
}
INK = "#010203"  # stands for the page's text color until the picture is in the page

LOOSE = 0.05  # inches that words may leave the picture: older Matplotlibs set them a little wider
_LOOK = {
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.titlesize": "medium",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": INK,
    "grid.alpha": 0.15,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "font.size": 11,
    "mathtext.fontset": "dejavusans",
    "svg.fonttype": "none",
}


def panel(width=3.7, height=3.0, *, left=0.8, right=0.2, top=0.15, bottom=0.55):
    """A figure with one frame, (figure, axes); two of the default width stand side by side.

    width, height: inches; left, right, top, bottom: the room around the frame for labels and
    titles, in inches, so that frames line up from picture to picture. Frames are pictures of their
    own so that a narrow screen can stack them.
    """
    with matplotlib.rc_context(_LOOK):
        figure = Figure(figsize=(width, height))
        edges = {"left": left / width, "right": 1 - right / width}
        edges |= {"bottom": bottom / height, "top": 1 - top / height}
        return figure, figure.subplots(gridspec_kw=edges)


def line_style(name, **changes):
    """Keyword arguments of `Axes.plot` for a method of `STYLE`.

    >>> line_style("gradient_descent")["dashes"]
    (3.0, 1.5)
    >>> line_style("no such method")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ValueError: no style for 'no such method': known are gradient_descent, ...
    """
    if name not in STYLE:
        raise ValueError(f"no style for {name!r}: known are {', '.join(STYLE)}")
    style = STYLE[name]
    look = {key: style[key] for key in ("label", "color", "marker")}
    look |= {"linewidth": 2, "markersize": 5}
    if style["dash"]:
        look["dashes"] = tuple(float(length) / 2 for length in style["dash"].split())
    return look | changes


def legend(axes, **place):
    """A legend without a frame, in the color of the page's text; `place` goes to Matplotlib."""
    axes.legend(frameon=False, labelcolor=INK, **place).get_title().set_color(INK)


def draw_surface(axes, objective, levels=14):
    """Contour lines of `objective` over its domain and a star at its minimum.

    The levels grow with the cube of their number, so that a valley floor shows.
    """
    (x_low, x_high), (y_low, y_high) = objective.domain
    x, y = np.meshgrid(np.linspace(x_low, x_high, 160), np.linspace(y_low, y_high, 160))
    value = objective.value(np.stack([x, y], axis=-1))
    root = np.linspace(np.cbrt(value.min()), np.cbrt(value.max()), levels + 1)[1:]
    axes.contour(x, y, value, levels=root**3, colors=INK, linewidths=0.7, alpha=0.3)
    axes.plot(*objective.minimum, marker="*", markersize=12, color=INK, linestyle="none")
    axes.set(xlim=(x_low, x_high), ylim=(y_low, y_high), xlabel="$x$", ylabel="$y$")
    axes.grid(False)


def draw_path(axes, record, name, **changes):
    """The points of a run, a marker at every tenth of it."""
    every = max(1, (len(record.points) - 1) // 10)
    axes.plot(*record.points.T, **line_style(name, markevery=every, **changes))


def draw_rates(axes, rates, names, **look):
    """The effective learning rate of each parameter against the step, alike in every chapter.

    rates: (steps, parameters); names: a label for each parameter. Both axes are logarithmic, the
    parameters of one method share its color and differ in their dashes.
    """
    dashes = ["-", "--", ":", "-."]
    for parameter, name in enumerate(names):
        axes.plot(
            np.arange(1, len(rates) + 1),
            rates[:, parameter],
            **{"linestyle": dashes[parameter % 4], "label": name, "linewidth": 2} | look,
        )
    axes.set(xscale="log", yscale="log", xlabel="step $t$", ylabel="effective learning rate")
    legend(axes)


def draw_band(axes, x, runs, name, **changes):
    """The median of `runs` over its last axis against x, and the band from lowest to highest.

    x: (points,); runs: (points, seeds).
    """
    look = line_style(name, **changes)
    axes.fill_between(x, runs.min(-1), runs.max(-1), color=look["color"], alpha=0.2, linewidth=0)
    axes.plot(x, np.median(runs, -1), **look)


def _label_logarithms(axis):
    """Plain numbers, three at least: Matplotlib labels only powers of ten, or crowds the rest."""
    low, high = sorted(axis.get_view_interval())
    powers = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    ticks = [tick for tick in axis.get_majorticklocs() if low <= tick <= high]
    for digits in ((1, 3), (1, 2, 5), range(1, 10)):
        if len(ticks) < 3:
            ticks = [d * 10.0**power for power in powers for d in digits]
            ticks = [tick for tick in ticks if low <= tick <= high]
    if len(ticks) < 3:
        between = MaxNLocator(4, steps=[1, 2, 5, 10]).tick_values(low, high)
        ticks = [tick for tick in between if low <= tick <= high]
    plain = min(ticks) >= 0.99e-3 and max(ticks) <= 1.01e4
    axis.set_major_locator(FixedLocator(ticks))
    axis.set_minor_formatter(NullFormatter())
    if plain:
        axis.set_major_formatter(FuncFormatter(lambda tick, _: f"{tick:.6g}"))


def _refuse_what_is_cut(figure):
    FigureCanvasAgg(figure)
    box = figure.get_tightbbox()
    width, height = figure.get_size_inches()
    out = {"left": -box.x0, "top": box.y1 - height, "right": box.x1 - width, "bottom": -box.y0}
    for side, inches in out.items():
        if inches > LOOSE:
            raise ValueError(
                f"{inches:.2f} inches of the picture are cut off, {side}: "
                f"make room with panel({side}=...), or shorten the words"
            )


def svg(figure, alt):
    """The figure as inline SVG whose ink is the text color of the page it stands in.

    alt: what the figure shows, one sentence that states the finding; refused if empty. Logarithmic
    axes get at least three labels. Raises ValueError where words do not fit into the picture.

    >>> figure, axes = panel()
    >>> svg(figure, "An empty frame.")[:61]
    '<svg class="lc-picture" role="img" aria-label="An empty frame'
    """
    if not alt.strip():
        raise ValueError("alt is empty: say in a sentence what the figure shows")
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            if axis.get_scale() == "log" and isinstance(axis.get_major_locator(), LogLocator):
                _label_logarithms(axis)
    for words in figure.findobj(Text):  # what was written into the frame has Matplotlib's black
        if str(words.get_color()) == "black":
            words.set_color(INK)
    _refuse_what_is_cut(figure)
    picture = io.StringIO()
    with matplotlib.rc_context(_LOOK | {"svg.hashsalt": "book"}):
        figure.savefig(picture, format="svg", metadata={"Date": None, "Creator": None})
    text = picture.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text, flags=re.DOTALL)
    text = text.replace(INK, "currentColor")
    # The page's own font; Matplotlib gives each label its size, family and anchor in one style.
    text = re.sub(r"font: ([\d.]+)px [^;\"]*", r"font-size: \1px", text)
    # In coordinates less than a hundredth of a point does not show; words stay as they are.
    short = partial(re.sub, r"(\d\.\d\d)\d+", r"\1")
    text = re.sub(r"<[^>]*>", lambda tag: short(tag[0]), text)
    # Several pictures share a page: keep their identifiers apart.
    mark = hashlib.sha256(text.encode()).hexdigest()[:8]
    text = re.sub(r'id="([^"]+)"', rf'id="{mark}-\1"', text)
    text = re.sub(r"url\(#([^)]+)\)", rf"url(#{mark}-\1)", text)
    text = re.sub(r'href="#([^"]+)"', rf'href="#{mark}-\1"', text)
    head = f'<svg class="lc-picture" role="img" aria-label="{escape(alt)}"'
    return re.sub(r"<svg", head.replace("\\", r"\\"), text, count=1)


def show(*pictures, caption):
    """Display pictures made by `svg` side by side above one caption (HTML)."""
    from IPython.display import HTML, display

    row = f'<div class="lc-pictures">{"".join(pictures)}</div>'
    display(HTML(f'<figure class="lc-figure">{row}<figcaption>{caption}</figcaption></figure>'))
