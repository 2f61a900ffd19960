"""Rounds over the peers: each started, checked, loaded, weighed and ended. Knows not how the figures are shown."""

import os
import platform
import socket
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import numpy as np
import onnxruntime

from benchmarks.bodies import Body
from benchmarks.environments import environment
from benchmarks.errors import BenchmarkError, PeerFailed
from benchmarks.figures import Cell, Footprint, Results
from benchmarks.networks import folder, publish
from benchmarks.peer import WORKERS, Dialect, Peer
from benchmarks.processes import Family
from benchmarks.wrk import put_load

PORT = 8400  # and the two after it, for a peer that wants more than one
START_S = 120  # the most that a peer may take to its first good answer
SETTLED = 20  # good answers in a row, after which all workers are taken to be there
ANSWER_S = 30
WARM_UP_S = 1  # of load before each body's first cell
TOLERANCE = 1e-5


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
    results = Results(machine=_machine())
    for number in range(1, plan.rounds + 1):
        results.others_share.append(_share_of_others())
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
    programs = _programs(peer, plan.home)
    _check_port_is_free()
    spoken = [(body, peer.dialects[body.media_type]) for body in plan.bodies if body.media_type in peer.dialects]
    log = _folder(plan.home / "logs") / f"{peer.name}.log"
    family = _start(peer, programs, plan, log)
    try:
        start_s = _await_answers(1, family, *spoken[0], log)
        _await_answers(SETTLED, family, *spoken[0], log)
        for body, dialect in spoken:
            _check_answer(body, dialect, plan)
            _load(peer, body, dialect, plan, results)
        memory = family.memory(WORKERS)
        results.footprints.append(Footprint(peer.name, start_s, memory.total_mb, memory.per_worker_mb))
    finally:
        family.end()


def _programs(peer: Peer, home: Path) -> Path:
    if peer.is_ours:
        return Path(sys.executable).parent
    return environment(peer.name, peer.folder / "requirements.txt", home / "venvs")


def _start(peer: Peer, programs: Path, plan: Plan, log: Path) -> Family:
    work = _folder(plan.home / "work" / peer.name)
    places = {
        "bin": programs,
        "folder": peer.folder,
        "work": work,
        "store": plan.store,
        "port": PORT,
        "port1": PORT + 1,
        "port2": PORT + 2,
    }
    command = [word.format_map(places) for word in peer.command]
    own = {name: value.format_map(places) for name, value in peer.environ.items()}
    shared = {"PATH": f"{programs}:{os.environ['PATH']}", "HOME": os.environ.get("HOME", str(work))}
    common = {"PYTHONPATH": str(peer.folder), "BENCH_STORE": str(plan.store)}
    return Family(command, shared | common | own, work, log)


def _load(peer: Peer, body: Body, dialect: Dialect, plan: Plan, results: Results) -> None:
    url, file = _url(body, dialect), _folder(plan.home / "bodies") / f"{peer.name} {body.name}"
    file.write_bytes(dialect.encode(body))
    put_load(url, file, body.media_type, max(plan.connections), WARM_UP_S)
    for connections in plan.connections:
        _work_off(body, dialect)
        load = put_load(url, file, body.media_type, connections, plan.seconds)
        results.cells.append(Cell(peer.name, body.name, body.count, connections, load))


def _await_answers(count: int, family: Family, body: Body, dialect: Dialect, log: Path) -> float:
    """Seconds until the server has given `count` good answers in a row."""
    start, good = time.monotonic(), 0
    while time.monotonic() < start + START_S:
        if family.has_ended:
            raise PeerFailed(f"it ended before it answered; its last words: {_last_line(log)}")
        good = good + 1 if _is_good(body, dialect) else 0
        if good == count:
            return time.monotonic() - start
        time.sleep(0 if good else 0.01)
    raise PeerFailed(f"it gave no {count} good answers within {START_S} s; its last words: {_last_line(log)}")


def _is_good(body: Body, dialect: Dialect) -> bool:
    try:
        return _ask(body, dialect)[0] == 200
    except (OSError, HTTPException):
        return False  # not yet


def _check_answer(body: Body, dialect: Dialect, plan: Plan) -> None:
    """Twice as often as there are workers, because each has a model of its own."""
    expected = _expected(body, plan.store)
    for _ in range(2 * WORKERS):
        status, answer = _ask(body, dialect)
        if status != 200:
            raise PeerFailed(f"it answers {body.name!r} with {status}: {answer[:200]!r}")
        given = dialect.decode(answer)
        if given.size != expected.size or not np.allclose(
            given.reshape(expected.shape), expected, TOLERANCE, TOLERANCE
        ):
            raise PeerFailed(f"its answer to {body.name!r} is not the model's: {answer[:200]!r}")


def _expected(body: Body, store: Path) -> np.ndarray:
    """What model.onnx computes: the answer of ours and of every peer, to 1e-5."""
    session = onnxruntime.InferenceSession(folder(store, body.network) / "model.onnx")
    return np.asarray(session.run(None, {"row": body.rows()})[0])


def _ask(body: Body, dialect: Dialect) -> tuple[int, bytes]:
    connection = HTTPConnection("127.0.0.1", PORT, timeout=ANSWER_S)
    try:
        path = dialect.path.format(network=body.network.name)
        headers = {"Content-Type": body.media_type, "Accept": body.media_type}  # as post.lua sends them
        connection.request("POST", path, dialect.encode(body), headers)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def _work_off(body: Body, dialect: Dialect) -> None:
    """Wait behind the requests that wrk left in the server's queue when it ended: they are not the next load's."""
    for _ in range(2 * WORKERS):
        _is_good(body, dialect)


def _url(body: Body, dialect: Dialect) -> str:
    return f"http://127.0.0.1:{PORT}{dialect.path.format(network=body.network.name)}"


def _check_port_is_free() -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", PORT))
        except OSError as error:
            raise PeerFailed(f"port {PORT} is taken by another program") from error


def _folder(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "none"


def _share_of_others() -> float:
    """The share of all cores that other programs take, watched for a second while nothing of ours runs."""
    before = _cpu_times()
    time.sleep(1)
    spent = _cpu_times() - before
    return float(1 - spent[3:5].sum() / max(spent.sum(), 1))  # the fourth and fifth are idle, and waiting for a disk


def _cpu_times() -> np.ndarray:
    return np.array(Path("/proc/stat").read_text().splitlines()[0].split()[1:9], np.int64)


def _machine() -> Mapping[str, str]:
    names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return {
        "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "cores": str(len(os.sched_getaffinity(0))),
        "processor": names[0].partition(": ")[2] if names else platform.machine(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }
