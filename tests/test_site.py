"""The published files, all of them, and the ways in which there must be no site."""

import ast
import os
import re
import subprocess
import sys

import nbformat
import pytest

from exercises.leaks import leaks, read_secrets
from scripts import notebooks, site

sys.path.insert(0, str(site.ROOT / "site" / "ext"))
from lecture_site import mend
from plain import CITED, FENCE, ROLE, TARGET, plain

STATIC = r"""
basic\.css book\.css book\.js check-solid\.svg clipboard\.min\.js copy-button\.svg copybutton\.css
copybutton\.js copybutton_funcs\.js design-tabs\.js doctools\.js documentation_options\.js file\.png
language_data\.js live\.js minus\.png mystnb\.[0-9a-f]+\.css play-solid\.svg plus\.png pygments\.css
searchtools\.js sphinx-design\.min\.css sphinx_highlight\.js surface\.js togglebutton\.css
togglebutton\.js scripts/bootstrap\.js scripts/bootstrap\.js\.LICENSE\.txt
scripts/pydata-sphinx-theme\.js scripts/sphinx-book-theme\.js styles/pydata-sphinx-theme\.css
styles/sphinx-book-theme\.css mathjax/(startup|core)\.js mathjax/input/tex\.js
mathjax/input/tex/extensions/[a-z0-9-]+\.js mathjax/output/chtml\.js
mathjax/output/chtml/fonts/tex\.js mathjax/output/chtml/fonts/woff-v2/MathJax_[A-Za-z0-9-]+\.woff
mathjax/a11y/assistive-mml\.js
""".split()


# JupyterLite's own files, and below files/ no others than those named in `allowed`.
LITE = r"""
[a-z0-9.-]+\.(js|json|html|png|webmanifest|ipynb) (build|extensions|static|doc|notebooks|tree)/.*
api/(contents|translations)/([a-z]+/)?[a-z]+\.json pyodide/[^/]+\.(whl|zip|js|wasm|json)
""".split()


def allowed():
    """Patterns of everything that may be published."""
    pages = site.pages(site.read_toc())
    exercises = [page.split("/")[1] for page in pages if page.startswith("exercises/")]
    patterns = [r"\.buildinfo", r"index\.html", r"genindex\.html", r"search\.html", r"objects\.inv"]
    patterns += [r"searchindex\.js"]
    patterns += [re.escape(f"{page}.html") for page in pages]
    patterns += [rf"_sources/{re.escape(page)}\.(ipynb|md)" for page in pages]
    patterns += [rf"_downloads/[0-9a-f]{{32}}/{name}\.zip" for name in exercises]
    patterns += [rf"_static/{name}" for name in STATIC]
    patterns += [rf"lite/{name}" for name in LITE]
    patterns += [rf"lite/files/(released/)?{name}\.ipynb" for name in exercises]
    patterns += [rf"lite/files/{name}\.checks\.json" for name in exercises]
    patterns += [rf"lite/files/{re.escape(page)}\.ipynb" for page in pages if "book/" in page]
    return patterns


@pytest.fixture(scope="module")
def published():
    """Every file of the site. There has to be one: nothing here is skipped."""
    assert (site.HTML / "index.html").is_file(), "no site: run `make book`"
    return sorted(
        path.relative_to(site.HTML).as_posix() for path in site.HTML.rglob("*") if path.is_file()
    )


def unexpected(files):
    pattern = re.compile("|".join(f"(?:{one})" for one in allowed()))
    return [file for file in files if not pattern.fullmatch(file)]


def test_nothing_is_published_by_accident(published):
    assert unexpected(published) == []


@pytest.mark.parametrize(
    "leak",
    [
        "_sources/exercises/questions/adagrad.py",
        "_sources/exercises/worked.ipynb",
        "exercises/worked.html",
        "exercises/adagrad.ipynb",
        "_downloads/0123456789abcdef0123456789abcdef/adagrad.ipynb",
        "_sources/.venv/lib/README.md",
        "_static/data/words.npz",
        "_images/0123.png",
        "lite/files/exercises/adagrad.ipynb",
        "lite/files/questions/adagrad.py",
        "lite/files/released/worked.ipynb",
    ],
)
def test_the_list_would_catch(leak):
    assert unexpected([leak]) == [leak]


