"""The attributes by which a study's trials say what became of them. Knows no sampler and no worker."""

from optuna.trial import FrozenTrial, TrialState

LOST = "lost"  # why a trial neither counts nor will
ERROR = "error"  # a sentence, of a trial that failed
PARENT = "parent"  # number of the trial whose weights this one begins with
RETRY_OF = "retry_of"  # number of the lost trial that this one repeats


def is_lost(trial: FrozenTrial) -> bool:
    """Whether a trial neither counts nor will: one that failed by itself says why, and was not given up meanwhile."""
    return trial.state is TrialState.FAIL and (LOST in trial.user_attrs or ERROR not in trial.user_attrs)
