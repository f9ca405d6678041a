"""Mathematics as MathML, made when the site is built: no script has to run to read a formula."""

import json
import re
import subprocess
import sys
from html import unescape
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from sphinx.errors import ExtensionError

FORMULA = re.compile(
    r'(<(?:span|div) class="math notranslate nohighlight"[^>]*>\s*(?:<span class="eqno">.*?</span>)?)'
    r"\s*\\([(\[])(.*?)\\[)\]](?=\s*</(?:span|div)>)",
    re.DOTALL,
)
MATH = re.compile(r"<math.*?</math>", re.DOTALL)


def to_mathml(formulas):
    """The MathML of formulas, pairs of TeX and whether it is displayed, by Temml.

    Raises ExtensionError where one of them is no TeX that Temml understands.
    """
    program = Path(sys.executable).with_name("node")
    script = Path(__file__).with_suffix(".mjs")
    data = json.dumps(formulas).encode()
    done = subprocess.run([program, script], input=data, capture_output=True)
    if done.returncode:
        raise ExtensionError(done.stderr.decode().strip())
    return json.loads(done.stdout)


def typeset(pages):
    """The texts of finished pages (a dict) with every formula as MathML. Returns such a dict."""
    found = {}
    for text in pages.values():
        for _, kind, tex in FORMULA.findall(text):
            found[kind, tex] = [unescape(tex).strip(), kind == "["]
    rendered = dict(zip(found, to_mathml(list(found.values())), strict=True))
    return {
        name: FORMULA.sub(lambda match: match[1] + rendered[match[2], match[3]], text)
        for name, text in pages.items()
    }


def shrink_font(file, pages):
    """Leave in the font only what the formulas of these pages need: a tenth of it."""
    formulas = "".join(formula for text in pages.values() for formula in MATH.findall(text))
    options = subset.Options(flavor="woff", layout_features=["*"], recalc_timestamp=False)
    with TTFont(file, recalcTimestamp=False) as font:
        cut = subset.Subsetter(options)
        cut.populate(text=unescape(formulas))
        cut.subset(font)
        subset.save_font(font, file, options)
