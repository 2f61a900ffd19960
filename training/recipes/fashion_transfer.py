"""Tells sandals from shirts after 200 images, with layers that have seen 44,000 of other clothes.

    make train RECIPE=fashion-transfer

Expected: 1 minutes on two cores; test accuracy 0.99 to 1.
"""

from models.signature import Task
from training import spaces
from training.baseline import Baseline, logistic_regression_on_pixels
from training.config import Config
from training.recipe import Expected, Method, Recipe
from training.sources import fashion_parts

RECIPE = Recipe(
    name="fashion-transfer",
    summary="whether an image shows a sandal or a shirt",
    task=Task.BINARY,
    data="Fashion-MNIST, 200 images of two classes, 44,000 of the others",
    load=fashion_parts.sandal_or_shirt,
    lender=fashion_parts.other_eight,
    method=Method.TRANSFER,
    config=Config(hidden=(300, 100), optimizer="momentum", learning_rate=0.01, batch_size=32, epochs=10),
    baseline=Baseline("logistic regression on scaled pixels", logistic_regression_on_pixels),
    expected=Expected("accuracy", 0.99, 1),
    minutes=1,
    space=spaces.IMAGE,
    limits="It has an answer to any image, also to one that shows neither.",
    default=False,
)
