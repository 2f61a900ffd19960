"""The columns of a file as they stand in it, and how a person counts its rows. Knows neither formats nor types."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import pyarrow as pa

from models.errors import listed, quoted
from training.errors import InvalidOverride

LISTED = 40  # names of columns in a message


@dataclass(frozen=True)
class Sheet:
    """What a file holds."""

    path: Path
    form: str  # the file in a few words
    table: pa.Table  # columns of different names; those of a CSV are dictionaries of text
    row_number: Callable[
        [int], int
    ]  # from the index of a row in the table to its number in the file, as a person counts
    decimal_comma: bool = False

    @property
    def names(self) -> list[str]:
        """The names of the columns."""
        names: list[str] = self.table.column_names
        return names

    def checked(self, names: Iterable[str], option: str) -> tuple[str, ...]:
        """The names, all of which are columns. Raises InvalidOverride, which says what was meant, or what there is."""
        names = tuple(names)
        if len(names) > 1 and (whole := ",".join(names)) in self.names:
            return (whole,)  # one name with commas in it
        for name in names:
            if name not in self.names:
                meant = get_close_matches(name, self.names, n=1)
                remedy = f"Did you mean {meant[0]!r}?" if meant else f"Its columns: {some(self.names)}."
                raise InvalidOverride(f"{self.path} has no column {quoted(name)}, which {option}= names. {remedy}")
        return names


def some(names: Iterable[str]) -> str:
    """The names as a sentence part, cut where there are very many."""
    names = list(names)
    more = f" and {len(names) - LISTED:,} more" if len(names) > LISTED else ""
    return listed(names[:LISTED]) + more
