"""The published files, all of them, and the ways in which there must be no site."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from xml.etree import ElementTree

import nbformat
import pytest
import yaml

from exercises.leaks import leaks, read_secrets
from scripts import notebooks, paper, site, tree
from scripts.serve import Server

sys.path.insert(0, str(site.ROOT / "site" / "ext"))
import symbols
from formulas import typeset
from lecture_site import mend
from plain import CITED, FENCE, ROLE, TARGET, plain
from policy import collect_styles, policy, secure

STATIC = r"""
basic\.css book\.css styles\.css book\.js check-solid\.svg clipboard\.min\.js copy-button\.svg
copybutton\.css copybutton\.js copybutton_funcs\.js design-tabs\.js doctools\.js
documentation_options\.js favicon\.svg file\.png jupyter\.js
language_data\.js live\.js minus\.png mystnb\.[0-9a-f]+\.css play-solid\.svg plus\.png pygments\.css
searchtools\.js sphinx-design\.min\.css sphinx_highlight\.js surface\.js togglebutton\.css
togglebutton\.js scripts/bootstrap\.js scripts/bootstrap\.js\.LICENSE\.txt
scripts/pydata-sphinx-theme\.js scripts/sphinx-book-theme\.js styles/pydata-sphinx-theme\.css
styles/sphinx-book-theme\.css mathjax/MathJax_[A-Za-z0-9-]+\.woff
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
    patterns += [r"searchindex\.js", r"_headers", r"\.nojekyll"]
    patterns += [r"downloads/(exercises|notebooks)\.zip", r"downloads/lecture_code-[\d.]+-\S+\.whl"]
    patterns += [rf"downloads/{re.escape(file.name)}" for file in tree.papers()]
    patterns += [rf"_static/cards/{page}\.png" for page in pages]
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
        "downloads/solutions.zip",
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
    commands = re.findall(r"^    (.*)$", readme, re.MULTILINE)[:-1]  # the last opens the notebook
    said = site.written(site.page_source("book/reading"))
    assert len(commands) >= 5
    assert [command for command in commands if command not in said] == []
    assert f"%pip install {wheel.name}" in said


def test_no_solution_is_published(published):
    """In all that is made here, which is not what JupyterLite and Pyodide bring along."""
    ours = [path for path in site.HTML.iterdir() if path.name != "lite"]
    ours += [site.HTML / "lite" / "files", *site.HTML.glob("lite/pyodide/lecture_code-*")]
    assert leaks(ours, read_secrets()) == []


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
    monkeypatch.setattr(site, "TEXT", fake)
    monkeypatch.setattr(tree, "ROOT", tmp_path)
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


@pytest.fixture(scope="module")
def html(published):
    """The text of every page of the book, by its name; JupyterLite's have a policy of their own."""
    files = [file for file in published if file.endswith(".html") and not file.startswith("lite/")]
    return {file: (site.HTML / file).read_text("utf-8") for file in files}


def test_every_page_states_first_that_it_asks_its_own_host_only(html):
    first = re.compile(
        r'<meta charset="utf-8" />\s*'
        r'<meta http-equiv="Content-Security-Policy" content="([^"]*)" />'
    )
    for name, text in html.items():
        stated = first.search(text)
        assert stated, name
        assert not re.search("<(script|style|link|img)", text[: stated.start()]), name
        rules = dict(rule.split(" ", 1) for rule in stated[1].split("; "))
        assert rules.pop("default-src") == "'none'"
        assert set(" ".join(rules.values()).split()) <= {
            "'self'",
            "'none'",
            "data:",
            *re.findall(r"'sha256-[\w+/=]{44}'", stated[1]),
        }
        assert [name for name, rule in rules.items() if "data:" in rule] in ([], ["img-src"])


def test_no_page_has_a_style_or_a_handler_of_its_own(html):
    for name, text in html.items():
        tags = re.findall(
            r"<[a-z][^<>]*>", re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)
        )
        assert [tag for tag in tags if re.search(r"\s(style|on\w+)=", tag)] == [], name
        assert len(re.findall("<style", text)) <= 1, name  # without scripts, in <noscript>


