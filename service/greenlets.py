"""How requests wait where each has a greenlet: all in one thread, which must never be held up. Knows no server.

Nothing is monkey-patched: only sockets and what is here wait in gevent's way. Threads and locks are those of the
system, and no lock is held where a greenlet may switch.
"""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import TracebackType

import gevent
from gevent.event import Event as GreenletEvent

from service.flow import Event, Result

LOOK_S = 0.25  # how late a time limit may strike


class Greenlets:
    """The flow of a worker whose requests are greenlets of one thread. Made in that thread."""

    def __init__(self) -> None:
        self._ends: dict[gevent.Greenlet, float] = {}  # who must have done its waiting by when, of time.monotonic
        self._clock = gevent.get_hub().loop.timer(LOOK_S, repeat=LOOK_S, ref=False)
        self._clock.start(self._interrupt_overdue)

    def event(self) -> Event:
        """An event that greenlets wait for and any thread may set."""
        return GreenletEvent()  # type: ignore[no-any-return]

    def beside(self, function: Callable[..., Result], *arguments: object) -> Result:
        """Call it in another thread, and let other greenlets go on meanwhile."""
        result, error = gevent.get_hub().threadpool.apply(_outcome, (function, arguments))
        if error is not None:
            raise error
        return result  # type: ignore[no-any-return]

    def time_limit(self, seconds: float) -> AbstractContextManager[object]:
        """Interrupts what waits for a socket, up to LOOK_S late: a timer for each request would cost more."""
        return _TimeLimit(self._ends, seconds)

    def soon(self, function: Callable[[], None]) -> None:
        """Call it in the hub's next round."""
        gevent.get_hub().loop.run_callback(function)

    def end_waits(self) -> None:
        """Let every time limit that holds now strike at the next look."""
        self._ends.update(dict.fromkeys(self._ends, 0.0))

    def _interrupt_overdue(self) -> None:
        """Called by the hub, so that each greenlet that is thrown at gives control back to here."""
        now_s = time.monotonic()
        for greenlet in [greenlet for greenlet, end_s in self._ends.items() if end_s <= now_s]:
            if self._ends.pop(greenlet, now_s + 1) <= now_s:
                greenlet.throw(TimeoutError("waited for too long"))


def _outcome(function: Callable[..., object], arguments: tuple[object, ...]) -> tuple[object, Exception | None]:
    """What it returns or raises: gevent's pool would write what is raised in it to the standard error, as text."""
    try:
        return function(*arguments), None
    except Exception as error:  # noqa: BLE001  # it belongs to who waits
        return None, error


class _TimeLimit:
    __slots__ = ("_end_s", "_ends")

    def __init__(self, ends: dict[gevent.Greenlet, float], seconds: float) -> None:
        self._ends = ends
        self._end_s = time.monotonic() + seconds

    def __enter__(self) -> None:
        self._ends[gevent.getcurrent()] = self._end_s

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ends.pop(gevent.getcurrent(), None)
