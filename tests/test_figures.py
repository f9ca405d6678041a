"""Pictures: names, colors that can be told apart on both pages, the same bytes every time."""

import re

import numpy as np
import pytest

from lecture_code import figures
from lecture_code.adagrad import AdaGrad
from lecture_code.minimize import minimize
from lecture_code.objectives import Beale, Bowl


def luminance(color):
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return np.dot([0.2126, 0.7152, 0.0722], linear)


def contrast(one, other):
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", figures.STYLE)
@pytest.mark.parametrize("page", ["#ffffff", "#14181e"])
def test_every_colour_is_legible_in_both_themes(name, page):
    assert contrast(figures.STYLE[name]["color"], page) >= 3


def test_no_two_methods_look_alike():
    for key in ("color", "label", "marker", "dash"):
        values = [style[key] for style in figures.STYLE.values()]
        assert len(set(values)) == len(values), key


def picture():
    figure, axes = figures.panel()
    record = minimize(Bowl(10), AdaGrad(0.1), (1.0, 1.0), 20)
    figures.draw_surface(axes, Bowl(10))
    figures.draw_path(axes, record, "adagrad")
    return figures.svg(figure, 'Falls as 1/"root" t <fast>')


def test_svg_has_a_name_the_ink_of_the_page_and_no_foreign_bytes():
    text = picture()
    assert 'aria-label="Falls as 1/&quot;root&quot; t &lt;fast&gt;"' in text
    assert "currentColor" in text
    assert figures.INK not in text
    assert "<metadata" not in text and "<!DOCTYPE" not in text
    assert len(text) < 100_000


def test_svg_is_the_same_every_time():
    assert picture() == picture()


def test_two_pictures_share_no_identifier():
    figure, axes = figures.panel()
    axes.plot([1, 2], [1, 3])
    ids = [set(re.findall(r'id="([^"]+)"', text)) for text in (picture(), figures.svg(figure, "x"))]
    assert ids[0] and ids[1] and not ids[0] & ids[1]


def test_every_reference_in_a_picture_resolves():
    text = picture()
    ids = set(re.findall(r'id="([^"]+)"', text))
    targets = set(re.findall(r"url\(#([^)]+)\)", text)) | set(re.findall(r'href="#([^"]+)"', text))
    assert targets and targets <= ids


def test_a_picture_without_alternative_text_is_refused():
    figure, _ = figures.panel()
    with pytest.raises(ValueError, match="alt is empty"):
        figures.svg(figure, " ")


def test_band_runs_from_the_lowest_to_the_highest():
    figure, axes = figures.panel()
    runs = np.array([[1.0, 2.0, 6.0], [2.0, 3.0, 4.0]])
    figures.draw_band(axes, np.array([0.1, 1.0]), runs, "adagrad")
    np.testing.assert_array_equal(axes.lines[0].get_ydata(), [2, 3])
    box = axes.collections[0].get_datalim(axes.transData)
    assert (box.y0, box.y1) == (1, 6)


def test_surface_covers_the_domain():
    figure, axes = figures.panel()
    figures.draw_surface(axes, Beale())
    assert (axes.get_xlim(), axes.get_ylim()) == Beale().domain


def test_rates_are_drawn_per_parameter_on_logarithmic_axes():
    figure, axes = figures.panel()
    record = minimize(Bowl(10), AdaGrad(0.1), (1.0, 1.0), 20)
    figures.draw_rates(axes, record.rates, ["x", "y"], color="#d55e00")
    for line, rates in zip(axes.lines, record.rates.T, strict=True):
        np.testing.assert_array_equal(line.get_ydata(), rates)
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        (0.5, 0.8, ["0.5", "0.6", "0.7", "0.8"]),
        (0.006, 0.015, ["0.006", "0.007", "0.008", "0.009", "0.01"]),
        (0.02, 0.5, ["0.03", "0.1", "0.3"]),
        (1, 60, ["1", "3", "10", "30"]),
        (1, 600, ["1", "10", "100"]),
        (0.31, 0.34, ["0.31", "0.32", "0.33", "0.34"]),
    ],
)
def test_logarithmic_axes_have_three_labels_at_least(low, high, labels):
    figure, axes = figures.panel(width=5)
    axes.set(xscale="log", xlim=(low, high))
    text = figures.svg(figure, "Nothing.")
    assert re.findall(r">([\d.]+)</text>", text)[: len(labels)] == labels


def test_wide_logarithmic_axes_keep_their_powers():
    figure, axes = figures.panel()
    axes.set(xscale="log", xlim=(1e-8, 1))
    figures.svg(figure, "Nothing.")
    assert all("10^" in label.get_text() for label in axes.get_xticklabels())


def test_rates_have_a_label_that_is_seen():
    figure, axes = figures.panel()
    figures.draw_rates(axes, np.geomspace(0.009, 0.004, 40).reshape(-1, 2), ["x", "y"])
    text = figures.svg(figure, "Rates fall.")
    x = float(re.search(r'x="([-\d.]+)"[^>]*>effective learning rate<', text)[1])
    assert x >= 8.5  # the ascent of letters of 11 points that lie on their side


def test_words_that_are_cut_off_are_refused():
    figure, axes = figures.panel()
    axes.plot([1, 2], ["a name that needs much room", "another"])
    with pytest.raises(ValueError, match=r"inches of the picture are cut off, left: .*panel\(left"):
        figures.svg(figure, "Two names.")
    figure, axes = figures.panel(width=5, left=2.6)
    axes.plot([1, 2], ["a name that needs much room", "another"])
    assert "a name that needs" in figures.svg(figure, "Two names.")


def test_show_puts_pictures_above_one_caption(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", shown.append)
    figures.show(picture(), picture(), caption="Does it fall? Yes.")
    html = shown[0].data
    assert html.count("<svg") == 2
    assert html.endswith("<figcaption>Does it fall? Yes.</figcaption></figure>")


def test_words_in_the_frame_have_the_ink_of_the_page():
    figure, axes = figures.panel()
    axes.text(0.5, 0.5, "bound")
    axes.text(0.2, 0.2, "blue", color="#0000ff")
    picture = figures.svg(figure, "Two words.")
    (bound,) = re.findall(r"<text[^>]*>bound</text>", picture)
    (blue,) = re.findall(r"<text[^>]*>blue</text>", picture)
    assert "currentColor" in bound
    assert "#0000ff" in blue
