"""Submissions and replies spoiled at random: the same from the same seed, whatever the machine."""

import bz2
import copy
import gzip
import io
import json
import re
import zipfile
from pathlib import Path

import numpy as np

from lecture_code.wire import encode
from tests.attacks.tiny import CHOICE, RIGHT

Rng = np.random.Generator
LONG = 10**400  # float() of it overflows, and str() of longer ones is refused
ODD = (None, True, -1, 0, 4, LONG, 1e308, float("nan"), float("-inf"), "", "\ud800", "\0", "code")
ODD += ("x" * 5000, "# answer: tiny.1", [], {}, [[]], {"cells": []}, ["a", 1], {"": {"": None}})
BYTES = (
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\\ud800",
    b"\\u0000",
    b'"',
    b"[",
    b"}",
    b"NaN",
    b"1e999",
)
BYTES += (b"9" * 5000, b"[" * 3000, b'{"a":' * 3000, b"\r", b"\x1b[2J", "\u202e".encode(), b"//")
WORDS = """
while for if else: return yield lambda async def class import from del global nonlocal raise try:
except: finally: with as pass break in is not and or await match case True None ... np numpy math
double x choice tiny.1 tiny.2 self __import__ exit() print(x) input() 1e999 0x1 1_0 0j 10**9 [] {}
( ) [ ] { } : ; , . = == := -> ** @ % ! ? $ ` \\ # ' \" ''' \"\"\" f'{x}' b'' \0 \t \n \f \ufeff
\u2028 \xa0 é 李 \ud800 # answer:
""".split(" ")
WORDS += [
    "\n    ",
    "\n\n",
    "\n# answer: tiny.2\n",
    "%timeit ",
    "!ls",
    "x" * 3000,
    "(" * 300,
    "-" * 3000,
]
ANSWERS = (
    (RIGHT, CHOICE),
    ("import numpy as np\n\ndef double(x):\n    y = np.asarray(x)\n    return y + y", CHOICE),
    ("double = lambda x: 2 * x", 'choice = "a"'),
)


def pick(rng: Rng, options):
    return options[int(rng.integers(len(options)))]


def _span(rng, length, most) -> slice:
    start = int(rng.integers(length + 1))
    return slice(start, start + int(rng.integers(most + 1)))


# --- bytes, trees and sources ---------------------------------------------------------------------


def spoil_bytes(rng: Rng, data: bytes) -> bytes:
    """A few bytes changed, cut, put in or repeated."""
    data = bytearray(data)
    for _ in range(int(rng.integers(1, 4))):
        kind, span = rng.integers(6), _span(rng, len(data), 40)
        if kind == 0 and data:
            data[int(rng.integers(len(data)))] ^= 1 << int(rng.integers(8))
        elif kind == 1:
            del data[span]
        elif kind == 2:
            del data[span.start :]
        elif kind == 3:
            data[span] = pick(rng, BYTES)
        elif kind == 4:
            data[span] = rng.bytes(span.stop - span.start)
        else:
            data[span.start : span.start] = data[span]
    return bytes(data)


def spoil_tree(rng: Rng, tree):
    """A copy of a JSON tree with a few nodes replaced, dropped, repeated, nested or moved."""
    tree = [copy.deepcopy(tree)]
    for _ in range(int(rng.integers(1, 4))):
        places = list(_places(tree))
        holder, key = pick(rng, places)
        kind = rng.integers(6)
        if kind <= 1:
            holder[key] = copy.deepcopy(pick(rng, ODD))
        elif kind == 2 and holder is not tree:
            del holder[key]
        elif kind == 3 and isinstance(holder, list) and holder is not tree:
            holder.insert(key, holder[key])
        elif kind == 4:
            for _ in range(int(pick(rng, (1, 2, 20, 200)))):
                holder[key] = [holder[key]] if rng.integers(2) else {"cells": holder[key]}
        else:
            other, there = pick(rng, places)
            holder[key] = copy.deepcopy(other[there]) if there in _keys(other) else None
    return tree[0]


def _places(node):
    """(container, key or index) of every node below."""
    for key in _keys(node):
        yield node, key
        yield from _places(node[key])


def _keys(node):
    return (
        list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
    )


def spoil_source(rng: Rng, source: str) -> str:
    """Tokens of a program swapped, dropped, repeated or replaced."""
    tokens = re.findall(r"\w+|\s+|.", source)
    for _ in range(int(rng.integers(1, 5))):
        kind, i, j = rng.integers(5), *map(int, rng.integers(len(tokens) or 1, size=2))
        if kind == 0 and tokens:
            tokens[i], tokens[j] = tokens[j], tokens[i]
        elif kind == 1:
            del tokens[i : i + 1]
        elif kind == 2:
            tokens[j:j] = tokens[i : i + 3]
        elif kind == 3:
            tokens[i : i + 1] = [pick(rng, WORDS)]
        else:
            tokens[i:i] = [pick(rng, WORDS), " "]
    return "".join(tokens)


# --- submissions ----------------------------------------------------------------------------------


