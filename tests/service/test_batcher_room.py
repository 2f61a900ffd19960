"""What a batcher takes of a worker: rows that wait, runs at once and beside, a thread; and what its meter is told."""

import gc
import time
import weakref
from functools import partial
from threading import Thread, current_thread

import numpy as np
import pytest

from service import batcher as batcher_module
from service.batcher import MOMENT_S, PATIENCE_RUNS, Cost, measure
from service.errors import DeadlineExceeded, Overloaded
from tests.service.crowds import PATIENCE_S, ThreadCrowd
from tests.service.doubles import BatchedDoubler


@pytest.fixture
def crowd():
    with ThreadCrowd() as threads:
        yield threads


class Admissions:
    """Asks a model for admission, and remembers what it said."""

    def __init__(self, model, timeout_s=PATIENCE_S):
        self.model = model
        self.timeout_s = timeout_s
        self.refusals = []

    def ask(self):
        try:
            self.model.admit(self.timeout_s)
        except Overloaded as error:
            self.refusals.append(str(error))


def test_a_request_is_refused_where_as_many_rows_wait_as_may_and_taken_once_they_are_gone(crowd):
    model = BatchedDoubler(crowd, queue_rows=3)
    admissions = Admissions(model)
    assert model.ask_while_busy(crowd, [[1], [2, 3]], meanwhile=admissions.ask) == [[2], [4, 6]]
    (refusal,) = admissions.refusals
    assert "3 rows wait" in refusal
    model.admit()


def test_a_request_is_taken_where_fewer_rows_wait_than_may(crowd):
    model = BatchedDoubler(crowd, queue_rows=4)
    admissions = Admissions(model)
    model.ask_while_busy(crowd, [[1], [2, 3]], meanwhile=admissions.ask)
    assert admissions.refusals == []


def test_rows_that_run_do_not_wait(crowd):
    model = BatchedDoubler(crowd, queue_rows=1)
    admissions = Admissions(model)
    model.ask_while_busy(crowd, [], meanwhile=admissions.ask)
    assert admissions.refusals == []


@pytest.mark.parametrize(
    ("rows", "limits", "timeout_s", "are_refused"),
    [
        pytest.param(12, {"batch_rows": 1, "queue_wait_ms": 12_000}, PATIENCE_S, False, id="just-as-long-as-may-be"),
        pytest.param(13, {"batch_rows": 1, "queue_wait_ms": 12_000}, PATIENCE_S, True, id="longer"),
        pytest.param(13, {"batch_rows": 13, "queue_wait_ms": 12_000}, PATIENCE_S, False, id="not-as-long-in-a-batch"),
        pytest.param(4, {"batch_rows": 1, "queue_wait_ms": 12_000}, 5.0, False, id="in-time"),
        pytest.param(6, {"batch_rows": 1, "queue_wait_ms": 12_000}, 5.0, True, id="beyond-the-deadline"),
        pytest.param(PATIENCE_RUNS, {"batch_rows": 1, "queue_wait_ms": 1}, PATIENCE_S, False, id="a-few-runs"),
        pytest.param(PATIENCE_RUNS + 1, {"batch_rows": 1, "queue_wait_ms": 1}, PATIENCE_S, True, id="more-runs"),
    ],
)
def test_a_request_is_refused_where_it_would_wait_too_long(crowd, rows, limits, timeout_s, are_refused):
    model = BatchedDoubler(crowd, Cost(fixed_s=1.0, per_row_s=0.0), **limits)
    admissions = Admissions(model, timeout_s)
    model.ask_while_busy(crowd, [[number] for number in range(1, rows + 1)], meanwhile=admissions.ask)
    assert bool(admissions.refusals) is are_refused


def test_where_runs_take_longer_than_they_did_so_does_the_wait_for_them(crowd):
    model = BatchedDoubler(crowd, Cost(fixed_s=0.003, per_row_s=0.0), batch_rows=1, queue_wait_ms=1)
    model.runtime.during = partial(time.sleep, 0.1)
    model.ask([0])
    model.tally.until(lambda: len(model.tally.depths) == 3)  # a row waits, none waits, and there is none to run next
    model.forget()
    admissions = Admissions(model)
    model.ask_while_busy(crowd, [[1], [2], [3], [4], [5]], meanwhile=admissions.ask)
    assert "5 rows wait" in admissions.refusals[0]


def test_a_lone_call_waits_for_no_others(crowd):
    model = BatchedDoubler(crowd, batch_wait_ms=10_000)
    assert model.ask([1], timeout_s=5.0) == [2]  # it would raise after half of that wait


class Time:
    """The `time` of a batcher in which sleeping is only written down, and `meanwhile` happens instead."""

    perf_counter = staticmethod(time.perf_counter)

    def __init__(self):
        self.slept_s = []
        self.meanwhile = lambda: None

    def sleep(self, seconds):
        self.slept_s.append(seconds)
        self.meanwhile()


