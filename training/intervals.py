"""How far scores could lie elsewhere by the luck of which rows were drawn. Knows no metric by what it measures.

B. Efron and R. Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13: percentile intervals.
"""

from collections.abc import Iterator, Mapping

import numpy as np

from training.scores import Metric

COVERAGE = 0.95
RESAMPLES = 1000  # of a split of up to 20,000 rows
FEWEST_RESAMPLES = 200  # of one of 100,000 rows and more, to stay within seconds
SEED = 42

_DRAWS = 20_000_000  # rows that all resamples have together
_AT_ONCE = 1_000_000  # rows that are drawn at a time, for the memory

# A resample adds its own noise to the gap of every bin, so that nearly all have a larger error than the rows have.
_BIASED = frozenset({"ece"})


def intervals(metrics: Mapping[str, Metric], rows: int) -> dict[str, tuple[float, float]]:
    """The 95% bootstrap interval of each metric of a split: in so many resamples the score lies between its bounds.

    The same rows give the same intervals. A metric whose resamples say nothing about it has none.
    """
    wanted = {name: metric for name, metric in metrics.items() if name not in _BIASED}
    samples = [{name: metric(weights) for name, metric in wanted.items()} for weights in _weights(rows)]
    return {name: _middle(np.concatenate([of[name] for of in samples])) for name in wanted}


def resamples(rows: int) -> int:
    """How many resamples a split of so many rows gets."""
    return max(FEWEST_RESAMPLES, min(RESAMPLES, _DRAWS // rows))


def _weights(rows: int) -> Iterator[np.ndarray]:
    """How often each row was drawn, (samples, rows), a few samples at a time."""
    generator = np.random.default_rng(SEED)
    left, most = resamples(rows), max(1, _AT_ONCE // rows)
    while left:
        samples = min(left, most)
        drawn = generator.integers(rows, size=(samples, rows)) + np.arange(samples)[:, None] * rows
        yield np.bincount(drawn.ravel(), minlength=samples * rows).reshape(samples, rows).astype(np.float64)
        left -= samples


def _middle(values: np.ndarray) -> tuple[float, float]:
    """The bounds of the middle 95%, of the samples in which the metric is a number."""
    outside = 100 * (1 - COVERAGE) / 2
    low, high = np.nanpercentile(values, [outside, 100 - outside])
    return float(low), float(high)
