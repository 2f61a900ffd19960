"""Plain bodies are read exactly as the reader of all others reads them, or are left to it."""

import json
import math
import sys
import threading
from itertools import chain, cycle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.signature import Input, Output, Signature, Task
from service.bodies import json_object
from service.errors import ServiceError
from service.plain import PlainRows, is_plain
from service.tensors import decode_rows
from tests.service.crowds import PATIENCE_S

MAX_BYTES = 1 << 20
MAX_ROWS = 5
LARGEST = float(np.finfo(np.float32).max)

shapes = st.lists(st.sampled_from([1, 1, 2, 3]), min_size=1, max_size=3).map(tuple)
spaces = st.sampled_from(["", "", "", " ", "\n", "\t", "\r\n  "])
numbers = st.one_of(
    st.integers(-(2**63), 2**64 - 1).map(str),
    st.integers(-300, 300).map(str),
    st.floats(-LARGEST, LARGEST, width=32).map(repr),
    st.floats(-LARGEST, LARGEST).map(repr),
    st.tuples(st.integers(-999, 999), st.sampled_from(["e", "E", "e+", "e-", ".5e", ".25E-"]), st.integers(0, 30)).map(
        lambda parts: "".join(map(str, parts))
    ),
    st.sampled_from(["-0", "-0.0", "1e-400", "3.4028235e38", "3.4028235677973362e38", "5e-324", "0.1e1"]),
)


@st.composite
def good_bodies(draw):
    """A shape, and the words of a body with up to as many rows of it as are taken."""
    shape = draw(shapes)
    row_shape = draw(st.sampled_from([shape, (math.prod(shape),)]))
    some_numbers = cycle(draw(st.lists(numbers, min_size=1, max_size=7)))
    words = _words_of_array((draw(st.integers(1, MAX_ROWS)), *row_shape), some_numbers)
    return shape, ["{", '"instances"', ":", *words, "}"]


def _words_of_array(shape, some_numbers):
    if not shape:
        return [next(some_numbers)]
    elements = [_words_of_array(shape[1:], some_numbers) for _ in range(shape[0])]
    return ["[", *elements[0], *(word for element in elements[1:] for word in (",", *element)), "]"]


def read_by_all_means(content, shape):
    """What the reader of all bodies makes of one; raises what it refuses it with."""
    document = json_object(content, MAX_BYTES)
    assert list(document) == ["instances"]
    signature = Signature(Task.REGRESSION, (Input("row", shape),), (Output("y", 1, "linear", ("y",)),))
    return decode_rows(document["instances"], signature, MAX_ROWS)["row"]


def assert_same(rows, expected):
    assert rows.dtype == expected.dtype == np.float32
    np.testing.assert_array_equal(rows.view(np.uint32), expected.view(np.uint32), strict=True)  # the sign of 0 too


@given(good_bodies(), st.lists(spaces, min_size=1, max_size=7))
@settings(deadline=None, max_examples=300)
def test_good_rows_are_read_as_they_always_are(good, some_spaces):
    shape, words = good
    spaced = chain.from_iterable(zip(words[1:], cycle(some_spaces)))  # the spaces never end
    content = b"{" + "".join(spaced).encode()
    assert is_plain(content)
    assert_same(PlainRows().read(content, shape, MAX_ROWS), read_by_all_means(content, shape))


STRANGE_NUMBERS = [
    "true", "false", "null", '"1"', '""', "NaN", "Infinity", "-Infinity", "1e400", "-1e400", "1e39", "-1e39", "9" * 25,
    "[]", "[1]", "[1,2]", "[[1]]", "{}", '{"a":1}', "", " ", "1 2", "1,2", "1,", ",", "-", "+1", "01", "1.", ".5", "1e",
    "1e+", "0x1", "1_0", "--1", "1-1", "e", "E5", "1.5.2", "\u0661", "\ufeff", "//", "\\u0031", "'1'",
]  # fmt: skip
STRANGE_KEYS = [
    '"Instances"', '"instance"', '"instancs"', '"einstances"', '"instances "', '"1nstances"', '"inst-ances"',
    '"inst\\u0061nces"', '"\\u0069nstances"', "'instances'", "instances", '"instances":[[1]],"instances"',
    '"model":"x","instances"', '"version":1,"instances"', '"instances":[[1]],"version"', '"":0,"instances"',
    '"instances""instances"', '"inputs"',
]  # fmt: skip
STRANGE_ENDS = [
    ',"model":"x"}', ',"version":1}', ',"version":1e5}', ",}", "}}", "", "]}", "} 1", "}1", "},", "}{}", "}[]", "}\x00",
]  # fmt: skip
STRANGE_CHARACTERS = '[]{},:"e+-.1 \n\\/n\x00\x0b\xa0\ufeff'


@st.composite
def damaged_bodies(draw):
    """A shape and a body for it that is good but for one or two faults; some faults do no harm."""
    shape, words = draw(good_bodies())
    for _ in range(draw(st.integers(1, 2))):
        words = draw(st.sampled_from(FAULTS))(draw, words)
    return shape, "".join(words).encode()


def _with_strange_word(draw, words):
    index = draw(st.integers(0, len(words) - 1))
    if words[index] == '"instances"':
        strange = STRANGE_KEYS
    elif index == len(words) - 1:
        strange = STRANGE_ENDS
    else:
        strange = STRANGE_NUMBERS  # in the place of a bracket or comma, too
    return [*words[:index], draw(st.sampled_from(strange)), *words[index + 1 :]]


def _with_word_moved(draw, words):
    """A bracket, comma or number is left out, is there twice, or changes places with the next."""
    index = draw(st.integers(0, len(words) - 1))
    word, following = words[index], words[index + 1 : index + 2]
    new = draw(st.sampled_from([[*following], [word, word, *following], [*following, word]]))
    return [*words[:index], *new, *words[index + 2 :]]