def test_several_calls_wait_for_more_which_run_with_them(crowd, monkeypatch):
    no_time = Time()
    monkeypatch.setattr(batcher_module, "time", no_time)
    model = BatchedDoubler(crowd, batch_wait_ms=7)
    latecomer = Thread(target=model.ask, args=([3],), daemon=True)

    def arrive():
        latecomer.start()
        model.tally.until(lambda: model.tally.depths[-1] == 3)

    no_time.meanwhile = arrive
    model.ask_while_busy(crowd, [[1], [2]])
    latecomer.join(PATIENCE_S)
    assert no_time.slept_s == [0.007]
    assert [sorted(run) for run in model.runtime.runs] == [[0], [1, 2, 3]]


def test_a_full_batch_waits_for_no_more(crowd, monkeypatch):
    no_time = Time()
    monkeypatch.setattr(batcher_module, "time", no_time)
    model = BatchedDoubler(crowd, batch_rows=2, batch_wait_ms=7)
    model.ask_while_busy(crowd, [[1], [2]])
    assert no_time.slept_s == []


@pytest.mark.parametrize(
    ("numbers", "at_once"), [([1, 2], True), ([1, 2, 3], False)], ids=["over-in-a-moment", "longer"]
)
def test_a_call_that_is_over_in_a_moment_runs_in_the_thread_of_its_caller(crowd, numbers, at_once):
    model = BatchedDoubler(crowd, Cost(fixed_s=0.0, per_row_s=0.4 * MOMENT_S))
    model.ask(numbers)
    assert (model.runtime.threads == [current_thread()]) is at_once
    assert (model.tally.depths == []) is at_once


def test_a_call_that_would_be_over_in_a_moment_is_not_run_after_its_time(crowd):
    model = BatchedDoubler(crowd, Cost(0.0, 0.0))
    with pytest.raises(DeadlineExceeded):
        model.ask([1], timeout_s=-1.0)
    assert model.runtime.runs == []


def test_a_failure_of_a_call_at_once_is_its_own(crowd):
    model = BatchedDoubler(crowd, Cost(0.0, 0.0))
    with pytest.raises(ValueError, match="negative"):
        model.ask([-1])
    assert model.ask([1]) == [2]


def test_the_meter_is_told_runs_waits_and_how_many_rows_wait(crowd):
    model = BatchedDoubler(crowd)
    model.ask_while_busy(crowd, [[1, 2], [3, 4, 5]])
    model.tally.until(lambda: model.tally.depths[-1] == 0)
    assert [rows for rows, _ in model.tally.runs] == [1, 5]
    assert len(model.tally.waits) == 3
    assert all(seconds >= 0 for seconds in [*model.tally.waits, *(seconds for _, seconds in model.tally.runs)])
    assert max(model.tally.depths) == 5


def test_the_meter_is_told_what_runs_at_once(crowd):
    model = BatchedDoubler(crowd, Cost(0.0, 0.0))
    model.ask([1, 2, 3])
    assert [rows for rows, _ in model.tally.runs] == [3]
    assert model.tally.waits == []


class Watch:
    """A clock that stands still but for the runs of a model, which take what `predict` is told that they cost."""

    def __init__(self, fixed_s, per_row_s):
        self.now_s = 0.0
        self.cost = Cost(fixed_s, per_row_s)

    def perf_counter(self):
        return self.now_s

    def predict(self, rows):
        self.now_s += self.cost.of(len(rows["row"]))
        return rows


@pytest.mark.parametrize("rows", [2, 8, 100])
@pytest.mark.parametrize(
    ("fixed_s", "per_row_s"),
    [(0.002, 0.0), (0.0, 0.003), (0.001, 0.0005)],
    ids=["as-long-for-many-rows", "for-each-row", "both"],
)
def test_what_a_run_costs_is_measured_as_a_part_for_the_run_and_one_for_each_row(monkeypatch, fixed_s, per_row_s, rows):
    watch = Watch(fixed_s, per_row_s)
    monkeypatch.setattr(batcher_module, "time", watch)
    cost = measure(watch.predict, {"row": np.zeros((rows, 1), np.float32)})
    assert cost.fixed_s == pytest.approx(fixed_s)
    assert cost.per_row_s == pytest.approx(per_row_s)


def test_of_a_single_row_all_cost_is_for_the_row(monkeypatch):
    watch = Watch(0.001, 0.001)
    monkeypatch.setattr(batcher_module, "time", watch)
    assert measure(watch.predict, {"row": np.zeros((1, 1), np.float32)}).of(10) == pytest.approx(0.02)


def test_a_model_that_happens_to_be_quicker_with_more_rows_costs_nothing_less_than_nothing(monkeypatch):
    watch = Watch(0.01, -0.001)
    monkeypatch.setattr(batcher_module, "time", watch)
    cost = measure(watch.predict, {"row": np.zeros((4, 1), np.float32)})
    assert (cost.per_row_s, cost.fixed_s) == (0.0, pytest.approx(0.009))


def test_the_thread_of_a_batcher_ends_with_it(crowd):
    model = BatchedDoubler(crowd)
    model.ask([1])
    (thread,) = model.runtime.threads
    assert thread.is_alive()
    gone = weakref.ref(model.batcher)
    del model
    gc.collect()
    assert gone() is None
    thread.join(PATIENCE_S)
    assert not thread.is_alive()
