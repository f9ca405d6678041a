"""The book on paper: a chapter and its exercise here, the whole book with `make test-all`."""

import io
import posixpath
import re
import shutil
import subprocess
import unicodedata
import zipfile
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup
from pypdf import PdfReader

from scripts import paper, site

SAMPLE = {"book/adagrad", "exercises/adagrad", "book/bibliography"}
SVG, MATH, XHTML = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1998/Math/MathML}", "{*}"
RAW = [":::", "{ref}", "{doc}", "{eq}", "{cite", r"\(", r"\[", "Hide the code", "Open the answers"]
TINY = """<section id="tiny"><h1>A tiny page{}</h1><p>The formula
<span class="math notranslate nohighlight">\\(x^2\\)</span>, and <a class="reference internal"
href="tiny.html#more"><span class="std std-ref">more</span></a>.</p>{}
<section id="more"><h2>More</h2><p>Words.</p></section></section>"""


def tiny(body="", title=""):
    """A book of one page."""
    html = TINY.format(title, body)
    return [{"name": "book/tiny", "slug": "tiny", "part": "Part", "html": html}]


@pytest.fixture(
    scope="module", params=["sample", pytest.param("whole", marks=pytest.mark.thorough)]
)
def book(request, browser):
    """The chapters (texts of the site), the PDF and the files of the EPUB."""
    chapters = paper.pages(site.read_toc())
    pages = range(300, 460)
    if request.param == "sample":
        chapters = [chapter for chapter in chapters if chapter["name"] in SAMPLE]
        pages = range(20, 45)
    for chapter in chapters:
        # Beautiful Soup is slow, and reads neither pictures nor the data of live figures here.
        text = re.sub(r"<(svg|script).*?</\1>", "", chapter["html"], flags=re.DOTALL)
        chapter["soup"] = BeautifulSoup(text, "html.parser")
    sent = [{key: chapter[key] for key in ("name", "slug", "part", "html")} for chapter in chapters]
    epub = paper.make_epub(sent, browser)
    pdf = PdfReader(io.BytesIO(paper.make_pdf(sent, browser)))
    return SimpleNamespace(
        chapters=chapters,
        pages=pages,
        pdf=pdf,
        text=[page.extract_text() for page in pdf.pages],
        epub=epub,
        files=unpacked(epub),
    )