def test_styles_become_classes():
    pages = {
        "a": '<p style="color: red">1</p><b class="x" style="top: 0" title="a > b">2</b>',
        "b": '<i style="color: red" class="y"/><script>"<p style=\'\'>"</script><u>"style="</u>',
    }
    changed, sheet = collect_styles(pages)
    assert changed == {
        "a": '<p class="s0">1</p><b class="s1 x" title="a > b">2</b>',
        "b": '<i class="s0 y"/><script>"<p style=\'\'>"</script><u>"style="</u>',
    }
    assert ".s0.s0.s0 { color: red }" in sheet


def test_a_policy_names_the_scripts_of_the_page_by_their_hashes():
    page = '<meta charset="utf-8" /><script>1</script><script src="x.js"></script>'
    one = "'sha256-a4ayc/80/OGda4BO/1o/V0etpOqiLx1JwB5S3beHW0s='"  # of "1"
    assert f"script-src 'self' {one};" in policy(page)
    assert "style-src 'self';" in policy(page)
    data = '<script type="application/json">{}</script>'
    assert policy(page + data) == policy(page)
    assert secure(page).index("Content-Security-Policy") < secure(page).index("<script>")


def test_formulas_are_typeset_with_their_meaning():
    span = '<span class="math notranslate nohighlight">\\(a &lt; b\\)</span>'
    div = (
        '<div class="math notranslate nohighlight" id="e">\n'
        '<span class="eqno">(1)</span>\\[\\frac{1}{2}\\]</div>'
    )
    made, sheet = typeset({"page": span + div})
    assert "<mi>a</mi><mo>&lt;</mo><mi>b</mi>" in made["page"]
    assert '<span class="eqno">(1)</span><mjx-container' in made["page"]
    assert "<mfrac>" in made["page"]
    assert "mjx-assistive-mml" in sheet
    assert typeset({"page": span + div}) == (made, sheet)


@pytest.mark.parametrize("tex", [r"\frac{1", r"\nosuchcommand"])
def test_a_wrong_formula_is_named(tex):
    span = f'<span class="math notranslate nohighlight">\\({tex}\\)</span>'
    with pytest.raises(Exception, match=re.escape(tex)):
        typeset({"page": span})


def test_the_search_knows_symbols_by_name():
    assert symbols.words(r"\hat\beta_2 + \beta_{1} \le \epsilon_t \etal") == {
        *("beta2", "β2", "β₂", "beta1", "β1", "β₁", "epsilont", "εt"),
    }


def test_every_page_introduces_itself(html):
    said = {}
    for page in site.pages(site.read_toc()):
        meta = dict(
            re.findall(r'<meta (?:name|property)="([^"]*)" content="([^"]*)"', html[f"{page}.html"])
        )
        assert 40 < len(meta["description"]) <= 300, page
        assert meta["og:description"] == meta["description"]
        assert not re.search(r"\\[a-z]|\$|\[\d{4}", meta["description"]), page
        assert meta["og:title"] and meta["og:site_name"] == "Adaptive Learning Rates"
        picture = (site.HTML / page).parent / meta["og:image"]
        assert picture.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
        assert picture.read_bytes()[16:24] == bytes([0, 0, 4, 176, 0, 0, 2, 118])  # 1200 by 630
        said[page] = meta["description"]
    assert len(set(said.values())) == len(said)


def test_a_page_with_figures_shares_one(html):
    blank = (site.HTML / "_static/cards/book/notation.png").stat().st_size
    for page in pages_in("book"):
        if "lc-picture" in html[f"{page}.html"]:
            assert (site.HTML / f"_static/cards/{page}.png").stat().st_size > 1.3 * blank, page


def test_downloads_hold_every_notebook_and_what_it_needs():
    names = {page: page.split("/")[1] for page in site.pages(site.read_toc())}
    exercises = {names[page] for page in pages_in("exercises")}
    (wheel,) = (site.HTML / "downloads").glob("*.whl")
    common = {wheel.name, "requirements.txt", "README.md"}
    common |= {f"{name}{end}" for name in exercises for end in (".ipynb", ".checks.json")}
    chapters = {f"{names[page]}-chapter.ipynb" for page in pages_in("book")}
    for name, held in (("exercises", common), ("notebooks", common | chapters)):
        with zipfile.ZipFile(site.HTML / "downloads" / f"{name}.zip") as bundle:
            assert {info.filename for info in bundle.infolist()} == {f"{name}/{f}" for f in held}
            assert wheel.name in bundle.read(f"{name}/README.md").decode()


