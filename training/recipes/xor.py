"""Tells whether exactly one of two inputs is 1, which no single unit can: two threshold units below a third.

    make train RECIPE=xor

Expected: 0.1 minutes on two cores; test accuracy 1.
"""

from models.signature import Task
from training.baseline import Baseline, logistic_regression
from training.config import Config
from training.neurons import Layer
from training.recipe import Expected, Method, Recipe
from training.sources import propositions

RECIPE = Recipe(
    name="xor",
    summary="whether exactly one of two inputs is 1",
    task=Task.BINARY,
    data="truth tables, 4 cases of 2 inputs",
    load=propositions.exclusive_or,
    config=Config(hidden=(2,), activation="step", output="step"),
    method=Method.LOGIC,
    layers=(
        Layer(kernel=[[1, 1], [1, 1]], bias=[-1.5, -0.5]),  # both are 1; at least one is
        Layer(kernel=[[-1], [1]], bias=[-0.5]),  # at least one, and not both
    ),
    baseline=Baseline("logistic regression on standardised features", logistic_regression),
    expected=Expected("accuracy", 1, 1),
    minutes=0.1,
    limits="Its inputs are truths, 0 or 1; of other numbers it says nothing.",
    embedded=True,
    default=False,
)
