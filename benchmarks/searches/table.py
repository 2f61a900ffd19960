"""What searches came to, as a report: errors at fixed times, and whether ours are as wanted. Knows no process."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from statistics import median

from benchmarks.machine import machine
from benchmarks.report import Report
from benchmarks.searches import curves
from benchmarks.searches.problem import Problem
from benchmarks.searches.runs import Run, of
from benchmarks.searches.searcher import CHAPTER, KERAS_TUNERS, RANDOM, Searcher
from benchmarks.targets import Target

SHARES = (0.1, 0.25, 0.5, 0.75, 1.0)  # of the time of a run, at which the curve is told
MOST_TIME = 1 / 3  # of random search's, in which ours is to come to where that ends
DASH = "–"  # noqa: RUF001


@dataclass(frozen=True)
class Asked:
    """What was to be run."""

    problems: Sequence[Problem]
    searchers: Sequence[Searcher]
    ours: Sequence[str]  # those of the searchers that have targets
    seconds: float
    seeds: int


def report(runs: Sequence[Run], asked: Asked) -> Report:
    """A line for each problem and searcher. All runs that had so long count, whenever they were."""
    times = [share * asked.seconds for share in SHARES]
    columns = ("data", "searched by", *(f"{time:.0f} s" for time in times), "least", "greatest", "networks", "first s",
               "runs", "failures")  # fmt: skip
    counted = [run for run in runs if run.seconds == asked.seconds and _is_asked(run, asked)]
    groups = [list(_rows(counted, problem, asked, times)) for problem in asked.problems]
    found = [target for problem in asked.problems for target in targets(counted, problem, asked)]
    return Report(
        "search", columns, groups, _notes(counted, asked), found, {"runs": list(map(asdict, counted))}, machine(),
        [run.others_share for run in counted], texts=2,
    )  # fmt: skip


def targets(runs: Sequence[Run], problem: Problem, asked: Asked) -> Iterator[Target]:
    """Of each of ours, beside those that were run. No verdict beside one that failed: it might have been better."""
    for name in asked.ours:
        if ours := of(runs, problem.name, name, asked.seconds):
            for random in (CHAPTER, RANDOM):
                yield from _beside_random(name, ours, problem, of(runs, problem.name, random, asked.seconds))
            for other, most in (*((other, 1.0) for other in KERAS_TUNERS), (CHAPTER, None)):
                if theirs := of(runs, problem.name, other, asked.seconds):
                    yield from _beside(f"{problem.name}: error of {name} / {other}", ours, theirs, most)


def _beside_random(name: str, ours: Sequence[Run], problem: Problem, random: Sequence[Run]) -> Iterator[Target]:
    if not random or name == random[0].searcher:
        return
    error = curves.median_best(random, random[0].seconds)
    what = f"{problem.name}: time in which {name} comes to where {random[0].searcher} ends"
    yield Target(
        f"{what} / its time to there", curves.share_of_time(ours, random), most=_unless_failed(MOST_TIME, random)
    )
    yield Target(f"{what} / the whole time", curves.reached(ours, error) / random[0].seconds)


def _beside(what: str, ours: Sequence[Run], theirs: Sequence[Run], most: float | None) -> Iterator[Target]:
    seconds, most = ours[0].seconds, _unless_failed(most, theirs)
    yield Target(f"{what}, at the end", curves.ratio(ours, theirs, seconds), most=most)
    yield Target(f"{what}, at half time", curves.ratio(ours, theirs, seconds / 2), most=most)


def _unless_failed(most: float | None, theirs: Sequence[Run]) -> float | None:
    return None if any(run.failure for run in theirs) else most


def _rows(runs: Sequence[Run], problem: Problem, asked: Asked, times: Sequence[float]) -> Iterator[tuple[str, ...]]:
    for searcher in asked.searchers:
        if its := of(runs, problem.name, searcher.name, asked.seconds):
            ends = [curves.best(run, asked.seconds) for run in its]
            errors = [*(curves.median_best(its, time) for time in times), min(ends), max(ends)]
            networks, first = f"{median(run.networks for run in its):.0f}", curves.first(its)
            failures = sum(bool(run.failure) for run in its)
            yield (problem.name, searcher.name, *map(_error, errors), networks, _seconds(first), str(len(its)),
                   str(failures))  # fmt: skip


def _notes(runs: Sequence[Run], asked: Asked) -> list[str]:
    what = "; ".join(f"{searcher.name}: {searcher.what}" for searcher in asked.searchers)
    errors = "; ".join(f"{problem.name}: {problem.error}, {' '.join(problem.words)}" for problem in asked.problems)
    dates = sorted(run.date for run in runs)
    return [
        "The least error so far on validation rows, as median over seeds, after so many seconds from the start of the "
        f"process. Errors and what is the same in all trials: {errors}.",
        "least, greatest: of the seeds, at the end; networks: that were scored, as median; first s: until the first.",
        f"Searched by: {what}.",
        *([f"Runs from {dates[0]} to {dates[-1]}."] if dates else []),
        *(f"Failed: {run.searcher} on {run.problem}, seed {run.seed}: {run.failure}" for run in runs if run.failure),
        *_missing(runs, asked),
    ]


def _missing(runs: Sequence[Run], asked: Asked) -> list[str]:
    wanted = len(asked.problems) * len(asked.searchers) * asked.seeds
    there = len({run.key for run in runs})
    return [f"{there} of {wanted} runs are there: the same command goes on."] if there < wanted else []


def _is_asked(run: Run, asked: Asked) -> bool:
    names = {searcher.name for searcher in asked.searchers}
    return run.searcher in names and run.seed <= asked.seeds and run.problem in {each.name for each in asked.problems}


def _error(value: float) -> str:
    return DASH if math.isinf(value) else f"{value:.4f}"


def _seconds(value: float) -> str:
    return DASH if math.isinf(value) else f"{value:.1f}"
