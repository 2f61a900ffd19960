"""What clients have workers load and unload: the orders that all of them find, and workers that carry them out."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Thread

import pytest

from models.errors import UnknownModel
from service import watching
from service.app import create_app
from service.errors import DeadlineExceeded, InvalidRequest
from service.flow import Threads
from service.loading import Loader
from service.metrics import Metrics
from service.orders import Order, Orders
from service.peers import Peers
from service.settings import Settings
from service.worker import Worker
from tests.service.conftest import opener
from tests.service.crowds import PATIENCE_S
from tests.service.openinference import ROW, ask, fault, in_json, request, taken_apart

AT_ONCE_S = 0.0


def test_before_the_first_order_nothing_is_unloaded(tmp_path):
    assert Orders(tmp_path).newest() == Order(0, frozenset())


def test_every_worker_finds_the_newest_order(tmp_path):
    first, second = Orders(tmp_path), Orders(tmp_path)
    assert first.unload("flowers") == 1
    assert second.unload("tags") == 2
    assert first.newest() == Order(2, frozenset({"flowers", "tags"}))
    assert first.load("flowers") == 3
    assert second.load("never unloaded") == 4
    assert second.newest() == Order(4, frozenset({"tags"}))


def test_orders_given_at_the_same_moment_are_all_kept(tmp_path):
    names = [f"model-{number}" for number in range(100)]
    with ThreadPoolExecutor(8) as threads:
        numbers = list(threads.map(Orders(tmp_path).unload, names))
    assert sorted(numbers) == list(range(1, 101))
    assert Orders(tmp_path).newest() == Order(100, frozenset(names))


@contextmanager
def other_worker(folder, number):
    """Another process that has carried out the orders up to a number, until it ends."""
    code = f"from service.orders import Orders; Orders(Path({str(folder)!r})).carried_out({number}); print(); input()"
    arguments = [sys.executable, "-c", f"from pathlib import Path; {code}"]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        yield process.pid
        process.communicate()


def test_an_order_is_carried_out_once_every_living_worker_has_told_so(tmp_path):
    orders = Orders(tmp_path)
    orders.carried_out(2)
    assert orders.wait(2, AT_ONCE_S)
    assert not orders.wait(3, AT_ONCE_S)
    with other_worker(tmp_path, 1):
        assert orders.wait(1, AT_ONCE_S)
        assert not orders.wait(2, AT_ONCE_S)
    assert orders.wait(2, AT_ONCE_S)


def test_who_waits_goes_on_when_the_last_worker_has_told_so(tmp_path):
    orders = Orders(tmp_path)
    orders.carried_out(0)
    with ThreadPoolExecutor() as threads:
        waiting = threads.submit(orders.wait, 1, PATIENCE_S)
        orders.carried_out(1)
        assert waiting.result(PATIENCE_S)


def test_what_ended_workers_have_told_is_cleared_away(tmp_path):
    with other_worker(tmp_path, 1) as process:
        assert (tmp_path / f"done-{process}").exists()
    Orders(tmp_path).carried_out(1)
    assert [mark.name for mark in tmp_path.glob("done-*")] == [f"done-{os.getpid()}"]


def test_nothing_is_left_half_written(tmp_path):
    orders = Orders(tmp_path)
    orders.carried_out(orders.unload("flowers"))
    assert {file.name for file in tmp_path.iterdir()} == {"orders.json", "orders.lock", f"done-{os.getpid()}"}


@pytest.fixture
def start(own_zoo, tmp_path):
    """Workers that share a folder and follow one another's orders, as two processes do."""
    started = []

    def start_one(**settings):
        chosen = Settings(model_store=own_zoo.root, repository_control=True, store_poll_s=0, **settings)
        worker = Worker(chosen, Metrics(), Peers(tmp_path, count=1), Threads())
        if started:
            worker.orders = Orders(tmp_path, os.getppid())  # another living process than that of the first
        loader = Loader(own_zoo, chosen, worker.metrics, opener())
        watching.load_first(worker, loader)
        started.append((worker, Thread(target=watching.follow, args=(worker, loader))))
        started[-1][1].start()
        return worker

    yield start_one
    for worker, _ in started:
        worker.stopping.set()
    for _, thread in started:
        thread.join()


