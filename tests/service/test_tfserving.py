"""TensorFlow Serving's REST protocol: predictions, classes and values, as its documentation has them."""

import numpy as np
import pytest

from models.signature import Input, Output, Signature, Task
from service.app import create_app
from service.errors import InvalidRequest, WrongFeatures, WrongShape
from service.protocols.tfserving import read_predict
from tests.service.conftest import worker_of
from tests.service.openinference import fault, golden

HALF, FLOWERS, TUMOURS = "/v1/models/half_plus_two", "/v1/models/flowers", "/v1/models/tumours"
MODELS = ["flowers", "pictures", "tumours", "tags", "prices", "boxes"]
ROW = [1, 2, 3, 4]


@pytest.fixture(scope="module")
def client(zoo, tmp_path_factory):
    """The same for all tests here, as none changes what is served."""
    return create_app(worker_of(tmp_path_factory.mktemp("peers"), zoo)).test_client()


def answered(client, path, **document):
    response = client.post(path, json=document)
    assert response.status_code == 200, response.get_data(as_text=True)
    assert response.content_type == "application/json"
    return response.get_json()


DOCUMENTED = [
    # of half_plus_two, in TensorFlow Serving's documentation or its tests
    ("predict", {"instances": [1.0, 2.0, 5.0]}, {"predictions": [2.5, 3.0, 4.5]}),
    ("predict", {"signature_name": "serving_default", "instances": [1.0]}, {"predictions": [2.5]}),
    ("predict", {"instances": [{"x": 1.0}, {"x": 2.0}]}, {"predictions": [2.5, 3.0]}),
    ("predict", {"inputs": [3.0, 4.0]}, {"outputs": [3.5, 4.0]}),
    ("predict", {"inputs": {"x": [3.0, 4.0]}}, {"outputs": [3.5, 4.0]}),
    ("predict", {"instances": [[1.0], [2.0]]}, {"predictions": [[2.5], [3.0]]}),
    ("predict", {"instances": [{"x": [1.0]}]}, {"predictions": [[2.5]]}),
    ("predict", {"inputs": [[3.0], [4.0]]}, {"outputs": [[3.5], [4.0]]}),
    ("predict", {"inputs": {"x": [[3.0]]}}, {"outputs": [[3.5]]}),
    ("regress", {"examples": [{"x": 80.0}]}, {"results": [42.0]}),
    ("regress", {"examples": [{"x": [80.0]}, {"x": 2}]}, {"results": [42.0, 3.0]}),
    ("regress", {"signature_name": "regress", "examples": [{"x": 80}]}, {"results": [42.0]}),
    ("regress", {"context": {"x": 80.0}, "examples": [{}, {"x": 2.0}]}, {"results": [42.0, 3.0]}),
]


@pytest.mark.parametrize(("method", "document", "answer"), DOCUMENTED, ids=str)
@pytest.mark.parametrize("place", ["", "/versions/1"])
def test_the_documented_examples_have_the_documented_answers(client, place, method, document, answer):
    assert answered(client, f"{HALF}{place}:{method}", **document) == answer


@pytest.mark.parametrize("form", ["nested", "flat", "named"])
@pytest.mark.parametrize("name", MODELS)
def test_rows_are_answered_as_keras_answered_them(client, zoo, name, form):
    rows, expected = golden(zoo, name)
    instances = {
        "nested": rows.tolist(),
        "flat": rows.reshape(len(rows), -1).tolist(),
        "named": [{"row": row} for row in rows.tolist()],
    }[form]
    answer = answered(client, f"/v1/models/{name}:predict", instances=instances)
    assert list(answer) == ["predictions"]
    np.testing.assert_allclose(np.float32(answer["predictions"]), expected, atol=1e-6, strict=True)


@pytest.mark.parametrize("form", ["bare", "named", "more"])
@pytest.mark.parametrize("name", MODELS)
def test_columns_are_answered_as_keras_answered_them(client, zoo, name, form):
    rows, expected = golden(zoo, name)
    column = rows.tolist()
    inputs = {"bare": column, "named": {"row": column}, "more": {"row": column, "what-nobody-knows": [1]}}[form]
    answer = answered(client, f"/v1/models/{name}:predict", inputs=inputs)
    assert list(answer) == ["outputs"]
    np.testing.assert_allclose(np.float32(answer["outputs"]), expected, atol=1e-6, strict=True)


def test_rows_may_be_objects_by_feature_name(client):
    expected = answered(client, f"{TUMOURS}:predict", instances=[[1, 2, 3]])
    assert answered(client, f"{TUMOURS}:predict", instances=[{"area": 3, "radius": 1, "texture": 2}]) == expected


