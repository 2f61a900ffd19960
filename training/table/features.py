"""Which columns a network is given, and as what; which it is not, and why. Knows no target and no task."""

import re
from dataclasses import dataclass

import numpy as np

from training.table.columns import Column, Kind

MOST_WORDS = 200  # of a column, the most frequent; what is rarer counts as unknown
FEWEST_ROWS = 2  # training rows in which a word must stand to be known
MOST_DIFFERENT = 0.5  # share of the rows from which on different words are names or free text
FAR_OUT = 8.0  # standard deviations: an extreme beyond that makes a long tail
FEW_VALUES = 10  # different values that have no tail, as flags and counts

_ID = re.compile(r"(?i:(^|[\W_])id$)|[a-z]I[dD]$")


@dataclass(frozen=True)
class Feature:
    """A column as a network is given it."""

    name: str
    kind: Kind
    values: np.ndarray  # (rows,) float32; of words the places in `words`; NaN: missing, or a word that is not known
    words: tuple[str, ...] | None = None
    long_tail: bool = False
    note: str = ""  # what a person should know of it


@dataclass(frozen=True)
class LeftOut:
    """A column that a network is not given."""

    name: str
    missing: int
    reason: str


def feature(column: Column, train: np.ndarray, is_said: bool) -> Feature | LeftOut:
    """What becomes of a column of all rows, judged by its training rows.

    `train` are their indices; `is_said` is whether the caller said what the column holds, and so wants it.
    """
    there = column.values[~column.missing]
    reason = "" if is_said or not there.size else _uselessness(column, there)
    reason = reason or _emptiness(column, column.values[train])
    if reason:
        return LeftOut(column.name, int(column.missing.sum()), reason)
    if column.kind is Kind.WORDS:
        return _of_words(column, train)
    values = column.values.astype(np.float32)
    return Feature(column.name, column.kind, values, None, _has_long_tail(column.values[train]), column.note)


def _uselessness(column: Column, there: np.ndarray) -> str:
    """Why what could be learnt from a column with these values would be of no use, or nothing."""
    if column.kind is Kind.NUMBER:
        if len(there) == len(column.values) and (np.diff(there) == 1).all():
            return "counts the rows"
        if _ID.search(column.name) and (there == np.trunc(there)).all() and len(np.unique(there)) == len(there):
            return "is another number in each row, and by its name an identifier"
    if column.kind is Kind.WORDS:
        different = len(np.unique(there))
        if different == len(there):
            return "is another word in each row: an identifier, or free text"
        if different > MOST_DIFFERENT * len(there):
            return f"holds {different:,} different words in {len(there):,} rows: names, or free text"
    return ""


def _emptiness(column: Column, values: np.ndarray) -> str:
    """Why nothing can be learnt from these training values, or nothing."""
    there = values[~np.isnan(values)]
    if not there.size:
        return "holds nothing"
    if len(there) == len(values) and (there == there[0]).all():
        return f"holds {_text(column, there[0])} in every row"
    if column.kind is Kind.WORDS and np.bincount(there.astype(int)).max() < FEWEST_ROWS:
        return "holds no word twice"
    return ""


def _of_words(column: Column, train: np.ndarray) -> Feature:
    """With the words that are frequent enough, in the order of the alphabet."""
    places = column.values[train]
    counts = np.bincount(places[~np.isnan(places)].astype(int), minlength=len(column.words))
    frequent = np.argsort(-counts, kind="stable")[:MOST_WORDS]
    known = np.sort(frequent[counts[frequent] >= FEWEST_ROWS])
    numbers = np.full(len(column.words) + 1, np.nan, np.float32)  # the last stands for what is missing
    numbers[known] = np.arange(len(known))
    values = numbers[np.where(column.missing, len(column.words), column.values).astype(int)]
    rare = len(np.unique(column.values[~column.missing])) - len(known)
    note = f"{rare:,} rarer ones count as missing" if rare else ""
    return Feature(column.name, column.kind, values, tuple(column.words[place] for place in known), note=note)


def _has_long_tail(values: np.ndarray) -> bool:
    there = values[~np.isnan(values)]
    spread = there.std()
    if spread == 0 or np.abs(there - there.mean()).max() <= FAR_OUT * spread:
        return False
    return len(np.unique(there)) > FEW_VALUES


def _text(column: Column, value: float) -> str:
    return repr(column.words[int(value)]) if column.kind is Kind.WORDS else f"{value:g}"
