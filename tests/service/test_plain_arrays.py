"""Arrays are cut out of bodies of any protocol and read by themselves, and nothing that a body says changes by it."""

import json
import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from service.bodies import json_object, json_value
from service.errors import InvalidJSON
from service.exchange import Exchange
from service.flow import Threads
from service.metrics import Metrics
from service.peers import Peers
from service.plain import Numbers, PlainRows, cut
from service.settings import Settings
from service.worker import Worker

MAX_BYTES = 1 << 20
MAX_ROWS = 5

# Behind these an array may be one of rows.
KEYS = ("instances", "inputs", "data", "dataframe_split")
# What looks like such a key, or like the mark in the place of an array, and what does not.
STRANGE = (
    'x"data', 'data"', '"data":', "data\\", "\\", "\\\\", "Data", "", "<array 0>", "<array 1>", "<array", 'inputs":{"',
    '"data":[1]', '"data":"[1,2]', '":[', "]", "]]", "}", "},", "[", '\\"instances\\":[[1]]', "1", "\u00e9",
    "name", "parameters", "context", "examples", "outputs",
)  # fmt: skip
ARRAYS = (
    "[]", "[ ]", "[1]", "[1,2]", "[ 1 ,\n2 ]", "[-0,-0.0]", "[1.5,-2e3,1E-2]", "[9007199254740993]", "[[1,2],[3,4]]",
    "[[[1]],\t[[2]]]", "[[]]", "[[1],[]]", "[1,NaN]", "[null]", "[true,1]", '["1"]', '["]",1]', '[1,"["]',
    '["data",[1]]', '[[1],{"data":[2]}]', '[{"data":[1]},[2]]', "[{}]", '[{"data":{}},1]', '[{"a":"]"},[1]]',
)  # fmt: skip
OTHERS = ("0", "-1.5", "true", "null", "NaN", "{}", '{"data":[1]}', '{"inputs":[1]}', '{"a":{"data":[1]}}')

spaces = st.sampled_from(["", "", "", " ", "\n", "\t \r\n"])
letters = st.sampled_from('"\\[]{}:,<> dat1')


def written(texts):
    """As JSON writes them."""
    return st.builds(json.dumps, texts, ensure_ascii=st.booleans())


keys = written(st.sampled_from(KEYS))
strings = st.one_of(
    written(st.sampled_from(STRANGE)), written(st.text(letters, max_size=8)), st.just('"d\\u0061ta"'), keys
)
arrays = st.sampled_from(ARRAYS)


@st.composite
def objects_of(draw, members):
    """An object, spaced somehow; a key may stand in it twice."""
    space = draw(spaces)
    pairs = draw(st.lists(members, min_size=1, max_size=4))
    return "{" + f"{space},".join(f"{space}{key}{space}:{space}{value}" for key, value in pairs) + "}"


rows = st.tuples(keys, arrays)
others = st.tuples(strings, st.one_of(strings, arrays, st.sampled_from(OTHERS)))
inner = objects_of(st.one_of(rows, rows, others))
tensors = st.lists(inner, max_size=3).map(lambda texts: f"[{','.join(texts)}]")
objects = objects_of(
    st.one_of(rows, rows, others, st.tuples(keys, inner), st.tuples(st.just('"inputs"'), st.one_of(tensors, inner)))
)


@st.composite
def damaged_objects(draw):
    """An object with a few letters too many, or too few."""
    text = draw(objects)
    for _ in range(draw(st.integers(1, 2))):
        start = draw(st.integers(0, len(text)))
        text = text[:start] + draw(st.text(letters, max_size=2)) + text[start + draw(st.integers(0, 2)) :]
    return text


@pytest.fixture(scope="module")
def read(tmp_path_factory):
    """What a request's body says, as views get it."""
    worker = Worker(Settings(), Metrics(), Peers(tmp_path_factory.mktemp("peers"), count=1), Threads())
    return Exchange({}, worker).json


def parsed(value):
    """With all arrays parsed that have been cut out."""
    if isinstance(value, Numbers):
        return parsed(value.parsed())
    if isinstance(value, dict):
        return {key: parsed(inner) for key, inner in value.items()}
    return [parsed(inner) for inner in value] if isinstance(value, list) else value


def outcome(function, content):
    """What a body says; NaN, which is not equal to itself, is told by its name, and whole numbers from others."""
    try:
        return json.dumps(parsed(function(content)))
    except InvalidJSON:
        return "no JSON"


@given(objects)
@settings(deadline=None, max_examples=500)
def test_a_body_says_what_any_parser_makes_of_it(read, text):
    content = text.encode()
    expected = outcome(lambda body: json_object(body, MAX_BYTES), content)
    assert outcome(read, content) == expected


@given(damaged_objects())
@example('{"instances":[[1]],]}')
@example('{"inputs":[{"data":[1,2]]}]}')
@example('{"data":[1],"data":[2]}')
@example('{"instances":[1],"id":"<array 0>"}')
@example('{"a":"\\u003carray 0>","instances":[1]}')
@example('{"instances":[1] "a":2}')
@example('{"instances":[[1] ,2}')
@settings(deadline=None, max_examples=500)
def test_a_damaged_body_is_refused_or_says_what_any_parser_makes_of_it(read, text):
    content = text.encode()
    expected = outcome(lambda body: json_object(body, MAX_BYTES), content)
    assert outcome(read, content) == expected