def test_once_it_is_said_a_model_is_unloaded_and_loaded_in_all_workers(start, zoo):
    workers = [start(), start()]
    for first, second in (workers, workers[::-1]):
        kept = second.catalog.find("tags")
        first.unload("flowers")
        for worker in workers:
            with pytest.raises(UnknownModel):
                worker.catalog.find("flowers")
        assert second.catalog.find("tags") is kept
        second.load("flowers")
        assert [list(worker.catalog.models) for worker in workers] == [zoo.names()] * 2


def test_a_worker_that_starts_later_does_what_was_ordered_before(start, zoo):
    start().unload("flowers")
    assert list(start().catalog.models) == [name for name in zoo.names() if name != "flowers"]


def test_whoever_orders_waits_for_a_worker_that_is_still_loading(own_zoo, tmp_path):
    worker = Worker(Settings(request_timeout_s=0), Metrics(), Peers(tmp_path, count=1), Threads())

    class Slow(Loader):
        def load(self, unloaded=()):
            with pytest.raises(DeadlineExceeded, match="Not every worker has followed yet"):
                worker.unload("flowers")
            return super().load(unloaded)

    watching.load_first(worker, Slow(own_zoo, worker.settings, worker.metrics, opener()))
    assert worker.orders.newest().unloaded == {"flowers"}
    assert "flowers" in worker.catalog.models  # until it follows, which is what it does next


def test_a_load_looks_at_once_for_what_is_new(start, own_zoo, republish):
    worker = start()
    republish(own_zoo, own_zoo.version("flowers"))
    republish(own_zoo, own_zoo.version("flowers"), name="roses")
    assert sorted(worker.catalog.model("flowers").predictors) == [1]
    worker.load("roses")
    assert sorted(worker.catalog.model("flowers").predictors) == [1, 2]
    assert sorted(worker.catalog.model("roses").predictors) == [1]


def test_a_load_that_fails_tells_why(start, own_zoo):
    worker = start()
    with pytest.raises(InvalidRequest, match="failed to load 'roses': the store does not hold it"):
        worker.load("roses")
    worker.unload("flowers")
    (own_zoo.root / "flowers" / "1" / "model.onnx").write_bytes(b"")
    with pytest.raises(InvalidRequest, match=r"failed to load 'flowers': .* truncated"):
        worker.load("flowers")
    assert worker.catalog.find("tags").version.number == 1


def test_what_clients_unloaded_does_not_make_the_service_unready(start, zoo):
    worker = start(default_model="flowers")
    for name in zoo.names():
        worker.unload(name)
    assert not worker.catalog.models
    worker.check_ready()
    worker.load("flowers")
    worker.check_ready()
    assert worker.catalog.find().version.name == "flowers"


@pytest.fixture
def client(start):
    """Of a service whose operator lets clients load and unload."""
    return create_app(start()).test_client()


def test_an_unloaded_model_is_unknown_and_in_the_index_unavailable(client):
    def lines(**asked):
        index = client.post("/v2/repository/index", json=asked).get_json()
        return [line for line in index if line["name"] == "flowers"]

    ready = [{"name": "flowers", "version": "1", "state": "READY"}]
    assert lines() == ready
    response = client.post("/v2/repository/models/flowers/unload", json={"parameters": {"unload_dependents": False}})
    assert (response.status_code, response.get_data()) == (200, b"")
    assert lines() == [{"name": "flowers", "state": "UNAVAILABLE", "reason": "unloaded"}]
    assert lines(ready=True) == []
    assert fault(ask(client, request())) == (404, "unknown_model", None)
    assert fault(client.get("/v2/models/flowers/ready")) == (404, "unknown_model", None)
    assert fault(client.post("/v2/repository/models/flowers/unload")) == (404, "unknown_model", None)
    taken_apart(ask(client, request(in_json([ROW[0][:3]])), model="tags"))
    response = client.post("/v2/repository/models/flowers/load", data=b"{}")
    assert (response.status_code, response.get_data()) == (200, b"")
    assert lines() == ready
    taken_apart(ask(client, request()))


def test_an_unloaded_model_is_away_for_every_protocol(client):
    paths = ("/models/flowers/predict", "/v1/models/flowers:predict", "/invocations?model=flowers")
    assert [client.post(path, json={"instances": ROW}).status_code for path in paths] == [200] * 3
    assert client.post("/v2/repository/models/flowers/unload").status_code == 200
    assert [client.post(path, json={"instances": ROW}).status_code for path in paths] == [404] * 3
