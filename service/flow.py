"""How requests wait without holding up the others of their worker: with a thread each; greenlets.py has another way."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol, TypeVar

Result = TypeVar("Result")


class Event(Protocol):
    """Something that happens once, and may be told by any thread."""

    def set(self) -> None:
        """It has happened."""
        ...

    def wait(self, timeout: float | None = None) -> bool:
        """Whether it has happened within `timeout` seconds."""
        ...


class Flow(Protocol):
    """What differs between a worker whose requests have threads and one whose requests have greenlets."""

    def event(self) -> Event:
        """An event that a request can wait for."""
        ...

    def beside(self, function: Callable[..., Result], *arguments: object) -> Result:
        """Call what takes long and is pure computation, while other requests go on."""
        ...

    def time_limit(self, seconds: float) -> AbstractContextManager[object]:
        """Raises TimeoutError where waiting for the client in it takes longer."""
        ...

    def soon(self, function: Callable[[], None]) -> None:
        """Call it when the requests that are ready now have been answered, and before any waits anew."""
        ...


class Threads:
    """Every request has a thread of its own: it may simply wait."""

    def event(self) -> Event:
        """An event of the standard library."""
        return threading.Event()

    def beside(self, function: Callable[..., Result], *arguments: object) -> Result:
        """Call it here: the other requests have threads of their own."""
        return function(*arguments)

    def time_limit(self, seconds: float) -> AbstractContextManager[object]:  # noqa: ARG002
        """No limit: a thread that waits for a socket cannot be interrupted."""
        return nullcontext()

    def soon(self, function: Callable[[], None]) -> None:
        """Call it here: there is no moment at which all threads wait."""
        function()
