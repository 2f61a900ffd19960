"""Where a search begins that goes by what it has seen: settings that are known to be sensible. Knows no study.

Its first trials would be drawn at random otherwise, and the settings that a recipe has already might never be tried.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from training.config import Config
from training.search.samplers.positions import at
from training.space import LAYERS, UNITS, Choice, Dimension, Space, Value, Values

SHARE = 3  # of the trials of a study, one in so many may be chosen beforehand


def starts(space: Space, config: Config, total: int) -> list[Values]:
    """What is tried first: the settings of the config, where the space has them, and then those of the space."""
    own = asdict(config) | {LAYERS: len(config.hidden), UNITS: config.hidden[0] if config.hidden else None}
    found: list[Values] = []
    for settings in (*([own] if _has(space, own) else []), *(space.starts or ({},))):
        if (values := _within(space, settings)) not in found:
            found.append(values)
    return found[: max(1, total // SHARE)]


def _has(space: Space, own: dict[str, Any]) -> bool:
    """Whether these can be tried there: what goes by numbers is brought into their range, words are there or not."""
    return all(str(own[each.key]) in each.range.words for each in space if isinstance(each.range, Choice))


def _within(space: Space, settings: Mapping[str, Any]) -> Values:
    """The nearest to these that the space has."""
    return space.values(lambda dimension: _nearest(dimension, settings.get(dimension.key), space))


def _nearest(dimension: Dimension, wanted: Any, space: Space) -> Value:
    """A value of the dimension's range: the one nearest to what is wanted, or to what the space begins with."""
    known = dimension.range
    begun = (start[dimension.key] for start in space.starts if dimension.key in start)
    if isinstance(known, Choice):
        return next((word for word in map(str, (wanted, *begun)) if word in known.words), known.words[0])
    possible = (value for value in (wanted, *begun) if value is not None and not (known.log and value <= 0))
    number = next(possible, None)
    return min(max(number, known.low), known.high) if isinstance(number, int | float) else at(known, 0.5)
