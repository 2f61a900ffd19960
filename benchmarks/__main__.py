"""The benchmarks from the command line: `python -m benchmarks`. Knows no step of them."""

import argparse
import signal
import sys
from collections.abc import Callable, Mapping
from typing import TypeVar

from benchmarks import batching, memory, overload, protocols, search, starts, steps, swap, table
from benchmarks.bodies import BODIES
from benchmarks.document import fill_in
from benchmarks.errors import BenchmarkError
from benchmarks.measure import Plan, measure
from benchmarks.ours import SERVERS
from benchmarks.peer import BY_NAME, EVERY, ROOT
from benchmarks.report import Report
from benchmarks.searches.problem import PROBLEMS
from benchmarks.searches.searcher import EVERY as SEARCHERS
from benchmarks.searches.searcher import OURS, Searcher, searchers
from benchmarks.searches.table import Asked
from benchmarks.wrk import check_installed
from training.errors import TrainingError

HOME = ROOT / "build" / "bench"
DOCUMENT = ROOT / "docs" / "performance.md"
DEFAULT = "peers"
MOST_MINUTES = 24 * 60
INTERRUPTED = 130  # what a shell makes of Ctrl-C
Thing = TypeVar("Thing")


def main(arguments: list[str] | None = None) -> int:
    """Measure, print and write; returns the exit status: 0, or 1 where wrk is missing or something failed."""
    words = sys.argv[1:] if arguments is None else arguments
    options = _parser().parse_args(_with_command(words))
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the server of the moment is ended too
    try:
        return int(options.run(options))
    except (BenchmarkError, TrainingError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED


def _with_command(words: list[str]) -> list[str]:
    """Without a command, it is the table of peers."""
    is_option = not words or (words[0].startswith("-") and words[0] not in ("-h", "--help"))
    return [DEFAULT, *words] if is_option else words


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure the service beside its peers, or alone.",
        epilog=f"Without a command: {DEFAULT}. Each command tells its options with --help.",
    )
    commands = parser.add_subparsers(metavar="command")
    _add_peers(commands.add_parser(DEFAULT, help="the table: the service beside its peers, and its targets"))
    _add_batching(commands.add_parser("batching", help="what batching gains on a large network, and what it costs"))
    _add_memory(commands.add_parser("memory", help="whether workers grow while requests pass through them"))
    _add_overload(commands.add_parser("overload", help="what is left at three times the peak, and the recovery"))
    _add_swap(commands.add_parser("swap", help="what requests notice of a new version that is swapped in"))
    _add_protocols(commands.add_parser("protocols", help="what a request costs in each protocol, beside our own"))
    _add_search(commands.add_parser("search", help="who finds good settings first: searches beside each other"))
    _add_starts(commands.add_parser("starts", help="which settings suit many data sets, for a search to begin with"))
    _add_steps(commands.add_parser("steps", help="where the time of one prediction goes, without a server"))
    document = commands.add_parser("document", help=f"puts what was measured last into {DOCUMENT.relative_to(ROOT)}")
    document.set_defaults(run=_document)
    return parser


def _add_peers(parser: argparse.ArgumentParser) -> None:
    peers = ", ".join(f"{peer.name} ({peer.what})" for peer in EVERY)
    bodies = {body.name: body for body in BODIES}
    parser.add_argument("--peers", type=_some(BY_NAME), default=EVERY, help=f"some of: {peers}; default: all")
    parser.add_argument(
        "--bodies", type=_some(bodies), default=BODIES, help=f"some of: {', '.join(bodies)}; default: all"
    )
    parser.add_argument("--connections", type=_numbers, default=(1, 16, 64), help="default: 1,16,64")
    _add_number(parser, "--seconds", 5, "of load per cell of the table")
    _add_number(parser, "--rounds", 3, "over all peers")
    parser.set_defaults(run=_peers)


def _add_batching(parser: argparse.ArgumentParser) -> None:
    _add_server(parser)
    _add_number(parser, "--seconds", 5, "of load per line of the table and round")
    _add_number(parser, "--rounds", 3, "with and without")
    parser.set_defaults(run=lambda chosen: _alone(batching.measure, batching.Plan, chosen, "seconds", "rounds"))


def _add_memory(parser: argparse.ArgumentParser) -> None:
    _add_server(parser)
    _add_number(parser, "--requests", 200_000, "in all")
    parser.set_defaults(run=lambda chosen: _alone(memory.measure, memory.Plan, chosen, "requests"))


def _add_overload(parser: argparse.ArgumentParser) -> None:
    _add_server(parser)
    _add_number(parser, "--seconds", 10, "of overload")
    _add_number(parser, "--connections", 1000, "the most that the load generator opens")
    _add_number(parser, "--rounds", 3, "of which the median counts")
    plan = ("seconds", "connections", "rounds")
    parser.set_defaults(run=lambda chosen: _alone(overload.measure, overload.Plan, chosen, *plan))


