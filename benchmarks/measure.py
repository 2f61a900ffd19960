"""Rounds over the peers: each started, checked, loaded, weighed and ended. Knows not how the figures are shown."""

import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.bodies import Body
from benchmarks.errors import BenchmarkError
from benchmarks.figures import Cell, Footprint, Results
from benchmarks.machine import machine, share_of_others
from benchmarks.networks import publish
from benchmarks.peer import WORKERS, Peer
from benchmarks.server import running

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
        for peer in plan.peers:
            if peer.name not in results.left_out:
                print(f"round {number} of {plan.rounds}: {peer.name}", file=sys.stderr, flush=True)
                _try(peer, plan, results)
    return results


def _try(peer: Peer, plan: Plan, results: Results) -> None:
    try:
        _one_round(peer, plan, results)
    except BenchmarkError as error:
        results.left_out[peer.name] = str(error)
        print(f"{peer.name} is left out: {error}", file=sys.stderr, flush=True)


def _one_round(peer: Peer, plan: Plan, results: Results) -> None:
    spoken = [body for body in plan.bodies if body.media_type in peer.dialects]
    if not spoken:
        return  # there is nothing to ask it
    with running(peer, plan.home, plan.store) as server:
        start_s = server.await_answer(spoken[0])
        server.settle(spoken[0])
        for body in spoken:
            server.check(body)
            server.load(body, max(plan.connections), WARM_UP_S)
            for connections in plan.connections:
                load = server.load(body, connections, plan.seconds)
                results.cells.append(Cell(peer.name, body.name, body.count, connections, load))
        memory = server.family.memory(WORKERS)
        results.footprints.append(Footprint(peer.name, start_s, memory.total_mb, memory.per_worker_mb))
