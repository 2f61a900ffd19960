"""A version's scores beside those of the linear model. Knows only what the manifest says."""

from collections.abc import Mapping

from models.manifest import Manifest
from training.scores import LOWER_IS_BETTER

Bounds = Mapping[str, tuple[float, float]]


def score_header(manifest: Manifest) -> tuple[str, ...]:
    """What stands above the columns of `score_rows`."""
    return "metric", "this model, test", f"{manifest.baseline['name']}, test", "this model, validation"


def score_rows(manifest: Manifest) -> list[tuple[str, ...]]:
    """A row per metric; the model's own scores with their intervals in brackets."""
    test, validation = manifest.scores["test"], manifest.scores["validation"]
    return [
        (
            metric,
            _with_bounds(test, manifest.intervals.get("test", {}), metric),
            _text(manifest.baseline["test"], metric),
            _with_bounds(validation, manifest.intervals.get("validation", {}), metric),
        )
        for metric in test
    ]


def verdict(manifest: Manifest) -> str:
    """Whether the network is better than the linear model, in a sentence or two; empty where that is unknown."""
    bounds = manifest.intervals.get("test", {})
    if not (compared := [metric for metric in bounds if metric in manifest.baseline["test"]]):
        return ""
    equal = [metric for metric in compared if _reaches(metric, manifest.baseline["test"][metric], bounds[metric])]
    better = [metric for metric in compared if metric not in equal]
    if not equal:
        return f"By {_listed(better)} this model is better than the linear one, which scores outside the intervals."
    rest = f" By {_listed(better)} this model is better." if better else " So the linear model will do for such data."
    return (
        f"By {_listed(equal)} the linear model is at least as good: what it scores lies within this model's 95% "
        f"interval, or on the better side of it.{rest}"
    )


def _reaches(metric: str, value: float, bounds: tuple[float, float]) -> bool:
    low, high = bounds
    return value <= high if metric in LOWER_IS_BETTER else value >= low


def _listed(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _with_bounds(scores: Mapping[str, float], bounds: Bounds, metric: str) -> str:
    if metric not in bounds:
        return _text(scores, metric)
    low, high = bounds[metric]
    return f"{_text(scores, metric)} ({_number(low)} to {_number(high)})"


def _text(scores: Mapping[str, float], metric: str) -> str:
    return _number(scores[metric]) if metric in scores else "-"


def _number(value: float) -> str:
    return f"{value:.4f}" if abs(value) < 100 else f"{value:,.1f}"
