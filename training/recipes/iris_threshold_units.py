"""Tells for each of three species of iris whether a flower is one, by its petals: a layer of three threshold units.

    make train RECIPE=iris-threshold-units

Expected: 0.1 minutes on two cores; test setosa_accuracy 1.
"""

import numpy as np

from models.signature import Task
from training.baseline import Baseline, one_logistic_regression_per_label
from training.config import Config
from training.recipe import Expected, Method, Recipe
from training.sources import iris


def setosa_accuracy(targets: np.ndarray, decisions: np.ndarray) -> np.ndarray:
    """Whether the first unit is right about each row: the only one whose species a line separates from the others."""
    return np.asarray((decisions[:, 0] >= 0.5) == (targets[:, 0] == 1))


RECIPE = Recipe(
    name="iris-threshold-units",
    summary="for each of three species whether an iris is one",
    task=Task.MULTILABEL,
    data="scikit-learn iris, 150 flowers, 2 features",
    load=iris.species_each,
    config=Config(hidden=(), output="step", learning_rate=1.0, epochs=100),
    method=Method.PERCEPTRON,
    baseline=Baseline("one logistic regression per label", one_logistic_regression_per_label),
    measures={"setosa_accuracy": setosa_accuracy},
    expected=Expected("setosa_accuracy", 1, 1),
    minutes=0.1,
    limits=(
        "No line separates versicolor from the others, so its unit is right or wrong by where the training happened to "
        "end: only the answer about setosa can be relied on."
    ),
    embedded=True,
    default=False,
)
