"""What a search found, as sentences. Knows only what the manifest says."""

from models.manifest import Manifest
from models.study import Study

MOST = 3  # settings that are named as those that mattered


def told(manifest: Manifest) -> str:
    """How many trials there were and which was chosen; empty where nobody searched."""
    if (study := manifest.study) is None:
        return ""
    values = ", ".join(f"{name} {value:.4g}" for name, value in study.objectives.items())
    counts = ", ".join(f"{count:,} {state}" for state, count in study.counts.items())
    return (
        f"The settings are those of trial {study.trial}, the best of the study {study.name} ({counts}): {values} on "
        f"validation rows.{_of_front(study)} Sampler {study.sampler}, pruner {study.pruner}, seed {study.seed}; "
        f"{_duration(study.seconds)} of training in all trials together.{_what_mattered(study)}"
    )


def _of_front(study: Study) -> str:
    if not study.front:
        return ""
    several = f"of {len(study.front)} trials that none is better than in each objective, it has the least"
    return f" Several objectives have several best trials: {several} {next(iter(study.objectives))}."


def _what_mattered(study: Study) -> str:
    parts = [f"{key} ({100 * part:.0f}%)" for key, part in study.importances.items()][:MOST]
    return f" What mattered most: {', '.join(parts)}." if parts else ""


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} seconds" if seconds < 100 else f"{seconds / 60:.1f} minutes"
