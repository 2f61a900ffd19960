"""A journal file of studies, which any number of processes append to, also through NFS. Knows nothing of studies.

Each line is an operation, and is on the disk before it counts. A process, a full disk or a power failure may leave half
a line at the end: nobody was told that it counts, so the next to append cuts it off.
"""

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock

from training.errors import UnusableStorage

GRACE_S = 10  # after which a lock is taken from who holds it: a killed process; an append takes milliseconds
LONGEST_LINE = 2**20


class Journal(JournalFileBackend):  # type: ignore[misc]  # Optuna's types are not followed
    """Optuna's, which would glue a line to the half of one and then never read the file again."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path), JournalFileOpenLock(str(path), grace_period=GRACE_S))
        self._path = path
        self._locked(self._cut_half_a_line)

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Write down operations, all of them or none."""
        lines = "".join(json.dumps(log, separators=(",", ":")) + "\n" for log in logs).encode()

        def append() -> None:
            self._cut_half_a_line()
            with self._path.open("ab", buffering=0) as file:
                file.write(lines)
                os.fsync(file.fileno())

        self._locked(append)

    def _locked(self, do: Any) -> None:
        self._lock.acquire()
        try:
            do()
        finally:
            with suppress(RuntimeError):  # it was taken away: this process was stopped for longer than GRACE_S
                self._lock.release()

    def _cut_half_a_line(self) -> None:
        with self._path.open("rb+") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - LONGEST_LINE))
            tail = file.read()
            if not tail or tail.endswith(b"\n"):
                return
            file.truncate(size - len(tail) + tail.rfind(b"\n") + 1)
            file.flush()
            os.fsync(file.fileno())


def check(path: Path) -> None:
    """Raises UnusableStorage for a file that is no journal, or is damaged before its last line."""
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if line.startswith(b"SQLite format 3"):
                raise UnusableStorage(
                    f"{path} is an SQLite database, which Optuna advises against where several processes write. Name "
                    "a journal file that need not be there yet, or a PostgreSQL address."
                )
            if line.endswith(b"\n") and not _is_operation(line):
                raise UnusableStorage(
                    f"{path} is no journal of studies, or is damaged: its line {number} is no operation. Bring the "
                    "file back from a copy, or name another one with STORAGE=."
                )


def _is_operation(line: bytes) -> bool:
    try:
        operation = json.loads(line)
    except ValueError:
        return False
    return isinstance(operation, dict) and "op_code" in operation
