"""Models with several inputs and outputs, outputs of any shape, and whole numbers, asked through every protocol."""

import re
from collections import Counter
from functools import partial
from importlib.util import find_spec

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from service.app import create_app
from service.flow import Threads
from service.predictor import Opener
from service.runtimes.opening import open_runtime
from tests.service.conftest import worker_of
from tests.service.forms import forms
from tests.service.openinference import fault, taken_apart
from tests.service.protocols import VERTEX

MODELS = ("parcels", "reviews", "sentences", "signs", "sketches")
needs_tensorflow = pytest.mark.skipif(find_spec("tensorflow") is None, reason="TensorFlow is not installed here")


@pytest.fixture(scope="module")
def client(zoo, tmp_path_factory):
    return create_app(worker_of(tmp_path_factory.mktemp("peers"), zoo, **VERTEX)).test_client()


@pytest.fixture(scope="module", params=["onnx", pytest.param("tensorflow", marks=needs_tensorflow)])
def client_of_runtime(request, zoo, tmp_path_factory):
    opener = Opener(partial(open_runtime, choice=request.param, threads=1), Threads())
    return create_app(worker_of(tmp_path_factory.mktemp("peers"), zoo, opener, **VERTEX)).test_client()


def signature(zoo, model):
    return zoo.version(model).manifest.signature


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("model", MODELS)
def test_every_protocol_answers_what_keras_answered(client_of_runtime, zoo, model, rows):
    golden = zoo.version(model).golden()
    its_signature = signature(zoo, model)
    inputs = {name: values[:rows] for name, values in golden.inputs.items()}
    for name, form in forms(model, its_signature, inputs):
        answers = form.ask(client_of_runtime, its_signature)
        for key, values in answers.items():
            np.testing.assert_allclose(values, golden.outputs[key][:rows], atol=1e-5, rtol=1e-5, err_msg=name)


@pytest.mark.parametrize("model", MODELS)
def test_each_form_of_model_is_asked_in_every_protocol(zoo, model):
    golden = zoo.version(model).golden()
    inputs = {name: values[:1] for name, values in golden.inputs.items()}
    asked = Counter(name.split("-")[0] for name, _ in forms(model, signature(zoo, model), inputs))
    assert asked.keys() == {"native", "tfserving", "openinference", "mlflow", "vertex"}
    assert asked["openinference"] == (5 if model == "parcels" else 6)
    assert min(asked["mlflow"], asked["native"], asked["tfserving"]) >= 2


@given(st.data())
@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
def test_the_same_rows_give_the_same_numbers_through_every_protocol_bit_for_bit(client, zoo, data):
    model = data.draw(st.sampled_from(MODELS))
    its_signature, count = signature(zoo, model), data.draw(st.integers(1, 3))
    rows = {tensor.name: data.draw(numbers_of(tensor, count)) for tensor in its_signature.inputs}
    asked = dict(forms(model, its_signature, rows))
    expected = asked.pop("native").ask(client, its_signature)
    for name, form in asked.items():
        for key, values in form.ask(client, its_signature).items():
            np.testing.assert_array_equal(values.view(np.uint32), expected[key].view(np.uint32), f"{name} {key}")


def numbers_of(tensor, count):
    elements = st.floats(-1000, 1000, width=32)
    if tensor.bounds:
        elements = st.integers(*tensor.bounds[0])
    return arrays(tensor.dtype, (count, *tensor.shape), elements=elements)


PARCEL = {"sides": [1, 2], "picture": [[1, 2], [3, 4]]}


def post(client, path, **body):
    response = client.post(path, json=body)
    assert response.status_code == 200, response.get_data(as_text=True)
    return response.get_json()


def test_several_outputs_are_told_by_name_with_the_classes_of_those_that_have_some(client):
    answer = post(client, "/models/parcels/predict", instances=[PARCEL, PARCEL])
    assert answer["classes"] == {"kind": ["letter", "box", "tube"], "is_fragile": ["no", "yes"]}
    one, other = answer["predictions"]
    assert one == other
    assert isinstance(one["weight"], float)
    assert sum(one["kind"]) == pytest.approx(1)
    assert sum(one["is_fragile"]) == pytest.approx(1)


