"""The Open Inference Protocol: inference in JSON, classes, compression, and what bad requests are told."""

import gzip
import json
import zlib

import numpy as np
import pytest

from models.signature import Input, Output, Signature, Task
from service.app import create_app
from service.errors import InvalidRequest
from service.protocols.openinference import Answerer, InferRequest, Wanted, infer_answer
from tests.service.conftest import worker_of
from tests.service.openinference import JSON_LENGTH, ROW, ask, fault, golden, in_json, request, taken_apart


@pytest.fixture(scope="module")
def client(zoo, tmp_path_factory):
    """The same for all tests here, as none changes what is served."""
    return create_app(worker_of(tmp_path_factory.mktemp("peers"), zoo)).test_client()


@pytest.mark.parametrize("name", ["flowers", "pictures", "tumours", "tags", "prices", "boxes"])
@pytest.mark.parametrize("form", ["nested", "flat", "flat-rows", "nested-otherwise"])
def test_numbers_in_json_are_answered_as_keras_answered_them(client, zoo, name, form):
    rows, expected = golden(zoo, name)
    flat = rows.reshape(len(rows), -1)
    tensor = {
        "nested": in_json(rows),
        "flat": in_json(rows, data=rows.reshape(-1).tolist()),
        "flat-rows": in_json(flat),
        "nested-otherwise": in_json(rows, data=[flat[:3].tolist(), flat[3:].tolist()]),
    }[form]
    document, values = taken_apart(ask(client, request(tensor), model=name))
    assert (document["model_name"], document["model_version"]) == (name, "1")
    assert all(type(number) is float for number in document["outputs"][0]["data"])
    assert document["outputs"][0]["datatype"] == "FP32"
    np.testing.assert_allclose(values["answer"], expected, atol=1e-6)


@pytest.mark.parametrize("given", ["42", "a/b c", "<array 0>", "\u00e9\U0001f600", "x" * 1000])
def test_an_id_comes_back_as_it_was_given(client, given):
    assert taken_apart(ask(client, request(id=given)))[0]["id"] == given


def test_an_id_that_looks_like_something_of_the_service_s_own_is_no_array(client):
    body = json.dumps(request(id="<array 0>")).replace("<array", "\\u003carray")
    assert taken_apart(ask(client, body.encode()))[0]["id"] == "<array 0>"
    hidden = {"id": "<array 0>", "parameters": {"own": {"data": [1, 2]}}}
    assert taken_apart(ask(client, hidden | request(in_json(data=[1, 2, 3, 4]))))[0]["id"] == "<array 0>"


@pytest.mark.parametrize("given", [{}, {"id": ""}], ids=["absent", "empty"])
def test_an_answer_has_an_id_where_the_request_has_none(client, given):
    first, second = (taken_apart(ask(client, request(**given)))[0]["id"] for _ in range(2))
    assert first
    assert second
    assert first != second


IGNORED = [
    {"model_name": "tags", "custom": {"data": [1]}},
    {"parameters": {}},
    {"parameters": None},
    {"parameters": {"sequence_id": 7, "priority": 1, "timeout": 0, "headers": {}, "own": [1, 2]}},
    {"outputs": []},
    {"outputs": [{"name": "answer"}]},
    {"outputs": [{"name": "answer", "parameters": {"classification": 0, "own": True}}]},
]


@pytest.mark.parametrize("more", IGNORED, ids=str)
def test_what_asks_for_nothing_special_changes_nothing(client, more):
    _, plain = taken_apart(ask(client, request()))
    document, values = taken_apart(ask(client, request(**more)))
    np.testing.assert_array_equal(values["answer"], plain["answer"])
    assert "parameters" not in document


