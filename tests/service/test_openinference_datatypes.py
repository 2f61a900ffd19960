"""The Open Inference Protocol's tensors read: every datatype, what float32 cannot hold, and several inputs at once."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.signature import Input, Output, Signature, Task
from service.errors import InvalidRequest, NotANumber, NumberOutOfRange, ServiceError, WrongShape
from service.exchange import Exchange
from service.flow import Threads
from service.metrics import Metrics
from service.peers import Peers
from service.protocols.openinference import read_infer, read_raw
from service.settings import Settings
from service.worker import Worker
from tests.service.openinference import ask, fault, in_bytes, in_json, request, taken_apart

DTYPES = {
    "BOOL": "?", "INT8": "<i1", "INT16": "<i2", "INT32": "<i4", "INT64": "<i8", "UINT8": "<u1", "UINT16": "<u2",
    "UINT32": "<u4", "UINT64": "<u8", "FP16": "<f2", "FP32": "<f4", "FP64": "<f8",
}  # fmt: skip
IN_JSON = sorted(DTYPES.keys() - {"FP16"})


def model(*shapes):
    """The signature of a model with an input per shape."""
    names = ("row",) if len(shapes) == 1 else [f"row{number}" for number in range(len(shapes))]
    inputs = tuple(Input(name, shape) for name, shape in zip(names, shapes, strict=True))
    return Signature(Task.REGRESSION, inputs, (Output("answer", 1, "linear", ("answer",)),))


def encoded(numbers, datatype):
    if datatype == "BF16":
        return (np.array(numbers, "<f4").view("<u4") >> 16).astype("<u2").tobytes()
    return np.array(numbers, DTYPES[datatype]).tobytes()


def read_bytes(numbers, datatype):
    """A row of numbers, sent as bytes."""
    content = encoded(numbers, datatype)
    document = request(in_bytes((1, len(numbers)), len(content), datatype))
    return read_infer(document, content, model((len(numbers),)), 1).rows["row"][0]


@pytest.fixture
def read_json(tmp_path):
    """A row of numbers, or of what a test takes for such, sent as JSON."""
    worker = Worker(Settings(), Metrics(), Peers(tmp_path, count=1), Threads())

    def read(numbers, datatype, is_nested=False):
        tensor = in_json([[0] * len(numbers)], datatype, data=[numbers] if is_nested else numbers)
        document = Exchange({}, worker).json(json.dumps(request(tensor)).encode())
        return read_infer(document, b"", model((len(numbers),)), 1).rows["row"][0]

    return read


HELD = [
    # numbers that float32 holds exactly, and the datatypes that have them
    ("small", [0, 1, 2, 3, 4], {*DTYPES, "BF16"} - {"BOOL"}),
    ("booleans", [True, False, True], {"BOOL"}),
    ("int8", [-128, -1, 0, 127], {"INT8", "INT16", "INT32", "INT64", "FP16", "FP32", "FP64", "BF16"}),
    ("uint8", [0, 255], {"UINT8", "UINT16", "UINT32", "UINT64", "INT16", "INT32", "INT64", "FP16", "FP32", "BF16"}),
    ("int16", [-32768, 32767], {"INT16", "INT32", "INT64", "FP32", "FP64"}),
    ("uint16", [0, 65535], {"UINT16", "UINT32", "UINT64", "INT32", "INT64", "FP32", "FP64"}),
    ("24-bits", [2**24 - 1, 2**24], {"UINT32", "UINT64", "INT32", "INT64", "FP32", "FP64"}),
    ("negative", [-(2**24) + 1, -(2**24)], {"INT32", "INT64", "FP32", "FP64"}),
    ("24-bits-further-up", [2**24 + 2, 2**31 - 2**7], {"UINT32", "UINT64", "INT32", "INT64", "FP32", "FP64"}),
    ("int32", [-(2**31)], {"INT32", "INT64", "FP32", "FP64"}),
    ("uint32", [2**32 - 2**8, 2**31], {"UINT32", "UINT64", "INT64", "FP32", "FP64"}),
    ("beyond-float64's-integers", [2**53 + 2**30, 2**62], {"INT64", "UINT64", "FP32", "FP64"}),
    ("int64", [-(2**63), 2**63 - 2**39], {"INT64", "FP32", "FP64"}),
    ("uint64", [2**63, 2**64 - 2**40], {"UINT64", "FP32", "FP64"}),
    ("fractions", [0.5, -1.25, 3.0], {"FP16", "FP32", "FP64", "BF16"}),
    ("fp16", [65504.0, -65504.0, 2.0**-24, 2.0**-14], {"FP16", "FP32", "FP64"}),
    ("bf16", [2.0**127, 1.9921875 * 2.0**127, 2.0**-126, -0.0], {"BF16", "FP32", "FP64"}),
]
CASES = [
    pytest.param(numbers, datatype, id=f"{name}-{datatype}")
    for name, numbers, datatypes in HELD
    for datatype in sorted(datatypes)
]


@pytest.mark.parametrize(("numbers", "datatype"), CASES)
def test_bytes_of_every_datatype_are_read_as_the_numbers_that_they_are(numbers, datatype):
    rows = read_bytes(numbers, datatype)
    assert rows.dtype == np.float32
    assert rows.tobytes() == np.array(numbers, np.float32).tobytes()


@pytest.mark.parametrize("is_nested", [False, True], ids=["flat", "nested"])
@pytest.mark.parametrize(("numbers", "datatype"), [case for case in CASES if case.values[1] in IN_JSON])
def test_json_of_every_datatype_but_the_halves_is_read_as_the_numbers_that_it_is(
    read_json, numbers, datatype, is_nested
):
    rows = read_json(numbers, datatype, is_nested)
    assert rows.dtype == np.float32
    assert rows.tobytes() == np.array(numbers, np.float32).tobytes()


@given(arrays(np.float32, 4, elements=st.floats(width=32, allow_nan=False, allow_infinity=False)))
def test_any_float32_comes_through_to_the_bit(numbers):
    assert read_bytes(numbers, "FP32").tobytes() == numbers.tobytes()
    assert read_bytes(numbers, "FP64").tobytes() == numbers.tobytes()


@given(st.integers(-(2**63), 2**64 - 1), st.integers(0, 64))
def test_an_integer_is_taken_exactly_where_float32_holds_it(number, zeros):
    number = number >> zeros << zeros
    for datatype in ("INT32", "UINT32", "INT64", "UINT64"):
        limits = np.iinfo(DTYPES[datatype])
        if not limits.min <= number <= limits.max:
            continue
        if int(np.float32(number)) == number:
            assert read_bytes([0, number], datatype)[1] == np.float32(number)
        else:
            with pytest.raises(NumberOutOfRange) as refusal:
                read_bytes([0, number], datatype)
            assert "number 1 is none that float32 holds" in refusal.value.details[0].message


@pytest.mark.parametrize("number", [0.1, 1 / 3, 1e-50, 16777217.0])
def test_floats_with_more_digits_than_float32_has_are_rounded_to_it(read_json, number):
    assert read_bytes([number], "FP64")[0] == read_json([number], "FP64")[0] == np.float32(number)


def test_a_boolean_in_bytes_is_true_unless_it_is_0():
    tensor = in_bytes((1, 3), 3, "BOOL")
    assert read_infer(request(tensor), b"\0\1\2", model((3,)), 1).rows["row"].tolist() == [[0, 1, 1]]


NOT_HELD = [
    ([2**24 + 1], ("INT32", "UINT32", "INT64", "UINT64")),
    ([-(2**24) - 1], ("INT32", "INT64")),
    ([2**31 - 1], ("INT32", "UINT32", "INT64", "UINT64")),
    ([2**53 + 1], ("INT64", "UINT64")),  # which float64 does not hold either
    ([2**62 + 2**30], ("INT64", "UINT64")),
    ([2**63 - 1], ("INT64", "UINT64")),
    ([-(2**63) + 1], ("INT64",)),
    ([2**64 - 1], ("UINT64",)),
    ([1e39], ("FP64",)),
    ([-1e300, 1e300], ("FP64",)),
    ([2.0**128], ("FP64",)),
    ([np.nan], ("FP16", "FP32", "FP64", "BF16")),
    ([1, np.inf], ("FP16", "FP32", "FP64", "BF16")),
    ([-np.inf, np.inf], ("FP16", "FP32", "FP64", "BF16")),
]
LOST = [
    pytest.param(numbers, datatype, id=f"{numbers}-{datatype}") for numbers, those in NOT_HELD for datatype in those
]


@pytest.mark.parametrize(("numbers", "datatype"), LOST)
def test_bytes_that_float32_cannot_hold_are_refused(numbers, datatype):
    with pytest.raises(NumberOutOfRange, match="float32") as refusal:
        read_bytes(numbers, datatype)
    assert refusal.value.details[0].path == "/inputs/0/data"


@pytest.mark.parametrize("is_nested", [False, True], ids=["flat", "nested"])
@pytest.mark.parametrize(("numbers", "datatype"), [case for case in LOST if case.values[1] in IN_JSON])
def test_json_that_float32_cannot_hold_is_refused(read_json, numbers, datatype, is_nested):
    with pytest.raises(NumberOutOfRange, match="float32") as refusal:
        read_json(numbers, datatype, is_nested)
    assert refusal.value.details[0].path == "/inputs/0/data"


UNFIT = [
    # numbers in JSON, their datatype, the error, and a word of its details
    ([128], "INT8", NumberOutOfRange, "-128 to 127"),
    ([-129], "INT8", NumberOutOfRange, "-128 to 127"),
    ([256], "UINT8", NumberOutOfRange, "0 to 255"),
    ([-1], "UINT8", NumberOutOfRange, "0 to 255"),
    ([40_000], "INT16", NumberOutOfRange, "-32768 to 32767"),
    ([2**32], "UINT32", NumberOutOfRange, "0 to 4294967295"),
    ([-1], "UINT64", NumberOutOfRange, "0 to"),
    ([2**63], "INT64", NumberOutOfRange, "out of its range"),
    ([2**64], "UINT64", NumberOutOfRange, "out of its range"),
    ([10**400], "UINT64", NumberOutOfRange, "out of its range"),
    ([10**400], "FP32", NumberOutOfRange, "out of its range"),
    ([1.0, 2**53 + 1], "INT64", NumberOutOfRange, "number 1 is none"),
    ([1.5], "INT32", NotANumber, "whole numbers"),
    ([np.nan], "INT32", NotANumber, "whole numbers"),
    ([np.inf], "UINT8", NumberOutOfRange, "0 to 255"),
    ([1, True], "INT8", NotANumber, "got a boolean"),
    ([1, True], "FP32", NotANumber, "got a boolean"),
    ([True, 1], "BOOL", NotANumber, "got a number"),
    ([1, 0], "BOOL", NotANumber, "got a number"),
    ([True, None], "BOOL", NotANumber, "got null"),
    ([1, None], "FP32", NotANumber, "got null"),
    ([1, "2"], "FP64", NotANumber, "got a string"),
    ([1, {}], "FP32", NotANumber, "got an object"),
    ([1, [2, 3]], "FP32", WrongShape, "has 3 numbers"),
    ([[]], "FP32", WrongShape, "has 0 numbers"),
]


@pytest.mark.parametrize(("numbers", "datatype", "error", "words"), UNFIT, ids=lambda value: str(value)[:30])
def test_json_that_does_not_fit_its_datatype_is_refused(read_json, numbers, datatype, error, words):
    with pytest.raises(error) as refusal:
        read_json(numbers, datatype)
    assert refusal.value.details[0].path.startswith("/inputs/0/data")
    assert words in refusal.value.details[0].message


@pytest.mark.parametrize("numbers", [[3.0, -1], [1e3, 2], [-0.0, 1]])
def test_whole_numbers_may_be_written_with_a_point(read_json, numbers):
    assert read_json(numbers, "INT32").tolist() == numbers


@pytest.mark.parametrize("datatype", ["FP16", "BF16"])
def test_halves_in_json_are_refused_in_tritons_words(client, datatype):
    response = ask(client, request(in_json(datatype=datatype)))
    assert fault(response) == (400, "invalid_request", "/inputs/0/datatype")
    text = f"receiving {datatype} data via JSON is not supported. Please use the binary data format for input 'row'"
    assert response.get_json()["error"] == text
    taken_apart(ask(client, request()))


def test_text_is_refused(client):
    tensor = {"name": "row", "shape": [1, 4], "datatype": "BYTES", "data": ["a", "b", "c", "d"]}
    response = ask(client, request(tensor))
    assert fault(response) == (400, "invalid_request", "/inputs/0/datatype")
    assert "datatype of input 'row' is none of numbers" in response.get_json()["error"]


TWO = model((2,), (3,))
PAIR = [{"name": "row0", "shape": [1, 2], "datatype": "INT16", "parameters": {"binary_data_size": 4}},
        {"name": "row1", "shape": [1, 3], "datatype": "FP64", "parameters": {"binary_data_size": 24}}]  # fmt: skip
FIRST, SECOND = np.array([1, 2], "<i2").tobytes(), np.array([3, 4, 5], "<f8").tobytes()
IN_TEXT = {"name": "row0", "shape": [1, 2], "datatype": "FP32", "data": [1, 2]}


@pytest.mark.parametrize(
    ("inputs", "tail"),
    [
        pytest.param(PAIR, FIRST + SECOND, id="bytes"),
        pytest.param(PAIR[::-1], SECOND + FIRST, id="in-the-order-of-the-request"),
        pytest.param([IN_TEXT, PAIR[1]], SECOND, id="json-before-bytes"),
        pytest.param([PAIR[1], IN_TEXT], SECOND, id="json-after-bytes"),
    ],
)
def test_inputs_in_json_and_in_bytes_are_mixed(inputs, tail):
    rows = read_infer({"inputs": inputs}, tail, TWO, 1).rows
    assert {name: values.tolist() for name, values in rows.items()} == {"row0": [[1, 2]], "row1": [[3, 4, 5]]}


@pytest.mark.parametrize(
    ("inputs", "tail", "words"),
    [
        pytest.param(PAIR, FIRST + SECOND[:-1], "input 'row1', expecting 1 additional bytes", id="a-byte-short"),
        pytest.param(PAIR, FIRST, "input 'row1', expecting 24 additional bytes", id="one-missing"),
        pytest.param([IN_TEXT, PAIR[1]], FIRST + SECOND, "4 bytes follow", id="one-in-json-and-in-bytes"),
        pytest.param(PAIR[:1], FIRST, "expected 2 inputs but got 1 inputs", id="one-input"),
        pytest.param([PAIR[0] | {"shape": [2, 2], "parameters": {"binary_data_size": 8}}, PAIR[1]],
                     FIRST * 2 + SECOND, "different numbers of rows", id="different-rows"),
    ],
)  # fmt: skip
def test_inputs_that_do_not_fit_one_another_are_refused(inputs, tail, words):
    with pytest.raises(ServiceError, match=words):
        read_infer({"inputs": inputs}, tail, TWO, 2)


def test_a_raw_body_needs_a_model_with_one_input():
    with pytest.raises(InvalidRequest, match=r"Raw request must only have 1 input .* but got 2 inputs"):
        read_raw(FIRST, TWO)
