"""One trial of a worker, from the choice of its values to its end, whatever that is. Knows no other trial."""

import time
from dataclasses import dataclass, replace

import optuna
from optuna.exceptions import UpdateFinishedTrialError
from optuna.trial import TrialState

from training.config import Config
from training.errors import InvalidOverride
from training.search import marks, quota
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

    def assignment(self, config: Config) -> Assignment:
        """A training with that config, as this study's trials are trained."""
        return Assignment(
            recipe=self.sought.recipe,
            arguments=self.arguments,
            config=replace(config, epochs=self.study.sampler.epochs_per_trial or config.epochs, members=self._members),
            objectives=self.sought.objectives,
            data=self.sought.data,
            data_dir=self.post.data_dir,
            threads=self.post.threads,
        )

    @property
    def _members(self) -> int:
        """Networks that answer together are for the model at the end: one of them tells as well which settings suit."""
        given = any(word.startswith("members=") for word in self.sought.words)
        return self.config.members if given else 1

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
            if (assignment := self.begin()) is not None:
                with TrialProcess(assignment, self._bench.post.memory_mb) as process:
                    self._follow(process)
        except UpdateFinishedTrialError:  # this worker was silent for so long that another took it for dead
            return

    def begin(self) -> Assignment | None:
        """What is to be trained; None where the settings do not go together, and the trial has failed already."""
        self.beat()
        values = suggest(self._trial, self._bench.sought.dimensions)
        self._trial.set_user_attr("worker", worker_name())
        try:
            return self._assignment(self._bench.sought.dimensions.config(values, self._bench.config))
        except InvalidOverride as error:
            quota.fail(self._bench.study, self._trial.number, str(error))
            return None

    def report(self, epoch: Epoch) -> bool:
        """Write down what an epoch tells; False where trials cannot be compared by it before their end.

        They can be where there is one objective, and epochs tell of it.
        """
        objectives = self._bench.sought.objectives
        if len(objectives) > 1 or objectives[0] not in EACH_EPOCH:
            return False
        self._trial.report(epoch.value, epoch.number)
        return True

    def end(self, message: Message, worker: str = "") -> None:
        """Write down how it ended, and which process elsewhere trained it. Raises CannotWork."""
        study, number = self._bench.study, self._trial.number
        if isinstance(message, Finished):
            self._keep(message, worker)
        elif isinstance(message, Failed):
            quota.fail(study, number, message.sentence)
        elif isinstance(message, Died):
            self.die()
        elif isinstance(message, Refused):
            self.give_back()
            raise CannotWork(message.sentence)

    def prune(self) -> None:
        """End it early."""
        quota.tell(self._bench.study, self._trial.number, TrialState.PRUNED)

    def die(self) -> None:
        """Its process, or that of the worker, was killed: have it run again."""
        quota.lose(self._bench.study, self._trial.number, quota.DIED)

    def give_back(self) -> None:
        """Have it run again, by whoever goes on with the study."""
        quota.lose(self._bench.study, self._trial.number, quota.RETURNED)

    def beat(self) -> None:
        """Say that this worker lives, and see whether the others do, every `beat_s`."""
        if self._beats and time.monotonic() - self._beaten < self._bench.post.pace.beat_s:
            return
        self._beats, self._beaten = self._beats + 1, time.monotonic()
        self._trial.set_user_attr(BEAT, [this_process(), self._beats])
        self._bench.look_after_others()

    def _follow(self, process: TrialProcess) -> None:
        while not self._bench.stop:
            message = process.message(self._bench.post.pace.look_s)
            self.beat()
            if isinstance(message, Epoch):
                if self.report(message) and self._trial.should_prune():
                    return self.prune()
            elif message is not None:
                return self.end(message)
        return self.give_back()

    def _keep(self, finished: Finished, worker: str) -> None:
        if worker:
            self._trial.set_user_attr("worker", worker)
        for key in TOLD:
            self._trial.set_user_attr(key, getattr(finished, key))
        if self._parent is not None and not finished.inherited:
            self._trial.set_user_attr(marks.PARENT, None)  # its weights are not on this machine: it began anew
        quota.tell(self._bench.study, self._trial.number, TrialState.COMPLETE, finished.values)

    def _assignment(self, config: Config) -> Assignment:
        weights, parent = self._bench.post.weights, self._parent
        return replace(
            self._bench.assignment(config),
            start=None if parent is None else weights / f"{parent}.npz",
            keep=weights / f"{self._trial.number}.npz" if self._bench.study.sampler.inherits else None,
        )

    @property
    def _parent(self) -> int | None:
        number: int | None = self._trial.user_attrs.get(marks.PARENT)
        return number


def lose_the_dead(study: optuna.Study, watch: Watch) -> None:
    """Count those running trials of a study no more whose worker died."""
    for trial in watch.dead(quota.trials_of(study)):
        quota.lose(study, trial.number, quota.DIED)
