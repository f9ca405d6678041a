"""The book as PDF and EPUB, from the built site: `python -m scripts.paper pdf` or `epub`.

Chromium makes one manuscript of the pages (`site/paper/manuscript.js`) and typesets its formulas.
For the PDF it prints that at least twice: the pages of the targets are read off one print and
written into the next, until they stay. For the EPUB it hands over the sections as XHTML with
MathML. Both go to a folder of `_build/paper` that is named after the sources; the next build of the
site offers them for download, and one of other sources does not. The same site gives the same
bytes: neither file has a date of its own.
"""

import argparse
import io
import re
import shutil
import string
import time
from contextlib import contextmanager
from pathlib import Path

import matplotlib
import yaml
from playwright.sync_api import sync_playwright
from pygments.formatters import HtmlFormatter
from pypdf import PdfReader

from lecture_code import figures
from lecture_code.adagrad import AdaGrad
from lecture_code.adam import Adam
from lecture_code.gradient_descent import GradientDescent
from lecture_code.minimize import minimize
from lecture_code.momentum import Momentum
from lecture_code.objectives import Beale
from lecture_code.rmsprop import RMSprop
from scripts import browser, epub, site, tree

PAPER = site.BUILD / "paper"
NAME = "adaptive-learning-rates"
PARTS = site.ROOT / "site" / "paper"
# Pages about the site itself, and with times that change.
ON_SCREEN = {"book/status", "book/downloads", "book/hosting", "book/changelog"}
FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"  # DejaVu and STIX, free to embed
DATES = re.compile(rb"/(?:CreationDate|ModDate) \(D:[^)]*\)\s?")
COLUMN = {"width": 612, "height": 945}  # what the margins leave of A4, in CSS pixels
PRINTS = 5  # at most, until every page number is right


class PaperError(Exception):
    """The book cannot be printed, or what was made is not whole."""


def pages(toc):
    """The pages on paper: dicts with name ("book/adagrad"), slug, part (of its first page), html.

    Raises PaperError where the site has no such page.
    """
    starts = {
        site.pages({"chapters": part["chapters"]})[0]: part["caption"]
        for part in toc.get("parts", ())
    }
    found = []
    for name in site.pages(toc):
        if name in ON_SCREEN:
            continue
        file = site.TEXT / f"{name}.html"
        if not file.is_file():
            raise PaperError(f"the site was built without {name}: run `make book`")
        slug = name.removeprefix("book/").replace("exercises/", "exercise-")
        html = file.read_text("utf-8")
        found.append({"name": name, "slug": slug, "part": starts.get(name), "html": html})
    return found


def cover():
    """The picture of the cover, as SVG."""
    surface = Beale()
    figure, axes = figures.panel(6.2, 6.2, left=0.05, right=0.05, top=0.05, bottom=0.05)
    figures.draw_surface(axes, surface, levels=24)
    methods = {
        "gradient_descent": GradientDescent(lr=0.02),
        "momentum": Momentum(lr=0.0015),
        "adagrad": AdaGrad(lr=0.5),
        "rmsprop": RMSprop(lr=0.05),
        "adam": Adam(lr=0.1),
    }
    for name, method in methods.items():
        figures.draw_path(axes, minimize(surface, method, (1.0, 1.5), 200), name)
    axes.set_axis_off()
    return figures.svg(figure, "Paths of five methods on Beale's surface.")


def config():
    return yaml.safe_load((site.ROOT / "_config.yml").read_text("utf-8"))


def said():
    """What the title page says: title, author, year."""
    known = config()
    return {"title": known["title"], "author": known["author"], "year": known["copyright"]}


def front():
    """The document before the pages are in it: its head, the cover, the page on this edition."""
    fonts = string.Template((PARTS / "print.css").read_text("utf-8"))
    return string.Template((PARTS / "book.html").read_text("utf-8")).substitute(
        **said(),
        style=style() + fonts.substitute(fonts=FONTS.as_uri()),
        mathjax=site.MATHJAX.as_uri(),
        script=(PARTS / "manuscript.js").as_uri(),
        picture=cover(),
    )


def style():
    """The rules that both editions share."""
    code = HtmlFormatter(style="a11y-high-contrast-light").get_style_defs(".highlight")
    return f"{(PARTS / 'book.css').read_text('utf-8')}\n{code}\n"


@contextmanager
def manuscript(chapters, chromium):
    """with manuscript(chapters, chromium) as page: the document with these pages in it."""
    PAPER.mkdir(parents=True, exist_ok=True)
    file = PAPER / "book.html"
    file.write_text(front(), "utf-8")
    address = config()["html"].get("baseurl")
    page = chromium.new_page(viewport=COLUMN, device_scale_factor=2)
    try:
        page.emulate_media(media="print")
        page.goto(file.as_uri())
        none_of(
            "links to nothing", page.evaluate("([a, b]) => assemble(a, b)", [chapters, address])
        )
        yield page
    finally:
        page.close()


def none_of(what, found):
    if found:
        raise PaperError(f"{what}: {'; '.join(found[:3])}")


def make_pdf(chapters, chromium):
    """The bytes of the PDF of these `pages`, by Playwright's Browser.

    Raises PaperError where a link or a formula is wrong or something is wider than the page.
    """
    with manuscript(chapters, chromium) as page:
        none_of("formulas that MathJax does not understand", page.evaluate("typeset()"))
        page.evaluate("paginate()")
        none_of("wider than the page", page.evaluate("tooWide()"))
        known = None
        for _ in range(PRINTS):
            pdf = page.pdf(prefer_css_page_size=True, outline=True, tagged=True)
            found = targets(pdf)
            if found == known:
                return DATES.sub(lambda date: b" " * len(date[0]), pdf)
            known = found
            page.evaluate("pages => numberPages(pages)", found)
    raise PaperError(f"the page numbers still move after {PRINTS} prints")


def make_epub(chapters, chromium):
    """The bytes of the EPUB of these `pages`, by Playwright's Browser.

    Raises PaperError where a link or a formula is wrong.
    """
    with manuscript(chapters, chromium) as page:
        cover = page.locator("#cover").screenshot()
        none_of("formulas that MathJax does not understand", page.evaluate("toMathML()"))
        files = page.evaluate("xhtml()")
    return epub.pack(files, style=style(), cover=cover, **said())


def targets(pdf):
    """The number of the page that each target of a link is on."""
    reader = PdfReader(io.BytesIO(pdf))
    numbers = {page.indirect_reference.idnum: i for i, page in enumerate(reader.pages, 1)}
    found = reader.named_destinations
    return {
        name.lstrip("/"): numbers[target.raw_get("/Page").idnum] for name, target in found.items()
    }


def main():
    parser = argparse.ArgumentParser(description="Make the book's PDF or EPUB in _build/paper.")
    parser.add_argument("format", choices=["pdf", "epub"])
    args = parser.parse_args()
    start = time.perf_counter()
    target = tree.paper_folder() / f"{NAME}.{args.format}"
    if target.exists():
        return
    try:
        chapters = pages(site.read_toc())
        make = {"pdf": make_pdf, "epub": make_epub}[args.format]
        with sync_playwright() as playwright, browser.launch(playwright) as chromium:
            made = make(chapters, chromium)
    except PaperError as error:
        raise SystemExit(f"error: {error}") from None
    for old in PAPER.iterdir():
        if old.is_dir() and old != target.parent:
            shutil.rmtree(old)
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(made)
    print(f"{target.relative_to(site.ROOT)} ({time.perf_counter() - start:.0f} s)")


if __name__ == "__main__":
    main()
