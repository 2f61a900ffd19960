"""Prices a Californian district of 1990 by an output that softplus keeps above zero.

    make train RECIPE=california-positive

Expected: 1 minutes on two cores; test mae 0.3 to 0.33.
"""

from models.signature import Task
from training import spaces
from training.baseline import Baseline, linear_regression
from training.config import Config
from training.recipe import Expected, Recipe
from training.sources import california_housing

RECIPE = Recipe(
    name="california-positive",
    summary="the median house value of a district, in $100,000, always above zero",
    task=Task.REGRESSION,
    data="California housing, 20,640 districts, 8 features",
    load=california_housing.load,
    config=Config(
        architecture="tabular",
        hidden=(256, 256),
        dropout=0.2,
        optimizer="adamw",
        learning_rate=1e-3,
        weight_decay=0.03,
        schedule="cosine",
        batch_size=256,
        epochs=40,
        output="softplus",
        output_scaling="standard",
        loss="huber",
    ),
    baseline=Baseline("linear regression", linear_regression),
    expected=Expected("mae", 0.3, 0.33),
    minutes=1,
    space=spaces.BINNED,
    limits="Prices are of 1990 and end at 5.00001; dearer districts are unknown to it.",
    default=False,
)
