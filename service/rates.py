"""How often each client may ask, counted for all workers of one server together. Knows no request and no key.

A client's requests are a bucket that holds as many as its rate allows in one period, and is filled again evenly. Of
each bucket the workers share one number: when it will be full again (the generic cell rate algorithm, ITU-T I.371).
"""

import fcntl
import hashlib
import os
import time
from mmap import mmap
from pathlib import Path
from threading import Lock

from service.keys import Rate

_NAME_BYTES = 32
_RECORD_BYTES = _NAME_BYTES + 8  # a name's hash, and the number
_ROUNDING_S = 1e-6  # what adding up fractions of a second may be wrong by


class Rates:
    """Buckets in a file of the folder that the workers share. Their clock is the machine's, which all of them see."""

    def __init__(self, folder: Path) -> None:
        self._file = os.open(folder / "rates", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._places: dict[str, tuple[memoryview[float], int]] = {}  # where each number lies in memory
        self._lock = Lock()  # the file's lock is for processes, and lets threads of one pass

    def wait_s(self, name: str, rate: Rate) -> float:
        """Seconds until a request of that client may pass; 0.0: it may, and has been counted."""
        with self._lock:
            fcntl.lockf(self._file, fcntl.LOCK_EX)  # for microseconds; the system lets go of it where its process dies
            try:
                return self._count(name, rate)
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN)

    def _count(self, name: str, rate: Rate) -> float:
        numbers, place = self._places.get(name) or self._find(name)
        now_s = time.monotonic()
        full_s: float = max(numbers[place], now_s) + rate.period_s / rate.requests
        missing_s = full_s - now_s - rate.period_s
        if missing_s > _ROUNDING_S:
            return missing_s
        numbers[place] = full_s
        return 0.0

    def _find(self, name: str) -> tuple["memoryview[float]", int]:
        """Where a bucket lies; one that no worker has met yet is put at the end, full."""
        wanted = hashlib.sha256(name.encode()).digest()
        size = os.fstat(self._file).st_size
        content = os.pread(self._file, size, 0)
        starts = range(0, size, _RECORD_BYTES)
        start = next((start for start in starts if content[start : start + _NAME_BYTES] == wanted), size)
        if start == size:
            os.pwrite(self._file, wanted + bytes(8), size)
        numbers = memoryview(mmap(self._file, start + _RECORD_BYTES)).cast("d")
        self._places[name] = numbers, (start + _NAME_BYTES) // 8
        return self._places[name]
