"""A Space as Optuna is asked for it: a value for each dimension that is there. Knows no sampler and no network."""

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution

from training.space import Choice, Range, Real, Space, Value, Values


def suggest(trial: optuna.Trial, space: Space) -> Values:
    """The values of a trial, each asked for after those on which its condition looks.

    Ask for them right after `study.ask()`: some samplers share what the trial will be with other workers only then.
    """
    return space.values(lambda dimension: _asked(trial, dimension.key, dimension.range))


def distributions(space: Space) -> dict[str, BaseDistribution]:
    """What Optuna calls the ranges, by key; those that are there only sometimes among them."""
    return {dimension.key: _distribution(dimension.range) for dimension in space}


def words_of(known: Choice) -> tuple[str, ...]:
    """Its words, each once: one that was given twice is no more likely."""
    return tuple(dict.fromkeys(known.words))


def _asked(trial: optuna.Trial, key: str, known: Range) -> Value:
    if isinstance(known, Choice):
        return str(trial.suggest_categorical(key, words_of(known)))
    if isinstance(known, Real):
        return float(trial.suggest_float(key, known.low, known.high, log=known.log))
    return int(trial.suggest_int(key, known.low, known.high, log=known.log))


def _distribution(known: Range) -> BaseDistribution:
    if isinstance(known, Choice):
        return CategoricalDistribution(words_of(known))
    if isinstance(known, Real):
        return FloatDistribution(known.low, known.high, log=known.log)
    return IntDistribution(known.low, known.high, log=known.log)
