"""A space as scikit-learn's random search draws from it, under the names of our estimators. Knows no estimator."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from training.space import LAYERS, UNITS, Choice, Dimension, Range, Space, Whole

PARAMETERS = {LAYERS: "n_hidden", UNITS: "n_neurons"}  # where an estimator calls it otherwise


def distributions(space: Space) -> Iterator[dict[str, Any]]:
    """From what to draw: for each combination of words that conditions look at, what is there with them."""
    deciding = [dimension for dimension in space if any(dimension.key in other.when for other in space)]
    for words in product(*map(_words, deciding)):
        fixed = {dimension.key: word for dimension, word in zip(deciding, words, strict=True)}
        there = [dimension for dimension in space if dimension.is_there(fixed) and dimension.key not in fixed]
        drawn = {PARAMETERS.get(dimension.key, dimension.key): Drawn(dimension.range) for dimension in there}
        yield drawn | {key: [word] for key, word in fixed.items()}


@dataclass(frozen=True)
class Drawn:
    """A range as scikit-learn draws from it."""

    range: Range

    def rvs(self, random_state: np.random.RandomState) -> Any:
        """A value."""
        if isinstance(self.range, Choice):
            return self.range.words[random_state.randint(len(self.range.words))]
        whole = isinstance(self.range, Whole)
        ends = self.range.low - whole / 2, self.range.high + whole / 2  # so that the ends are as likely as the others
        number = np.exp(random_state.uniform(*np.log(ends))) if self.range.log else random_state.uniform(*ends)
        return int(np.clip(round(number), self.range.low, self.range.high)) if whole else float(number)


def _words(dimension: Dimension) -> tuple[str, ...]:
    assert isinstance(dimension.range, Choice)  # as `when` says
    return dimension.range.words
