"""A server's processes: started in a session of their own, weighed, and all of them ended. Knows no HTTP."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PATIENCE_S = 20  # for a server that was asked to end
MB = 1024 * 1024


@dataclass(frozen=True)
class Memory:
    """Resident memory in MB. Pages that processes share count for each of them."""

    total_mb: float
    per_worker_mb: float  # of the two largest processes, on average


class Family:
    """A started process and all its descendants."""

    def __init__(self, command: Sequence[str], environ: Mapping[str, str], work: Path, log: Path) -> None:
        """Start `command` in the folder `work`; what it prints goes to `log`."""
        with log.open("wb") as output:
            self._first = subprocess.Popen(
                command, env=environ, cwd=work, stdout=output, stderr=output, stdin=subprocess.DEVNULL,
                start_new_session=True,
            )  # fmt: skip

    @property
    def has_ended(self) -> bool:
        """Whether the first process is gone."""
        return self._first.poll() is not None

    def memory(self, workers: int) -> Memory:
        """What the family holds now, and what each of its `workers` largest processes does."""
        sizes = sorted(filter(None, map(resident_mb, self._pids())), reverse=True)
        return Memory(sum(sizes), sum(sizes[:workers]) / workers)

    def largest(self, count: int) -> list[int]:
        """The ids of its largest processes, which are the workers where each has models and the others have none."""
        return sorted(self._pids(), key=resident_mb, reverse=True)[:count]

    def end(self) -> None:
        """Ask the first process to end; then end the process groups of all that are left."""
        groups = {_group(pid) for pid in self._pids()} - {None, os.getpgrp()}
        self._first.terminate()
        deadline = time.monotonic() + PATIENCE_S
        while any(map(_lives, groups)) and time.monotonic() < deadline:
            self._first.poll()  # takes note of its end, without which its group would seem to live
            time.sleep(0.05)
            if self.has_ended:
                _send(groups, signal.SIGTERM)
        _send(groups, signal.SIGKILL)
        self._first.wait()

    def _pids(self) -> list[int]:
        pids = [self._first.pid]
        for pid in pids:  # grows while it is walked
            pids.extend(_children(pid))
        return pids


def resident_mb(pid: int) -> float:
    """Resident memory of a process; 0 where it has ended."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") / MB


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found.extend(map(int, task.read_text().split()))
        except OSError:  # it ended while it was looked at
            continue
    return found


def _group(pid: int) -> int | None:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return None


def _lives(group: int | None) -> bool:
    return _send({group}, 0)


def _send(groups: set[int | None], number: int) -> bool:
    """Send a signal to each group; returns whether there was anybody to get it."""
    reached = False
    for group in groups:
        try:
            os.killpg(group, number) if group else None
            reached = True
        except ProcessLookupError:
            continue
    return reached
