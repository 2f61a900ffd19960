"""The Open Inference Protocol: the server, its models, their index and statistics, and who may load them."""

import pytest

from service import __version__
from service.app import create_app
from service.flow import Threads
from service.metrics import Metrics
from service.peers import Peers
from service.protocols import repository
from service.settings import Settings
from service.statistics import Statistics
from service.worker import Worker
from tests.service.openinference import ROW, ask, fault, in_json, request, taken_apart


@pytest.mark.parametrize("path", ["/v2", "/v2/"])
def test_the_server_tells_its_name_version_and_extensions(client, path):
    answer = client.get(path).get_json()
    assert (answer["name"], answer["version"]) == ("heaviside", __version__)
    assert {"binary_tensor_data", "classification", "model_repository", "statistics"} <= set(answer["extensions"])


def test_a_service_with_its_models_lives_and_is_ready(client):
    assert client.get("/v2/health/live").get_json() == {"live": True}
    assert client.get("/v2/health/ready").get_json() == {"ready": True, "live": True}
    assert client.get("/v2/models/flowers/ready").get_json() == {"name": "flowers", "ready": True}
    assert client.get("/v2/models/flowers/versions/1/ready").status_code == 200


def test_a_service_that_starts_lives_and_says_in_the_body_too_that_it_is_not_ready(tmp_path):
    client = create_app(Worker(Settings(), Metrics(), Peers(tmp_path, count=1), Threads())).test_client()
    assert client.get("/v2/health/live").get_json() == {"live": True}
    for path in ("/v2/health/ready", "/v2/models/flowers/ready"):
        response = client.get(path)
        assert fault(response) == (503, "not_ready", None)
        assert response.get_json()["ready"] is False


@pytest.mark.parametrize(
    ("name", "shape", "units"),
    [("flowers", [4], 3), ("pictures", [3, 2], 3), ("tumours", [3], 1), ("boxes", [3, 2], 4)],
)
def test_a_model_tells_what_it_takes_and_gives(client, name, shape, units):
    expected = {
        "name": name,
        "versions": ["1"],
        "platform": "onnx_onnxv1",
        "inputs": [{"name": "row", "datatype": "FP32", "shape": [-1, *shape]}],
        "outputs": [{"name": "answer", "datatype": "FP32", "shape": [-1, units]}],
    }
    assert client.get(f"/v2/models/{name}").get_json() == expected
    assert client.get(f"/v2/models/{name}/versions/1").get_json() == expected


def test_a_model_lists_its_versions_and_a_version_itself(own_zoo, republish, start_worker):
    republish(own_zoo, own_zoo.version("flowers"))
    client = create_app(start_worker(own_zoo)).test_client()
    assert client.get("/v2/models/flowers").get_json()["versions"] == ["1", "2"]
    assert client.get("/v2/models/flowers/versions/1").get_json()["versions"] == ["1"]
    response = client.post("/v2/models/flowers/versions/1/infer", json=request())
    assert taken_apart(response)[0]["model_version"] == "1"
    assert taken_apart(ask(client, request()))[0]["model_version"] == "2"


def test_the_configuration_is_told_in_tritons_words(client):
    answer = client.get("/v2/models/pictures/config").get_json()
    assert (answer["name"], answer["platform"], answer["backend"]) == ("pictures", "onnx_onnxv1", "onnxruntime")
    assert answer["max_batch_size"] == Settings().max_rows
    assert answer["version_policy"] == {"latest": {"num_versions": Settings().versions_per_model}}
    assert answer["input"] == [{"name": "row", "data_type": "TYPE_FP32", "dims": [3, 2]}]
    assert answer["output"] == [{"name": "answer", "data_type": "TYPE_FP32", "dims": [3]}]
    assert answer == client.get("/v2/models/pictures/versions/1/config").get_json()


def test_the_names_of_all_models_are_listed(client, zoo):
    assert client.get("/v2/models").get_json() == {"models": zoo.names()}


@pytest.fixture
def partial_client(own_zoo, republish, start_worker):
    """A client of a service whose model `flowers` has a version that was refused."""
    republish(own_zoo, own_zoo.version("flowers"))
    (own_zoo.root / "flowers" / "2" / "model.onnx").write_bytes(b"")
    return create_app(start_worker(own_zoo)).test_client()


@pytest.mark.parametrize(
    ("body", "states"),
    [
        pytest.param(b"", [("1", "READY"), ("2", "UNAVAILABLE")], id="empty"),
        pytest.param(b"{}", [("1", "READY"), ("2", "UNAVAILABLE")], id="empty-object"),
        pytest.param(b'{"ready": false}', [("1", "READY"), ("2", "UNAVAILABLE")], id="all"),
        pytest.param(b'{"ready": true}', [("1", "READY")], id="only-what-is-ready"),
    ],
)
def test_the_index_has_a_line_per_version(partial_client, zoo, body, states):
    lines = partial_client.post("/v2/repository/index", data=body).get_json()
    flowers = [line for line in lines if line["name"] == "flowers"]
    assert [(line["version"], line["state"]) for line in flowers] == states
    assert all(("truncated" in line.get("reason", "")) is (line["state"] != "READY") for line in flowers)
    assert list(dict.fromkeys(line["name"] for line in lines)) == zoo.names()


@pytest.mark.parametrize("value", ["true", 1, 0, None, [], {}])
def test_an_index_of_what_is_neither_ready_nor_not_is_refused(client, value):
    response = client.post("/v2/repository/index", json={"ready": value})
    assert fault(response) == (400, "invalid_request", "/ready")
    assert response.get_json()["error"] == "Invalid value for 'ready': expected a boolean"


