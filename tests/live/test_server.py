"""What only a real server can show: workers, signals, sockets, memory."""

import gzip
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPConnection
from pathlib import Path

import numpy as np
import pytest

from tests.live.conftest import PATIENCE_S, ROOT

MIB = 1024 * 1024


def test_the_answers_over_http_are_those_of_keras(server, zoo):
    for name in ("flowers", "pictures", "boxes"):
        rows = zoo.version(name).golden()
        answer = server.predict(name, rows.inputs["row"].tolist()).json()
        np.testing.assert_allclose(answer["predictions"], rows.outputs["answer"], atol=1e-5)


def test_once_ready_no_worker_answers_that_it_is_starting(launch, zoo):
    for _ in range(3):
        fresh = launch(zoo)
        fresh.wait_until(fresh.is_ready)
        assert {fresh.predict().status for _ in range(40)} == {200}


def test_the_workers_have_loaded_no_tensorflow_and_stay_small(server):
    assert len(server.workers()) == 2
    for pid in server.workers():
        assert "tensorflow" not in Path(f"/proc/{pid}/maps").read_text()
        (resident_kb,) = [
            line.split()[1] for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS")
        ]
        assert int(resident_kb) <= 120 * 1024


def count(server, name):
    text = server.call("GET", "/metrics").body.decode()
    return sum(float(line.split()[-1]) for line in text.splitlines() if line.startswith(name))


def test_metrics_sum_up_what_all_workers_did(server):
    before = count(server, 'heaviside_rows_total{model="tags"')
    statuses = []
    with ThreadPoolExecutor(8) as pool:
        while len(answering(server, "tags")) < 2:  # the kernel chooses, and may choose one worker for a while
            statuses += pool.map(lambda _: server.predict("tags", [[1, 2, 3]] * 2).status, range(50))
            assert len(statuses) < 5000
    assert set(statuses) == {200}
    assert count(server, 'heaviside_rows_total{model="tags"') - before == 2 * len(statuses)


def answering(server, model):
    """The processes that have answered for a model."""
    return {line["process"] for line in server.lines() if line["message"] == "request" and line["model"] == model}