def _tree(rng, answers):
    """A notebook of one of several forms."""
    sources = [f"# answer: tiny.{i}\n{source}" for i, source in enumerate(answers, 1)]
    form = rng.integers(3)
    if form == 0:  # nbformat 3
        cells = [{"cell_type": "code", "input": one, "outputs": []} for one in sources]
        return {"nbformat": 3, "nbformat_minor": 0, "worksheets": [{"cells": cells}]}
    shown = [{"output_type": "stream", "name": "stdout", "text": ["1\n", "2\n"]}]
    cells = [
        {
            "cell_type": "code",
            "id": f"c{i}",
            "metadata": {"tags": ["answer"]},
            "execution_count": i,
            "source": one.splitlines(keepends=True) if form == 1 else one,
            "outputs": shown,
        }
        for i, one in enumerate(sources)
    ]
    text = {"cell_type": "markdown", "metadata": {}, "source": ["# Tiny\n"]}
    kernel = {"kernelspec": {"name": "python3"}, "language_info": {"name": "python"}}
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": kernel, "cells": [text, *cells]}


def _repeated_key(rng, text):
    key = pick(rng, ('"cells"', '"nbformat"', '"source"', '"cell_type"'))
    odd = json.dumps(pick(rng, ODD))
    return text.replace(f"{key}:", f"{key}: {odd}, {key}:", int(rng.integers(1, 3)))


def _encoded(rng, text) -> bytes:
    codec = pick(
        rng, ("utf-8-sig", "utf-16", "utf-16-be", "utf-32", "latin-1", "cp1252", "utf-7", "cp037")
    )
    return text.encode(codec, "replace")


def _packed(rng, data) -> bytes:
    kind = rng.integers(4)
    if kind == 0:
        return gzip.compress(data, mtime=0)
    if kind == 1:
        return bz2.compress(data)
    if kind == 2:
        return data + rng.bytes(20)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr(zipfile.ZipInfo("tiny.ipynb"), data)
    return archive.getvalue()


def notebook(rng: Rng) -> bytes:
    """The bytes of a spoiled notebook."""
    answers = list(pick(rng, ANSWERS))
    kind = rng.integers(10)
    if kind <= 3:
        i = int(rng.integers(2))
        answers[i] = spoil_source(rng, answers[i])
    tree = _tree(rng, answers)
    if 4 <= kind <= 6:
        tree = spoil_tree(rng, tree)
    text = json.dumps(tree, ensure_ascii=bool(rng.integers(2)))
    if kind == 7:
        text = _repeated_key(rng, text)
    data = text.encode("utf-8", "surrogatepass")
    if kind == 8:
        return spoil_bytes(rng, data)
    if kind == 9:
        return _packed(rng, data) if rng.integers(2) else _encoded(rng, text)
    return data


PLACES = ("tiny.ipynb",) * 16 + (
    *("Tiny.ipynb", "tiny.ipynb.gz", "tiny (1).ipynb", "tiny", "week 1/tiny.ipynb"),
    *("a/b/tiny.ipynb", "tiny/tiny.ipynb", "tiny.ipynb/tiny.ipynb", "\n/tiny.ipynb"),
    *("2026-11-30T10-00/tiny.ipynb", "20261130T1000/tiny.ipynb", "2026-13-99T99-99/tiny.ipynb"),
    *("0001-01-01T00-00+23:59/tiny.ipynb", ".ipynb_checkpoints/tiny.ipynb", "\udcff/tiny.ipynb"),
)


def submit(rng: Rng, folder: Path) -> None:
    """Write a student's spoiled submission."""
    for _ in range(int(pick(rng, (1, 1, 1, 1, 2, 3)))):
        path = folder / pick(rng, PLACES)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(notebook(rng))
        except OSError:  # a folder where a file is, or a file where a folder is
            continue


LETTERS = "aZ0._-'\"=+@|;, \n\t\x1b\x7f\u202e\u3164\ufeffé李<&{%\\\udcff"


def name(rng: Rng, number: int) -> str:
    """The name of a student's folder, which no other student has."""
    return f"s{number:05d}{''.join(pick(rng, LETTERS) for _ in range(int(rng.integers(6))))}"


# --- frames on the channel ------------------------------------------------------------------------

VALUES = (2.0, float("nan"), float("-inf"), -0.0, 2**63 - 1, True, None, "b", "\ud800", [], (), {})
VALUES += (np.arange(4.0), np.zeros((2, 0)), np.ones(3, bool), np.full(2, 1j), np.float16(1e4))


def value(rng: Rng, depth=0):
    """Plain data, as an answer may give it."""
    kind = rng.integers(6)
    if kind < 3 or depth == 4:
        return pick(rng, VALUES)
    inner = [value(rng, depth + 1) for _ in range(int(rng.integers(4)))]
    return {3: inner, 4: tuple(inner), 5: {str(i): one for i, one in enumerate(inner)}}[int(kind)]


def frame(rng: Rng, nonce: str) -> bytes:
    """What an answer's process could write in place of a reply to the request with this nonce."""
    body = {"status": "value", "value": value(rng), "arguments": (value(rng),)}
    data = encode({"nonce": nonce, **body, "error": "", "line": None, "text": ""})
    kind = rng.integers(6)  # of 5 nothing is spoiled
    if kind in (0, 1):
        tree = json.loads(data)
        holder, key = pick(rng, tree["dict"]) if kind else tree, 1 if kind else "dict"
        holder[key] = spoil_tree(rng, holder[key])
        data = json.dumps(tree).encode()
    elif kind == 2:
        data = spoil_bytes(rng, data)
    size = len(data).to_bytes(4, "big")
    if kind == 3:
        size = pick(rng, (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\0\0\0\1", rng.bytes(4), size[:2]))
    return spoil_bytes(rng, size + data) if kind == 4 else size + data