PLACES = [
    # body, how many arrays stay unparsed, as they stand where protocols have rows
    ('{"instances": [[1, 2]]}', 1),
    ('{"signature_name": "x", "instances": [[1, 2]], "parameters": {"top_k": 1}}', 1),
    ('{"inputs": [[1], [2]]}', 1),
    ('{"inputs": {"row": [[1], [2]]}}', 1),
    ('{"inputs": {"row": [1], "column": [2]}}', 1),
    ('{"inputs": [{"name": "row", "shape": [1, 2], "data": [1, 2]}]}', 1),
    ('{"inputs": [{"name": "a", "data": [[1]]}, {"data": [2], "name": "b"}], "outputs": [{"name": "c"}]}', 2),
    ('{"dataframe_split": {"columns": ["a", "b"], "data": [[1, 2]]}}', 1),
    ('{"parameters": {"data": [1]}}', 0),
    ('{"context": {"data": [1]}, "examples": [{}]}', 0),
    ('{"examples": [{"data": [1]}]}', 0),
    ('{"instances": [{"data": [1]}]}', 0),
    ('{"instances": [["a", 1]]}', 0),
    ('{"instances": []}', 1),
]


@pytest.mark.parametrize(("text", "count"), PLACES, ids=[text for text, _ in PLACES])
def test_arrays_stay_unparsed_where_protocols_have_rows_and_nowhere_else(read, text, count):
    found = []

    def walk(value):
        if isinstance(value, Numbers):
            found.append(value)
        for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            walk(inner)

    walk(read(text.encode()))
    assert len(found) == count


def test_a_large_body_is_cut_in_a_few_pieces_whatever_its_strings_hold():
    text = json.dumps({"inputs": [{"name": '"data":[' * 1000, "data": [1, 2]}]})
    envelope, arrays = cut(text.encode())
    assert arrays == [b"[1, 2]"]
    assert len(envelope) < len(text) + 10


def of_text(text):
    return Numbers(text.encode(), PlainRows(), lambda content: json_value(content, MAX_BYTES))


shapes = st.lists(st.sampled_from([1, 2, 3]), min_size=1, max_size=3).map(tuple)
plain_numbers = st.one_of(st.integers(-(2**60), 2**60), st.floats(-1e30, 1e30))


@given(st.data(), shapes, st.integers(1, MAX_ROWS))
@settings(deadline=None)
def test_rows_are_read_nested_and_flat_and_by_themselves(data, shape, count):
    size = count * math.prod(shape)
    given_numbers = np.array(data.draw(st.lists(plain_numbers, min_size=size, max_size=size)), object)
    expected = given_numbers.astype(np.float64).astype(np.float32).reshape(count, *shape)
    for nested in (given_numbers.reshape(count, *shape), given_numbers.reshape(count, -1)):
        read_rows = of_text(json.dumps(nested.tolist())).rows(shape, MAX_ROWS)
        np.testing.assert_array_equal(read_rows, expected, strict=True)
    text = json.dumps(given_numbers.tolist())
    np.testing.assert_array_equal(of_text(text).flat(size), given_numbers.astype(np.float64), strict=True)
    assert of_text(text).flat(size + 1) is None
    bare = of_text(text).rows((1,) * len(shape), size)
    np.testing.assert_array_equal(bare, expected.reshape(-1, *(1,) * len(shape)), strict=True)


LEFT = [
    ("[[1, 2], [3]]", (2,)),
    ("[[1, 2], [3, null]]", (2,)),
    ("[[1, 2], [3, true]]", (2,)),
    ('[[1, 2], [3, "4"]]', (2,)),
    ("[[1, 2], [3, 1e39]]", (2,)),
    ("[[1, 2], [3, NaN]]", (2,)),
    ("[1, 2]", (2,)),
    ("[[[1, 2]]]", (2,)),
    ("[[1, 2], 3]", (1,)),
    ("[1, [2]]", (1,)),
    ("[[], [5]]", (1,)),
    ("[1, ]", (1,)),
    ("[]", (1,)),
    ("[]", (2,)),
    ("[[]]", (1,)),
    ("[1] [2]", (1,)),
    ("[1, 2, 3, 4, 5, 6]", (1,)),
]


@pytest.mark.parametrize(("text", "shape"), LEFT, ids=[f"{text} {shape}" for text, shape in LEFT])
def test_rows_that_do_not_fit_are_left(text, shape):
    assert of_text(text).rows(shape, MAX_ROWS) is None


@pytest.mark.parametrize("text", ["[1, 2]", "[1, 2, 3, 4]", "[[1, 2, 3]]", "[1, 2, null]", '[1, 2, "3"]', "[1, 2, ]"])
def test_an_array_of_another_number_of_numbers_is_not_flat(text):
    assert of_text(text).flat(3) is None


@pytest.mark.parametrize(("text", "is_empty"), [("[]", True), ("[ \n\t]", True), ("[[]]", False), ("[0]", False)])
def test_an_array_is_empty_where_nothing_stands_in_it(text, is_empty):
    assert of_text(text).is_empty is is_empty
