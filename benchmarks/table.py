"""The figures as text, as Markdown and as JSON. Knows not where they come from."""

from collections.abc import Sequence
from dataclasses import asdict

import orjson

from benchmarks.figures import Line, Results

HEADER = (
    "peer", "body", "connections", "requests/s", "rows/s", "p50 ms", "p99 ms", "ours is … times", "errors",
    "memory MB", "per worker MB", "start s",
)  # fmt: skip
TEXTS = 2  # the first columns are text; what follows are numbers, which stand to the right


def as_text(lines: Sequence[Line], results: Results) -> str:
    """A table for the terminal, with an empty line between groups."""
    rows = [HEADER, *map(_row, lines)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    table = []
    for number, row in enumerate(rows):
        if number and (number == 1 or rows[number - 1][1:3] != row[1:3]):
            table.append("")
        cells = [_aligned(text, width, at) for at, (text, width) in enumerate(zip(row, widths, strict=True))]
        table.append("  ".join(cells).rstrip())
    return "\n".join([*table, "", *_notes(results)])


def as_markdown(lines: Sequence[Line], results: Results) -> str:
    """The same for a document."""
    rule = ["---" if at < TEXTS else "--:" for at in range(len(HEADER))]
    rows = [HEADER, rule, *map(_row, lines)]
    return "\n".join([*(f"| {' | '.join(row)} |" for row in rows), "", *_notes(results)]) + "\n"


def as_json(lines: Sequence[Line], results: Results) -> bytes:
    """The same for programs, with every single run."""
    return orjson.dumps(
        {"machine": results.machine, "lines": list(map(asdict, lines)), "left_out": results.left_out,
         "others_share": results.others_share,
         "runs": list(map(asdict, results.cells)), "starts": list(map(asdict, results.footprints))},
        option=orjson.OPT_INDENT_2,
    )  # fmt: skip


def _row(line: Line) -> tuple[str, ...]:
    return (
        line.peer,
        line.body,
        str(line.connections),
        _three_digits(line.requests_s),
        _three_digits(line.rows_s),
        _three_digits(line.p50_ms),
        _three_digits(line.p99_ms),
        "–" if line.ours_times is None else f"{line.ours_times:.2f}",  # noqa: RUF001  # a dash
        str(line.errors),
        f"{line.total_mb:.0f}",
        f"{line.per_worker_mb:.0f}",
        f"{line.start_s:.2f}",
    )


def _three_digits(number: float) -> str:
    """What is left of the noise: three digits, never in powers of ten."""
    if number >= 100:
        return f"{float(f'{number:.3g}'):,.0f}"
    return f"{number:.1f}" if number >= 10 else f"{number:.2f}"


def _aligned(text: str, width: int, at: int) -> str:
    return text.ljust(width) if at < TEXTS else text.rjust(width)


def _notes(results: Results) -> list[str]:
    machine = ", ".join(f"{name} {value}" for name, value in results.machine.items())
    others = ", ".join(f"{share:.0%}" for share in results.others_share) or "unknown"
    idle = f"Share of the cores that other programs took before each round: {others}."
    return [
        f"Measured: {machine}.",
        idle,
        *(f"Left out: {peer}: {reason}" for peer, reason in results.left_out.items()),
    ]
