"""Clients that send a byte a second, or announce a body and send nothing, hold nothing but their own connection."""

import socket
import threading
from contextlib import ExitStack, suppress
from http.client import HTTPResponse
from itertools import count

import orjson
import pytest

from tests.live.server import PATIENCE_S

HEAD = b"POST /models/flowers/predict HTTP/1.1\r\nHost: x\r\n"
BODY = b'{"instances": [[1, 2, 3, 4]' + b" " * 1000 + b"]}"
MIB = 1024 * 1024


@pytest.fixture
def open_connection():
    """Open connections, and close them when the test is done."""
    with ExitStack() as connections:
        yield lambda port: connections.enter_context(socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S))


def dripping(connections, start, text):
    """Begin each request with `start`, and go on with a byte of `text` a second, on a thread until the event is set."""
    for connection in connections:
        connection.sendall(start)
    done = threading.Event()

    def drip():
        for index in count():
            for connection in connections:
                with suppress(OSError):  # the server has answered, and closed
                    connection.send(text[index : index + 1])
            if done.wait(1):
                return

    threading.Thread(target=drip, daemon=True).start()
    return done


def test_slow_clients_do_not_stop_others_and_are_told_so_in_the_end(launch_ready, zoo, open_connection):
    server = launch_ready(zoo, SERVICE_REQUEST_TIMEOUT_S="2", SERVICE_BODIES_MIB="1024")
    slow_heads = [open_connection(server.port) for _ in range(100)]
    slow_bodies = [open_connection(server.port) for _ in range(100)]
    stalled = [open_connection(server.port) for _ in range(50)]
    for connection in stalled:
        connection.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % (10 * MIB))
    events = [
        dripping(slow_heads, HEAD[:10], HEAD[10:] + b"X-Padding: " + b"x" * 100),
        dripping(slow_bodies, HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY), BODY),
    ]
    others = []

    def ask_others():
        others.append((server.predict().status, server.call("GET", "/livez").status))
        return told_too_slow(server) == 150

    server.wait_until(ask_others)
    for connection in slow_bodies + stalled:
        response = HTTPResponse(connection)
        response.begin()
        assert (response.status, orjson.loads(response.read())["code"]) == (408, "body_too_slow")
    server.wait_until(lambda: ask_others() and len(others) > 20)
    assert set(others) == {(200, 200)}
    for event in events:
        event.set()


def told_too_slow(server):
    return sum(line.get("code") == "body_too_slow" for line in server.lines())


def test_a_client_that_does_not_read_its_answer_does_not_stop_others(launch_ready, zoo, open_connection):
    server = launch_ready(zoo, SERVICE_QUEUE_ROWS="1000000")
    rows = orjson.dumps({"instances": [[1, 2, 3, 4]] * 16_000})
    request = HEAD + b"Content-Length: %d\r\n\r\n" % len(rows) + rows
    connections = [open_connection(server.port) for _ in range(20)]
    for connection in connections:
        connection.sendall(request)
    server.wait_until(lambda: sum(line.get("rows") == 16_000 for line in server.lines()) == 20)
    assert {server.predict().status for _ in range(20)} == {200}
