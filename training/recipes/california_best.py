"""Prices a Californian district as well as the best that is published: trees' bins, directions, and many heads.

    make train RECIPE=california-best

Expected: 16 minutes on two cores; test mse 0.16 to 0.185.
"""

from models.signature import Task
from training import spaces
from training.baseline import Baseline, linear_regression
from training.config import Config
from training.recipe import Expected, Recipe
from training.sources import california_housing

RECIPE = Recipe(
    name="california-best",
    summary="the median house value of a district, in $100,000",
    task=Task.REGRESSION,
    data="California housing, 20,640 districts, 8 features",
    load=california_housing.load_as_in_the_literature,
    config=Config(
        architecture="tabular",
        bins=64,
        embedding=16,
        places=384,
        directions=12,
        hidden=(256, 256, 256),
        heads=16,
        members=3,
        dropout=0.2,
        output_scaling="standard",
        optimizer="adamw",
        learning_rate=2e-3,
        schedule="cosine",
        warmup=5,
        batch_size=256,
        epochs=40,
        weight_decay=3e-4,
        clip_norm=1.0,
        ema=0.998,
    ),
    baseline=Baseline("linear regression", linear_regression),
    expected=Expected("mse", 0.16, 0.185),
    minutes=16,
    space=spaces.BINNED,
    limits="Prices are of 1990 and end at 5.00001; dearer districts are unknown to it.",
    default=False,
)
