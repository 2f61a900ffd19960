"""The folder that the workers of one server share: their counts and their marks. Knows no server."""

import fcntl
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import IO

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


def name_slot(slot: Callable[[], int]) -> None:
    """In a worker: name its files of counts after its slot, so that one which replaces it goes on with them.

    See prometheus_client's chapter on multiprocess mode, under uWSGI.
    """
    from prometheus_client import values  # noqa: PLC0415  # it reads the variable above

    values.ValueClass = values.MultiProcessValue(process_identifier=slot)  # type: ignore[no-untyped-call]


def take_slot() -> tuple[int, IO[str]]:
    """The lowest slot that no living process has, for as long as the file that comes with it is open.

    For servers that do not know when a worker has ended before its successor begins.
    """
    for slot in count(1):
        file = (Path(os.environ[VARIABLE]) / f"slot-{slot}").open("w")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
        else:
            return slot, file
    raise AssertionError("there is always another number")


def forget_slot(slot: int) -> None:
    """Forget what a dead worker said of its own state; what it counted stays."""
    from prometheus_client.multiprocess import mark_process_dead  # noqa: PLC0415  # as above

    mark_process_dead(slot)  # type: ignore[no-untyped-call]
