"""Where a search begins that goes by what it has seen: settings that are known to be sensible. Knows no study.

Its first trials would be drawn at random otherwise, and the settings that a recipe has already might never be tried.
"""

from dataclasses import asdict
from typing import Any

from training.config import Config
from training.search.samplers.positions import at
from training.space import LAYERS, UNITS, Choice, Dimension, Space, Value, Values

SHARE = 5  # of the trials of a study, one in so many may be chosen beforehand


def starts(space: Space, config: Config, total: int) -> list[Values]:
    """What is tried first: the settings of the config as far as the space has them, and those of the space's own."""
    settings = asdict(config) | {LAYERS: len(config.hidden), UNITS: config.hidden[0] if config.hidden else None}
    of_config = space.values(lambda dimension: _nearest(dimension, settings[dimension.key]))
    of_space = space.values(lambda dimension: _nearest(dimension, dimension.start))
    found = [of_config] if of_config == of_space else [of_config, of_space]
    return found[: max(1, total // SHARE)]


def _nearest(dimension: Dimension, value: Any) -> Value:
    """A value of the dimension's range: the one that is nearest to a setting's, or where that has none, its start."""
    known, start = dimension.range, dimension.start
    if isinstance(known, Choice):
        return next((word for word in (str(value), str(start)) if word in known.words), known.words[0])
    number = start if value is None or (known.log and value <= 0) else value
    return min(max(number, known.low), known.high) if isinstance(number, int | float) else at(known, 0.5)
