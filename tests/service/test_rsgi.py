"""Through Granian's interface a request gets the answer that it gets through WSGI, however its body arrives."""

import gzip
import json
from functools import partial
from io import BytesIO

import numpy as np
import pytest

from service.app import create_app
from service.flow import Threads
from service.loading import Loader
from service.metrics import Metrics
from service.peers import Peers
from service.predictor import Opener
from service.runtimes.opening import open_runtime
from service.settings import Settings
from service.worker import Worker
from tests.service.granian import BROKEN, NEVER, Granian

FLOWERS = "/models/flowers/predict"
BODY = b'{"instances": [[1, 2, 3, 4], [5, 6, 7, 8]]}'
CHUNKED = [("Transfer-Encoding", "chunked")]


@pytest.fixture(scope="module")
def create(zoo, tmp_path_factory):
    """What makes the app of a worker for a flow."""

    def create_for(flow):
        peers = Peers(tmp_path_factory.mktemp("peers"), count=1)
        worker = Worker(Settings(model_store=zoo.root, max_body_mib=2), Metrics(), peers, flow)
        opener = Opener(partial(open_runtime, choice="auto", threads=1), flow)
        worker.serve(Loader(zoo, worker.settings, worker.metrics, opener).load())
        return create_app(worker)

    return create_for


@pytest.fixture(scope="module")
def granian(create):
    running = Granian(create)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def client(create):
    return create(Threads()).test_client()


def announced(body, *headers):
    return [("Content-Length", str(len(body))), *headers]


def as_npy(array):
    stream = BytesIO()
    np.save(stream, array)
    return stream.getvalue()


NPY = as_npy(np.ones((2, 4), np.float32))
ROWS = [[1, 2, 3, 4]]
REQUESTS = [
    # id, method, target, body, further headers, status
    ("plain", "POST", FLOWERS, BODY, [], 200),
    ("plain-of-version", "POST", "/models/flowers/versions/1/predict-class", BODY, [], 200),
    ("model-in-body", "POST", "/predict", json.dumps({"model": "flowers", "instances": ROWS}).encode(), [], 200),
    ("gzip", "POST", FLOWERS, gzip.compress(BODY), [("Content-Encoding", "gzip")], 200),
    ("array-in-and-out", "POST", "/predict?model=flowers", NPY, [("Accept", "application/x-npy")], 200),
    ("array-with-options", "POST", "/predict-class?model=flowers&top_k=2", NPY, [], 200),
    ("models", "GET", "/models", b"", [], 200),
    ("model", "GET", "/models/flowers", b"", [], 200),
    ("live", "GET", "/livez", b"", [], 200),
    ("page", "GET", "/docs", b"", [], 200),
    ("file", "GET", "/docs/start.js", b"", [], 200),
    ("options", "OPTIONS", "/models", b"", [], 200),
    ("escaped-path", "POST", "/models/flow%65rs/predict", BODY, [], 200),
    ("escaped-slash", "POST", "/models%2Fflowers/predict", BODY, [], 200),
    ("unknown-path", "GET", "/nowhere", b"", [], 404),
    ("unknown-model", "POST", "/models/roses/predict", BODY, [], 404),
    ("not-ascii", "GET", "/models/%C3%A4%E2%82%AC", b"", [], 404),
    ("not-utf-8", "GET", "/models/%FF", b"", [], 404),
    ("percent-sign", "GET", "/models/100%25", b"", [], 404),
    ("wrong-method", "GET", "/predict", b"", [], 405),
    ("made-up-method", "BREW", "/livez", b"", [], 405),
    ("no-body", "POST", FLOWERS, b"", [], 400),
    ("no-json", "POST", FLOWERS, b"hello", [], 400),
    ("no-gzip", "POST", FLOWERS, BODY, [("Content-Encoding", "gzip")], 400),
    ("wrong-shape", "POST", FLOWERS, b'{"instances": [[1, 2]]}', [], 400),
    ("bad-timeout", "POST", FLOWERS, BODY, [("X-Request-Timeout", "soon")], 400),
    ("time-over", "POST", FLOWERS, BODY, [("X-Request-Timeout", "1e-9")], 504),
    ("too-large", "POST", FLOWERS, b"x" * (3 << 20), [], 413),
    ("brotli", "POST", FLOWERS, BODY, [("Content-Encoding", "br")], 415),
    ("not-finite", "POST", FLOWERS, b'{"instances": [[3e38, -3e38, 3e38, 3e38]]}', [], 422),
]
of_all = pytest.mark.parametrize("case", REQUESTS, ids=[case[0] for case in REQUESTS])


@of_all
def test_an_answer_is_the_same_as_through_wsgi(granian, client, case):
    _, method, target, body, headers, status = case
    headers = announced(body, ("X-Request-Id", "r1"), *headers)
    expected = client.open(target, method=method, data=body, headers=headers)
    answer = granian.ask(method, target, [body], headers)
    assert answer[0] == expected.status_code == status
    assert {**answer[1], "Date": ""} == {**expected.headers, "Date": ""}
    assert answer[2] == expected.data


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize("headers", [CHUNKED, announced(BODY)], ids=["chunked", "announced"])
def test_a_body_may_come_in_parts(granian, headers, size):
    whole = granian.ask("POST", FLOWERS, [BODY], announced(BODY))
    parts = [BODY[start : start + size] for start in range(0, len(BODY), size)]
    assert granian.ask("POST", FLOWERS, parts, headers)[::2] == whole[::2]


