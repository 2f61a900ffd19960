"""Models that clients unload and load: in both workers once it is said, beside other requests, and in new workers."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import orjson
import pytest

from tests.live.clients import crowd

INDEX = "/v2/repository/index"


@pytest.fixture
def server(launch_ready, own_zoo):
    """A server whose operator lets clients load and unload."""
    return launch_ready(own_zoo, SERVICE_REPOSITORY_CONTROL="1")


def order(server, verb, model="flowers"):
    answer = server.call("POST", f"/v2/repository/models/{model}/{verb}", b"{}")
    assert (answer.status, answer.body) == (200, b"")


def flowers_in_index(server):
    return [line for line in server.call("POST", INDEX).json() if line["name"] == "flowers"]


def statuses(server):
    """What each worker that there is now answers to a prediction: asked until both have been met."""
    asked = {}

    def ask(_):
        request_id = uuid4().hex
        asked[request_id] = server.predict(X_Request_Id=request_id).status

    def have_met(workers):
        logged = server.answered()
        return set(workers) <= {logged[name] for name in asked if name in logged}

    with ThreadPoolExecutor(4) as pool:
        while not have_met(server.workers()):  # the kernel chooses, and may choose one worker for a while
            list(pool.map(ask, range(40)))
            assert len(asked) < 5000
    return set(asked.values())


def tags(client, _):
    return client.predict("tags", [[1, 2, 3]])


def test_once_it_is_said_a_model_is_unloaded_or_loaded_in_all_workers_and_no_other_request_fails(server):
    with crowd(server, 4, tags) as clients:
        server.wait_until(lambda: len(clients.outcomes) > 50)
        for _ in range(3):
            order(server, "unload")
            assert statuses(server) == {404}
            assert flowers_in_index(server) == [{"name": "flowers", "state": "UNAVAILABLE", "reason": "unloaded"}]
            assert server.is_ready()
            order(server, "load")
            assert statuses(server) == {200}
            assert flowers_in_index(server) == [{"name": "flowers", "version": "1", "state": "READY"}]
        seen = len(clients.outcomes)
        server.wait_until(lambda: len(clients.outcomes) > seen + 50)
    assert clients.statuses() == {200}
    assert server.complaints() == []


def test_a_new_version_is_served_as_soon_as_it_is_loaded(launch_ready, own_zoo, republish):
    server = launch_ready(own_zoo, SERVICE_REPOSITORY_CONTROL="1", SERVICE_STORE_POLL_S="0")
    republish(own_zoo, own_zoo.version("flowers"))
    assert server.predict().json()["version"] == 1
    order(server, "load")
    assert {server.predict().json()["version"] for _ in range(40)} == {2}


def test_what_was_unloaded_stays_so_in_a_worker_that_replaces_another(server):
    order(server, "unload")
    replace_one(server)
    assert statuses(server) == {404}
    assert server.predict("tags", [[1, 2, 3]]).status == 200
    order(server, "load")
    assert statuses(server) == {200}


def test_what_is_unloaded_while_a_worker_is_replaced_is_unloaded_in_the_new_one(server):
    replace_one(server, meanwhile=lambda: order(server, "unload"))
    assert statuses(server) == {404}


def replace_one(server, meanwhile=lambda: None):
    """Kill a worker, and wait until another has taken its place."""
    victim = server.workers()[0]
    os.kill(victim, signal.SIGKILL)
    server.wait_until(lambda: victim not in server.workers())
    meanwhile()
    server.wait_until(lambda: len(server.workers()) == 2 and set(server.workers()) <= server.loaded())


def test_what_a_client_may_not_bring_is_refused(server):
    body = orjson.dumps({"parameters": {"config": "{}"}})
    answer = server.call("POST", "/v2/repository/models/flowers/load", body)
    assert answer.status == 400
    assert answer.json()["error"].startswith("failed to load")
    assert server.predict().status == 200
