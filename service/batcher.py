"""A runtime that lets concurrent calls share one call of another runtime. Knows no request and no protocol.

Runs that are over in a moment happen at once, where they are asked for: to hand them over would cost more than they
do. Longer ones go to a thread of the model, one at a time; what is asked meanwhile gathers, and runs together next. So
a lone request never waits for others, and the busier the model, the larger its batches.
"""

import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock
from typing import Protocol

from models.golden import Tensors, concatenated, row_count
from service.errors import DeadlineExceeded, Overloaded
from service.flow import Event, Flow
from service.limits import Limits
from service.runtimes.runtime import Runtime

PATIENCE_RUNS = 10  # of one row; whoever asks a model that takes seconds is ready to wait for others' seconds
_WEIGHT = 0.2  # of the last run in what runs take now
MOMENT_S = 0.002  # what a request may hold up the others of its worker


class Meter(Protocol):
    """What is told of a model's runs."""

    def ran(self, rows: int, seconds: float) -> None:
        """One run of the model."""
        ...

    def waited(self, seconds: float) -> None:
        """How long a request has waited for its run."""
        ...

    def waiting(self, rows: int) -> None:
        """How many rows wait now."""
        ...


@dataclass(frozen=True)
class Cost:
    """What a run of the model takes, as measured when it was opened."""

    fixed_s: float
    per_row_s: float

    def of(self, rows: int) -> float:
        """Seconds that a run of so many rows takes."""
        return self.fixed_s + self.per_row_s * rows

    def of_batches(self, rows: int, batch_rows: int) -> float:
        """Seconds that so many rows take in batches."""
        batches, rest = divmod(rows, batch_rows)
        return batches * self.of(batch_rows) + (self.of(rest) if rest else 0.0)


class _Call:
    """The rows of one caller on their way."""

    __slots__ = ("arrived_s", "count", "deadline_s", "done", "error", "outputs", "rows")

    def __init__(self, rows: Tensors, count: int, deadline_s: float, done: Event) -> None:
        self.rows = rows
        self.count = count
        self.deadline_s = deadline_s
        self.done = done
        self.arrived_s = time.perf_counter()
        self.outputs: Tensors = {}
        self.error: Exception | None = None

    def is_over(self) -> bool:
        """Whether its time is; then its caller is told so, if it has not gone already."""
        if time.perf_counter() < self.deadline_s:
            return False
        self.error = _too_late()
        self.done.set()
        return True


