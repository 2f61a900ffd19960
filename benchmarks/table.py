"""The figures of all peers as text, as Markdown and as JSON. Knows not where they come from."""

from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby

import orjson

from benchmarks import layout
from benchmarks.figures import Line, Results
from benchmarks.layout import three_digits
from benchmarks.machine import sentences
from benchmarks.targets import CONNECTIONS, HEADER, Target, targets

COLUMNS = (
    "peer", "body", "connections", "requests/s", "rows/s", "p50 ms", "p99 ms", "ours is … times", "errors",
    "memory MB", "per worker MB", "start s",
)  # fmt: skip
TEXTS = 2  # the first columns are text; what follows are numbers, which stand to the right
TARGETS = f"Targets, at {CONNECTIONS} connections:"


def as_text(lines: Sequence[Line], results: Results) -> str:
    """A table for the terminal, with an empty line between groups."""
    groups = [list(map(_row, group)) for _, group in groupby(lines, lambda line: (line.body, line.connections))]
    shown = [*layout.as_text(COLUMNS, groups, TEXTS), "", *_notes(results)]
    if wanted := [target.row() for target in targets(results)]:
        shown += ["", TARGETS, "", *layout.as_text(HEADER, [wanted])]
    return "\n".join(shown)


def as_markdown(lines: Sequence[Line], results: Results) -> str:
    """The same for a document."""
    shown = [*layout.as_markdown(COLUMNS, list(map(_row, lines)), TEXTS), "", *_notes(results)]
    if wanted := [target.row() for target in targets(results)]:
        shown += ["", TARGETS, "", *layout.as_markdown(HEADER, wanted)]
    return "\n".join(shown) + "\n"


def as_json(lines: Sequence[Line], results: Results) -> bytes:
    """The same for programs, with every single run."""
    return orjson.dumps(
        {"machine": results.machine, "lines": list(map(asdict, lines)), "left_out": results.left_out,
         "others_share": results.others_share, "targets": list(map(Target.as_figures, targets(results))),
         "runs": list(map(asdict, results.cells)), "starts": list(map(asdict, results.footprints))},
        option=orjson.OPT_INDENT_2,
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
    return [*sentences(results.machine, results.others_share), *left_out]