def counted(client, path="/v2/models/flowers/stats"):
    (statistics,) = client.get(path).get_json()["model_stats"]
    return statistics


def test_statistics_are_numbers_that_grow_with_each_request(client):
    assert counted(client)["inference_count"] == counted(client)["last_inference"] == 0
    taken_apart(ask(client, request(in_json(ROW * 3))))
    before = counted(client)
    assert fault(ask(client, request(in_json([[1]]))))[0] == 400
    taken_apart(ask(client, request(in_json(ROW * 8))))
    after = counted(client)
    assert (after["name"], after["version"]) == ("flowers", "1")
    assert (before["inference_count"], after["inference_count"]) == (3, 11)
    assert (before["execution_count"], after["execution_count"]) == (1, 2)
    assert 1.7e12 < before["last_inference"] <= after["last_inference"]  # milliseconds since 1970
    for phase in ("success", "compute_input", "compute_infer", "compute_output"):
        assert [one["inference_stats"][phase]["count"] for one in (before, after)] == [1, 2], phase
        times = [one["inference_stats"][phase]["ns"] for one in (before, after)]
        assert 0 < times[0] < times[1], phase
    assert [one["inference_stats"]["fail"]["count"] for one in (before, after)] == [0, 1]


def test_every_count_of_the_statistics_has_its_own_place():
    seconds = {"decode": 0.5, "queue": 0.25, "run": 2.0, "encode": 1.0}
    counted = Statistics(rows=8, runs=1, answered=2, failed=3, last_s=1_700_000_000.5, seconds=seconds)
    told = repository.statistics("flowers", 7, counted)
    assert (told["name"], told["version"], told["last_inference"]) == ("flowers", "7", 1_700_000_000_500)
    assert (told["inference_count"], told["execution_count"]) == (8, 1)
    assert told["inference_stats"] == {
        "success": {"count": 2, "ns": 3_750_000_000},
        "fail": {"count": 3, "ns": 0},
        "queue": {"count": 2, "ns": 250_000_000},
        "compute_input": {"count": 2, "ns": 500_000_000},
        "compute_infer": {"count": 2, "ns": 2_000_000_000},
        "compute_output": {"count": 2, "ns": 1_000_000_000},
        "cache_hit": {"count": 0, "ns": 0},
        "cache_miss": {"count": 0, "ns": 0},
    }


def test_statistics_are_of_one_version_of_one_model_or_of_all(client, zoo):
    assert counted(client, "/v2/models/tags/versions/1/stats")["name"] == "tags"
    assert [one["name"] for one in client.get("/v2/models/stats").get_json()["model_stats"]] == zoo.names()


UNKNOWN = [
    ("GET", "/v2/models/{}"),
    ("GET", "/v2/models/{}/ready"),
    ("GET", "/v2/models/{}/config"),
    ("GET", "/v2/models/{}/stats"),
    ("POST", "/v2/models/{}/infer"),
]


@pytest.mark.parametrize(("method", "path"), UNKNOWN, ids=[path for _, path in UNKNOWN])
def test_an_unknown_model_and_an_unknown_version_are_told_in_tritons_words(client, method, path):
    response = client.open(path.format("roses"), method=method, json=request())
    assert fault(response) == (404, "unknown_model", None)
    assert response.get_json()["error"] == "Request for unknown model: 'roses' is not found"
    response = client.open(path.format("flowers/versions/7"), method=method, json=request())
    assert fault(response) == (404, "unknown_version", None)
    assert response.get_json()["error"] == "Request for unknown model: 'flowers' version 7 is not found"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v2/models/flowers/infer", 405),
        ("POST", "/v2/health/live", 405),
        ("GET", "/v2/repository/index", 405),
        ("POST", "/v2/models/flowers/explain", 404),
        ("GET", "/v2/models/flowers/versions/x", 404),
    ],
)
def test_a_wrong_method_and_an_unknown_path_are_told_as_any_error(client, method, path, status):
    assert fault(client.open(path, method=method))[0] == status


@pytest.mark.parametrize("verb", ["load", "unload"])
def test_clients_load_and_unload_nothing_unless_the_operator_lets_them(client, verb):
    for model in ("flowers", "roses"):
        response = client.post(f"/v2/repository/models/{model}/{verb}", json={})
        assert fault(response) == (400, "controlled_elsewhere", None)
        assert "SERVICE_REPOSITORY_CONTROL=1" in response.get_json()["error"]
    assert client.get("/v2/models/flowers/ready").status_code == 200


def test_where_the_operator_lets_them_they_still_bring_no_files_and_no_configuration(zoo, start_worker):
    client = create_app(start_worker(zoo, repository_control=True)).test_client()
    load = "/v2/repository/models/flowers/load"
    for body in (b"", b"{}", b'{"parameters": {}}'):
        assert (client.post(load, data=body).status_code, client.post(load, data=body).get_data()) == (200, b"")
    for name in ("config", "file:1/model.onnx"):
        response = client.post(load, json={"parameters": {name: "e30="}})
        assert fault(response)[:2] == (400, "invalid_request")
        assert "failed to load" in response.get_json()["error"]
    response = client.post("/v2/repository/models/roses/load")
    assert fault(response)[:2] == (400, "invalid_request")
    assert response.get_json()["error"] == "failed to load 'roses': the store does not hold it"
    assert fault(client.post("/v2/repository/models/roses/unload")) == (404, "unknown_model", None)
