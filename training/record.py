"""A search as plain values that JSON can hold: its trials, the best of them, and what mattered. Knows no Optuna."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from models.study import Link, Study
from training.config import Config
from training.errors import UnusableStudy
from training.space import Values

COMPLETE, PRUNED, FAILED, LOST, RUNNING, WAITING = STATES = (
    "complete",  # trained to its end
    "pruned",  # ended early, as others were better by then
    "failed",  # a config that does not train
    "lost",  # its worker died; another trial repeats it
    "running",
    "waiting",
)
ERROR = "error"  # the objective by which a version is chosen where there are several


@dataclass(frozen=True)
class TrialRecord:
    """One training of a search."""

    number: int  # from 0
    state: str  # one of STATES
    values: tuple[float, ...] = ()  # one per objective, the smaller the better; none where there is nothing to compare
    params: Values = field(default_factory=dict)  # what was chosen, by key of the space
    course: tuple[tuple[int, float], ...] = ()  # epoch and value at its end; of a long training not every epoch
    epochs: int | None = None  # that were trained
    seconds: float | None = None
    parameters: int | None = None  # of the network
    scores: Mapping[str, float] = field(default_factory=dict)  # on validation rows
    parent: int | None = None  # the trial with whose weights it began
    retry_of: int | None = None  # the lost trial that it repeats
    worker: str = ""  # host and process
    failure: str = ""  # a sentence, of a failed one


@dataclass(frozen=True)
class Record:
    """A search as it stands."""

    name: str
    recipe: str
    objectives: tuple[str, ...]
    sampler: str
    pruner: str
    space: Mapping[str, Any]  # as Space.to_dict gives it
    seed: int | None
    total: int  # trials that were asked for
    data: str  # SHA-256 of the rows
    trials: tuple[TrialRecord, ...] = ()  # by number
    front: tuple[int, ...] = ()  # several objectives: the trials that none is better than in each, by their error
    importances: Mapping[str, float] = field(default_factory=dict)  # the parts of each setting in 1, largest first
    without_importances: str = ""  # a sentence why there are none

    def __iter__(self) -> Iterator[TrialRecord]:
        return iter(self.trials)

    @property
    def counts(self) -> dict[str, int]:
        """How many trials there are of each state that occurs."""
        found = [trial.state for trial in self]
        return {state: found.count(state) for state in STATES if state in found}

    @property
    def tried(self) -> int:
        """How many are over and count: a lost one is repeated under another number."""
        return sum(trial.state in (COMPLETE, PRUNED, FAILED) for trial in self)

    @property
    def epochs(self) -> int:
        """That a trial was to have: as many as the longest had, where a training may end by itself."""
        return max((trial.epochs or 0 for trial in self), default=0)

    @property
    def seconds(self) -> float:
        """Of training, in all trials together."""
        return sum(trial.seconds or 0.0 for trial in self)

    @property
    def deciding(self) -> int:
        """The place of the objective that decides: the error, or the first where it is none of them."""
        return self.objectives.index(ERROR) if ERROR in self.objectives else 0

    @property
    def best(self) -> TrialRecord | None:
        """The complete trial of the least error; of equal ones the first. None where no trial is complete."""
        return next(iter(self.ranked()), None)

    def ranked(self) -> list[TrialRecord]:
        """The complete trials, the best first."""
        done = [trial for trial in self if trial.state == COMPLETE and trial.values]
        return sorted(done, key=lambda trial: (trial.values[self.deciding], trial.values, trial.number))

    def trial(self, number: int) -> TrialRecord:
        """The one of that number. Raises UnusableStudy where it is not there."""
        found = next((trial for trial in self if trial.number == number), None)
        if found is None:
            raise UnusableStudy(f"The study {self.name} has no trial {number}: it is damaged. Begin another one.")
        return found

    def lineage(self, trial: TrialRecord) -> list[TrialRecord]:
        """The trials through whose weights it came to its own, the first of them first, itself last."""
        line = [trial]
        while (parent := line[0].parent) is not None:
            if parent >= line[0].number:
                raise UnusableStudy(
                    f"In the study {self.name} trial {line[0].number} began with the weights of trial {parent}, which "
                    "came later: it is damaged. Begin another one."
                )
            line.insert(0, self.trial(parent))
        return line


@dataclass(frozen=True)
class Found:
    """What a search found: the trial that is published, and how its network came by its weights."""

    record: Record
    trial: TrialRecord
    ancestors: tuple[Config, ...] = ()  # the trainings with whose weights one after the other went on, the first first

    def _decides_first(self, objective: tuple[str, float]) -> bool:
        return objective[0] != self.record.objectives[self.record.deciding]

    @property
    def value(self) -> float:
        """Of the objective that decides."""
        return self.trial.values[self.record.deciding]

    def alone(self, config: Config) -> Config:
        """For one training of as many epochs as all those that led to the trial."""
        return replace(config, epochs=config.epochs + sum(link.epochs for link in self.ancestors))

    def study(self) -> Study:
        """As a manifest holds it."""
        record, trial = self.record, self.trial
        return Study(
            name=record.name,
            sampler=record.sampler,
            pruner=record.pruner,
            seed=record.seed,
            space=record.space,
            total=record.total,
            counts=record.counts,
            seconds=round(record.seconds, 1),
            trial=trial.number,
            objectives=dict(sorted(zip(record.objectives, trial.values, strict=True), key=self._decides_first)),
            params=trial.params,
            front=record.front,
            importances=rounded(record.importances),
            lineage=tuple(_links(record.lineage(trial))) if self.ancestors else (),
        )


def evenly(trials: Sequence[TrialRecord], most: int) -> list[TrialRecord]:
    """At most so many of them (two or more), the first and the last among them."""
    if len(trials) <= most:
        return list(trials)
    return [trials[place * (len(trials) - 1) // (most - 1)] for place in range(most)]


def rounded(importances: Mapping[str, float]) -> dict[str, float]:
    """To what can be told from chance."""
    return {key: round(value, 4) for key, value in importances.items()}


def _links(line: Sequence[TrialRecord]) -> Iterator[Link]:
    for trial in line:
        yield Link(trial.number, trial.epochs or len(trial.course), trial.params)
