"""Build the site into `_build/html`: `python -m scripts.site [--chapter adagrad]`.

The sources are staged in `_build/source` first: the book, the *student* edition of the exercises
(the worked notebooks hold solutions and are never staged), MathJax's fonts and our own files. A
site that is incomplete, or has a warning, is no site: `_build/html` is then absent.
"""

import argparse
import copy
import hashlib
import json
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import yaml
from bs4 import BeautifulSoup
from nbclient.exceptions import CellExecutionError

from scripts import notebooks, tree

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "_build"
SOURCE = BUILD / "source"
HTML = BUILD / "html"
TEXT = BUILD / "text"  # what each page says, without the theme: for scripts/paper.py
PREVIEW = BUILD / "preview"
BUILT = BUILD / "html.built"  # what the site was built from
EXTERNAL = BUILD / "external-links.txt"
STUDENT = BUILD / "student"
MATHJAX = ROOT / "node_modules" / "mathjax" / "es5"
MATHJAX_FONTS = MATHJAX / "output" / "chtml" / "fonts" / "woff-v2"
# jupyter-book without the traceback of its own that ends a failed build.
JUPYTER_BOOK = """
from jupyter_book.cli.main import main
try:
    main()
except RuntimeError:
    raise SystemExit(1)
"""
# Buttons for the notebooks of the published tree, where a public repository holds it.
LAUNCH = {
    "binderhub_url": "https://mybinder.org",
    "colab_url": "https://colab.research.google.com",
}
OFFER = re.compile(r"\.\./downloads/([\w-]+\.(?:pdf|epub))")
SMALLEST_PAGE = 2048  # bytes of text; a page whose source says less has to have that


class SiteError(Exception):
    """The site cannot be built, or what was built is not what it should be."""


def pages(toc):
    """The pages that a table of contents (a dict) names, in order, without their suffix."""
    found = [toc["root"]] if "root" in toc else []
    if "file" in toc:
        found.append(toc["file"])
    for key in ("parts", "chapters", "sections"):
        for item in toc.get(key, ()):
            found += pages(item)
    return found


def read_toc():
    return yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))


def page_source(page):
    """The file that is staged for a page: of an exercise, the student edition."""
    folder, name = page.split("/")
    if folder == "exercises":
        return STUDENT / name / f"{name}.ipynb"
    for suffix in (".ipynb", ".md"):
        if (ROOT / f"{page}{suffix}").is_file():
            return ROOT / f"{page}{suffix}"
    raise SiteError(f"_toc.yml names {page}, and there is no {page}.ipynb or .md")


def only_made(text):
    """The lines of a notebook's `text`, without those that offer a PDF or an EPUB not made yet."""
    made = [file.name for file in tree.papers()]
    offered = ((OFFER.search(line), line) for line in text.splitlines(keepends=True))
    return "".join(line for offer, line in offered if not offer or offer[1] in made)


def staged(config):
    """The configuration of the staged book, from that in `_config.yml`."""
    config = copy.deepcopy(config)
    config["execute"]["cache"] = str(notebooks.runs())
    if config["repository"]["url"]:
        config["launch_buttons"] |= LAUNCH
    config["sphinx"]["config"]["lecture_staged"] = True
    return config


def stage(toc):
    """Make `_build/source` anew, with the pages of `toc` and nothing else to publish."""
    shutil.rmtree(SOURCE, ignore_errors=True)
    for page in pages(toc):
        source = page_source(page)
        target = SOURCE / f"{page}{source.suffix}"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        if page.startswith("exercises/"):
            name = target.stem
            checks = STUDENT / name / f"{name}.checks.json"
            target.write_text(notebooks.text(notebooks.keyed(notebooks.read(source), checks)))
            for file in (checks, STUDENT / f"{name}.zip"):
                shutil.copyfile(file, target.parent / file.name)
        elif page == "book/downloads":
            target.write_text(only_made(source.read_text("utf-8")), "utf-8")
    for path in (ROOT / "book").iterdir():
        if path.suffix in {".bib", ".svg", ".png"}:
            shutil.copyfile(path, SOURCE / "book" / path.name)

    shutil.copytree(ROOT / "site", SOURCE / "site", ignore=shutil.ignore_patterns("__pycache__"))
    web = SOURCE / "site" / "_web"
    if not MATHJAX_FONTS.is_dir():
        raise SiteError("MathJax is missing in node_modules: run `make setup`")
    shutil.copytree(MATHJAX_FONTS, web / "mathjax")
    (web / "styles.css").touch()  # the site's extension writes it
    for module in (ROOT / "lecture_code").glob("*.js"):
        shutil.copyfile(module, web / module.name)

    config = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
    (SOURCE / "_config.yml").write_text(yaml.safe_dump(staged(config)), "utf-8")
    (SOURCE / "_toc.yml").write_text(yaml.safe_dump(toc, sort_keys=False), "utf-8")


