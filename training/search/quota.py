"""Which trials of a study count, so that all workers together end at its total exactly. Knows no process.

Optuna's own count is per process. Here a trial counts from the moment it is asked for, unless it is lost: its worker
or its process died, it was given back, or it was one too many. A lost trial stays in the study, and what it was to
train is asked for again under another number.
"""

from collections.abc import Iterable, Sequence

import optuna
from optuna.exceptions import UpdateFinishedTrialError
from optuna.trial import FrozenTrial, TrialState

from training.search.marks import ERROR, LOST, RETRY_OF, is_lost

# Why a trial is lost.
DIED, RETURNED, SURPLUS = "died", "returned", "surplus"
DEATHS = 3  # of which the last makes a trial count as failed

Trials = Sequence[FrozenTrial]


def trials_of(study: optuna.Study) -> Trials:
    """All trials as they are now, to be read only."""
    trials: Trials = study.get_trials(deepcopy=False)
    return trials


def trial(study: optuna.Study, number: int) -> FrozenTrial:
    """The trial of that number as it is now, to be read only."""
    return _trial(trials_of(study), number)


def counted(trials: Iterable[FrozenTrial]) -> list[FrozenTrial]:
    """The trials that are not lost, by number: those that wait and run, too."""
    return [each for each in trials if not is_lost(each)]


def done(trials: Iterable[FrozenTrial]) -> list[FrozenTrial]:
    """The trials that count and are over: complete, pruned or failed."""
    return [each for each in counted(trials) if each.state.is_finished()]


def ask(study: optuna.Study, total: int) -> optuna.Trial | None:
    """A trial to run; None where none is to be run now. There may be one later, when a running one is lost."""
    there = counted(trials_of(study))
    if len(there) >= total and not any(each.state is TrialState.WAITING for each in there):
        return None
    asked = study.ask()
    numbers = [each.number for each in counted(trials_of(study))]
    if asked.number in numbers[:total]:
        return asked
    lose(study, asked.number, SURPLUS)  # another worker asked at the same time
    return None


def tell(study: optuna.Study, number: int, state: TrialState, values: Sequence[float] | None = None) -> bool:
    """End a running trial; False where it is over already, as another took its worker for dead."""
    try:
        study.tell(number, values, state)
    except (UpdateFinishedTrialError, ValueError):  # Optuna's two words for that
        return False
    return True


def fail(study: optuna.Study, number: int, sentence: str) -> bool:
    """End a running trial as one that cannot be trained; False where it is over already."""
    return _marked(study, number, ERROR, sentence) and tell(study, number, TrialState.FAIL)


def lose(study: optuna.Study, number: int, why: str) -> bool:
    """Count a running trial no more; False where it is over already, and another was the first to see that.

    What was chosen for it is asked for again, but not for the third trial whose process died of it: that one failed.
    """
    running = trial(study, number)
    if why == DIED and _deaths(running, trials_of(study)) >= DEATHS:
        return fail(study, number, f"Its process or its worker died {DEATHS} times.")
    if not (_marked(study, number, LOST, why) and tell(study, number, TrialState.FAIL)):
        return False
    chosen = running.params or running.system_attrs.get("fixed_params")
    if why != SURPLUS and chosen:
        study.enqueue_trial(chosen, user_attrs={RETRY_OF: number})
    return True


def _marked(study: optuna.Study, number: int, key: str, value: str) -> bool:
    """Set an attribute of a running trial; False where it is over already."""
    try:
        study._storage.set_trial_user_attr(trial(study, number)._trial_id, key, value)
    except UpdateFinishedTrialError:
        return False
    return True


def _trial(trials: Trials, number: int) -> FrozenTrial:
    return next(each for each in trials if each.number == number)


def _deaths(trial: FrozenTrial, trials: Trials) -> int:
    """How often a trial died, with the one that it repeats, and the one that that repeats, and this time."""
    deaths, earlier = 1, trial
    while (number := earlier.user_attrs.get(RETRY_OF)) is not None:
        earlier = _trial(trials, number)
        deaths += earlier.user_attrs.get(LOST) == DIED
    return deaths
