"""With a coverage, answers come with intervals or sets that hold the truth as often as was asked."""

from dataclasses import replace
from io import BytesIO
from itertools import pairwise

import numpy as np
import pytest

from models.conformal import Conformal
from models.errors import InvalidConformal
from models.signature import Task
from tests.service.protocols import IN_JSON, npy, serve
from tests.truths import CALIBRATED, drawn

ROWS = 10_000
BOX = [1, 2, 3, 4, 5, 6]


@pytest.fixture(scope="module")
def client(zoo, tmp_path_factory):
    """The same for most tests here, as these change nothing of what is served."""
    return serve(zoo, tmp_path_factory.mktemp("peers"))


@pytest.fixture
def manifest_of(zoo):
    return lambda model: zoo.version(model).manifest


def asked(client, path, **document):
    response = client.post(path, json=document)
    assert response.status_code == 200, response.get_data(as_text=True)
    return response.get_json()


def refused(response, path, words):
    answer = response.get_json()
    assert (response.status_code, answer["code"]) == (400, "invalid_request")
    assert answer["details"][0]["path"] == path
    assert words in answer["error"] + answer["details"][0]["message"]


def some_rows(manifest, count=ROWS):
    return np.random.default_rng(9).normal(size=(count, *manifest.signature.inputs[0].shape)).astype(np.float32)


@pytest.mark.parametrize("coverage", [0.1, 0.5, 0.8, 0.9, 0.99])
@pytest.mark.parametrize("model", CALIBRATED)
def test_rows_that_are_drawn_alike_are_covered_as_often_as_asked(client, manifest_of, model, coverage):
    manifest = manifest_of(model)
    path = f"/models/{model}/predict"
    query = f"?coverage={coverage}"
    body = npy(some_rows(manifest))
    predictions = np.load(BytesIO(client.post(path, data=body, headers={"Accept": "application/x-npy"}).data))
    truths = drawn(manifest.signature.task, predictions.reshape(ROWS, -1), np.random.default_rng(11))
    if manifest.signature.task is Task.REGRESSION:
        intervals = np.array(client.post(path + query, data=body).get_json()["intervals"]).reshape(ROWS, -1, 2)
        held = (intervals[..., 0] <= truths) & (truths <= intervals[..., 1])
    else:
        sets = client.post(f"{path}-class{query}", data=body).get_json()["sets"]
        classes = np.array(manifest.signature.classes)[truths]
        held = np.array([name in names for name, names in zip(classes, sets, strict=True)])
    assert held.mean(axis=0) == pytest.approx(coverage, abs=0.02)


