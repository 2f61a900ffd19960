"""How requests wait where each is a task of an event loop, in one thread that must never be held up. Knows no server.

The way of a request is plain code, which cannot await. So it runs in a greenlet of its own, and where it has to wait it
hands what it waits for to the coroutine that drives it, which awaits that and comes back with the result.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any

from greenlet import getcurrent, greenlet

from service.flow import Event, Result

LOOK_S = 0.25  # how late a time limit may strike
_DONE = object()


class Tasks:
    """The flow of a worker whose requests are tasks of `loop`. Made in the thread of that loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._limits: dict[greenlet, _TimeLimit] = {}
        self._idle: list[greenlet] = []  # to make a greenlet costs ten times what it costs to go on with one
        self._look()

    async def run(self, function: Callable[..., object], *arguments: object) -> None:
        """Call `function` so that whatever it calls may wait."""
        runner = self._idle.pop() if self._idle else greenlet(_run_calls)
        awaited = runner.switch(function, arguments)
        while awaited is not _DONE:
            try:
                result = await awaited
            except BaseException as error:  # noqa: BLE001  # it belongs to who waits
                awaited = runner.throw(error)
            else:
                awaited = runner.switch(result)
        self._idle.append(runner)

    def result_of(self, awaitable: Awaitable[Result]) -> Result:
        """Wait for `awaitable`. Called from what `run` calls."""
        running = getcurrent()
        if limit := self._limits.get(running):
            limit.awaited = awaitable
        result: Result = running.parent.switch(awaitable)
        return result

    def event(self) -> Event:
        """An event that requests wait for and any thread may set."""
        return _Event(self, self._loop)

    def beside(self, function: Callable[..., Result], *arguments: object) -> Result:
        """Call it in another thread, and let other requests go on meanwhile."""
        return self.result_of(self._loop.run_in_executor(None, function, *arguments))

    def time_limit(self, seconds: float) -> AbstractContextManager[object]:
        """Interrupts what is waited for, up to LOOK_S late: a timer for each request would cost more."""
        return _TimeLimit(self._limits, time.monotonic() + seconds)

    def soon(self, function: Callable[[], None]) -> None:
        """Call it in the loop's next round."""
        self._loop.call_soon(function)

    def _look(self) -> None:
        self._loop.call_later(LOOK_S, self._look)
        now_s = time.monotonic()
        for limit in [limit for limit in self._limits.values() if limit.end_s <= now_s]:
            limit.strike()


def _run_calls(function: Callable[..., object], arguments: tuple[object, ...]) -> None:
    """What a greenlet does: one call after the other, as `Tasks.run` gives them."""
    while True:
        function(*arguments)
        function, arguments = getcurrent().parent.switch(_DONE)


class _TimeLimit:
    __slots__ = ("_has_struck", "_limits", "awaited", "end_s")

    def __init__(self, limits: dict[greenlet, "_TimeLimit"], end_s: float) -> None:
        self._limits = limits
        self._has_struck = False
        self.end_s = end_s
        self.awaited: Any = None

    def strike(self) -> None:
        """Cancel what is waited for now."""
        if self.awaited is not None and not self._has_struck:
            self._has_struck = self.awaited.cancel() is not False  # what is there already cannot be cancelled

    def __enter__(self) -> None:
        self._limits[getcurrent()] = self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._limits.pop(getcurrent(), None)
        if self._has_struck and kind is asyncio.CancelledError:
            raise TimeoutError("waited for too long") from error


class _Event:
    """asyncio.Event for waiters in greenlets and setters in any thread."""

    def __init__(self, flow: Tasks, loop: asyncio.AbstractEventLoop) -> None:
        self._flow = flow
        self._loop = loop
        self._has_happened = False
        self._waiting: set[asyncio.Future[bool]] = set()

    def set(self) -> None:
        """It has happened."""
        self._loop.call_soon_threadsafe(self._happen)

    def wait(self, timeout: float | None = None) -> bool:
        """Whether it has happened within `timeout` seconds."""
        if self._has_happened:
            return True
        told: asyncio.Future[bool] = self._loop.create_future()
        self._waiting.add(told)
        timer = None if timeout is None else self._loop.call_later(timeout, _tell, told, False)
        try:
            return self._flow.result_of(told)
        finally:
            self._waiting.discard(told)
            if timer is not None:
                timer.cancel()

    def _happen(self) -> None:
        self._has_happened = True
        for told in self._waiting:
            _tell(told, True)


def _tell(told: asyncio.Future[bool], has_happened: bool) -> None:  # what a callback is given
    if not told.done():
        told.set_result(has_happened)
