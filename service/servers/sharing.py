"""The folder that the workers of one server share: their counts and their marks. Knows no server."""

import fcntl
import os
import shutil
import sys
import tempfile
from itertools import count
from pathlib import Path
from typing import IO

from service.servers.counting import values_of

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"  # prometheus_client reads it when it is imported
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # writable even where the root file system is not


def make_folder() -> None:
    """Make the folder, once, before any worker; ends the program with a sentence where there is no place for it."""
    try:
        os.environ[VARIABLE] = tempfile.mkdtemp(prefix="heaviside-", dir=MEMORY)
    except OSError:
        sys.exit("The service needs one folder in memory or on disk that it can write: /dev/shm, or /tmp.")


def remove_folder() -> None:
    """Once, after all workers."""
    shutil.rmtree(os.environ.get(VARIABLE, ""), ignore_errors=True)


class Slot:
    """The lowest number that no living worker has, for as long as this one lives or until it leaves.

    A worker's files of counts are named after it, so that one which replaces it goes on with them. To be taken before
    anything is counted.
    """

    def __init__(self) -> None:
        from prometheus_client import values  # noqa: PLC0415  # it reads the variable above

        self.number, self._lock = _lowest_free()
        _forget_state(self.number)  # a worker that was killed has left it behind
        values.ValueClass = values_of(self.number)

    def leave(self) -> None:
        """Once, when the worker ends and counts no more."""
        _forget_state(self.number)
        self._lock.close()


def _lowest_free() -> tuple[int, IO[str]]:
    for number in count(1):
        file = (Path(os.environ[VARIABLE]) / f"slot-{number}").open("w")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # until it is closed, or the process ends
        except BlockingIOError:
            file.close()
        else:
            return number, file
    raise AssertionError("there is always another number")


def _forget_state(number: int) -> None:
    """Forget what a worker said of its own state; what it counted stays."""
    from prometheus_client.multiprocess import mark_process_dead  # noqa: PLC0415  # as above

    mark_process_dead(number)  # type: ignore[no-untyped-call]
