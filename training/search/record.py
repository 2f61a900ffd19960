"""Reads an Optuna study into a Record: the last that knows Optuna on the way to a report. Knows no training."""

import math
import warnings
from collections.abc import Mapping
from typing import Any

from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState

from training.errors import UnusableStudy
from training.record import COMPLETE, FAILED, LOST, PRUNED, RUNNING, WAITING, Record, TrialRecord
from training.search.marks import ERROR, PARENT, RETRY_OF, is_lost

ATTRIBUTE = "heaviside"  # what we write down of a study, among its attributes
FORMAT = 1
LEAST_TRIALS = 20  # complete ones, for importances: of fewer, chance tells as much as the settings
BEST = 15  # trials, which importances compare with the rest: of few trials the best 30%, of many the best 10%
MOST_POINTS = 60  # of the course of a trial

_STATES = {
    TrialState.COMPLETE: COMPLETE,
    TrialState.PRUNED: PRUNED,
    TrialState.FAIL: FAILED,
    TrialState.RUNNING: RUNNING,
    TrialState.WAITING: WAITING,
}


def record_of(study: Study) -> Record:
    """All that is known of a study. Raises UnusableStudy for one that no search of this package began."""
    about = _about(study)
    trials = tuple(_trial(trial) for trial in study.get_trials(deepcopy=False))
    importances, reason = _importances(study)
    return Record(
        name=study.study_name,
        recipe=about["recipe"],
        objectives=tuple(about["objectives"]),
        sampler=about["sampler"],
        pruner=about["pruner"],
        space=about["space"],
        seed=about["seed"],
        total=about["total"],
        data=about["data"],
        trials=trials,
        front=_front(study, trials),
        importances=importances,
        without_importances=reason,
    )


def _about(study: Study) -> Mapping[str, Any]:
    about = study.user_attrs.get(ATTRIBUTE)
    if not isinstance(about, dict) or about.get("format") != FORMAT:
        raise UnusableStudy(
            f"The study {study.study_name} was not begun by this Heaviside, so it cannot be told what it searched. "
            "Name another study, or begin one."
        )
    return about


def _trial(trial: FrozenTrial) -> TrialRecord:
    told = trial.user_attrs
    course = sorted((epoch, value) for epoch, value in trial.intermediate_values.items() if math.isfinite(value))
    duration = trial.duration.total_seconds() if trial.duration else None
    return TrialRecord(
        number=trial.number,
        state=_state(trial),
        values=_values(trial),
        params=dict(trial.params),
        course=tuple(_thinned(course)),
        epochs=told.get("epochs", max(trial.intermediate_values, default=None)),
        seconds=told.get("seconds", duration),
        parameters=told.get("parameters"),
        scores=_finite(told.get("scores") or {}),
        parent=told.get(PARENT),
        retry_of=told.get(RETRY_OF),
        worker=str(told.get("worker", "")),
        failure=str(told.get(ERROR, "")),
    )


def _state(trial: FrozenTrial) -> str:
    """A failed trial says why; one that was lost with its worker had no time to."""
    return LOST if is_lost(trial) else _STATES[trial.state]


def _values(trial: FrozenTrial) -> tuple[float, ...]:
    values = trial.values or ()
    return tuple(map(float, values)) if all(map(math.isfinite, values)) else ()


def _finite(scores: Mapping[str, Any]) -> dict[str, float]:
    return {name: float(score) for name, score in scores.items() if math.isfinite(score)}


def _thinned(course: list[tuple[int, float]]) -> list[tuple[int, float]]:
    """At most MOST_POINTS of them, evenly, the last among them."""
    step = -(-len(course) // MOST_POINTS)
    return course[::-1][:: max(step, 1)][::-1]


def _front(study: Study, trials: tuple[TrialRecord, ...]) -> tuple[int, ...]:
    """Where there are several objectives, by the first of them."""
    if len(study.directions) == 1:
        return ()
    numbers = {trial.number for trial in study.best_trials}
    of_front = [trial for trial in trials if trial.number in numbers and trial.values]
    return tuple(trial.number for trial in sorted(of_front, key=lambda trial: (trial.values, trial.number)))


def _importances(study: Study) -> tuple[dict[str, float], str]:
    """By how much the best trials differ from what an even draw from the space would give; or why nobody can tell.

    Conditional PED-ANOVA (S. Watanabe et al., PED-ANOVA, 2023): of Optuna's evaluators the one that takes settings
    which are there in some trials only. It takes 0.05 s for 1,000 trials, where fANOVA's forest takes 26 s. The best
    are compared with the space and not with the other trials, which a sampler has drawn to the same places already.
    """
    complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    if len(complete) < LEAST_TRIALS:
        return (
            {},
            f"It takes {LEAST_TRIALS} complete trials to tell which settings matter; the study has {len(complete)}.",
        )
    if len({tuple(trial.values) for trial in complete}) == 1:
        return {}, "All trials are equally good, so no setting matters."
    quantile = max(0.1, min(0.3, BEST / len(complete)))
    evaluator = PedAnovaImportanceEvaluator(target_quantile=quantile, evaluate_on_local=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Optuna warns of settings that few trials have
        parts = get_param_importances(study, evaluator=evaluator)
    return {key: float(part) for key, part in sorted(parts.items(), key=lambda item: -item[1])}, ""
