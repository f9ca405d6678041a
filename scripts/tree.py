"""What is published beside the pages: downloads, redirects, a site map, what hosts read.

`scripts/site.py` completes every build with it, so that nothing of this can be older than a page.
"""

import hashlib
import json
import re
import shutil
import sys
import tempfile
from html import escape, unescape
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import yaml

from exercises.student import INSTALL, requirements, zip_folder

ROOT = Path(__file__).resolve().parents[1]
STUDENT = ROOT / "_build" / "student"
PAPER = ROOT / "_build" / "paper"  # a folder for the sources that it was made of
INPUTS = ("book", "exercises", "lecture_code", "scripts", "site", "_config.yml", "_toc.yml")
INPUTS += ("requirements.txt", "pyproject.toml", "package-lock.json")
REDIRECTS = ROOT / "site" / "redirects.yml"
README = (
    """# {title}

The notebooks of the book need `lecture_code`, its code.

"""
    + INSTALL
    + """
Then `python -m notebook` lists the notebooks. {rest}
"""
)
CHAPTERS = "The pages of the book end in `-chapter.ipynb`; the others are exercises."
EXERCISES = "Keep the files that end in `.checks.json` beside them."
REDIRECT = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8" />
<meta http-equiv="Content-Security-Policy" content="default-src 'none'" />
<meta http-equiv="refresh" content="0; url={target}" />
<link rel="canonical" href="{target}" />
<title>{title}</title>
<p>This page has moved: <a href="{target}">{title}</a>.</p>
</html>
"""
# Where a host can send headers: what a <meta> element cannot say.
HEADERS = """/*
  Content-Security-Policy: frame-ancestors 'self'
  X-Content-Type-Options: nosniff
  Referrer-Policy: no-referrer
"""
# The first cell of a notebook that Colab or Binder opens from the published tree.
SETUP = """# Where the code of the book is missing, as in Colab, get it from the book's site.
try:
    import lecture_code
except ModuleNotFoundError:
    %pip install --quiet {address}downloads/{wheel}
"""
SETUP_CHECKS = """
from pathlib import Path
from urllib.request import urlretrieve

if not Path("{name}.checks.json").exists():
    urlretrieve(
        "{address}_sources/exercises/{name}.checks.json", "{name}.checks.json"
    )
"""
LINK = re.compile(r'<(?:a|link|script|img|iframe|source)\b[^>]*?\s(?:href|src)="([^"]*)"')
NAME = re.compile(r'\s(?:id|name)="([^"]*)"')


def read_address():
    """Where the site is published, with a slash at its end, or "" where nobody has said it."""
    address = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))["html"]["baseurl"]
    return address and address.rstrip("/") + "/"


def sources(names=INPUTS):
    """A digest of every file of the repository that a build reads, and of the Python that runs."""
    digest = hashlib.sha256(sys.version.encode())
    for path in sorted(
        file for name in INPUTS for file in [ROOT / name, *(ROOT / name).rglob("*")]
    ):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(f"{path.relative_to(ROOT)} {path.stat().st_size} ".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def paper_folder():
    """Where the book on paper is, once it was made of the sources as they are now."""
    return PAPER / sources()[:16]


def papers():
    """The PDF and the EPUB of the book, where they were made of the sources as they are now."""
    folder = paper_folder()
    return sorted([*folder.glob("*.pdf"), *folder.glob("*.epub")])


def write_downloads(html, pages):
    """Put the package, all notebooks and the book to print into `html/downloads`."""
    folder = html / "downloads"
    folder.mkdir(exist_ok=True)
    (wheel,) = (STUDENT / "adagrad").glob("*.whl")
    for file in (wheel, *papers()):
        shutil.copyfile(file, folder / file.name)
    exercises = []
    for page in pages:
        kind, name = page.split("/")
        if kind == "exercises":
            exercises += [STUDENT / name / f"{name}{end}" for end in (".ipynb", ".checks.json")]
    chapters = sorted((html / "_sources" / "book").glob("*.ipynb"))
    for name, title, rest, files in (
        ("exercises", "All exercises", EXERCISES, exercises),
        ("notebooks", "All notebooks", f"{CHAPTERS} {EXERCISES}", [*exercises, *chapters]),
    ):
        with tempfile.TemporaryDirectory() as work:
            made = Path(work, name)
            made.mkdir()
            for file in files:
                chapter = "-chapter.ipynb" if file in chapters else None
                shutil.copyfile(file, made / (file.stem + chapter if chapter else file.name))
            shutil.copyfile(wheel, made / wheel.name)
            (made / "requirements.txt").write_text(requirements(), "utf-8")
            text = README.format(title=title, wheel=wheel.name, rest=rest)
            (made / "README.md").write_text(text, "utf-8")
            zip_folder(made, folder / f"{name}.zip")


def write_redirects(html):
    """Let every address that a page once had lead to the one it has now (`site/redirects.yml`)."""
    for old, new in yaml.safe_load(REDIRECTS.read_text("utf-8")).items():
        page = html / f"{new}.html"
        if not page.is_file():
            raise FileNotFoundError(f"{REDIRECTS.name}: {old} leads to {new}, which is no page")
        title = re.search(r'<meta property="og:title" content="([^"]*)"', page.read_text("utf-8"))
        target = "../" * old.count("/") + f"{new}.html"
        (html / f"{old}.html").parent.mkdir(parents=True, exist_ok=True)
        (html / f"{old}.html").write_text(REDIRECT.format(target=target, title=title[1]), "utf-8")


def setup_cell(page, address, wheel):
    """The cell that finds or installs what the notebook of a page needs."""
    kind, name = page.split("/")
    text = SETUP + (SETUP_CHECKS if kind == "exercises" else "")
    text = text.format(address=address, wheel=wheel, name=name).rstrip("\n")
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": "setup",
        "metadata": {"jupyter": {"source_hidden": True}},
        "outputs": [],
        "source": text.splitlines(keepends=True),
    }


def write_setup(html, pages, address):
    """Let the notebooks of the tree run in Colab and Binder, which open them there."""
    (wheel,) = (html / "downloads").glob("*.whl")
    for page in pages:
        file = html / "_sources" / f"{page}.ipynb"
        notebook = json.loads(file.read_text("utf-8"))
        if any(cell["cell_type"] == "code" for cell in notebook["cells"]):
            notebook["cells"].insert(0, setup_cell(page, address, wheel.name))
            text = json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"
            file.write_text(text, "utf-8")
        if page.startswith("exercises/"):
            name = file.with_suffix(".checks.json").name
            shutil.copyfile(STUDENT / file.stem / name, file.with_name(name))
    binder = html / "binder"
    binder.mkdir(exist_ok=True)
    (binder / "requirements.txt").write_text(f"{requirements()}./downloads/{wheel.name}\n")
    (binder / "runtime.txt").write_text("python-3.11\n")


def write_sitemap(html, pages, address):
    """List the pages for search engines, which take no address that is not whole."""
    places = "".join(f"<url><loc>{escape(address)}{page}.html</loc></url>\n" for page in pages)
    (html / "sitemap.xml").write_text(
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{places}</urlset>\n',
        "utf-8",
    )
    (html / "robots.txt").write_text(f"Sitemap: {address}sitemap.xml\n", "utf-8")


def complete(html, pages):
    """Add to the pages in `html` everything else that is published with them."""
    address = read_address()
    write_downloads(html, pages)
    write_redirects(html)
    (html / "_headers").write_text(HEADERS, "utf-8")
    (html / ".nojekyll").touch()  # or GitHub Pages leaves out every name that begins with "_"
    if address:
        write_sitemap(html, pages, address)
        write_setup(html, pages, address)


def links(html):
    """The links of a site: (those that lead nowhere, as "page: link"; the addresses elsewhere)."""
    names, broken, elsewhere = {}, [], set()
    files = [
        file for place in ("*", "book/*", "exercises/*") for file in html.glob(f"{place}.html")
    ]
    texts = {file.relative_to(html).as_posix(): file.read_text("utf-8") for file in files}
    for page, text in texts.items():
        names[page] = {unescape(name) for name in NAME.findall(text)}
    for page, text in texts.items():
        for link in {unescape(link) for link in LINK.findall(text)}:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                elsewhere.add(link)
                continue
            target = unquote(urljoin(page, parts.path)) if parts.path else page
            exists = (html / target).is_file()
            fragment = unquote(parts.fragment)
            if not exists or (fragment and fragment not in names.get(target, {fragment})):
                broken.append(f"{page}: {link}")
    return sorted(broken), sorted(elsewhere)
