"""Search what is published for the solutions of graded questions.

A leak is a solution's canary string, the body of one of its functions (also with other names and
comments), three of its consecutive lines, or a sentence of its explanation. Lines and functions
that are public anyway do not count: those of `lecture_code`, and those of the starter cells and
practice solutions of the same exercise.
"""

import ast
import contextlib
import gzip
import hashlib
import html
import io
import json
import re
import textwrap
import zipfile
from dataclasses import dataclass
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[1]
CANARY = re.compile(r"canary: ([0-9a-f]{24})\b")
SMALLEST_BODY = 12  # nodes; smaller functions, such as `return width`, occur by chance
SMALLEST_LINE = 10  # characters
SMALLEST_SENTENCE = 60  # characters


@dataclass(frozen=True)
class Secrets:
    """What must not be published: each maps what is searched for to where it comes from."""

    canaries: dict[str, str]
    bodies: dict[str, str]
    lines: dict[tuple, str]
    sentences: dict[str, str]


def read_secrets(sources=None):
    """The secrets of worked notebooks (by default `exercises/*.ipynb`) and of their questions."""
    sources = sorted((ROOT / "exercises").glob("*.ipynb")) if sources is None else sources
    canaries, sentences, bodies, lines = {}, {}, {}, {}
    book = [path.read_text("utf-8") for path in (ROOT / "lecture_code").rglob("*.py")]
    displayed = _found(book)
    for path in sources:
        secret, given = [], []
        for number, cell in enumerate(nbformat.read(path, as_version=4).cells, start=1):
            where, tags = f"{path.name}, cell {number}", cell.metadata.get("tags", [])
            canaries |= dict.fromkeys(CANARY.findall(cell.source), where)
            if "solution" in tags and cell.cell_type == "code":
                secret.append((where, cell.source))
            elif "solution" in tags:
                sentences |= dict.fromkeys(_sentences(cell.source), where)
            elif {"starter", "practice"} & set(tags):
                given.append(cell.source)
        questions = ROOT / "exercises" / "questions" / f"{path.stem}.py"
        if questions.exists():
            secret.append((f"questions/{questions.name}", questions.read_text("utf-8")))
        # What one exercise gives away is no less a secret of another.
        public = displayed | _found(given)
        for where, text in secret:
            bodies |= {body: where for body in _bodies(text) if body not in public}
            lines |= {three: where for three in _threes(text) if three not in public}
    return Secrets(canaries, bodies, lines, sentences)


def _found(texts):
    """The bodies of functions and the groups of three lines in all of `texts`."""
    return {item for text in texts for item in (*_bodies(text), *_threes(text))}


def leaks(paths, secrets):
    """Every leak in the files at or below `paths`, a line each; archives are looked into."""
    found, known = [], {}
    for path in paths:
        files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        for file in files:
            for inner, hit in _search(file.name, file.read_bytes(), secrets, known):
                found.append(f"{file.as_posix()}{inner} has {hit}")
    return found


def _search(name, data, secrets, known):
    """The leaks in a file as (where in the file, what). known: those of the files searched so far;
    the exercises share a wheel, which lies beside each and in its archive."""
    key = Path(name).suffix, hashlib.sha256(data).digest()
    if key not in known:
        members = list(_members(data))
        known[key] = [
            (f"/{inner}{deeper}", hit)
            for inner, content in members
            for deeper, hit in _search(inner, content, secrets, known)
        ]
        if not members:
            known[key] = [("", hit) for hit in _hits(name, data, secrets)]
    return known[key]


def _members(data):
    """(name, contents) of what an archive holds; nothing where `data` is none."""
    if data[:4] == b"PK\3\4":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for member in archive.namelist():
                if not member.endswith("/"):
                    yield member, archive.read(member)
    elif data[:2] == b"\x1f\x8b":
        yield "unpacked", gzip.decompress(data)


