"""Population-based training, without a generation's end at which all wait. Knows no network and no weights.

M. Jaderberg et al., Population Based Training of Neural Networks, 2017.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState

from training.config import OF_THE_NETWORK
from training.search.marks import PARENT
from training.search.samplers.heirs import Heirs, Origin
from training.search.samplers.positions import at, drawn
from training.search.samplers.trials import error_of, everything, has_ended, undecided_before
from training.space import LAYERS, UNITS, Choice, Range, Space, Value, Values

MEMBER, GENERATION = "member", "generation"
LARGEST = 8  # members
KEPT = (*OF_THE_NETWORK, LAYERS, UNITS)  # without these, inherited weights mean nothing
FACTORS = (0.8, 1.25)
REDRAWN = 0.25  # probability


@dataclass(frozen=True)
class Member:
    """One of the population, by its trials so far."""

    index: int
    trials: Sequence[FrozenTrial]  # by number

    @property
    def busy(self) -> bool:
        """Whether one of its trials is under way."""
        return any(not trial.state.is_finished() for trial in self.trials)

    @property
    def ended(self) -> list[FrozenTrial]:
        """Those of its trials that tell something."""
        return [trial for trial in self.trials if has_ended(trial)]

    @property
    def error(self) -> float:
        """How bad its latest is: infinitely, where that was stopped or does not train."""
        return error_of(self.ended[-1])

    @property
    def whole(self) -> FrozenTrial | None:
        """The latest trial that went to its end, and whose weights there are."""
        return next((trial for trial in reversed(self.ended) if trial.state is TrialState.COMPLETE), None)

    @property
    def idle_since(self) -> float:
        """When its last trial ended; for one without trials, before all others."""
        return max((_end(trial) for trial in self.trials), default=-math.inf)


class PopulationBased(Heirs):
    """Members train by turns, a generation each; the worst go on from the best, with other values.

    A trial is one generation of a member: `epochs_per_trial` epochs, the epochs of the config shared out among the
    generations. There are 8 members (fewer, where that left less than 4 generations; more, where there would be more
    generations than epochs) and as many generations as the trials allow; trials that are left over give some members
    one more. The member that has been idle for longest is next. It goes on from its own last trial, with the same
    values, unless that lies in the worst quarter of all members' latest, or was stopped, or did not train: then it
    takes the weights and values of a random one of the best quarter. Those values that do not change the network are
    multiplied by 0.8 or 1.25, within their ranges, or drawn anew with probability 0.25; words are drawn anew or stay.

    Where more workers ask than there are members, the trial of a busy member begins with one of the best as well.
    """

    written = (PARENT, MEMBER, GENERATION)

    def __init__(self, space: Space, *, total: int, seed: int, epochs: int) -> None:
        super().__init__(space, seed)
        members = min(LARGEST, max(2, total // 4))
        self.generations = max(1, min(total // members, epochs))
        self.population = max(1, total // self.generations)
        self.epochs_per_trial = max(1, epochs // self.generations)

    def origin(self, study: Study, trial: FrozenTrial) -> Origin:
        trials = everything(study)
        members = self.members(trials)
        idle = sorted((each for each in members if not each.busy), key=lambda each: (each.idle_since, each.index))
        waiting = idle or members
        member = waiting[undecided_before(trials, trial, MEMBER) % len(waiting)]
        generation = 1 + max((each.user_attrs[GENERATION] for each in member.ended), default=0)
        parent = self._parent(member, members, self.random(trial, 0))
        return {MEMBER: member.index, GENERATION: generation, **({} if parent is None else {PARENT: parent.number})}

    def point(self, study: Study, trial: FrozenTrial, random: np.random.Generator) -> Values:
        parent = self.parent(study, trial)
        if parent is None:
            return drawn(self._space, random)
        if parent.user_attrs[MEMBER] == trial.user_attrs[MEMBER]:
            return dict(parent.params)
        return self._explored(parent.params, random)

    def members(self, trials: Sequence[FrozenTrial]) -> list[Member]:
        """The population as these trials of a study have it."""
        return [
            Member(index, [trial for trial in trials if trial.user_attrs.get(MEMBER) == index])
            for index in range(self.population)
        ]

    def _parent(self, member: Member, members: list[Member], random: np.random.Generator) -> FrozenTrial | None:
        """Whose weights the next trial of a member begins with: its own, or one of the best, if there is any."""
        ranked = sorted((each for each in members if each.ended), key=lambda each: (each.error, each.index))
        quarter = max(1, len(ranked) // 4)
        best = [each for each in ranked[:quarter] if math.isfinite(each.error) and each is not member]
        bad = member.busy or member in ranked[-quarter:] or (member.ended and math.isinf(member.error))
        if bad and best:
            return best[random.integers(len(best))].whole
        return member.whole

    def _explored(self, values: Values, random: np.random.Generator) -> Values:
        new: Values = {}
        for each in self._space:
            if not each.is_there(new):
                continue
            value = values.get(each.key)
            if value is not None and each.key in KEPT:
                new[each.key] = value
            elif value is None or random.random() < REDRAWN:
                new[each.key] = at(each.range, random.random())
            else:
                new[each.key] = _scaled(each.range, value, random.choice(FACTORS))
        return new


def _scaled(known: Range, value: Value, factor: float) -> Value:
    """A number times the factor, within its range, a whole one by 1 at least; a word stays."""
    if isinstance(known, Choice) or isinstance(value, str):
        return value
    if isinstance(value, int):
        scaled: float = min(round(value * factor), value - 1) if factor < 1 else max(round(value * factor), value + 1)
    else:
        scaled = value * factor
    return type(value)(min(max(scaled, known.low), known.high))


def _end(trial: FrozenTrial) -> float:
    ended: datetime | None = trial.datetime_complete
    return math.inf if ended is None else ended.timestamp()
