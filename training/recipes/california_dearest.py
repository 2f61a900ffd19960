"""Tells the few dearest districts of California: rare rows count more, and districts by their households.

    make train RECIPE=california-dearest

Expected: 0.3 minutes on two cores; test auc 0.93 to 0.97.
"""

from models.signature import Task
from training import spaces
from training.baseline import Baseline, logistic_regression
from training.config import Config
from training.recipe import Expected, Recipe
from training.sources import california_housing

RECIPE = Recipe(
    name="california-dearest",
    summary="whether the median house value of a district is the highest that the census wrote down",
    task=Task.BINARY,
    data="California housing, 20,640 districts, 8 features",
    load=california_housing.dearest,
    config=Config(
        hidden=(64, 64),
        optimizer="adam",
        learning_rate=1e-3,
        batch_size=128,
        epochs=40,
        class_weight="balanced",
        patience=5,
    ),
    baseline=Baseline("logistic regression on standardised features", logistic_regression),
    expected=Expected("auc", 0.93, 0.97),
    minutes=0.3,
    space=spaces.TABLE,
    limits=(
        "Both classes weigh the same in training, so it calls more districts dear than are so: its probabilities are "
        "those of a world in which every second one is. Prices are of 1990."
    ),
    default=False,
)
