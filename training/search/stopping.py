"""How a process of a search is asked to end, so that it can put things in order first. Knows nothing of those."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import parent_process
from typing import Any


class Stop:
    """Whether this process was asked to end, by a signal or by the end of the one that started it.

    Where that had it forked by a server, the end of the server is one too: without it nobody learns how this one ends.
    """

    def __init__(self) -> None:
        self._signalled = False
        self._forked_by = os.getppid()

    def __bool__(self) -> bool:
        parent = parent_process()
        return self._signalled or (parent is not None and not (parent.is_alive() and os.getppid() == self._forked_by))

    def listen(self) -> dict[int, Any]:
        """Take note of SIGINT and SIGTERM from now on; returns what was done about them before."""
        return {number: signal.signal(number, self.ask) for number in (signal.SIGINT, signal.SIGTERM)}

    def ask(self, *_: Any) -> None:
        """To be called by whoever wants the end."""
        self._signalled = True


@contextmanager
def asked_to_stop() -> Iterator[Stop]:
    """Take note of SIGINT and SIGTERM instead of ending in the middle of something."""
    stop = Stop()
    before = stop.listen()
    mask = signal.pthread_sigmask(signal.SIG_UNBLOCK, before)  # whoever started this process may have blocked them
    try:
        yield stop
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for number, handler in before.items():
            signal.signal(number, handler)
