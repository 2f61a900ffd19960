"""The figures of all peers as a report. Knows not where they come from."""

from dataclasses import asdict
from itertools import groupby

from benchmarks.figures import Line, Results, lines
from benchmarks.layout import three_digits
from benchmarks.peer import OURS
from benchmarks.report import Report
from benchmarks.targets import CONNECTIONS, targets

COLUMNS = (
    "peer", "body", "connections", "requests/s", "rows/s", "p50 ms", "p99 ms", "ours is … times", "errors",
    "memory MB", "per worker MB", "start s",
)  # fmt: skip
TEXTS = 2


def report(results: Results) -> Report:
    """A line per body, connections and peer; for programs, every single run too."""
    medians = lines(results, OURS)
    groups = [list(map(_row, group)) for _, group in groupby(medians, lambda line: (line.body, line.connections))]
    figures = {
        "lines": list(map(asdict, medians)), "left_out": results.left_out,
        "runs": list(map(asdict, results.cells)), "starts": list(map(asdict, results.footprints)),
    }  # fmt: skip
    return Report(
        "results", COLUMNS, groups, _notes(results), targets(results), figures, results.machine, results.others_share,
        TEXTS,
    )  # fmt: skip


def _row(line: Line) -> tuple[str, ...]:
    return (
        line.peer,
        line.body,
        str(line.connections),
        three_digits(line.requests_s),
        three_digits(line.rows_s),
        three_digits(line.p50_ms),
        three_digits(line.p99_ms),
        "–" if line.ours_times is None else f"{line.ours_times:.2f}",  # noqa: RUF001  # a dash
        str(line.errors),
        f"{line.total_mb:.0f}",
        f"{line.per_worker_mb:.0f}",
        f"{line.start_s:.2f}",
    )


def _notes(results: Results) -> list[str]:
    left_out = [f"Left out: {peer}: {reason}" for peer, reason in results.left_out.items()]
    return [f"Targets are taken at {CONNECTIONS} connections.", *left_out]
