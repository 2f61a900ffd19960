"""A rate holds for all workers together, to the request."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from service.keys import Rate
from service.rates import Rates

ROOT = Path(__file__).parents[2]
HOURLY = Rate(5, 3600.0)


def passed(rates, name, rate, count):
    return sum(rates.wait_s(name, rate) == 0.0 for _ in range(count))


def test_as_many_pass_as_the_rate_says_and_the_next_is_told_how_long_to_wait(tmp_path):
    rates = Rates(tmp_path)
    assert passed(rates, "a", HOURLY, 20) == 5
    assert 700 < rates.wait_s("a", HOURLY) <= 720  # a fifth of an hour


def test_who_is_refused_does_not_have_to_wait_longer_for_it(tmp_path):
    rates = Rates(tmp_path)
    passed(rates, "a", HOURLY, 5)
    first = rates.wait_s("a", HOURLY)
    assert all(rates.wait_s("a", HOURLY) <= first for _ in range(100))


def test_each_client_has_a_bucket_of_its_own(tmp_path):
    rates = Rates(tmp_path)
    for name in ("a", "b", "c", "a" * 64):
        assert passed(rates, name, HOURLY, 10) == 5


def test_a_bucket_is_filled_again_evenly(tmp_path, monkeypatch):
    now_s = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now_s[0])
    rates, rate = Rates(tmp_path), Rate(10, 1.0)
    assert passed(rates, "a", rate, 30) == 10
    for _ in range(100):
        now_s[0] += 0.3
        assert passed(rates, "a", rate, 30) == 3
    now_s[0] += 1e6
    assert passed(rates, "a", rate, 30) == 10  # and no more, however long nobody asked


@pytest.mark.parametrize("count", [1, 3, 7, 60, 86_399, 9_999_999])
def test_no_rate_loses_a_request_to_rounding(tmp_path, monkeypatch, count):
    monkeypatch.setattr(time, "monotonic", lambda: 123456.789)
    asked = min(count, 2000)
    assert passed(Rates(tmp_path), "a", Rate(count, 60.0), asked) == asked


def test_workers_share_the_buckets(tmp_path):
    workers = [Rates(tmp_path) for _ in range(3)]
    assert sum(passed(worker, "a", HOURLY, 3) for worker in workers) == 5
    assert [worker.wait_s("b", HOURLY) for worker in workers] == [0.0] * 3


def test_processes_that_ask_at_the_same_time_get_no_more_together(tmp_path):
    code = """
import sys
from pathlib import Path
from service.keys import Rate
from service.rates import Rates
rates = Rates(Path(sys.argv[1]))
names = [f"client-{number}" for number in range(50)]
print(*(sum(rates.wait_s(name, Rate(100, 86400.0)) == 0.0 for _ in range(60)) for name in names))
"""
    runs = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    counts = [[int(word) for word in run.communicate()[0].split()] for run in runs]
    assert [sum(passes) for passes in zip(*counts, strict=True)] == [100] * 50