@pytest.mark.parametrize("size", [1 << 20, (1 << 20) + 1, 1_500_000, 1 << 21])
def test_parts_of_a_body_may_be_of_any_size(granian, size):
    body = BODY[:-1] + b" " * ((1 << 21) - len(BODY)) + BODY[-1:]
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    assert granian.ask("POST", FLOWERS, parts, CHUNKED)[0] == 200


def test_a_chunked_body_over_the_limit_is_refused_and_read_all_the_same(granian):
    parts = [b"x" * 100_000 for _ in range(30)]
    status, _, body = granian.ask("POST", FLOWERS, parts, CHUNKED)
    assert (status, json.loads(body)["code"]) == (413, "body_too_large")


BAD_BODIES = [
    ("broken-off", announced(BODY), [BROKEN], 400, "unreadable_body"),
    ("broken-off-chunked", CHUNKED, [BODY, BROKEN], 400, "unreadable_body"),
    ("broken-off-at-once", CHUNKED, [BROKEN], 400, "unreadable_body"),
    ("ended-early", announced(BODY), [BODY[:-1]], 400, "unreadable_body"),
    ("never-arrives", announced(BODY), [NEVER], 408, "body_too_slow"),
    ("never-arrives-chunked", CHUNKED, [NEVER], 408, "body_too_slow"),
    ("never-goes-on", CHUNKED, [BODY, NEVER], 408, "body_too_slow"),
]


@pytest.mark.parametrize("case", BAD_BODIES, ids=[case[0] for case in BAD_BODIES])
def test_a_body_that_does_not_come_to_its_end_is_refused_and_the_next_request_answered(granian, case):
    _, headers, parts, expected_status, code = case
    status, _, body = granian.ask("POST", FLOWERS, parts, [*headers, ("X-Request-Timeout", "0.02")])
    assert (status, json.loads(body)["code"]) == (expected_status, code)
    assert granian.ask("POST", FLOWERS, [BODY], announced(BODY))[0] == 200


def test_while_a_body_does_not_arrive_other_requests_are_answered(granian):
    stalled = ("POST", FLOWERS, [NEVER], announced(BODY, ("X-Request-Timeout", "0.02")))
    good = ("POST", FLOWERS, [BODY], announced(BODY))
    assert [answer[0] for answer in granian.ask_at_once(stalled, good, stalled, good)] == [408, 200, 408, 200]


@pytest.mark.parametrize("path", ["/livez", "/models", "/docs/start.js", "/nowhere", "/predict"])
def test_the_answer_to_head_is_that_to_get_without_its_body(granian, path):
    headers = [("X-Request-Id", "r1")]
    status, head, body = granian.ask("HEAD", path, headers=headers)
    expected_status, expected, whole = granian.ask("GET", path, headers=headers)
    assert (status, body) == (expected_status, b"")
    assert head["Content-Type"] == expected["Content-Type"]
    assert whole


def test_a_header_that_is_there_twice_is_read_as_one_list(granian):
    headers = announced(BODY, ("X-Request-Timeout", "5"), ("X-Request-Timeout", "6"))
    status, _, body = granian.ask("POST", FLOWERS, [BODY], headers)
    assert status == 400
    assert json.loads(body)["details"] == [{"path": "", "message": "expected a positive number, got '5,6'"}]


@pytest.mark.parametrize(("client", "logged"), [("10.1.2.3:400", "10.1.2.3"), ("[::1]:400", "[::1]"), ("", "")])
def test_the_log_names_the_client(granian, capfd, caplog, client, logged):
    caplog.set_level("INFO")
    granian.ask("GET", "/livez", client=client)
    (line,) = [json.loads(text) for text in capfd.readouterr().out.splitlines() if "heaviside.requests" in text]
    assert (line["client"], line["path"]) == (logged, "/livez")


def test_an_error_that_nobody_foresaw_is_answered_in_the_one_shape_and_the_next_request_too(create):
    def create_broken(flow):
        app = create(flow)
        app.add_url_rule("/broken", view_func=lambda: 1 / 0)
        return app

    granian = Granian(create_broken)
    status, _, body = granian.ask("GET", "/broken")
    assert (status, json.loads(body)["code"]) == (500, "internal")
    assert granian.ask("GET", "/livez")[0] == 200
    granian.stop()


def test_the_app_is_told_when_it_begins_and_when_it_ends():
    made = []

    def create(flow):
        made.append((object(), flow))
        return made[-1][0]

    running = Granian(create)
    ((app, _),) = made
    assert running.events == [app]
    running.stop()
    assert running.events == [app, app]


@pytest.mark.parametrize("name", ["Content_Length", "X_Request_Timeout"])
def test_a_header_with_an_underscore_cannot_pass_for_another(granian, name):
    assert granian.ask("POST", FLOWERS, [BODY], announced(BODY, (name, "x")))[0] == 200


@pytest.mark.parametrize(
    "request_", [("POST", FLOWERS, [BODY]), ("GET", "/livez")], ids=["prediction", "through-flask"]
)
def test_a_worker_that_ends_closes_each_connection_with_its_answer(granian, monkeypatch, request_):
    assert "Connection" not in granian.ask(*request_)[1]
    monkeypatch.setattr(granian, "is_ending", True)
    status, headers, _ = granian.ask(*request_)
    assert (status, headers["Connection"]) == (200, "close")
