"""The module that draws live figures, on a page of its own: styles, the kernel, playing."""

import numpy as np
import pytest

from lecture_code import figures
from lecture_code.gradient_descent import GradientDescent
from lecture_code.objectives import Bowl
from lecture_code.widgets import CurveWidget, Slider, SurfaceWidget, number

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
