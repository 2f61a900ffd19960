"""Which trials end before their last epoch, by name: Optuna's pruners with numbers that fit the epochs. Knows no trial.

Each is told a value an epoch, at steps from 1.
"""

from collections.abc import Callable

from optuna.pruners import BasePruner, HyperbandPruner, MedianPruner, NopPruner, SuccessiveHalvingPruner
from optuna.study import Study
from optuna.trial import FrozenTrial

from models.errors import listed
from training.errors import InvalidOverride

REDUCTION = 3  # of all that reach a rung, one in so many goes on to the next, which has so many times the epochs


def pruner(name: str, *, epochs: int, objectives: int = 1) -> BasePruner:
    """The pruner of that name for trainings of so many epochs.

    Raises InvalidOverride for a name that is not known, and for several objectives, of which none alone tells which
    trial is bad.
    """
    if name not in _PRUNERS:
        raise InvalidOverride(f"There is no pruner {name!r}. Known pruners: {listed(PRUNERS)}.")
    if objectives > 1 and name != "none":
        raise InvalidOverride(
            f"The pruner {name} compares by one objective, and {objectives} are sought: choose pruner=none."
        )
    return BeforeTheEnd(_PRUNERS[name](epochs), epochs)


class BeforeTheEnd(BasePruner):  # type: ignore[misc]  # Optuna is untyped
    """A pruner that leaves alone what has had its last epoch: stopping it would save nothing, and lose its result.

    Successive halving would, where its highest rung is the last epoch.
    """

    def __init__(self, inner: BasePruner, epochs: int) -> None:
        self._inner = inner
        self._epochs = epochs

    def prune(self, study: Study, trial: FrozenTrial) -> bool:
        """Whether a trial is to end after the epoch that it reported last."""
        return trial.last_step is not None and trial.last_step < self._epochs and self._inner.prune(study, trial)


def _none(_: int) -> BasePruner:
    return NopPruner()


def _median(epochs: int) -> BasePruner:
    """Stops what is worse than half of the trials at the same epoch; not in a first third: the slow may end best."""
    return MedianPruner(n_startup_trials=5, n_warmup_steps=max(1, epochs // 3), n_min_trials=3)


def _asha(epochs: int) -> BasePruner:
    """Asynchronous successive halving (Li et al., A System for Massively Parallel Hyperparameter Tuning, 2020)."""
    return SuccessiveHalvingPruner(min_resource=least(epochs), reduction_factor=REDUCTION)


def _hyperband(epochs: int) -> BasePruner:
    """Several of the above, which begin to stop sooner or later (Li et al., Hyperband, JMLR 2018)."""
    return HyperbandPruner(min_resource=least(epochs), max_resource=max(epochs, 1), reduction_factor=REDUCTION)


def least(epochs: int) -> int:
    """Epochs that every trial gets: few enough for three rungs below the end, of 1/27, 1/9 and 1/3."""
    return max(1, round(epochs / REDUCTION**3))


_PRUNERS: dict[str, Callable[[int], BasePruner]] = {
    "none": _none,
    "median": _median,
    "asha": _asha,
    "hyperband": _hyperband,
}
PRUNERS = tuple(_PRUNERS)
