"""What batching gains where it matters, and what it costs a lone request. Knows not how the service batches."""

import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from benchmarks.bodies import LARGE_IMAGE
from benchmarks.figures import Cell, ratio
from benchmarks.layout import three_digits
from benchmarks.machine import machine, share_of_others
from benchmarks.ours import serving
from benchmarks.report import Report
from benchmarks.targets import Target

WITH, WITHOUT = "batching", "no batching"
WAYS = {WITH: {}, WITHOUT: {"SERVICE_BATCH_ROWS": "1"}}
LONE, CROWD = 1, 64  # connections
WARM_UP_S = 1
COLUMNS = ("", "connections", "requests/s", "p50 ms", "p99 ms", "errors")


@dataclass(frozen=True)
class Plan:
    """What is measured; `home` is where models, logs and results go."""

    home: Path
    server: str
    seconds: int  # of load per cell
    rounds: int


def measure(plan: Plan) -> Report:
    """Measure both ways once per round, so that what drifts, drifts for both."""
    measured: list[Cell] = []
    others_share = []
    for number in range(1, plan.rounds + 1):
        others_share.append(share_of_others())
        for way in WAYS:
            print(f"round {number} of {plan.rounds}: {way}", file=sys.stderr, flush=True)
            measured += _one_round(way, plan)
    return Report(
        f"batching-{plan.server}", COLUMNS, [_rows(measured)], _notes(plan), targets(measured),
        {"server": plan.server, "runs": list(map(asdict, measured))}, machine(), others_share,
    )  # fmt: skip


def targets(measured: Sequence[Cell]) -> list[Target]:
    """Throughput of a crowd, and the latency of a lone request, as medians of the rounds' ratios."""
    gain = ratio(_cells(measured, WITH, CROWD), _cells(measured, WITHOUT, CROWD))
    pairs = zip(_cells(measured, WITH, LONE), _cells(measured, WITHOUT, LONE), strict=True)
    cost = median(batched.load.p50_ms / (single.load.p50_ms or 1) for batched, single in pairs)
    return [
        Target(f"{CROWD} connections: requests/s with batching / without", gain or 0, least=3),
        Target(f"{LONE} connection: p50 with batching / without", cost, most=1.05),
    ]


def _one_round(way: str, plan: Plan) -> list[Cell]:
    with serving(plan.server, LARGE_IMAGE, plan.home, WAYS[way]) as server:
        server.load(LARGE_IMAGE, CROWD, WARM_UP_S)
        return [
            Cell(way, LARGE_IMAGE.name, 1, connections, server.load(LARGE_IMAGE, connections, plan.seconds))
            for connections in (LONE, CROWD)
        ]


def _rows(measured: Sequence[Cell]) -> list[tuple[str, ...]]:
    return [_row(way, connections, measured) for connections in (LONE, CROWD) for way in WAYS]


def _row(way: str, connections: int, measured: Sequence[Cell]) -> tuple[str, ...]:
    loads = [cell.load for cell in _cells(measured, way, connections)]
    medians = (median(load.requests_s for load in loads), median(load.p50_ms for load in loads),
               median(load.p99_ms for load in loads))  # fmt: skip
    return way, str(connections), *map(three_digits, medians), str(sum(load.errors for load in loads))


def _notes(plan: Plan) -> list[str]:
    network = "-".join(map(str, (784, *LARGE_IMAGE.network.hidden, len(LARGE_IMAGE.network.names))))
    return [
        f"One image as JSON to the network {network} on {plan.server}, two workers, one thread per run; "
        f"medians of {plan.rounds} rounds of {plan.seconds} s.",
        "Without batching: SERVICE_BATCH_ROWS=1. With it: the defaults.",
    ]


def _cells(measured: Sequence[Cell], way: str, connections: int) -> list[Cell]:
    return [cell for cell in measured if (cell.peer, cell.connections) == (way, connections)]