def test_predict_class_tells_the_class_of_each_output_that_has_classes(client):
    (probabilities,) = post(client, "/models/parcels/predict", instances=[PARCEL])["predictions"]
    (answer,) = post(client, "/models/parcels/predict-class", instances=[PARCEL], top_k=2)["predictions"]
    assert list(answer) == ["kind", "is_fragile"]
    assert answer["kind"]["probability"] == max(probabilities["kind"])
    assert len(answer["kind"]["top_k"]) == len(answer["is_fragile"]["top_k"]) == 2
    (answer,) = post(client, "/models/parcels/predict-class", instances=[PARCEL], threshold=0)["predictions"]
    assert answer["is_fragile"]["class"] == "yes"  # which the threshold is for; a parcel's kind has none


def test_a_class_for_each_step_is_nested_as_the_steps_are(client):
    rows = [[0, 1, 2, 3, 9], [9, 9, 9, 9, 9]]
    probabilities = np.array(post(client, "/models/sentences/predict", instances=rows)["predictions"])
    assert probabilities.shape == (2, 5, 3)
    answer = post(client, "/models/sentences/predict-class", instances=rows, top_k=1)["predictions"]
    assert [[step["index"] for step in row] for row in answer] == probabilities.argmax(axis=-1).tolist()
    np.testing.assert_allclose([[step["probability"] for step in row] for row in answer], probabilities.max(axis=-1))
    assert answer[1][4]["top_k"][0]["class"] == answer[1][4]["class"]


@pytest.mark.parametrize("key", ["predictions", "outputs"])
def test_options_ask_for_the_classes_of_several_outputs_in_other_protocols(client, key):
    body = (
        {"instances": [PARCEL]} if key == "predictions" else {"inputs": {name: [row] for name, row in PARCEL.items()}}
    )
    expected = post(client, "/models/parcels/predict-class", instances=[PARCEL], top_k=1)["predictions"]
    for path, options in (("/v1/models/parcels:predict", "parameters"), ("/invocations?model=parcels", "params")):
        assert post(client, path, **body, **{options: {"top_k": 1}})["predictions"] == expected


@pytest.mark.parametrize(
    ("output", "parameters", "shape", "strings"),
    [
        ("kind", {"classification": 2}, [1, 2], r"0\.\d{6}:[012]:(letter|box|tube)"),
        ("is_fragile", {"classification": 5}, [1, 2], r"0\.\d{6}:[01]:(no|yes)"),
        ("weight", {"classification": 1}, [1, 1], r"-?\d+\.\d{6}:0:kg"),
    ],
)
def test_each_of_several_outputs_may_be_asked_for_alone_and_as_classes(client, output, parameters, shape, strings):
    inputs = [
        {"name": "picture", "shape": [1, 2, 2], "datatype": "FP32", "data": [1, 2, 3, 4]},
        {"name": "sides", "shape": [1, 2], "datatype": "FP64", "data": [1, 2]},
    ]
    document = {"inputs": inputs, "outputs": [{"name": output, "parameters": parameters}]}
    told, values = taken_apart(client.post("/v2/models/parcels/infer", json=document))
    assert [each["name"] for each in told["outputs"]] == [output]
    assert told["outputs"][0]["shape"] == shape
    (row,) = values[output]
    assert all(re.fullmatch(strings, string) for string in row)


def test_classes_for_each_step_have_a_shape_of_their_own(client):
    tensor = {"name": "letters", "shape": [1, 5], "datatype": "INT64", "data": [1, 2, 3, 4, 5]}
    document = {"inputs": [tensor], "outputs": [{"name": "parts", "parameters": {"classification": 2}}]}
    told, values = taken_apart(client.post("/v2/models/sentences/infer", json=document))
    assert told["outputs"][0]["shape"] == [1, 5, 2]
    assert values["parts"][0, 4, 0].split(":")[2] in ("noun", "verb", "other")


def test_values_without_names_are_told_by_their_index(client):
    tensor = {"name": "image", "shape": [1, 16], "datatype": "FP32", "data": [0.5] * 16}
    document = {"inputs": [tensor], "outputs": [{"name": "copy", "parameters": {"classification": 1}}]}
    _, values = taken_apart(client.post("/v2/models/sketches/infer", json=document))
    assert {text.split(":", 1)[1] for text in values["copy"].reshape(-1)} == {"0"}


NO_ARRAY = {"Accept": "application/x-npy"}


