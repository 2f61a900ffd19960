"""TensorFlow Serving's REST protocol about models: status and metadata; and what KServe V1 has besides."""

import pytest

from models.store import Store
from service.app import create_app
from tests.service.openinference import fault

HALF = "/v1/models/half_plus_two"
OK = {"error_code": "OK", "error_message": ""}


def state(version):
    return {"version": version, "state": "AVAILABLE", "status": OK}


@pytest.fixture
def versions(own_zoo, republish) -> Store:
    """A store with two versions of `half_plus_two`, the first of them labelled, and a third whose network is gone."""
    for _ in range(2):
        republish(own_zoo, own_zoo.version("half_plus_two"))
    own_zoo.label("half_plus_two", "stable", 1)
    (own_zoo.root / "half_plus_two" / "3" / "model.onnx").write_bytes(b"")
    return own_zoo


@pytest.fixture
def client(zoo, start_worker):
    """A client of a service over the whole zoo."""
    return create_app(start_worker(zoo)).test_client()


def test_the_status_of_a_model_is_what_tensorflow_servings_clients_compare_it_with(client):
    """Its own test compares the whole answer, so there must be no other key."""
    response = client.get(HALF)
    assert response.content_type == "application/json"
    assert response.get_json() == {"model_version_status": [state("1")]}


def test_a_refused_version_has_ended_and_says_why(versions, start_worker):
    client = create_app(start_worker(versions)).test_client()
    refused, *others = client.get(HALF).get_json()["model_version_status"]
    assert others == [state("2"), state("1")]
    assert (refused["version"], refused["state"]) == ("3", "END")
    assert refused["status"]["error_code"] == "FAILED_PRECONDITION"
    assert "truncated" in refused["status"]["error_message"]
    assert client.get(f"{HALF}/versions/3").get_json() == {"model_version_status": [refused]}


@pytest.mark.parametrize(("place", "version"), [("/versions/1", "1"), ("/versions/2", "2"), ("/labels/stable", "1")])
def test_the_status_of_one_version_is_told_alone(versions, start_worker, place, version):
    client = create_app(start_worker(versions)).test_client()
    assert client.get(HALF + place).get_json() == {"model_version_status": [state(version)]}


def test_a_model_of_which_no_version_is_served_has_a_status_still(own_zoo, start_worker):
    (own_zoo.root / "half_plus_two" / "1" / "model.onnx").write_bytes(b"")
    client = create_app(start_worker(own_zoo, v1_status="kserve")).test_client()
    answer = client.get(HALF).get_json()
    assert [status["state"] for status in answer["model_version_status"]] == ["END"]
    assert (answer["name"], answer["ready"]) == ("half_plus_two", False)
    assert fault(client.get(f"{HALF}/metadata")) == (503, "model_unavailable", None)
    assert fault(client.post(f"{HALF}:predict", json={"instances": [1]})) == (503, "model_unavailable", None)


UNKNOWN = [
    ("half", 404, "Could not find any versions of model half"),
    ("half/versions/1", 404, "Could not find any versions of model half"),
    ("flowers/versions/7", 404, "Could not find version 7 of model flowers"),
    ("flowers/labels/foo", 400, "Unrecognized servable version label: foo"),
    ("half/metadata", 404, "Servable not found for request: Latest(half)"),
    ("flowers/versions/7/metadata", 404, "Servable not found for request: Specific(flowers, 7)"),
    ("flowers/labels/foo/metadata", 400, "Unrecognized servable version label: foo"),
]


@pytest.mark.parametrize(("path", "status", "text"), UNKNOWN, ids=[unknown[0] for unknown in UNKNOWN])
def test_of_what_is_unknown_there_is_no_status(client, path, status, text):
    response = client.get(f"/v1/models/{path}")
    assert fault(response)[0] == status
    assert response.get_json()["error"] == text


