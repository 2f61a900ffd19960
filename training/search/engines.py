"""What runs the trials of a search, by name: processes of this machine, or a Ray cluster. Knows no study."""

import multiprocessing
import sys
from collections.abc import Callable
from importlib.util import find_spec
from multiprocessing.context import ForkServerContext, SpawnContext

from models.errors import listed
from training.errors import InvalidOverride, UnusableCluster
from training.search.post import Post
from training.search.processes import served
from training.search.worker import CANNOT, work

PROCESSES, RAY = ENGINES = ("processes", "ray")
PRUNERS_OF_RAY = ("none", "asha")
MISSING = 'ENGINE=ray needs Ray Tune, which is not installed: pip install "heaviside[ray]".'

Work = Callable[[Post], int]


def check(engine: str) -> None:
    """Raises InvalidOverride for an engine that is not known, and UnusableCluster for one that is not installed."""
    if engine not in ENGINES:
        raise InvalidOverride(f"ENGINE={engine[:40]} does not fit: ENGINE is one of {listed(ENGINES)}.")
    if engine == RAY and find_spec("ray") is None:
        raise UnusableCluster(MISSING)


def check_together(engine: str, sampler: str, pruner: str) -> None:
    """Raises InvalidOverride for what Ray does not do."""
    if engine == RAY and pruner not in PRUNERS_OF_RAY:
        raise InvalidOverride(f"ENGINE=ray has no pruner {pruner}: choose among {listed(PRUNERS_OF_RAY)}.")
    if engine == RAY and sampler == "pbt" and pruner != "none":
        raise InvalidOverride(
            f"With ENGINE=ray sampler=pbt says itself which trials go on, and pruner={pruner} would as well: use "
            "pruner=none."
        )


def default_pruner(engine: str) -> str:
    """Where epochs can be compared."""
    return "asha" if engine == RAY else "median"


def on_ray(post: Post) -> int:
    """Work on a Ray cluster; returns an exit status."""
    try:
        from training.search.on_ray import worker  # noqa: PLC0415  # imports Ray, which is an extra
    except ImportError:  # a Ray without Tune
        print(f"A worker ended: {MISSING}", file=sys.stderr)
        return CANNOT
    return worker.work(post)


def context(engine: str) -> ForkServerContext | SpawnContext:
    """How a worker is started: one on Ray trains nothing itself, and so needs nothing of what a server imports."""
    return multiprocessing.get_context("spawn") if engine == RAY else served()


WORK: dict[str, Work] = {PROCESSES: work, RAY: on_ray}
