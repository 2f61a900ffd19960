"""Rows as a table for the terminal or for a document. Knows not what they mean."""

from collections.abc import Iterator, Sequence

Row = Sequence[str]


def as_text(header: Row, groups: Sequence[Sequence[Row]], texts: int = 1) -> list[str]:
    """Lines for the terminal, with an empty one before each group. Columns after `texts` stand to the right."""
    rows = [header, *(row for group in groups for row in group)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    shown = [_line(header, widths, texts)]
    for group in groups:
        shown += ["", *(_line(row, widths, texts) for row in group)]
    return shown


def as_markdown(header: Row, rows: Sequence[Row], texts: int = 1) -> list[str]:
    """Lines for a document."""
    rule = ["---" if at < texts else "--:" for at in range(len(header))]
    return [f"| {' | '.join(row)} |" for row in (header, rule, *rows)]


def three_digits(number: float) -> str:
    """What is left of the noise: three digits, never in powers of ten."""
    if abs(number) >= 100:
        return f"{float(f'{number:.3g}'):,.0f}"
    return f"{number:.1f}" if abs(number) >= 10 else f"{number:.2f}"


def _line(row: Row, widths: Sequence[int], texts: int) -> str:
    return "  ".join(_aligned(row, widths, texts)).rstrip()


def _aligned(row: Row, widths: Sequence[int], texts: int) -> Iterator[str]:
    for at, (text, width) in enumerate(zip(row, widths, strict=True)):
        yield text.ljust(width) if at < texts else text.rjust(width)
