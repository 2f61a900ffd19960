"""What the columns of a sheet hold: numbers, words or dates, told from what stands in them. Knows no target."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import StrEnum

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from models.errors import quoted
from training.errors import UnusableData
from training.table.sheet import Sheet

# What stands for a missing value, besides nothing at all and what the caller names.
MISSING = (
    "#N/A", "#NA", "-NaN", "-nan", "<NA>", "?", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null",
)  # fmt: skip
MOSTLY_NUMBERS = 0.9  # share of the rows from which on a text among numbers is a slip, and not a word
FEW_NUMBERS = 20  # different numbers that may stand beside words, as codes do
DAY_S = 86_400.0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NUMBER = r"^[+-]?((\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|(?i:inf|infinity))$"
_DECIMAL_COMMA = r"^([+-]?\d*),(\d+([eE][+-]?\d+)?)$"
_CODE = r"^0\d+$"  # 01067 is no number: a zip code, say, whose zero would be lost
_TIME = r"[T ]\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?\s?(Z|[+-]\d{2}:?\d{2})?"
_DATE = rf"^\d{{4}}[-/]\d{{1,2}}[-/]\d{{1,2}}({_TIME})?$|^\d{{1,2}}\.\d{{1,2}}\.\d{{4}}$"
_EITHER_DATE = r"^\d{1,2}/\d{1,2}/\d{2,4}$"


class Kind(StrEnum):
    """What a column holds."""

    NUMBER = "number"
    WORDS = "words"
    DATE = "date"  # as a number: days since 1970-01-01, in UTC where a time zone is given


@dataclass(frozen=True)
class Column:
    """A column as an array."""

    name: str
    kind: Kind
    values: np.ndarray  # (rows,) float64; of words the places in `words`; NaN: missing
    words: tuple[str, ...] = ()  # all different, those of WORDS, sorted
    note: str = ""  # what a person should know of it

    @property
    def missing(self) -> np.ndarray:
        """Which values are missing, (rows,) bool."""
        return np.asarray(np.isnan(self.values))

    def of(self, rows: np.ndarray) -> "Column":
        """The same column with these rows of it, by index."""
        return replace(self, values=self.values[rows])


def read_column(sheet: Sheet, name: str, said: Kind | None, missing: Iterable[str]) -> Column:
    """The column of that name, as what the caller said it holds, else as what it looks like.

    Raises UnusableData, which names row and column, for what is no number where numeric= says so, infinite or no date.
    """
    chunks = sheet.table.column(name)
    if _is_text(chunks.type) or said is Kind.WORDS:
        column = _Texts.of(sheet, name, chunks, missing).column(said)
    else:
        column = Column(name, *_typed(sheet, name, chunks))
    if column.kind is not Kind.WORDS:
        _check_finite(sheet, column)
    return column


def _is_text(kind: pa.DataType) -> bool:
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return any(of(kind) for of in (pa.types.is_string, pa.types.is_large_string, pa.types.is_boolean))


def _typed(sheet: Sheet, name: str, chunks: pa.ChunkedArray) -> tuple[Kind, np.ndarray]:
    """Kind and values of a column that has a type of its own."""
    kind = chunks.type
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        moments = chunks.cast(pa.timestamp("us")).to_numpy()  # datetime64, NaT: missing
        return Kind.DATE, np.where(np.isnat(moments), np.nan, moments.astype(np.int64) / (DAY_S * 1e6))
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind) or pa.types.is_null(kind):
        return Kind.NUMBER, chunks.cast(pa.float64(), safe=False).to_numpy().astype(np.float64)
    raise UnusableData(
        f"{sheet.path}: column {quoted(name)} is of type {kind}, of which a network can make nothing. Leave it out: "
        f"drop={name}."
    )


def _check_finite(sheet: Sheet, column: Column) -> None:
    """Infinite is what float32, in which networks count, cannot hold."""
    with np.errstate(over="ignore"):
        bad = np.isinf(column.values.astype(np.float32))
    if bad.any():
        index = int(bad.argmax())
        raise UnusableData(
            f"{sheet.path}: row {sheet.row_number(index)}, column {quoted(column.name)}: {column.values[index]:g} is "
            f"infinite, or too large for a network. Correct it, empty the field, or leave the column out: "
            f"drop={column.name}."
        )


@dataclass(frozen=True)
class _Texts:
    """A column of text: its different texts, and which of them stands in each row."""

    sheet: Sheet
    name: str
    texts: pa.Array  # different texts, trimmed; null: missing
    places: np.ndarray  # (rows,) of the row's text, -1: null in the file

    @classmethod
    def of(cls, sheet: Sheet, name: str, chunks: pa.ChunkedArray, missing: Iterable[str]) -> "_Texts":
        """From the column of a table."""
        if not pa.types.is_dictionary(chunks.type):
            chunks = chunks.cast(pa.string()).dictionary_encode()
        encoded = chunks.unify_dictionaries().combine_chunks()
        encoded = encoded.chunk(0) if isinstance(encoded, pa.ChunkedArray) else encoded
        texts = pc.utf8_trim_whitespace(encoded.dictionary.cast(pa.string()))
        absent = pc.is_in(texts, value_set=pa.array(["", *MISSING, *missing]))
        texts = pc.if_else(absent, pa.scalar(None, pa.string()), texts)
        return cls(sheet, name, texts, encoded.indices.fill_null(-1).to_numpy().astype(np.int64))

    def column(self, said: Kind | None) -> Column:
        """As what the caller said it holds, else as what it looks like."""
        numbers = self._numbers()
        is_number, is_there = ~np.isnan(numbers), self.texts.is_valid().to_numpy(zero_copy_only=False)
        if said is Kind.WORDS:
            return self._words()
        if said is Kind.NUMBER:
            self._check_all(is_number | ~is_there, "is no number, and numeric= says that all are")
            return Column(self.name, Kind.NUMBER, self._by_row(numbers))
        if (is_number | ~is_there).all() and not self._matches(_CODE).any():
            return Column(self.name, Kind.NUMBER, self._by_row(numbers))
        if self._all_are(_EITHER_DATE, is_there):
            raise UnusableData(
                f"{self.sheet.path}: column {quoted(self.name)} holds dates like {self._example()}, in which day and "
                f"month may be taken for one another. Write them as 2020-12-31, or leave them out: drop={self.name}."
            )
        if self._all_are(_DATE, is_there):
            return self._dates(is_there)
        if self._is_mostly_numbers(is_number, is_there):
            return self._numbers_but(numbers, is_there & ~is_number)
        return self._words()

    def _numbers(self) -> np.ndarray:
        """The number that each text says, NaN where it says none."""
        texts = self.texts
        if self.sheet.decimal_comma:
            texts = pc.replace_substring_regex(texts, _DECIMAL_COMMA, r"\1.\2")
        texts = pc.utf8_ltrim(texts, "+")
        is_number = pc.match_substring_regex(texts, _NUMBER).fill_null(False)
        numbers = np.full(len(texts), np.nan)
        numbers[is_number.to_numpy(zero_copy_only=False)] = pc.cast(texts.filter(is_number), pa.float64()).to_numpy()
        return numbers

    def _words(self) -> Column:
        """Different texts may have become one when they were trimmed."""
        texts = self.texts.to_pylist()
        words = sorted({text for text in texts if text is not None})
        place = {word: place for place, word in enumerate(words)}
        values = np.array([np.nan if text is None else place[text] for text in texts], np.float64)
        return Column(self.name, Kind.WORDS, self._by_row(values), tuple(words))

    def _dates(self, is_there: np.ndarray) -> Column:
        days = np.array([np.nan if text is None else _days(text) for text in self.texts.to_pylist()], np.float64)
        self._check_all(~np.isnan(days) | ~is_there, "is no date of the calendar")
        return Column(self.name, Kind.DATE, self._by_row(days))

    def _by_row(self, values: np.ndarray) -> np.ndarray:
        return np.asarray(np.append(values, np.nan)[self.places])  # -1 is the last

    def _matches(self, pattern: str) -> np.ndarray:
        matches = pc.match_substring_regex(self.texts, pattern).fill_null(False)
        return np.asarray(matches.to_numpy(zero_copy_only=False))

    def _all_are(self, pattern: str, is_there: np.ndarray) -> bool:
        return bool(is_there.any() and (self._matches(pattern) | ~is_there).all())

    def _example(self) -> str:
        return str(self.texts.drop_null()[0])

    def _check_all(self, right: np.ndarray, fault: str) -> None:
        if right.all():
            return
        index = int(self._flags(~right).argmax())
        text = self.texts[int(self.places[index])].as_py()
        raise UnusableData(
            f"{self.sheet.path}: row {self.sheet.row_number(index)}, column {quoted(self.name)}: {quoted(text)} "
            f"{fault}. Correct it, name what stands for nothing (missing={_word(text)}), take the column as words "
            f"(categorical={self.name}), or leave it out (drop={self.name})."
        )

    def _is_mostly_numbers(self, is_number: np.ndarray, is_there: np.ndarray) -> bool:
        """A slip among many numbers must not make words of all of them."""
        share = self._flags(is_number).sum() / max(self._flags(is_there).sum(), 1)
        return bool(share >= MOSTLY_NUMBERS and is_number.sum() > FEW_NUMBERS and not self._matches(_CODE).any())

    def _numbers_but(self, numbers: np.ndarray, odd: np.ndarray) -> Column:
        """Numbers, and texts that are none and count as missing, of which the first is named."""
        rows = np.flatnonzero(self._flags(odd))
        first, index = self.texts[int(self.places[rows[0]])].as_py(), int(rows[0])
        note = f"no number, so missing: {quoted(first)} in row {self.sheet.row_number(index)}"
        more = f" and {len(rows) - 1:,} more" if len(rows) > 1 else ""
        return Column(self.name, Kind.NUMBER, self._by_row(numbers), note=note + more)

    def _flags(self, by_text: np.ndarray) -> np.ndarray:
        """By row, what is said of each text; false of null."""
        return np.asarray(np.append(by_text, False)[self.places])


def _days(text: str) -> float:
    """Days since 1970-01-01; NaN for a day that no calendar has."""
    try:
        if re.fullmatch(r"[\d.]+", text):
            day, month, year = map(int, text.split("."))
            return float(date(year, month, day).toordinal() - _EPOCH.toordinal())
        moment = datetime.fromisoformat(_iso(text))
    except ValueError:
        return float("nan")
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - _EPOCH).total_seconds() / DAY_S


def _iso(text: str) -> str:
    """With all digits that ISO 8601 asks for."""
    day, _, time = text.replace("T", " ").replace("/", "-").partition(" ")
    year, month, number = day.split("-")
    hour, colon, rest = time.replace(" ", "").partition(":")
    return f"{year}-{month:0>2}-{number:0>2}" + (f"T{hour:0>2}{colon}{rest}" if time else "")


def _word(text: str) -> str:
    return text if re.fullmatch(r"[\w.?-]{1,20}", text) else "…"
