"""How the counts of one worker lie in memory that its peers can read. Knows prometheus_client, and no count by name."""

from threading import Lock
from typing import Any


def values_of(slot: int) -> type:
    """The class of prometheus_client's values for the worker in `slot`, whose files are named after that number.

    See the chapter on multiprocess mode, under uWSGI, in https://prometheus.github.io/client_python/multiprocess/.
    """
    from prometheus_client.values import MultiProcessValue  # noqa: PLC0415  # reads the environment when imported

    ofprocess: Any = MultiProcessValue(process_identifier=lambda: slot)  # type: ignore[no-untyped-call]
    lock = Lock()

    class Value(ofprocess):  # type: ignore[misc]
        """A number that is changed where it lies. The class below would pack it anew, which takes four times longer."""

        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            self._numbers = memoryview(self._file._m).cast("d")  # of all values in the file; stays when that grows
            self._place = self._file._positions[self._key] // self._numbers.itemsize

        def inc(self, amount: float) -> None:
            with lock:
                self._numbers[self._place] += amount

        def inc_with(self, amount: float, counted: "Value") -> None:
            """Add `amount` here and one there, as a histogram does with its sum and a bucket."""
            with lock:
                self._numbers[self._place] += amount
                counted._numbers[counted._place] += 1

        def set(self, value: float, timestamp: float | None = None) -> None:  # noqa: ARG002  # of no gauge that we have
            self._numbers[self._place] = value

        def get(self) -> float:
            return float(self._numbers[self._place])

    return Value
