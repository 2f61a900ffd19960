"""Ray's population-based training, whose every generation is a trial of the study. Knows no process.

A generation is a training of its own, from the weights of another trial, so that what is published can be repeated:
that trial is its "parent", as it is of those that the project's own sampler of that name makes.
"""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from optuna.trial import TrialState, create_trial
from ray.tune import Callback, Checkpoint, Stopper

from training.search import marks, quota
from training.search.assignment import Finished, Refused
from training.search.on_ray.session import Over
from training.search.on_ray.trainables import MESSAGE, PARENT, WEIGHTS, worker_of
from training.search.samplers.pbt import GENERATION, MEMBER
from training.search.suggestions import distributions
from training.search.turn import TOLD, Bench
from training.space import Values


class Population(Stopper):  # type: ignore[misc]  # Ray's types are not followed
    """Writes each generation down, and ends each member so that the study gets its total exactly."""

    def __init__(self, bench: Bench, live: int) -> None:
        self._bench, self._live = bench, live
        self._members: dict[str, int] = {}  # Ray's name -> the member
        self._numbers: dict[str, int] = {}  # what a generation calls itself -> its trial
        self.refusal = ""  # why the cluster can run no trial of the study

    def __call__(self, trial_id: str, result: dict[str, Any]) -> bool:
        """Whether a member ends: where those that are left reach the total with a generation each."""
        if isinstance(result[MESSAGE], Refused):
            self.refusal = result[MESSAGE].sentence
            return True
        self._write(self._members[trial_id], result)
        done = len(quota.done(quota.trials_of(self._bench.study)))
        ends = done + self._live - 1 >= self._bench.sought.total
        self._live -= ends
        return ends

    def stop_all(self) -> bool:
        """A generation that is under way is in no study yet, and so need not be given back."""
        if self._bench.stop or self.refusal:
            raise Over(self.refusal)
        return False

    def begun(self, trial_id: str, member: int) -> None:
        """Ray has begun a member under a name of its own."""
        self._members.setdefault(trial_id, member)

    def lost(self, trial_id: str) -> None:
        """A member's processes died again and again."""
        self._live -= 1
        sentence = f"Its process or its worker died {quota.DEATHS} times."
        self._add(self._members[trial_id], {}, {marks.ERROR: sentence}, (), state=TrialState.FAIL)

    def keep(self, folder: Path) -> None:
        """Keep the weights of a generation beside the study, for a search that goes on."""
        number = self._numbers.get(json.loads((folder / PARENT).read_text()))
        if number is not None and (folder / WEIGHTS).exists():
            self._bench.post.weights.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / WEIGHTS, self._bench.post.weights / f"{number}.npz")

    def _write(self, member: int, result: dict[str, Any]) -> None:
        message, parent = result[MESSAGE], result["parent"]
        about = {"worker": worker_of(result)}
        if parent is not None:
            about[marks.PARENT] = self._numbers.get(parent, parent)  # of an earlier command: the number itself
        if isinstance(message, Finished):
            about |= {key: getattr(message, key) for key in TOLD}
            outcome = {"state": TrialState.COMPLETE, "values": message.values}
        else:
            about[marks.ERROR] = message.sentence
            outcome = {"state": TrialState.FAIL}
        number = self._add(member, result["values"], about, result["course"], **outcome)
        self._numbers[result["made"]] = number

    def _add(self, member: int, params: Values, about: dict[str, Any], course: Sequence[float], **outcome: Any) -> int:
        """Returns the number of the trial."""
        study, known = self._bench.study, distributions(self._bench.sought.dimensions)
        generation = 1 + len(self._of(member))
        study.add_trial(
            create_trial(
                params=params,
                distributions={key: known[key] for key in params},
                user_attrs={MEMBER: member, GENERATION: generation, **about},
                intermediate_values=dict(enumerate(course, start=1)),
                **outcome,
            )
        )
        return self._of(member)[-1]

    def _of(self, member: int) -> list[int]:
        """The numbers of its trials."""
        trials = quota.trials_of(self._bench.study)
        return [trial.number for trial in trials if trial.user_attrs.get(MEMBER) == member]

    def __getstate__(self) -> dict[str, Any]:
        return {}  # Ray writes its own state down now and then; no study belongs there


class Chronicle(Callback):  # type: ignore[misc]  # Ray's types are not followed
    """Tells a population what Ray does with its members."""

    def __init__(self, population: Population) -> None:
        self._population = population

    def on_trial_start(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """A member begins: later its config is another's."""
        self._population.begun(trial.trial_id, trial.config["member"]["index"])

    def on_checkpoint(self, iteration: int, trials: list[Any], trial: Any, checkpoint: Checkpoint, **info: Any) -> None:
        """There are weights."""
        with checkpoint.as_directory() as folder:
            self._population.keep(Path(folder))

    def on_trial_error(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """Ray has given a member up."""
        self._population.lost(trial.trial_id)