def _with_strange_character(draw, words):
    text = "".join(words)
    index = draw(st.integers(0, len(text)))
    kept = draw(st.sampled_from([text[index:], text[index + 1 :]]))
    return [text[:index], draw(st.sampled_from(STRANGE_CHARACTERS)), kept]


def _with_ragged_rows(draw, words):
    """A row ends at another comma than before, and is still an array of numbers."""
    ends = [index for index in range(len(words)) if words[index : index + 3] == ["]", ",", "["]]
    commas = [index for index, word in enumerate(words) if word == "," and words[index - 1] != "]"]
    if not ends or not commas:
        return words
    end, comma = draw(st.sampled_from(ends)), draw(st.sampled_from(commas))
    new = [["]", ",", "["] if index == comma else [word] for index, word in enumerate(words)]
    new[end], new[end + 1], new[end + 2] = [], [","], []
    return list(chain.from_iterable(new))


FAULTS = [_with_strange_word, _with_word_moved, _with_strange_character, _with_ragged_rows]


@given(damaged_bodies())
@settings(deadline=None, max_examples=600)
def test_what_is_not_quite_good_is_never_read_as_other_than_it_always_is(damaged):
    shape, content = damaged
    rows = PlainRows().read(content, shape, MAX_ROWS)
    if rows is not None:
        assert_same(rows, read_by_all_means(content, shape))


@given(damaged_bodies())
@settings(deadline=None, max_examples=300)
def test_a_body_that_is_called_plain_has_no_other_key(damaged):
    _, content = damaged
    try:
        document = json_object(content, MAX_BYTES)
    except ServiceError:
        return
    assert not is_plain(content) or list(document) == ["instances"]


@given(st.text(alphabet='{}[]:,"instances0123.-+e \n', max_size=60), shapes)
@settings(deadline=None, max_examples=300)
def test_whatever_comes_is_read_as_it_always_is_or_left(text, shape):
    for content in (text.encode(), b'{"instances":[' + text.encode() + b"]}"):
        rows = PlainRows().read(content, shape, MAX_ROWS)
        if rows is not None:
            assert_same(rows, read_by_all_means(content, shape))


LEFT = [
    ("true", "[[1,true]]"),
    ("null", "[[null,1]]"),
    ("text", '[["1",2]]'),
    ("nan", "[[NaN,1]]"),
    ("beyond-float32", "[[1,1e39]]"),
    ("beyond-float64", "[[1,1e400]]"),
    ("long-integer", f"[[1,{10**400}]]"),
    ("ragged", "[[1,2],[3]]"),
    ("deeper", "[[[1,2]]]"),
    ("bare-row", "[1,2]"),
    ("numbers-missing", "[[,],[1,2]]"),
    ("no-rows", "[]"),
    ("empty-row", "[[]]"),
    ("object", '[{"a":1,"b":2}]'),
    ("too-many-rows", json.dumps([[1, 2]] * (MAX_ROWS + 1))),
    ("two-documents", "[[1,2]]}{"),
]


@pytest.mark.parametrize("rows", [case[1] for case in LEFT], ids=[case[0] for case in LEFT])
def test_what_does_not_fit_is_left(rows):
    plain_rows = PlainRows()
    assert plain_rows.read(f'{{"instances":{rows}}}'.encode(), (2,), MAX_ROWS) is None
    np.testing.assert_array_equal(plain_rows.read(b'{"instances":[[1,2]]}', (2,), MAX_ROWS), [[1, 2]])


def test_an_empty_array_for_a_number_is_left():
    """Of rows of one number [] and [5] look the same but for the number."""
    for rows in ("[[],[5]]", "[[]]", "[[],[]]", "[[1,2],[]]"):
        assert PlainRows().read(f'{{"instances":{rows}}}'.encode(), (1,), MAX_ROWS) is None
    for rows in ("[[[]]]", "[[[1],[]]]"):
        assert PlainRows().read(f'{{"instances":{rows}}}'.encode(), (2, 1), MAX_ROWS) is None


@pytest.mark.parametrize(
    ("content", "plain"),
    [
        (b'{"instances":[[1]]}', True),
        (b'{"instances" : 1', True),  # whether it is JSON shows later
        (b' {"instances":[[1]]}', False),
        (b'{ "instances":[[1]]}', False),
        (b'{"instances":[["1"]]}', False),
        (b'{"instances":[[1]],"model":"x"}', False),
        (b'{"model":"x","instances":[[1]]}', False),
        (b'{"inputs":[[1]]}', False),
        (b"", False),
    ],
)
def test_plain_is_what_has_that_key_first_and_no_other_string(content, plain):
    assert is_plain(content) is plain


@pytest.fixture
def restless_threads():
    """Threads take turns after every few steps."""
    before_s = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before_s)


@pytest.mark.usefixtures("restless_threads")
def test_threads_that_share_the_parsers_get_the_rows_of_their_own_bodies():
    plain_rows, start, wrong = PlainRows(), threading.Barrier(8), []
    rows = np.arange(90_000, dtype=np.float32).reshape(300, 300)

    def read_many(number):
        start.wait(PATIENCE_S)
        for size in (1, 7, 300, 2, 40):  # of the largest a thread keeps no parser
            expected = rows[:size] + number
            body = json.dumps({"instances": expected.tolist()}).encode()
            for content, result in ((body, expected), (body[:-1], None), (body, expected)):
                got = plain_rows.read(content, (300,), 300)
                if not np.array_equal(got, result) if result is not None else got is not None:
                    wrong.append((number, size))

    threads = [threading.Thread(target=read_many, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert wrong == []
