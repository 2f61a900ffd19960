"""What a search tells of each network that it has trained: when, and how good; a line each. Knows no search."""

import json
import math
import time
from dataclasses import dataclass
from pathlib import Path

DIGITS = 6  # of an error, after the point: Keras tells float32


@dataclass(frozen=True)
class Point:
    """A training that is over."""

    seconds: float  # since the search was started, as a process
    error: float | None  # on validation rows; None where it failed or was stopped


def tell(file: Path, error: float | None) -> None:
    """Write that a training is over now."""
    with file.open("a") as lines:
        lines.write(json.dumps([time.time(), shown(error)]) + "\n")


def shown(error: float | None) -> float | None:
    """An error to the digits that all searchers have, so that equal ones are so, whoever computed them; or None."""
    return round(error, DIGITS) if error is not None and math.isfinite(error) else None


def told(file: Path, started: float) -> list[Point]:
    """All of a search that was started then, by the clock of `time.time`."""
    if not file.exists():
        return []
    pairs = [json.loads(line) for line in file.read_text().splitlines() if line.endswith("]")]  # one may be cut off
    return [Point(at - started, error) for at, error in pairs]
