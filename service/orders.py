"""What clients have told all workers of one server about models: which of them are not to be served. Knows no model."""

import fcntl
import json
import math
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_FILE = "orders.json"
LOOK_S = 0.05


@dataclass(frozen=True)
class Order:
    """The newest order. Each has a number, one higher than the one before."""

    number: int = 0
    unloaded: frozenset[str] = frozenset()  # models


class Orders:
    """Orders in a folder that the workers share; each worker tells there which it has carried out."""

    def __init__(self, folder: Path, process: int | None = None) -> None:
        self._folder = folder
        self._process = process or os.getpid()  # of the worker

    def newest(self) -> Order:
        """The one that holds now."""
        try:
            told = json.loads((self._folder / _FILE).read_text())
        except FileNotFoundError:
            return Order()
        return Order(told["number"], frozenset(told["unloaded"]))

    def load(self, model: str) -> int:
        """Order that a model is served, and that all workers look for what is new; returns the order's number."""
        with self._locked() as order:
            return self._give(Order(order.number + 1, order.unloaded - {model}))

    def unload(self, model: str) -> int:
        """Order that a model is not served; returns the order's number."""
        with self._locked() as order:
            return self._give(Order(order.number + 1, order.unloaded | {model}))

    def carried_out(self, number: int) -> None:
        """Tell the others that this worker has done what the orders up to that number say."""
        for mark in self._marks(alive=False):
            mark.unlink(missing_ok=True)  # of a worker that has ended
        self._write(f"done-{self._process}", str(number))

    def wait(self, number: int, timeout_s: float) -> bool:
        """Whether every living worker has told so within that time."""
        end_s = time.monotonic() + timeout_s
        while not all(_done(mark) >= number for mark in self._marks(alive=True)):
            if time.monotonic() > end_s:
                return False
            time.sleep(LOOK_S)
        return True

    @contextmanager
    def _locked(self) -> Iterator[Order]:
        with (self._folder / "orders.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield self.newest()

    def _give(self, order: Order) -> int:
        self._write(_FILE, json.dumps({"number": order.number, "unloaded": sorted(order.unloaded)}))
        return order.number

    def _write(self, name: str, text: str) -> None:
        """Whole or not at all, for whoever reads meanwhile."""
        part = self._folder / f"{name}.{self._process}"
        part.write_text(text)
        part.replace(self._folder / name)

    def _marks(self, *, alive: bool) -> Iterator[Path]:
        """Where living workers, or those that have ended, have told what they have done."""
        for mark in self._folder.glob("done-*"):
            process = mark.name.removeprefix("done-")
            if process.isdigit() and Path("/proc", process).exists() is alive:
                yield mark


def _done(mark: Path) -> float:
    try:
        return int(mark.read_text())
    except FileNotFoundError:  # it has ended meanwhile, and another worker knows already
        return math.inf
