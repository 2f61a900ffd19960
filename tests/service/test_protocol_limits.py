"""Deadlines, room, readiness and limits hold in every protocol, and are told in the shape that its clients read."""

import gzip
import json
import zlib
from dataclasses import dataclass, field

import numpy as np
import pytest

from service.app import create_app
from service.flow import Threads
from service.metrics import Metrics
from service.peers import Peers
from service.settings import Settings
from service.worker import Worker
from tests.service.held import BrokenBody, HeldService, sent
from tests.service.openinference import JSON_LENGTH, ROW
from tests.service.protocols import IN_CSV, IN_JSON, IN_NPY, VERTEX, npy, serve

OVER = "0.000000001"  # seconds, which are over before the body has been read
SHAPE = {"error", "code", "details"}
MLFLOW_SHAPE = SHAPE | {"error_code", "message"}
FEATURES = ("sepal length", "sepal width", "petal length", "petal width")


@dataclass(frozen=True)
class Way:
    """How a client asks `flowers`: with a body of so many rows; and the keys of every refusal."""

    path: str
    body: object  # from a number of rows: bytes, or what JSON is made of
    headers: dict = field(default_factory=dict)
    shape: frozenset = frozenset(SHAPE)

    def options(self, rows=1, **headers):
        """Those of a test client."""
        body = self.body(rows)
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return {"data": content, "headers": self.headers | {name.replace("_", "-"): headers[name] for name in headers}}


def tensor(rows):
    return {"name": "row", "shape": [rows, 4], "datatype": "FP32"}


HEAD = {
    rows: json.dumps({"inputs": [tensor(rows) | {"parameters": {"binary_data_size": 16 * rows}}]}) for rows in (1, 3)
}
V1, V2, MLFLOW = "/v1/models/flowers", "/v2/models/flowers/infer", "/invocations?model=flowers"
WAYS = {
    "native": Way("/models/flowers/predict", lambda rows: {"instances": ROW * rows}),
    "native-class": Way("/models/flowers/predict-class", lambda rows: {"instances": ROW * rows}),
    "tfserving-rows": Way(f"{V1}:predict", lambda rows: {"instances": ROW * rows}),
    "tfserving-column": Way(f"{V1}/versions/1:predict", lambda rows: {"inputs": {"row": ROW * rows}}),
    "tfserving-classify": Way(f"{V1}:classify", lambda rows: {"examples": [dict.fromkeys(FEATURES, 1)] * rows}),
    "openinference-json": Way(V2, lambda rows: {"inputs": [tensor(rows) | {"data": ROW * rows}]}),
    "openinference-bytes": Way(
        V2, lambda rows: HEAD[rows].encode() + bytes(16 * rows), {JSON_LENGTH: str(len(HEAD[1]))}
    ),
    "mlflow-instances": Way(MLFLOW, lambda rows: {"instances": ROW * rows}, IN_JSON, frozenset(MLFLOW_SHAPE)),
    "mlflow-split": Way(
        MLFLOW, lambda rows: {"dataframe_split": {"data": ROW * rows}}, IN_JSON, frozenset(MLFLOW_SHAPE)
    ),
    "mlflow-csv": Way(MLFLOW, lambda rows: b"1,2,3,4\n" * rows, IN_CSV, frozenset(MLFLOW_SHAPE)),
    "mlflow-npy": Way(MLFLOW, lambda rows: npy(np.array(ROW * rows)), IN_NPY, frozenset(MLFLOW_SHAPE)),
    "vertex": Way("/vertex/predict?model=flowers", lambda rows: {"instances": ROW * rows}),
}
ways = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)


def assert_refused(response, way, status, code):
    answer = response.get_json()
    assert (response.status_code, answer.get("code")) == (status, code)
    assert response.content_type == "application/json"
    assert answer.keys() == way.shape
    assert answer["error"]
    assert isinstance(answer["details"], list)
    if "message" in way.shape:
        assert answer["message"] == answer["error"]
        expected = {503: "TEMPORARILY_UNAVAILABLE", 504: "INTERNAL_ERROR"}.get(status, "BAD_REQUEST")
        assert answer["error_code"] == expected


@pytest.fixture(scope="module")
def small(zoo, tmp_path_factory):
    """A client of a service that takes two rows and a megabyte."""
    return serve(zoo, tmp_path_factory.mktemp("peers"), max_rows=2, max_body_mib=1)


@ways
def test_a_request_within_all_limits_is_answered(small, way):
    assert small.post(way.path, **way.options()).status_code == 200


