"""Tells which digit an 8x8 image shows.

    make train RECIPE=digits

Expected: 0.2 minutes on two cores; test accuracy 0.97 to 0.99.
"""

from models.signature import Task
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
    config=Config(hidden=(256, 128), optimizer="adam", learning_rate=2e-3, epochs=30, dropout=0.3),
    baseline=Baseline("logistic regression on scaled pixels", logistic_regression_on_pixels),
    expected=Expected("accuracy", 0.97, 0.99),
    minutes=0.2,
    limits="Its images were scanned from forms and reduced to 8x8 by counting ink; it knows no other images.",
    embedded=True,
)
