"""What this book changes in the pages that Sphinx and the theme make.

* The book is built from the staged copy that `scripts/site.py` makes, and from nowhere else: the
  repository holds worked solutions.
* No page asks another host for anything, and each says so in a policy (`policy.py`): thebe goes.
* Formulas are typeset when the page arrives (`formulas.py`).
* Each page introduces itself to who shares it (`sharing.py`) and to the search (`symbols.py`).
* Font Awesome (540 kB) makes way for the dozen icons in use, as inline SVG.
* Accessibility errors of the theme are mended.
* The notebook of a page downloads as plain Markdown, under a name that no exercise has.
* What each page says is kept without the theme, for the PDF and the EPUB (`scripts/paper.py`).
"""

import json
import re
import shutil
from html import escape
from pathlib import Path

from formulas import typeset
from plain import plain, plain_code
from policy import collect_styles, secure
from pybtex.database import parse_file
from sharing import add_metadata, write_cards
from sphinx.errors import ExtensionError
from symbols import add_words

ICON = re.compile(r'<(i|span) class="([^"]*\bfa-[^"]*)"([^>]*)>\s*</\1>')
# 24 x 24, strokes of width 2 in the colour of the text.
ICONS = {
    "fa-bars": "M4 6h16M4 12h16M4 18h16",
    "fa-list": "M9 6h11M9 12h11M9 18h11M4 6h.01M4 12h.01M4 18h.01",
    "fa-magnifying-glass": "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M15.5 15.5 21 21",
    "fa-download": "M12 4v11m-5-5 5 5 5-5M4 20h16",
    "fa-expand": "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
    "fa-rocket": "M12 3c4 3 5 8 4 12H8C7 11 8 6 12 3zM8 12l-3 4 3-1M16 12l3 4-3-1M12 17v4M12 8h.01",
    "fa-file": "M6 3h8l4 4v14H6zM14 3v4h4",
    "fa-file-pdf": "M6 9V3h12v6M6 17H3V9h18v8h-3M6 14h12v7H6z",
    "fa-sun": "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.4 1.4"
    "M17.6 17.6 19 19M19 5l-1.4 1.4M6.4 17.6 5 19",
    "fa-moon": "M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5z",
    "fa-circle-half-stroke": "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 4v16M15 5.5v13M18 8v8",
    "fa-angle-left": "M15 5l-7 7 7 7",
    "fa-angle-right": "M9 5l7 7-7 7",
    "fa-chevron-down": "M5 9l7 7 7-7",
    "fa-arrow-up": "M12 20V5m-6 6 6-6 6 6",
    "fa-outdent": "M4 5h16M11 10h9M11 14h9M4 19h16M7 9l-3 3 3 3",
    "fa-xmark": "M6 6l12 12M18 6 6 18",
}
# Rules of Font Awesome in the theme's style sheet, a third of it: its fonts and its 2,000 icons.
FONT_AWESOME = re.compile(
    r"@font-face\{[^}]*fontawesome[^}]*\}"
    r"|(?:\.fa-[\w-]+::?before,)*\.fa-[\w-]+::?before\{content:[^}]*\}"
)
# Files of the theme and its companions that no page uses here.
UNUSED = (
    "**/*.map",
    "**/*webpack-macros.html",
    "scripts/fontawesome.js*",
    "styles/theme.css",
    "sphinx-thebe.*",
    "locales/**/*.[mp]o",
)


def refuse_unstaged(app, config):
    if not config.lecture_staged:
        # An exception would be shown with its traceback.
        raise SystemExit(
            "error: this folder holds worked solutions, which would be published: run `make book`"
        )


