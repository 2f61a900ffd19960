"""Tells which of ten kinds of clothes a 28x28 image shows: the classic network of 300 and 100 ReLU units.

    make train RECIPE=fashion-mnist

Expected: 1.5 minutes on two cores; test accuracy 0.872 to 0.892.
"""

from models.signature import Task
from training import spaces
from training.baseline import Baseline, logistic_regression_on_pixels
from training.config import Config
from training.recipe import Expected, Recipe
from training.sources import fashion_mnist

RECIPE = Recipe(
    name="fashion-mnist",
    summary="which of ten kinds of clothes an image shows",
    task=Task.MULTICLASS,
    data="Fashion-MNIST, 70,000 images of 28x28",
    load=fashion_mnist.load,
    config=Config(hidden=(300, 100), optimizer="sgd", learning_rate=0.01, batch_size=32, epochs=30),
    baseline=Baseline("logistic regression on scaled pixels", lambda: logistic_regression_on_pixels(iterations=100)),
    expected=Expected("accuracy", 0.872, 0.892),
    minutes=1.5,
    space=spaces.IMAGE,
    limits="Its images are catalogue pictures of one piece each, light on black and centred; it knows no photographs.",
)