def run_notebooks(toc):
    """Run the notebooks of `toc`, two at a time, into the cache that the build reads."""
    paths = [page_source(page) for page in pages(toc)]
    try:
        notebooks.execute_all([path for path in paths if path.suffix == ".ipynb"])
    except CellExecutionError as error:
        raise SiteError(f"a notebook does not run: {error}") from None


def run_jupyter_book(target, strict):
    """Build `_build/source` and move the result to `target`, which is absent if anything fails."""
    work = BUILD / "work"
    shutil.rmtree(work, ignore_errors=True)
    shutil.rmtree(target, ignore_errors=True)
    command = [sys.executable, "-c", JUPYTER_BOOK]
    command += ["build", str(SOURCE)]
    command += ["--path-output", str(work), "--all", "-n", "-q"]
    command += ["-W", "--keep-going"] if strict else []
    # Its last words name the folder it worked in; what goes wrong comes on stderr.
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    if done.returncode:
        raise SiteError("the book has errors or warnings (above): there is no site")
    return work / "_build" / "html"


def check(html, toc):
    """Raise SiteError unless `html` has every page of `toc`, whole and newer than its source."""
    for page in pages(toc):
        file = html / f"{page}.html"
        if not file.is_file():
            raise SiteError(f"the site has no {page}.html")
        text = article_text(file.read_text("utf-8"))
        if len(text.encode()) < min(SMALLEST_PAGE, max(200, len(written(page_source(page))) // 2)):
            raise SiteError(f"{page}.html has only {len(text)} characters of text: is it whole?")
        # The student edition is made anew at will; what an author edits is the worked notebook.
        edited = ROOT / f"{page}{page_source(page).suffix}"
        if file.stat().st_mtime < edited.stat().st_mtime:
            raise SiteError(f"{page}.html is older than its source")
    broken, _ = tree.links(html)
    if broken:
        raise SiteError(f"a link leads nowhere: {'; '.join(broken[:3])}")


def written(source):
    """The prose of a source: the Markdown of a notebook, or of a file."""
    text = source.read_text("utf-8")
    if source.suffix == ".md":
        return text
    cells = json.loads(text)["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")


def article_text(html):
    """The text that a page shows in its article."""
    article = BeautifulSoup(html, "html.parser").find("article")
    return " ".join(article.get_text(" ").split()) if article else ""


def inputs():
    """A digest of everything that a build reads."""
    digest = hashlib.sha256(tree.sources().encode())
    for path in tree.papers():
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def stands(toc):
    """Whether the site was built from these very inputs, and is still whole."""
    try:
        if BUILT.read_text() != inputs() or not TEXT.is_dir():
            return False
        check(HTML, toc)
    except (OSError, SiteError):
        return False
    return True


def build():
    """The whole site, strictly. Returns `_build/html`."""
    if stands(read_toc()):
        return HTML
    BUILT.unlink(missing_ok=True)
    shutil.rmtree(TEXT, ignore_errors=True)
    if subprocess.run([sys.executable, "-m", "exercises.student"], cwd=ROOT).returncode:
        raise SiteError("the student edition of the exercises could not be made (above)")
    toc, read = read_toc(), inputs()
    run_notebooks(toc)
    stage(toc)
    html = run_jupyter_book(HTML, strict=True)
    try:
        tree.complete(html, pages(toc))
    except FileNotFoundError as error:
        raise SiteError(error) from None
    check(html, toc)
    html.with_name("text").rename(TEXT)
    html.rename(HTML)
    EXTERNAL.write_text("\n".join(tree.links(HTML)[1]) + "\n", "utf-8")
    BUILT.write_text(read)
    notebooks.forget_old_runs()
    return HTML


def preview(chapter):
    """One chapter and the index, quickly; links to other pages are only warned about."""
    if not any((ROOT / "book" / f"{chapter}{suffix}").is_file() for suffix in (".ipynb", ".md")):
        known = sorted(path.stem for path in (ROOT / "book").glob("*.ipynb"))
        raise SiteError(f"there is no chapter {chapter!r}: CHAPTER is one of {', '.join(known)}")
    root = read_toc()["root"]
    toc = {"format": "jb-book", "root": root}
    if f"book/{chapter}" != root:
        toc["chapters"] = [{"file": f"book/{chapter}"}]
    run_notebooks(toc)
    stage(toc)
    run_jupyter_book(PREVIEW, strict=False).rename(PREVIEW)
    return PREVIEW / "book" / f"{chapter}.html"


def main():
    parser = argparse.ArgumentParser(description="Build the site into _build/html.")
    parser.add_argument("--chapter", help="only this chapter and the index, into _build/preview")
    args = parser.parse_args()
    start = time.perf_counter()
    try:
        place = preview(args.chapter) if args.chapter else build() / "index.html"
    except SiteError as error:
        raise SystemExit(f"error: {error}") from None
    print(f"{place.relative_to(ROOT)} ({time.perf_counter() - start:.0f} s)")


if __name__ == "__main__":
    main()