def raw(server, request):
    """Send bytes as they are, and read until the server closes."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE_S) as connection:
        parts = []
        with suppress(OSError):  # a server that has answered may close while we still send
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
        with suppress(ConnectionError):
            while part := connection.recv(65536):
                parts.append(part)
        return b"".join(parts)


HEAD = b"POST /models/flowers/predict HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"


@pytest.mark.parametrize(
    ("request_bytes", "status", "word"),
    [
        pytest.param(
            HEAD + b"Content-Length: 999999999999\r\n\r\n{}", b"413", b"body_too_large", id="announces-a-terabyte"
        ),
        pytest.param(HEAD + b"Content-Length: 100\r\n\r\n{}", b"400", b"unreadable_body", id="ends-before-its-length"),
        pytest.param(
            HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{}", b"400", b"unreadable_body", id="ends-inside-a-chunk"
        ),
        pytest.param(HEAD + b"Content-Length: -5\r\n\r\n{}", b"400", b"", id="negative-length"),
        pytest.param(
            HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", b"400", b"unreadable_body", id="chunk-without-a-size"
        ),
        pytest.param(b"rubbish\r\n\r\n", b"400", b"", id="no-http"),
        pytest.param(
            b"GET /livez HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 20_000 + b"\r\n\r\n", b"431", b"", id="huge-header"
        ),
    ],
)
def test_broken_http_is_refused_and_the_next_request_answered(server, request_bytes, status, word):
    answer = raw(server, request_bytes)
    assert answer.startswith(b"HTTP/1.1 " + status)
    assert word in answer
    assert server.predict().status == 200


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        pytest.param(b" " * (33 * MIB), {}, 413, id="over-the-limit"),
        pytest.param(gzip.compress(b" " * (200 * MIB)), {"Content_Encoding": "gzip"}, 413, id="gzip-bomb"),
        pytest.param(b'{"instances":' + b"[" * 100_000, {}, 400, id="nested-1e5-deep"),
        pytest.param(b'{"instances": [' + b"[1,2,3,4]," * 10_000 + b"[1,2,3,null]]}", {}, 400, id="one-bad-of-10001"),
    ],
)
def test_heavy_bad_bodies_are_refused_and_the_next_request_answered(server, body, headers, status):
    answer = server.call("POST", "/models/flowers/predict", body, **headers)
    assert answer.status == status
    assert set(answer.json()) == {"error", "code", "details"}
    assert server.predict().status == 200


def chunked(parts):
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def test_a_chunked_body_is_taken_and_limited(server):
    good = chunked([b'{"instances": ', b"[[1,2,3,4]]}"])
    assert raw(server, HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + good).startswith(b"HTTP/1.1 200")
    large = chunked([b" " * MIB] * 33)
    assert raw(server, HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + large).startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize("header", [b"", b"Expect: 100-continue\r\n"], ids=["stalls", "asks-first"])
def test_a_client_that_announces_too_much_is_told_without_waiting_for_it(server, header):
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(HEAD + header + b"Content-Length: 999999999999\r\n\r\n")
        answer = b""
        while b"413" not in answer:
            answer += connection.recv(1000) or pytest.fail("the connection was closed without an answer")


def test_a_client_that_hangs_up_disturbs_nobody(server):
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE_S) as connection:
            connection.sendall(HEAD + b"Content-Length: 1000\r\n\r\n" + b'{"instances')
    assert server.predict().status == 200


def test_a_killed_worker_is_replaced_and_no_count_goes_back(server):
    before = count(server, "heaviside_requests_total")
    victim = server.workers()[0]
    os.kill(victim, signal.SIGKILL)
    server.wait_until(lambda: victim not in server.workers() and len(server.workers()) == 2)
    statuses = {server.predict().status for _ in range(20)}
    assert statuses == {200}
    assert count(server, "heaviside_requests_total") >= before + 20


def test_replaced_workers_go_on_in_the_files_of_those_before(launch, zoo):
    busy = launch(zoo, SERVICE_WORKERS="1")
    busy.wait_until(busy.is_ready)
    files = {path.name for path in shared_folder(busy).glob("*.db")}
    for _ in range(5):
        (victim,) = busy.workers()
        os.kill(victim, signal.SIGKILL)
        busy.wait_until(lambda gone=victim: gone not in busy.workers() and busy.workers() and busy.is_ready())
    assert {path.name for path in shared_folder(busy).glob("*.db")} == files


def shared_folder(server):
    """The folder that a worker has its counts in, as the kernel sees it."""
    (maps,) = [Path(f"/proc/{pid}/maps").read_text() for pid in server.workers()]
    return next(Path(line.split()[-1]).parent for line in maps.splitlines() if line.endswith(".db"))


def test_a_new_version_is_served_by_all_workers_without_a_failed_request(launch, own_zoo, republish):
    busy = launch(own_zoo, SERVICE_STORE_POLL_S="1")
    busy.wait_until(busy.is_ready)
    answers = []
    done = threading.Event()

    def ask():
        while not done.is_set():
            answer = busy.predict()
            answers.append((answer.status, answer.json().get("version")))

    with ThreadPoolExecutor(4) as pool:
        asking = [pool.submit(ask) for _ in range(4)]
        try:
            republish(own_zoo, own_zoo.version("flowers"))
            busy.wait_until(lambda: sum(line["message"] == "catalog changed" for line in busy.lines()) == 2)
            seen = len(answers)
            busy.wait_until(lambda: len(answers) > seen + 50)
        finally:
            done.set()
    assert [future.exception() for future in asking] == [None] * 4
    assert {status for status, _ in answers} == {200}
    assert {version for _, version in answers} == {1, 2}
    assert {version for _, version in answers[seen + 10 :]} == {2}


def test_it_says_that_it_is_stopping_before_it_refuses_connections(launch, zoo):
    stopping = launch(zoo, SERVICE_DRAIN_S="3")
    stopping.wait_until(stopping.is_ready)
    stopping.process.send_signal(signal.SIGTERM)
    stopping.wait_until(lambda: not stopping.is_ready())
    answer = stopping.call("GET", "/readyz")
    assert (answer.status, answer.json()["error"]) == (503, "The service is stopping.")
    assert stopping.predict().status == 200
    assert stopping.process.wait(PATIENCE_S) == 0


def test_sigterm_finishes_what_was_accepted_and_ends_with_status_0(launch, zoo):
    stopping = launch(zoo)
    stopping.wait_until(stopping.is_ready)
    connection = HTTPConnection("127.0.0.1", stopping.port, timeout=PATIENCE_S)
    connection.putrequest("POST", "/models/flowers/predict")
    body = b'{"instances": [[1,2,3,4]]}'
    connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body[:5])
    time.sleep(0.3)  # the request is accepted, and its worker waits for the rest
    stopping.process.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    connection.send(body[5:])
    assert connection.getresponse().status == 200
    connection.close()
    assert stopping.process.wait(PATIENCE_S) == 0
    assert not [line for line in stopping.lines() if line["level"] in ("error", "critical")]


def test_a_store_with_a_bad_model_serves_the_others_and_says_that_it_is_not_ready(launch, own_zoo):
    (own_zoo.root / "flowers" / "1" / "model.onnx").write_bytes(b"")
    partial = launch(own_zoo)
    partial.wait_until(lambda: any(line["message"] == "worker ready" for line in partial.lines()))
    partial.wait_until(lambda: partial.predict("prices", [[1, 2]]).status == 200)
    answer = partial.call("GET", "/readyz")
    assert answer.status == 503
    assert partial.predict().json()["code"] == "model_unavailable"


@pytest.mark.parametrize(
    ("arguments", "environ", "complaint"),
    [
        (["serve"], {"SERVICE_THRAEDS": "1"}, "Unknown setting SERVICE_THRAEDS. Known settings: "),
        (["serve"], {"PORT": "http"}, "PORT='http' does not fit"),
        (["dance"], {}, "Unknown arguments: dance."),
        ([], {}, "Unknown arguments: none."),
    ],
)
def test_a_wrong_call_ends_at_once_with_one_sentence(arguments, environ, complaint):
    result = subprocess.run(
        [sys.executable, "-m", "service", *arguments],
        cwd=ROOT,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert result.returncode == 2
    assert result.stderr.startswith(complaint)
