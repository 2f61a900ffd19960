"""A worker: takes trials of a study, one after the other, until the study has its total. Knows no other worker."""

import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import replace

import optuna
from optuna.exceptions import ExperimentalWarning

from training.errors import TrainingError
from training.search import quota
from training.search.board import told
from training.search.liveness import Watch
from training.search.post import Post
from training.search.processes import warm_up
from training.search.pruners import pruner
from training.search.samplers import sampler
from training.search.stopping import Stop, asked_to_stop
from training.search.storage import OUTAGES, open_storage, outage
from training.search.study import find, sought_by
from training.search.turn import Bench, CannotWork, Turn

DONE, FAILED, CANNOT = 0, 1, 3  # exit statuses

Say = Callable[[str], None]


def silent(_: str) -> None:
    """Say nothing: the command that started this worker does."""


def work(post: Post, say: Say = silent) -> int:
    """Work until the study has its total, or the process is asked to stop; returns an exit status.

    `say` is told of each trial that is over.
    """

    def run(bench: Bench) -> None:
        warm_up()
        _work(bench, say)

    return attended(post, run)


def attended(post: Post, run: Callable[[Bench], None]) -> int:
    """Have a worker work, where there is something to do, and say why it ended; returns an exit status."""
    warnings.simplefilter("ignore", ExperimentalWarning)
    with asked_to_stop() as stop:
        try:
            bench = bench_of(post, stop)
            if not is_over(bench):
                run(bench)
        except TrainingError as error:
            return _ended(str(error), FAILED)
        except CannotWork as error:
            return _ended(str(error), CANNOT)
        except (OSError, *OUTAGES) as error:
            return _ended(str(outage(post.storage, error)), FAILED)
    return DONE


def _work(bench: Bench, say: Say) -> None:
    while not bench.stop:
        bench.look_after_others()
        bench = replace(bench, sought=sought_by(bench.study))  # another command may have changed the total
        trial = asked(bench)
        if trial is not None:
            Turn(trial, bench).run()
            say(told(quota.trial(bench.study, trial.number), bench.sought.objectives))
        elif all(each.state.is_finished() for each in quota.trials_of(bench.study)):
            return
        else:
            time.sleep(bench.post.pace.look_s)  # a running trial may yet be lost


def is_over(bench: Bench) -> bool:
    """Whether nothing of a study is left to be done."""
    trials = quota.trials_of(bench.study)
    return len(quota.done(trials)) >= bench.sought.total and all(trial.state.is_finished() for trial in trials)


def asked(bench: Bench) -> optuna.Trial | None:
    """A trial to run, where there is one and the sampler has not tried all there is."""
    total = bench.sought.total
    if bench.study.sampler.exhausted(bench.study):
        total = min(total, len(quota.counted(quota.trials_of(bench.study))))  # lost ones are repeated still
    return quota.ask(bench.study, total)


def bench_of(post: Post, stop: Stop) -> Bench:
    """What the trials of a worker there share. Raises UnusableStorage or UnusableStudy, and what the recipe raises."""
    storage = open_storage(post.storage)
    sought = sought_by(find(storage, post.study, post.storage))
    recipe, config = sought.plan(post.arguments)
    objectives = len(sought.objectives)
    study = optuna.load_study(
        study_name=post.study,
        storage=storage,
        sampler=sampler(
            sought.sampler,
            sought.dimensions,
            total=sought.total,
            seed=sought.seed,
            epochs=config.epochs,
            objectives=objectives,
        ),
        pruner=pruner(sought.pruner, epochs=config.epochs, objectives=objectives),
    )
    return Bench(study, sought, config, recipe.arguments, post, stop, Watch(post.pace.lost_after_s))


def _ended(sentence: str, status: int) -> int:
    print(f"A worker ended: {sentence}", file=sys.stderr)
    return status
