"""A page's text as plain Jupyter shows it: the site's downloads are for readers without MyST."""

import posixpath
import re

TARGET = re.compile(r"^\([\w-]+\)=\n", re.MULTILINE)
ROLE = re.compile(r"\{(doc|ref|eq|term)\}`([^`<]*?)(?:\s*<([^>]*)>)?`")
CITED = re.compile(r"\{cite:([pt])\}`([^`]*)`")
DOUBLED = re.compile(r"\{\{((?:doc|ref|eq|term|cite:[pt]))\}\}`")  # as f-strings write it
EQUATION = re.compile(r"^\$\$\n(.+?)\n\$\$(?: \(([\w-]+)\))?$", re.MULTILINE | re.DOTALL)
FENCE = re.compile(r"^(:{3,}|`{3,})\{([\w-]+)\}(.*)\n((?:.*\n)*?)\1 *$", re.MULTILINE)
OPTIONS = re.compile(r"(?:^:[\w-]+:.*\n)+\n?")


def plain(markdown, names, sources):
    """The MyST text of a page in book/ as plain Markdown.

    names: the title of each page ("book/adagrad") and section, the number of each equation; what
    it does not name (a preview has one page) is left as it is written.
    sources: the authors and the year of each key of the bibliography, two strings.

    >>> plain("See {eq}`sum` in {doc}`adagrad`.", {"sum": "1", "book/adagrad": "AdaGrad"}, {})
    'See (1) in AdaGrad.'
    """

    def equation(match):  # in one line, since Jupyter takes the ">" of a quotation for a formula's
        tag = rf" \tag{{{names.get(match[2], match[2])}}}" if match[2] else ""
        return "$$ " + " ".join(match[1].split("\n")) + tag + " $$"

    def fence(match):
        _, kind, title, body = match.groups()
        body = OPTIONS.sub("", body, count=1).strip("\n")
        if kind == "glossary":
            return re.sub(r"^(\S.*)\n +", r"**\1.** ", body, flags=re.MULTILINE)
        if match[1].startswith("`"):
            return ""  # what only the site has: a list of sources, of runs
        lines = [f"**{title.strip()}**", "", *body.split("\n")]
        return "\n".join(f"> {line}".rstrip() for line in lines)

    for pattern, change in ((TARGET, ""), (EQUATION, equation), (FENCE, fence)):
        markdown = pattern.sub(change, markdown)
    return _roles(markdown, names, sources)


def plain_code(code, names, sources):
    """The source of a cell that makes text, with the references in its strings as plain text.

    >>> plain_code('Markdown(f"{x} by {{eq}}`sum`")', {"sum": "1"}, {})
    'Markdown(f"{x} by (1)")'
    """
    return _roles(DOUBLED.sub(r"{\1}`", code), names, sources)


def _roles(text, names, sources):
    def role(match):
        kind, text, target = match.groups()
        if kind == "term" or target:
            return text
        if kind == "eq":
            return f"({names.get(text, text)})"
        return names.get(posixpath.normpath(f"book/{text}") if kind == "doc" else text, text)

    def cited(match):
        found = [sources[key.strip()] for key in match[2].split(",")]
        if match[1] == "t":
            return ", ".join(f"{authors} ({year})" for authors, year in found)
        return "(" + "; ".join(f"{authors}, {year}" for authors, year in found) + ")"

    return CITED.sub(cited, ROLE.sub(role, text))
