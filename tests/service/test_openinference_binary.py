"""The Open Inference Protocol's binary tensors: in and out, mixed with JSON, raw, and with sizes that do not add up."""

import gzip
import json
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.app import create_app
from tests.service.conftest import worker_of
from tests.service.openinference import (
    JSON_LENGTH,
    ROW,
    ask,
    ask_bytes,
    fault,
    golden,
    in_bytes,
    in_json,
    request,
    taken_apart,
)

MODELS = ["boxes", "flowers", "pictures", "prices", "tags", "tumours"]
BYTES = np.array(ROW, "<f4").tobytes()
GOOD = request(in_bytes((1, 4), 16))


@pytest.fixture(scope="module")
def client(zoo, tmp_path_factory):
    """The same for all tests here, as none changes what is served."""
    return create_app(worker_of(tmp_path_factory.mktemp("peers"), zoo)).test_client()


@pytest.mark.parametrize("name", MODELS)
def test_the_same_rows_have_the_same_answer_to_the_bit_in_bytes_and_in_json(client, zoo, name):
    rows, expected = golden(zoo, name)
    inputs = [(request(in_json(rows)), None), (request(in_bytes(rows.shape, rows.nbytes)), rows.tobytes())]
    answers = []
    for document, tail in inputs:
        for flag in (False, True):
            asked = document | {"parameters": {"binary_data_output": flag}}
            answers.append(taken_apart(ask(client, asked, tail, name))[1]["answer"])
    np.testing.assert_allclose(answers[0], expected, atol=1e-6)
    assert len({answer.tobytes() for answer in answers}) == 1


@pytest.mark.parametrize("name", sorted({*MODELS} - {"tumours"}))
def test_the_service_s_own_api_gives_the_same_bits(client, zoo, name):
    rows, _ = golden(zoo, name)
    own = client.post(
        f"/models/{name}/predict", json={"instances": rows.tolist()}, headers={"Accept": "application/x-npy"}
    )
    _, values = taken_apart(ask_bytes(client, rows, name, parameters={"binary_data_output": True}))
    assert values["answer"].tobytes() == np.load(BytesIO(own.get_data())).tobytes()


FLAGS = [
    # of the request, of the output, and whether the answer is binary
    ({}, {}, False),
    ({"binary_data_output": False}, {}, False),
    ({"binary_data_output": True}, {}, True),
    ({}, {"binary_data": True}, True),
    ({}, {"binary_data": False}, False),
    ({"binary_data_output": True}, {"binary_data": False}, False),
    ({"binary_data_output": False}, {"binary_data": True}, True),
]


@pytest.mark.parametrize("body", ["json", "bytes"])
@pytest.mark.parametrize(("parameters", "own", "is_binary"), FLAGS, ids=str)
def test_an_answer_is_binary_where_the_output_asks_for_it_or_else_the_request(client, body, parameters, own, is_binary):
    rows = np.array(ROW, np.float32)
    document = request(in_json(rows) if body == "json" else in_bytes(rows.shape, rows.nbytes))
    document |= {"parameters": parameters, "outputs": [{"name": "answer", "parameters": own}]}
    response = ask(client, document, None if body == "json" else rows.tobytes())
    (output,) = taken_apart(response)[0]["outputs"]
    assert ("data" not in output) is is_binary
    assert (JSON_LENGTH in response.headers) is is_binary


def test_the_request_s_flag_is_that_of_all_outputs_where_none_is_named(client):
    document, _ = taken_apart(ask(client, request(parameters={"binary_data_output": True})))
    assert document["outputs"] == [
        {"name": "answer", "datatype": "FP32", "shape": [1, 3], "parameters": {"binary_data_size": 12}}
    ]


def test_json_that_takes_the_whole_body_may_tell_its_length(client):
    document = json.dumps(request()).encode()
    response = ask(client, document, headers={JSON_LENGTH: str(len(document))})
    assert response.get_json()["outputs"] == ask(client, document).get_json()["outputs"]


def test_bytes_may_come_compressed_and_chunked(client):
    body = json.dumps(GOOD).encode() + BYTES
    headers = {JSON_LENGTH: str(len(body) - 16), "Content-Encoding": "gzip", "Transfer-Encoding": "chunked"}
    response = client.post(
        "/v2/models/flowers/infer",
        input_stream=BytesIO(gzip.compress(body)),
        headers=headers,
        environ_overrides={"wsgi.input_terminated": True},
    )
    _, plain = taken_apart(ask(client, request()))
    np.testing.assert_array_equal(taken_apart(response)[1]["answer"], plain["answer"])


RAW = {JSON_LENGTH: "0"}


