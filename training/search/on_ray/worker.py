"""A worker whose trials run on a Ray cluster, many at once. Knows no other worker, and neither values nor weights."""

import os
import shutil
from pathlib import Path
from typing import Any

from ray import tune
from ray.tune import CheckpointConfig

from training.search import quota
from training.search.on_ray import members, population, trials
from training.search.on_ray.session import connected, room, share_mb
from training.search.on_ray.trainables import Epochs, Member
from training.search.post import Post
from training.search.processes import MIB
from training.search.turn import Bench
from training.search.worker import attended

PBT = "pbt"


def work(post: Post) -> int:
    """Work until the study has its total, or the process is asked to stop; returns an exit status."""
    return attended(post, _work)


def _work(bench: Bench) -> None:
    threads = bench.post.threads
    place = bench.post.weights.resolve() / f"ray-{os.getpid()}"
    try:
        with connected(bench.post.at_once, threads):
            bench.stop.listen()  # Ray has a handler of its own
            at_once, memory_mb = bench.post.at_once or room(threads), bench.post.memory_mb or share_mb(threads)
            what = _population if bench.sought.sampler == PBT else _trials
            what(bench, at_once, memory_mb, _options(place, threads, memory_mb))
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _options(place: Path, threads: int, memory_mb: int) -> dict[str, Any]:
    return {
        "name": "trials",
        "storage_path": str(place),
        "resources_per_trial": {"cpu": threads, "memory": memory_mb * MIB},
        "reuse_actors": True,  # so that TensorFlow is imported once
        "raise_on_failed_trial": False,
        "verbose": 0,
        "trial_dirname_creator": lambda trial: str(trial.trial_id),
    }


def _trials(bench: Bench, at_once: int, memory_mb: int, options: dict[str, Any]) -> None:
    """Each by itself. Raises Over."""
    taken = trials.Trials(bench, at_once, memory_mb)
    tune.run(
        Epochs,
        search_alg=taken,
        scheduler=trials.scheduler(bench),
        stop=trials.End(taken),
        callbacks=[trials.Beats(taken)],
        num_samples=-1,
        **options,
    )


def _population(bench: Bench, at_once: int, memory_mb: int, options: dict[str, Any]) -> None:
    """Each from the weights of another. Raises Over."""
    config = members.config(bench, memory_mb)
    bred = population.Population(bench, len(config["member"]["grid_search"]))
    tune.run(
        Member,
        config=config,
        scheduler=members.scheduler(bench),
        stop=bred,
        callbacks=[population.Chronicle(bred)],
        checkpoint_config=CheckpointConfig(checkpoint_frequency=1),
        max_failures=quota.DEATHS - 1,
        max_concurrent_trials=at_once,
        **options,
    )
