"""What the throw-away process of an import may take, and how it binds itself to that. Knows no model."""

import resource
from dataclasses import dataclass
from pathlib import Path

MEBIBYTE = 1 << 20


@dataclass(frozen=True)
class Limits:
    """Each is far more than the models that this project trains and serves need."""

    memory_mb: int = 4096  # of addresses, beyond what TensorFlow itself has taken once it is imported
    seconds: int = 300  # for all of an import, by the clock of the parent
    cpu_seconds: int = 600  # on all cores together
    file_mb: int = 4096  # of one file that it writes
    open_files: int = 256
    start_mb: int = 32768  # of addresses while TensorFlow is imported, which takes more the more cores there are


def bind(limits: Limits) -> None:
    """All but memory, which `bind_memory` settles once the libraries are there; it may only be less after that."""
    resource.setrlimit(
        resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds + 5)
    )  # a signal that tells, then one that kills
    for kind, amount in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, limits.file_mb * MEBIBYTE),
        (resource.RLIMIT_NOFILE, limits.open_files),
        (resource.RLIMIT_AS, limits.start_mb * MEBIBYTE),
    ):
        _lower(kind, amount)


def bind_memory(limits: Limits) -> None:
    """No more memory than now and what is allowed beyond."""
    taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    _lower(resource.RLIMIT_AS, taken + limits.memory_mb * MEBIBYTE)


def _lower(kind: int, amount: int) -> None:
    """For good: who may not raise the hard limit cannot raise it again."""
    hard = resource.getrlimit(kind)[1]
    amount = amount if hard == resource.RLIM_INFINITY else min(amount, hard)
    resource.setrlimit(kind, (amount, amount))