def _add_swap(parser: argparse.ArgumentParser) -> None:
    _add_server(parser)
    _add_number(parser, "--rounds", 3, "of swaps")
    parser.set_defaults(run=lambda chosen: _alone(swap.measure, swap.Plan, chosen, "rounds"))


def _add_protocols(parser: argparse.ArgumentParser) -> None:
    _add_server(parser)
    _add_number(parser, "--seconds", 3, "of load per line of the table and round")
    _add_number(parser, "--rounds", 3, "over all protocols")
    parser.set_defaults(run=lambda chosen: _alone(protocols.measure, protocols.Plan, chosen, "seconds", "rounds"))


def _add_steps(parser: argparse.ArgumentParser) -> None:
    _add_number(parser, "--samples", 9, "of which the median counts")
    parser.set_defaults(run=lambda chosen: _shown(steps.measure(steps.Plan(HOME, chosen.samples))))


def _add_search(parser: argparse.ArgumentParser) -> None:
    problems, told = tuple(PROBLEMS.values()), "default: %(default)s"
    parser.add_argument("--data", type=_some(PROBLEMS), default=problems, help=f"some of: {', '.join(PROBLEMS)}")
    parser.add_argument("--ours", type=_searchers, default=OURS, help=f"sampler+pruner, or several; {told}")
    parser.add_argument("--beside", type=_searchers, default=",".join(SEARCHERS), help=told)
    parser.add_argument("--minutes", type=_minutes, default=1.5, help="of each run; default: %(default)g")
    _add_number(parser, "--seeds", 5, "for each of which all are run")
    parser.set_defaults(run=_search)


def _add_starts(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kind", choices=tuple(starts.KINDS), help="of network, and so of data")
    parser.add_argument("files", nargs="*", metavar="FILE.csv:TARGET", help="tables, with the column to tell")
    _add_number(parser, "--settings", 120, "that are tried in all")
    parser.set_defaults(run=_starts)


def _starts(options: argparse.Namespace) -> int:
    print(starts.measure(options.kind, options.files, HOME, options.settings))
    return 0


def _search(options: argparse.Namespace) -> int:
    every = tuple({searcher.name: searcher for searcher in (*options.beside, *options.ours)}.values())
    ours = [searcher.name for searcher in options.ours]
    asked = Asked(options.data, every, ours, 60 * options.minutes, options.seeds)
    return _shown(search.measure(search.Plan(HOME, asked)))


def _document(_: argparse.Namespace) -> int:
    print(f"Written to {DOCUMENT}: {', '.join(fill_in(DOCUMENT, HOME))}.")
    return 0


def _peers(options: argparse.Namespace) -> int:
    check_installed()
    plan = Plan(HOME, options.peers, options.bodies, options.connections, options.seconds, options.rounds)
    results = measure(plan)
    _shown(table.report(results))
    return 1 if results.left_out else 0


def _alone(
    measure: Callable[[Thing], Report], plan: Callable[..., Thing], options: argparse.Namespace, *names: str
) -> int:
    check_installed()
    return _shown(measure(plan(HOME, options.server, *(getattr(options, name) for name in names))))


def _shown(report: Report) -> int:
    report.write(HOME)
    print(report.as_text())
    print(f"Written to {HOME}/{report.name}.md and {report.name}.json.")
    return 0


def _add_server(parser: argparse.ArgumentParser) -> None:
    servers = list(SERVERS)
    parser.add_argument("--server", choices=servers, default=servers[0], help="that serves; default: %(default)s")


def _add_number(parser: argparse.ArgumentParser, name: str, default: int, what: str) -> None:
    parser.add_argument(name, type=_positive, default=default, help=f"{what}; default: %(default)s")


def _some(known: Mapping[str, Thing]) -> Callable[[str], tuple[Thing, ...]]:
    def parse(text: str) -> tuple[Thing, ...]:
        if unknown := [name for name in text.split(",") if name not in known]:
            raise argparse.ArgumentTypeError(f"{', '.join(unknown)} is unknown; there are: {', '.join(known)}")
        return tuple(known[name] for name in text.split(","))

    return parse


def _searchers(text: str) -> tuple[Searcher, ...]:
    try:
        return tuple(searchers(text.split(",")))
    except BenchmarkError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _minutes(text: str) -> float:
    try:
        minutes = float(text)
    except ValueError:
        minutes = 0
    if not 0 < minutes <= MOST_MINUTES:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of minutes, above 0 and up to {MOST_MINUTES}")
    return minutes


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(_positive(number) for number in text.split(","))


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
