"""Tells which digit an 8x8 image shows.

    make train RECIPE=digits

Expected: 1 minutes on two cores; test accuracy 0.97 to 0.99.
"""

from models.signature import Task
from training import spaces
from training.baseline import Baseline, logistic_regression_on_pixels
from training.config import Config
from training.recipe import Expected, Recipe
from training.sources import embedded

RECIPE = Recipe(
    name="digits",
    summary="which digit an image shows",
    task=Task.MULTICLASS,
    data="scikit-learn digits, 1,797 images of 8x8",
    load=embedded.digits,
    config=Config(
        hidden=(256, 128),
        normalization="batch",
        dropout=0.4,
        optimizer="adam",
        learning_rate=2e-3,
        schedule="cosine",
        epochs=40,
        label_smoothing=0.05,
        calibration="temperature",
        folds=5,
    ),
    baseline=Baseline("logistic regression on scaled pixels", logistic_regression_on_pixels),
    expected=Expected("accuracy", 0.97, 0.99),
    minutes=1,
    space=spaces.IMAGE,
    limits="Its images were scanned from forms and reduced to 8x8 by counting ink; it knows no other images.",
    embedded=True,
)
