"""Rows in their plainest JSON, {"instances": [[...], ...]}, straight to an array. Knows shapes, no signature.

Nothing here takes a Python step per element. What remains of a body without the characters of its numbers is compared
with what must remain of rows of the model's shape: so a body that fits holds no string, boolean or null, and no row is
ragged. simdjson then parses all of it, and refuses what is no JSON. A body that does not fit is not refused here: the
reader of tensors.py looks again, and says what is wrong.
"""

import math
from collections import deque
from functools import lru_cache
from typing import Any

import numpy as np
from simdjson import Parser

from service.floats import as_float32

_START = b'{"instances"'
_OF_NUMBERS = b"0123456789+-.eE \t\r\n"
_PREFIX, _SUFFIX = b'{"instancs":[', b"]}"  # as they remain: the e of the key goes with those of 1e5
_KEPT_BYTES = 1 << 20  # a parser keeps memory for the largest body that it has met


def is_plain(content: bytes) -> bool:
    """Whether `content`, if it is JSON, is {"instances": ...} with no other string in it, and so no other key."""
    return content.startswith(_START) and content.count(b'"') == 2


class PlainRows:
    """The parsers of one worker. Safe to use from several threads: each call takes a parser that no other has."""

    def __init__(self) -> None:
        self._parsers: deque[Parser] = deque()

    def read(self, content: bytes, shape: tuple[int, ...], max_rows: int) -> np.ndarray | None:
        """The rows of `content` as float32 of shape (rows, *shape), each nested as `shape` is, or flat.

        None where `content` has another key, another shape, more than `max_rows` rows, or what is no finite number.
        """
        count = _rows(content, shape)
        if not 0 < count <= max_rows:
            return None
        try:
            parser = self._parsers.pop()
        except IndexError:
            parser = Parser()
        try:
            numbers = np.frombuffer(_instances(parser.parse(content)).as_buffer(of_type="d"))
        except (ValueError, KeyError, RuntimeError, TypeError):
            return None  # and the parser is left to the collector, as what holds its document may live on
        if len(content) <= _KEPT_BYTES:
            self._parsers.append(parser)
        rows = as_float32(numbers) if numbers.size == count * math.prod(shape) else None  # [] and [5] remain the same
        return None if rows is None else rows.reshape(count, *shape)


def _instances(document: Any) -> Any:
    """Simdjson's type stubs know of a document only that it may be anything."""
    return document["instances"]


def _rows(content: bytes, shape: tuple[int, ...]) -> int:
    """How many rows of `shape` the brackets and commas in `content` are of; 0 where they are none."""
    remains = content.translate(None, _OF_NUMBERS)
    if not (remains.startswith(_PREFIX) and remains.endswith(_SUFFIX)):
        return 0
    remains = remains[len(_PREFIX) : -len(_SUFFIX)] + b","
    for row in _remains(shape):
        count, rest = divmod(len(remains), len(row))
        if not rest and remains == row * count:
            return count
    return 0


@lru_cache
def _remains(shape: tuple[int, ...]) -> tuple[bytes, bytes]:
    """What remains of a row of `shape` and the comma after it: nested, and flat."""
    nested, size = b"", 1
    for length in reversed(shape):
        nested = b"[" + b",".join([nested] * length) + b"]"
        size *= length
    return nested + b",", b"[" + b"," * (size - 1) + b"],"
