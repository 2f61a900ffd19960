"""Optuna's own samplers, with numbers that fit the number of trials. Knows no space beyond what Optuna sees.

Each trial gets a sampler made anew with a seed of its own. They keep what they need in the study; one random state that
goes on from trial to trial would make two workers draw the same, and one that starts again repeat itself.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, CmaEsSampler, NSGAIISampler, RandomSampler, TPESampler
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState

from training.search.samplers.strategy import Strategy, before_a_model


class Optunas(Strategy):
    """One of Optuna's samplers, made anew for each trial."""

    def __init__(self, make: Callable[[int], BaseSampler], seed: int) -> None:
        self._make = make  # takes a seed
        self._seed = seed
        self._latest: tuple[int, BaseSampler] | None = None  # the trial that is asked about, and its sampler

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        return self._of(trial).infer_relative_search_space(study, trial)  # type: ignore[no-any-return]

    def sample_relative(self, study: Study, trial: FrozenTrial, search_space: dict[str, Any]) -> dict[str, Any]:
        return self._of(trial).sample_relative(study, trial, search_space)  # type: ignore[no-any-return]

    def sample_independent(self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: Any) -> Any:
        return self._of(trial).sample_independent(study, trial, param_name, param_distribution)

    def before_trial(self, study: Study, trial: FrozenTrial) -> None:
        self._of(trial).before_trial(study, trial)

    def after_trial(self, study: Study, trial: FrozenTrial, state: TrialState, values: Sequence[float] | None) -> None:
        self._of(trial).after_trial(study, trial, state, values)

    def _of(self, trial: FrozenTrial) -> BaseSampler:
        if self._latest is None or self._latest[0] != trial.number:
            seed = np.random.SeedSequence((self._seed, trial.number)).generate_state(1)[0]
            self._latest = trial.number, self._make(int(seed))
        return self._latest[1]


def random(seed: int) -> Strategy:
    """Every value drawn evenly, whatever came before."""
    return Optunas(lambda each: RandomSampler(seed=each), seed)


def tpe(total: int, seed: int) -> Strategy:
    """Tree-structured Parzen estimators (Bergstra et al., 2011): where good trials are denser than bad ones.

    Optuna 5's defaults: jointly over all dimensions that each trial has, and away from trials that are under way.
    """
    return Optunas(lambda each: _tpe(total, each), seed)


def cmaes(total: int, seed: int) -> Strategy:
    """Covariance matrix adaptation (Hansen, 2016) of numbers; TPE for words and for what is there only sometimes."""
    return Optunas(
        # Optuna would warn of every word that CMA-ES leaves to TPE: it is meant.
        lambda each: CmaEsSampler(seed=each, independent_sampler=_tpe(total, each), warn_independent_sampling=False),
        seed,
    )


def nsga2(total: int, seed: int) -> Strategy:
    """NSGA-II (Deb et al., 2002): generations of crossings of those that no other beats in every objective."""
    population = max(4, min(50, total // 5))  # five generations, up to Optuna's population
    return Optunas(lambda each: NSGAIISampler(population_size=population, seed=each), seed)


def _tpe(total: int, seed: int) -> TPESampler:
    return TPESampler(n_startup_trials=before_a_model(total), seed=seed)
