"""A sampler as this project's searches use one, and one that chooses all values of a trial at once. Knows no network.

What a sampler goes by is in the study's trials, and nothing of it in memory: several processes ask the same study, and
any of them may die. Chance comes from the seed and a trial's number, so that no two trials get the same draws, one
worker repeats itself, and one that is started again goes on as if it had not stopped.
"""

from abc import abstractmethod
from typing import Any

import numpy as np
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler
from optuna.study import Study
from optuna.trial import FrozenTrial

from training.search.samplers.positions import at
from training.search.suggestions import distributions
from training.space import Space, Value, Values

MOST_BEFORE_A_MODEL = 6  # trials; starts.py chooses the first of them


def before_a_model(total: int) -> int:
    """How many trials come before a model of them: a fifth of a study that has less than 30."""
    return min(MOST_BEFORE_A_MODEL, max(4, total // 5))


class Strategy(BaseSampler):  # type: ignore[misc]  # Optuna is untyped
    """A sampler, and what a worker must know of it."""

    inherits = False  # whether a trial begins with the weights of the one that its user attribute "parent" names
    epochs_per_trial: int | None = None  # how long a trial trains, where that is not for the config to say

    def exhausted(self, study: Study) -> bool:
        """Whether there is nothing left that has not been tried or is not being tried."""
        return False


class Points(Strategy):
    """Chooses all values of a trial at once."""

    def __init__(self, space: Space, seed: int) -> None:
        self._space = space
        self._seed = seed

    @abstractmethod
    def point(self, study: Study, trial: FrozenTrial, random: np.random.Generator) -> Values:
        """The values of a trial, for those dimensions that are there."""

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        return distributions(self._space)

    def sample_relative(self, study: Study, trial: FrozenTrial, search_space: dict[str, Any]) -> Values:
        return self.point(study, trial, self.random(trial))

    def sample_independent(self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: Any) -> Value:
        """A value for a dimension that the point lacks: only where other values were given from outside."""
        keys = [dimension.key for dimension in self._space]
        index = keys.index(param_name)
        return at(self._space.dimensions[index].range, self.random(trial, index).random())

    def random(self, trial: FrozenTrial, *more: int) -> np.random.Generator:
        """Chance for a trial, and for some part of what is chosen for it."""
        return np.random.default_rng((self._seed, trial.number, *more))
