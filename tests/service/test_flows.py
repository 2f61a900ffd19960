"""One contract for every way in which requests wait; and what greenlets and tasks can that threads cannot."""

import asyncio
import threading
import time
from functools import partial

import pytest
from gevent import socket as greenlet_socket
from greenlet import getcurrent

from service import greenlets, tasks
from tests.service.crowds import CROWDS, PATIENCE_S, GreenletCrowd, TaskCrowd, ThreadCrowd

LOOK_S = 0.01
every_crowd = pytest.mark.parametrize("crowd_of", CROWDS)


@pytest.fixture(autouse=True)
def look_often(monkeypatch):
    """Time limits may strike late, so that they cost little; a test need not wait for that."""
    monkeypatch.setattr(greenlets, "LOOK_S", LOOK_S)
    monkeypatch.setattr(tasks, "LOOK_S", LOOK_S)


@every_crowd
def test_what_has_happened_already_is_not_waited_for(crowd_of):
    def request():
        event = crowd.flow.event()
        event.set()
        return event.wait(PATIENCE_S), event.wait()

    with crowd_of() as crowd:
        assert crowd.ask(request) == [(True, True)]


@every_crowd
@pytest.mark.parametrize("timeout_s", [PATIENCE_S, None], ids=["with-a-timeout", "without"])
def test_all_who_wait_for_an_event_are_told_by_another_request(crowd_of, timeout_s):
    with crowd_of() as crowd:
        asked, happened = crowd.flow.event(), crowd.flow.event()

        def wait():
            asked.set()
            return happened.wait(timeout_s)

        def tell():
            assert asked.wait(PATIENCE_S)
            happened.set()
            return "told"

        assert crowd.ask(wait, wait, tell) == [True, True, "told"]


@every_crowd
def test_who_waits_for_an_event_is_told_by_any_thread(crowd_of):
    def tell():
        teller = threading.Thread(target=happened.set)
        teller.start()
        teller.join(PATIENCE_S)
        return "told"

    with crowd_of() as crowd:
        happened = crowd.flow.event()
        assert crowd.ask(partial(happened.wait, PATIENCE_S), tell) == [True, "told"]


@every_crowd
def test_a_thread_may_tell_at_any_moment(crowd_of):
    def request():
        event = crowd.flow.event()
        teller = threading.Thread(target=event.set)
        teller.start()
        has_happened = event.wait(PATIENCE_S)
        teller.join(PATIENCE_S)
        return has_happened

    with crowd_of() as crowd:
        assert crowd.ask(*[request] * 50) == [True] * 50


@every_crowd
@pytest.mark.parametrize("timeout_s", [0.0, 0.005])
def test_what_does_not_happen_is_waited_for_no_longer_than_asked(crowd_of, timeout_s):
    with crowd_of() as crowd:
        assert crowd.ask(lambda: crowd.flow.event().wait(timeout_s)) == [False]


@every_crowd
def test_an_event_may_be_told_twice(crowd_of):
    def request():
        event = crowd.flow.event()
        event.set()
        event.set()
        return event.wait(PATIENCE_S)

    with crowd_of() as crowd:
        assert crowd.ask(request) == [True]


@every_crowd
def test_what_is_called_beside_returns_and_raises_as_if_it_were_called_here(crowd_of, capfd):
    with crowd_of() as crowd:
        good, bad = crowd.ask(partial(crowd.flow.beside, divmod, 7, 2), partial(crowd.flow.beside, divmod, 7, 0))
    assert good == (3, 1)
    assert isinstance(bad, ZeroDivisionError)
    assert capfd.readouterr().err == ""  # where the log is: what is raised is for who has called


@every_crowd
def test_while_something_is_called_beside_other_requests_go_on(crowd_of):
    ended = threading.Event()
    with crowd_of() as crowd:
        assert crowd.ask(partial(crowd.flow.beside, ended.wait, PATIENCE_S), ended.set) == [True, None]