BAD = [
    # id, document, code, path of the first detail, words of the message
    ("empty", b"", "invalid_json", None, "empty"),
    ("no-json", b"{", "invalid_json", None, "not valid JSON"),
    ("array", [in_json()], "invalid_json", None, "must be a JSON object"),
    ("no-inputs", {}, "invalid_request", "/inputs", "no inputs"),
    ("empty-inputs", {"inputs": []}, "invalid_request", "/inputs", "no inputs"),
    ("inputs-by-name", {"inputs": {"row": [[1, 2, 3, 4]]}}, "invalid_request", "/inputs", "expected an array"),
    ("inputs-of-numbers", {"inputs": [1, 2]}, "invalid_request", "/inputs", "expected an array"),
    ("an-input-of-null", {"inputs": [in_json(), None]}, "invalid_request", "/inputs/1", "needs a name"),
    ("inputs-of-null", {"inputs": [None]}, "invalid_request", "/inputs", "expected an array"),
    ("input-without-a-name", request({"shape": [1, 4]}), "invalid_request", "/inputs/0", "needs a name"),
    ("unknown-input", request(in_json(name="column")), "invalid_request", "/inputs/0/name", "inference input 'column'"),
    ("input-twice", request(in_json(), in_json()), "invalid_request", "/inputs", "stands twice among the inputs"),
    ("fewer-rows-than-the-shape", request(in_json(shape=[2, 4])), "wrong_shape", "/inputs/0/data",
     "has 4 numbers; the shape has 8"),
    ("more-rows-than-the-shape", request(in_json(ROW * 3, shape=[2, 4])), "wrong_shape", "/inputs/0/data",
     "has 12 numbers; the shape has 8"),
    ("fewer-flat-numbers-than-the-shape", request(in_json(data=[1, 2, 3])), "wrong_shape", "/inputs/0/data",
     "has 3 numbers; the shape has 4"),
    ("unknown-output", request(outputs=[{"name": "x"}]), "invalid_request", "/outputs/0/name", "inference output 'x'"),
    ("output-twice", request(outputs=[{"name": "answer"}] * 2), "invalid_request", "/outputs", "stands twice"),
    ("output-without-a-name", request(outputs=[{}]), "invalid_request", "/outputs/0", "needs a name"),
    ("outputs-of-text", request(outputs="answer"), "invalid_request", "/outputs", "expected an array"),
    ("id-of-a-number", request(id=42), "invalid_request", "/id", "id must be a string"),
    ("id-of-null", request(id=None), "invalid_request", "/id", "id must be a string"),
    ("id-no-text", b'{"id": "\\ud800", "inputs": []}', "invalid_request", "/inputs", "no inputs"),
    ("parameters-of-text", request(parameters="x"), "invalid_request", "/parameters", "Parameters are an object"),
    ("flag-of-text", request(parameters={"binary_data_output": "yes"}), "invalid_request",
     "/parameters/binary_data_output", "true or false"),
    ("flag-of-an-output", request(outputs=[{"name": "answer", "parameters": {"binary_data": 1}}]), "invalid_request",
     "/outputs/0/parameters/binary_data", "true or false"),
    ("triton-parameter", request(parameters={"triton_x": 1}), "invalid_request", "/parameters/triton_x",
     "parameter keys starting with 'triton_' are reserved for Triton usage"),
    ("triton-parameter-of-an-input", request(in_json(parameters={"triton_x": 1})), "invalid_request",
     "/inputs/0/parameters/triton_x", "reserved"),
    ("triton-parameter-of-an-output", request(outputs=[{"name": "answer", "parameters": {"triton_x": 1}}]),
     "invalid_request", "/outputs/0/parameters/triton_x", "reserved"),
    ("timeout-of-text", request(parameters={"timeout": "1"}), "invalid_request", "/parameters/timeout", "microseconds"),
    ("timeout-negative", request(parameters={"timeout": -1}), "invalid_request", "/parameters/timeout", "microseconds"),
    ("classes-negative", request(outputs=[{"name": "answer", "parameters": {"classification": -1}}]),
     "invalid_request", "/outputs/0/parameters/classification", "number of classes"),
    ("classes-true", request(outputs=[{"name": "answer", "parameters": {"classification": True}}]),
     "invalid_request", "/outputs/0/parameters/classification", "number of classes"),
    ("classes-1.5", request(outputs=[{"name": "answer", "parameters": {"classification": 1.5}}]),
     "invalid_request", "/outputs/0/parameters/classification", "number of classes"),
]  # fmt: skip


