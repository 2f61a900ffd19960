"""The contracts of Amazon SageMaker and Vertex AI with a container, kept by a real server in their environment."""

import socket
import time
from contextlib import closing
from dataclasses import replace

import orjson
import pytest

from tests.live.clients import Client, flowers
from tests.live.server import PATIENCE_S, Server

KILLED_S = 30  # after SIGTERM, both send SIGKILL
BODY = b'{"instances": [[1, 2, 3, 4]]}'
IN_JSON = {"Content_Type": "application/json"}
DEFAULT = {"SERVICE_DEFAULT_MODEL": "flowers"}
AS_SET = {"SERVICE_DRAIN_S": "2"}  # other tests have servers without a drain

# What else stands in the environment of such a container; none of it is a setting of ours.
SAGEMAKER = {
    "AWS_REGION": "eu-central-1",
    "SAGEMAKER_BIND_TO_PORT": "8080",
    "SAGEMAKER_SAFE_PORT_RANGE": "21000-21999",
    "SAGEMAKER_MODEL_SERVER_TIMEOUT": "60",
    "TRAINING_JOB_NAME": "heaviside",
}
ENDPOINT = "/v1/endpoints/123/deployedModels/456"  # where Vertex AI asks unless it is told otherwise
VERTEX = {
    "AIP_HEALTH_ROUTE": ENDPOINT,
    "AIP_PREDICT_ROUTE": f"{ENDPOINT}:predict",
    "AIP_MODE": "PREDICTION",
    "AIP_FRAMEWORK": "CUSTOM_CONTAINER",
    "AIP_STORAGE_URI": "gs://bucket/model",
    "AIP_DEPLOYED_MODEL_ID": "456",
    "AIP_ENDPOINT_ID": "123",
    "AIP_MODEL_DIR": "",
    "AIP_VERSION_NAME": "456",
}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def sagemaker(launch, zoo):
    """A server as SageMaker starts it; it is ready once /ping says so."""
    server = launch(zoo, **SAGEMAKER, **DEFAULT)
    server.wait_until(lambda: status(server, "/ping") == 200)
    return server


@pytest.fixture(scope="module")
def vertex(launch, zoo):
    """A server as Vertex AI starts it, on the port that AIP_HTTP_PORT names, with another one in PORT."""
    port = free_port()
    server = replace(launch(zoo, AIP_HTTP_PORT=str(port), **VERTEX, **DEFAULT), port=port)
    server.wait_until(lambda: status(server, ENDPOINT) == 200)
    return server


def status(server: Server, path: str) -> int:
    """0 where nobody listens yet."""
    try:
        return server.call("GET", path).status
    except OSError:
        return 0


def test_the_ping_of_sagemaker_is_answered_at_once(sagemaker):
    assert {sagemaker.call("GET", "/ping").status for _ in range(20)} == {200}


def test_sagemakers_invocations_are_answered_in_json_and_csv(sagemaker):
    expected = sagemaker.predict().json()["predictions"]
    answer = sagemaker.call("POST", "/invocations", BODY, **IN_JSON)
    assert (answer.status, answer.json()) == (200, {"predictions": expected})
    answer = sagemaker.call("POST", "/invocations", b"1,2,3,4\n", Content_Type="text/csv", Accept="text/csv")
    headers = {name.lower(): text for name, text in answer.headers.items()}
    assert (answer.status, headers["content-type"]) == (200, "text/csv")
    assert [float(number) for number in answer.body.split(b",")] == expected[0]


def test_headers_of_sagemaker_change_nothing(sagemaker):
    headers = {"X_Amzn_SageMaker_Custom_Attributes": "trace=1", "X_Amzn_SageMaker_Target_Variant": "a"}
    answer = sagemaker.call("POST", "/invocations", BODY, **IN_JSON, **headers)
    assert answer.body == sagemaker.call("POST", "/invocations", BODY, **IN_JSON).body


def test_another_model_than_the_default_is_named_by_the_query_or_a_header(sagemaker):
    body, expected = b'{"inputs": [[1, 2]]}', sagemaker.predict("prices", [[1, 2]]).json()["predictions"]
    by_query = sagemaker.call("POST", "/invocations?model=prices", body, **IN_JSON)
    by_header = sagemaker.call("POST", "/invocations", body, X_Model="prices", **IN_JSON)
    assert by_query.json() == by_header.json() == {"predictions": [expected]}


def test_vertex_is_answered_at_its_routes_and_its_port(vertex):
    health = vertex.call("GET", ENDPOINT)
    assert (health.status, health.json()) == (200, {})
    answer = vertex.call("POST", f"{ENDPOINT}:predict", BODY)
    assert (answer.status, answer.json()) == (200, {"predictions": vertex.predict().json()["predictions"]})
    body = orjson.dumps({"instances": [[1, 2, 3, 4]], "parameters": {"top_k": 2}})
    (prediction,) = vertex.call("POST", f"{ENDPOINT}:predict", body).json()["predictions"]
    assert len(prediction["top_k"]) == 2


def test_beside_vertex_the_other_protocols_are_as_ever(vertex):
    assert vertex.call("GET", "/v1/models/flowers").json()["model_version_status"][0]["state"] == "AVAILABLE"
    assert vertex.call("GET", "/v1/endpoints/123").status == 400
    assert vertex.call("GET", "/ping").status == 200


@pytest.mark.parametrize(("environ", "health"), [(SAGEMAKER, "/ping"), (VERTEX, ENDPOINT)], ids=["sagemaker", "vertex"])
def test_while_it_starts_health_is_never_good_before_predictions_are(launch, zoo, environ, health):
    fresh = launch(zoo, **environ, **DEFAULT)
    seen = []

    def says_yes():
        seen.append(status(fresh, health))
        return seen[-1] == 200

    fresh.wait_until(says_yes)
    assert set(seen) <= {0, 200, 503}
    assert {fresh.predict().status for _ in range(20)} == {200}


@pytest.mark.parametrize(("environ", "health"), [(SAGEMAKER, "/ping"), (VERTEX, ENDPOINT)], ids=["sagemaker", "vertex"])
def test_sigterm_ends_it_before_it_would_be_killed(launch, zoo, environ, health):
    stopping = launch(zoo, **environ, **DEFAULT, **AS_SET)
    stopping.wait_until(lambda: status(stopping, health) == 200)
    with closing(Client(stopping, "idle")) as client:
        assert flowers(client, 0).status == 200
        start_s = time.monotonic()
        assert stopping.stop() == 0
        assert time.monotonic() - start_s < KILLED_S


@pytest.mark.slow
def test_sigterm_ends_it_in_time_even_where_a_client_never_sends_what_it_announced(launch_ready, zoo):
    stopping = launch_ready(zoo, **DEFAULT, **AS_SET)
    with socket.create_connection(("127.0.0.1", stopping.port), timeout=PATIENCE_S) as stalled:
        stalled.sendall(b"POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        stopping.wait_until(lambda: stopping.call("GET", "/ping").status == 200)
        start_s = time.monotonic()
        stopping.stop()
        assert time.monotonic() - start_s < KILLED_S
