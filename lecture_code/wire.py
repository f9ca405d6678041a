"""Values as plain data: the only form in which they cross between processes and into files.

Numbers, arrays, texts and containers of them become JSON and come back exactly; never a pickle.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import unicodedata

import numpy as np

MAX_BYTES = 4_000_000  # of one encoded value
MAX_DEPTH = 16
MAX_ITEMS = 200_000
BLANK = "\u115f\u1160\u2800\u3164\uffa0"  # letters and signs without a picture
DTYPES = ("|b1", "|i1", "|u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "<f2", "<f4", "<f8")
DTYPES += ("<c8", "<c16")


def encode(value) -> bytes:
    """Plain data as bytes: a JSON tree in which arrays are base64 and types are exact.

    Allowed are bool, int (64 bits), float, str, None, list, tuple, dict with str keys and ndarray
    of kinds b i u f c. NumPy scalars become 0-d arrays. TypeError for anything else, ValueError
    beyond the limits `MAX_BYTES`, `MAX_DEPTH` and `MAX_ITEMS`.

    >>> decode(encode((1, 2.5, [True, None])))
    (1, 2.5, [True, None])
    """
    data = json.dumps(to_tree(value), separators=(",", ":"), allow_nan=False).encode("ascii")
    if len(data) > MAX_BYTES:
        raise ValueError(f"the value takes {len(data)} bytes; at most {MAX_BYTES} are allowed")
    return data


def decode(data: bytes):
    """The value behind `encode`'s bytes, with fresh arrays; ValueError for any other bytes."""
    if len(data) > MAX_BYTES:
        raise ValueError(f"{len(data)} bytes; at most {MAX_BYTES} are allowed")
    try:
        tree = json.loads(data, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise ValueError("not an encoded value: no plain JSON") from error
    return from_tree(tree)


def to_tree(value):
    """The JSON tree of a plain value (see `encode`)."""
    return _Tree().write(value, 0)


def from_tree(tree):
    """The plain value of a JSON tree; ValueError where `to_tree` could not have made it."""
    return _Tree().read(tree, 0)


def dump(tree) -> str:
    """A JSON document as text with the same bytes every time: sorted keys, a final newline."""
    return json.dumps(tree, indent=1, sort_keys=True, allow_nan=False) + "\n"


def _refuse_constant(name):
    raise ValueError(f"{name} is no plain JSON")


class _Tree:
    """One conversion, which counts items and bytes against the limits."""

    def __init__(self):
        self.items = 0
        self.bytes = 0

    def count(self, depth, size=0):
        self.items += 1
        self.bytes += size
        if depth > MAX_DEPTH:
            raise ValueError(f"the value is nested more than {MAX_DEPTH} deep")
        if self.items > MAX_ITEMS:
            raise ValueError(f"the value has more than {MAX_ITEMS} items; use an array")
        if self.bytes > MAX_BYTES:
            raise ValueError(f"the value takes more than {MAX_BYTES} bytes")

    def write(self, value, depth):
        kind = type(value)  # exact: a subclass could lie about its own contents
        self.count(depth, len(value) if kind is str else 0)
        if value is None or kind is bool or kind is str:
            return value
        if kind is int:
            if not -(2**63) <= value < 2**63:
                raise ValueError("an integer does not fit into 64 bits; use a float")
            return value
        if kind is float:
            return value if math.isfinite(value) else {"float": repr(value)}
        if kind is list:
            return [self.write(item, depth + 1) for item in value]
        if kind is tuple:
            return {"tuple": [self.write(item, depth + 1) for item in value]}
        if kind is dict:
            if any(type(key) is not str for key in value):
                raise TypeError("a dict has a key that is no str")
            return {"dict": [[key, self.write(item, depth + 1)] for key, item in value.items()]}
        if kind is np.ndarray:
            return {"array": self.write_array(value)}
        if isinstance(value, np.generic):
            return {"array": self.write_array(np.asarray(value))}
        raise TypeError(f"{type_name(value)} is no plain data: use numbers, arrays, lists, tuples")

    def write_array(self, array):
        little = array.dtype.newbyteorder("<")
        if little.str not in DTYPES:
            raise TypeError(f"an array of dtype {array.dtype} is no plain data: use float64")
        self.count(0, array.nbytes)
        data = base64.b64encode(array.astype(little, copy=False).tobytes()).decode("ascii")
        return [little.str, list(array.shape), data]

    def read(self, tree, depth):
        self.count(depth)
        kind = type(tree)
        if tree is None or kind is bool or kind is str:
            return tree
        if kind is int and -(2**63) <= tree < 2**63:
            return tree
        if kind is float and math.isfinite(tree):
            return tree
        if kind is list:
            return [self.read(item, depth + 1) for item in tree]
        if kind is dict and len(tree) == 1:
            ((tag, body),) = tree.items()
            if tag == "tuple" and type(body) is list:
                return tuple(self.read(item, depth + 1) for item in body)
            if tag == "float" and body in ("nan", "inf", "-inf"):
                return float(body)
            if tag == "dict" and type(body) is list:
                return self.read_dict(body, depth)
            if tag == "array" and type(body) is list and len(body) == 3:
                return self.read_array(*body)
        raise ValueError("not an encoded value")

    def read_dict(self, body, depth):
        result = {}
        for pair in body:
            if type(pair) is not list or len(pair) != 2 or type(pair[0]) is not str:
                raise ValueError("not an encoded dict")
            result[pair[0]] = self.read(pair[1], depth + 1)
        return result

    def read_array(self, dtype, shape, data):
        if type(dtype) is not str or dtype not in DTYPES or type(data) is not str:
            raise ValueError("not an encoded array")
        if type(shape) is not list or len(shape) > 8:
            raise ValueError("not an encoded array")
        if any(type(length) is not int or not 0 <= length < 2**31 for length in shape):
            raise ValueError("not an encoded array")
        try:
            raw = base64.b64decode(data, validate=True)
        except (binascii.Error, ValueError) as error:
            raise ValueError("not an encoded array") from error
        if len(raw) != math.prod(shape) * np.dtype(dtype).itemsize:
            raise ValueError("an encoded array's bytes do not fit its shape")
        if dtype == "|b1" and raw.strip(b"\0\1"):
            raise ValueError("an encoded bool is neither 0 nor 1")
        self.count(0, len(raw))
        native = np.dtype(dtype).newbyteorder("=")
        return np.frombuffer(raw, dtype=dtype).reshape(shape).astype(native)


def type_name(value) -> str:
    """The name of a value's type, with its module unless that is clear."""
    kind = type(value)
    module = getattr(kind, "__module__", "")
    return kind.__name__ if module in ("builtins", "__main__") else f"{module}.{kind.__name__}"


def clean(text: str, limit: int = 300, keep: str = "") -> str:
    """Text of unknown origin made harmless for terminals and files: no control characters, no
    invisible direction marks, no lone surrogates (all shown as escapes), cut to `limit` characters.

    >>> clean("red \\x1b[31m")
    'red \\\\x1b[31m'
    """
    shown = "".join(
        char
        if char in keep
        or (
            unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
            and char not in BLANK
        )
        else char.encode("unicode_escape").decode("ascii")
        for char in text[: limit + 1]
    )
    return shown if len(text) <= limit else shown[: limit - 1] + "…"
