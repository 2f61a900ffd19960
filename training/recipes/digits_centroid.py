"""Tells where the ink of an image lies: two outputs that tanh bounds.

    make train RECIPE=digits-centroid

Expected: 0.1 minutes on two cores; test rmse 0.02 to 0.04.
"""

from models.signature import Task
from training import spaces
from training.baseline import Baseline, linear_regression
from training.config import Config
from training.recipe import Expected, Recipe
from training.sources import ink

RECIPE = Recipe(
    name="digits-centroid",
    summary="the centre of gravity of an image's ink",
    task=Task.REGRESSION,
    data="scikit-learn digits, 1,797 images of 8x8",
    load=ink.digit_centres,
    config=Config(
        hidden=(128, 64),
        optimizer="adam",
        learning_rate=3e-3,
        schedule="cosine",
        epochs=60,
        output="tanh",
        output_scaling="range",
    ),
    baseline=Baseline("linear regression on pixels", linear_regression),
    expected=Expected("rmse", 0.02, 0.04),
    minutes=0.1,
    space=spaces.IMAGE,
    limits="Its images were scanned from forms and reduced to 8x8 by counting ink; it knows no other images.",
    embedded=True,
    default=False,
)
