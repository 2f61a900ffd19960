"""What is searched: data, the settings that are the same in all trials, and a space. Knows no one who searches it.

Every searcher reads it here, in whatever environment it runs, so that all have the same rows, networks and epochs.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from training import recipes
from training.config import Config
from training.data import Dataset
from training.recipe import Recipe
from training.search.objectives import ERROR, LOSS
from training.space import Space


@dataclass(frozen=True)
class Problem:
    """A recipe's space. An error is that of a network on the recipe's validation rows."""

    name: str
    recipe: str
    words: tuple[str, ...]  # settings that are the same in all trials
    objective: str  # of `make tune`: what is minimised
    error: str  # what that is

    def recipe_and_config(self) -> tuple[Recipe, Config]:
        """The recipe, and what all trials share."""
        recipe = recipes.find(self.recipe)
        assert isinstance(recipe, Recipe)
        return recipe.plan(self.words)

    def space(self) -> Space:
        """What each trial chooses."""
        return self.recipe_and_config()[0].space.without(word.partition("=")[0] for word in self.words)

    def dataset(self) -> Dataset:
        """The rows. Raises DataUnavailable."""
        return self.recipe_and_config()[0].load(data_dir())


def data_dir() -> Path | None:
    """Where data lies that no recipe carries."""
    folder = os.environ.get("DATA_DIR")
    return Path(folder) if folder else None


# With as much patience as there are epochs no training ends early, and each answers with its best epoch, as those of
# Keras Tuner do. A falling learning rate would begin anew in every rung of Keras Tuner's Hyperband.
# Of digits it is the log-loss: of 288 validation rows the second network at random has one wrong already, and which of
# many has none is luck. A temperature would be fitted on these very rows.
DIGITS = Problem(
    "digits", "digits", ("epochs=40", "patience=40", "schedule=constant", "calibration=none"), LOSS, "log-loss"
)
CALIFORNIA = Problem("california", "california-housing", ("epochs=20", "patience=20"), ERROR, "MSE")
PROBLEMS = {problem.name: problem for problem in (DIGITS, CALIFORNIA)}
