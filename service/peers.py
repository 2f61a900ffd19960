"""What the workers of one server tell one another: that all of them have started. Knows no model and no server."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import IO

LOOK_S = 0.05  # how often a worker looks whether it is its turn


class Peers:
    """Marks in a folder that `count` workers share. Once all have started, that stays true, whoever is replaced."""

    def __init__(self, folder: Path, count: int) -> None:
        self.folder = folder
        self._count = count
        self._everyone = folder / "started"

    def announce(self) -> None:
        """Tell the others that this worker can answer."""
        if self.have_started():
            return
        (self.folder / f"ready-{os.getpid()}").touch()
        ready = [int(mark.name.removeprefix("ready-")) for mark in self.folder.glob("ready-*")]
        if len([process for process in ready if _is_alive(process)]) >= self._count:
            self._everyone.touch()

    @contextmanager
    def turn(self, give_up: Event) -> Iterator[bool]:
        """Wait until no other worker is at it; False where `give_up` was set meanwhile."""
        with (self.folder / "turn").open("w") as file:
            while not _has_locked(file):
                if give_up.wait(LOOK_S):
                    yield False
                    return
            yield True

    def have_started(self) -> bool:
        """Whether every worker has been able to answer, so that no request will meet one that is still loading."""
        return self._everyone.exists()


def _has_locked(file: IO[str]) -> bool:
    """Lock a file until it is closed, or its process ends."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)  # sends nothing
    except ProcessLookupError:
        return False
    return True
