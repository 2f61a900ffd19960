"""One trial of a worker, from the choice of its values to its end, whatever that is. Knows no other trial."""

import time
from dataclasses import dataclass, replace

import optuna
from optuna.exceptions import UpdateFinishedTrialError
from optuna.trial import TrialState

from training.config import Config
from training.errors import InvalidOverride
from training.search import quota
from training.search.assignment import Assignment, Died, Epoch, Failed, Finished, Message, Refused
from training.search.liveness import BEAT, Watch, this_process, worker_name
from training.search.objectives import EACH_EPOCH
from training.search.post import Post
from training.search.processes import TrialProcess
from training.search.stopping import Stop
from training.search.study import Sought
from training.search.suggestions import suggest

TOLD = ("seconds", "epochs", "parameters", "scores", "peak_memory_mb")  # attributes of a trial that is complete


class CannotWork(Exception):
    """A machine that can run no trial of the study; the message says why."""


@dataclass(frozen=True)
class Bench:
    """What the trials of one worker share."""

    study: optuna.Study
    sought: Sought
    config: Config  # of the recipe, with what is fixed
    arguments: tuple[str, ...]  # words that fill a form here
    post: Post
    stop: Stop
    watch: Watch

    def look_after_others(self) -> None:
        """Count those running trials no more whose worker died, so that they are run again."""
        lose_the_dead(self.study, self.watch)


class Turn:
    """A trial that was asked for."""

    def __init__(self, trial: optuna.Trial, bench: Bench) -> None:
        self._trial, self._bench = trial, bench
        self._beats, self._beaten = 0, 0.0

    def run(self) -> None:
        """Run it to its end, or give it back where the worker is asked to stop. Raises CannotWork."""
        try:
            self._beat()
            values = suggest(self._trial, self._bench.sought.dimensions)
            self._trial.set_user_attr("worker", worker_name())
            config = self._bench.sought.dimensions.config(values, self._bench.config)
            with TrialProcess(self._assignment(config), self._bench.post.memory_mb) as process:
                self._follow(process)
        except InvalidOverride as error:  # settings that do not go together
            quota.fail(self._bench.study, self._trial.number, str(error))
        except UpdateFinishedTrialError:  # this worker was silent for so long that another took it for dead
            return

    def _follow(self, process: TrialProcess) -> None:
        study, number = self._bench.study, self._trial.number
        while not self._bench.stop:
            message = process.message(self._bench.post.pace.look_s)
            self._beat()
            if isinstance(message, Epoch):
                if self._is_pruned(message):
                    quota.tell(study, number, TrialState.PRUNED)
                    return
            elif message is not None:
                self._end(message)
                return
        quota.lose(study, number, quota.RETURNED)

    def _is_pruned(self, epoch: Epoch) -> bool:
        """Only where there is one objective, and epochs tell of it, can trials be compared before their end."""
        objectives = self._bench.sought.objectives
        if len(objectives) > 1 or objectives[0] not in EACH_EPOCH:
            return False
        self._trial.report(epoch.value, epoch.number)
        return bool(self._trial.should_prune())

    def _end(self, message: Message) -> None:
        study, number = self._bench.study, self._trial.number
        if isinstance(message, Finished):
            self._keep(message)
        elif isinstance(message, Failed):
            quota.fail(study, number, message.sentence)
        elif isinstance(message, Died):
            quota.lose(study, number, quota.DIED)
        elif isinstance(message, Refused):
            quota.lose(study, number, quota.RETURNED)
            raise CannotWork(message.sentence)

    def _keep(self, finished: Finished) -> None:
        for key in TOLD:
            self._trial.set_user_attr(key, getattr(finished, key))
        if self._parent is not None and not finished.inherited:
            self._trial.set_user_attr(quota.PARENT, None)  # its weights are not on this machine: it began anew
        quota.tell(self._bench.study, self._trial.number, TrialState.COMPLETE, finished.values)

    def _assignment(self, config: Config) -> Assignment:
        sampler, post, parent = self._bench.study.sampler, self._bench.post, self._parent
        return Assignment(
            recipe=self._bench.sought.recipe,
            arguments=self._bench.arguments,
            config=replace(config, epochs=sampler.epochs_per_trial or config.epochs, members=self._members),
            objectives=self._bench.sought.objectives,
            data=self._bench.sought.data,
            data_dir=post.data_dir,
            threads=post.threads,
            start=None if parent is None else post.weights / f"{parent}.npz",
            keep=post.weights / f"{self._trial.number}.npz" if sampler.inherits else None,
        )

    @property
    def _members(self) -> int:
        """Networks that answer together are for the model at the end: one of them tells as well which settings suit."""
        given = any(word.startswith("members=") for word in self._bench.sought.words)
        return self._bench.config.members if given else 1

    @property
    def _parent(self) -> int | None:
        number: int | None = self._trial.user_attrs.get(quota.PARENT)
        return number

    def _beat(self) -> None:
        """Say that this worker lives, and see whether the others do, every `beat_s`."""
        if self._beats and time.monotonic() - self._beaten < self._bench.post.pace.beat_s:
            return
        self._beats, self._beaten = self._beats + 1, time.monotonic()
        self._trial.set_user_attr(BEAT, [this_process(), self._beats])
        self._bench.look_after_others()


def lose_the_dead(study: optuna.Study, watch: Watch) -> None:
    """Count those running trials of a study no more whose worker died."""
    for trial in watch.dead(quota.trials_of(study)):
        quota.lose(study, trial.number, quota.DIED)