def unpacked(epub):
    with zipfile.ZipFile(io.BytesIO(epub)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def letters(text):
    """What is left of a text when neither lines nor marks count."""
    return re.sub(r"[^a-z0-9]", "", unicodedata.normalize("NFKC", text).lower())


def paragraphs(chapter):
    """The paragraphs of a page that paper shows word for word, those without mathematics."""
    for paragraph in chapter["soup"].find_all("p"):
        if paragraph.find_parent("details") or paragraph.find(["a", "span"]):
            continue
        text = paragraph.get_text()
        if len(text) > 30 and not text.startswith("Open the answers"):
            yield text


def headings(chapter):
    for heading in chapter["soup"].find_all(["h1", "h2", "h3"]):
        if not heading.find(class_="math"):
            yield heading.get_text().removesuffix("#")


def alternatives(chapter):
    found = re.findall(r'<svg class="lc-picture" role="img" aria-label="([^"]*)"', chapter["html"])
    return [BeautifulSoup(text, "html.parser").get_text() for text in found]


# -- PDF


def outline(items, depth=0):
    for item in items:
        if isinstance(item, list):
            yield from outline(item, depth + 1)
        else:
            yield depth, item.title


def structure(reader, kind):
    """The elements of a kind in the structure that screen readers follow."""
    found = (reader.get_object(number) for number in range(1, reader.trailer["/Size"]))
    for thing in found:
        if isinstance(thing, dict) and thing.get("/Type") == "/StructElem" and thing["/S"] == kind:
            yield thing


SHOWN = re.compile(rb"/(\w+) [\d.]+ Tf|<([0-9A-F]+)> Tj")  # as Chromium writes it


def drawings(thing):
    """What a page or a part of it draws, and its fonts, and the same of the parts it draws."""
    resources = thing["/Resources"]
    stream = thing.get_contents() if hasattr(thing, "get_contents") else thing
    yield stream.get_data(), resources.get("/Font", {})
    for part in resources.get("/XObject", {}).values():
        if part.get_object()["/Subtype"] == "/Form":
            yield from drawings(part.get_object())


def glyphs(reader):
    """(page, font, whether it is embedded, whether it shows the box of a missing glyph)."""
    for number, page in enumerate(reader.pages, 1):
        for data, fonts in drawings(page):
            used = {}
            for name, codes in SHOWN.findall(data):
                if name:
                    shown = used.setdefault(f"/{name.decode()}", [])
                else:
                    shown += re.findall(rb"....", codes)
            for name, shown in used.items():
                font = fonts[name].get_object()
                if font["/Subtype"] == "/Type3":  # the glyphs themselves, drawn in the file
                    yield number, "Type 3", True, False
                    continue
                below = font["/DescendantFonts"][0].get_object()
                embedded = "/FontFile2" in below["/FontDescriptor"].get_object()
                yield number, font["/BaseFont"].split("+")[-1], embedded, b"0000" in shown


def unsound_glyphs(reader):
    """What is not in the fonts that the book brings, and embedded."""
    ours = re.compile(r"STIXGeneral|DejaVuSans|Type 3")
    return [
        (page, font)
        for page, font, embedded, missing in glyphs(reader)
        if missing or not embedded or not ours.match(font)
    ]


def test_pages_are_as_many_as_they_should_be_and_none_is_empty(book):
    assert len(book.pdf.pages) in book.pages
    assert [i for i, text in enumerate(book.text) if len(text) < 60] == []


def test_every_glyph_is_there_and_every_font_embedded(book):
    assert unsound_glyphs(book.pdf) == []
    used = {font for _, font, _, _ in glyphs(book.pdf)}
    assert {"STIXGeneral-Regular", "DejaVuSans-Bold", "DejaVuSansMono", "Type 3"} <= used
    assert "\ufffd" not in "".join(book.text)


def test_a_missing_glyph_is_found(browser):
    reader = PdfReader(io.BytesIO(paper.make_pdf(tiny("<p>It lacks \ue123.</p>"), browser)))
    assert unsound_glyphs(reader)


def test_every_picture_is_there_and_says_what_it_shows(book):
    said = {str(figure.get("/Alt")) for figure in structure(book.pdf, "/Figure")}
    wanted = [text for chapter in book.chapters for text in alternatives(chapter)]
    assert len(wanted) >= 10
    assert [text for text in wanted if text not in said] == []


def test_the_outline_has_every_heading_in_order(book):
    titles = [(depth, letters(title)) for depth, title in outline(book.pdf.outline)]
    chapters = [letters(next(headings(chapter))) for chapter in book.chapters]
    assert [title for depth, title in titles if depth == 1][-len(chapters) :] == chapters
    known = {title for _, title in titles}
    wanted = [heading for chapter in book.chapters for heading in headings(chapter)]
    assert [heading for heading in wanted if letters(heading) not in known] == []


def test_the_text_of_every_chapter_is_printed(book):
    text = letters(" ".join(book.text))
    for chapter in book.chapters:
        wanted = [letters(one) for one in paragraphs(chapter)]
        missing = [one for one in wanted if one not in text]
        # Those that go on on the next page have its head and number in between.
        assert len(missing) <= 0.2 * len(wanted), (chapter["name"], missing)


def test_nothing_raw_is_printed(book):
    text = "\n".join(book.text)
    assert [raw for raw in RAW if raw in text] == []


def test_every_link_within_the_book_has_a_target(book):
    targets = book.pdf.named_destinations
    links = [
        str(link["/Dest"])
        for page in book.pdf.pages
        for link in (one.get_object() for one in page.get("/Annots", ()))
        if "/Dest" in link
    ]
    assert len(links) > 10
    assert [link for link in links if link not in targets and f"/{link}" not in targets] == []


def test_page_numbers_are_right(book):
    contents = next(text for text in book.text if "Contents" in text.split())
    lines = re.findall(r"^(.*\D)\s*(\d+)$", contents, re.MULTILINE)
    assert len(lines) == len(book.chapters)
    for chapter, (title, number) in zip(book.chapters, lines, strict=True):
        assert letters(title) == letters(next(headings(chapter)))
        here, before = (book.text[int(number) - i].splitlines() for i in (1, 2))
        assert here[:2] == [title.strip(), number] and before[0] != title.strip()


def test_the_pdf_is_tagged_and_has_a_language_and_no_date(book):
    root = book.pdf.trailer["/Root"]
    assert root["/Lang"] == "en" and root["/MarkInfo"]["/Marked"]
    assert book.pdf.metadata.title == "Adaptive Learning Rates"
    assert not [key for key in book.pdf.metadata if "Date" in key]


def test_what_is_wider_than_the_page_is_refused(browser):
    wide = '<div class="math notranslate nohighlight">\\[' + "x + " * 60 + "x\\]</div>"
    with pytest.raises(paper.PaperError, match="wider than the page: tiny: x"):
        paper.make_pdf(tiny(wide), browser)


def test_a_link_to_nothing_is_refused(browser):
    link = '<p><a href="tiny.html#nowhere">where</a></p>'
    with pytest.raises(paper.PaperError, match="links to nothing: #tiny--nowhere"):
        paper.make_epub(tiny(link), browser)


def test_a_formula_that_is_none_is_refused(browser):
    wrong = '<p><span class="math notranslate nohighlight">\\(\\frac{1\\)</span></p>'
    with pytest.raises(paper.PaperError, match=r"does not understand: \\frac{1"):
        paper.make_epub(tiny(wrong), browser)


def test_the_same_pages_give_the_same_bytes(browser):
    assert paper.make_pdf(tiny(), browser) == paper.make_pdf(tiny(), browser)
    assert paper.make_epub(tiny(), browser) == paper.make_epub(tiny(), browser)


def test_a_page_that_the_site_lacks_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(site, "TEXT", tmp_path)
    with pytest.raises(paper.PaperError, match="without book/index: run `make book`"):
        paper.pages(site.read_toc())


# -- EPUB


def xml(book, name):
    return ElementTree.fromstring(book.files[name])


def chapter_files(book):
    return {
        name: xml(book, name)
        for name in book.files
        if name.endswith(".xhtml") and not name.endswith("nav.xhtml")
    }


def test_the_package_names_every_file_and_no_other(book):
    first, *_ = zipfile.ZipFile(io.BytesIO(book.epub)).infolist()
    assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
    assert book.files["mimetype"] == b"application/epub+zip"
    package = xml(book, "book/package.opf")
    items = {item.get("id"): item.get("href") for item in package.iterfind(".//{*}item")}
    around = {"mimetype", "META-INF/container.xml", "book/package.opf"}
    assert {f"book/{href}" for href in items.values()} == set(book.files) - around
    spine = [items[item.get("idref")] for item in package.iterfind(".//{*}itemref")]
    slugs = [chapter["slug"] for chapter in book.chapters]
    assert spine == [f"{slug}.xhtml" for slug in ["cover", "edition", *slugs]]


def test_every_link_of_the_epub_has_a_target(book):
    files = chapter_files(book) | {"book/nav.xhtml": xml(book, "book/nav.xhtml")}
    identifiers = {}
    for name, tree in files.items():
        found = [node.get("id") for node in tree.iter() if node.get("id")]
        assert len(found) == len(set(found)), name
        identifiers[name] = set(found)
    links = 0
    for name, tree in files.items():
        for link in tree.iterfind(".//{*}a"):
            target, _, fragment = link.get("href").partition("#")
            if not re.match("https?:", target):
                file = posixpath.normpath(posixpath.join(posixpath.dirname(name), target))
                assert file in files, (name, target)
                assert not fragment or fragment in identifiers[file], (name, target, fragment)
                links += 1
    assert links > 30


def test_the_epub_has_the_text_pictures_and_formulas_of_every_chapter(book):
    for chapter in book.chapters:
        tree = xml(book, f"book/{chapter['slug']}.xhtml")
        text = letters("".join(tree.itertext()))
        wanted = [*paragraphs(chapter), *headings(chapter)]
        assert [one for one in wanted if letters(one) not in text] == []
        pictures = [node.get("aria-label") for node in tree.iter(f"{SVG}svg")]
        assert pictures == alternatives(chapter)
        kept = [
            node
            for node in chapter["soup"].select(".math")
            if not node.find_parent("details", class_="hide")
        ]
        assert len(list(tree.iter(f"{MATH}math"))) == len(kept)


def test_the_epub_loads_nothing_and_shows_nothing_raw(book):
    for name, tree in chapter_files(book).items():
        assert not [node for node in tree.iter() if node.get("src")], name
        assert not list(tree.iter("{http://www.w3.org/1999/xhtml}script")), name
        text = "".join(tree.itertext())
        assert [raw for raw in RAW if raw in text] == [], name


def test_live_figures_say_where_they_live(book):
    for chapter in book.chapters:
        live = chapter["soup"].select("figure.lc-live")
        text = book.files[f"book/{chapter['slug']}.xhtml"].decode()
        assert text.count("On the site</span> this figure is live: ") == len(live)


def test_quizzes_have_options_and_answers(browser):
    quiz = """<section id="quiz"><h2>Quiz</h2><p>Open the answers; each says why.</p>
    <p><strong>1. Why?</strong></p><details><summary>Once.</summary><p>No.</p></details>
    <details><summary>Twice.</summary><p>Right.</p></details></section>"""
    text = unpacked(paper.make_epub(tiny(quiz), browser))["book/tiny.xhtml"].decode()
    assert re.search(r'<ol class="options" type="a"><li>Once.</li><li>Twice.</li></ol>', text)
    assert "<p><strong>1b</strong> Right.</p>" in text


def test_the_site_s_address_leads_to_its_live_figures(browser, monkeypatch):
    config = {**paper.config(), "html": {"baseurl": "https://example.org/course/"}}
    monkeypatch.setattr(paper, "config", lambda: config)
    live = """<figure class="lc-live"><script type="application/json">{"spec": {"controls":
    [{"label": "Rate"}], "play": true}}</script><figcaption>Why?</figcaption></figure>"""
    text = unpacked(paper.make_epub(tiny(live), browser))["book/tiny.xhtml"].decode()
    assert 'href="https://example.org/course/book/tiny.html#tiny"' in text
    assert "live: Rate; a button that draws it step by step." in text


@pytest.mark.thorough
def test_epubcheck_finds_nothing(book, tmp_path):
    program = shutil.which("epubcheck")
    if program is None:
        pytest.skip("epubcheck is not installed: run `sudo apt-get install epubcheck`")
    file = tmp_path / "book.epub"
    file.write_bytes(book.epub)
    done = subprocess.run([program, file], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
