"""What a study's trials tell a sampler: how each ended, and which are under way. Knows no sampler.

It looks at all trials of a study, where Optuna's Hyperband shows a sampler only those of a bracket: what counts here
are trainings that went to their end, and those can be compared across brackets.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
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


def everything(study: Study) -> list[FrozenTrial]:
    """Every trial by number, as the storage has it now."""
    trials = study._storage.get_all_trials(study._study_id, deepcopy=False)
    return sorted(trials, key=lambda trial: int(trial.number))


def outcomes(study: Study) -> list[Outcome]:
    """What became of all that ended, by number; not of lost ones, which say nothing about their values."""
    return [Outcome(trial.number, trial.params, error_of(trial)) for trial in everything(study) if has_ended(trial)]


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
