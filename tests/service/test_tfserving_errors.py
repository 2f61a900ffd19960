"""TensorFlow Serving's REST protocol: bad requests, and what they are told in its words."""

import json

import pytest

from service.app import create_app
from tests.service.conftest import worker_of
from tests.service.openinference import fault

HALF, FLOWERS, TUMOURS = "/v1/models/half_plus_two", "/v1/models/flowers", "/v1/models/tumours"
ROW = [1, 2, 3, 4]


@pytest.fixture(scope="module")
def client(zoo, tmp_path_factory):
    """The same for all tests here, as none changes what is served."""
    return create_app(worker_of(tmp_path_factory.mktemp("peers"), zoo)).test_client()


UNKNOWN = [
    ("half:predict", 404, "unknown_model", "Servable not found for request: Latest(half)"),
    ("half/versions/7:predict", 404, "unknown_model", "Servable not found for request: Latest(half)"),
    ("flowers/versions/7:predict", 404, "unknown_version", "Servable not found for request: Specific(flowers, 7)"),
    ("flowers/versions/0:classify", 404, "unknown_version", "Servable not found for request: Specific(flowers, 0)"),
    ("flowers/labels/foo:predict", 400, "unknown_label", "Unrecognized servable version label: foo"),
    ("flowers/labels/foo:regress", 400, "unknown_label", "Unrecognized servable version label: foo"),
]


@pytest.mark.parametrize(("path", "status", "code", "text"), UNKNOWN, ids=[unknown[0] for unknown in UNKNOWN])
def test_who_is_unknown_is_told_in_tensorflow_servings_words(client, path, status, code, text):
    response = client.post(f"/v1/models/{path}", json={"instances": [ROW]})
    assert fault(response) == (status, code, None)
    assert response.get_json()["error"] == text


BAD_PREDICTIONS = [
    # document or body, status, code, path of the first detail, words of the message
    (b"", 400, "invalid_json", None, "JSON Parse error: The document is empty"),
    (b"hello", 400, "invalid_json", None, "JSON Parse error: "),
    (b'{"instances": [[1,2,3,4]]', 400, "invalid_json", None, "JSON Parse error: "),
    (b"[[1,2,3,4]]", 400, "invalid_json", None, "must be a JSON object"),
    ({}, 400, "invalid_request", None, "Missing 'inputs' or 'instances' key"),
    ({"examples": []}, 400, "invalid_request", None, "Missing 'inputs' or 'instances' key"),
    ({"instances": [ROW], "inputs": [ROW]}, 400, "invalid_request", None,
     "ot formatted correctly expecting only one of 'inputs' or 'instances' keys to exist"),
    ({"instances": 5}, 400, "invalid_request", None, "Expecting 'instances' to be an list/array"),
    ({"instances": None}, 400, "invalid_request", None, "Expecting 'instances' to be an list/array"),
    ({"instances": {"row": [ROW]}}, 400, "invalid_request", None, "Expecting 'instances' to be an list/array"),
    ({"instances": []}, 400, "invalid_request", None, "No values in 'instances' array"),
    (b'{"instances": [ \n]}', 400, "invalid_request", None, "No values in 'instances' array"),
    ({"instances": [ROW], "signature_name": 7}, 400, "invalid_request", None,
     "not formatted correctly. 'signature_name' key must be a string value."),
    ({"instances": [ROW], "signature_name": "foo"}, 400, "invalid_request", "/signature_name",
     'Serving signature name: "foo" not found in signature def'),
    ({"instances": [ROW], "signature_name": "classify"}, 400, "invalid_request", None,
     "signature method_name to be tensorflow/serving/predict. Was: tensorflow/serving/classify"),
    ({"instances": [[1, 2, 3, "4"]]}, 400, "not_a_number", "/instances/0/3", "4 numbers"),
    ({"instances": [[1, True, 3, 4]]}, 400, "not_a_number", "/instances/0/1", "4 numbers"),
    ({"instances": [ROW, [1, 2, None, 4]]}, 400, "not_a_number", "/instances/1/2", "4 numbers"),
    ({"instances": [{"row": {"b64": "eA=="}}]}, 400, "wrong_shape", "/instances/0/row", "4 numbers"),
    ({"instances": [ROW, [1, 2, 3]]}, 400, "wrong_shape", "/instances/1", "4 numbers"),
    ({"instances": ROW}, 400, "wrong_shape", "/instances/0", "4 numbers"),
    ({"instances": [[ROW]]}, 400, "wrong_shape", "/instances/0", "4 numbers"),
    ({"instances": [{"column": ROW}]}, 400, "wrong_features", "/instances/0/column", "by feature name"),
    ({"instances": [{"row": ROW, "column": ROW}]}, 400, "wrong_features", "/instances/0/column", "by feature name"),
    ({"instances": [[1, 2, 3, float("nan")]]}, 400, "number_out_of_range", "/instances/0/3", "4 numbers"),
    ({"instances": [[1, float("inf"), 3, 4]]}, 400, "number_out_of_range", "/instances/0/1", "4 numbers"),
    (b'{"inputs": {"row": [[Infinity, 2, 3, 4]]}}', 400, "number_out_of_range", "/inputs/row/0/0", "4 numbers"),
    ({"instances": [[1, 2, 3, 1e39]]}, 400, "number_out_of_range", "/instances/0/3", "4 numbers"),
    ({"instances": [[3e38, -3e38, 3e38, 3e38]]}, 422, "non_finite_output", "/instances/0", "no finite answer"),
    ({"instances": [ROW] * 16_385}, 413, "too_many_rows", None, "16385 rows"),
    ({"inputs": {"column": [ROW]}}, 400, "invalid_request", None, "Missing named input: row in 'inputs' object."),
    ({"inputs": {"row": [[1, 2, 3]]}}, 400, "wrong_shape", "/inputs/row/0", "4 numbers"),
    ({"inputs": {"row": [[1, 2, 3, "4"]]}}, 400, "not_a_number", "/inputs/row/0/3", "4 numbers"),
    ({"inputs": {"row": 7}}, 400, "invalid_request", "/inputs/row", "no rows"),
    ({"inputs": {"row": {"b64": "eA=="}}}, 400, "invalid_request", "/inputs/row", "no rows"),
    ({"inputs": ROW}, 400, "wrong_shape", "/inputs/0", "4 numbers"),
    ({"inputs": []}, 400, "invalid_request", "/inputs", "no rows"),
    ({"inputs": None}, 400, "invalid_request", "/inputs", "no rows"),
]  # fmt: skip