@pytest.mark.parametrize(("model", "shape"), [("prices", (50, 2)), ("boxes", (50, 4, 2))])
def test_intervals_lie_around_the_predictions_by_the_threshold_of_each_target(client, manifest_of, model, shape):
    manifest = manifest_of(model)
    rows = some_rows(manifest, 50).tolist()
    answer = asked(client, f"/models/{model}/predict", instances=rows, coverage=0.8)
    assert answer.keys() == {"model", "version", "predictions", "intervals"}
    intervals, threshold = np.array(answer["intervals"]), manifest.conformal.threshold(0.8)
    assert intervals.shape == shape
    values = np.array(answer["predictions"])
    np.testing.assert_allclose(intervals[..., 0], values - threshold, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(intervals[..., 1], values + threshold, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("coverage", [0.1, 0.5, 0.99])
@pytest.mark.parametrize("model", ["flowers", "pictures", "tumours"])
def test_sets_are_the_classes_that_are_probable_enough_and_the_most_probable_comes_first(
    client, manifest_of, model, coverage
):
    manifest = manifest_of(model)
    rows = some_rows(manifest, 200).tolist()
    answer = asked(client, f"/models/{model}/predict-class", instances=rows, coverage=coverage)
    assert answer.keys() == {"model", "version", "predictions", "sets"}
    probabilities = np.float32(asked(client, f"/models/{model}/predict", instances=rows)["predictions"])
    threshold = np.float32(manifest.conformal.threshold(coverage)[0])
    for names, row in zip(answer["sets"], probabilities, strict=True):
        by_name = dict(zip(manifest.signature.classes, row, strict=True))
        assert set(names) == {name for name, probability in by_name.items() if 1 - probability <= threshold}
        assert all(by_name[one] >= by_name[other] for one, other in pairwise(names))


def test_classes_that_are_equally_probable_stand_in_the_order_of_the_model(client, manifest_of):
    zeros = asked(client, "/models/flowers/predict-class", instances=[[0] * 4], coverage=0.99)  # all biases are 0
    assert zeros["sets"] == [list(manifest_of("flowers").signature.classes)]


def test_a_set_is_empty_where_no_class_is_probable_enough(client, manifest_of):
    rows = some_rows(manifest_of("flowers"), 500).tolist()
    answer = asked(client, "/models/flowers/predict-class", instances=rows, coverage=0.05)
    assert [] in answer["sets"]
    assert {len(names) for names in answer["sets"]} == {0, 1}
    assert len(answer["predictions"]) == len(answer["sets"]) == 500


def test_a_coverage_goes_with_the_other_options(client):
    answer = asked(client, "/models/tumours/predict-class", instances=[[1, 2, 3]], coverage=0.99, top_k=2, threshold=0)
    assert answer["predictions"][0]["class"] == "benign"
    assert len(answer["predictions"][0]["top_k"]) == 2
    assert answer["sets"][0]


@pytest.mark.parametrize("place", ["/models/prices", "/models/prices/versions/1", ""])
def test_a_coverage_can_be_asked_wherever_the_model_is_named(client, place):
    answer = asked(client, f"{place}/predict", model="prices", instances=[[1, 2], [3, 4]], coverage=0.9)
    assert np.shape(answer["intervals"]) == (2, 2)


def test_what_no_float32_holds_is_the_bound_of_what_it_holds(own_zoo, republish, tmp_path):
    far = Conformal.of(np.full((100, 1), 1e39))
    version = republish(own_zoo, own_zoo.version("prices"), conformal=far)
    (interval,) = asked(
        serve(own_zoo, tmp_path), f"/models/prices/versions/{version.number}/predict", instances=[[1, 2]], coverage=0.9
    )["intervals"]
    assert np.float32(interval).tolist() == [np.finfo(np.float32).min, np.finfo(np.float32).max]


BAD = {
    "too-low": ("prices/predict", {"coverage": 0.009}, "greater than or equal to 0.01"),
    "too-high": ("prices/predict", {"coverage": 0.991}, "less than or equal to 0.99"),
    "percent": ("prices/predict", {"coverage": 90}, "less than or equal to 0.99"),
    "text": ("prices/predict", {"coverage": "0.9"}, "Not a valid number"),
    "boolean": ("flowers/predict-class", {"coverage": True}, "Not a valid number"),
    "null": ("flowers/predict-class", {"coverage": None}, "may not be null"),
    "intervals-of-classes": ("flowers/predict", {"coverage": 0.9}, "ask /predict-class"),
    "intervals-of-two-classes": ("tumours/predict", {"coverage": 0.9}, "ask /predict-class"),
    "intervals-of-labels": ("tags/predict", {"coverage": 0.9}, "only for regression models, and binary and multiclass"),
    "sets-of-labels": ("tags/predict-class", {"coverage": 0.9}, "only for regression models, and binary and multicl"),
    "not-calibrated": ("half_plus_two/predict", {"coverage": 0.9}, "published without what tells coverages; publish"),
}


@pytest.mark.parametrize("case", BAD.values(), ids=BAD)
def test_a_coverage_that_cannot_be_had_is_refused_with_its_place(client, zoo, case):
    path, options, words = case
    rows = zoo.version(path.split("/")[0]).golden().inputs
    document = {"instances": next(iter(rows.values())).tolist(), **options}
    refused(client.post(f"/models/{path}", json=document), "/coverage", words)


def test_a_regression_model_has_no_classes_with_a_coverage_either(client):
    response = client.post("/models/prices/predict-class", json={"instances": [[1, 2]], "coverage": 0.9})
    assert (response.status_code, response.get_json()["code"]) == (400, "not_a_classifier")


def test_too_few_calibration_rows_are_told_with_what_they_can_tell(own_zoo, republish, tmp_path):
    few = Conformal.of(np.arange(30.0).reshape(-1, 1))
    republish(own_zoo, own_zoo.version("prices"), conformal=few)
    client, document = serve(own_zoo, tmp_path), {"instances": [[1, 2]]}
    response = client.post("/models/prices/predict", json=document | {"coverage": 0.97})
    refused(response, "/coverage", "calibrated on 30 rows, too few to tell a coverage of 0.97.at most 0.967")
    assert client.post("/models/prices/predict", json=document | {"coverage": 0.967}).status_code == 200
    assert client.get("/models/prices").get_json()["coverage"] == {"least": 0.01, "most": 0.967, "calibration_rows": 30}


def test_decisions_have_no_coverage(own_zoo, republish, tmp_path):
    version = own_zoo.version("tumours")
    its = version.manifest.signature
    republish(own_zoo, version, signature=replace(its, outputs=(replace(its.outputs[0], activation="step"),)))
    client = serve(own_zoo, tmp_path)
    response = client.post("/models/tumours/predict-class", json={"instances": [[1, 2, 3]], "coverage": 0.9})
    refused(response, "/coverage", "decisions and no probabilities")
    assert client.get("/models/tumours").get_json()["coverage"] is None


@pytest.mark.parametrize("body", [{"instances": [[1, 2]], "coverage": 0.9}, npy(np.ones((1, 2)))], ids=["json", "npy"])
def test_an_array_cannot_hold_intervals_besides(client, body):
    content = {"data": body} if isinstance(body, bytes) else {"json": body}
    query = "?coverage=0.9" if isinstance(body, bytes) else ""
    headers = {"Accept": "application/x-npy"}
    refused(client.post(f"/models/prices/predict{query}", headers=headers, **content), "/coverage", "both come as JSON")


def test_a_version_that_is_calibrated_for_other_targets_is_none(zoo):
    manifest = zoo.version("boxes").manifest
    with pytest.raises(InvalidConformal, match="needs thresholds for 4 targets, not 1"):
        replace(manifest, conformal=zoo.version("prices").manifest.conformal)


@pytest.mark.parametrize("model", [*CALIBRATED, "tags", "half_plus_two"])
def test_a_model_tells_which_coverages_can_be_asked(client, model):
    expected = {"least": 0.01, "most": 0.99, "calibration_rows": ROWS} if model in CALIBRATED else None
    assert client.get(f"/models/{model}").get_json()["coverage"] == expected


WAYS = {
    "tfserving-rows": ("/v1/models/{}:predict", "instances", "parameters", "predictions"),
    "tfserving-column": ("/v1/models/{}/versions/1:predict", "inputs", "parameters", "outputs"),
    "vertex": ("/vertex/predict?model={}", "instances", "parameters", "predictions"),
    "mlflow": ("/invocations?model={}", "inputs", "params", "predictions"),
}
ways = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)


def ask(client, way, model, row, options):
    path, rows, key, _ = way
    return client.post(path.format(model), json={rows: [row], key: options}, headers=IN_JSON)


@pytest.mark.parametrize(("model", "row"), [("prices", [1, 2]), ("boxes", BOX)])
@ways
def test_other_protocols_answer_values_with_the_same_intervals_beside_them(client, way, model, row):
    native = asked(client, f"/models/{model}/predict", instances=[row], coverage=0.9)
    answer = ask(client, way, model, row, {"coverage": 0.9}).get_json()
    assert answer == {way[3]: [np.ravel(native["predictions"]).tolist()], "intervals": native["intervals"]}


@pytest.mark.parametrize("options", [{"coverage": 0.5}, {"coverage": 0.99, "top_k": 2}], ids=str)
@pytest.mark.parametrize(("model", "row"), [("flowers", [1, 2, 3, 4]), ("tumours", [1, 2, 3])])
@ways
def test_other_protocols_answer_classes_with_the_same_sets_beside_them(client, way, model, row, options):
    native = asked(client, f"/models/{model}/predict-class", instances=[row], **options)
    answer = ask(client, way, model, row, options).get_json()
    assert answer == {"predictions": native["predictions"], "sets": native["sets"]}


CANNOT = {
    "certainty": ("prices", [1, 2], {"coverage": 1}, "less than or equal to 0.99"),
    "text": ("prices", [1, 2], {"coverage": "0.9"}, "Not a valid number"),
    "labels": ("tags", [1, 2, 3], {"coverage": 0.9}, "only for regression models"),
    "not-calibrated": ("half_plus_two", [1], {"coverage": 0.9}, "publish the model anew"),
}


@pytest.mark.parametrize("case", CANNOT.values(), ids=CANNOT)
@ways
def test_other_protocols_refuse_a_coverage_that_cannot_be_had_with_its_place(client, way, case):
    model, row, options, words = case
    refused(ask(client, way, model, row, options), f"/{way[2]}/coverage", words)


@ways
def test_in_other_protocols_a_regression_model_has_no_classes_with_a_coverage_either(client, way):
    response = ask(client, way, "prices", [1, 2], {"coverage": 0.9, "top_k": 1})
    assert (response.status_code, response.get_json()["code"]) == (400, "not_a_classifier")


def test_in_the_open_inference_protocol_a_coverage_changes_nothing(client):
    tensor = {"name": "row", "shape": [1, 2], "datatype": "FP32", "data": [1, 2]}
    without, with_it = (
        asked(client, "/v2/models/prices/infer", id="1", inputs=[tensor], parameters=parameters)
        for parameters in ({}, {"coverage": 0.9})
    )
    assert with_it == without
