"""Regularised evolution of values, and of weights with them. Knows no network.

E. Real et al., Regularized Evolution for Image Classifier Architecture Search, AAAI 2019.
"""

import numpy as np
from optuna.study import Study
from optuna.trial import FrozenTrial

from training.search.marks import PARENT
from training.search.samplers.heirs import Heirs, Origin
from training.search.samplers.positions import at, drawn, place_of
from training.search.samplers.trials import Outcome, outcomes
from training.search.suggestions import words_of
from training.space import Choice, Dimension, Space, Value, Values

LARGEST = 20  # trials that are alive
STEP = 0.2  # of a range: standard deviation of a mutation


class Evolution(Heirs):
    """A trial has the values of the best of a few recent ones, with one of them changed.

    The last trials that went to their end are alive: a fifth of the total, 4 to 20. The best of half of them, drawn at
    random, is the parent, so that a lucky trial dies of age where its children do worse. One dimension changes: a word
    to another word, a number by a normal step of 20% of its range. What is there only by the change is drawn. As many
    trials as are to be alive are random first.

    It is neuro-evolution in so far as the size of the network and its activations evolve. Weights do not: they are
    learnt by gradient descent, and the child inherits those of its parent where their shapes are the same (Lamarck,
    where Real et al. begin anew), so a trial of a long line has been trained for longer than its own epochs.
    """

    def __init__(self, space: Space, *, total: int, seed: int) -> None:
        super().__init__(space, seed)
        self.population = max(4, min(LARGEST, total // 5))
        self.contenders = max(2, self.population // 2)

    def origin(self, study: Study, trial: FrozenTrial) -> Origin:
        whole = [each for each in outcomes(study) if np.isfinite(each.error)]
        if trial.number < self.population or not whole:
            return {}
        return {PARENT: self._best_of_a_few(whole[-self.population :], trial).number}

    def point(self, study: Study, trial: FrozenTrial, random: np.random.Generator) -> Values:
        parent = self.parent(study, trial)
        return drawn(self._space, random) if parent is None else self._mutated(parent.params, random)

    def _best_of_a_few(self, alive: list[Outcome], trial: FrozenTrial) -> Outcome:
        few: list[Outcome] = [
            alive[int(index)] for index in self.random(trial, 0).permutation(len(alive))[: self.contenders]
        ]
        return sorted(few, key=lambda each: (each.error, each.number))[0]

    def _mutated(self, values: Values, random: np.random.Generator) -> Values:
        changing = [each.key for each in self._space if each.key in values and _can_change(each)]
        key = changing[random.integers(len(changing))] if changing else None
        child: Values = {}
        for each in self._space:
            if each.is_there(child):
                known = each.key in values
                value = values[each.key] if known else at(each.range, random.random())
                child[each.key] = _changed(each, value, random) if each.key == key else value
        return child


def _can_change(dimension: Dimension) -> bool:
    if isinstance(dimension.range, Choice):
        return len(words_of(dimension.range)) > 1
    return dimension.range.low < dimension.range.high


def _changed(dimension: Dimension, value: Value, random: np.random.Generator) -> Value:
    """Another word, or a number nearby that is another one."""
    if isinstance(dimension.range, Choice):
        return str(random.choice([word for word in words_of(dimension.range) if word != value]))
    place, step = place_of(dimension.range, value), STEP
    while (changed := at(dimension.range, place + random.normal(0, step))) == value:
        step *= 1.5  # whole numbers of a short range lie far apart
    return changed
