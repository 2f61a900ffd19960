"""What a study's trials tell a sampler: how each ended, and which are under way. Knows no sampler.

It looks at all trials of a study, where Optuna's Hyperband shows a sampler only those of a bracket: what counts here
are trainings that went to their end, and what others would have come to; both can be compared across brackets.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState

from training.search.marks import is_lost
from training.space import Values


@dataclass(frozen=True)
class Outcome:
    """What became of a trial."""

    number: int
    values: Values
    error: float  # infinite for one that was stopped as bad, or whose config does not train
    told: Mapping[int, float] = field(default_factory=dict)  # of one that trains: by epoch, from 1
    seconds: float | None = None  # that its training took, or would have taken to its end

    def least(self, epoch: int) -> float:
        """The least that it told until then; infinite where it told nothing."""
        return min((value for each, value in self.told.items() if each <= epoch), default=math.inf)


def everything(study: Study) -> list[FrozenTrial]:
    """Every trial by number, as the storage has it now."""
    trials = study._storage.get_all_trials(study._study_id, deepcopy=False)
    return sorted(trials, key=lambda trial: int(trial.number))


def outcomes(study: Study) -> list[Outcome]:
    """What became of all that ended, by number; not of lost ones, which say nothing about their values."""
    ended = [trial for trial in everything(study) if has_ended(trial)]
    epochs = max((trial.last_step or 0 for trial in ended), default=0)
    return [
        Outcome(trial.number, trial.params, error_of(trial), _told(trial), _seconds(trial, epochs)) for trial in ended
    ]


def expected_errors(ended: Sequence[Outcome]) -> list[float]:
    """The error of each; of one that was stopped, what it would have come to; infinite for what does not train.

    It would have gained from its last epoch on what those that went to their end gained, as a factor, in the middle.
    It is not taken for better than the best of them, as nobody has seen that.
    """
    whole = [each for each in ended if math.isfinite(each.error)]
    return [each.error if math.isfinite(each.error) else _expected(each, whole) for each in ended]


def _expected(stopped: Outcome, whole: Sequence[Outcome]) -> float:
    epoch = max(stopped.told, default=0)
    gains = [each.error / each.least(epoch) for each in whole if 0 < each.least(epoch) < math.inf]
    if not gains or not math.isfinite(stopped.least(epoch)):
        return math.inf
    return max(stopped.least(epoch) * median(gains), min(each.error for each in whole))


def _seconds(trial: FrozenTrial, epochs: int) -> float | None:
    """How long its training took; for one that was stopped, how long so many epochs would have taken."""
    if trial.state is TrialState.PRUNED and trial.last_step and trial.duration is not None:
        return float(trial.duration.total_seconds() * epochs / trial.last_step)
    seconds: float | None = trial.user_attrs.get("seconds")
    return seconds


def _told(trial: FrozenTrial) -> Mapping[int, float]:
    """What a training that did not fail told; a number that is none says nothing."""
    if trial.state is TrialState.FAIL:
        return {}
    return {epoch: value for epoch, value in trial.intermediate_values.items() if math.isfinite(value)}


def has_ended(trial: FrozenTrial) -> bool:
    """Whether a trial tells something about its values."""
    return trial.state.is_finished() and not is_lost(trial) and bool(trial.params)


def error_of(trial: FrozenTrial) -> float:
    """Its value, of those that went to their end."""
    if trial.state is not TrialState.COMPLETE or math.isnan(trial.values[0]):
        return math.inf
    return float(trial.values[0])


def running(study: Study, but: FrozenTrial) -> list[Values]:
    """The values of the trials that others have under way, where all are known already."""
    return [
        trial.params
        for trial in everything(study)
        if trial.state is TrialState.RUNNING and trial.number != but.number and trial.params
    ]


def undecided_before(trials: Iterable[FrozenTrial], trial: FrozenTrial, key: str) -> int:
    """How many of `trials` began just before a trial and have not yet said, by an attribute, what they take.

    Two workers that ask at the same time would take the same; so the later one leaves as many to the earlier ones. What
    is left to take must be seen in the same `trials`: one that decides between two looks would be in neither.
    """
    return sum(
        other.state is TrialState.RUNNING and other.number < trial.number and key not in other.user_attrs
        for other in trials
    )


def note(study: Study, trial: FrozenTrial, attributes: Mapping[str, Any]) -> None:
    """Write down for all workers, and for whoever holds the trial, what it is."""
    for key, value in attributes.items():
        study._storage.set_trial_user_attr(trial._trial_id, key, value)
        trial.user_attrs[key] = value  # Optuna's Trial shows what it had before the sampler wrote
