"""Whole numbers are taken exactly and within the bounds of their input, or refused with the place of what is wrong."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.signature import Input, Output, Signature, Task
from service import errors
from service.app import create_app
from service.plain import Numbers, PlainRows
from service.protocols.openinference import read_infer
from service.protocols.tables import read_table
from service.tensors import decode_rows
from tests.service.conftest import worker_of
from tests.service.openinference import JSON_LENGTH, fault
from tests.service.protocols import IN_CSV, IN_JSON, npy

LEAST, LARGEST = -(2**63), 2**63 - 1
WORDS = {"int32": Input("words", (2,), "int32", ranges=((0, 9),)), "int64": Input("words", (2,), "int64")}


def signature(tensor):
    return Signature(Task.REGRESSION, (tensor,), (Output("y", 1, "linear", ("y",)),))


def text(rows):
    """As the body of a request has them before anybody parses it."""
    return Numbers(json.dumps(rows).encode(), PlainRows(), json.loads)


READERS = {"list": lambda rows: rows, "text": text, "array": np.array}


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
@given(st.lists(st.lists(st.integers(LEAST, LARGEST), min_size=2, max_size=2), min_size=1, max_size=4))
def test_whole_numbers_come_out_exactly_as_they_went_in(reader, rows):
    decoded = decode_rows(reader(rows), signature(WORDS["int64"]), max_rows=4)["words"]
    assert decoded.dtype == np.int64
    assert decoded.tolist() == rows


@pytest.mark.parametrize("dtype", ["int32", "int64"])
@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
def test_a_fraction_of_nothing_is_a_whole_number(reader, dtype):
    decoded = decode_rows(reader([[1, 2.0], [3e0, 4]]), signature(WORDS[dtype]), max_rows=2)["words"]
    np.testing.assert_array_equal(decoded, np.array([[1, 2], [3, 4]], dtype), strict=True)


def test_an_array_of_any_numbers_is_taken_where_they_are_whole():
    for dtype in ("int8", "uint8", "int16", "uint64", "float16", "float32", "float64", ">i4", ">f8"):
        decoded = decode_rows(np.array([[1, 2]], dtype), signature(WORDS["int32"]), max_rows=1)["words"]
        np.testing.assert_array_equal(decoded, np.array([[1, 2]], np.int32), strict=True)


REFUSED = [
    ("fraction", [[1, 2], [1.5, 2]], errors.NotANumber, "/instances/1/0"),
    ("beyond-the-range", [[1, 10]], errors.NumberOutOfRange, "/instances/0/1"),
    ("below-the-range", [[-1, 2]], errors.NumberOutOfRange, "/instances/0/0"),
    ("beyond-the-dtype", [[1, 2**31]], errors.NumberOutOfRange, "/instances/0/1"),
    ("a-long-way-below", [[1, -(2**32)]], errors.NumberOutOfRange, "/instances/0/1"),  # 0 in its lowest 32 bits
    ("beyond-int64", [[1, 2**64]], errors.NumberOutOfRange, "/instances/0/1"),
    ("at-the-end-of-int64", [[1, 2.0**63]], errors.NumberOutOfRange, "/instances/0/1"),
    ("beyond-float64", [[1, 10**400]], errors.NumberOutOfRange, "/instances/0/1"),
    ("a-large-float", [[1, 1e300]], errors.NumberOutOfRange, "/instances/0/1"),
    ("nan", [[1, float("nan")]], errors.NumberOutOfRange, "/instances/0/1"),
    ("infinity", [[float("-inf"), 1]], errors.NumberOutOfRange, "/instances/0/0"),
    ("boolean", [[1, True]], errors.NotANumber, "/instances/0/1"),
    ("string", [[1, "2"]], errors.NotANumber, "/instances/0/1"),
    ("null", [[None, 1]], errors.NotANumber, "/instances/0/0"),
    ("nested", [[[1], 1]], errors.NotANumber, "/instances/0/0"),
    ("short", [[1]], errors.WrongShape, "/instances/0"),
]


@pytest.mark.parametrize("case", REFUSED, ids=[case[0] for case in REFUSED])
@pytest.mark.parametrize("read", [READERS["list"], READERS["text"]], ids=["list", "text"])
def test_what_is_no_whole_number_or_beyond_is_refused_with_its_place(read, case):
    _, rows, error, path = case
    with pytest.raises(error) as caught:
        decode_rows(read(rows), signature(WORDS["int32"]), max_rows=4)
    assert type(caught.value) is error
    assert caught.value.details[0].path == path


ARRAYS = [
    ("fraction", np.array([[1, 2], [1.5, 2]]), errors.NotANumber, "/instances/1/0"),
    ("nan", np.array([[1, np.nan]]), errors.NumberOutOfRange, "/instances/0/1"),
    ("beyond-the-range", np.array([[1, 10]]), errors.NumberOutOfRange, "/instances/0/1"),
    ("beyond-int64", np.array([[1, 2**64 - 1]], np.uint64), errors.NumberOutOfRange, "/instances/0/1"),
    ("as-float", np.array([[2.0**63, 1]]), errors.NumberOutOfRange, "/instances/0/0"),
]


@pytest.mark.parametrize("case", ARRAYS, ids=[case[0] for case in ARRAYS])
def test_an_array_with_another_number_is_refused_with_its_place(case):
    _, array, error, path = case
    for dtype in ("int32", "int64") if path == "/instances/1/0" else ("int32",):
        with pytest.raises(error) as caught:
            decode_rows(array, signature(WORDS[dtype]), max_rows=4)
        assert caught.value.details[0].path == path


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([[1, 10]], "expected a whole number from 0 to 9, got 10"),
        ([[1, 1.5]], "expected a whole number from 0 to 9, got 1.5"),
        ([[1, 10**400]], "expected a whole number from 0 to 9, got one that is too large"),
        ([[1, -1e300]], "expected a whole number from 0 to 9, got one that is too large"),
        ([[1, None]], "expected a whole number from 0 to 9, got null"),
    ],
    ids=["beyond", "fraction", "long", "large-float", "null"],
)
def test_the_message_says_what_would_be_right(rows, message):
    with pytest.raises(errors.ServiceError, match="2 whole numbers") as caught:
        decode_rows(rows, signature(WORDS["int32"]), max_rows=4)
    assert caught.value.details[0].message == message


BY_COLUMN = Input("row", (2,), "int64", feature_names=("year", "month"), ranges=((1900, 2100), (1, 12)))


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_each_column_has_its_own_bounds(read):
    decode_rows(read([[2024, 12], [1900, 1]]), signature(BY_COLUMN), max_rows=2)
    for rows, place in (([[12, 2024]], "/instances/0/0"), ([[2024, 12], [2024, 0]], "/instances/1/1")):
        with pytest.raises(errors.NumberOutOfRange) as caught:
            decode_rows(read(rows), signature(BY_COLUMN), max_rows=2)
        assert caught.value.details[0].path == place


def test_whole_numbers_may_come_by_feature():
    decoded = decode_rows([{"month": 2, "year": 2000.0}], signature(BY_COLUMN), max_rows=1)["row"]
    assert decoded.tolist() == [[2000, 2]]
    with pytest.raises(errors.NumberOutOfRange) as caught:
        decode_rows([{"month": 13, "year": 2000}], signature(BY_COLUMN), max_rows=1)
    assert caught.value.details[0].path == "/instances/0/month"


def test_a_number_by_itself_is_a_row_where_the_input_has_no_axis():
    alone = signature(Input("id", (), "int64", ranges=((0, 5),)))
    for read in READERS.values():
        assert decode_rows(read([1, 5]), alone, max_rows=2)["id"].tolist() == [1, 5]
    with pytest.raises(errors.NumberOutOfRange) as caught:
        decode_rows([1, 6], alone, max_rows=2)
    assert caught.value.details[0].path == "/instances/1"


@pytest.mark.parametrize("digits", ["9007199254740993", "-9223372036854775808", "+7", " 7 ", "7.0", "7e0"])
def test_a_table_holds_whole_numbers_exactly(digits):
    rows = read_table(f"{digits},1\n", signature(WORDS["int64"]), 1)["words"]
    assert rows.tolist() == [[int(float(digits)) if "." in digits or "e" in digits else int(digits), 1]]


@pytest.fixture(scope="module")
def client(zoo, tmp_path_factory):
    return create_app(worker_of(tmp_path_factory.mktemp("peers"), zoo)).test_client()


BAD = [0, 1, 2, 3, 4, 20]  # the model knows words 0 to 19


def infer(data=BAD, datatype="INT32", **more):
    return {"inputs": [{"name": "words", "shape": [1, 6], "datatype": datatype, "data": data, **more}]}


@pytest.mark.parametrize(
    ("path", "document", "place"),
    [
        pytest.param("/models/reviews/predict", {"instances": [BAD]}, "/instances/0/5", id="native"),
        pytest.param("/v1/models/reviews:predict", {"instances": [BAD]}, "/instances/0/5", id="tfserving"),
        pytest.param("/v1/models/reviews:predict", {"inputs": {"words": [BAD]}}, "/inputs/words/0/5", id="by-column"),
        pytest.param(
            "/v1/models/reviews:classify", {"examples": [{"words": BAD}]}, "/examples/0/words/5", id="classify"
        ),
        pytest.param("/v2/models/reviews/infer", infer(), "/inputs/0/data", id="openinference"),
        pytest.param("/v2/models/reviews/infer", infer([BAD]), "/inputs/0/data", id="openinference-nested"),
        pytest.param("/v2/models/reviews/infer", infer(datatype="FP64"), "/inputs/0/data", id="openinference-floats"),
        pytest.param("/invocations?model=reviews", {"inputs": [BAD]}, "/inputs/0/5", id="mlflow"),
    ],
)
def test_no_number_beyond_the_bounds_reaches_the_model_through_any_protocol(client, path, document, place):
    assert fault(client.post(path, json=document, headers=IN_JSON)) == (400, "number_out_of_range", place)


def test_nor_does_one_in_bytes_or_in_a_table(client):
    path, row = "/v2/models/reviews/infer", np.array([BAD], np.int32)
    described = {"name": "words", "shape": [1, 6], "datatype": "INT32", "parameters": {"binary_data_size": 24}}
    head = json.dumps({"inputs": [described]}).encode()
    for body, length in ((head + row.tobytes(), len(head)), (row.tobytes(), 0)):
        response = client.post(path, data=body, headers={JSON_LENGTH: str(length)})
        assert fault(response) == (400, "number_out_of_range", "/inputs/0/data")
    assert fault(client.post("/models/reviews/predict", data=npy(row)))[:2] == (400, "number_out_of_range")
    response = client.post("/invocations?model=reviews", data=",".join(map(str, BAD)), headers=IN_CSV)
    assert fault(response) == (400, "number_out_of_range", "/0/5")


@pytest.mark.parametrize("datatype", ["INT8", "UINT8", "INT16", "INT32", "INT64", "UINT64", "FP32", "FP64"])
def test_any_datatype_is_taken_for_whole_numbers_and_is_answered_alike(client, datatype):
    expected = client.post("/v2/models/reviews/infer", json=infer([1] * 6)).get_json()["outputs"]
    for data in ([1] * 6, [[1] * 6], [1.0] * 6):
        assert client.post("/v2/models/reviews/infer", json=infer(data, datatype)).get_json()["outputs"] == expected


@pytest.mark.parametrize(
    ("datatype", "data"),
    [("INT32", [2**40] * 6), ("INT8", [200] * 6), ("INT8", [[200] * 6]), ("UINT8", [-1] * 6), ("UINT8", [[-1] * 6])],
)
def test_a_number_that_its_own_datatype_does_not_hold_is_refused(client, datatype, data):
    response = client.post("/v2/models/reviews/infer", json=infer(data, datatype))
    assert fault(response) == (400, "number_out_of_range", "/inputs/0/data")


@pytest.mark.parametrize("data", [[1.5] * 6, [[1.5] * 6]], ids=["flat", "nested"])
@pytest.mark.parametrize("datatype", ["INT32", "FP32", "FP64"])
def test_fractions_are_refused_whatever_their_datatype(client, datatype, data):
    response = client.post("/v2/models/reviews/infer", json=infer(data, datatype))
    assert fault(response) == (400, "not_a_number", "/inputs/0/data")


def test_a_large_number_is_not_rounded_on_its_way_through_json():
    tensor = signature(WORDS["int64"])
    for data in ([[2**53 + 1, -(2**53) - 1]], [2**53 + 1, -(2**53) - 1]):
        for datatype in ("INT64", "FP64"):
            described = {"name": "words", "shape": [1, 2], "datatype": datatype, "data": text(data)}
            rows = read_infer({"inputs": [described]}, b"", tensor, 1).rows["words"]
            assert rows.tolist() == [[2**53 + 1, -(2**53) - 1]]
