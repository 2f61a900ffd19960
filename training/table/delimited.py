"""Reads CSV files, however they are delimited and encoded. Knows no types and no target.

Arrow reads them at the speed of the disk. Where it meets a row that does not fit, this file walks through the rows as
a person would, to tell which one it is.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pyarrow as pa
from pyarrow import csv as arrow_csv

from models.errors import quoted
from training.errors import UnusableData
from training.table.sheet import Sheet

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
ENCODINGS = ("utf-8-sig", "cp1252", "latin-1")  # the last of which can read anything
SAMPLE_CHARACTERS = 200_000  # from which the delimiter is told
SAMPLE_ROWS = 100
BLOCK_BYTES = 1 << 24  # Arrow wants each row within one block
LONGEST_FIELD = 1 << 20  # characters; csv's own limit is the first thing that a lost quote runs into
FEWEST_TEXT = 0.99  # share of the first characters that are no control characters
_CONTROLS = {chr(code) for code in range(32)} - set("\t\n\r\f")
_TEXT = pa.dictionary(pa.int32(), pa.string())


@dataclass(frozen=True)
class _Rows:
    """The text of a file, walked through row by row: as a spreadsheet or an editor counts them, from 1 on."""

    path: Path
    text: str
    delimiter: str

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        """Number and fields of each row that is not empty."""
        number, reader = 0, csv.reader(io.StringIO(self.text, newline=""), delimiter=self.delimiter)
        try:
            for number, fields in enumerate(reader, start=1):
                if fields:
                    yield number, fields
        except csv.Error as error:
            raise UnusableData(
                f"{self.path}: row {number + 1} cannot be read ({error}). A quote that is not closed may be why."
            ) from error

    def number(self, index: int) -> int:
        """The number of a row of the table, of which the header is none."""
        return next(number for place, (number, _) in enumerate(self, start=-1) if place == index)

    def check_widths(self, width: int) -> None:
        """Raise UnusableData for the first row that has not as many fields as the header."""
        for number, fields in self:
            if len(fields) != width:
                raise UnusableData(
                    f"{self.path}: row {number} has {len(fields)} fields instead of {width}. Correct that row; a "
                    f"{DELIMITERS[self.delimiter]} inside a field needs quotes around the field."
                )


def read_delimited(path: Path) -> Sheet:
    """The columns of the file as text. Raises UnusableData, which names the row where one is at fault."""
    csv.field_size_limit(LONGEST_FIELD)
    text, encoding = _text(path)
    rows = _Rows(path, text, _delimiter(text))
    names, start = _header(rows)
    if not text[start:].strip():
        raise UnusableData(f"{path} holds a header and no row. Put the rows below it.")
    form = f"CSV, by {DELIMITERS[rows.delimiter]}, {encoding}"
    return Sheet(path, form, _table(rows, names, start), rows.number, decimal_comma=rows.delimiter == ";")


def _text(path: Path) -> tuple[str, str]:
    """The file as text, and the name of its encoding."""
    try:
        with pa.input_stream(path) as stream:  # which unpacks what is called .gz, .bz2 or .zst
            content = stream.read()
    except (OSError, pa.ArrowException) as error:
        raise UnusableData(f"{path} cannot be read: {' '.join(str(error).split())[:200]}.") from error
    encodings = ("utf-16",) if content.startswith((b"\xff\xfe", b"\xfe\xff")) else ENCODINGS
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return _checked(path, text), encoding.removesuffix("-sig")
    raise UnusableData(f"{path} begins as UTF-16, and goes on as something else. Save it as UTF-8.")


def _checked(path: Path, text: str) -> str:
    if not text.strip():
        raise UnusableData(f"{path} is empty. It needs a row of column names, and rows below it.")
    first = text[:SAMPLE_CHARACTERS]
    if "\0" in first or sum(character not in _CONTROLS for character in first) < FEWEST_TEXT * len(first):
        what = "a spreadsheet or a zip file" if text.startswith("PK") else "neither text nor Parquet"
        raise UnusableData(f"{path} is {what}. Save the table as CSV or Parquet.")
    return text


def _delimiter(text: str) -> str:
    """The one by which most rows have as many fields as the header; of several that which makes the most fields."""

    def fitness(delimiter: str) -> tuple[bool, float, int]:
        try:
            rows = [row for row in islice(csv.reader(_sample(text), delimiter=delimiter), SAMPLE_ROWS) if row]
        except csv.Error:
            return False, 0.0, 0
        width = len(rows[0]) if rows else 0
        return width > 1, sum(len(row) == width for row in rows) / max(len(rows), 1), width

    return max(DELIMITERS, key=fitness)


def _sample(text: str) -> io.StringIO:
    """The first rows; the last may be cut, unless it is the only one."""
    first = text[:SAMPLE_CHARACTERS]
    end = len(text) if len(text) <= SAMPLE_CHARACTERS else max(first.rfind("\n"), first.rfind("\r")) + 1 or len(text)
    return io.StringIO(text[:end], newline="")


def _header(rows: _Rows) -> tuple[list[str], int]:
    """The names in the first row that is not empty, and where in the text the next row begins."""
    lines = io.StringIO(rows.text, newline="")
    fields = next(row for row in csv.reader(lines, delimiter=rows.delimiter) if row)
    names = [name.strip() or f"column {place}" for place, name in enumerate(fields, start=1)]
    if len(names) == 1:
        raise UnusableData(
            f"{rows.path} has one column only, {quoted(names[0])}: it needs a target and something to tell it from. "
            f"The delimiters known here are {', '.join(DELIMITERS.values())}."
        )
    if all(_is_number(name) for name in names):
        raise UnusableData(
            f"{rows.path} begins with a row of numbers, {', '.join(names)[:60]}, so it has no header. Put a row of "
            "column names before it."
        )
    return _different(rows.path, names), lines.tell()


def _different(path: Path, names: list[str]) -> list[str]:
    places: dict[str, int] = {}
    for place, name in enumerate(names, start=1):
        if name in places:
            raise UnusableData(
                f"{path} has two columns of the name {quoted(name)}, the {places[name]}. and the {place}. Rename one."
            )
        places[name] = place
    return names


def _is_number(text: str) -> bool:
    try:
        float(text.replace(",", "."))
    except ValueError:
        return False
    return True


def _table(rows: _Rows, names: list[str], start: int) -> pa.Table:
    """What stands behind the header, each column a dictionary of its different texts."""
    try:
        return arrow_csv.read_csv(
            pa.BufferReader(rows.text[start:].encode()),
            arrow_csv.ReadOptions(column_names=names, block_size=BLOCK_BYTES),
            arrow_csv.ParseOptions(delimiter=rows.delimiter, newlines_in_values=True),
            arrow_csv.ConvertOptions(column_types=dict.fromkeys(names, _TEXT), strings_can_be_null=False),
        )
    except pa.ArrowException as error:
        rows.check_widths(len(names))
        reason = " ".join(str(error).split())[:200]
        raise UnusableData(
            f"{rows.path} cannot be read as CSV ({reason}). Save it again as CSV, or as Parquet."
        ) from error
