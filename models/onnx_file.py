"""What a model.onnx may hold, decided from its bytes before ONNX Runtime opens it. Knows protobuf, no runtime.

ONNX Runtime loads what a model points at, too: tensors in files of the working directory, even where the model came as
bytes (seen with 1.32), and in some operators of its own whole models. A served model is one file of stock operators.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from models.errors import BadVersion, listed, quoted

STOCK_DOMAINS = ("", "ai.onnx", "ai.onnx.ml")  # com.microsoft has operators that open files and libraries
LARGEST_BYTES = 2**31 - 1  # more no protobuf message holds
MOST_FIELDS = 5_000_000  # read here: some seconds. A network of 1,000 layers has some 10,000
DEEPEST = 50  # messages in messages: a graph in a node in a graph is three

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5  # wire types; groups (3, 4) are in no ONNX file


@dataclass(frozen=True)
class _Message:
    """What is looked at of a kind of message: fields that hold further messages, and fields that must not be there."""

    parts: Mapping[int, str]  # field -> kind of message
    refused: Mapping[int, str]  # field -> what it would be


# Fields by the numbers of onnx.proto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
_MESSAGES = {
    "model": _Message({7: "graph"}, {20: "information for training", 25: "functions of its own"}),
    "graph": _Message({1: "node", 5: "tensor", 15: "sparse"}, {}),
    "node": _Message({5: "attribute"}, {}),
    "attribute": _Message({5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"}, {}),
    "sparse": _Message({1: "tensor", 2: "tensor"}, {}),
    "tensor": _Message({}, {13: "a tensor in another file (external data)"}),
}
_DOMAIN = 7  # of a node
_LOCATION = 14  # of a tensor: 0 is in this file


class _Damaged(Exception):
    """Bytes that are no protobuf message, or none that an ONNX file has."""


def check_onnx(content: bytes, place: str) -> None:
    """Raises BadVersion, which begins with `place`, for what ONNX Runtime should not be given."""
    if len(content) > LARGEST_BYTES:
        raise BadVersion(f"{place} has {len(content)} bytes; an ONNX file has at most {LARGEST_BYTES}.")
    try:
        faults = sorted(set(_faults(content)))
    except _Damaged as error:
        raise BadVersion(f"{place} is no ONNX file that can be checked: {error}. Publish the model again.") from error
    if faults:
        raise BadVersion(
            f"{place} holds {listed(faults)}; a model is served from one file of operators of the domains "
            f"ai.onnx and ai.onnx.ml. Export the model again without."
        )


def _faults(content: bytes) -> Iterator[str]:
    """What must not be there. Without recursion, as the depth of a file is its maker's choice."""
    waiting = [("model", memoryview(content), 0)]
    fields = 0
    while waiting:
        kind, message, depth = waiting.pop()
        if depth > DEEPEST:
            raise _Damaged(f"it nests messages more than {DEEPEST} deep")
        for number, value in _fields(message):
            fields += 1
            if fields > MOST_FIELDS:
                raise _Damaged(f"it has more than {MOST_FIELDS} fields")
            if what := _refused(kind, number, value):
                yield what
            if (part := _MESSAGES[kind].parts.get(number)) and isinstance(value, memoryview):
                waiting.append((part, value, depth + 1))


def _refused(kind: str, number: int, value: memoryview | int) -> str:
    if kind == "node" and number == _DOMAIN and isinstance(value, memoryview):
        domain = bytes(value[:200]).decode("utf-8", "replace")
        return "" if domain in STOCK_DOMAINS else f"operators of the domain {quoted(domain)}"
    if kind == "tensor" and number == _LOCATION and value:
        return _MESSAGES["tensor"].refused[13]
    return _MESSAGES[kind].refused.get(number, "")


def _fields(message: memoryview) -> Iterator[tuple[int, memoryview | int]]:
    """Number and value of each field of a message: bytes, or a whole number; of fixed sizes 0."""
    place, end = 0, len(message)
    while place < end:
        tag, place = _varint(message, place)
        if not 8 <= tag < 2**32:  # readers cut it to 32 bits, so that it would be another field to them than here
            raise _Damaged(f"field {tag >> 3} is none")
        wire = tag & 7
        value: memoryview | int = 0
        if wire == _VARINT:
            value, place = _varint(message, place)
        elif wire == _BYTES:
            size, place = _varint(message, place)
            value = message[place : place + size]
            place += size
        elif wire in (_FIXED32, _FIXED64):
            place += 4 if wire == _FIXED32 else 8
        else:
            raise _Damaged(f"wire type {wire} is in no such file")
        if place > end:
            raise _Damaged("it ends within a field")
        yield tag >> 3, value


def _varint(message: memoryview, place: int) -> tuple[int, int]:
    """A whole number of up to ten bytes, and the place after it."""
    value = 0
    for shift in range(0, 70, 7):
        if place >= len(message):
            raise _Damaged("it ends within a number")
        byte = message[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
    raise _Damaged("a number has more than ten bytes")
