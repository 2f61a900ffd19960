"""The searchers: how each is started, and where it tells what it has found. Knows no process and no figure."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from optuna.trial import TrialState

from benchmarks.environments import environment
from benchmarks.errors import UnknownSearcher
from benchmarks.peer import PEERS, ROOT
from benchmarks.searches.points import Point, shown, told
from benchmarks.searches.problem import Problem
from training.errors import UnusableStudy
from training.search import quota
from training.search.pruners import PRUNERS
from training.search.samplers import SAMPLERS
from training.search.storage import open_storage
from training.search.study import find

RANDOM, CHAPTER, HYPERBAND, BAYESIAN = "random+none", "chapter", "kt_hyperband", "kt_bayesian"
KERAS_TUNERS = {HYPERBAND: "hyperband", BAYESIAN: "bayesian"}
OURS = "gp+median"  # the default of `make tune`, up to 100 trials
WORKERS = 2
TRIALS = "1000"  # of a study of ours: more than any run has time for
STUDY = "study"


@dataclass(frozen=True)
class Order:
    """A search that is to be started."""

    problem: Problem
    seed: int
    folder: Path  # for all that it writes, empty
    home: Path  # where environments lie

    @property
    def file(self) -> Path:
        """Where searchers that are not ours tell their points."""
        return self.folder / "points.jsonl"

    @property
    def journal(self) -> Path:
        """Where ours do."""
        return self.folder / "study.journal"


@dataclass(frozen=True)
class Searcher:
    """One of them."""

    name: str
    what: str
    python: Callable[[Path], Path]  # of the home of environments: the interpreter that it runs in
    words: Callable[[Order], Sequence[str]]  # after the interpreter
    points: Callable[[Order, float], list[Point]]  # of one that was started then, by time.time


def searchers(names: Sequence[str]) -> list[Searcher]:
    """By name. Raises UnknownSearcher, where `make tune` knows no such sampler or pruner too."""
    for name in names:
        sampler, plus, pruner = name.partition("+")
        if name not in _OTHERS and not (plus and sampler in SAMPLERS and pruner in PRUNERS):
            ours = f"a sampler of ours with a pruner, such as {OURS}: {', '.join(SAMPLERS)}; {', '.join(PRUNERS)}"
            raise UnknownSearcher(f"There is no searcher {name[:40]!r}; there are {', '.join(_OTHERS)}, and {ours}.")
    return [_OTHERS[name] if name in _OTHERS else _ours(name) for name in names]


def environ(order: Order) -> Mapping[str, str]:
    """The environment of a search."""
    ours = {"STORAGE": str(order.journal), "STUDY": STUDY, "TRIALS": TRIALS, "MODEL_STORE": str(order.folder / "store")}
    return {**os.environ, **ours, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "2", "PYTHONUNBUFFERED": "1"}


def _ours(name: str) -> Searcher:
    """`make tune` with that sampler and pruner."""
    sampler, _, pruner = name.partition("+")

    def words(order: Order) -> Sequence[str]:
        own = (f"sampler={sampler}", f"pruner={pruner}", f"workers={WORKERS}", f"seed={order.seed}",
               f"objectives={order.problem.objective}")  # fmt: skip
        return ("-m", "training", "tune", order.problem.recipe, *own, *order.problem.words)

    return Searcher(
        name, f"make tune with sampler={sampler} pruner={pruner}, {WORKERS} workers", _project, words, _points
    )


def _points(order: Order, started: float) -> list[Point]:
    """The trials of a study of ours; one that was pruned has no error, as nobody gets its network."""
    if not order.journal.exists():
        return []
    try:
        study = find(open_storage(str(order.journal)), STUDY, str(order.journal))
    except UnusableStudy:  # it was ended before it had begun
        return []
    return [
        Point(
            trial.datetime_complete.timestamp() - started,
            shown(trial.values[0]) if trial.state is TrialState.COMPLETE else None,
        )
        for trial in quota.done(quota.trials_of(study))
    ]


def _chapter(order: Order) -> Sequence[str]:
    return ("-m", "benchmarks.searches.chapter", order.problem.name, str(order.seed), str(order.file))


def _keras_tuner(name: str) -> Searcher:
    folder, tuner = PEERS / "keras_tuner", KERAS_TUNERS[name]

    def python(home: Path) -> Path:
        return environment(folder.name, folder / "requirements.txt", home / "venvs") / "python"

    def words(order: Order) -> Sequence[str]:
        told_to = (order.problem.name, str(order.seed), str(order.file), tuner, str(order.folder / "trials"))
        return (str(folder / "search.py"), *told_to)

    return Searcher(name, f"Keras Tuner's {tuner} tuner, one process with all threads", python, words, _file)


def _project(_: Path) -> Path:
    return Path(sys.executable)


def _file(order: Order, started: float) -> list[Point]:
    return told(order.file, started)


_OTHERS = {
    CHAPTER: Searcher(
        CHAPTER, "scikit-learn's RandomizedSearchCV over our estimators, cv=3, one process", _project, _chapter, _file
    )
} | {name: _keras_tuner(name) for name in KERAS_TUNERS}
EVERY = (RANDOM, CHAPTER, HYPERBAND, BAYESIAN)  # beside ours
