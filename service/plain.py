"""Numbers in their plainest JSON, {"instances": [[...], ...]}, straight to an array. Knows shapes, no signature.

Nothing here takes a Python step per element. What remains of a body without the characters of its numbers is compared
with what must remain of rows of the model's shape: so a body that fits holds no string, boolean or null, and no row is
ragged. simdjson then parses all of it, and refuses what is no JSON. A body that does not fit is not refused here: the
reader of tensors.py looks again, and says what is wrong.
"""

import math
import re
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from simdjson import Parser

from service.floats import as_float32

_START = b'{"instances"'
_OF_NUMBERS = b"0123456789+-.eE \t\r\n"
_PREFIX, _SUFFIX = b'{"instancs":[', b"]}"  # as they remain: the e of the key goes with those of 1e5
_ARRAY = re.compile(rb'"(?:instances|inputs|data|inputs"\s*:\s*\{\s*"[^"\\]*)"\s*:\s*\[')
_LIKE_A_MARK = (b"<array", b"\\u")  # see _mark; any letter may be written as \u and its number
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
        count = _count(content.translate(None, _OF_NUMBERS), _PREFIX, _SUFFIX, shape)
        return self._rows(content, _instances, count, shape, max_rows)

    def rows(self, array: bytes, shape: tuple[int, ...], max_rows: int) -> np.ndarray | None:
        """The same of a text that is the array alone."""
        count = _count(array.translate(None, _OF_NUMBERS), b"[", b"]", shape)
        return self._rows(array, _itself, count, shape, max_rows)

    def whole_rows(self, array: bytes, shape: tuple[int, ...], max_rows: int) -> np.ndarray | None:
        """As `rows`, of whole numbers: exactly, as int64. None where one has a fraction, even .0, or is too large."""
        count = _count(array.translate(None, _OF_NUMBERS), b"[", b"]", shape)
        if not 0 < count <= max_rows:
            return None
        numbers = self._numbers(array, _itself, "i")
        if numbers is None or numbers.size != count * math.prod(shape):
            return None
        return numbers.view(np.int64).reshape(count, *shape)  # which its bytes are

    def flat(self, array: bytes, size: int) -> np.ndarray | None:
        """The numbers of a text that is an array of `size` numbers, as float64; None where it is not."""
        if array.translate(None, _OF_NUMBERS) != b"[" + b"," * (size - 1) + b"]":
            return None
        numbers = self._numbers(array, _itself)
        return numbers if numbers is not None and numbers.size == size else None

    def _rows(
        self, text: bytes, pick: Callable[[Any], Any], count: int, shape: tuple[int, ...], max_rows: int
    ) -> np.ndarray | None:
        if not 0 < count <= max_rows:
            return None
        numbers = self._numbers(text, pick)
        if numbers is None or numbers.size != count * math.prod(shape):  # [] and [5] remain the same
            return None
        rows = as_float32(numbers)
        return None if rows is None else rows.reshape(count, *shape)

    def _numbers(self, text: bytes, pick: Callable[[Any], Any], kind: str = "d") -> np.ndarray | None:
        try:
            parser = self._parsers.pop()
        except IndexError:
            parser = Parser()
        try:
            numbers = np.frombuffer(pick(parser.parse(text)).as_buffer(of_type=kind))
        except (ValueError, KeyError, RuntimeError, TypeError, AttributeError):
            return None  # and the parser is left to the collector, as what holds its document may live on
        if len(text) <= _KEPT_BYTES:
            self._parsers.append(parser)
        return numbers


@dataclass(frozen=True, slots=True)
class Numbers:
    """An array in the text of a body, which nobody has parsed yet."""

    text: bytes
    reader: PlainRows
    parse: Callable[[bytes], Any]  # to Python's lists, where it turns out not to be so plain

    def rows(self, shape: tuple[int, ...], max_rows: int) -> np.ndarray | None:
        """As PlainRows.rows."""
        return self.reader.rows(self.text, shape, max_rows)

    def whole_rows(self, shape: tuple[int, ...], max_rows: int) -> np.ndarray | None:
        """As PlainRows.whole_rows."""
        return self.reader.whole_rows(self.text, shape, max_rows)

    def flat(self, size: int) -> np.ndarray | None:
        """As PlainRows.flat."""
        return self.reader.flat(self.text, size)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is in it."""
        return not self.text[1:-1].strip()

    def parsed(self) -> Any:
        """What any parser of JSON makes of it."""
        return self.parse(self.text)


def cut(content: bytes) -> tuple[bytes, list[bytes]]:
    """The body with a mark in the place of each array that may be one of numbers, and these arrays: see `restored`.

    An array ends with the last bracket before whatever numbers cannot hold: so what is cut out of an array of other
    things is no JSON, and neither is what remains. Nothing is cut where the client may have written a mark itself.
    """
    parts: list[bytes] = []
    arrays: list[bytes] = []
    end = 0
    for match in _ARRAY.finditer(content):
        start = match.end() - 1
        if start < end:
            continue
        quote = content.find(b'"', start)
        brace = content.find(b"}", start, quote if quote >= 0 else len(content))
        stop = content.rfind(b"]", start, brace if brace >= 0 else quote if quote >= 0 else len(content)) + 1
        if stop:
            parts += content[end:start], b'"%b"' % _mark(len(arrays)).encode()
            arrays.append(content[start:stop])
            end = stop
    parts.append(content[end:])
    if any(text in part for part in parts[::2] for text in _LIKE_A_MARK):
        return content, []
    return b"".join(parts), arrays


def restored(document: dict[str, Any], arrays: Sequence[Numbers]) -> bool:
    """Put the arrays in the places of their marks, where protocols have arrays; False where one stands elsewhere."""
    inputs = document.get("inputs")
    within = [*(inputs if isinstance(inputs, list) else [inputs]), document.get("dataframe_split")]
    places = [document, *(value for value in within if isinstance(value, dict))]
    left = {_mark(number): array for number, array in enumerate(arrays)}
    for place in places:
        for key, value in place.items():
            if isinstance(value, str) and value in left:
                place[key] = left.pop(value)
    return not left


def _mark(number: int) -> str:
    return f"<array {number}>"


def _itself(document: Any) -> Any:
    return document


def _instances(document: Any) -> Any:
    """Simdjson's type stubs know of a document only that it may be anything."""
    return document["instances"]


def _count(remains: bytes, prefix: bytes, suffix: bytes, shape: tuple[int, ...]) -> int:
    """How many rows of `shape` the brackets and commas that remain are of; 0 where they are none."""
    if not (remains.startswith(prefix) and remains.endswith(suffix)):
        return 0
    remains = remains[len(prefix) : -len(suffix)] + b","
    for row in _remains(shape):
        count, rest = divmod(len(remains), len(row))
        if not rest and remains == row * count:
            return count
    return 0


@lru_cache
def _remains(shape: tuple[int, ...]) -> tuple[bytes, ...]:
    """What remains of a row of `shape` and the comma after it: nested, flat, and bare where it is one number."""
    nested, size = b"", 1
    for length in reversed(shape):
        nested = b"[" + b",".join([nested] * length) + b"]"
        size *= length
    return nested + b",", b"[" + b"," * (size - 1) + b"],", *([b","] if size == 1 else [])
