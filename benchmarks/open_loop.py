"""An open loop of several processes: started together, their logs put together. Knows not what for."""

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import ceil
from typing import NamedTuple

import numpy as np

from benchmarks.bodies import Body
from benchmarks.errors import PeerFailed
from benchmarks.flood import NOT_SENT, Order
from benchmarks.peer import ROOT
from benchmarks.server import Server

PROCESSES = 2
DEADLINE_S = 1.0  # after which a client goes away
GOOD = "200"
_HEAD_START_S = 1.0  # for the processes to start
_GRACE_S = 30.0  # to end


class Call(NamedTuple):
    """One request. Times in seconds, `due_s` from the start of the timetable."""

    due_s: float
    lag_s: float | None  # from when it was due until it was sent; None where it was not
    outcome: str  # a status, or one of flood's words
    latency_s: float  # from when it was due


@dataclass(frozen=True)
class Span:
    """The calls that were due within some seconds, and what became of them."""

    seconds: float
    calls: Sequence[Call]

    @property
    def counts(self) -> Counter[str]:
        """By outcome."""
        return Counter(call.outcome for call in self.calls)

    @property
    def sent_per_s(self) -> float:
        """Requests per second that were really sent."""
        return sum(call.outcome != NOT_SENT for call in self.calls) / self.seconds

    @property
    def good_per_s(self) -> float:
        """Good answers in time, per second."""
        return self.counts[GOOD] / self.seconds

    def latency_ms(self, percent: int) -> float | None:
        """A percentile of the good answers' latencies; None where there is none."""
        return _percentile([call.latency_s for call in self.calls if call.outcome == GOOD], percent)

    def lag_ms(self, percent: int) -> float | None:
        """A percentile of how late requests were sent."""
        return _percentile([call.lag_s for call in self.calls if call.lag_s is not None], percent)


@dataclass(frozen=True)
class Log:
    """All calls of all processes, and the processor time that these took."""

    calls: Sequence[Call]
    cpu_s: float
    start_s: float = 0.0  # of the timetable, in time.monotonic

    def span(self, start_s: float, end_s: float) -> Span:
        """Those that were due from `start_s` until `end_s`."""
        return Span(end_s - start_s, [call for call in self.calls if start_s <= call.due_s < end_s])


def offer(server: Server, body: Body, timetable: Sequence[tuple[float, float]], connections: int) -> Log:
    """Send so many requests per second for so many seconds, in turn, over `connections` at most. Raises PeerFailed."""
    start_s = time.monotonic() + _HEAD_START_S
    file = server.file(body)
    orders = [
        Order(server.port, server.path(body), str(file), body.media_type, list(timetable), start_s, part, PROCESSES,
              ceil(connections / PROCESSES), DEADLINE_S)
        for part in range(PROCESSES)
    ]  # fmt: skip
    processes = [_started(order) for order in orders]
    try:
        longest_s = _HEAD_START_S + sum(seconds for _, seconds in timetable) + _GRACE_S
        return _joined([_ended(process, longest_s) for process in processes], start_s)
    finally:
        for process in processes:
            process.kill()
            process.wait()


def _started(order: Order) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "benchmarks.flood", json.dumps(asdict(order))]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)


def _ended(process: subprocess.Popen[str], longest_s: float) -> Log:
    try:
        told = json.loads(process.communicate(timeout=longest_s)[0])
    except (subprocess.TimeoutExpired, ValueError) as error:
        raise PeerFailed(f"a process of the load generator failed: {error}") from error
    return Log([Call(*call) for call in told["calls"]], told["cpu_s"])


def _joined(logs: Sequence[Log], start_s: float) -> Log:
    calls = [call for log in logs for call in log.calls]
    return Log(sorted(calls, key=lambda call: call.due_s), sum(log.cpu_s for log in logs), start_s)


def _percentile(seconds: Sequence[float], percent: int) -> float | None:
    return float(np.percentile(seconds, percent)) * 1000 if seconds else None
