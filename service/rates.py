"""How often each client may ask, counted for all workers of one server together. Knows no request and no key.

A client's requests are a bucket that holds as many as its rate allows in one period, and is filled again evenly. Of
each bucket the workers share one number: when it will be full again (the generic cell rate algorithm, ITU-T I.371).
"""

import fcntl
import hashlib
import os
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from service.keys import Rate

_NUMBER = struct.Struct("d")
_NAME_BYTES = 32
_RECORD_BYTES = _NAME_BYTES + _NUMBER.size
_ROUNDING_S = 1e-6  # what adding up fractions of a second may be wrong by


class Rates:
    """Buckets in a file of the folder that the workers share. Their clock is the machine's, which all of them see."""

    def __init__(self, folder: Path) -> None:
        self._file = os.open(folder / "rates", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._places: dict[str, int] = {}  # of the numbers in the file
        self._lock = Lock()  # the file's lock is for processes, and lets threads of one pass

    def wait_s(self, name: str, rate: Rate) -> float:
        """Seconds until a request of that client may pass; 0.0: it may, and has been counted."""
        with self._locked():
            place = self._place(name)
            now_s = time.monotonic()
            (full_s,) = _NUMBER.unpack(os.pread(self._file, _NUMBER.size, place))
            after_s = max(full_s, now_s) + rate.period_s / rate.requests
            missing_s: float = after_s - now_s - rate.period_s
            if missing_s > _ROUNDING_S:
                return missing_s
            os.pwrite(self._file, _NUMBER.pack(after_s), place)
            return 0.0

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Held for microseconds; the system lets go of it where its process dies."""
        with self._lock:
            fcntl.lockf(self._file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN)

    def _place(self, name: str) -> int:
        """Where a bucket lies; one that no worker has met yet is put at the end, full."""
        if (known := self._places.get(name)) is not None:
            return known
        wanted = hashlib.sha256(name.encode()).digest()
        size = os.fstat(self._file).st_size
        content = os.pread(self._file, size, 0)
        starts = range(0, size, _RECORD_BYTES)
        start = next((start for start in starts if content[start : start + _NAME_BYTES] == wanted), size)
        if start == size:
            os.pwrite(self._file, wanted + _NUMBER.pack(0.0), size)
        self._places[name] = start + _NAME_BYTES
        return self._places[name]
