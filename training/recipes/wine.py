"""Tells by whom of three growers a wine was made from thirteen measurements.

    make train RECIPE=wine

Expected: 0.1 minutes on two cores; test accuracy 0.94 to 1.
"""

from models.signature import Task
from training import spaces
from training.baseline import Baseline, logistic_regression
from training.config import Config
from training.recipe import Expected, Recipe
from training.sources import embedded

RECIPE = Recipe(
    name="wine",
    summary="which of three growers made a wine",
    task=Task.MULTICLASS,
    data="scikit-learn wine, 178 wines, 13 features",
    load=embedded.wine,
    config=Config(hidden=(32,), optimizer="adam", learning_rate=5e-3, epochs=25, dropout=0.5, folds=5),
    baseline=Baseline("logistic regression on standardised features", logistic_regression),
    expected=Expected("accuracy", 0.94, 1),
    minutes=0.1,
    space=spaces.TABLE,
    limits="Its wines are of one region in Italy; it knows no others.",
    embedded=True,
    default=False,
)
