"""Mathematics is typeset when the site is built: no script has to run to read a formula."""

import json
import re
import subprocess
import sys
from html import unescape
from pathlib import Path

from sphinx.errors import ExtensionError

FORMULA = re.compile(
    r'(<(?:span|div) class="math notranslate nohighlight"[^>]*>\s*'
    r'(?:<span class="eqno">.*?</span>)?)'
    r"\s*\\([(\[])(.*?)\\[)\]](?=\s*</(?:span|div)>)",
    re.DOTALL,
)


def render(formulas):
    """What MathJax makes of formulas, a list of TeX and whether it is displayed.

    Returns the list of their HTML, with MathML for who does not see it, and the style sheet.
    Raises ExtensionError, which names the formula, where one is no TeX that MathJax understands.
    """
    program = Path(sys.executable).with_name("node")
    script = Path(__file__).with_suffix(".mjs")
    data = json.dumps(formulas).encode()
    done = subprocess.run([program, script], input=data, capture_output=True)
    if done.returncode:
        raise ExtensionError(done.stderr.decode().strip())
    made = json.loads(done.stdout)
    return made["formulas"], made["styles"]


def typeset(pages):
    """The texts of finished pages (a dict) with every formula typeset, and its style sheet."""
    found = {}
    for text in pages.values():
        for _, kind, tex in FORMULA.findall(text):
            found[kind, tex] = [unescape(tex).strip(), kind == "["]
    formulas, sheet = render(list(found.values()))
    rendered = dict(zip(found, formulas, strict=True))
    return {
        name: FORMULA.sub(lambda match: match[1] + rendered[match[2], match[3]], text)
        for name, text in pages.items()
    }, sheet