def tensor(name, *sizes, dtype="DT_FLOAT"):
    dimensions = [{"size": size, "name": ""} for size in sizes]
    return {"dtype": dtype, "tensor_shape": {"dim": dimensions, "unknown_rank": False}, "name": f"{name}:0"}


EXAMPLES = {"inputs": {"dtype": "DT_STRING", "tensor_shape": {"dim": [], "unknown_rank": True}, "name": "inputs:0"}}


def predicts(inputs, outputs):
    return {"inputs": inputs, "outputs": outputs, "method_name": "tensorflow/serving/predict", "defaults": {}}


SIGNATURES = {
    "half_plus_two": {
        "serving_default": predicts({"x": tensor("x", "-1", "1")}, {"y": tensor("y", "-1", "1")}),
        "regress": {
            "inputs": EXAMPLES,
            "outputs": {"outputs": tensor("outputs", "-1")},
            "method_name": "tensorflow/serving/regress",
            "defaults": {},
        },
    },
    "pictures": {
        "serving_default": predicts({"row": tensor("row", "-1", "3", "2")}, {"answer": tensor("answer", "-1", "3")}),
        "classify": {
            "inputs": EXAMPLES,
            "outputs": {
                "classes": tensor("classes", "-1", "3", dtype="DT_STRING"),
                "scores": tensor("scores", "-1", "3"),
            },
            "method_name": "tensorflow/serving/classify",
            "defaults": {},
        },
    },
    "boxes": {
        "serving_default": predicts({"row": tensor("row", "-1", "3", "2")}, {"answer": tensor("answer", "-1", "4")}),
    },
}


@pytest.mark.parametrize("name", SIGNATURES)
@pytest.mark.parametrize("place", ["", "/versions/1"])
def test_metadata_have_the_signatures_of_a_model(client, name, place):
    assert client.get(f"/v1/models/{name}{place}/metadata").get_json() == {
        "model_spec": {"name": name, "signature_name": "", "version": "1"},
        "metadata": {"signature_def": {"signature_def": SIGNATURES[name]}},
    }


@pytest.mark.parametrize("name", ["flowers", "tumours", "tags", "prices", "half_plus_two", "boxes"])
def test_every_signature_of_the_metadata_can_be_asked_for(client, name):
    answer = client.get(f"/v1/models/{name}/metadata").get_json()
    for signature, described in answer["metadata"]["signature_def"]["signature_def"].items():
        method = described["method_name"].removeprefix("tensorflow/serving/")
        (column,) = client.get(f"/v2/models/{name}").get_json()["inputs"]
        row = [1] * 6 if column["shape"] == [-1, 3, 2] else [1] * column["shape"][1]
        key, rows = ("instances", [row]) if method == "predict" else ("examples", [{column["name"]: row}])
        document = {"signature_name": signature, key: rows}
        assert client.post(f"/v1/models/{name}:{method}", json=document).status_code == 200


def test_kserve_lists_the_names_of_all_models(client):
    names = [model["name"] for model in client.get("/models").get_json()["models"]]
    assert len(names) > 5
    assert client.get("/v1/models").get_json() == {"models": names}


def test_the_base_of_all_paths_says_that_the_service_is_alive(client):
    assert client.get("/").get_json() == {"status": "alive"}


def test_a_setting_adds_what_kserves_clients_read(zoo, start_worker):
    client = create_app(start_worker(zoo, v1_status="kserve")).test_client()
    expected = {"model_version_status": [state("1")], "name": "half_plus_two", "ready": True}
    for place in ("", "/versions/1"):
        assert client.get(HALF + place).get_json() == expected
    assert fault(client.get("/v1/models/half"))[0] == 404
    assert client.post(f"{HALF}:predict", json={"instances": [[1.0]]}).get_json() == {"predictions": [[2.5]]}


def test_kserve_has_nothing_that_explains(client):
    response = client.post(f"{HALF}:explain", json={"instances": [[1.0]]})
    assert fault(response) == (400, "invalid_request", None)
    assert response.get_json()["error"] == "Malformed request: POST /v1/models/half_plus_two:explain"
