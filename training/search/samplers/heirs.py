"""Samplers whose trials begin with the weights of an earlier one: what they write down. Knows no network.

The user attribute "parent" of a trial is the number of the trial whose weights it begins with; those that lack it begin
with random ones. A trial that repeats a lost one is what that was.
"""

from abc import abstractmethod

from optuna.study import Study
from optuna.trial import FrozenTrial

from training.search.marks import PARENT, RETRY_OF
from training.search.samplers.strategy import Points
from training.search.samplers.trials import everything, note

Origin = dict[str, int]  # user attributes


class Heirs(Points):
    """Chooses an earlier trial first, whose weights a trial inherits, and then values that begin with that one's."""

    inherits = True
    written: tuple[str, ...] = (PARENT,)  # the user attributes that tell where a trial comes from

    @abstractmethod
    def origin(self, study: Study, trial: FrozenTrial) -> Origin:
        """Where a trial comes from; without PARENT, it begins anew."""

    def before_trial(self, study: Study, trial: FrozenTrial) -> None:
        if RETRY_OF in trial.user_attrs:
            first = everything(study)[trial.user_attrs[RETRY_OF]].user_attrs
            note(study, trial, {key: first[key] for key in self.written if key in first})
        else:
            note(study, trial, self.origin(study, trial))

    def parent(self, study: Study, trial: FrozenTrial) -> FrozenTrial | None:
        """The trial that this one comes from."""
        number = trial.user_attrs.get(PARENT)
        return None if number is None else everything(study)[number]
