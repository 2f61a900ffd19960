"""HTTP as it comes from the network: broken, heavy, in pieces."""

import gzip
import socket
from contextlib import suppress

import numpy as np
import pytest

from tests.live.server import PATIENCE_S

MIB = 1024 * 1024
HEAD = b"POST /models/flowers/predict HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
ROWS = b'{"instances": [[1,2,3,4]]}'


def test_the_answers_over_http_are_those_of_keras(server, zoo):
    for name in ("flowers", "pictures", "boxes"):
        rows = zoo.version(name).golden()
        answer = server.predict(name, rows.inputs["row"].tolist()).json()
        np.testing.assert_allclose(answer["predictions"], rows.outputs["answer"], atol=1e-5)


def raw(server, request, hangs_up=False):
    """Send bytes as they are, and read until the server closes."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE_S) as connection:
        parts = []
        with suppress(OSError):  # a server that has answered may close while we still send
            connection.sendall(request)
            if hangs_up:
                connection.shutdown(socket.SHUT_WR)
        with suppress(ConnectionError):
            while part := connection.recv(65536):
                parts.append(part)
        return b"".join(parts)


@pytest.mark.parametrize(
    ("request_bytes", "status", "word"),
    [
        pytest.param(
            HEAD + b"Content-Length: 999999999999\r\n\r\n{}", b"413", b"body_too_large", id="announces-a-terabyte"
        ),
        pytest.param(HEAD + b"Content-Length: -5\r\n\r\n{}", b"400", b"", id="negative-length"),
        pytest.param(b"rubbish\r\n\r\n", b"400", b"", id="no-http"),
        pytest.param(
            b"GET /livez HTTP/1.1\r\nHost: x\r\nX: " + b"x" * MIB + b"\r\n\r\n", b"431", b"", id="huge-header"
        ),
    ],
)
def test_broken_http_is_refused_and_the_next_request_answered(server, request_bytes, status, word):
    answer = raw(server, request_bytes)
    assert answer.startswith(b"HTTP/1.1 " + status)
    assert word in answer
    assert server.predict().status == 200


def test_a_body_that_ends_before_its_length_is_refused_and_the_next_request_answered(server):
    answer = raw(server, HEAD + b"Content-Length: 100\r\n\r\n" + ROWS, hangs_up=True)
    assert answer.startswith(b"HTTP/1.1 400")
    assert b"unreadable_body" in answer
    assert server.predict().status == 200


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(b"zz\r\n", id="chunk-without-a-size"),
        pytest.param(b"5\r\n  ", id="ends-inside-a-chunk"),
        pytest.param(b"", id="ends-without-a-last-chunk"),
    ],
)
def test_a_broken_chunked_body_is_refused(server, broken):
    body = b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n" % (len(ROWS), ROWS)
    answer = raw(server, HEAD + body + broken, hangs_up=True)
    assert answer.startswith(b"HTTP/1.1 400")
    assert b"unreadable_body" in answer


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


@pytest.mark.parametrize("connection", ["keep-alive", "close"])
@pytest.mark.parametrize(
    ("path", "status"),
    [
        pytest.param("/models/nope/predict", 404, id="for-an-unknown-model"),
        pytest.param("/nowhere", 404, id="for-nothing"),
        pytest.param("/v1/nowhere", 400, id="malformed"),
        pytest.param("/v2/repository/models/flowers/load", 400, id="for-what-clients-may-not-do"),
    ],
)
def test_a_large_body_that_nobody_wants_does_not_keep_the_answer_from_its_client(server, path, status, connection):
    for _ in range(3):  # a connection that breaks too early may still bring its answer, by chance
        assert server.call("POST", path, b" " * (4 * MIB), Connection=connection).status == status
    assert server.predict().status == 200


def chunked(parts):
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def test_a_chunked_body_is_taken_and_limited(server):
    good = chunked([b'{"instances": ', b"[[1,2,3,4]]}"])
    assert raw(server, HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + good).startswith(b"HTTP/1.1 200")
    large = chunked([b" " * MIB] * 33)
    assert raw(server, HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + large).startswith(b"HTTP/1.1 413")


def test_requests_sent_together_are_answered_one_after_the_other(server):
    kept = b"POST /models/flowers/predict HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (len(ROWS), ROWS)
    last = HEAD + b"Content-Length: %d\r\n\r\n%s" % (len(ROWS), ROWS)
    assert raw(server, kept * 4 + last).count(b"HTTP/1.1 200") == 5


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
