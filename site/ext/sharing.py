"""How a page introduces itself where somebody shares or lists its address."""

import re
import textwrap
from html import escape, unescape
from pathlib import Path

import matplotlib
from docutils import nodes
from resvg_py import svg_to_bytes

CARDS = "_static/cards"
PICTURE = re.compile(r'<svg class="lc-picture" role="img" aria-label="([^"]*)".*?</svg>', re.DOTALL)
TTF = Path(matplotlib.get_data_path(), "fonts", "ttf")
FONTS = {
    "font_family": "DejaVu Sans",
    "font_files": [str(TTF / f"DejaVuSans{face}.ttf") for face in ("", "-Bold", "-Oblique")],
}
FORMULA = "\0"
LONGEST = 200  # characters of a description


def describe(doctree):
    """The first sentences of a page that have no formula, without the sources they cite."""
    for paragraph in doctree.findall(nodes.paragraph):
        plain = paragraph.deepcopy()
        for math in list(plain.findall(nodes.math)):
            math.parent.replace(math, nodes.Text(FORMULA))
        for cited in list(plain.findall(nodes.inline)):
            if "bibtex-citation" in cited["classes"]:
                cited.parent.remove(cited)
        text = " ".join(plain.astext().split()).replace(" ,", ",").replace(" .", ".")
        kept = ""
        for sentence in re.split(r"(?<=[.?!]) ", text):
            if FORMULA in sentence or (kept and len(kept) + len(sentence) >= LONGEST):
                break
            kept = f"{kept} {sentence}".strip()
        if len(kept) > 40:
            return kept
    return ""


def add_metadata(app, pagename, templatename, context, doctree):
    """Say title, description and picture of a page in its head (Open Graph)."""
    if doctree is None:
        return
    title = nodes.Text(context["title"]).astext()
    title = re.sub("<[^>]*>", "", title)
    said = describe(doctree) or app.config.html_title
    address = app.config.html_baseurl
    figure = PICTURE.search(context["body"])
    card = f"{CARDS}/{pagename}.png"
    picture = f"{address.rstrip('/')}/{card}" if address else context["pathto"](card, resource=True)
    lines = [f'<meta name="description" content="{escape(said)}" />']
    for name, value in {
        "title": title,
        "description": said,
        "type": "article",
        "site_name": app.config.html_title,
        "image": picture,
        "image:alt": unescape(figure[1]) if figure else title,
    }.items():
        lines.append(f'<meta property="og:{name}" content="{escape(value)}" />')
    if address:
        here = f"{address.rstrip('/')}/{pagename}.html"
        lines.append(f'<meta property="og:url" content="{escape(here)}" />')
    lines.append('<meta name="twitter:card" content="summary_large_image" />')
    context["metatags"] += "\n    " + "\n    ".join(lines)


def draw(title, book, picture):
    """A card of 1200 by 630 pixels as SVG: the title of a page, and a figure of it, or ""."""
    lines, size = textwrap.wrap(title, 17 if picture else 32), 46
    top = 345 - 0.62 * size * (len(lines) - 1)
    words = "".join(
        f'<text x="60" y="{top + 1.24 * size * row:g}" font-size="{size}"'
        f' font-weight="bold">{escape(line)}</text>'
        for row, line in enumerate(lines)
    )
    head, _, body = picture.partition(">")
    head = re.sub(r' (width|height)="[^"]*"', "", head)
    head = head.replace("<svg", '<svg x="650" y="75" width="510" height="510"')
    figure = f"{head}>{body}" if picture else ""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
        ' width="1200" height="630" color="#1b2530" fill="#1b2530">'
        '<rect width="1200" height="630" fill="#ffffff"/>'
        '<rect width="1200" height="14" fill="#14517f"/>'
        f'<text x="60" y="90" font-size="28" fill="#14517f">{escape(book)}</text>'
        f"{words}{figure}</svg>"
    )


def write_cards(app, pages):
    """Draw a card for each page: `pages` is a dict of page names and finished texts."""
    folder = Path(app.outdir, CARDS)
    cards = {}
    for page, text in pages.items():
        figure = PICTURE.search(text)
        title = app.env.titles[page].astext()
        cards[page] = draw(title, app.config.html_title, figure[0] if figure else "")
    for page, card in cards.items():
        file = folder / f"{page}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(svg_to_bytes(svg_string=card, skip_system_fonts=True, **FONTS))