def test_every_page_is_published_whole():
    site.check(site.HTML, site.read_toc())


def published_notebook(page):
    """The notebook that the page's button downloads."""
    return nbformat.read(site.HTML / "_sources" / f"{page}.ipynb", as_version=4)


def pages_in(folder):
    return [page for page in site.pages(site.read_toc()) if page.startswith(f"{folder}/")]


def test_published_exercises_are_the_student_edition():
    for page in pages_in("exercises"):
        # Staged with the key of its checks, which is no part of the edition.
        published = notebooks.text(notebooks.clean(published_notebook(page)))
        assert '"solution"' not in published
        assert published == site.page_source(page).read_text("utf-8")


def test_a_published_chapter_is_the_book_s_with_its_text_in_plain_markdown():
    for page in pages_in("book"):
        published, stored = published_notebook(page), notebooks.read(site.page_source(page))
        for ours, its in zip(published.cells, stored.cells, strict=True):
            texts = [
                output.get("data", {}).get("text/markdown", "")
                for output in ours.get("outputs", ())
            ]
            if its.cell_type == "code":
                code = its.source.replace("{{", "{").replace("}}", "}")
                if CITED.search(code) or ROLE.search(code):
                    ast.parse(ours.source)
                else:
                    assert ours.source == its.source
                assert not re.search(r"\{(doc|ref|eq|term|cite:[pt])\}+`", ours.source)
            else:
                texts.append(ours.source)
            for myst in (CITED, FENCE, ROLE, TARGET):
                assert not any(map(myst.search, texts))


NAMES = {"book/adagrad": "AdaGrad", "exercises/adagrad": "Exercise", "below": "Words", "sum": "2"}
SOURCES = {"a": ("Duchi et al.", "2011"), "b": ("Kingma and Ba", "2015")}


@pytest.mark.parametrize(
    ("myst", "markdown"),
    [
        ("(adagrad-try)=\n## Try it", "## Try it"),
        ("{doc}`adagrad`, {doc}`../exercises/adagrad`", "AdaGrad, Exercise"),
        ("{doc}`an exercise <../exercises/adagrad>`", "an exercise"),
        ("{ref}`below`, {ref}`down there <below>`", "Words, down there"),
        ("{doc}`nadam` by {eq}`nadam-step`", "nadam by (nadam-step)"),
        ("{term}`step`, {term}`steps <step>`, {eq}`sum`", "step, steps, (2)"),
        ("{cite:t}`a`", "Duchi et al. (2011)"),
        ("{cite:p}`a, b`", "(Duchi et al., 2011; Kingma and Ba, 2015)"),
        ("$$\na =\nb\n$$ (sum)", r"$$ a = b \tag{2} $$"),
        (
            "1.\n\n:::{admonition} AdaGrad\n:class: algorithm\n\n2.\n\n$$\ns\n$$ (sum)\n:::\n\n3.",
            "1.\n\n> **AdaGrad**\n>\n> 2.\n>\n> $$ s \\tag{2} $$\n\n3.",
        ),
        ("```{glossary}\nstep\n  One update.\n```", "**step.** One update."),
        ("```{bibliography}\n:style: plain\n```", ""),
        ("```python\nx = {1}\n```", "```python\nx = {1}\n```"),
    ],
)  # fmt: skip
def test_plain(myst, markdown):
    assert plain(myst, NAMES, SOURCES) == markdown


def test_a_chapter_downloads_under_a_name_that_no_exercise_has():
    for page in site.pages(site.read_toc()):
        html = (site.HTML / f"{page}.html").read_text("utf-8")
        (link,) = re.findall(r"<a [^>]*_sources[^>]*>", html)
        name = re.findall(r'download="([^"]*)"', link)
        assert name == ([f"{page[5:]}-chapter.ipynb"] if page.startswith("book/") else [])
    assert mend('<a href="../_sources/book/adam.ipynb">').startswith('<a download="adam-chapter')


