"""The trials of a study as Ray runs them, each its own: Ray asks for them here. Knows no population."""

from dataclasses import replace
from typing import Any

from optuna.exceptions import UpdateFinishedTrialError
from ray.tune import Callback, Stopper
from ray.tune.schedulers import ASHAScheduler, FIFOScheduler, TrialScheduler
from ray.tune.search import Searcher

from training.search import quota
from training.search.assignment import Epoch
from training.search.on_ray.session import Over
from training.search.on_ray.trainables import MESSAGE, VALUE, worker_of
from training.search.pruners import REDUCTION, least
from training.search.study import sought_by
from training.search.turn import Bench, CannotWork, Turn
from training.search.worker import asked

TIME = "training_iteration"  # of a trial: its epochs so far


class Trials(Searcher):  # type: ignore[misc]  # Ray's types are not followed
    """Takes trials from a study for Ray, and writes down what becomes of them.

    The study's own sampler chooses their values, so that conditions hold, and it knows what any worker has tried.
    """

    def __init__(self, bench: Bench, at_once: int, memory_mb: int) -> None:
        super().__init__(metric=VALUE, mode="min")
        self._bench, self._at_once, self._memory_mb = bench, at_once, memory_mb
        self._turns: dict[str, Turn] = {}  # by Ray's names
        self._refusal = ""  # why the cluster can run no trial of the study

    def end_where_asked(self) -> None:
        """Where somebody asks to stop, or none can run, give back what runs. Raises Over."""
        if self._bench.stop or self._refusal:
            while self._turns:
                self._turns.popitem()[1].give_back()
            raise Over(self._refusal)

    def suggest(self, trial_id: str) -> Any:
        """A trial to run; None where there is none now, and FINISHED where there will be none."""
        self.end_where_asked()  # where nothing runs, Ray asks for long and looks at nothing else
        if len(self._turns) >= self._at_once:
            return None
        self._bench.look_after_others()
        self._bench = replace(self._bench, sought=sought_by(self._bench.study))  # its total may be another by now
        trial = asked(self._bench)
        if trial is None:
            over = all(each.state.is_finished() for each in quota.trials_of(self._bench.study))
            return Searcher.FINISHED if over else None
        turn = Turn(trial, self._bench)
        if (assignment := turn.begin()) is None:
            return None
        self._turns[trial_id] = turn
        return {"assignment": assignment, "memory_mb": self._memory_mb}

    def on_trial_result(self, trial_id: str, result: dict[str, Any]) -> None:
        """Write down an epoch."""
        if (turn := self._turns.get(trial_id)) and isinstance(result[MESSAGE], Epoch):
            self._unless_taken_for_dead(trial_id, turn.report, result[MESSAGE])

    def on_trial_complete(self, trial_id: str, result: dict[str, Any] | None = None, error: bool = False) -> None:
        """Write down the end: its own, an early one that ASHA saw fit, or that of Ray's process."""
        turn = self._turns.get(trial_id)
        if turn is None:
            return
        try:
            self._unless_taken_for_dead(trial_id, self._end, turn, None if error else result)
        except CannotWork as refusal:
            self._refusal = str(refusal)
        self._turns.pop(trial_id, None)

    def beat(self) -> None:
        """Say that the running trials are alive."""
        for trial_id, turn in list(self._turns.items()):
            self._unless_taken_for_dead(trial_id, turn.beat)

    def save(self, checkpoint_path: str) -> None:
        """Nothing: the study is what a search goes on from."""

    def restore(self, checkpoint_path: str) -> None:
        """Nothing."""

    def _end(self, turn: Turn, result: dict[str, Any] | None) -> None:
        if result is None:
            turn.die()
        elif isinstance(result[MESSAGE], Epoch):
            turn.report(result[MESSAGE])
            turn.prune()
        else:
            turn.end(result[MESSAGE], worker_of(result))

    def _unless_taken_for_dead(self, trial_id: str, do: Any, *arguments: Any) -> None:
        try:
            do(*arguments)
        except UpdateFinishedTrialError:
            self._turns.pop(trial_id, None)  # and runs again elsewhere


class Beats(Callback):  # type: ignore[misc]  # Ray's types are not followed
    """Has trials beat while Ray works."""

    def __init__(self, trials: Trials) -> None:
        self._trials = trials

    def on_step_end(self, iteration: int, trials: list[Any], **info: Any) -> None:
        """Ray has looked at its processes, ten times a second or so."""
        self._trials.beat()


class End(Stopper):  # type: ignore[misc]  # Ray's types are not followed
    """Ends all where somebody asks to stop."""

    def __init__(self, trials: Trials) -> None:
        self._trials = trials

    def __call__(self, trial_id: str, result: dict[str, Any]) -> bool:
        return False

    def stop_all(self) -> bool:
        self._trials.end_where_asked()
        return False

    def __getstate__(self) -> dict[str, Any]:
        return {}  # Ray writes its own state down now and then; no study belongs there


class Asha(ASHAScheduler):  # type: ignore[misc]  # Ray's types are not followed
    """Ray's ASHA with this project's rungs, which leaves alone what has had its last epoch."""

    def __init__(self, epochs: int) -> None:
        super().__init__(
            TIME,
            metric=VALUE,
            mode="min",
            max_t=max(epochs, 1),
            grace_period=min(least(epochs), max(epochs, 1)),
            reduction_factor=REDUCTION,
        )
        self._epochs = epochs

    def on_trial_result(self, tune_controller: Any, trial: Any, result: dict[str, Any]) -> str:
        """Whether a trial goes on."""
        if result[TIME] >= self._epochs:
            return str(TrialScheduler.CONTINUE)
        return str(super().on_trial_result(tune_controller, trial, result))


def scheduler(bench: Bench) -> TrialScheduler:
    """Of the pruner that the study names."""
    return Asha(bench.config.epochs) if bench.sought.pruner == "asha" else FIFOScheduler()
