"""A split shares out the requests that name no version, and a shadow is asked too."""

import shutil
from collections import Counter

import numpy as np
import pytest

from models.traffic import Traffic
from service.app import create_app
from service.loading import Loader
from service.metrics import Metrics
from service.settings import Settings
from service.shadow import MOST_PENDING, Shadows
from tests.service.conftest import opener
from tests.service.test_operations import samples

ROW = {"instances": [[1, 2, 3, 4]]}


@pytest.fixture
def store(own_zoo, republish):
    """flowers with three versions that answer alike: stable=1, canary=2, and 3 without a label."""
    for _ in range(2):
        republish(own_zoo, own_zoo.version("flowers"))
    own_zoo.label("flowers", "stable", 1)
    own_zoo.label("flowers", "canary", 2)
    return own_zoo


def answering(worker, requests=400):
    client = create_app(worker).test_client()
    return Counter(client.post("/models/flowers/predict", json=ROW).get_json()["version"] for _ in range(requests))


def test_without_a_split_the_newest_version_answers(store, start_worker):
    assert set(answering(start_worker(store), 20)) == {3}


def test_a_split_shares_out_by_weight(store, start_worker):
    store.route("flowers", Traffic({"stable": 3, "canary": 1}))
    versions = answering(start_worker(store))
    assert set(versions) == {1, 2}
    assert 200 < versions[1] < 380  # 300 expected; beyond by chance less than once in 10^15 runs


def test_one_label_alone_answers_all(store, start_worker):
    store.route("flowers", Traffic({"stable": 1}))
    assert set(answering(start_worker(store), 20)) == {1}


@pytest.mark.parametrize(("key", "value", "version"), [("version", 3, 3), ("label", "canary", 2)])
def test_a_request_that_names_a_version_or_label_gets_it(store, start_worker, key, value, version):
    store.route("flowers", Traffic({"stable": 1}))
    client = create_app(start_worker(store)).test_client()
    answer = client.post("/models/flowers/predict", json=ROW | {key: value})
    assert answer.get_json()["version"] == version


def test_a_label_that_cannot_be_served_leaves_its_share_to_the_others(store, start_worker):
    store.route("flowers", Traffic({"stable": 1, "canary": 99}))
    (store.root / "flowers" / "2" / "model.onnx").write_bytes(b"")
    assert set(answering(start_worker(store), 20)) == {1}
    shutil.rmtree(store.root / "flowers" / "1")
    assert set(answering(start_worker(store), 20)) == {3}


def test_a_split_that_cannot_be_read_changes_nothing(store, caplog):
    store.route("flowers", Traffic({"stable": 1}))
    loader = Loader(store, Settings(), Metrics(), opener())
    before = loader.load()
    (store.root / "flowers" / "traffic.json").write_text('{"split": {"stable": -1}}')
    assert loader.load() == before
    (record,) = caplog.records
    assert "traffic.json" in record.fields["reason"]


def test_the_split_is_told(store, start_worker):
    store.route("flowers", Traffic({"stable": 3, "canary": 1}, shadow="canary"))
    client = create_app(start_worker(store)).test_client()
    assert client.get("/models/flowers").get_json()["traffic"] == {
        "split": {"stable": 3, "canary": 1},
        "shadow": "canary",
    }


def shadow_rows(client, result):
    key = ("heaviside_shadow_rows_total", ("model", "flowers"), ("result", result), ("shadow", "2"), ("version", "3"))
    return samples(client).get(key, 0)


def ask_with_shadow(worker, rows):
    client = create_app(worker).test_client()
    answer = client.post("/models/flowers/predict", json={"instances": rows})
    assert (answer.status_code, answer.get_json()["version"]) == (200, 3)
    worker.shadows.finish()
    return client


def test_a_shadow_that_decides_the_same_is_counted(store, start_worker):
    store.route("flowers", Traffic(shadow="canary"))
    client = ask_with_shadow(start_worker(store), [[1, 2, 3, 4]] * 3)
    assert (shadow_rows(client, "same"), shadow_rows(client, "different")) == (3, 0)


def test_a_shadow_that_decides_otherwise_is_counted_row_by_row(store, start_worker):
    store.route("flowers", Traffic(shadow="canary"))
    worker = start_worker(store)
    rows = np.random.default_rng(1).normal(size=(50, 4)).tolist()
    shadow = worker.catalog.models["flowers"].shadow
    shadow.batcher._runtime = Backwards(shadow.batcher._runtime)
    client = ask_with_shadow(worker, rows)
    same, different = shadow_rows(client, "same"), shadow_rows(client, "different")
    assert same + different == 50
    assert different > 0


class Backwards:
    """A runtime that gives each row's outputs in reverse order."""

    name = "backwards"

    def __init__(self, runtime):
        self._runtime = runtime

    def predict(self, rows):
        return {name: values[:, ::-1] for name, values in self._runtime.predict(rows).items()}


class Broken:
    """A runtime that fails."""

    name = "broken"

    def predict(self, rows):
        raise RuntimeError(f"no answer to {len(rows)} arrays")


def test_a_shadow_that_fails_concerns_no_client(store, start_worker):
    store.route("flowers", Traffic(shadow="canary"))
    worker = start_worker(store)
    worker.catalog.models["flowers"].shadow.batcher._runtime = Broken()
    assert shadow_rows(ask_with_shadow(worker, [[1, 2, 3, 4]] * 2), "failed") == 2


def test_a_shadow_that_is_too_slow_is_left_out(store, start_worker):
    store.route("flowers", Traffic(shadow="canary"))
    worker = start_worker(store)
    worker.shadows = Shadows(worker.metrics)
    for _ in range(MOST_PENDING):
        worker.shadows._places.acquire()
    assert shadow_rows(ask_with_shadow(worker, [[1, 2, 3, 4]] * 2), "dropped") == 2


@pytest.mark.parametrize("key", [{"version": 3}, {"label": "canary"}])
def test_a_request_that_names_its_version_has_no_shadow(store, start_worker, key):
    store.route("flowers", Traffic(shadow="canary"))
    worker = start_worker(store)
    client = create_app(worker).test_client()
    assert client.post("/models/flowers/predict", json=ROW | key).status_code == 200
    worker.shadows.finish()
    assert "heaviside_shadow_rows_total{" not in client.get("/metrics").get_data(as_text=True)
