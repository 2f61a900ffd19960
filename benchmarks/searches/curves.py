"""Best error against time, over several seeds. Knows not who searched."""

import math
from collections.abc import Sequence
from statistics import median

from benchmarks.searches.runs import Run


def best(run: Run, seconds: float) -> float:
    """The least error of a run until then; infinite before its first network is scored."""
    return min(
        (point.error for point in run.points if point.error is not None and point.seconds <= seconds), default=math.inf
    )


def median_best(runs: Sequence[Run], seconds: float) -> float:
    """The same, as median over seeds: the height of the median curve."""
    return median(best(run, seconds) for run in runs)


def first(runs: Sequence[Run]) -> float:
    """When the first network of a run is scored, as median over seeds."""
    return median(min((p.seconds for p in run.points if p.error is not None), default=math.inf) for run in runs)


def reached(runs: Sequence[Run], error: float) -> float:
    """When the median curve comes to an error; infinite where it does not within the time of the runs."""
    steps = sorted({point.seconds for run in runs for point in run.points if point.seconds <= run.seconds})
    return next((seconds for seconds in steps if median_best(runs, seconds) <= error), math.inf)


def share_of_time(runs: Sequence[Run], others: Sequence[Run]) -> float:
    """The time in which `runs` come to where the median curve of `others` ends, by the time that those took for it."""
    error = median_best(others, others[0].seconds)
    if math.isinf(error):  # they have come nowhere
        return 0.0 if not math.isinf(median_best(runs, runs[0].seconds)) else math.inf
    return reached(runs, error) / reached(others, error)


def ratio(runs: Sequence[Run], others: Sequence[Run], seconds: float) -> float:
    """The median error of `runs` at that time, by that of `others`; infinite where `runs` have none yet."""
    ours, theirs = median_best(runs, seconds), median_best(others, seconds)
    if math.isinf(ours):
        return math.inf
    if theirs == 0:
        return 1.0 if ours == 0 else math.inf
    return ours / theirs