@pytest.mark.parametrize(
    "more", [{"signature_name": "serving_default"}, {"what-nobody-knows": [1]}, {"id": "<array 0>"}], ids=str
)
def test_what_asks_for_nothing_special_changes_nothing(client, more):
    assert answered(client, f"{FLOWERS}:predict", instances=[ROW], **more) == answered(
        client, f"{FLOWERS}:predict", instances=[ROW]
    )


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded"])
def test_the_content_type_of_a_request_does_not_matter(client, content_type):
    response = client.post(f"{HALF}:predict", data=b'{"instances": [1]}', content_type=content_type)
    assert response.get_json() == {"predictions": [2.5]}


@pytest.mark.parametrize("name", ["flowers", "pictures", "tumours", "tags"])
def test_classes_are_told_with_their_scores_in_the_order_of_the_model(client, zoo, name):
    rows, _ = golden(zoo, name)
    tensor = zoo.version(name).manifest.signature.inputs[0]
    names = tensor.feature_names
    examples = [dict(zip(names, row, strict=True)) if names else {"row": row} for row in rows.tolist()]
    expected = client.post(f"/models/{name}/predict", json={"instances": rows.tolist()}).get_json()
    assert answered(client, f"/v1/models/{name}:classify", examples=examples) == {
        "results": [
            [[label, score] for label, score in zip(expected["classes"], scores, strict=True)]
            for scores in expected["predictions"]
        ]
    }


def test_features_may_stand_in_lists_of_one_and_in_the_context(client):
    expected = answered(client, f"{TUMOURS}:classify", examples=[{"radius": 1, "texture": 2, "area": 3}] * 2)
    examples = [{"radius": 1, "texture": [2]}, {"radius": [1.0], "texture": 2, "area": 3}]
    context = {"area": 3.0, "texture": 99}
    assert answered(client, f"{TUMOURS}:classify", context=context, examples=examples) == expected
    named = {"signature_name": "classify", "context": {}, "examples": [{"row": [1, 2, 3]}] * 2}
    assert answered(client, f"{TUMOURS}:classify", **named) == expected


@pytest.fixture
def two_versions(own_zoo, republish, start_worker):
    """A client of a service with two versions of `half_plus_two`, the first of them labelled, and a third refused."""
    for _ in range(2):
        republish(own_zoo, own_zoo.version("half_plus_two"))
    own_zoo.label("half_plus_two", "stable", 1)
    (own_zoo.root / "half_plus_two" / "3" / "model.onnx").write_bytes(b"")
    return create_app(start_worker(own_zoo)).test_client()


@pytest.mark.parametrize(
    ("place", "version"), [("", "2"), ("/versions/1", "1"), ("/versions/2", "2"), ("/labels/stable", "1")]
)
def test_a_version_is_asked_by_its_number_or_a_label(two_versions, place, version):
    for method, document in (("predict", {"instances": [1.0]}), ("regress", {"examples": [{"x": 1}]})):
        assert list(answered(two_versions, f"{HALF}{place}:{method}", **document).values()) == [[2.5]]
    counted = [line for line in two_versions.get("/metrics").text.splitlines() if "heaviside_requests_total{" in line]
    assert len(counted) == 2
    assert all(f'version="{version}"' in line and 'protocol="tfserving"' in line for line in counted)
    answer = two_versions.get(f"{HALF}{place}/metadata").get_json()
    assert answer["model_spec"] == {"name": "half_plus_two", "signature_name": "", "version": version}


def test_a_refused_version_is_unavailable(two_versions):
    response = two_versions.post(f"{HALF}/versions/3:predict", json={"instances": [1.0]})
    assert fault(response) == (503, "model_unavailable", None)


TWO_INPUTS = Signature(
    Task.REGRESSION, (Input("a", (1,)), Input("b", (2,))), (Output("y", 1, "linear", ("y",)),)
)  # the zoo has no such model


@pytest.mark.parametrize(
    "document",
    [
        {"instances": [{"a": 1, "b": [2, 3]}, {"b": [5, 6], "a": 4}]},
        {"inputs": {"a": [1, 4], "b": [[2, 3], [5, 6]]}},
    ],
    ids=["rows", "columns"],
)
def test_several_inputs_are_taken_by_name(document):
    rows = read_predict(document, TWO_INPUTS, max_rows=2).rows
    np.testing.assert_array_equal(rows["a"], [[1], [4]])
    np.testing.assert_array_equal(rows["b"], [[2, 3], [5, 6]])


@pytest.mark.parametrize(
    ("document", "kind", "words"),
    [
        ({"instances": [[1, 2, 3]]}, WrongShape, "must be an object by input name"),
        ({"instances": [{"a": 1}]}, WrongFeatures, "do not fit"),
        ({"inputs": [[1, 2, 3]]}, WrongShape, "must be an object by input name"),
        ({"inputs": {"a": [1]}}, InvalidRequest, "Missing named input: b in 'inputs' object"),
        ({"inputs": {"a": [1], "b": [[2, 3]] * 2}}, WrongShape, "different numbers of rows"),
    ],
    ids=str,
)
def test_several_inputs_that_do_not_fit_are_refused(document, kind, words):
    with pytest.raises(kind, match=words):
        read_predict(document, TWO_INPUTS, max_rows=2)