BAD_EXAMPLES = [
    # method, document, code, path of the first detail, words of the message
    ("classify", {}, "invalid_request", None, "key 'examples' is expected and was not found"),
    ("classify", {"instances": [[1, 2, 3]]}, "invalid_request", None, "key 'examples' is expected and was not found"),
    ("classify", {"examples": {}}, "invalid_request", None, "Expecting 'examples' value to be an list/array"),
    ("classify", {"examples": []}, "invalid_request", None, "'examples' value is an empty array"),
    ("classify", {"examples": [{}, 1]}, "invalid_request", "/examples/1", "must be JSON object but got JSON Number"),
    ("classify", {"examples": ["x"]}, "invalid_request", "/examples/0", "must be JSON object but got JSON String"),
    ("classify", {"examples": [[1, 2, 3]]}, "invalid_request", "/examples/0", "but got JSON Array"),
    ("classify", {"examples": [None]}, "invalid_request", "/examples/0", "but got JSON Null"),
    ("classify", {"examples": [True]}, "invalid_request", "/examples/0", "but got JSON True"),
    ("classify", {"context": 5, "examples": [{}]}, "invalid_request", "/context", "'context' value to be an object"),
    ("classify", {"context": {"x": 5}, "examples": [{}]}, "wrong_features", "/context/x", "features"),
    ("classify", {"examples": [{"radius": 1}]}, "wrong_features", "/examples/0", "by feature name"),
    ("classify", {"examples": [{"radius": 1, "texture": 2, "area": None}]}, "not_a_number", "/examples/0/area", ""),
    ("classify", {"examples": [{"radius": 1, "texture": 2, "area": "3"}]}, "not_a_number", "/examples/0/area", ""),
    ("classify", {"examples": [{"radius": 1, "texture": 2, "area": []}]}, "not_a_number", "/examples/0/area", ""),
    ("classify", {"examples": [{"radius": 1, "texture": 2, "area": [3, 4]}]}, "not_a_number", "/examples/0/area", ""),
    ("classify", {"signature_name": "serving_default", "examples": [{}]}, "invalid_request", None,
     "signature method_name to be tensorflow/serving/classify. Was: tensorflow/serving/predict"),
    ("classify", {"signature_name": "regress", "examples": [{}]}, "invalid_request", "/signature_name", "not found"),
    ("regress", {"examples": [{}]}, "invalid_request", None,
     "Expected regression signature method_name to be tensorflow/serving/regress. Was: tensorflow/serving/predict"),
]  # fmt: skip


def assert_told(response, status, code, path, words):
    assert fault(response) == (status, code, path)
    assert words in response.get_json()["error"]


@pytest.mark.parametrize("bad", BAD_PREDICTIONS, ids=lambda bad: str(bad[0])[:60])
def test_a_bad_request_to_predict_is_told_what_is_wrong_and_where(client, bad):
    document, *told = bad
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    assert_told(client.post(f"{FLOWERS}:predict", data=body), *told)
    assert client.post(f"{FLOWERS}:predict", json={"instances": [ROW]}).status_code == 200


@pytest.mark.parametrize("bad", BAD_EXAMPLES, ids=lambda bad: f"{bad[0]} {bad[1]}"[:60])
def test_bad_examples_are_told_what_is_wrong_and_where(client, bad):
    method, document, *told = bad
    assert_told(client.post(f"{TUMOURS}:{method}", json=document), 400, *told)


@pytest.mark.parametrize("method", ["classify", "regress"])
def test_several_values_are_neither_classes_nor_one_value(client, method):
    response = client.post(f"/v1/models/boxes:{method}", json={"examples": [{"row": [1] * 6}]})
    assert "Was: tensorflow/serving/predict" in response.get_json()["error"]
    assert client.post(f"{FLOWERS}:regress", json={"examples": [{}]}).status_code == 400
    assert client.post(f"{HALF}:classify", json={"examples": [{"x": 1}]}).status_code == 400


def test_more_examples_than_are_taken_are_refused(client):
    document = {"context": {"radius": 1, "texture": 2, "area": 3}, "examples": [{}] * 16_384}
    assert len(client.post(f"{TUMOURS}:classify", json=document).get_json()["results"]) == 16_384
    document["examples"].append({})
    assert_told(client.post(f"{TUMOURS}:classify", json=document), 413, "too_many_rows", None, "16385 rows")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_other_methods_are_refused_in_json(client, method):
    for path in (FLOWERS, f"{FLOWERS}:predict", f"{FLOWERS}/metadata"):
        response = client.open(path, method=method)
        assert fault(response) == (405, "method_not_allowed", None)
