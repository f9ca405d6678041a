"""The files of an EPUB, and the archive they make: what `scripts/paper.py` does not print."""

import io
import uuid
import zipfile
from html import escape

CONTAINER = """<?xml version="1.0" encoding="utf-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles>
<rootfile full-path="book/package.opf" media-type="application/oebps-package+xml"/>
</rootfiles>
</container>
"""
PACKAGE = """<?xml version="1.0" encoding="utf-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" xml:lang="en" unique-identifier="id">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:identifier id="id">urn:uuid:{identifier}</dc:identifier>
<dc:title>{title}</dc:title>
<dc:creator>{author}</dc:creator>
<dc:language>en</dc:language>
<dc:rights>Text and figures: CC BY 4.0. Code: BSD 3-Clause.</dc:rights>
<meta property="dcterms:modified">{year}-01-01T00:00:00Z</meta>
<meta property="schema:accessMode">textual</meta>
<meta property="schema:accessMode">visual</meta>
<meta property="schema:accessModeSufficient">textual</meta>
<meta property="schema:accessibilityFeature">alternativeText</meta>
<meta property="schema:accessibilityFeature">MathML</meta>
<meta property="schema:accessibilityFeature">structuralNavigation</meta>
<meta property="schema:accessibilityHazard">none</meta>
<meta property="schema:accessibilitySummary">Figures have alternative texts that state what they \
show, formulas are MathML.</meta>
</metadata>
<manifest>
<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
<item id="style" href="book.css" media-type="text/css"/>
<item id="picture" href="cover.png" media-type="image/png" properties="cover-image"/>
{manifest}
</manifest>
<spine>
{spine}
</spine>
</package>
"""
PAGE = """<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" \
lang="en" xml:lang="en">
<head>
<title>{title}</title>
<link rel="stylesheet" href="book.css"/>
</head>
<body>
{body}
</body>
</html>
"""


def contents(chapters):
    """The table of contents: parts, chapters and their sections, as nested lists."""
    lines = ['<nav epub:type="toc">', "<h1>Contents</h1>", "<ol>"]
    inside = False
    for chapter in chapters:
        if chapter.get("part"):
            lines += ["</ol></li>"] if inside else []
            lines += [f"<li><span>{escape(chapter['part'])}</span><ol>"]
            inside = True
        file = f"{chapter['slug']}.xhtml"
        lines.append(f'<li><a href="{file}">{escape(chapter["title"])}</a>')
        if chapter["sections"]:
            sections = (
                f'<li><a href="{file}#{name}">{escape(title)}</a></li>'
                for name, title in chapter["sections"]
            )
            lines += ["<ol>", *sections, "</ol>"]
        lines.append("</li>")
    lines += ["</ol></li>"] if inside else []
    return "\n".join([*lines, "</ol>", "</nav>"])


def item(chapter):
    """The line of the manifest for a chapter, which says what its file holds."""
    kinds = {"mathml": "<math", "svg": "<svg"}
    held = " ".join(name for name, tag in kinds.items() if tag in chapter["xhtml"])
    properties = f' properties="{held}"' if held else ""
    slug = chapter["slug"]
    return f'<item id="{slug}" href="{slug}.xhtml" media-type="application/xhtml+xml"{properties}/>'


def pack(chapters, *, title, author, year, style, cover):
    """The bytes of an EPUB.

    chapters: dicts with slug, title, part (of its first chapter, or None), sections (pairs of an
    id and a title) and xhtml, in the order of reading; style: CSS; cover: the bytes of a PNG. The
    same arguments give the same bytes: every date is that of `year`.
    """
    package = PACKAGE.format(
        identifier=uuid.uuid5(uuid.NAMESPACE_URL, title),
        title=escape(title),
        author=escape(author),
        year=year,
        manifest="\n".join(item(chapter) for chapter in chapters),
        spine="\n".join(f'<itemref idref="{chapter["slug"]}"/>' for chapter in chapters),
    )
    files = {
        "META-INF/container.xml": CONTAINER,
        "book/package.opf": package,
        "book/nav.xhtml": PAGE.format(title="Contents", body=contents(chapters)),
        "book/book.css": style,
        "book/cover.png": cover,
    }
    for chapter in chapters:
        page = PAGE.format(title=escape(chapter["title"]), body=chapter["xhtml"])
        files[f"book/{chapter['slug']}.xhtml"] = page
    archive = io.BytesIO()
    date = (int(year), 1, 1, 0, 0, 0)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        # The first one tells what this is, so it is not compressed.
        kind = zipfile.ZipInfo("mimetype", date)
        file.writestr(kind, "application/epub+zip", zipfile.ZIP_STORED)
        for name, content in files.items():
            file.writestr(zipfile.ZipInfo(name, date), content, zipfile.ZIP_DEFLATED)
    return archive.getvalue()
