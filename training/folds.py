"""The scores of a cross-validation as a manifest holds them, and as a sentence. Knows not how they are made."""

from collections.abc import Iterable

from models.manifest import Manifest

CROSS_VALIDATION = "cross-validation"  # beside "validation" and "test" among the scores
SPREAD = "_spread"  # behind a metric's name: the standard deviation of its values over the folds


def told(manifest: Manifest, metrics: Iterable[str] = ()) -> str:
    """These metrics, or all, in a sentence; empty where there was no cross-validation."""
    scores = manifest.scores.get(CROSS_VALIDATION, {})
    names = list(metrics) or [name for name in scores if not name.endswith(SPREAD)]
    if not (words := [f"{name} {scores[name]:.4g} ± {scores[name + SPREAD]:.2g}" for name in names if name in scores]):
        return ""
    folds, rows = manifest.training["config"]["folds"], sum(manifest.data["rows"].values())
    return f"Cross-validation over all {rows:,} rows in {folds} folds, mean ± standard deviation: {', '.join(words)}."
