"""Thousands of good, nearly good and hostile requests over HTTP, from several clients at once, to real servers."""

import shutil
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from functools import partial
from http.client import HTTPException, HTTPResponse

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from models.store import Store
from tests.live.server import PATIENCE_S
from tests.service.asking import LARGE, named
from tests.service.attacks import attacks
from tests.service.described import Described, Told
from tests.service.protocols import VERTEX
from tests.service.seeds import control, seeds

pytestmark = pytest.mark.slow

REQUESTS = 3000
CLIENTS = 8
LIMITS = {
    "SERVICE_DEFAULT_MODEL": "flowers",
    "SERVICE_MAX_ROWS": "64",
    "SERVICE_MAX_BODY_MIB": "2",
    "SERVICE_BODIES_MIB": "1",  # so that one large body that is not forgotten keeps all others out
    **{name.upper(): path for name, path in VERTEX.items()},
}


@pytest.fixture(scope="module")
def store(zoo, tmp_path_factory):
    """The zoo, with a label to ask for."""
    root = tmp_path_factory.mktemp("labelled") / "store"
    shutil.copytree(zoo.root, root, ignore=shutil.ignore_patterns(".*"))
    for name in zoo.names():
        Store(root).label(name, "stable", 1)
    return Store(root)


def drawn(strategy, count):
    """As many of what a strategy makes, to be used outside of its test."""
    found = []

    @settings(
        max_examples=count, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=HealthCheck
    )
    @given(strategy)
    def draw(one):
        found.append(one)

    draw()
    return found


def send(server, attack):
    """What is answered on a connection of its own; None where the server only closes it."""
    lines = [f"{attack.method} {attack.target()} HTTP/1.1", "Host: x", "Connection: close"]
    lines += [f"{name}: {text}" for name, text in attack.all_headers().items()]
    body = attack.body
    if attack.length is None:
        lines.append("Transfer-Encoding: chunked")
        body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if body else b"0\r\n\r\n"
    with closing(socket.create_connection(("127.0.0.1", server.port), PATIENCE_S)) as connection:
        with suppress(OSError):  # a server that has answered may close while we still send
            connection.sendall("\r\n".join([*lines, "\r\n"]).encode() + body)
            if attack.length not in ("", None):
                connection.shutdown(socket.SHUT_WR)  # or a server waits for the rest of the body
        response = HTTPResponse(connection, method=attack.method)
        try:
            response.begin()
            content = response.read()
        except (HTTPException, ConnectionError):
            return None
        return Told(response.status, {name.lower(): value for name, value in response.getheaders()}, content)


def is_well_framed(attack):
    """Whether a server can tell where the request ends, and what is expected of it."""
    odd = "Transfer-Encoding" in attack.headers or attack.headers.get("Expect", "100-continue") != "100-continue"
    return attack.length in ("", None) and not odd


@pytest.mark.parametrize("may_control", ["0", "1"], ids=["models-stay", "models-come-and-go"])
def test_whatever_clients_send_at_once_is_answered_as_described_and_hurts_no_good_request(
    launch_ready, store, may_control
):
    server = launch_ready(store, **LIMITS, SERVICE_REPOSITORY_CONTROL=may_control)
    described, good = Described(server.call("GET", "/openapi.json").json()), named(seeds(store))
    before = [send(server, attack) for attack in good]
    bad = drawn(attacks(good + control()), REQUESTS)
    asked = [attack for number, one in enumerate(bad) for attack in (one, good[number % len(good)])]
    with ThreadPoolExecutor(CLIENTS) as clients:
        answers = list(clients.map(partial(send, server), asked))
    for attack, told in zip(asked, answers, strict=True):
        if told is None or "x-request-id" not in told.headers:  # the server alone met it
            assert not is_well_framed(attack), attack
            assert told is None or 400 <= told.status < 500, attack
        else:
            described.judge(attack.method, attack.path, told)
    assert [line for line in server.complaints() if line["logger"] == "heaviside.errors"] == []
    for name in store.names() if may_control == "1" else ():
        assert server.call("POST", f"/v2/repository/models/{name}/load").status == 200
    for attack, first in zip(good, before, strict=True):
        again = send(server, attack)
        assert again.status == first.status == 200, attack
        assert attack.method == "GET" or again.body == first.body, attack
    for _ in range(20):
        assert server.call("POST", "/models/flowers/predict", LARGE).status == 200
