"""Where a value lies in its range, from 0 to 1, and what lies at a place. Knows no trial and no sampler.

A whole number and a word own an equal part of the way each (of the logarithm's way, where a range goes by that), so
that a place drawn evenly gives each its due.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from training.search.suggestions import words_of
from training.space import Choice, Range, Real, Space, Value, Values


def at(known: Range, place: float) -> Value:
    """What lies at a place from 0 to 1; beyond them, the ends."""
    place = min(max(float(place), 0.0), 1.0)
    if isinstance(known, Choice):
        words = words_of(known)
        return words[min(int(place * len(words)), len(words) - 1)]
    low, high = _ends(known)
    number = low * (high / low) ** place if known.log else low + (high - low) * place
    if isinstance(known, Real):
        return min(max(number, known.low), known.high)
    return min(max(round(number), known.low), known.high)


def place_of(known: Range, value: Value) -> float:
    """Where a value lies, from 0 to 1: for a whole number or a word, in the middle of its part."""
    if isinstance(known, Choice):
        words = words_of(known)
        return (words.index(str(value)) + 0.5) / len(words)
    low, high = _ends(known)
    if low == high:
        return 0.5
    number = float(value)
    return math.log(number / low) / math.log(high / low) if known.log else (number - low) / (high - low)


def point(space: Space, places: Sequence[float] | np.ndarray) -> Values:
    """The values at these places, one for each dimension of the space; of those only that are there."""
    by_key = {dimension.key: place for dimension, place in zip(space, places, strict=True)}
    return space.values(lambda dimension: at(dimension.range, by_key[dimension.key]))


def places_of(space: Space, values: Mapping[str, Value], elsewhere: np.ndarray) -> np.ndarray:
    """The place of each value, for each dimension of the space; `elsewhere` for those that are not there."""
    return np.array(
        [
            place_of(dimension.range, values[dimension.key]) if dimension.key in values else place
            for dimension, place in zip(space, elsewhere, strict=True)
        ]
    )


def drawn(space: Space, random: np.random.Generator) -> Values:
    """A point of the space, drawn evenly."""
    return point(space, random.random(len(space.dimensions)))


def _ends(known: Range) -> tuple[float, float]:
    assert not isinstance(known, Choice)
    margin = 0.0 if isinstance(known, Real) else 0.5
    return known.low - margin, known.high + margin
