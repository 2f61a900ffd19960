"""Small tables as files: a number, a word and a target, and other columns as a test wants them."""

from pathlib import Path

from training.sources.table import Choices, read_table

ROWS = 60


def text(delimiter=",", rows=ROWS, end="\n", **columns):
    """A CSV of a number, a word and a target, and of other columns; a column is a list or a function of the row."""
    columns = {
        "size": lambda row: f"{row * 0.5 + 20:g}",
        "colour": lambda row: ("red", "green", "blue")[row % 3],
        "sold": lambda row: ("no", "yes")[row % 2],
    } | columns
    fields = [
        [str(column(row) if callable(column) else column[row]) for column in columns.values()] for row in range(rows)
    ]
    lines = map(delimiter.join, [list(columns), *fields])
    return end.join(lines) + end


def write(folder: Path, content: str | bytes, name: str = "things.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(folder, content, target="sold", **choices):
    return read_table(Choices(write(folder, content), (target,), **choices))
