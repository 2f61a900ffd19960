"""What requests notice of a new version that is loaded, verified, warmed and swapped in while they are answered."""

import shutil
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from benchmarks.bodies import ONE_IMAGE
from benchmarks.errors import PeerFailed
from benchmarks.layout import three_digits
from benchmarks.machine import machine, share_of_others
from benchmarks.networks import CLOTHES, LARGE, Network, publish
from benchmarks.open_loop import GOOD, Log, offer
from benchmarks.ours import SERVERS
from benchmarks.peer import WORKERS
from benchmarks.report import Report
from benchmarks.server import Server, running
from benchmarks.targets import Target
from models.store import Store

CROWD = 64  # connections of the closed loop that finds the peak
PEAK_S = 3
SHARE = 0.25  # of the peak: the load
BEFORE_S, SWAP_S = 5, 8  # the longest that a swap may take, with the wait until a worker looks
CONNECTIONS = 200
SWAPPED = {"the small network itself": CLOTHES, "a large network beside it": LARGE}
_LOOK_S = 0.02
COLUMNS = (
    "swapped meanwhile",
    "p50 before, ms",
    "p99 before, ms",
    "p50 during, ms",
    "p99 during, ms",
    "swap, s",
    "failed",
)


@dataclass(frozen=True)
class Plan:
    """What is measured; `home` is where models, logs and results go."""

    home: Path
    server: str
    rounds: int


@dataclass(frozen=True)
class Swap:
    """What one swap did to requests, in ms; `seconds` from the new version's appearance until all workers serve it."""

    swapped: str
    p50_before: float
    p99_before: float
    p50_during: float
    p99_during: float
    seconds: float
    failed: int


def measure(plan: Plan) -> Report:
    """Ask the small network all the time, and swap it, and then a large one, again and again. Raises PeerFailed."""
    store = Store(plan.home / "swap-store")
    shutil.rmtree(store.root, ignore_errors=True)
    publish(plan.home / "store", (CLOTHES,))
    publish(plan.home / "large-store", (LARGE,))
    for network, place in ((CLOTHES, "store"), (LARGE, "large-store")):
        shutil.copytree(plan.home / place / network.name, store.root / network.name)
    others_share, swaps = [], []
    with running(SERVERS[plan.server], plan.home, store.root) as server:
        server.settle(ONE_IMAGE)
        server.load(ONE_IMAGE, CROWD, PEAK_S)  # warms up
        rate = server.load(ONE_IMAGE, CROWD, PEAK_S).requests_s * SHARE
        for number in range(plan.rounds):
            others_share.append(share_of_others())
            for name, network in SWAPPED.items():
                print(f"round {number + 1} of {plan.rounds}: {name}", file=sys.stderr, flush=True)
                swaps.append(_swap(server, store, name, network, rate))
    return Report(
        f"swap-{plan.server}", COLUMNS, [rows(swaps)], _notes(plan), targets(swaps),
        {"server": plan.server, "swaps": list(map(asdict, swaps))}, machine(), others_share,
    )  # fmt: skip


def targets(swaps: Sequence[Swap]) -> list[Target]:
    """The medians of the rounds' ratios, and that nothing fails."""
    found = []
    for name in SWAPPED:
        some = [swap for swap in swaps if swap.swapped == name]
        found.append(Target(f"{name}: p99 during / before", _median_ratio(some), most=2))
    return [*found, Target("requests that failed", sum(swap.failed for swap in swaps), most=0)]


def rows(swaps: Sequence[Swap]) -> list[tuple[str, ...]]:
    """A line per swap."""
    return [(swap.swapped, *map(three_digits, list(asdict(swap).values())[1:-1]), str(swap.failed)) for swap in swaps]


def _median_ratio(swaps: Sequence[Swap]) -> float:
    return median(swap.p99_during / swap.p99_before for swap in swaps)


def _swap(server: Server, store: Store, name: str, network: Network, rate: float) -> Swap:
    """Publish a copy of the newest version in the middle of a load."""
    newest = store.version(network.name)
    times: list[float] = []
    with store.staging(network.name) as folder:
        shutil.copytree(newest.folder, folder, dirs_exist_ok=True)

        def publish() -> None:
            time.sleep(BEFORE_S + 1)  # the load generator takes a second to start
            log = NewLines(server.log)
            store.publish(network.name, folder, newest.manifest)
            times.append(time.monotonic())
            times.extend(_served_s(log, times[0] + SWAP_S))

        publisher = threading.Thread(target=publish)
        publisher.start()
        log = offer(server, ONE_IMAGE, [(rate, BEFORE_S + 1 + SWAP_S)], CONNECTIONS)
        publisher.join()
    if len(times) < 2:
        raise PeerFailed(f"{name} was not swapped in {SWAP_S} s")
    return _read(name, log, times[0] - log.start_s, times[1] - log.start_s)


def _served_s(log: "NewLines", latest_s: float) -> list[float]:
    """When the last worker has put a new catalog in the place of the old one; nothing where that is too late."""
    changed = 0
    while time.monotonic() < latest_s:
        changed += sum(b'"catalog changed"' in line for line in log.read())
        if changed >= WORKERS:
            return [time.monotonic()]
        time.sleep(_LOOK_S)
    return []


def _read(name: str, log: Log, published_s: float, served_s: float) -> Swap:
    before, during = log.span(0, published_s), log.span(published_s, served_s)
    p50_before, p99_before, p50_during, p99_during = (
        span.latency_ms(percent) or float("inf") for span in (before, during) for percent in (50, 99)
    )
    failed = sum(call.outcome != GOOD for call in log.calls)
    return Swap(name, p50_before, p99_before, p50_during, p99_during, served_s - published_s, failed)


class NewLines:
    """What is written to a log from now on. To read all of it, again and again, would take a core from requests."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._read = file.stat().st_size

    def read(self) -> list[bytes]:
        """The whole lines that came since the last time."""
        with self._file.open("rb") as file:
            file.seek(self._read)
            new, end, _ = file.read().rpartition(b"\n")
        self._read += len(new) + len(end)
        return new.splitlines()


def _notes(plan: Plan) -> list[str]:
    return [
        f"One image as JSON to the small network, on {plan.server}, two workers, at {SHARE:.0%} of the peak, by the "
        "clock. Before: the seconds until a new version appears in the store. During: from then until the last worker "
        "serves it; that is a wait for its next look at the store, and then hashing, opening and golden rows, in one "
        "worker after the other.",
    ]