def test_the_table_of_downloads_has_a_row_for_every_file_that_is_there(html):
    rows = [
        re.findall(r'href="\.\./downloads/([^"]*)"', row)
        for row in re.findall("<tr.*?</tr>", html["book/downloads.html"], re.DOTALL)[1:]
    ]
    files = {file.name for file in (site.HTML / "downloads").iterdir() if file.suffix != ".whl"}
    assert sorted(rows) == sorted([name] for name in files)


def test_every_exercise_is_a_download(html):
    found = re.findall(r'href="\.\./_downloads/\w+/([^"]*)"', html["book/downloads.html"])
    assert sorted(found) == sorted(f"{page.split('/')[1]}.zip" for page in pages_in("exercises"))


@pytest.mark.parametrize("made", [(), ("epub",), ("epub", "pdf")])
def test_a_book_on_paper_is_offered_where_it_was_made(monkeypatch, made):
    names = [f"{paper.NAME}.{ending}" for ending in made]
    monkeypatch.setattr(tree, "papers", lambda: [site.BUILD / name for name in names])
    text = site.page_source("book/downloads").read_text("utf-8")
    before, after = (nbformat.reads(one, 4).cells[0].source for one in (text, site.only_made(text)))
    offered = [line for line in before.splitlines() if paper.NAME in line]
    assert len(offered) == 2
    dropped = set(before.splitlines()) - set(after.splitlines())
    assert dropped == {line for line in offered if not any(name in line for name in names)}


def test_downloads_are_the_same_bytes_again(tmp_path):
    shutil.copytree(site.HTML / "_sources", tmp_path / "_sources")
    tree.write_downloads(tmp_path, site.pages(site.read_toc()))
    for file in (tmp_path / "downloads").iterdir():
        assert file.read_bytes() == (site.HTML / "downloads" / file.name).read_bytes()


@pytest.mark.parametrize(
    ("link", "leads"),
    [
        ('<a href="other.html">', True),
        ('<a href="other.html#there">', True),
        ('<a class="x" href="#here">', True),
        ('<a href="https://example.org/nowhere">', True),
        ('<a href="missing.html">', False),
        ('<a href="other.html#missing">', False),
        ('<a href="#missing">', False),
        ('<img alt="" src="missing.png">', False),
    ],
)
def test_a_link_that_leads_nowhere_fails(fake, link, leads):
    (fake / "book" / "other.html").write_text('<p id="there">')
    file = fake / "book" / "index.html"
    file.write_text(f'{file.read_text()}<p id="here">{link}')
    if leads:
        site.check(fake, TOC)
    else:
        with pytest.raises(site.SiteError, match=r"nowhere: book/index\.html: .*missing"):
            site.check(fake, TOC)


def test_old_addresses_lead_to_the_new(tmp_path, monkeypatch):
    monkeypatch.setattr(tree, "REDIRECTS", tmp_path / "redirects.yml")
    tree.REDIRECTS.write_text("index: book/index\nold/far/adam: book/adam\n")
    for page in ("index", "adam"):
        (tmp_path / "book").mkdir(exist_ok=True)
        text = f'<meta property="og:title" content="{page.title()}" />'
        (tmp_path / "book" / f"{page}.html").write_text(text)
    tree.write_redirects(tmp_path)
    assert 'content="0; url=book/index.html"' in (tmp_path / "index.html").read_text()
    moved = (tmp_path / "old" / "far" / "adam.html").read_text()
    assert 'content="0; url=../../book/adam.html"' in moved and ">Adam</a>" in moved
    tree.REDIRECTS.write_text("old/eve: book/eve\n")
    with pytest.raises(FileNotFoundError, match="old/eve leads to book/eve, which is no page"):
        tree.write_redirects(tmp_path)