@pytest.mark.parametrize(
    ("path", "body", "headers", "expected"),
    [
        pytest.param("/models/parcels/predict", {}, NO_ARRAY, (400, "invalid_request", None), id="npy"),
        pytest.param("/invocations?model=parcels", {}, NO_ARRAY, (400, "invalid_request", None), id="npy-mlflow"),
        pytest.param(
            "/models/parcels/predict", {"coverage": 0.9}, {}, (400, "invalid_request", "/coverage"), id="intervals"
        ),
        pytest.param(
            "/models/parcels/predict-class", {"coverage": 0.9}, {}, (400, "invalid_request", "/coverage"), id="sets"
        ),
        pytest.param(
            "/v1/models/parcels:predict",
            {"parameters": {"coverage": 0.9}},
            {},
            (400, "invalid_request", "/parameters/coverage"),
            id="coverage-elsewhere",
        ),
        pytest.param(
            "/models/parcels/predict", {"instances": [[1, 2]]}, {}, (400, "wrong_shape", "/instances/0"), id="no-names"
        ),
        pytest.param(
            "/models/parcels/predict",
            {"instances": [PARCEL | {"picture": [[1, 2], [3, None]]}]},
            {},
            (400, "not_a_number", "/instances/0/picture/1/1"),
            id="null",
        ),
        pytest.param("/v1/models/parcels:classify", {}, {}, (400, "invalid_request", None), id="classify"),
        pytest.param("/v1/models/parcels:regress", {}, {}, (400, "invalid_request", None), id="regress"),
        pytest.param(
            "/invocations?model=parcels",
            {"instances": None, "inputs": {"sides": [[1, 2]]}},
            {},
            (400, "invalid_request", None),
            id="missing-input",
        ),
    ],
)
def test_what_several_outputs_or_inputs_do_not_have_is_refused(client, path, body, headers, expected):
    document = {"instances": [PARCEL], "examples": [PARCEL], **body}
    if path.startswith("/models"):
        del document["examples"]
    document = {key: value for key, value in document.items() if value is not None}
    assert fault(client.post(path, json=document, headers=headers)) == expected


@pytest.mark.parametrize("model", ["sentences", "sketches"])
@pytest.mark.parametrize("endpoint", ["predict", "predict-class"])
def test_outputs_of_several_axes_have_no_coverage(client, zoo, model, endpoint):
    rows = next(iter(zoo.version(model).golden().inputs.values()))[:1].tolist()
    status, code, path = fault(client.post(f"/models/{model}/{endpoint}", json={"instances": rows, "coverage": 0.9}))
    assert status == 400
    assert (code, path) in {("invalid_request", "/coverage"), ("not_a_classifier", None)}


@pytest.mark.parametrize("model", MODELS)
def test_their_metadata_tells_names_datatypes_and_shapes(client, zoo, model):
    its_signature = signature(zoo, model)
    datatypes = {"float32": "FP32", "int32": "INT32", "int64": "INT64"}
    inputs = {tensor.name: (datatypes[tensor.dtype], [*tensor.shape]) for tensor in its_signature.inputs}
    outputs = {output.name: ("FP32", [*output.shape]) for output in its_signature.outputs}
    for path, keys, prefix, first in (
        (f"/v2/models/{model}", ("inputs", "outputs", "datatype", "shape"), "", [-1]),
        (f"/v2/models/{model}/config", ("input", "output", "data_type", "dims"), "TYPE_", []),
    ):
        answer = client.get(path).get_json()
        for side, expected in zip(keys[:2], (inputs, outputs), strict=True):
            told = {each["name"]: (each[keys[2]], each[keys[3]]) for each in answer[side]}
            assert told == {name: (prefix + kind, first + shape) for name, (kind, shape) in expected.items()}
    answer = client.get(f"/v1/models/{model}/metadata").get_json()["metadata"]["signature_def"]["signature_def"]
    served = answer["serving_default"]
    told = {name: told["dtype"] for name, told in served["inputs"].items()}
    assert told == {
        each.name: {"FP32": "DT_FLOAT"}.get(kind, f"DT_{kind}")
        for each, (kind, _) in zip(its_signature.inputs, inputs.values(), strict=True)
    }
    sizes = {
        name: [int(size["size"]) for size in told["tensor_shape"]["dim"]] for name, told in served["outputs"].items()
    }
    assert sizes == {name: [-1, *shape] for name, (_, shape) in outputs.items()}
    assert answer.keys() == {"serving_default"} | ({"classify"} if model in ("reviews", "signs") else set())


def test_they_are_shown_among_the_models(client):
    shown = client.get("/models/parcels").get_json()
    assert [output["task"] for output in shown["signature"]["outputs"]] == ["regression", None, "binary"]
    assert (shown["probabilities"], shown["coverage"]) == (True, None)
    assert client.get("/models/sketches").get_json()["signature"]["outputs"][0]["shape"] == [4, 4, 1]
