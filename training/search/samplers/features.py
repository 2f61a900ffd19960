"""Points of a space as rows of numbers, for a model of them. Knows no model and no trial."""

from collections.abc import Sequence

import numpy as np

from training.search.samplers.positions import place_of
from training.search.suggestions import words_of
from training.space import Choice, Dimension, Space, Values


def features(space: Space, points: Sequence[Values]) -> np.ndarray:
    """(points, columns): a number's place in its range, a column for each word of a choice.

    What is there only sometimes has a further column, 1 where it is; elsewhere a number is in the middle, and no word.
    """
    return np.array([[number for each in space for number in _columns(each, values)] for values in points])


def _columns(dimension: Dimension, values: Values) -> list[float]:
    there = dimension.key in values
    indicator = [float(there)] if dimension.when else []
    if isinstance(dimension.range, Choice):
        return [float(values.get(dimension.key) == word) for word in words_of(dimension.range)] + indicator
    return [place_of(dimension.range, values[dimension.key]) if there else 0.5, *indicator]
