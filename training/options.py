"""What a form lets its caller say about data of their own: strict key=value words, beside those of a Config."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from models.errors import InvalidName, listed, quoted
from models.store import checked_name
from training.config import Config
from training.errors import InvalidOverride

FILE_SUFFIXES = (".csv", ".tsv", ".tab", ".txt", ".data", ".parquet", ".pq", ".gz", ".bz2", ".zst")
LEAST_SHARE, MOST_SHARE = 0.05, 0.4
SHARE = f"a share of the rows, from {LEAST_SHARE:g} to {MOST_SHARE:g}"  # what is right for `share`


@dataclass(frozen=True)
class Option:
    """One key; `read` raises ValueError for a text that is not `right`."""

    key: str
    right: str  # what is right, as a sentence part
    read: Callable[[str], Any]


def parted(options: Iterable[Option], words: Iterable[str], form: str) -> tuple[dict[str, Any], list[str]]:
    """The values of the options among the `key=value` words, and the words that are left, for a Config.

    Raises InvalidOverride for a key that is neither, an option that is given twice, or a value that does not fit.
    """
    known, values, rest = {option.key: option for option in options}, {}, []
    for word in words:
        key, _, text = word.partition("=")
        if key not in known:
            _check_setting(key, word, known, form)
            rest.append(word)
        elif key in values:
            raise InvalidOverride(f"The option {key!r} is given twice. Give it once.")
        else:
            values[key] = _value(known[key], text)
    return values, rest


def path(text: str) -> Path:
    """A path; in path=~/data.csv the shell leaves the ~ as it is."""
    if not text:
        raise ValueError(text)
    return Path(text).expanduser()


def model_name(text: str) -> str:
    """A name under which a model can be published."""
    try:
        return checked_name(text)
    except InvalidName as error:
        raise ValueError(text) from error


def named_after(place: Path, taken: Iterable[str], kind: str) -> str:
    """A name for the model of a file or folder: its own, made valid, and with its kind where that is taken."""
    stem = place.name
    while (suffix := Path(stem).suffix).lower() in FILE_SUFFIXES:
        stem = stem.removesuffix(suffix)
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", stem).strip("-._")[:90] or kind
    return f"{name}-{kind}" if name in set(taken) else name


def names(text: str) -> tuple[str, ...]:
    """Words joined by commas."""
    words = tuple(word.strip() for word in text.split(","))
    if not all(words):
        raise ValueError(text)
    return words


def one_of(known: Iterable[str]) -> Callable[[str], str]:
    """A reader that takes these words only."""
    words = set(known)

    def read(text: str) -> str:
        if text not in words:
            raise ValueError(text)
        return text

    return read


def whole(lowest: int, highest: int) -> Callable[[str], int]:
    """A reader of whole numbers within bounds."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdecimal() and len(text) <= 12 and lowest <= int(text) <= highest):
            raise ValueError(text)
        return int(text)

    return read


def share(text: str) -> float:
    """A share of the rows, of which enough must be left for the other parts."""
    value = float(text)
    if not LEAST_SHARE <= value <= MOST_SHARE:
        raise ValueError(text)
    return value


def _check_setting(key: str, word: str, known: Mapping[str, Option], form: str) -> None:
    settings = [field.name for field in fields(Config)]
    if key in settings:
        return
    meant = get_close_matches(key, [*known, *settings], n=1)
    hint = f" Did you mean {meant[0]}=?" if meant else ""
    options = "; ".join(f"{option.key} ({option.right})" for option in known.values())
    raise InvalidOverride(
        f"There is no option or setting {quoted(key)} in {quoted(word)}.{hint} Options of {form}: {options}. "
        f"Settings: {listed(settings)}."
    )


def _value(option: Option, text: str) -> Any:
    try:
        return option.read(text)
    except ValueError as error:
        raise InvalidOverride(f"{option.key}={text[:40]} does not fit: {option.key} is {option.right}.") from error