@every_crowd
def test_what_is_to_be_done_soon_is_done_while_requests_go_on(crowd_of):
    def request():
        done = crowd.flow.event()
        crowd.flow.soon(done.set)
        return done.wait(PATIENCE_S)

    with crowd_of() as crowd:
        assert crowd.ask(request, request) == [True, True]


@pytest.mark.parametrize("crowd_of", [GreenletCrowd, TaskCrowd])
def test_what_is_to_be_done_soon_comes_after_the_requests_that_can_go_on_now(crowd_of):
    order = []

    def request():
        crowd.flow.soon(lambda: order.append("soon"))
        order.append("request")
        event = crowd.flow.event()
        event.wait(0.01)
        order.append("later")

    with crowd_of() as crowd:
        crowd.ask(request)
    assert order == ["request", "soon", "later"]


@every_crowd
def test_a_time_limit_does_nothing_to_what_is_quick(crowd_of):
    def request():
        with crowd.flow.time_limit(PATIENCE_S):
            event = crowd.flow.event()
            event.set()
            return event.wait(PATIENCE_S)

    with crowd_of() as crowd:
        assert crowd.ask(request) == [True]


@every_crowd
def test_a_time_limit_never_strikes_after_its_block_was_left(crowd_of):
    def request():
        with crowd.flow.time_limit(LOOK_S / 2):
            pass
        with pytest.raises(KeyError), crowd.flow.time_limit(LOOK_S / 2):
            raise KeyError
        return crowd.flow.event().wait(5 * LOOK_S)

    with crowd_of() as crowd:
        assert crowd.ask(request) == [False]


def test_threads_have_no_time_limit():
    def request():
        with crowd.flow.time_limit(-1.0):
            return crowd.flow.event().wait(5 * LOOK_S)

    with ThreadCrowd() as crowd:
        assert crowd.ask(request) == [False]


def receive_nothing(_):
    here, there = greenlet_socket.socketpair()
    with here, there:
        return here.recv(1)


def await_nothing(crowd):
    return crowd.flow.result_of(crowd.loop.create_future())


def wait_for_no_event(crowd):
    return crowd.flow.event().wait()


WAITS = [
    pytest.param(GreenletCrowd, receive_nothing, id="greenlet-for-a-socket"),
    pytest.param(GreenletCrowd, wait_for_no_event, id="greenlet-for-an-event"),
    pytest.param(TaskCrowd, await_nothing, id="task-for-a-future"),
    pytest.param(TaskCrowd, wait_for_no_event, id="task-for-an-event"),
]


@pytest.mark.parametrize(("crowd_of", "wait"), WAITS)
def test_a_time_limit_ends_a_wait_for_what_never_comes(crowd_of, wait):
    def request():
        with crowd.flow.time_limit(LOOK_S):
            return wait(crowd)

    with crowd_of() as crowd:
        (outcome,) = crowd.ask(request)
        assert type(outcome) is TimeoutError
        assert crowd.ask(lambda: "next") == ["next"]


@pytest.mark.parametrize(("crowd_of", "wait"), WAITS)
def test_a_time_limit_ends_the_last_of_several_waits(crowd_of, wait):
    def request():
        with crowd.flow.time_limit(5 * LOOK_S):
            came = crowd.flow.event()
            came.set()
            assert came.wait()
            return wait(crowd)

    with crowd_of() as crowd:
        assert [type(outcome) for outcome in crowd.ask(request)] == [TimeoutError]


@pytest.mark.parametrize(("crowd_of", "wait"), WAITS)
def test_whoever_was_interrupted_may_wait_again(crowd_of, wait):
    def request():
        with pytest.raises(TimeoutError), crowd.flow.time_limit(LOOK_S):
            wait(crowd)
        with crowd.flow.time_limit(PATIENCE_S):
            return crowd.flow.event().wait(5 * LOOK_S)

    with crowd_of() as crowd:
        assert crowd.ask(request) == [False]


