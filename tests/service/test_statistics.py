"""Statistics are sums of what was counted: by model and version, over routes, protocols and workers."""

import time

import pytest

from service.metrics import Metrics
from service.statistics import PHASES, Statistics, statistics


@pytest.fixture
def metrics():
    return Metrics()


IRIS = {"protocol": "native", "route": "/predict", "method": "POST", "status": 200, "model": "iris", "version": "1"}


def ask(metrics, **more):
    """Count one request, as the front does."""
    metrics.observe(**(IRIS | more), seconds=0.5)


def predict(metrics, rows, model="iris", version="1"):
    """Count one good answer, as the front does."""
    ask(metrics, model=model, version=version)
    metrics.observe_prediction(model=model, version=version, rows=rows, decode_s=0.25, encode_s=0.125)


def test_before_anything_was_asked_all_is_zero(metrics):
    assert statistics(metrics)["iris", "1"] == Statistics()
    assert Statistics().seconds == dict.fromkeys(PHASES, 0.0)


def test_rows_and_answers_are_summed_up(metrics):
    before_s = time.time()
    for rows in (3, 1, 8):
        predict(metrics, rows)
    counted = statistics(metrics)["iris", "1"]
    assert (counted.rows, counted.answered, counted.failed) == (12, 3, 0)
    assert before_s <= counted.last_s <= time.time()
    assert (counted.seconds["decode"], counted.seconds["encode"]) == (0.75, 0.375)


def test_a_run_that_several_requests_share_counts_once(metrics):
    for rows in (3, 5):
        predict(metrics, rows)
        metrics.meter("iris", 1).waited(0.5)
    metrics.meter("iris", 1).ran(8, 2.0)
    counted = statistics(metrics)["iris", "1"]
    assert (counted.runs, counted.rows, counted.answered) == (1, 8, 2)
    assert (counted.seconds["run"], counted.seconds["queue"]) == (2.0, 1.0)


def test_whatever_is_refused_has_failed_by_whichever_route(metrics):
    for status in (400, 413, 429, 500, 504):
        ask(metrics, status=status)
    ask(metrics, status=400, route="/v2/models/<model>/infer", protocol="openinference")
    for status in (200, 304):
        ask(metrics, status=status)
    counted = statistics(metrics)["iris", "1"]
    assert (counted.failed, counted.answered) == (6, 0)


def test_versions_and_models_are_counted_apart(metrics):
    predict(metrics, 1)
    predict(metrics, 2, version="2")
    predict(metrics, 4, model="wine")
    rows = {key: counted.rows for key, counted in statistics(metrics).items()}
    assert rows == {
        ("iris", "1"): 1,
        ("iris", "2"): 2,
        ("wine", "1"): 4,
    }


def test_what_no_version_has_answered_is_nobodys(metrics):
    ask(metrics, model="", version="", status=404)
    ask(metrics, model="iris", version="", status=503)
    metrics.observe_load("iris", "refused")
    assert not statistics(metrics)


def test_what_a_shadow_was_asked_is_not_what_clients_asked(metrics):
    predict(metrics, 2)
    metrics.observe_shadow("iris", "1", "2", {"same": 2})
    found = statistics(metrics)
    assert (found["iris", "1"].rows, found["iris", "1"].answered) == (2, 1)
    assert ("iris", "2") not in found