def drop_unused(app, pagename, templatename, context, doctree):
    """Take out thebe, which names another host and defines a constant twice, MathJax and widgets.

    Formulas are typeset already, and no widget manager reads the states: the live figures carry
    their own data.
    """

    def used(file):
        attributes = getattr(file, "attributes", {})
        name, body = str(getattr(file, "filename", file) or ""), attributes.get("body") or ""
        return not (
            re.search("thebe|mathjax", name)
            or re.search("THEBE_JS_URL|window.MathJax", body)
            or "widget-state" in attributes.get("type", "")
        )

    for kind in ("script_files", "css_files"):
        context[kind] = [file for file in context[kind] if used(file)]


def add_loader(app, pagename, templatename, context, doctree):
    """Load `live.js`, which brings the live figures to life, on the pages that have one."""
    if 'class="lc-live' in context.get("body", ""):
        app.add_js_file("live.js", type="module", priority=100)
        module = context["pathto"]("_static/surface.js", resource=True)
        context["metatags"] += f'\n    <link rel="modulepreload" href="{module}" />'


def keep_text(app, pagename, templatename, context, doctree):
    """Write what the page says, without the theme, beside the site's folder."""
    if doctree:
        file = Path(app.outdir).with_name("text") / f"{pagename}.html"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(mend(context["body"]), "utf-8")


def _icon(match):
    classes, attributes = match[2], re.sub(r' (title|role)="[^"]*"', "", match[3])
    name = next((name for name in classes.split() if name in ICONS), None)
    kept = " ".join(["lc-icon", *(one for one in classes.split() if not one.startswith("fa"))])
    if name is None:
        raise ExtensionError(f"no icon is drawn for {classes!r}: add it to {__name__}.ICONS")
    return (
        f'<svg class="{kept}"{attributes} viewBox="0 0 24 24" aria-hidden="true"'
        f' focusable="false"><path d="{ICONS[name]}"/></svg>'
    )


def _summary(match):
    text = re.sub(
        r"\$([^$]+)\$", r'<span class="math notranslate nohighlight">\\(\1\\)</span>', match[1]
    )
    text = re.sub(r"`([^`]+)`", r"<code>\1</code>", text)
    # A formula alone gives the control no name.
    alone = re.fullmatch(r"\$([^$]+)\$\.?", match[1].strip())
    label = f' aria-label="{escape(alone[1])}"' if alone else ""
    return f"<summary{label}>{text}</summary>"


def _download(match):
    return f'<a download="{match[1]}-chapter.ipynb" '


def mend(html, search=False):
    """The text of a finished page, with the theme's faults mended.

    `search` says that it is the search page, which needs the index of words.
    """
    html = re.sub(r"\s*<script[^>]*scripts/fontawesome\.js[^>]*></script>", "", html)
    if not search:
        unused = r"(_static/searchtools|_static/language_data|searchindex)\.js"
        html = re.sub(rf'\s*<script src="[^"]*{unused}[^"]*"></script>', "", html)
    html = ICON.sub(_icon, html)
    # theme.css does nothing but import basic.css, one round trip later.
    html = re.sub(r"_static/styles/theme\.css[^\"]*", "_static/basic.css", html)
    # The search button shows "Search Ctrl+K" and was named "Search" only.
    html = re.sub(r'(<button class="btn search-button-field[^>]*?) aria-label="[^"]*"', r"\1", html)
    html = html.replace(
        '<span class="search-button__kbd-shortcut">',
        '<span class="search-button__kbd-shortcut" aria-hidden="true">',
    )
    # Everything lies in a landmark.
    html = html.replace(
        '<div id="pst-primary-sidebar"', '<div id="pst-primary-sidebar" role="complementary"'
    )
    # A landmark inside the main one.
    html = re.sub(r"<aside (?![^>]*\brole=)", '<aside role="note" ', html)
    # Markdown inside <summary> is left as it is; a quiz has formulas and code there.
    html = re.sub(r"<summary>([^<]*)</summary>", _summary, html)
    # A chapter and its exercise have one name, and the download of one would replace the other.
    html = re.sub(r'<a (?=href="[^"]*_sources/book/([\w-]+)\.ipynb")', _download, html)
    # Scripts within the page that do nothing here, and one that could stand in a file.
    html = re.sub(r'\s*<script type="text/x-thebe-config">.*?</script>', "", html, flags=re.DOTALL)
    html = re.sub(r"\s*<script>(kernelName|DOCUMENTATION_OPTIONS\.\w+) = .*?</script>", "", html)
    # No script holds up the text.
    html = re.sub(r'<script (?=[^>]*\bsrc=)(?![^>]*(\bdefer\b|"module"))', "<script defer ", html)
    html = html.replace(' onclick="window.print()"', " data-print")
    # The table of runs says it with a picture that few fonts have.
    html = re.sub(r"<td><p>✅</p></td>", "<td><p>ran</p></td>", html)
    # docutils marks references up with a role that ARIA has given up.
    html = html.replace('role="doc-biblioentry"', 'role="listitem"')
    return html


