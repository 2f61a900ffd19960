"""Which function trains by which method. Knows no step of any."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from training import fit, logic, perceptron, transfer
from training.errors import TrainingError
from training.fit import Run
from training.recipe import Method, Recipe

Fit = Callable[..., Run]  # as fit.fit: takes a Dataset, a Task, a Config and callbacks


def fitting(recipe: Recipe, data_dir: Path | None) -> Fit:
    """What trains by the recipe's method. Raises DataUnavailable where the data that lends layers is not there."""
    if recipe.method is Method.LOGIC:
        return partial(logic.fit, layers=recipe.layers)
    if recipe.method is Method.PERCEPTRON:
        return perceptron.fit
    if recipe.method is Method.GRADIENT:
        return fit.fit
    if recipe.lender is None:
        raise TrainingError(f"The recipe {recipe.name} is of method {recipe.method}, so it needs a lender.")
    return partial(transfer.fit, lender=recipe.lender(data_dir))
