"""Tells the box around a piece of clothing: four outputs from 0 to 1.

    make train RECIPE=fashion-boxes

Expected: 1 minutes on two cores; test iou 0.94 to 0.97.
"""

from models.signature import Task
from training import spaces
from training.baseline import Baseline, ridge
from training.boxes import iou
from training.config import Config
from training.recipe import Expected, Recipe
from training.sources import ink

RECIPE = Recipe(
    name="fashion-boxes",
    summary="where in an image a piece of clothing lies: left, top, width and height of the box around it",
    task=Task.REGRESSION,
    data="Fashion-MNIST, 70,000 images of 28x28",
    load=ink.fashion_boxes,
    config=Config(
        hidden=(256, 128),
        optimizer="adam",
        learning_rate=1e-3,
        schedule="cosine",
        batch_size=128,
        epochs=15,
        output="sigmoid",
        loss="huber",
    ),
    measures={"iou": iou},
    baseline=Baseline("ridge regression on pixels", ridge),
    expected=Expected("iou", 0.94, 0.97),
    minutes=1,
    space=spaces.IMAGE,
    limits="Its images show one piece each, light on black; a pixel fainter than a fifth of white is outside.",
    default=False,
)