@pytest.mark.parametrize("name", MODELS)
def test_a_raw_body_is_one_row_and_its_answer_is_binary(client, zoo, name):
    rows, _ = golden(zoo, name)
    document, values = taken_apart(ask(client, rows[0].tobytes(), model=name, headers=RAW))
    assert "data" not in document["outputs"][0]
    assert document["id"]
    _, asked = taken_apart(ask_bytes(client, rows[:1], name, parameters={"binary_data_output": True}))
    assert values["answer"].tobytes() == asked["answer"].tobytes()


@pytest.mark.parametrize("body", [b"", BYTES[:-1], BYTES + b"\0", BYTES * 2, b"{}"], ids=len)
def test_a_raw_body_of_another_size_than_a_row_s_is_refused(client, body):
    response = ask(client, body, headers=RAW)
    assert fault(response)[:2] == (400, "wrong_shape")
    assert f"unexpected total byte size {len(body)} for input 'row', expecting 16" in response.get_json()["error"]
    taken_apart(ask(client, BYTES, headers=RAW))


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_a_raw_body_holds_finite_numbers(client, number):
    body = np.array([1, number, 3, 4], "<f4").tobytes()
    assert fault(ask(client, body, headers=RAW)) == (400, "number_out_of_range", "/inputs/0/data")


HEADERS = [
    ("beyond-the-body", str(len(json.dumps(GOOD)) + 17)),
    ("beyond-64-bits", "9" * 30),
    ("beyond-python's-integers", "9" * 5000),
    ("negative", "-1"),
    ("signed", "+10"),
    ("fraction", "10.0"),
    ("word", "many"),
    ("other-digits", "\u00b2"),
    ("underscore", "1_0"),
    ("empty", ""),
]


@pytest.mark.parametrize("length", [case[1] for case in HEADERS], ids=[case[0] for case in HEADERS])
def test_a_length_of_the_json_that_cannot_be_is_told(client, length):
    response = ask(client, GOOD, BYTES, headers={JSON_LENGTH: length})
    assert fault(response) == (400, "invalid_request", None)
    size = len(json.dumps(GOOD)) + 16
    assert f"inference header size should be in range (0, {size}), got: {length[:100]}" == response.get_json()["error"]
    taken_apart(ask(client, GOOD, BYTES))


@pytest.mark.parametrize(("off", "code"), [(-1, "invalid_json"), (1, "invalid_json"), (16, "invalid_json")])
def test_a_length_that_cuts_the_json_at_a_wrong_place_is_refused(client, off, code):
    length = str(len(json.dumps(GOOD)) + off)
    assert fault(ask(client, GOOD, BYTES, headers={JSON_LENGTH: length})) == (400, code, None)


