"""Keys, rates, connections and ports where several processes serve; and what the servers themselves write down."""

import json
import socket
import subprocess
import sys
from contextlib import ExitStack, suppress

import pytest

from service.keys import new_key
from tests.live.server import PATIENCE_S, ROOT, Server
from tests.live.test_http import raw

ROWS = b'{"instances": [[1, 2, 3, 4]]}'
CANARY = b"c4n4ry"


def line(name, **options):
    key, digest = new_key()
    return key, json.dumps({"id": name, "sha256": digest, **options}) + "\n"


@pytest.fixture
def keyed(launch_ready, zoo, tmp_path):
    """A server, the file of its keys, and two of them."""
    file = tmp_path / "keys.jsonl"
    all_key, all_line = line("all")
    few_key, few_line = line("few", rate="10/day", models=["flowers"])
    file.write_text(all_line + few_line)
    return launch_ready(zoo, SERVICE_API_KEYS_FILE=str(file)), file, all_key, few_key


def test_keys_hold_in_all_workers_and_follow_their_file(keyed):
    server, file, all_key, few_key = keyed
    assert server.predict().status == 401
    statuses = [server.predict(Authorization=f"Bearer {few_key}").status for _ in range(30)]  # on a connection each
    assert sorted(statuses) == [200] * 10 + [429] * 20  # of both workers together
    assert {server.predict(X_API_Key=all_key).status for _ in range(20)} == {200}
    other_key, other_line = line("other")
    good = file.read_text()
    file.write_text(other_line)
    server.wait_until(lambda: {server.predict(X_API_Key=all_key).status for _ in range(20)} == {401})
    file.write_text("rubbish")
    server.wait_until(lambda: b"api_keys_current 0.0" in server.call("GET", "/metrics", X_API_Key=other_key).body)
    assert {server.predict(X_API_Key=other_key).status for _ in range(20)} == {200}
    old = server.workers()
    server.process.send_signal(1)  # SIGHUP: workers that start now have the last good keys too
    server.wait_until(lambda: server.have_replaced(old))
    assert {server.predict(X_API_Key=other_key).status for _ in range(20)} == {200}
    file.write_text(good)
    server.wait_until(lambda: {server.predict(X_API_Key=all_key).status for _ in range(20)} == {200})
    assert server.predict(Authorization=f"Bearer {few_key}").status == 429  # also after all that
    secrets = (all_key, few_key, other_key)
    assert [key for key in secrets if key in server.log.read_text()] == []
    assert server.stop() == 0


def test_a_second_port_has_metrics_and_the_first_has_none(kind, launch_ready, zoo):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    if kind == "granian":
        pytest.skip("refused: see the next test")
    first = launch_ready(zoo, SERVICE_MANAGEMENT_PORT=str(port), SERVICE_REPOSITORY_CONTROL="1")
    second = Server(first.process, port, first.log)
    unload = ("POST", "/v2/repository/models/prices/unload")
    for _ in range(10):  # of whichever worker
        assert [server.call("GET", "/metrics").status for server in (first, second)] == [404, 200]
        assert [server.predict().status for server in (first, second)] == [200, 404]
        assert [server.call("GET", "/readyz").status for server in (first, second)] == [200, 200]
        assert first.call("GET", "/metrics", Host=f"127.0.0.1:{port}", X_Forwarded_Port=str(port)).status == 404
    assert [server.call(*unload).status for server in (first, second)] == [404, 200]


@pytest.mark.parametrize("setting", ["SERVICE_MANAGEMENT_PORT", "SERVICE_CLIENT_CONNECTIONS"])
def test_granian_says_what_it_cannot_do(setting):
    result = subprocess.run(
        [sys.executable, "-m", "service", "serve"], cwd=ROOT, env={"SERVER": "granian", setting: "9090"},
        capture_output=True, text=True, timeout=PATIENCE_S, check=False,
    )  # fmt: skip
    assert result.returncode == 2
    assert result.stderr.startswith(f"{setting} needs SERVER=gunicorn: Granian ")


def test_one_address_has_no_more_connections_than_it_may(kind, launch_ready, zoo):
    if kind == "granian":
        pytest.skip("refused: see the test before")
    server = launch_ready(zoo, SERVICE_WORKERS="1", SERVICE_CLIENT_CONNECTIONS="5")

    def connect():
        connection = held.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE_S))
        connection.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        with suppress(ConnectionError):
            return connection.recv(12)
        return b""

    for _ in range(3):
        with ExitStack() as held:
            answers = [connect() for _ in range(8)]
        assert answers == [b"HTTP/1.1 200"] * 5 + [b""] * 3
        server.wait_until(server.is_ready)  # those that were closed are counted no more


BROKEN = (
    b"GET /livez?k=" + CANARY + b" HTTP/9.9\r\n\r\n",
    CANARY + b"\r\n\r\n",
    b"GET /livez HTTP/1.1\r\nHost: x\r\nAuthorization " + CANARY + b"\r\n\r\n",
    b"GET /livez HTTP/1.1\r\nHost: x\r\nX-" + CANARY + b" : 1\r\n\r\n",
    b"GET /livez HTTP/1.1\r\nHost: x\r\nX-API-Key: a\r\n " + CANARY + b"\r\n\r\n",
    b"GET /livez HTTP/1.1\r\nHost: x\r\nX: " + CANARY + b"\0\r\n\r\n",
    b"GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: " + CANARY + b"\r\n\r\n",
    b"POST /predict HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: " + CANARY + b"\r\n\r\n",
    b"POST /predict HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + CANARY + b"\r\n",
    b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}" + CANARY + b" the next request\r\n\r\n",
    b"POST /predict HTTP/1.1\r\nHost: x\r\nExpect: " + CANARY + b"\r\n\r\n",
    b"GET /" + CANARY * 20_000 + b" HTTP/1.1\r\n\r\n",
    b"GET /livez HTTP/1.1\r\n" + b"".join(b"X-%d: %s\r\n" % (number, CANARY) for number in range(500)) + b"\r\n",
    b"GET /livez HTTP/1.1\r\nHost: x\r\nX-API-Key: " + CANARY,
)


def test_of_what_is_no_http_the_log_tells_the_kind_alone(launch_ready, zoo):
    server = launch_ready(zoo)
    for request in BROKEN:
        raw(server, request, hangs_up=True)
        raw(server, b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n" + request[:90], hangs_up=True)
    assert server.predict().status == 200
    server.wait_until(lambda: "/models/flowers/predict" in server.log.read_text())
    text = server.log.read_text()
    assert CANARY.decode() not in text
    assert "Traceback" not in text


def test_servers_do_not_tell_their_versions(server):
    for path in ("/livez", "/nothing", "/predict"):
        names = {name.lower(): text for name, text in server.call("GET", path).headers.items()}
        assert names.get("server", "") in ("gunicorn", "granian")
