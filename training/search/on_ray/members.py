"""With which members Ray's population-based training begins, and how it changes them. Knows no trial's end."""

import random
from typing import Any

import numpy as np
from ray import tune
from ray.tune.schedulers import PopulationBasedTraining

from training.search import quota
from training.search.on_ray.spaces import drawn, mutations, within
from training.search.on_ray.trainables import VALUE, Brood
from training.search.samplers.pbt import FACTORS, REDRAWN, Member
from training.search.turn import Bench
from training.space import Space

QUANTILE = 0.25  # the worst quarter takes over from the best


def scheduler(bench: Bench) -> PopulationBasedTraining:
    """Which member takes over from which, after each generation."""
    space = bench.sought.dimensions

    def in_range(config: dict[str, Any]) -> dict[str, Any]:
        return {**config, "member": {**config["member"], "point": within(space, config["member"]["point"])}}

    random.seed(bench.sought.seed)  # Ray's scheduler draws from there
    return PopulationBasedTraining(
        "training_iteration",
        metric=VALUE,
        mode="min",
        perturbation_interval=1,
        hyperparam_mutations={"member": {"point": mutations(space)}},
        quantile_fraction=QUANTILE,
        resample_probability=REDRAWN,
        perturbation_factors=FACTORS,
        custom_explore_fn=in_range,
        log_config=False,
    )


def config(bench: Bench, memory_mb: int) -> dict[str, Any]:
    """Of the members: those that the study has go on where they were, those with the fewest generations first."""
    space, chance = bench.sought.dimensions, np.random.RandomState(bench.sought.seed)
    left = bench.sought.total - len(quota.done(quota.trials_of(bench.study)))
    known = sorted(
        bench.study.sampler.members(quota.trials_of(bench.study)), key=lambda member: (len(member.ended), member.index)
    )
    members = [_begin(member, space, chance, bench) for member in known[:left]]
    brood = Brood(bench.assignment(bench.config), space, memory_mb)
    return {"brood": brood, "member": tune.grid_search(members)}


def _begin(member: Member, space: Space, chance: np.random.RandomState, bench: Bench) -> dict[str, Any]:
    point, trial = drawn(space, chance), member.whole
    if trial is None:
        return {"index": member.index, "point": point, "start": None, "parent": None}
    weights = bench.post.weights.resolve() / f"{trial.number}.npz"
    return {"index": member.index, "point": point | trial.params, "start": weights, "parent": trial.number}
