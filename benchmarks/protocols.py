"""What a request costs in each protocol that the service speaks, beside its own with the same encoding."""

import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from benchmarks.bodies import BINARY_IMAGES, IMAGES, JSON, ONE_BINARY_IMAGE, ONE_IMAGE, Body
from benchmarks.figures import Cell, ratio
from benchmarks.layout import three_digits
from benchmarks.machine import machine, share_of_others
from benchmarks.networks import CLOTHES, HOUSES, publish
from benchmarks.ours import SERVERS
from benchmarks.peer import BY_NAME, NATIVE, PROTOCOLS
from benchmarks.report import Report
from benchmarks.server import Server, running
from benchmarks.targets import CONNECTIONS, Target

BODIES = (ONE_IMAGE, IMAGES, ONE_BINARY_IMAGE, BINARY_IMAGES)
BINARY = "openinference"
PEER = "mlserver"
WARM_UP_S = 1
COLUMNS = ("protocol", "body", "requests/s", "p50 ms", "p99 ms", "of native", "errors")
TEXTS = 2


@dataclass(frozen=True)
class Plan:
    """What is measured; `home` is where models, logs and results go."""

    home: Path
    server: str
    seconds: int  # of load per cell
    rounds: int


def measure(plan: Plan) -> Report:
    """All protocols of one started server, in turn; and MLServer, which speaks one of them. Raises PeerFailed."""
    store = plan.home / "store"
    publish(store, (CLOTHES, HOUSES))  # as for the table of peers: MLServer serves both
    measured: list[Cell] = []
    others_share = []
    for number in range(1, plan.rounds + 1):
        others_share.append(share_of_others())
        print(f"round {number} of {plan.rounds}", file=sys.stderr, flush=True)
        with running(SERVERS[plan.server], plan.home, store) as server:
            server.settle(ONE_IMAGE)
            for body in BODIES:
                measured += _loads(
                    [server.speaking(name, dialects) for name, dialects in PROTOCOLS.items()], body, plan
                )
        with running(BY_NAME[PEER], plan.home, store) as server:
            server.settle(ONE_IMAGE)
            measured += _loads([server], ONE_IMAGE, plan)
    tables = [_rows(measured, body) for body in BODIES]
    return Report(
        f"protocols-{plan.server}", COLUMNS, tables, _notes(plan), targets(measured),
        {"server": plan.server, "runs": list(map(asdict, measured))}, machine(), others_share, TEXTS,
    )  # fmt: skip


def targets(measured: Sequence[Cell]) -> list[Target]:
    """Ratios of requests per second, as medians of the rounds' ratios."""
    found = [
        Target(f"{body.name}: {protocol} / native", times, least=1 / 1.15)
        for body in BODIES
        for protocol in PROTOCOLS
        if protocol != NATIVE and (times := _times(measured, (protocol, body), (NATIVE, body)))
    ]
    for (our, body), (their, other), least in (
        ((BINARY, BINARY_IMAGES), (BINARY, IMAGES), 2.0),
        ((BINARY, ONE_IMAGE), (PEER, ONE_IMAGE), 4.0),
    ):
        if times := _times(measured, (our, body), (their, other)):
            found.append(Target(f"{our}, {body.name} / {their}, {other.name} as JSON", times, least=least))
    return found


def _loads(voices: Sequence[Server], body: Body, plan: Plan) -> list[Cell]:
    asked = [voice for voice in voices if body.media_type in voice.peer.dialects]
    for voice in asked:
        voice.check(body)
        voice.load(body, CONNECTIONS, WARM_UP_S)
    loads = [(voice, voice.load(body, CONNECTIONS, plan.seconds)) for voice in asked]
    return [Cell(voice.peer.name, body.name, body.count, CONNECTIONS, load) for voice, load in loads]


def _rows(measured: Sequence[Cell], body: Body) -> list[tuple[str, ...]]:
    names = dict.fromkeys(cell.peer for cell in measured if cell.body == body.name)
    return [_row(measured, name, body) for name in names]


def _row(measured: Sequence[Cell], name: str, body: Body) -> tuple[str, ...]:
    loads = [cell.load for cell in _cells(measured, name, body)]
    medians = (median(load.requests_s for load in loads), median(load.p50_ms for load in loads),
               median(load.p99_ms for load in loads))  # fmt: skip
    of_native = _times(measured, (name, body), (NATIVE, body)) or 0
    errors = sum(load.errors for load in loads)
    return name, body.name, *map(three_digits, medians), f"{of_native:.2f}", str(errors)


def _times(measured: Sequence[Cell], ours: tuple[str, Body], theirs: tuple[str, Body]) -> float | None:
    return ratio(_cells(measured, *ours), _cells(measured, *theirs))


def _cells(measured: Sequence[Cell], name: str, body: Body) -> list[Cell]:
    return [cell for cell in measured if (cell.peer, cell.body) == (name, body.name)]


def _notes(plan: Plan) -> list[str]:
    binary = " and ".join(name for name, dialects in PROTOCOLS.items() if len(dialects) > len({JSON}))
    return [
        f"On {plan.server}, two workers, {CONNECTIONS} connections; medians of {plan.rounds} rounds of "
        f"{plan.seconds} s.",
        f"Binary is each protocol's own form of it: {binary} have one. The line of {PEER} is that of a peer.",
    ]