def _hits(name, data, secrets):
    found = {}
    for text in _texts(name, data):
        flat = " ".join(text.split())
        hits = [(f"the canary of {secrets.canaries[c]}") for c in secrets.canaries if c in text]
        hits += [f"a function of {secrets.bodies[b]}" for b in _bodies(text) if b in secrets.bodies]
        hits += [
            f"three lines of {secrets.lines[three]}, from {three[0]!r}"
            for three in _threes(text)
            if three in secrets.lines
        ]
        hits += [
            f"a sentence of {where}, {sentence[:40]!r}"
            for sentence, where in secrets.sentences.items()
            if sentence in flat
        ]
        found |= dict.fromkeys(hits)
    return found


def _texts(name, data):
    """The texts that a file holds: as it is, and as a reader sees it."""
    raw = data.decode("utf-8", "ignore")
    texts = [raw]
    if name.endswith((".ipynb", ".json")):
        with contextlib.suppress(ValueError):  # no JSON after all: the raw text is searched
            texts.append("\n".join(_strings(json.loads(raw))))
    if name.endswith((".html", ".xml", ".svg")):
        texts.append(html.unescape(re.sub(r"<[^>]*>", "", raw)))
        texts.append(html.unescape(raw))
    return texts


def _strings(tree):
    """The strings in a JSON tree; a list of strings, as in a notebook's source, makes one."""
    if isinstance(tree, str):
        yield tree
    elif isinstance(tree, list):
        if tree and all(isinstance(item, str) for item in tree):
            yield "".join(tree)
        else:
            for item in tree:
                yield from _strings(item)
    elif isinstance(tree, dict):
        for item in tree.values():
            yield from _strings(item)


def _threes(text):
    """Three consecutive lines each, of those that say something."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    lines = [
        line
        for line in lines
        if len(line) >= SMALLEST_LINE
        and not line.startswith(("#", "import ", "from ", '"""'))
        and line != "return None"
    ]
    return set(zip(lines, lines[1:], lines[2:], strict=False))


def _sentences(markdown):
    """The longer sentences of a text, up to the first formula in each."""
    text = re.sub(r"<!--.*?-->", "", markdown, flags=re.DOTALL)
    for paragraph in re.split(r"\n\s*\n", text):
        for sentence in re.split(r"(?<=[.:?]) |\$[^$]*\$|[*`]", " ".join(paragraph.split())):
            if len(sentence.strip()) >= SMALLEST_SENTENCE:
                yield sentence.strip()


def _bodies(text):
    """The bodies of all functions in a text, with local names replaced by their order."""
    if "def " not in text:
        return
    try:
        trees = [ast.parse(text)]
    except (SyntaxError, ValueError):
        trees = list(_fragments(text))
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                body = _normalized(node)
                if body:
                    yield body


def _fragments(text):
    """The functions in a text that is not Python as a whole, such as a page."""
    lines = text.splitlines()
    for start, line in enumerate(lines):
        match = re.match(r"(\s*)def \w+\(", line)
        if not match:
            continue
        indent, end = len(match[1]), start + 1
        while end < len(lines) and (
            not lines[end].strip()
            or len(lines[end]) - len(lines[end].lstrip()) > indent
            or lines[end].lstrip().startswith(")")
        ):
            end += 1
        try:
            yield ast.parse(textwrap.dedent("\n".join(lines[start:end])))
        except (SyntaxError, ValueError):
            continue


def _normalized(function):
    """The body of a function as text without docstring and local names; None if it is small."""
    body = function.body
    if isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        body = body[1:]
    arguments = function.args
    names = [a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    nodes = [node for statement in body for node in ast.walk(statement)]
    if len(nodes) < SMALLEST_BODY:
        return None
    names += [n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    order = {name: f"_{index}" for index, name in enumerate(dict.fromkeys(names))}
    parts = []
    for statement in body:
        copy = ast.parse(ast.unparse(statement))
        for node in ast.walk(copy):
            if isinstance(node, ast.Name):
                node.id = order.get(node.id, node.id)
        parts.append(ast.dump(copy))
    return "\n".join(parts)
