"""What a worker counts is what its peers read, whoever had its slot before and however many values there are."""

from threading import Thread

import pytest
from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from service.metrics import Metrics
from service.servers.counting import values_of
from service.servers.sharing import VARIABLE


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path):
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    return tmp_path


def counter(values, name="asked"):
    return values("counter", name, f"{name}_total", (), (), "Help.")


def read(folder, name="asked"):
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(folder))
    return registry.get_sample_value(f"{name}_total")


def test_workers_in_different_slots_are_summed_up(folder):
    for slot, amount in ((1, 2.5), (2, 4)):
        counter(values_of(slot)).inc(amount)
    assert read(folder) == 6.5


def test_who_takes_a_slot_goes_on_with_its_counts(folder):
    counter(values_of(1)).inc(3)
    successor = counter(values_of(1))
    assert successor.get() == 3
    successor.inc(1)
    assert read(folder) == 4


def test_a_value_is_still_counted_when_its_file_has_grown(folder):
    values = values_of(1)
    first = counter(values)
    size = (folder / "counter_1.db").stat().st_size
    for number in range(size // 50):
        last = counter(values, f"other{number}")
    assert (folder / "counter_1.db").stat().st_size > size
    first.inc(1)
    last.inc(2)
    assert read(folder) == 1
    assert read(folder, f"other{number}") == 2


def test_threads_that_count_together_lose_nothing(folder):
    shared = counter(values_of(1))
    threads = [Thread(target=lambda: [shared.inc(1) for _ in range(20_000)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read(folder) == 80_000


def test_a_sum_and_its_bucket_are_counted_together(folder):
    values = values_of(1)
    total, bucket = counter(values), counter(values, "few")
    total.inc_with(2.5, bucket)
    total.inc_with(0.5, bucket)
    assert (read(folder), read(folder, "few")) == (3, 2)


@pytest.mark.parametrize("seconds", [0, 0.0005, 0.00050001, 10.0, 11.0])
@pytest.mark.parametrize("peers", ["alone", "with peers"])
def test_a_time_is_counted_in_the_bucket_that_prometheus_client_would_choose(seconds, peers, folder, monkeypatch):
    if peers == "with peers":
        monkeypatch.setattr("prometheus_client.values.ValueClass", values_of(1))
    metrics, plain = Metrics(folder if peers == "with peers" else None), CollectorRegistry()
    observed = {"route": "/predict", "model": "flowers"}
    metrics.observe(protocol="native", method="POST", status=200, version="1", seconds=seconds, **observed)
    bounds = metrics._seconds.labels(*observed.values())._upper_bounds
    Histogram("heaviside_request_seconds", "From a request's arrival in the app to its answer.", observed,
              buckets=bounds, registry=plain).labels(*observed.values()).observe(seconds)  # fmt: skip
    expected = {line for line in generate_latest(plain).decode().splitlines() if "_bucket" in line or "_sum" in line}
    assert expected <= set(metrics.render().decode().splitlines())


def test_a_gauge_says_what_was_set_last(folder):
    gauge = values_of(1)("gauge", "queue", "queue", (), (), "Help.", "livesum")
    gauge.set(7)
    gauge.set(5)
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(folder))
    assert gauge.get() == registry.get_sample_value("queue") == 5