def test_a_known_address_gives_a_site_map(tmp_path):
    tree.write_sitemap(tmp_path, ["book/index", "book/adam"], "https://example.org/course/")
    text = (tmp_path / "sitemap.xml").read_text("utf-8")
    places = [element.text for element in ElementTree.fromstring(text).findall("{*}url/{*}loc")]
    assert places == [f"https://example.org/course/book/{name}.html" for name in ("index", "adam")]
    assert "https://example.org/course/sitemap.xml" in (tmp_path / "robots.txt").read_text()


RUN_CELL = """
import json, sys
from IPython.core.interactiveshell import InteractiveShell
shell, installed = InteractiveShell(), []
shell.register_magic_function(installed.append, magic_name="pip")
if sys.argv[2] == "missing":
    sys.modules["lecture_code"] = None
shell.run_cell(sys.argv[1]).raise_error()
print(json.dumps(installed))
"""


@pytest.mark.parametrize("package", ["missing", "there"])
@pytest.mark.parametrize("page", ["book/adam", "exercises/adam"])
def test_the_first_cell_finds_or_installs_what_the_notebook_needs(tmp_path, page, package):
    checks = tmp_path / "adam.checks.json"
    served = site.STUDENT / "adam" / checks.name
    published = tmp_path / "tree" / "_sources" / "exercises"
    published.mkdir(parents=True)
    shutil.copy(served, published)
    (tmp_path / "tree" / "index.html").touch()
    with Server(tmp_path / "tree", prefix="/course/") as server:
        address = server.url
        cell = tree.setup_cell(page, address, "lecture_code-9.whl")
        command = [sys.executable, "-c", RUN_CELL, "".join(cell["source"]), package]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    wheel = f"install --quiet {address}downloads/lecture_code-9.whl"
    assert json.loads(done.stdout) == ([wheel] if package == "missing" else [])
    if page.startswith("exercises/"):
        assert checks.read_bytes() == served.read_bytes()
    else:
        assert not checks.exists()


def test_a_known_address_prepares_the_notebooks_for_colab_and_binder(tmp_path):
    pages = ["book/adam", "book/notation", "exercises/adam"]
    for page in pages:
        file = tmp_path / "_sources" / f"{page}.ipynb"
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(site.HTML / "_sources" / f"{page}.ipynb", file)
    shutil.copytree(site.HTML / "downloads", tmp_path / "downloads")
    tree.write_setup(tmp_path, pages, "https://example.org/course/")
    first = {}
    for page in pages:
        notebook = nbformat.read(tmp_path / "_sources" / f"{page}.ipynb", as_version=4)
        nbformat.validate(notebook)
        first[page] = notebook.cells[0]
    assert "https://example.org/course/downloads/lecture_code" in first["book/adam"].source
    assert "adam.checks.json" in first["exercises/adam"].source
    assert (tmp_path / "_sources" / "exercises" / "adam.checks.json").is_file()
    wanted = (tmp_path / "binder" / "requirements.txt").read_text().splitlines()
    assert (tmp_path / wanted[-1]).is_file() and any(w.startswith("numpy==") for w in wanted)


def test_buttons_for_colab_and_binder_come_with_a_public_repository_only():
    config = yaml.safe_load((site.ROOT / "_config.yml").read_text("utf-8"))
    config["repository"]["url"] = ""
    assert not {"colab_url", "binderhub_url"} & set(site.staged(config)["launch_buttons"])
    config["repository"]["url"] = "https://github.com/example/course"
    staged = site.staged(config)
    assert {"colab_url", "binderhub_url"} <= set(staged["launch_buttons"])
    assert staged["repository"]["path_to_book"] == "_sources"  # the published tree, nothing else


def test_the_workflow_tests_before_it_publishes():
    text = (site.ROOT / ".github" / "workflows" / "site.yml").read_text("utf-8")
    steps = yaml.safe_load(text)["jobs"]["build"]["steps"]
    run = [step.get("run", step.get("uses", "")) for step in steps]
    order = [
        "make test",
        "make publish",
        "actions/upload-artifact",
        "actions/upload-pages-artifact",
    ]
    found = [next(i for i, one in enumerate(run) if one.startswith(start)) for start in order]
    assert found == sorted(found)
    made = re.findall(r"^([\w-]+):", (site.ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(re.findall(r"make ([\w-]+)", text)) <= set(made)
    assert all(s["with"]["path"] == "_build/html" for s in steps if "upload" in s.get("uses", ""))
