"""Tells a setosa by its petals: one threshold unit, trained by the rule of 1958.

    make train RECIPE=iris-perceptron

Expected: 0.1 minutes on two cores; test accuracy 1.
"""

from models.signature import Task
from training.baseline import Baseline, logistic_regression
from training.config import Config
from training.recipe import Expected, Method, Recipe
from training.sources import iris

RECIPE = Recipe(
    name="iris-perceptron",
    summary="whether an iris is a setosa",
    task=Task.BINARY,
    data="scikit-learn iris, 150 flowers, 2 features",
    load=iris.setosa,
    config=Config(hidden=(), output="step", learning_rate=1.0, epochs=100),
    method=Method.PERCEPTRON,
    baseline=Baseline("logistic regression on standardised features", logistic_regression),
    expected=Expected("accuracy", 1, 1),
    minutes=0.1,
    limits="It decides and does not say how sure it is. It knows three species, measured in one season.",
    embedded=True,
    default=False,
)
