"""What was measured, and what is told of it: medians over rounds, and ratios to ours. Knows no server and no layout."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import median

from benchmarks.wrk import Load


@dataclass(frozen=True)
class Cell:
    """One run of wrk."""

    peer: str
    body: str
    rows: int  # per request
    connections: int
    load: Load


@dataclass(frozen=True)
class Footprint:
    """What one start of a peer took."""

    peer: str
    start_s: float  # until its first good answer
    total_mb: float
    per_worker_mb: float


@dataclass
class Results:
    """All that was measured, in that order; and the peers that were left out, with the reason."""

    machine: Mapping[str, str]
    cells: list[Cell] = field(default_factory=list)
    footprints: list[Footprint] = field(default_factory=list)
    others_share: list[float] = field(default_factory=list)  # of the cores, taken by other programs before each round
    left_out: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Line:
    """A line of the table: medians over the rounds, and the sum of the errors."""

    peer: str
    body: str
    connections: int
    rounds: int
    requests_s: float
    rows_s: float
    p50_ms: float
    p99_ms: float
    ours_times: float | None  # how many times as many requests ours answered: the median of the rounds' ratios
    errors: int
    total_mb: float
    per_worker_mb: float
    start_s: float


def lines(results: Results, ours: str) -> list[Line]:
    """A line per body, connections and peer, in the order in which they were first measured."""
    places = dict.fromkeys(
        (cell.body, cell.connections, cell.peer) for cell in results.cells if _is_whole(cell, results)
    )
    bodies, connections, peers = (
        (list(dict.fromkeys(values)) for values in zip(*places, strict=True)) if places else ((),) * 3
    )
    ordered = sorted(
        places, key=lambda place: (bodies.index(place[0]), connections.index(place[1]), peers.index(place[2]))
    )
    return [_line(results, ours, *place) for place in ordered]


def _is_whole(cell: Cell, results: Results) -> bool:
    return cell.peer not in results.left_out


def _line(results: Results, ours: str, body: str, connections: int, peer: str) -> Line:
    measured = cells(results, body, connections, peer)
    loads = [cell.load for cell in measured]
    requests_s = median(load.requests_s for load in loads)
    footprints = [footprint for footprint in results.footprints if footprint.peer == peer]
    return Line(
        peer=peer,
        body=body,
        connections=connections,
        rounds=len(measured),
        requests_s=requests_s,
        rows_s=requests_s * measured[0].rows,
        p50_ms=median(load.p50_ms for load in loads),
        p99_ms=median(load.p99_ms for load in loads),
        ours_times=ratio(cells(results, body, connections, ours), measured),
        errors=sum(load.errors for load in loads),
        total_mb=median(footprint.total_mb for footprint in footprints),
        per_worker_mb=median(footprint.per_worker_mb for footprint in footprints),
        start_s=median(footprint.start_s for footprint in footprints),
    )


def ratio(ours: Iterable[Cell], theirs: Iterable[Cell]) -> float | None:
    """The median over rounds of our requests per second over theirs; None where either answered nothing."""
    pairs = [(our.load.requests_s, their.load.requests_s) for our, their in zip(ours, theirs, strict=False)]
    if not pairs or not all(their for _, their in pairs):
        return None
    return median(our / their for our, their in pairs)


def cells(results: Results, body: str, connections: int, peer: str) -> list[Cell]:
    """The runs of one line, one per round."""
    return [cell for cell in results.cells if (cell.body, cell.connections, cell.peer) == (body, connections, peer)]
