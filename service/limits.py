"""What a model may take of a worker: how much is batched, how many rows may wait, and for how long. Knows no model."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from models.errors import quoted


@dataclass(frozen=True)
class Limits:
    """The limits of one model in one worker."""

    # The most rows of several requests that run together; 1: each request runs alone.
    batch_rows: int = field(default=64, metadata={"least": 1, "most": 100_000})
    # Milliseconds for which several requests wait for more of them; a lone request never waits.
    batch_wait_ms: int = field(default=0, metadata={"least": 0, "most": 10_000})
    # Rows that may wait for the model; with more, requests are refused.
    queue_rows: int = field(default=16384, metadata={"least": 1, "most": 10_000_000})
    # Milliseconds that a request may have to wait for the model; where it would be more, it is refused.
    queue_wait_ms: int = field(default=400, metadata={"least": 1, "most": 3_600_000})
    # Seconds that a request may take, from its first byte to its answer.
    request_timeout_s: int = field(default=30, metadata={"least": 1, "most": 3600})


KNOBS = {knob.name: knob for knob in fields(Limits)}


class BadLimits(ValueError):
    """A file of limits that cannot be read, or says what does not fit."""


def read_limits(path: Path, default: Limits) -> Mapping[str, Limits]:
    """The limits by model in a TOML file with one table per model; what a table leaves out is as in `default`.

    Raises BadLimits with a sentence that names the line, key or value.
    """
    try:
        document = tomllib.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise BadLimits(f"a TOML file with a table per model; {path}: {error}") from error
    return {name: replace(default, **_checked(name, table)) for name, table in document.items()}


def _checked(name: str, table: Any) -> dict[str, int]:
    if not isinstance(table, dict):
        raise BadLimits(f"a table per model, [{name}], with some of the keys {', '.join(KNOBS)}")
    for key, value in table.items():
        if key not in KNOBS:
            raise BadLimits(f"in [{name}] the keys {', '.join(KNOBS)}, not {quoted(key)}")
        least, most = KNOBS[key].metadata["least"], KNOBS[key].metadata["most"]
        if type(value) is not int or not least <= value <= most:
            raise BadLimits(f"in [{name}] {key} as a whole number from {least} to {most}, not {value!r}")
    return table
