"""Searches that were run, kept line by line, so that a benchmark that is interrupted goes on. Knows no searcher."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks import kept
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
        return [_run(known) for file in files for known in kept.read(file)]

    def add(self, run: Run) -> None:
        """Keep it."""
        kept.add(self._folder / f"{run.problem}.jsonl", run)


def of(runs: Sequence[Run], problem: str, searcher: str, seconds: float) -> list[Run]:
    """Those of a searcher on a problem that had so long, by seed; of one that was repeated the last."""
    chosen = {run.seed: run for run in runs if (run.problem, run.searcher, run.seconds) == (problem, searcher, seconds)}
    return [chosen[seed] for seed in sorted(chosen)]


def _run(known: dict[str, Any]) -> Run:
    run = Run(**known)
    return replace(run, points=tuple(Point(**point) for point in known["points"]))
