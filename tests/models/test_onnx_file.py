"""A model.onnx is one file of stock operators, or no runtime gets it."""

import random

import pytest

from models import onnx_file
from models.errors import BadVersion
from models.onnx_file import check_onnx


def varint(value):
    parts = []
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*parts, value])


def field(number, content):
    """A field of a protobuf message: a whole number, or bytes. A message that follows another is merged with it."""
    if isinstance(content, int):
        return varint(number << 3) + varint(content)
    return varint(number << 3 | 2) + varint(len(content)) + content


OUTSIDE = field(14, 1) + field(13, field(1, b"location") + field(2, b"secret.bin"))
EMPTY_OUTSIDE = field(13, b"")


def graph(content):
    return field(7, content)


def node(content):
    return graph(field(1, content))


def attribute(content):
    return node(field(5, content))


def nested(depth):
    content = field(1, field(7, b"evil"))
    for _ in range(depth):
        content = field(1, field(5, field(6, content)))
    return graph(content)


HOSTILE = {
    "an initializer outside": (graph(field(5, OUTSIDE)), "external data"),
    "its place, without the flag": (graph(field(5, EMPTY_OUTSIDE)), "external data"),
    "its flag alone": (graph(field(5, field(14, 1))), "external data"),
    "the values of a sparse initializer": (graph(field(15, field(1, OUTSIDE))), "external data"),
    "the indices of a sparse initializer": (graph(field(15, field(2, OUTSIDE))), "external data"),
    "a tensor of an attribute": (attribute(field(5, OUTSIDE)), "external data"),
    "tensors of an attribute": (attribute(field(10, OUTSIDE)), "external data"),
    "a sparse tensor of an attribute": (attribute(field(22, field(1, OUTSIDE))), "external data"),
    "sparse tensors of an attribute": (attribute(field(23, field(1, OUTSIDE))), "external data"),
    "a tensor of a graph of an attribute": (attribute(field(6, field(5, OUTSIDE))), "external data"),
    "a tensor of graphs of an attribute": (attribute(field(11, field(5, OUTSIDE))), "external data"),
    "an operator of its maker": (node(field(7, b"evil")), "domain 'evil'"),
    "an operator of the runtime's own": (node(field(7, b"com.microsoft")), r"domain 'com\.microsoft'"),
    "an operator in a loop": (nested(3), "domain 'evil'"),
    "an operator whose domain is no text": (node(field(7, b"\xff\x1b[2J")), "domain"),
    "functions": (field(25, b""), "functions of its own"),
    "information for training": (field(20, b""), "information for training"),
}


@pytest.mark.parametrize("addition", HOSTILE)
def test_what_reaches_outside_of_the_file_is_refused(zoo, addition):
    content, fault = HOSTILE[addition]
    with pytest.raises(BadVersion, match=f"^flowers/1/model.onnx holds .*{fault}"):
        check_onnx(zoo.version("flowers").read("model.onnx") + content, "flowers/1/model.onnx")


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (nested(60), "more than 50 deep"),
        (varint((1 << 32) | (7 << 3) | 2) + varint(0), "is none"),  # 32 bits of it are the field 7
        (b"\x00", "is none"),
        (varint(7 << 3 | 3), "wire type 3"),  # a group
        (varint(7 << 3 | 6), "wire type 6"),
        (b"\x3a\x7f", "ends within a field"),
        (b"\x3d\x00", "ends within a field"),
        (b"\x08" + b"\xff" * 10, "more than ten bytes"),
        (b"\x08\xff", "ends within a number"),
    ],
    ids=["deep", "cut-tag", "field-0", "group", "wire-6", "long", "short-fixed", "long-number", "cut-number"],
)
def test_what_no_onnx_file_has_is_refused(content, fault):
    with pytest.raises(BadVersion, match=f"no ONNX file that can be checked: .*{fault}"):
        check_onnx(content, "flowers/1/model.onnx")


def test_more_fields_than_any_network_has_are_refused(monkeypatch):
    monkeypatch.setattr(onnx_file, "MOST_FIELDS", 1000)
    with pytest.raises(BadVersion, match="more than 1000 fields"):
        check_onnx(graph(field(5, b"\x25\x00\x00\x00\x00" * 1001)), "flowers/1/model.onnx")


@pytest.mark.parametrize("name", ["boxes", "flowers", "gates", "lamps", "pictures", "tickets", "half_plus_two"])
def test_what_this_project_publishes_passes(zoo, name):
    check_onnx(zoo.version(name).read("model.onnx"), name)


def test_a_damaged_file_is_judged_without_another_error(zoo):
    content, draw = zoo.version("flowers").read("model.onnx"), random.Random(3)
    judged = {"passed": 0, "refused": 0}
    for _ in range(2000):
        damaged = bytearray(content)
        for _ in range(draw.randint(1, 4)):
            damaged[draw.randrange(len(damaged))] ^= 1 << draw.randrange(8)
        try:
            check_onnx(bytes(damaged[: draw.randrange(len(damaged)) if draw.random() < 0.3 else None]), "x")
            judged["passed"] += 1
        except BadVersion:
            judged["refused"] += 1
    assert min(judged.values()) > 100
