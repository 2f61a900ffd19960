"""Reads JSON of bounded size, depth and number of nodes, in which no key stands twice. Knows no Keras."""

import json
import math
from collections.abc import Iterator
from typing import Any, NoReturn

from models.errors import quoted
from models.inspection.limits import Limits
from models.inspection.refused import Refused

LARGEST_INTEGER = 1 << 63
REMEDY = "Keras writes no such file; save the model again."


def parse(text: bytes, part: str, limits: Limits) -> dict[str, Any]:
    """The JSON object in `text`. Raises Refused, with `part` as the place, for anything else."""
    if len(text) > limits.json_bytes:
        raise Refused("bomb", part, f"it has {len(text)} bytes of JSON, and may have {limits.json_bytes}.")
    # Every node is the first of an object or an array, or follows a comma. Counted before anything is built.
    if (nodes := 1 + sum(text.count(mark) for mark in (b",", b"{", b"["))) > limits.json_nodes:
        raise Refused("nodes", part, f"it has some {nodes} nodes, and may have {limits.json_nodes}.")
    document = _loaded(text, part)
    if not isinstance(document, dict):
        raise Refused("json", part, f"it is no JSON object. {REMEDY}")
    _check_depth(document, part, limits)
    return document


def _loaded(text: bytes, part: str) -> Any:
    reading = _Reading(part)
    try:
        return json.loads(
            text.decode("utf-8"),
            object_pairs_hook=reading.mapping,
            parse_constant=reading.constant,
            parse_int=reading.integer,
            parse_float=reading.real,
        )
    except RecursionError as error:
        raise Refused("depth", part, f"its JSON is nested too deeply to be read. {REMEDY}") from error
    except ValueError as error:  # of UTF-8 or JSON
        raise Refused("json", part, f"it is no JSON ({error}). {REMEDY}") from error


class _Reading:
    """What json.loads asks about the pieces of one document."""

    def __init__(self, part: str) -> None:
        self._part = part

    def mapping(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        mapping = dict(pairs)
        if len(mapping) != len(pairs):
            keys = [key for key, _ in pairs]
            twice = next(key for key in keys if keys.count(key) > 1)
            raise Refused("json", self._part, f"the key {quoted(twice)} stands twice in one object. {REMEDY}")
        return mapping

    def constant(self, word: str) -> NoReturn:
        raise Refused("json", self._part, f"{word} is no number of JSON. {REMEDY}")

    def integer(self, digits: str) -> int:
        if len(digits) > 20 or abs(number := int(digits)) > LARGEST_INTEGER:
            raise Refused("json", self._part, f"the number {quoted(digits)} is too large for any model. {REMEDY}")
        return number

    def real(self, digits: str) -> float:
        number = float(digits)
        if not math.isfinite(number):
            raise Refused("json", self._part, f"the number {quoted(digits)} is too large for any model. {REMEDY}")
        return number


def _check_depth(document: Any, part: str, limits: Limits) -> None:
    level, depth = [document], 0
    while level:
        depth += 1
        if depth > limits.json_depth:
            raise Refused("depth", part, f"its JSON is nested more than {limits.json_depth} deep.")
        level = [child for node in level for child in _children(node)]


def _children(node: Any) -> Iterator[Any]:
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return (child for child in children if isinstance(child, dict | list))