class Batcher:
    """One runtime behind a bounded queue. Safe to call from several threads or greenlets at once."""

    def __init__(self, runtime: Runtime, cost: Cost, limits: Limits, flow: Flow, meter: Meter) -> None:
        self.name = runtime.name
        self._runtime = runtime
        self._cost = cost
        self._limits = limits
        self._flow = flow
        self._meter = meter
        self._lock = Lock()
        self._queue: deque[_Call] = deque()
        self._queued_rows = 0
        self._slowness = 1.0  # how much longer runs take now than when the cost was measured: the machine may be busy
        self._is_running = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="batcher")

    def admit(self, deadline_s: float) -> None:
        """Raises Overloaded where a new request would wait too long: it should go elsewhere, or come later.

        That is where as many rows wait as may, or more than can be run in the time that a request may wait, or before
        `deadline_s`, a time of time.perf_counter.
        """
        if not self._queued_rows:
            return
        wait_s = self._slowness * self._cost.of_batches(self._queued_rows, self._limits.batch_rows)
        may_s = max(self._limits.queue_wait_ms / 1000, PATIENCE_RUNS * self._cost.of(1))
        may_s = min(may_s, deadline_s - time.perf_counter())
        if self._queued_rows >= self._limits.queue_rows or wait_s > may_s:
            raise Overloaded(
                f"{self._queued_rows} rows wait for the model already, which takes about {wait_s:.2g} s; "
                "try again in a moment."
            )

    def predict(self, rows: Tensors, deadline_s: float) -> Tensors:
        """Input arrays (rows, *shape) by name -> output arrays (rows, *shape) float32 by name.

        `deadline_s` is a time of time.perf_counter. Raises DeadlineExceeded where it passes before there is an answer,
        and what the runtime raises.
        """
        count = row_count(rows)
        if self._cost.of(count) <= MOMENT_S:
            return self._at_once(rows, count, deadline_s)
        call = _Call(rows, count, deadline_s, self._flow.event())
        self._put(call)
        if not call.done.wait(max(0.0, deadline_s - time.perf_counter())):
            raise DeadlineExceeded("The model did not answer in time; its queue is long, or the time was short.")
        if call.error is not None:
            raise call.error
        return call.outputs

    def beside(self, rows: Tensors) -> Tensors:
        """As the runtime's own `predict`, in the caller's thread: not queued, not batched, and counted nowhere."""
        return self._runtime.predict(rows)

    def _at_once(self, rows: Tensors, count: int, deadline_s: float) -> Tensors:
        if time.perf_counter() > deadline_s:
            raise _too_late()
        return self._timed(rows, count)[0]

    def _put(self, call: _Call) -> None:
        with self._lock:
            self._queue.append(call)
            self._queued_rows += call.count
            must_start = not self._is_running
            self._is_running = True
            self._meter.waiting(self._queued_rows)
        if must_start:
            self._thread.submit(self._run_all)

    def _run_all(self) -> None:
        """Run batch after batch until nothing waits. On the model's thread."""
        while batch := self._next():
            self._run(batch)

    def _next(self) -> list[_Call]:
        """The calls that run together next; none where no call waits, after which `_put` must start anew."""
        if self._limits.batch_wait_ms and len(self._queue) > 1 and self._queued_rows < self._limits.batch_rows:
            time.sleep(self._limits.batch_wait_ms / 1000)
        with self._lock:
            batch, now_s = self._take(), time.perf_counter()
            self._is_running = bool(batch)
            self._meter.waiting(self._queued_rows)
        for call in batch:
            self._meter.waited(now_s - call.arrived_s)
        return batch

    def _take(self) -> list[_Call]:
        batch: list[_Call] = []
        rows = 0
        while self._queue and (not batch or rows + self._queue[0].count <= self._limits.batch_rows):
            call = self._queue.popleft()
            self._queued_rows -= call.count
            if call.is_over():
                continue
            batch.append(call)
            rows += call.count
        return batch

    def _run(self, batch: list[_Call]) -> None:
        try:
            outputs = self._together([call.rows for call in batch])
        except Exception as error:  # noqa: BLE001  # whatever a runtime raises belongs to whoever asked
            self._tell(batch, error)
            return
        start = 0
        for call in batch:
            call.outputs = {name: values[start : start + call.count] for name, values in outputs.items()}
            start += call.count
            call.done.set()

    def _tell(self, batch: list[_Call], error: Exception) -> None:
        """Tell a lone caller; run the calls of a batch one by one, so that none fails because of another."""
        if len(batch) == 1:
            batch[0].error = error
            batch[0].done.set()
        else:
            for call in batch:
                if not call.is_over():
                    self._run([call])

    def _together(self, parts: list[Tensors]) -> Tensors:
        rows = concatenated(parts)
        count = row_count(rows)
        outputs, seconds = self._timed(rows, count)
        self._slowness += _WEIGHT * (seconds / max(self._cost.of(count), 1e-9) - self._slowness)
        return outputs

    def _timed(self, rows: Tensors, count: int) -> tuple[Tensors, float]:
        start = time.perf_counter()
        outputs = self._runtime.predict(rows)
        seconds = time.perf_counter() - start
        self._meter.ran(count, seconds)
        return outputs, seconds


def measure(predict: Callable[[Tensors], Tensors], rows: Tensors) -> Cost:
    """What running the model takes, by trying it with one row and with all `rows`."""
    count = row_count(rows)
    one = _quickest(predict, {name: values[:1] for name, values in rows.items()})
    if count == 1:
        return Cost(0.0, one)
    per_row = max(0.0, _quickest(predict, rows) - one) / (count - 1)
    return Cost(max(0.0, one - per_row), per_row)


def _quickest(predict: Callable[[Tensors], Tensors], rows: Tensors) -> float:
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        predict(rows)
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def _too_late() -> DeadlineExceeded:
    return DeadlineExceeded("The request's time was over before the model could run it.")