@pytest.mark.parametrize(("crowd_of", "wait"), WAITS)
def test_a_time_limit_ends_the_wait_of_no_one_else(crowd_of, wait):
    with crowd_of() as crowd:
        interrupted = crowd.flow.event()

        def overdue():
            with pytest.raises(TimeoutError), crowd.flow.time_limit(LOOK_S):
                wait(crowd)
            interrupted.set()

        def in_time():
            with crowd.flow.time_limit(PATIENCE_S):
                return interrupted.wait()

        assert crowd.ask(in_time, overdue, overdue, in_time) == [True, None, None, True]


@pytest.mark.parametrize("crowd_of", [GreenletCrowd, TaskCrowd])
def test_an_error_inside_a_time_limit_stays_what_it_is(crowd_of):
    def request():
        with crowd.flow.time_limit(LOOK_S):
            time.sleep(3 * LOOK_S)  # holds up all others: nothing can be interrupted meanwhile
            raise KeyError("mine")

    with crowd_of() as crowd:
        assert [type(outcome) for outcome in crowd.ask(request)] == [KeyError]


def test_one_greenlet_after_the_other_is_not_made_for_each_task():
    with TaskCrowd() as crowd:
        (first,), (second,) = crowd.ask(getcurrent), crowd.ask(getcurrent)
        assert first is second


def test_tasks_at_once_have_greenlets_of_their_own_which_later_ones_use_again():
    def request():
        crowd.flow.event().wait(0.0)  # so that none ends before all have begun
        return getcurrent()

    with TaskCrowd() as crowd:
        before, after = crowd.ask(*[request] * 3), crowd.ask(*[request] * 3)
    assert len(set(before)) == 3
    assert set(after) == set(before)


@pytest.mark.parametrize("error", [KeyError, asyncio.CancelledError, SystemExit])
def test_what_a_task_raises_reaches_who_runs_it_and_the_next_goes_on(error):
    def fail():
        crowd.flow.event().wait(0.0)
        raise error

    with TaskCrowd() as crowd:
        with pytest.raises(error):
            crowd.loop.run_until_complete(crowd.flow.run(fail))
        assert crowd.ask(lambda: "next", lambda: "one more") == ["next", "one more"]


def test_a_task_that_is_cancelled_from_outside_has_not_waited_for_too_long():
    seen = []

    def request():
        try:
            with crowd.flow.time_limit(PATIENCE_S):
                crowd.flow.event().wait()
        except BaseException as error:
            seen.append(type(error))
            raise

    async def cancel():
        task = asyncio.ensure_future(crowd.flow.run(request))
        await asyncio.sleep(0)
        task.cancel()
        await task

    with TaskCrowd() as crowd, pytest.raises(asyncio.CancelledError):
        crowd.loop.run_until_complete(cancel())
    assert seen == [asyncio.CancelledError]


@every_crowd
def test_an_event_may_happen_after_somebody_has_waited_in_vain(crowd_of):
    def request():
        event = crowd.flow.event()
        assert not event.wait(0.01)
        event.set()
        return event.wait(PATIENCE_S)

    with crowd_of() as crowd:
        assert crowd.ask(request) == [True]


def test_a_limit_that_strikes_what_is_there_already_strikes_the_next_wait():
    with TaskCrowd() as crowd:
        first = crowd.loop.create_future()

        def arrive():
            if not first.done():  # on a busy machine the look may have been before
                first.set_result(b"part")

        def request():
            with crowd.flow.time_limit(LOOK_S / 2):
                crowd.loop.call_soon(time.sleep, 4 * LOOK_S)  # a long round of the loop, after which both are due:
                crowd.loop.call_later(LOOK_S / 2, arrive)  # this, and the look at the limits
                crowd.flow.result_of(first)
                return crowd.flow.result_of(crowd.loop.create_future())

        (outcome,) = crowd.ask(request)
    assert type(outcome) is TimeoutError
