"""Searches as a user starts them, and what of them can be seen and killed from outside. Linux only: it reads /proc."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import optuna
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, TrialState

from training.search import quota
from training.search.liveness import BEAT
from training.search.storage import open_storage

SPACE = ("layers=1..2", "units=4..8", "folds=0", "sampler=random", "pruner=none")
T = TypeVar("T")
PATIENCE_S = 240  # far longer than anything takes, also on a machine that is busy


def command(*words: str, name: str = "tune") -> list[str]:
    """A command on iris, in the space of the tests."""
    return [sys.executable, "-m", "training", name, "iris", *words]


@contextmanager
def under_way(arguments: list[str], store: Path, **variables: str) -> Iterator[subprocess.Popen[str]]:
    """A command that runs in a session of its own, as in a terminal; all of it is gone at the end."""
    environment = {**os.environ, "MODEL_STORE": str(store), **variables}
    with subprocess.Popen(
        arguments,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        start_new_session=True,
    ) as running:
        try:
            yield running
        finally:
            if running.poll() is None:
                os.killpg(running.pid, signal.SIGKILL)


def ended(arguments: list[str], store: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """A command that has ended."""
    with under_way(arguments, store, **variables) as running:
        output, errors = running.communicate(timeout=2 * PATIENCE_S)
    return subprocess.CompletedProcess(arguments, running.returncode, output, errors)


def journal(store: Path) -> str:
    """Where a search on iris keeps its study, where nothing else is said."""
    return str(store / "iris" / ".studies" / "iris.journal")


def trials(storage: str | BaseStorage) -> list[FrozenTrial]:
    """The trials of the study; none where it has not begun."""
    if isinstance(storage, str):
        if not Path(storage).exists():
            return []
        storage = open_storage(storage)
    try:
        return list(quota.trials_of(optuna.load_study(study_name="iris", storage=storage)))
    except KeyError:
        return []


def running(storage: str | BaseStorage) -> list[FrozenTrial]:
    """The trials that a worker has taken."""
    return [trial for trial in trials(storage) if trial.state is TrialState.RUNNING and BEAT in trial.user_attrs]


def worker_of(trial: FrozenTrial) -> int:
    """The process that runs it."""
    return int(trial.user_attrs[BEAT][0].split("/")[2])


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        found += [int(child) for child in task.read_text().split()]
    return found


def parent(pid: int) -> int:
    """The process that has started it."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def wait_for(look: Callable[[], T]) -> T:
    """What `look` sees as soon as that is something."""
    deadline = time.monotonic() + PATIENCE_S
    while not (seen := look()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)
    return seen
