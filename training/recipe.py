"""A recipe: all that is needed to train one model, and what to expect of it. Knows neither Keras nor the store."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from models.signature import Task
from training.baseline import Baseline
from training.config import Config, override
from training.data import Dataset
from training.errors import InvalidOverride
from training.neurons import Layer
from training.options import Option, parted
from training.scores import Measure
from training.space import NOTHING, Space


class Method(StrEnum):
    """How a network comes by its weights."""

    GRADIENT = "gradient descent"  # fit.py
    PERCEPTRON = "the perceptron rule"  # perceptron.py
    LOGIC = "weights set by hand"  # logic.py
    TRANSFER = "reused layers"  # transfer.py


@dataclass(frozen=True)
class Expected:
    """The range in which the test score of a recipe lay when it was measured with several seeds."""

    metric: str  # a key of the scores
    low: float
    high: float

    def __str__(self) -> str:
        if self.low == self.high:
            return f"test {self.metric} {self.low:g}"
        return f"test {self.metric} {self.low:g} to {self.high:g}"


@dataclass(frozen=True)
class Recipe:
    """One file in training/recipes/ holds one of these, under the name RECIPE."""

    name: str  # of the recipe and of the model that it publishes
    summary: str  # a sentence part: what the model tells
    task: Task
    data: str  # the data in a few words, for a list
    load: Callable[[Path | None], Dataset]  # takes DATA_DIR; raises DataUnavailable
    config: Config
    baseline: Baseline
    expected: Expected | None  # None for data that nobody has measured
    minutes: float | None  # on two cores, with loading and export; None likewise
    limits: str  # a sentence: what its scores say nothing about
    embedded: bool = False  # whether scikit-learn carries the data, so that nothing is downloaded
    default: bool = True  # whether `make train` without a recipe trains it
    form: str = ""  # the form that this fills, and the words that filled it
    arguments: tuple[str, ...] = ()
    findings: str = ""  # what was found in the data, to be read before the training
    method: Method = Method.GRADIENT
    layers: tuple[Layer, ...] = ()  # whose weights are set by hand
    lender: Callable[[Path | None], Dataset] | None = None  # the rows of classes from which reused layers are learnt
    measures: Mapping[str, Measure] = field(default_factory=dict)  # of its predictions, beside the scores of its task
    space: Space = NOTHING  # what a search chooses; empty where there is nothing to choose

    def plan(self, words: Sequence[str]) -> "Plan":
        """The recipe with its config as `key=value` words change it. Raises InvalidOverride."""
        config = override(self.config, words)
        for key in (word.partition("=")[0] for word in words):
            if not self.looks_at(key):
                raise InvalidOverride(f"The setting {key!r} changes nothing in {self.name}, which is by {self.method}.")
        return self, config

    def takes(self, _: str) -> bool:
        """Whether a word says which data, as those of a Form do."""
        return False

    def looks_at(self, key: str) -> bool:
        """Whether a setting changes anything, by the method of this recipe."""
        if self.method is Method.PERCEPTRON:
            return key in ("learning_rate", "epochs", "folds", "seed")
        if self.method is Method.TRANSFER:
            return key not in ("members", "folds")
        return self.method is Method.GRADIENT


@dataclass(frozen=True)
class Form:
    """A recipe with blanks, for data of the caller's own: it is a Recipe once options say which data."""

    name: str
    summary: str  # a sentence part: what the models tell
    data: str  # what data, for a list
    options: tuple[Option, ...]
    fill: Callable[[Mapping[str, Any]], Recipe]  # takes values by key; raises InvalidOverride or UnusableData

    def takes(self, word: str) -> bool:
        """Whether a word is one of the options."""
        return word.partition("=")[0] in {option.key for option in self.options}

    def plan(self, words: Sequence[str]) -> "Plan":
        """The recipe for the data that the options among the words name, with its config as the others change it.

        Raises InvalidOverride for a wrong word, and UnusableData for data from which nothing can be learnt.
        """
        values, rest = parted(self.options, words, self.name)
        override(Config(), rest)  # a wrong word is to be found before the data is read
        recipe = self.fill(values)
        arguments = tuple(word for word in words if word not in rest)
        return replace(recipe, form=self.name, arguments=arguments), override(recipe.config, rest)


Plan = tuple[Recipe, Config]