def test_the_page_on_installing_says_what_the_download_says():
    (wheel,) = (site.STUDENT / "adagrad").glob("*.whl")
    readme = (site.STUDENT / "adagrad" / "README.md").read_text("utf-8")
    commands = re.findall(r"^    (python -m pip install .*)$", readme, re.MULTILINE)
    said = site.written(site.page_source("book/reading"))
    assert len(commands) >= 3
    assert [command for command in commands if command not in said] == []
    assert f"%pip install {wheel.name}" in said


def test_no_solution_is_published(published):
    assert leaks([site.HTML], read_secrets()) == []


def test_site_is_built_strictly(monkeypatch):
    commands = []

    class Done:
        returncode = 0

    def run(command, **kwargs):
        commands.append(command)
        return Done

    monkeypatch.setattr(site.subprocess, "run", run)
    monkeypatch.setattr(site.shutil, "rmtree", lambda *args, **kwargs: None)
    site.run_jupyter_book(site.BUILD / "nowhere", strict=True)
    assert {"-W", "-n", "--keep-going"} <= set(commands[0])


def test_plain_jupyter_book_refuses_the_root(tmp_path):
    command = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()"]
    command += ["build", str(site.ROOT), "--path-output", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert "error: this folder holds worked solutions" in done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert not list(tmp_path.rglob("*.html"))


def page(words):
    return f"<html><article>{'word ' * words}</article></html>"


@pytest.fixture
def fake(tmp_path, monkeypatch):
    """A site of one page, whose source is there too."""
    monkeypatch.setattr(site, "ROOT", tmp_path)
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "index.md").write_text("# Index\n\n" + "word " * 1000)
    html = tmp_path / "html"
    (html / "book").mkdir(parents=True)
    (html / "book" / "index.html").write_text(page(1000))
    return html


TOC = {"format": "jb-book", "root": "book/index"}


def test_whole_site_passes(fake):
    site.check(fake, TOC)


def test_missing_page_fails(fake):
    (fake / "book" / "index.html").unlink()
    with pytest.raises(site.SiteError, match=r"has no book/index\.html"):
        site.check(fake, TOC)


def test_tiny_page_fails(fake):
    (fake / "book" / "index.html").write_text(page(10))
    with pytest.raises(site.SiteError, match="is it whole"):
        site.check(fake, TOC)


def test_old_page_fails(fake):
    os.utime(fake / "book" / "index.html", (0, 0))
    with pytest.raises(site.SiteError, match="older than its source"):
        site.check(fake, TOC)


def test_a_site_stands_until_a_file_changes_or_is_missing(fake, tmp_path, monkeypatch):
    monkeypatch.setattr(site, "HTML", fake)
    monkeypatch.setattr(site, "BUILT", tmp_path / "built")
    assert not site.stands(TOC)
    site.BUILT.write_text(site.inputs())
    assert site.stands(TOC)
    (tmp_path / "lecture_code").mkdir()
    new = tmp_path / "lecture_code" / "new.py"
    new.touch()
    assert not site.stands(TOC)
    new.unlink()
    assert site.stands(TOC)
    (fake / "book" / "index.html").unlink()
    assert not site.stands(TOC)


def test_page_without_source_fails(fake):
    with pytest.raises(site.SiteError, match=r"names book/adagrad, and there is no"):
        site.page_source("book/adagrad")


def test_failed_build_leaves_no_site(tmp_path, monkeypatch):
    target = tmp_path / "html"
    target.mkdir()

    class Failed:
        returncode = 1

    monkeypatch.setattr(site, "BUILD", tmp_path)
    monkeypatch.setattr(site.subprocess, "run", lambda *args, **kwargs: Failed)
    with pytest.raises(site.SiteError, match="errors or warnings"):
        site.run_jupyter_book(target, strict=True)
    assert not target.exists()


def test_unknown_chapter_is_named():
    with pytest.raises(site.SiteError, match="there is no chapter 'adagard': CHAPTER is one of"):
        site.preview("adagard")
