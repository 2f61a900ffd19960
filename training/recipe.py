"""A recipe: all that is needed to train one model, and what to expect of it. Knows neither Keras nor the store."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from models.signature import Task
from training.baseline import Baseline
from training.config import Config
from training.data import Dataset


@dataclass(frozen=True)
class Expected:
    """The range in which the test score of a recipe lay when it was measured with several seeds."""

    metric: str  # a key of the scores
    low: float
    high: float

    def __str__(self) -> str:
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
    expected: Expected
    minutes: float  # on two cores, with loading and export
    limits: str  # a sentence: what its scores say nothing about
    embedded: bool = False  # whether scikit-learn carries the data, so that nothing is downloaded
    default: bool = True  # whether `make train` without a recipe trains it
