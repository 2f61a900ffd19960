"""Who still lives of those that run trials, on this machine and on others. Knows nothing of what they train.

A worker counts its beats into its running trial. Whoever sees for long enough that they stop, by a clock of its own,
takes the worker for dead; clocks of several machines are never compared. A worker of the same machine whose process is
gone is known to be dead at once.
"""

import os
import socket
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from optuna.trial import FrozenTrial, TrialState

BEAT = "beat"  # the attribute of a running trial: [process, beats so far]


class Watch:
    """Looks at running trials again and again."""

    def __init__(self, lost_after_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._lost_after_s, self._clock = lost_after_s, clock
        self._seen: dict[int, tuple[object, float]] = {}  # number of a trial -> its last beat, and when that was new

    def dead(self, trials: Iterable[FrozenTrial]) -> list[FrozenTrial]:
        """The running trials whose worker is dead."""
        running = [trial for trial in trials if trial.state is TrialState.RUNNING]
        numbers = {trial.number for trial in running}
        self._seen = {number: seen for number, seen in self._seen.items() if number in numbers}
        return [trial for trial in running if self._is_dead(trial)]

    def _is_dead(self, trial: FrozenTrial) -> bool:
        beat, now = trial.user_attrs.get(BEAT), self._clock()
        if beat and is_gone(beat[0]):
            return True
        before, since = self._seen.get(trial.number, (None, now))
        if trial.number not in self._seen or beat != before:
            since = now
        self._seen[trial.number] = (beat, since)
        return now - since > self._lost_after_s


def worker_name() -> str:
    """The own process, for a reader."""
    return f"{socket.gethostname()}:{os.getpid()}"


def this_process() -> str:
    """The own process, told from every other one on any machine, and from those that get its number later."""
    return f"{_machine()}/{os.getpid()}/{_begun(os.getpid())}"


def is_gone(process: str) -> bool:
    """Whether a process has surely ended: one of this machine, under whose number there is none or another one now."""
    machine, pid, begun = process.rsplit("/", 2)
    return bool(machine) and machine == _machine() and _begun(int(pid)) != begun


def _machine() -> str:
    """The boot of this machine, and the numbering of processes that holds here; empty where there is no /proc."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}/{os.stat('/proc/self/ns/pid').st_ino}"  # noqa: PTH116  # Path.stat says the same in more words
    except OSError:
        return ""


def _begun(pid: int) -> str:
    """When a process began, in ticks since the boot; empty where there is none, or only what is left of one."""
    try:
        state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if state in "ZX" else fields[18]