@pytest.mark.parametrize(("document", "code", "path", "words"), [bad[1:] for bad in BAD], ids=[bad[0] for bad in BAD])
def test_a_bad_request_is_told_what_is_wrong_and_where(client, document, code, path, words):
    response = ask(client, document)
    assert fault(response) == (400, code, path)
    answer = response.get_json()
    assert words in answer["error"] + str(answer["details"])
    assert ask(client, request()).status_code == 200


def test_a_timeout_in_microseconds_is_a_deadline(client):
    assert fault(ask(client, request(parameters={"timeout": 1}))) == (504, "deadline_exceeded", None)
    for microseconds in (60_000_000, 2**64 - 1, 10**400):
        taken_apart(ask(client, json.dumps(request(parameters={"timeout": microseconds})).encode()))


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(json.dumps(request(id="\ud800")), id="id"),
        pytest.param(json.dumps(request(in_json(name="\ud800"))), id="unknown-input"),
        pytest.param(json.dumps(request(in_json(name="\ud800"), in_json(name="\ud800"))), id="input-twice"),
        pytest.param(json.dumps(request(in_json(datatype="\ud800"))), id="datatype"),
        pytest.param(json.dumps(request(outputs=[{"name": "\ud800"}] * 2)), id="output-twice"),
        pytest.param(json.dumps(request(parameters={"triton_\ud800": 1})), id="parameter"),
    ],
)
def test_text_that_is_no_unicode_is_refused_as_any_other(client, body):
    assert fault(ask(client, body.encode()))[0] == 400


def classes(client, model, rows, count, **more):
    outputs = [{"name": "answer", "parameters": {"classification": count} | more}]
    document, values = taken_apart(ask(client, request(in_json(rows), outputs=outputs), model=model))
    assert document["outputs"][0]["datatype"] == "BYTES"
    return values["answer"]


@pytest.mark.parametrize("more", [{}, {"binary_data": True}], ids=["json", "binary"])
@pytest.mark.parametrize(("count", "given"), [(1, 1), (2, 2), (3, 3), (99, 3)])
def test_classification_gives_the_highest_values_with_index_and_label(client, zoo, count, given, more):
    rows, expected = golden(zoo, "flowers")
    names = zoo.version("flowers").manifest.signature.classes
    answers = classes(client, "flowers", rows, count, **more)
    assert answers.shape == (len(rows), given)
    for strings, probabilities in zip(answers, expected, strict=True):
        values, indexes, labels = zip(*(text.split(":") for text in strings), strict=True)
        best = np.argsort(-probabilities, kind="stable")[:given]
        assert [int(index) for index in indexes] == best.tolist()
        assert list(labels) == [names[index] for index in best]
        np.testing.assert_allclose([float(value) for value in values], probabilities[best], atol=1e-6)


def test_classification_of_a_binary_model_knows_both_classes(client, zoo):
    rows, expected = golden(zoo, "tumours")
    for texts, (benign,) in zip(classes(client, "tumours", rows, 2), expected, strict=True):
        values = {label: (int(index), float(value)) for value, index, label in (text.split(":") for text in texts)}
        assert values == {
            "malignant": (0, pytest.approx(1 - benign, abs=1e-6)),
            "benign": (1, pytest.approx(benign, abs=1e-6)),
        }
        assert float(texts[0].split(":")[0]) >= 0.5


def test_classification_for_no_class_gives_the_numbers(client):
    outputs = [{"name": "answer", "parameters": {"classification": 0}}]
    assert taken_apart(ask(client, request(outputs=outputs)))[0]["outputs"][0]["datatype"] == "FP32"