@ways
def test_a_request_whose_time_is_over_gets_no_answer(small, way):
    assert_refused(small.post(way.path, **way.options(X_Request_Timeout=OVER)), way, 504, "deadline_exceeded")


@ways
def test_a_time_that_is_none_is_refused(small, way):
    assert_refused(small.post(way.path, **way.options(X_Request_Timeout="soon")), way, 400, "invalid_request")


@ways
def test_more_rows_than_are_taken_are_refused(small, way):
    options = way.options(rows=3)
    if JSON_LENGTH in way.headers:
        options["headers"][JSON_LENGTH] = str(len(HEAD[3]))
    assert_refused(small.post(way.path, **options), way, 413, "too_many_rows")


@ways
def test_a_body_that_is_too_large_is_refused(small, way):
    options = way.options() | {"data": b" " * (1024 * 1024 + 1)}
    assert_refused(small.post(way.path, **options), way, 413, "body_too_large")


@ways
@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_body_that_is_too_large_once_decompressed_is_refused(small, way, encoding):
    content = {"gzip": gzip, "deflate": zlib}[encoding].compress(b" " * (2 * 1024 * 1024))
    options = way.options(Content_Encoding=encoding) | {"data": content}
    assert_refused(small.post(way.path, **options), way, 413, "body_too_large")


@ways
def test_a_compression_that_nobody_knows_here_is_refused(small, way):
    assert_refused(small.post(way.path, **way.options(Content_Encoding="br")), way, 415, "unsupported_encoding")


@ways
def test_a_body_that_breaks_off_is_unreadable(small, way):
    options = way.options()
    broken = sent(BrokenBody(options.pop("data")[:5], ConnectionResetError()), 100)
    assert_refused(small.post(way.path, **options, **broken), way, 400, "unreadable_body")


@ways
def test_a_body_that_has_not_arrived_in_time_is_refused(small, way):
    options = way.options()
    slow = sent(BrokenBody(options.pop("data")[:5], TimeoutError("waited for too long")), 100)
    assert_refused(small.post(way.path, **options, **slow), way, 408, "body_too_slow")


@pytest.fixture(scope="module")
def full(zoo, tmp_path_factory):
    """A service whose model `flowers` has as many rows waiting as may."""
    service = HeldService(zoo, tmp_path_factory.mktemp("peers"), queue_rows=1, **VERTEX)
    service.fill()
    yield service.client
    service.close()


@ways
def test_where_there_is_no_room_a_request_is_refused_before_its_body_is_read(full, way):
    options = way.options()
    unread = sent(BrokenBody(b"", OSError("read")), len(options.pop("data")))
    response = full.post(way.path, **options, **unread)
    assert_refused(response, way, 429, "overloaded")
    assert response.headers["Retry-After"] == "1"


@pytest.fixture
def starting(tmp_path):
    """A client of a service that has no models yet."""
    worker = Worker(Settings(**VERTEX), Metrics(), Peers(tmp_path, count=1), Threads())
    return create_app(worker).test_client()


@ways
def test_a_service_that_starts_says_so(starting, way):
    response = starting.post(way.path, **way.options())
    shape = way.shape | ({"ready"} if way.path == V2 else set())
    assert_refused(response, Way(way.path, way.body, way.headers, shape), 503, "not_ready")
    assert response.headers["Retry-After"] == "1"


HEALTH = ("/ping", "/health", "/vertex/health", "/v2/health/ready")


@pytest.mark.parametrize(
    "path",
    [*HEALTH, V1, f"{V1}/metadata", "/v1/models", "/v2/models", "/v2/models/flowers", "/v2/models/flowers/ready"],
)
def test_what_needs_models_is_not_ready_without(starting, path):
    response = starting.get(path)
    assert (response.status_code, response.get_json()["code"]) == (503, "not_ready")
    assert response.headers["Retry-After"] == "1"


@pytest.mark.parametrize("path", ["/", "/v2", "/v2/health/live", "/version"])
def test_what_needs_no_models_is_answered_without(starting, path):
    assert starting.get(path).status_code == 200


@pytest.mark.parametrize("path", HEALTH)
def test_health_is_good_with_models_and_not_while_the_service_stops(zoo, start_worker, path):
    worker = start_worker(zoo, **VERTEX)
    client = create_app(worker).test_client()
    assert client.get(path).status_code == 200
    worker.stopping.set()
    assert client.get(path).status_code == 503
    for way in WAYS.values():
        assert client.post(way.path, **way.options()).status_code == 200  # what still comes is answered
