"""What each worker holds while many requests pass through it, and how fast that grows. Knows no other peer."""

import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass
from math import ceil
from pathlib import Path

import numpy as np

from benchmarks.bodies import ONE_IMAGE
from benchmarks.errors import PeerFailed
from benchmarks.layout import three_digits
from benchmarks.machine import machine, share_of_others
from benchmarks.ours import serving
from benchmarks.peer import WORKERS
from benchmarks.processes import resident_mb
from benchmarks.report import Report
from benchmarks.server import Server

CONNECTIONS = 16
FIRST_S, LONGEST_S = 2, 20  # one run of wrk: the first tells how many requests a second brings
SAMPLE_S = 1
COLUMNS = ("", "before MB", "half way MB", "end MB", "KB per 1,000 requests")


@dataclass(frozen=True)
class Plan:
    """What is measured; `home` is where models, logs and results go."""

    home: Path
    server: str
    requests: int


@dataclass(frozen=True)
class Sample:
    """Resident memory of each worker after so many requests to all of them."""

    requests: float
    worker_mb: tuple[float, ...]


def measure(plan: Plan) -> Report:
    """Send the requests, and look at the workers all the while. Raises PeerFailed where a worker ends."""
    others_share = [share_of_others()]
    with serving(plan.server, ONE_IMAGE, plan.home) as server:
        samples = list(_samples(server, plan.requests))
    return Report(
        f"memory-{plan.server}", COLUMNS, [rows(samples)], _notes(plan, samples), [],
        {"server": plan.server, "samples": list(map(asdict, samples))}, machine(), others_share,
    )  # fmt: skip


def rows(samples: Sequence[Sample]) -> list[tuple[str, ...]]:
    """One per worker, and one of all."""
    lines = [(f"worker {at + 1}", [sample.worker_mb[at] for sample in samples]) for at in range(WORKERS)]
    lines.append(("all workers", [sum(sample.worker_mb) for sample in samples]))
    counts = [sample.requests for sample in samples]
    middle = _middle(counts)
    return [
        (name, *(three_digits(sizes[at]) for at in (0, middle, -1)), f"{slope(counts, sizes):+.2f}")
        for name, sizes in lines
    ]


def slope(counts: Sequence[float], sizes_mb: Sequence[float]) -> float:
    """KB per 1,000 requests, by least squares over the second half of the requests."""
    start = _middle(counts)
    thousands, sizes_kb = np.array(counts[start:]) / 1000, np.array(sizes_mb[start:]) * 1024
    return float(np.polyfit(thousands, sizes_kb, 1)[0]) if len(thousands) > 1 else 0.0


def _middle(counts: Sequence[float]) -> int:
    """The first sample of the second half; there is one, as the last belongs to it."""
    return next(at for at, count in enumerate(counts) if count >= counts[-1] / 2)


def _samples(server: Server, requests: int) -> Iterator[Sample]:
    """One before the first request, then one each SAMPLE_S, and one after the last."""
    workers = server.family.largest(WORKERS)
    done, seconds = 0.0, FIRST_S
    yield Sample(done, _sizes(workers))
    while done < requests:
        print(f"{done:,.0f} of {requests:,} requests", file=sys.stderr, flush=True)
        seen, rate = _watched(server, seconds, workers)
        if not rate:
            raise PeerFailed("it answered nothing for a whole run of wrk")
        yield from (Sample(done + rate * after_s, sizes) for after_s, sizes in seen)
        done += rate * seconds
        seconds = min(ceil((requests - done) / rate), LONGEST_S)
    yield Sample(done, _sizes(workers))


def _watched(
    server: Server, seconds: int, workers: Sequence[int]
) -> tuple[list[tuple[float, tuple[float, ...]]], float]:
    """The workers' sizes by the seconds since the load began, and its requests per second, which are taken for even."""
    seen = []
    with ThreadPoolExecutor(1) as executor:
        start = time.monotonic()
        load = executor.submit(server.load, ONE_IMAGE, CONNECTIONS, seconds)
        while not wait([load], timeout=SAMPLE_S).done:
            seen.append((min(time.monotonic() - start, seconds), _sizes(workers)))
    return seen, load.result().requests_s


def _sizes(workers: Sequence[int]) -> tuple[float, ...]:
    sizes = tuple(map(resident_mb, workers))
    if not all(sizes):
        raise PeerFailed("a worker ended during the run; it cannot be said whether it grew")
    return sizes


def _notes(plan: Plan, samples: Sequence[Sample]) -> list[str]:
    return [
        f"{samples[-1].requests:,.0f} requests, one image as JSON, at {CONNECTIONS} connections on {plan.server}; "
        f"resident memory of {WORKERS} workers, {len(samples)} samples.",
        "The slope is of the second half, by least squares; the requests are those to all workers together.",
    ]