def write_downloads(app, folder):
    """Give the notebooks in `folder`, which readers download, the text that Jupyter can show."""
    names = {page: title.astext() for page, title in app.env.titles.items()}
    labels = app.env.get_domain("std").labels
    names |= {label: section for label, (_, _, section) in labels.items()}
    equations = app.env.get_domain("math").equations
    names |= {label: str(number) for label, (_, number) in equations.items()}
    entries = parse_file(Path(app.srcdir, "book", "references.bib")).entries
    sources = {key: (_authors(entry), entry.fields["year"]) for key, entry in entries.items()}
    for path in folder.glob("*.ipynb"):
        notebook = json.loads(path.read_text("utf-8"))
        for cell in notebook["cells"]:
            change = plain if cell["cell_type"] == "markdown" else plain_code
            cell["source"] = change("".join(cell["source"]), names, sources)
            for output in cell.get("outputs", ()):
                shown = output.get("data", {})
                if "text/markdown" in shown:
                    text = "".join(shown["text/markdown"])
                    shown["text/markdown"] = plain(text, names, sources)
        path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", "utf-8")


def _authors(entry):
    last = [" ".join(map(str, person.rich_last_names)) for person in entry.persons["author"]]
    return " and ".join(last) if len(last) < 3 else f"{last[0]} et al."


def mend_site(app, exception):
    """Mend every page, and leave out what no page asks for any more."""
    if exception or app.builder.format != "html":
        return
    site = Path(app.outdir)
    static = site / "_static"
    pages = {
        file: mend(file.read_text("utf-8"), file.name == "search.html")
        for file in sorted(site.rglob("*.html"))
        if static not in file.parents
    }
    names = {site / f"{name}.html": name for name in app.env.found_docs}
    write_cards(app, {names[file]: text for file, text in pages.items() if file in names})
    pages, math = typeset(pages)
    pages, styles = collect_styles(pages)
    (static / "styles.css").write_text(math + styles, "utf-8")
    for file, text in pages.items():
        file.write_text(secure(text), "utf-8")
    write_downloads(app, site / "_sources" / "book")
    styles = static / "styles" / "pydata-sphinx-theme.css"
    styles.write_text(FONT_AWESOME.sub("", styles.read_text("utf-8")), "utf-8")
    shutil.rmtree(static / "vendor", ignore_errors=True)
    for pattern in UNUSED:
        for path in static.glob(pattern):
            path.unlink()
    for logo in static.glob("images/logo_*"):
        if not any(logo.name in text for text in pages.values()):
            logo.unlink()


def setup(app):
    app.add_config_value("lecture_staged", False, "env", [bool])
    app.connect("config-inited", refuse_unstaged, priority=1)
    app.connect("html-page-context", drop_unused, priority=900)
    app.connect("html-page-context", add_loader)
    app.connect("html-page-context", keep_text)
    app.connect("html-page-context", add_metadata)
    app.connect("doctree-read", add_words)
    app.connect("build-finished", mend_site)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
