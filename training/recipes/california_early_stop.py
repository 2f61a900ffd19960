"""Prices a Californian district of 1990 by two hidden layers, trained until validation rows say stop.

    make train RECIPE=california-early-stop

Expected: 1 minutes on two cores; test mse 0.27 to 0.34.
"""

from models.signature import Task
from training import spaces
from training.baseline import Baseline, linear_regression
from training.config import Config
from training.recipe import Expected, Recipe
from training.sources import california_housing

RECIPE = Recipe(
    name="california-early-stop",
    summary="the median house value of a district, in $100,000",
    task=Task.REGRESSION,
    data="California housing, 20,640 districts, 8 features",
    load=california_housing.load,
    config=Config(hidden=(30, 30), optimizer="sgd", learning_rate=3e-3, batch_size=32, epochs=300, patience=30),
    baseline=Baseline("linear regression", linear_regression),
    expected=Expected("mse", 0.27, 0.34),
    minutes=1,
    space=spaces.TABLE,
    limits="Prices are of 1990 and end at 5.00001; dearer districts are unknown to it.",
    default=False,
)
