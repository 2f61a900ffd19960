"""Every bad request gets a 4xx in the one shape, and the service answers the next good one."""

import gzip
import json

import pytest

from service.app import create_app

GOOD = {"instances": [[1, 2, 3, 4]]}


def with_rows(rows):
    return json.dumps({"instances": rows}).encode()


BAD_BODIES = [
    # id, body, headers, status, code, path of the first detail
    ("no-body", b"", {}, 400, "invalid_json", None),
    ("no-json", b"hello", {}, 400, "invalid_json", None),
    ("form", b"instances=1", {"Content-Type": "application/x-www-form-urlencoded"}, 400, "invalid_json", None),
    ("array", b"[[1,2,3,4]]", {}, 400, "invalid_json", None),
    ("not-utf-8", b'{"instances": "\xff"}', {}, 400, "invalid_json", None),
    ("nested-1e5-deep", b'{"instances":' + b"[" * 100_000 + b"]" * 100_000 + b"}", {}, 400, "invalid_json", None),
    ("no-instances", b"{}", {}, 400, "invalid_request", "/instances"),
    ("null-instances", b'{"instances": null}', {}, 400, "invalid_request", "/instances"),
    ("empty-list", with_rows([]), {}, 400, "invalid_request", "/instances"),
    ("unknown-key", b'{"instances": [[1,2,3,4]], "inputs": 1}', {}, 400, "invalid_request", "/inputs"),
    ("wrong-type-of-model", b'{"instances": [[1,2,3,4]], "model": 7}', {}, 400, "invalid_request", "/model"),
    ("other-model-than-the-path", b'{"instances": [[1,2,3,4]], "model": "tags"}', {}, 400, "invalid_request", "/model"),
    ("version-as-text", b'{"instances": [[1,2,3,4]], "version": "1"}', {}, 400, "invalid_request", "/version"),
    ("version-true", b'{"instances": [[1,2,3,4]], "version": true}', {}, 400, "invalid_request", "/version"),
    ("version-zero", b'{"instances": [[1,2,3,4]], "version": 0}', {}, 400, "invalid_request", "/version"),
    ("version-1.5", b'{"instances": [[1,2,3,4]], "version": 1.5}', {}, 400, "invalid_request", "/version"),
    ("version-and-label", b'{"instances": [[1]], "version": 1, "label": "a"}', {}, 400, "invalid_request", "/label"),
    ("unknown-version", b'{"instances": [[1,2,3,4]], "version": 99}', {}, 404, "unknown_version", None),
    ("unknown-label", b'{"instances": [[1,2,3,4]], "label": "stable"}', {}, 404, "unknown_label", None),
    ("wrong-shape", with_rows([[1, 2, 3]]), {}, 400, "wrong_shape", "/instances/0"),
    ("too-deep", with_rows([[[1, 2, 3, 4]]]), {}, 400, "wrong_shape", "/instances/0"),
    ("bare-row", with_rows([1, 2, 3, 4]), {}, 400, "wrong_shape", "/instances/0"),
    ("ragged", with_rows([[1, 2, 3, 4], [1, 2]]), {}, 400, "wrong_shape", "/instances/1"),
    ("string", with_rows([[1, 2, 3, "4"]]), {}, 400, "not_a_number", "/instances/0/3"),
    ("boolean", with_rows([[1, 2, True, 4]]), {}, 400, "not_a_number", "/instances/0/2"),
    ("null", with_rows([[1, 2, 3, 4], [None, 2, 3, 4]]), {}, 400, "not_a_number", "/instances/1/0"),
    ("nan", with_rows([[1, float("nan"), 3, 4]]), {}, 400, "number_out_of_range", "/instances/0/1"),
    ("infinity", with_rows([[1, 2, float("-inf"), 4]]), {}, 400, "number_out_of_range", "/instances/0/2"),
    ("1e999", b'{"instances": [[1e999,2,3,4]]}', {}, 400, "number_out_of_range", "/instances/0/0"),
    ("too-large-for-float32", with_rows([[1, 2, 3, 1e39]]), {}, 400, "number_out_of_range", "/instances/0/3"),
    ("a-thousand-digits", with_rows([[1, 2, 3, 10**1000]]), {}, 400, "number_out_of_range", "/instances/0/3"),
    ("missing-feature", with_rows([{"sepal length": 1}]), {}, 400, "wrong_features", "/instances/0"),
    ("unknown-feature", with_rows([{"x": 1}]), {}, 400, "wrong_features", "/instances/0/x"),
    ("over-the-limit", with_rows([[0] * 600_000]), {}, 413, "body_too_large", None),
    ("gzip-bomb", gzip.compress(b" " * 50_000_000), {"Content-Encoding": "gzip"}, 413, "body_too_large", None),
    ("empty-arrays", b'{"instances": [' + b"[]," * 300_000 + b"[]]}", {}, 413, "body_too_large", None),
    ("surrogate-in-a-key", b'{"instances": [[1,2,3,4]], "\\ud800": 1}', {}, 400, "invalid_request", "/?"),
    ("surrogate-in-a-feature", b'{"instances": [{"\\ud800": 1}]}', {}, 400, "wrong_features", "/instances/0/?"),
    ("utf-16", '{"instances": [[1,2,3,4]]}'.encode("utf-16"), {}, 400, "invalid_json", None),
    ("named-input", with_rows([{"row": [1, 2, 3, "4"]}]), {}, 400, "not_a_number", "/instances/0/row/3"),
    ("no-gzip", b"{}", {"Content-Encoding": "gzip"}, 400, "invalid_compression", None),
    ("brotli", b"{}", {"Content-Encoding": "br"}, 415, "unsupported_encoding", None),
    ("too-many-rows", with_rows([[1, 2, 3, 4]] * 17_000), {}, 413, "too_many_rows", None),
    ("answer-not-finite", with_rows([[3e38, -3e38, 3e38, 3e38]]), {}, 422, "non_finite_output", "/instances/0"),
]


