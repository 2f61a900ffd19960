"""Prices a Californian district of 1990 between the least and the greatest price of the training rows.

    make train RECIPE=california-bounded

Expected: 1 minutes on two cores; test mae 0.29 to 0.32.
"""

from models.signature import Task
from training import spaces
from training.baseline import Baseline, linear_regression
from training.config import Config
from training.recipe import Expected, Recipe
from training.sources import california_housing

RECIPE = Recipe(
    name="california-bounded",
    summary="the median house value of a district, in $100,000, within the range of the census",
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
        output="sigmoid",
        output_scaling="range",
        loss="mae",
    ),
    baseline=Baseline("linear regression", linear_regression),
    expected=Expected("mae", 0.29, 0.32),
    minutes=1,
    space=spaces.BINNED,
    limits="Prices are of 1990 and end at 5.00001; dearer districts are unknown to it.",
    default=False,
)
