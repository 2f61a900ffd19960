"""Requests at once, in each of the three ways in which they wait for one another: threads, greenlets and tasks."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from threading import Thread

import gevent

from service.flow import Flow, Threads
from service.greenlets import Greenlets
from service.tasks import Tasks

PATIENCE_S = 30.0  # bounds a failure; what works needs milliseconds

Request = Callable[[], object]


class ThreadCrowd:
    """Each request has a thread."""

    flow: Flow

    def __enter__(self) -> "ThreadCrowd":
        self.flow = Threads()
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def ask(self, *requests: Request) -> list[object]:
        """What each of the requests returns, or raises; all of them run at once."""
        outcomes: list[object] = [None] * len(requests)

        def run(index: int) -> None:
            outcomes[index] = _outcome(requests[index])

        threads = [Thread(target=run, args=(index,), daemon=True) for index in range(len(requests))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE_S)
            assert not thread.is_alive(), "a request does not end"
        return outcomes


class GreenletCrowd:
    """All requests are greenlets of this thread."""

    flow: Flow

    def __enter__(self) -> "GreenletCrowd":
        self.flow = Greenlets()
        return self

    def __exit__(self, *_: object) -> None:
        gevent.get_hub().destroy(destroy_loop=True)

    def ask(self, *requests: Request) -> list[object]:
        """What each of the requests returns, or raises; all of them run at once."""
        greenlets = [gevent.spawn(_outcome, request) for request in requests]
        assert len(gevent.joinall(greenlets, timeout=PATIENCE_S)) == len(greenlets), "a request does not end"
        return [greenlet.value for greenlet in greenlets]


class TaskCrowd:
    """All requests are tasks of one event loop, which runs in this thread while they are asked."""

    flow: Tasks

    def __enter__(self) -> "TaskCrowd":
        self.loop = asyncio.new_event_loop()
        self.loop.set_debug(True)  # it then complains of calls from other threads
        self.complaints: list[dict] = []
        self.loop.set_exception_handler(lambda _, context: self.complaints.append(context))
        self.flow = Tasks(self.loop)
        return self

    def __exit__(self, *_: object) -> None:
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()
        assert self.complaints == []

    def ask(self, *requests: Request) -> list[object]:
        """What each of the requests returns, or raises; all of them run at once."""
        return self.loop.run_until_complete(in_time(map(self._one, requests)))

    async def _one(self, request: Request) -> object:
        outcomes: list[object] = []
        await self.flow.run(lambda: outcomes.append(_outcome(request)))
        return outcomes[0]


async def in_time(coroutines: Iterable[Coroutine]) -> list[object]:
    """What they return; fails where that takes too long, even of those that cannot be cancelled."""
    tasks = [asyncio.ensure_future(coroutine) for coroutine in coroutines]
    _, pending = await asyncio.wait(tasks, timeout=PATIENCE_S)
    assert not pending, "a request does not end"
    return [task.result() for task in tasks]


CROWDS = (ThreadCrowd, GreenletCrowd, TaskCrowd)


def _outcome(request: Request) -> object:
    try:
        return request()
    except Exception as error:  # noqa: BLE001  # it is for the test to judge
        return error
