"""Searches that were run, kept line by line, so that a benchmark that is interrupted goes on. Knows no searcher."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import orjson

from benchmarks.searches.points import Point


@dataclass(frozen=True)
class Run:
    """One search, for so long, with one seed."""

    problem: str
    searcher: str
    seed: int
    seconds: float
    date: str
    others_share: float  # of the cores, which other programs took just before
    points: tuple[Point, ...]
    failure: str = ""  # a sentence, where it ended by itself

    @property
    def key(self) -> tuple[str, str, int, float]:
        """What makes it another run."""
        return self.problem, self.searcher, self.seed, self.seconds

    @property
    def networks(self) -> int:
        """Those that it has scored."""
        return sum(point.error is not None for point in self.points)


class Runs:
    """All that are kept in a folder, a file for each problem."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self) -> list[Run]:
        """All of them, in the order in which they were run."""
        files = sorted(self._folder.glob("*.jsonl"))
        return [run for file in files for line in file.read_bytes().splitlines() if (run := _run(line))]

    def add(self, run: Run) -> None:
        """Keep it, on a line of its own, also behind one that an interruption has cut off."""
        self._folder.mkdir(parents=True, exist_ok=True)
        file = self._folder / f"{run.problem}.jsonl"
        cut = file.exists() and (before := file.read_bytes()) and not before.endswith(b"\n")
        with file.open("ab") as lines:
            lines.write((b"\n" if cut else b"") + orjson.dumps(asdict(run)) + b"\n")


def of(runs: Sequence[Run], problem: str, searcher: str, seconds: float) -> list[Run]:
    """Those of a searcher on a problem that had so long, by seed; of one that was repeated the last."""
    chosen = {run.seed: run for run in runs if (run.problem, run.searcher, run.seconds) == (problem, searcher, seconds)}
    return [chosen[seed] for seed in sorted(chosen)]


def _run(line: bytes) -> Run | None:
    """None for half a line."""
    try:
        known: dict[str, Any] = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    run = Run(**known)
    return replace(run, points=tuple(Point(**point) for point in known["points"]))