@pytest.fixture
def client(zoo, start_worker):
    return create_app(start_worker(zoo, max_body_mib=1)).test_client()


@pytest.mark.parametrize("case", BAD_BODIES, ids=[case[0] for case in BAD_BODIES])
def test_a_bad_body_is_answered_in_the_one_shape(client, case):
    _, body, headers, status, code, path = case
    response = client.post("/models/flowers/predict", data=body, headers=headers)
    answer = response.get_json()
    assert (response.status_code, answer["code"]) == (status, code)
    assert set(answer) == {"error", "code", "details"}
    assert answer["error"].endswith(".")
    assert [detail["path"] for detail in answer["details"]][:1] == ([path] if path else [])
    assert len(answer["details"]) <= 5
    assert all(detail["message"] for detail in answer["details"])
    assert client.post("/models/flowers/predict", json=GOOD).status_code == 200


BAD_CALLS = [
    ("unknown-path", "POST", "/predictions", GOOD, 404, "not_found"),
    ("unknown-model", "POST", "/models/roses/predict", GOOD, 404, "unknown_model"),
    ("unknown-model-in-body", "POST", "/predict", {**GOOD, "model": "roses"}, 404, "unknown_model"),
    ("no-model", "POST", "/predict", GOOD, 400, "model_not_named"),
    ("unknown-version", "POST", "/models/flowers/versions/9/predict", GOOD, 404, "unknown_version"),
    ("version-is-no-number", "POST", "/models/flowers/versions/x/predict", GOOD, 404, "not_found"),
    ("version-zero", "POST", "/models/flowers/versions/0/predict", GOOD, 404, "unknown_version"),
    ("double-slashes", "POST", "/models//flowers/predict", GOOD, 404, "not_found"),
    ("get-instead-of-post", "GET", "/predict", None, 405, "method_not_allowed"),
    ("delete-a-model", "DELETE", "/models/flowers", None, 405, "method_not_allowed"),
    ("classes-of-prices", "POST", "/models/prices/predict-class", {"instances": [[1, 2]]}, 400, "not_a_classifier"),
    ("top-k-in-predict", "POST", "/models/flowers/predict", {**GOOD, "top_k": 1}, 400, "invalid_request"),
    ("top-k-zero", "POST", "/models/flowers/predict-class", {**GOOD, "top_k": 0}, 400, "invalid_request"),
    ("top-k-true", "POST", "/models/flowers/predict-class", {**GOOD, "top_k": True}, 400, "invalid_request"),
    ("threshold-2", "POST", "/models/tumours/predict-class", {"instances": [[1, 2, 3]], "threshold": 2}, 400,
     "invalid_request"),
    ("threshold-text", "POST", "/models/tumours/predict-class", {"instances": [[1, 2, 3]], "threshold": "0.5"}, 400,
     "invalid_request"),
    ("threshold-nan", "POST", "/models/tumours/predict-class", {"instances": [[1, 2, 3]], "threshold": float("nan")},
     400, "invalid_request"),
    ("threshold-multiclass", "POST", "/models/flowers/predict-class", {**GOOD, "threshold": 0.5}, 400,
     "invalid_request"),
]  # fmt: skip


@pytest.mark.parametrize("case", BAD_CALLS, ids=[case[0] for case in BAD_CALLS])
def test_a_bad_call_is_answered_in_the_one_shape(client, case):
    _, method, path, body, status, code = case
    response = client.open(path, method=method, json=body)
    answer = response.get_json()
    assert (response.status_code, answer["code"]) == (status, code)
    assert set(answer) == {"error", "code", "details"}
    assert response.content_type == "application/json"
    assert response.headers["X-Request-Id"]


def test_what_a_client_made_up_is_not_repeated_at_length(client):
    word = "x" * 500_000
    for body in ({"model": word}, {word: 1}, {"model": "flowers", "label": word}, {"instances": [{word: 1}]}):
        assert len(client.post("/predict", json={"model": "flowers", **GOOD, **body}).data) < 2000


def test_an_unknown_model_is_answered_with_the_known_ones(client, zoo):
    answer = client.post("/models/roses/predict", json=GOOD).get_json()
    assert f"Known models: {', '.join(zoo.names()[:3])}" in answer["error"]


def test_a_wrong_method_is_answered_with_the_right_one(client):
    response = client.get("/predict")
    assert "use POST." in response.get_json()["error"]
    assert response.headers["Allow"] == "OPTIONS, POST"
