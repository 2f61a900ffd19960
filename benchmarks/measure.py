"""Rounds over the peers: each started, checked, loaded, weighed and ended. Knows not how the figures are shown."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.bodies import Body
from benchmarks.errors import BenchmarkError
from benchmarks.figures import Cell, Footprint, Results
from benchmarks.machine import machine, share_of_others
from benchmarks.networks import publish
from benchmarks.peer import WORKERS, Peer
from benchmarks.server import Server, running

WARM_UP_S = 1  # of load before each body's first cell


@dataclass(frozen=True)
class Plan:
    """What is measured. `home` is where environments, models, logs and results go."""

    home: Path
    peers: tuple[Peer, ...]
    bodies: tuple[Body, ...]
    connections: tuple[int, ...]
    seconds: int
    rounds: int

    @property
    def store(self) -> Path:
        """The folder with the published networks."""
        return self.home / "store"


def measure(plan: Plan) -> Results:
    """Measure each peer once per round, so that what drifts, drifts for all. A peer that fails is left out."""
    publish(plan.store)
    results = Results(machine=machine())
    for number in range(1, plan.rounds + 1):
        results.others_share.append(share_of_others())
        for peers in packs(plan.peers):
            there = [peer for peer in peers if peer.name not in results.left_out and _spoken(peer, plan)]
            names = ", ".join(peer.name for peer in there)
            print(f"round {number} of {plan.rounds}: {names}", file=sys.stderr, flush=True)
            _one_round(there if number % 2 else there[::-1], plan, results)
    return results


def packs(peers: Sequence[Peer]) -> list[list[Peer]]:
    """Who runs at the same time: the quiet ones together, so that their loads alternate within seconds.

    The speed of a small machine may change by a third within minutes: what is measured long after has another machine.
    """
    quiet = [peer for peer in peers if peer.is_quiet]
    return [pack for pack in (quiet, *([peer] for peer in peers if not peer.is_quiet)) if pack]


def _one_round(peers: Sequence[Peer], plan: Plan, results: Results) -> None:
    """Start these peers, put each load on one after the other, weigh them and end them."""
    with ExitStack() as stack:
        starts = {}
        for place, peer in enumerate(peers):
            spoken = _spoken(peer, plan)
            with _failing(peer, results):
                server = stack.enter_context(running(peer, plan.home, plan.store, place))
                start_s = server.await_answer(spoken[0])
                server.settle(spoken[0])
                starts[server] = start_s
        for bodies in forms(plan.bodies):
            _load_all(starts, bodies, plan, results)
        for server, start_s in starts.items():  # of those too that are left out: the figures are not shown
            memory = server.family.memory(WORKERS)
            results.footprints.append(Footprint(server.peer.name, start_s, memory.total_mb, memory.per_worker_mb))


def forms(bodies: Sequence[Body]) -> list[list[Body]]:
    """The forms of the same rows together, for the same reason: JSON and bytes are compared too."""
    groups: dict[tuple[str, int], list[Body]] = {}
    for body in bodies:
        groups.setdefault((body.network.name, body.count), []).append(body)
    return list(groups.values())


def _load_all(servers: Iterable[Server], bodies: Sequence[Body], plan: Plan, results: Results) -> None:
    asked = [(body, server) for body in bodies for server in servers if body in _spoken(server.peer, plan)]
    for body, server in asked:
        if server.peer.name not in results.left_out:
            with _failing(server.peer, results):
                server.check(body)
                server.load(body, max(plan.connections), WARM_UP_S)
    for connections in plan.connections:
        for body, server in asked:
            if server.peer.name not in results.left_out:
                with _failing(server.peer, results):
                    load = server.load(body, connections, plan.seconds)
                    results.cells.append(Cell(server.peer.name, body.name, body.count, connections, load))


def _spoken(peer: Peer, plan: Plan) -> list[Body]:
    return [body for body in plan.bodies if body.media_type in peer.dialects]


@contextmanager
def _failing(peer: Peer, results: Results) -> Iterator[None]:
    """Leave a peer out of the results where it fails."""
    try:
        yield
    except BenchmarkError as error:
        results.left_out.setdefault(peer.name, str(error))
        print(f"{peer.name} is left out: {error}", file=sys.stderr, flush=True)