@pytest.mark.parametrize(
    "outputs",
    [
        pytest.param([], id="none-named"),
        pytest.param([{"name": "answer"}], id="json"),
        pytest.param([{"name": "answer", "parameters": {"binary_data": True}}], id="binary"),
    ],
)
def test_top_k_among_the_parameters_asks_for_classes_of_every_output_and_threshold_changes_nothing(client, outputs):
    document = request(outputs=outputs, parameters={"top_k": 2, "threshold": 0.9})
    _, values = taken_apart(ask(client, document))
    assert values["answer"].tolist() == classes(client, "flowers", ROW, 2).tolist()


def test_an_output_s_own_number_of_classes_goes_before_top_k(client):
    outputs = [{"name": "answer", "parameters": {"classification": 1}}]
    _, values = taken_apart(ask(client, request(outputs=outputs, parameters={"top_k": 3})))
    assert values["answer"].shape == (1, 1)


def classified(probabilities, count):
    """What a classification of these probabilities, a row per line, is answered with."""
    names = tuple(f"c{index}" for index in range(probabilities.shape[1]))
    signature = Signature(Task.MULTICLASS, (Input("row", (4,)),), (Output("answer", len(names), "softmax", names),))
    asked = InferRequest("", {}, (Wanted("answer", False, count),))
    return infer_answer(asked, Answerer("m", "1", "id"), signature, {"answer": probabilities}).document["outputs"][0]


def test_classes_of_the_same_value_stand_in_the_model_s_order():
    texts = classified(np.tile(np.array([0.25, 0.5, 0.75], np.float32), 30).reshape(1, 90), 90)["data"]
    expected = [(value, index) for value, first in ((0.75, 2), (0.5, 1), (0.25, 0)) for index in range(first, 90, 3)]
    assert texts == [f"{value:f}:{index}:c{index}" for value, index in expected]


def test_a_classification_has_at_most_a_million_elements():
    probabilities = np.zeros((1001, 1000), np.float32)
    assert classified(probabilities, 999)["shape"] == [1001, 999]
    with pytest.raises(InvalidRequest, match="classification output tensor too large"):
        classified(probabilities, 1000)


ENCODINGS = {"gzip": (gzip.compress, gzip.decompress), "deflate": (zlib.compress, zlib.decompress)}


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("flag", [False, True], ids=["json", "binary"])
def test_bodies_are_compressed_both_ways_and_lengths_are_those_of_what_is_inside(client, encoding, flag):
    compress, decompress = ENCODINGS[encoding]
    document = request(parameters={"binary_data_output": flag})
    plain = ask(client, document)
    headers = {"Content-Encoding": encoding, "Accept-Encoding": f"br, {encoding};q=0.5"}
    response = ask(client, compress(json.dumps(document).encode()), headers=headers)
    assert response.headers["Content-Encoding"] == encoding
    assert response.headers["Vary"] == "Accept-Encoding"
    assert int(response.headers["Content-Length"]) == len(response.get_data())
    assert response.headers.get(JSON_LENGTH) == plain.headers.get(JSON_LENGTH)
    _, values = taken_apart(response, decompress(response.get_data()))
    np.testing.assert_array_equal(values["answer"], taken_apart(plain)[1]["answer"])


@pytest.mark.parametrize("accepted", ["", "identity", "br", "gzip;q=0", "gzip; q=0.0, *;q=0"])
def test_an_answer_is_not_compressed_where_nobody_asks_for_it(client, accepted):
    response = ask(client, request(), headers={"Accept-Encoding": accepted})
    assert "Content-Encoding" not in response.headers
    taken_apart(response)


def test_the_length_of_the_json_in_a_compressed_request_is_the_one_before_compression(client):
    head, tail = json.dumps(request(in_json() | {"parameters": {"binary_data_size": 16}})), bytes(16)
    head = head.replace('"data": [[1, 2, 3, 4]], ', "")
    headers = {"Content-Encoding": "gzip", JSON_LENGTH: str(len(head))}
    response = ask(client, gzip.compress(head.encode() + tail), headers=headers)
    assert taken_apart(response)[1]["answer"].shape == (1, 3)
