"""Doubles with the interfaces of the service: a runtime that does what a test wants, and a meter that remembers."""

import time
from collections.abc import Callable
from functools import partial
from threading import Condition, Semaphore, Thread, current_thread

import numpy as np

from service.batcher import Batcher, Cost
from service.limits import Limits
from tests.service.crowds import PATIENCE_S

SLOW = Cost(fixed_s=0.01, per_row_s=0.0)  # so a batcher is to believe, and have other calls gather meanwhile


class Doubler:
    """A runtime whose answer to a row of one number is twice that number; it fails on negative ones.

    Remembers the rows of each run and its thread, and calls `during` in each.
    """

    name = "doubler"

    def __init__(self) -> None:
        self.runs: list[list[float]] = []
        self.threads: list[Thread] = []
        self.during: Callable[[], object] = lambda: None

    def predict(self, rows: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        numbers = rows["row"]
        self.runs.append(numbers[:, 0].tolist())
        self.threads.append(current_thread())
        self.during()
        if (numbers < 0).any():
            raise ValueError("a negative number")
        return {"answer": 2 * numbers}


class Tally:
    """A meter that remembers all that it is told, and that can be waited for."""

    def __init__(self) -> None:
        self._changed = Condition()
        self.runs: list[tuple[int, float]] = []
        self.waits: list[float] = []
        self.depths: list[int] = []

    def ran(self, rows: int, seconds: float) -> None:
        with self._changed:
            self.runs.append((rows, seconds))
            self._changed.notify_all()

    def waited(self, seconds: float) -> None:
        with self._changed:
            self.waits.append(seconds)
            self._changed.notify_all()

    def waiting(self, rows: int) -> None:
        with self._changed:
            self.depths.append(rows)
            self._changed.notify_all()

    def until(self, is_so: Callable[[], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(is_so, PATIENCE_S), "what was waited for did not happen"


class BatchedDoubler:
    """A Doubler behind a real batcher, for the requests of a crowd."""

    def __init__(self, crowd, cost: Cost = SLOW, **limits: int) -> None:
        self.runtime = Doubler()
        self.tally = Tally()
        limits = {"queue_wait_ms": 10**9, **limits}  # unless a test cares, only the number of rows decides who may wait
        self.batcher = Batcher(self.runtime, cost, Limits(**limits), crowd.flow, self.tally)

    def ask(self, numbers: list[float], timeout_s: float = PATIENCE_S) -> list[float]:
        """The answers to rows of one number each."""
        rows = {"row": np.array(numbers, np.float32)[:, np.newaxis]}
        return self.batcher.predict(rows, time.perf_counter() + timeout_s)["answer"][:, 0].tolist()

    def admit(self, timeout_s: float = PATIENCE_S) -> None:
        self.batcher.admit(time.perf_counter() + timeout_s)

    def forget(self) -> None:
        """As if nothing had been asked so far, but for what the batcher has learnt from it."""
        self.runtime.runs.clear()
        self.tally.depths.clear()

    def ask_while_busy(self, crowd, patient, impatient=(), meanwhile: Callable[[], object] = lambda: None):
        """What comes of `patient` and `impatient` calls, all of which arrive while the model runs another, [0].

        That run lasts until all of them wait, and until the impatient have given up; at its end it calls `meanwhile`.
        """
        is_busy, gone = crowd.flow.event(), Semaphore(0)

        def hold():
            if len(self.runtime.runs) == 1:
                is_busy.set()
                # The meter is told whenever a call is put into the queue, and when calls are taken out.
                self.tally.until(lambda: len(self.tally.depths) == 2 + len(patient) + len(impatient))
                assert all(gone.acquire(timeout=PATIENCE_S) for _ in impatient)
                meanwhile()

        def ask(numbers, timeout_s=PATIENCE_S):
            assert is_busy.wait(PATIENCE_S)
            return self.ask(numbers, timeout_s)

        def ask_in_vain(numbers):
            try:
                return ask(numbers, timeout_s=0.001)
            finally:
                gone.release()

        self.runtime.during = hold
        calls = [*(partial(ask, numbers) for numbers in patient), *(partial(ask_in_vain, late) for late in impatient)]
        first, *outcomes = crowd.ask(partial(self.ask, [0]), *calls)
        assert first == [0]
        return outcomes
