"""Calls that share runs of a model: each gets the answers to its own rows, whatever is asked beside it, and however."""

import time
from functools import partial
from itertools import chain

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.errors import DeadlineExceeded
from tests.service.crowds import CROWDS, PATIENCE_S
from tests.service.doubles import BatchedDoubler

COUNTS = st.lists(st.integers(1, 5), min_size=1, max_size=7)  # rows of each caller
TIMEOUTS_S = st.lists(st.sampled_from([0.0, 0.0005, 0.001, 0.003, PATIENCE_S]), min_size=7, max_size=7)
every_crowd = pytest.mark.parametrize("crowd_of", CROWDS)


def calls_of(counts, start=1):
    """Rows for callers who ask for so many, no two with the same number."""
    ends = (np.cumsum(counts) + start).tolist()
    return [list(range(end - count, end)) for count, end in zip(counts, ends, strict=True)]


def all_of(calls):
    return sorted(chain.from_iterable(calls))


def doubled(calls):
    return [[2 * number for number in numbers] for numbers in calls]


@every_crowd
@given(counts=COUNTS, late_counts=st.lists(st.integers(1, 5), max_size=3), batch_rows=st.integers(1, 12))
@settings(deadline=None, max_examples=50)
def test_each_caller_gets_the_answers_to_its_own_rows_and_whoever_has_gone_costs_no_run(
    crowd_of, counts, late_counts, batch_rows
):
    calls, late_calls = calls_of(counts), calls_of(late_counts, start=1000)
    with crowd_of() as crowd:
        model = BatchedDoubler(crowd, batch_rows=batch_rows, queue_rows=1)
        outcomes = model.ask_while_busy(crowd, calls, late_calls)
        model.tally.until(lambda: model.tally.depths[-1] == 0)
    assert outcomes[: len(calls)] == doubled(calls)
    assert [type(outcome) for outcome in outcomes[len(calls) :]] == [DeadlineExceeded] * len(late_calls)
    assert all_of(model.runtime.runs) == [0, *all_of(calls)]
    assert all(len(run) <= batch_rows or run in calls for run in model.runtime.runs)
    model.admit()


@every_crowd
@given(counts=COUNTS, timeouts_s=TIMEOUTS_S)
@settings(deadline=None, max_examples=50)
def test_whoever_runs_out_of_time_at_whatever_moment_takes_nothing_from_the_others(crowd_of, counts, timeouts_s):
    calls = list(zip(calls_of(counts), timeouts_s, strict=False))
    with crowd_of() as crowd:
        model = BatchedDoubler(crowd, batch_rows=6, queue_rows=1)
        model.runtime.during = partial(time.sleep, 0.0005)
        outcomes = crowd.ask(*(partial(model.ask, numbers, timeout_s) for numbers, timeout_s in calls))
        assert crowd.ask(partial(model.ask, [0])) == [[0]]  # asked last, and so run last
    run = all_of(model.runtime.runs)
    assert len(set(run)) == len(run)
    for (numbers, timeout_s), outcome in zip(calls, outcomes, strict=True):
        assert outcome == doubled([numbers])[0] or (type(outcome) is DeadlineExceeded and timeout_s < PATIENCE_S)
    model.admit()


@every_crowd
def test_what_gathers_while_the_model_is_busy_runs_together(crowd_of):
    with crowd_of() as crowd:
        model = BatchedDoubler(crowd)
        outcomes = model.ask_while_busy(crowd, [[1], [2, 3], [4, 5, 6]])
    assert outcomes == [[2], [4, 6], [8, 10, 12]]
    assert [sorted(run) for run in model.runtime.runs] == [[0], [1, 2, 3, 4, 5, 6]]


@every_crowd
def test_at_most_so_many_rows_run_together(crowd_of):
    with crowd_of() as crowd:
        model = BatchedDoubler(crowd, batch_rows=3)
        model.ask_while_busy(crowd, [[number] for number in range(1, 8)])
    assert [len(run) for run in model.runtime.runs] == [1, 3, 3, 1]


@every_crowd
def test_a_call_of_more_rows_than_a_batch_runs_alone(crowd_of):
    with crowd_of() as crowd:
        model = BatchedDoubler(crowd, batch_rows=3)
        model.ask_while_busy(crowd, [[1], [2, 3, 4, 5, 6], [7]])
    assert [2, 3, 4, 5, 6] in model.runtime.runs


@every_crowd
def test_in_batches_of_one_row_each_call_runs_alone(crowd_of):
    with crowd_of() as crowd:
        model = BatchedDoubler(crowd, batch_rows=1)
        model.ask_while_busy(crowd, [[1], [2], [3, 4]])
    assert sorted(model.runtime.runs) == [[0], [1], [2], [3, 4]]


@every_crowd
def test_of_a_batch_that_fails_only_the_culprit_fails(crowd_of):
    with crowd_of() as crowd:
        model = BatchedDoubler(crowd)
        good, bad, also_good = model.ask_while_busy(crowd, [[1, 2], [3, -4], [5]])
        assert crowd.ask(partial(model.ask, [6])) == [[12]]
    assert (good, also_good) == ([2, 4], [10])
    assert isinstance(bad, ValueError)
    assert [sorted(run) for run in model.runtime.runs[:2]] == [[0], [-4, 1, 2, 3, 5]]
    assert sorted(model.runtime.runs[2:5]) == [[1, 2], [3, -4], [5]]


@every_crowd
def test_a_lone_call_that_fails_is_not_tried_again(crowd_of):
    with crowd_of() as crowd:
        model = BatchedDoubler(crowd)
        (outcome,) = crowd.ask(partial(model.ask, [-1]))
    assert isinstance(outcome, ValueError)
    assert model.runtime.runs == [[-1]]


@every_crowd
def test_a_call_whose_time_is_over_is_not_run_at_all(crowd_of):
    with crowd_of() as crowd:
        model = BatchedDoubler(crowd)
        (outcome,) = crowd.ask(partial(model.ask, [1], timeout_s=-1.0))
        assert crowd.ask(partial(model.ask, [2])) == [[4]]
    assert type(outcome) is DeadlineExceeded
    assert model.runtime.runs == [[2]]
