"""The ranges of a Space as Ray Tune takes them, and a point of all dimensions as a trial does. Knows no study.

Ray's population-based training gives every trial a value for every dimension. So a point has them all, and those whose
condition does not hold are left out as soon as a trial is trained or written down.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from ray import tune

from training.search.samplers.pbt import KEPT
from training.search.suggestions import words_of
from training.space import Choice, Range, Space, Value, Values, Whole


def domain(known: Range) -> Any:
    """A range as Ray draws from it."""
    if isinstance(known, Choice):
        return tune.choice(list(words_of(known)))
    if isinstance(known, Whole):
        return (tune.lograndint if known.log and known.low < known.high else tune.randint)(known.low, known.high + 1)
    return (tune.loguniform if known.log and known.low < known.high else tune.uniform)(known.low, known.high)


def drawn(space: Space, random: np.random.RandomState) -> Values:
    """A value for each dimension, those that are not there among them."""
    return {dimension.key: _plain(domain(dimension.range).sample(random_state=random)) for dimension in space}


def mutations(space: Space) -> dict[str, Any]:
    """What Ray may change in the course of a training: all but the network; words as lists, as Ray wants them."""
    return {
        dimension.key: list(words_of(dimension.range))
        if isinstance(dimension.range, Choice)
        else domain(dimension.range)
        for dimension in space
        if dimension.key not in KEPT
    }


def within(space: Space, point: Mapping[str, Value]) -> Values:
    """A point whose numbers Ray has multiplied, in its ranges again."""
    return {dimension.key: _clipped(dimension.range, point[dimension.key]) for dimension in space}


def there(space: Space, point: Mapping[str, Value]) -> Values:
    """Of a point, what is there under the conditions of the space."""
    return space.values(lambda dimension: point[dimension.key])


def _clipped(known: Range, value: Value) -> Value:
    if isinstance(known, Choice) or isinstance(value, str):
        return value
    return type(value)(min(max(value, known.low), known.high))


def _plain(value: Any) -> Value:
    """Of NumPy's numbers, Python's."""
    plain: Value = value.item() if isinstance(value, np.generic) else value
    return plain