NAN, INF = (np.full(4, number, "<f4").tobytes() for number in (np.nan, np.inf))
BAD_SIZE, WRONG_SIZE = ((code, "/inputs/0/parameters/binary_data_size") for code in ("invalid_request", "wrong_shape"))
BAD_SHAPE, WRONG_SHAPE = ((code, "/inputs/0/shape") for code in ("invalid_request", "wrong_shape"))
BAD_DATA, BAD_NUMBER = ((code, "/inputs/0/data") for code in ("invalid_request", "number_out_of_range"))
BAD_TYPE = ("invalid_request", "/inputs/0/datatype")
LEFT_OVER = ("invalid_request", None)
BAD = [
    # id, the input, the bytes after the JSON, code and path of the first detail, words of the message
    ("no-bytes", in_bytes((1, 4), 16), b"", BAD_SIZE, "expecting 16 additional bytes"),
    ("too-few", in_bytes((1, 4), 16), BYTES[:12], BAD_SIZE, "expecting 4 additional bytes"),
    ("too-many", in_bytes((1, 4), 16), BYTES + b"123", LEFT_OVER, "additional input data: 3 bytes"),
    ("none-wanted", in_json(), BYTES, LEFT_OVER, "additional input data: 16 bytes"),
    ("size-below-the-shape", in_bytes((2, 4), 16), BYTES, WRONG_SIZE, "byte size 16 for input 'row', expecting 32"),
    ("size-above-the-shape", in_bytes((1, 4), 32), BYTES * 2, WRONG_SIZE, "byte size 32 for input 'row', expecting 16"),
    ("size-of-another-type", in_bytes((1, 4), 16, "FP64"), BYTES, WRONG_SIZE, "expecting 32"),
    ("size-of-nothing", in_bytes((1, 4), 0), b"", WRONG_SIZE, "expecting 16"),
    ("size-negative", in_bytes((1, 4), -16), BYTES, BAD_SIZE, "a number of bytes"),
    ("size-of-64-bits", in_bytes((1, 4), 2**64 - 1), BYTES, BAD_SIZE, "additional bytes"),
    ("size-of-400-digits", in_bytes((1, 4), 10**400), BYTES, BAD_SIZE, "additional bytes"),
    ("size-in-words", in_bytes((1, 4), "16"), BYTES, BAD_SIZE, "a number of bytes"),
    ("size-true", in_bytes((1, 4), True), BYTES, BAD_SIZE, "a number of bytes"),
    ("size-of-a-fraction", in_bytes((1, 4), 16.0), BYTES, BAD_SIZE, "a number of bytes"),
    ("json-too", in_bytes((1, 4), 16, data=[1, 2, 3, 4]), BYTES, BAD_DATA, "not as both"),
    ("null-too", in_bytes((1, 4), 16, data=None), BYTES, BAD_DATA, "not as both"),
    ("neither", in_bytes((1, 4), None), None, BAD_DATA, "needs its data"),
    ("no-shape", in_bytes((1, 4), 16, shape=None), BYTES, BAD_SHAPE, "whole numbers"),
    ("shape-of-text", in_bytes((1, 4), 16, shape=["1", "4"]), BYTES, BAD_SHAPE, "whole numbers"),
    ("shape-of-fractions", in_bytes((1, 4), 16, shape=[1.0, 4.0]), BYTES, BAD_SHAPE, "whole numbers"),
    ("shape-true", in_bytes((1, 4), 16, shape=[True, 4]), BYTES, BAD_SHAPE, "whole numbers"),
    ("shape-empty", in_bytes((), 16), BYTES, WRONG_SHAPE, "Expected [-1,4], got []"),
    ("shape-without-rows", in_bytes((4,), 16), BYTES, WRONG_SHAPE, "Expected [-1,4], got [4]"),
    ("shape-of-others", in_bytes((2, 2), 16), BYTES, WRONG_SHAPE, "Expected [-1,4], got [2,2]"),
    ("shape-too-deep", in_bytes((1, 1, 4), 16), BYTES, WRONG_SHAPE, "Expected [-1,4], got [1,1,4]"),
    ("shape-negative", in_bytes((-1, 4), 16), BYTES, WRONG_SHAPE, "no negative sizes"),
    ("shape-negative-twice", in_bytes((-1, -4), 16), BYTES, WRONG_SHAPE, "no negative sizes"),
    ("shape-overflows-to-4", in_bytes((2**62 + 1, 4), 16), BYTES, WRONG_SHAPE, "exceed maximum size"),
    ("shape-overflows-to-0", in_bytes((2**32, 2**32), 0), b"", WRONG_SHAPE, "exceed maximum size"),
    ("shape-of-400-digits", in_bytes((10**400, 4), 16), BYTES, WRONG_SHAPE, "exceed maximum size"),
    ("shape-of-50000-sizes", in_bytes((2**60,) * 50_000, 16), BYTES, WRONG_SHAPE, "Expected [-1,4]"),
    ("shape-of-no-rows", in_bytes((0, 4), 0), b"", BAD_SHAPE, "no rows"),
    ("datatype-unknown", in_bytes((1, 4), 16, "FP31"), BYTES, BAD_TYPE, "none of numbers"),
    ("datatype-bytes", in_bytes((1, 4), 16, "BYTES"), BYTES, BAD_TYPE, "none of numbers"),
    ("datatype-missing", in_bytes((1, 4), 16, datatype=None), BYTES, BAD_TYPE, "none of numbers"),
    ("nan", in_bytes((1, 4), 16), NAN, BAD_NUMBER, "float32"),
    ("inf", in_bytes((1, 4), 16), INF, BAD_NUMBER, "float32"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("tensor", "tail", "code_and_path", "words"), [bad[1:] for bad in BAD], ids=[bad[0] for bad in BAD]
)
def test_bytes_that_do_not_fit_are_refused_with_the_reason_and_the_next_request_is_answered(
    client, tensor, tail, code_and_path, words
):
    response = ask(client, request(tensor), tail)
    assert fault(response) == (400, *code_and_path)
    assert words in response.get_json()["error"]
    taken_apart(ask(client, GOOD, BYTES))


def test_more_rows_than_the_limit_are_refused_before_their_bytes_are_looked_at(client):
    assert fault(ask(client, request(in_bytes((16385, 4), 16)), BYTES)) == (413, "too_many_rows", None)


def test_an_unknown_output_is_refused_in_binary_too(client):
    response = ask(client, GOOD | {"outputs": [{"name": "anwser", "parameters": {"binary_data": True}}]}, BYTES)
    assert fault(response) == (400, "invalid_request", "/outputs/0/name")
    assert "unexpected inference output 'anwser'" in response.get_json()["error"]


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_whatever_is_damaged_a_request_is_answered_or_refused(client, data):
    head = json.dumps(GOOD).encode()
    body = bytearray(head + BYTES)
    for _ in range(data.draw(st.integers(0, 3))):
        start = data.draw(st.integers(0, len(body)))
        body[start : start + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=8))
    length = data.draw(st.integers(0, len(body) + 2))
    response = ask(client, bytes(body), headers={JSON_LENGTH: str(length)})
    if response.status_code == 200:
        taken_apart(response)
    else:
        status, _, _ = fault(response)
        assert 400 <= status < 500
