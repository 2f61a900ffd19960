"""The benchmark from the command line: `python -m benchmarks`. Knows no step of it."""

import argparse
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from benchmarks import table
from benchmarks.bodies import BODIES
from benchmarks.errors import BenchmarkError
from benchmarks.figures import Results, lines
from benchmarks.measure import Plan, measure
from benchmarks.peer import BY_NAME, EVERY, OURS, ROOT
from benchmarks.wrk import check_installed

HOME = ROOT / "build" / "bench"
INTERRUPTED = 130  # what a shell makes of Ctrl-C
Thing = TypeVar("Thing")


def main(arguments: list[str] | None = None) -> int:
    """Measure, print and write; returns the exit status: 0, or 1 where wrk is missing or a peer was left out."""
    plan = _plan(_parser().parse_args(arguments))
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the server of the moment is ended too
    try:
        check_installed()
        results = measure(plan)
    except BenchmarkError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    _tell(results, plan.home)
    return 1 if results.left_out else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure the service beside its peers.")
    peers = ", ".join(f"{peer.name} ({peer.what})" for peer in EVERY)
    bodies = {body.name: body for body in BODIES}
    parser.add_argument("--peers", type=_some(BY_NAME), default=EVERY, help=f"some of: {peers}; default: all")
    parser.add_argument(
        "--bodies", type=_some(bodies), default=BODIES, help=f"some of: {', '.join(bodies)}; default: all"
    )
    parser.add_argument("--connections", type=_numbers, default=(1, 16, 64), help="default: 1,16,64")
    parser.add_argument(
        "--seconds", type=_positive, default=5, help="of load per cell of the table; default: %(default)s"
    )
    parser.add_argument("--rounds", type=_positive, default=3, help="over all peers; default: %(default)s")
    return parser


def _plan(options: argparse.Namespace) -> Plan:
    return Plan(HOME, options.peers, options.bodies, options.connections, options.seconds, options.rounds)


def _tell(results: Results, home: Path) -> None:
    medians = lines(results, OURS)
    (home / "results.md").write_text(table.as_markdown(medians, results))
    (home / "results.json").write_bytes(table.as_json(medians, results))
    print(table.as_text(medians, results))
    print(f"Written to {home}/results.md and results.json.")


def _some(known: Mapping[str, Thing]) -> Callable[[str], tuple[Thing, ...]]:
    def parse(text: str) -> tuple[Thing, ...]:
        if unknown := [name for name in text.split(",") if name not in known]:
            raise argparse.ArgumentTypeError(f"{', '.join(unknown)} is unknown; there are: {', '.join(known)}")
        return tuple(known[name] for name in text.split(","))

    return parse


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(_positive(number) for number in text.split(","))


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
