"""The chapter's coarse-to-fine random search: wide first, then around the best. Knows no model of the trials."""

import numpy as np
from optuna.study import Study
from optuna.trial import FrozenTrial

from training.search.samplers.positions import drawn, places_of, point
from training.search.samplers.strategy import Points
from training.search.samplers.trials import outcomes
from training.space import Choice, Space, Values

# Share of the trials, and the part of each range that they draw from.
STAGES = ((1 / 3, 1.0), (1 / 3, 0.4), (1 / 3, 0.15))


class Zoom(Points):
    """Random values, from ever narrower ranges around the best so far.

    The first third of the trials draws from the whole space, the second from 40% of each range, with the best trial so
    far in its middle (at an end of the range: beside it), and the last from 15%. Ranges by logarithm are narrowed by
    logarithm. A word has no neighbours: it stays the best trial's, but for 40% or 15% of trials, which draw any.
    """

    def __init__(self, space: Space, *, total: int, seed: int) -> None:
        super().__init__(space, seed)
        self._total = total

    def point(self, study: Study, trial: FrozenTrial, random: np.random.Generator) -> Values:
        ended = outcomes(study)
        width = self._width(trial.number)
        if width == 1 or not ended:
            return drawn(self._space, random)
        best = min(ended, key=lambda outcome: (outcome.error, outcome.number))
        return point(self._space, self._around(best.values, width, random))

    def _width(self, number: int) -> float:
        """The part of each range from which the trial of this number draws."""
        done = 0.0
        for share, width in STAGES:
            done += share
            if number < done * self._total:
                return width
        return STAGES[-1][1]

    def _around(self, values: Values, width: float, random: np.random.Generator) -> np.ndarray:
        """Places near those of the values; anywhere for what they lack, and for a word now and then."""
        anywhere = random.random(len(self._space.dimensions))
        centre = places_of(self._space, values, anywhere)
        near = np.clip(centre - width / 2, 0, 1 - width) + width * random.random(len(centre))
        word = [isinstance(dimension.range, Choice) for dimension in self._space]
        near = np.where(word, np.where(random.random(len(centre)) < width, anywhere, centre), near)
        there = [dimension.key in values for dimension in self._space]
        return np.where(there, near, anywhere)
