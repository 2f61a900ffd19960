"""The file of API keys, line by line: strict, and quiet about what stands in it. Knows no request, and no key itself.

One key a line, as JSON; empty lines and those that begin with # say nothing:

    {"id": "team-a", "sha256": "9f86...", "models": ["digits"], "rate": "100/min", "expires": "2027-01-31"}
"""

import json
import re
import stat
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from models.errors import quoted
from service.keys import Key, Keys, Rate

MAX_BYTES = 4 << 20  # of a file: some thirty thousand keys
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_MODEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_RATE = re.compile(r"([1-9][0-9]{0,6})/(s|min|h|day)")
_PERIODS_S = {"s": 1.0, "min": 60.0, "h": 3600.0, "day": 86400.0}


class BadKeys(ValueError):
    """A file of keys that cannot be read, or a line of it that is none. No request meets it."""


def read_text(path: Path) -> str:
    """What stands in a file of keys. Raises BadKeys where it cannot be read, or anybody may change it."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
            anybody_writes = path.stat().st_mode & stat.S_IWOTH
        text = content.decode()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise BadKeys(f"The keys in {path} cannot be read: {reason}.") from error
    if len(content) > MAX_BYTES:
        raise BadKeys(f"The keys in {path} are over {MAX_BYTES >> 20} MiB; remove those that have expired.")
    if anybody_writes:
        raise BadKeys(f"Anybody may change the keys in {path}: chmod o-w it.")
    return text


def read(path: Path) -> Keys:
    """The keys in a file. Raises BadKeys."""
    return parse(read_text(path), path)


def parse(text: str, path: Path) -> Keys:
    """The keys in the text of a file. Raises BadKeys with the line's number, and nothing of what stands in it."""
    if not text:  # as a file is for a moment while it is written anew
        raise BadKeys(f"The file of keys {path} is empty: python -m service new-key --id NAME makes one.")
    keys: dict[bytes, Key] = {}
    lines: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            key = _key(line)
            if key.id in lines:
                raise ValueError(f"the id {key.id} stands in line {lines[key.id]} already; an id is for one key")
            if key.digest in keys:
                raise ValueError(f"it is the key of line {lines[keys[key.digest].id]}")
        except ValueError as error:
            raise BadKeys(f"Line {number} of the keys in {path} is no key: {error}.") from error
        keys[key.digest], lines[key.id] = key, number
    return Keys(keys)


def _key(line: str) -> Key:
    try:
        told = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueError("it is no JSON") from error
    if not isinstance(told, dict):
        raise ValueError('it is no JSON object such as {"id": "team-a", "sha256": "..."}')
    if unknown := sorted(set(told) - set(_FIELDS)):
        raise ValueError(f"it has {quoted(unknown[0])}, and may have {', '.join(_FIELDS)}")
    if missing := sorted({"id", "sha256"} - set(told)):
        raise ValueError(f"it lacks {missing[0]}")
    return Key(**{_FIELDS[name][0]: _FIELDS[name][1](value) for name, value in told.items()})


def _word(pattern: re.Pattern[str], right: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise ValueError(right)
        return value

    return read


def _models(value: Any) -> frozenset[str]:
    right = "models are a list of at least one name"
    if not isinstance(value, list) or not value:
        raise ValueError(right)
    return frozenset(map(_word(_MODEL, right), value))


def _rate(value: Any) -> Rate:
    found = _RATE.fullmatch(value) if isinstance(value, str) else None
    if not found:
        raise ValueError("a rate is a number per s, min, h or day, such as 100/min")
    return Rate(int(found[1]), _PERIODS_S[found[2]])


def _at_once(value: Any) -> int:
    if type(value) is not int or not 1 <= value <= 100_000:
        raise ValueError("at_once is a whole number from 1 to 100000")
    return value


def _manages(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("manages is true or false")
    return value


def _expiry(value: Any) -> float:
    """Seconds since 1970; a day ends a key where it begins, in UTC."""
    right = "a key expires on a day such as 2027-01-31, or at a moment with its zone such as 2027-01-31T12:00:00Z"
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise ValueError(right) from error
    if moment.tzinfo is None and len(value) > len("2027-01-31"):
        raise ValueError(right)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _digest(value: Any) -> bytes:
    return bytes.fromhex(_word(_DIGEST, "sha256 is 64 of the digits 0-9 and a-f")(value))


# What a line may have: the field of Key, and how it is read.
_FIELDS: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "id": ("id", _word(_ID, "an id is up to 64 letters, digits and ._-")),
    "sha256": ("digest", _digest),
    "models": ("models", _models),
    "rate": ("rate", _rate),
    "at_once": ("at_once", _at_once),
    "manages": ("manages", _manages),
    "expires": ("expires_s", _expiry),
}


def line_of(key_id: str, digest: str, options: Iterable[tuple[str, Any]]) -> str:
    """A line of the file, checked. Raises ValueError."""
    line = json.dumps({"id": key_id, "sha256": digest, **{name: value for name, value in options if value}})
    _key(line)
    return line + "\n"
